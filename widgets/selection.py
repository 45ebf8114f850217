"""What a person looks at: one account, product and contract for the whole window, wherever it was chosen."""

from __future__ import annotations

from dataclasses import dataclass, replace

from PySide6.QtCore import QObject, Signal

from engine.instruments import Contract


@dataclass(frozen=True, slots=True)
class Selected:
    """The account, the product (its code) and the contract that views show or mark; empty or None where none is."""

    account: str = ""
    product: str = ""
    contract: Contract | None = None


class Selection(QObject):
    """The one place that knows what is selected. Choosing what is selected already tells nobody, so nothing echoes."""

    changed = Signal(object)
    """The new `Selected`."""

    def __init__(self) -> None:
        super().__init__()
        self.current = Selected()

    def choose_account(self, account: str) -> None:
        """Look at another account; product and contract stay."""
        self._become(replace(self.current, account=account))

    def choose_product(self, product: str) -> None:
        """Look at another product; a contract of any other is let go."""
        contract = self.current.contract
        keeps = contract is not None and contract.product == product
        self._become(replace(self.current, product=product, contract=contract if keeps else None))

    def choose_contract(self, contract: Contract) -> None:
        """Look at another contract, and so at its product."""
        self._become(replace(self.current, product=contract.product, contract=contract))

    def _become(self, selected: Selected) -> None:
        if selected != self.current:
            self.current = selected
            self.changed.emit(selected)
