"""Contract identities of the wire -> columns of the universe, strictly and within bounds."""

from __future__ import annotations

from typing import Final

from engine.instruments import Contract, Universe
from engine.text import BadInputError
from feeds.faults import BadMessageError

MOST_UNLISTED: Final = 65_536
"""Contracts unknown to the parameters that feeds may add: memory stays bounded whatever a publisher sends."""


class Columns:
    """Looks up columns; each identity is parsed once."""

    def __init__(self, universe: Universe) -> None:
        self._universe = universe
        self._known: dict[str, int] = {}

    def of(self, identity: str) -> int:
        """Column of the contract called ``identity``.

        Raises:
            BadMessageError: Not a contract, not in its one canonical spelling (two spellings of one contract would
                be two rows to the publisher and one to us), or one unknown contract too many.
        """
        column = self._known.get(identity)
        if column is None:
            column = self._known[identity] = self._find(identity)
        return column

    def _find(self, identity: str) -> int:
        try:
            contract = Contract.parse(identity)
        except BadInputError as error:
            raise BadMessageError("contract", str(error)) from None
        if str(contract) != identity or not identity.isprintable():
            raise BadMessageError("contract", f"{identity} is not spelled {contract}")
        universe = self._universe
        if len(universe) - universe.listed >= MOST_UNLISTED and universe.find(contract) < 0:
            raise BadMessageError("contract", f"{identity}: too many contracts that the parameters do not list")
        return universe.column(contract)
