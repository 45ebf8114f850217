"""One contract in full: who it is, its facts, and pages with its risk array, its spreads and its changes."""

from __future__ import annotations

from enum import StrEnum

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QStackedLayout, QVBoxLayout, QWidget

from engine.instruments import Contract
from engine.numbers import MONEY_DECIMALS, format_scaled
from engine.span.comparison import Comparison
from engine.span.inspection import Inspection
from widgets.header_strip import Segments
from widgets.language import tr
from widgets.panel import ElidedLabel, Placeholder, label
from widgets.parameters.array_page import ArrayPage
from widgets.parameters.change_page import ChangePage
from widgets.parameters.fact_grid import FactGrid
from widgets.parameters.facts import contract_facts
from widgets.parameters.spread_page import SpreadPage
from widgets.theme import Theme

FACT_WIDTH = 90


class Page(StrEnum):
    """What is shown under a contract's facts."""

    ARRAY = "array"
    SPREADS = "spreads"
    CHANGES = "changes"


class ContractPane(QWidget):
    """Heading, facts, segments, page; a placeholder where no contract is chosen or the file lacks it."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.title = label(strong=True, name="parameter_title")
        self.identity = ElidedLabel()
        self.identity.setProperty("tone", "dim")
        self.copy = QPushButton(autoDefault=False)
        self.copy.setObjectName("parameter_copy")
        self.copy.setProperty("quiet", "true")
        self.facts = FactGrid("parameter_facts", theme, FACT_WIDTH)
        self.pages = Segments("parameter_page", dict.fromkeys(Page, ""))
        self.pages.set_current(Page.ARRAY)
        self.array, self.spreads, self.changes = ArrayPage(theme), SpreadPage(theme), ChangePage(theme)
        self.placeholder = Placeholder()
        self.no_array = Placeholder()
        self.one: Inspection | None = None
        self._missing: tuple[Contract, str] | None = None
        self._stack = QStackedLayout()
        for page in (self.array, self.spreads, self.changes, self.no_array):
            self._stack.addWidget(page)
        self._lay_out()
        self.pages.chosen.connect(self._show_page)
        self.copy.clicked.connect(self._copy)

    def show_contract(self, one: Inspection, live: tuple[int, ...], comparison: Comparison | None, row: int) -> None:
        """Draw a contract.

        Args:
            one: What the parameters say of it.
            live: Its live array, or nothing.
            comparison: With the version before, or None.
            row: Its row in the parameter tables.
        """
        self.one, self._missing = one, None
        self.array.show_array(one, live)
        self.spreads.show_spreads(one)
        self.changes.show_changes(comparison, row, one.commodity)
        self._describe()

    def show_live(self, live: tuple[int, ...]) -> None:
        """Draw a newer live array of the same contract."""
        self.array.show_array(self.one, live)

    def show_nothing(self, missing: Contract | None, version: str) -> None:
        """No contract is chosen, or the one chosen elsewhere is not in the file."""
        self.one, self._missing = None, (missing, version) if missing is not None else None
        self.array.show_array(None, ())
        self._describe()

    def retranslate(self) -> None:
        """Write every text in the language in force."""
        self.copy.setText(tr("Copy all"))
        self.copy.setToolTip(tr("Copy every figure of this contract, unrounded"))
        self.pages.buttons[Page.ARRAY].setText(tr("Risk array"))
        self.pages.setAccessibleName(tr("What is shown of the contract"))
        for page in (self.array, self.spreads, self.changes):
            page.retranslate()
        self._describe()

    def set_theme(self, theme: Theme) -> None:
        """Paint with the tokens of ``theme`` from now on."""
        self.facts.set_theme(theme)
        for page in (self.array, self.spreads, self.changes):
            page.set_theme(theme)

    def record(self) -> str:
        """Every figure of the contract as raw values, one a line, name and value parted by a tab."""
        one = self.one
        if one is None:
            return ""
        lines = [f"{tr('Contract')}\t{one.contract}", f"{tr('Version')}\t{one.version}"]
        lines += [f"{fact.label}\t{fact.raw}" for fact in self.facts.facts]
        for number, loss in enumerate(one.scenarios, start=1):
            name = tr("Loss in scenario {number}").format(number=number)
            lines.append(f"{name}\t{format_scaled(loss, MONEY_DECIMALS)}")
        return "\n".join(lines)

    def _lay_out(self) -> None:
        heading = QHBoxLayout()
        heading.setContentsMargins(10, 8, 6, 0)
        heading.setSpacing(8)
        heading.addWidget(self.title)
        heading.addWidget(self.identity, 1)
        heading.addWidget(self.copy)
        bar = QHBoxLayout()
        bar.setContentsMargins(6, 4, 6, 6)
        bar.addWidget(self.pages)
        bar.addStretch()
        rule = QFrame()
        rule.setProperty("rule", "horizontal")
        self.whole = QWidget()
        rows = QVBoxLayout(self.whole)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(0)
        rows.addLayout(heading)
        rows.addWidget(self.facts)
        rows.addLayout(bar)
        rows.addWidget(rule)
        rows.addLayout(self._stack, 1)
        outer = QStackedLayout(self)
        outer.addWidget(self.placeholder)
        outer.addWidget(self.whole)
        self._outer = outer

    def _describe(self) -> None:
        one = self.one
        if one is None:
            self._describe_nothing()
            return
        self._outer.setCurrentWidget(self.whole)
        self.title.setText(one.contract.title)
        identity = f"{one.contract} · {one.family.name}"
        self.identity.setText(identity)
        self.identity.setToolTip(identity)
        self.facts.show_facts(contract_facts(one))
        self.facts.setAccessibleName(one.contract.title)
        self.pages.buttons[Page.SPREADS].setText(self.spreads.title)
        self.pages.buttons[Page.CHANGES].setText(self.changes.title)
        self.no_array.headline.setText(tr("No risk array"))
        self.no_array.hint.setText(tr("The file gives none for this contract: it cannot be margined."))
        self._show_page()

    def _describe_nothing(self) -> None:
        self._outer.setCurrentWidget(self.placeholder)
        if self._missing is None:
            self.placeholder.headline.setText(tr("No contract chosen"))
            self.placeholder.hint.setText(tr("Type a product, a month or a strike on the left."))
            return
        contract, version = self._missing
        self.placeholder.headline.setText(tr("{contract} is not listed").format(contract=contract.title))
        self.placeholder.hint.setText(
            tr("{version} has no parameters for {contract}.").format(version=version, contract=str(contract))
        )

    def _show_page(self) -> None:
        chosen = next(page for page in Page if self.pages.buttons[page].isChecked())
        shown: dict[Page, QWidget] = {
            Page.ARRAY: self.array,
            Page.SPREADS: self.spreads,
            Page.CHANGES: self.changes,
        }
        page = shown[chosen]
        if chosen is Page.ARRAY and self.one is not None and not self.one.has_array:
            page = self.no_array
        self._stack.setCurrentWidget(page)

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.record())
