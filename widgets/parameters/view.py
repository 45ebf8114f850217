"""The Parameters view: the version in force, every contract of it, and the chosen one in full."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QSplitter, QVBoxLayout, QWidget

from engine.instruments import Contract
from engine.snapshot import ParametersInForce
from engine.span.comparison import Comparison
from engine.span.contract_search import ContractSearch
from engine.span.inspection import inspect
from engine.span.parameters import ParameterSet
from engine.text import Text
from widgets.language import sentence, tr
from widgets.numbers_text import count
from widgets.panel import View
from widgets.parameters.contract_list import ContractList
from widgets.parameters.contract_pane import ContractPane
from widgets.parameters.fact_grid import FactGrid
from widgets.parameters.facts import version_facts
from widgets.selection import Selected
from widgets.theme import Theme

FACT_WIDTH, LIST_WIDTH = 158, 180
"""Least widths in pixels of a fact of the version, and of the column it stands in."""
SOON = 25
"""Milliseconds after which a contract chosen in the list is drawn."""
LIST_SHARE = 30
"""Width of that column in percent, until a person moves the handle."""


class ParametersView(View):
    """The file and its contracts on the left, the chosen contract on the right. Draws when it is seen."""

    def __init__(self, theme: Theme) -> None:
        super().__init__("parameters", theme)
        self.version = FactGrid("parameter_version", theme, FACT_WIDTH, beside=True)
        self.list, self.pane = ContractList(theme), ContractPane(theme)
        self.parts = QSplitter(Qt.Orientation.Horizontal)
        self._lay_out()
        self.contracts: ContractSearch | None = None
        self.chosen: Contract | None = None
        self._in_force: ParametersInForce | None = None
        self._live: ParameterSet | None = None
        self._comparison: Comparison | None = None
        self._listed: ContractSearch | None = None
        self._row = -1
        self._waiting = ""
        self._share: float | None = None
        self._problem: Text | None = None
        self._outdated = ""
        self._keeps_share = True
        self._soon = QTimer(self, singleShot=True)
        self._soon.timeout.connect(self._draw_contract)
        self.list.row_chosen.connect(self._on_row_chosen)
        self.placeholder.loading.cancelled.connect(self.cancel_requested)
        self.retranslate()

    def show_parameters(self, contracts: ContractSearch) -> None:
        """Show another version; the chosen contract stays chosen where the version lists it.

        Args:
            contracts: The search over its contracts, made once a version and handed over with it.
        """
        if contracts is self.contracts:
            return
        self.contracts, self._problem, self._live = contracts, None, None
        self.refresh_when_visible(at_once=True)

    def show_in_force(self, in_force: ParametersInForce) -> None:
        """Say by which convention the desk margins."""
        if in_force != self._in_force:
            self._in_force = in_force
            self.refresh_when_visible()

    def show_comparison(self, comparison: Comparison | None) -> None:
        """Show what changed since the version before; None where there is none before."""
        if comparison is not self._comparison:
            self._comparison = comparison
            self.refresh_when_visible(at_once=True)

    def show_live(self, parameters: ParameterSet | None) -> None:
        """Show live arrays beside the exchange's.

        Args:
            parameters: The version in force with live arrays in place of its own; None where margin is on its own.
        """
        if parameters is not self._live:
            self._live = parameters
            self.set_outdated(self._outdated)
            self.refresh_when_visible()

    def show_waiting(self, message: str, share: float | None = None) -> None:
        """Say what is being waited for while there are no parameters, and the share of it done where it is known."""
        self._waiting, self._share = message, share
        self._describe()

    def show_problem(self, problem: Text) -> None:
        """Say why there are no parameters; nothing changes where there are."""
        self._problem = problem
        self._describe()

    def show_selected(self, selected: Selected) -> None:
        """Show the contract that was chosen in another view."""
        if selected.contract is not None:
            self.select_contract(selected.contract)

    def select_contract(self, contract: Contract) -> None:
        """Show the contract that was chosen in another view."""
        if contract != self.chosen:
            self.chosen = contract
            self.refresh_when_visible(at_once=True)

    def focus_search(self) -> None:
        """Put the cursor into the search field."""
        self.list.focus_search()

    def refresh(self) -> None:
        """Draw what arrived last."""
        contracts = self.contracts
        self._describe()
        if contracts is None:
            return
        if self._listed is not contracts:
            self._listed = contracts
            self.list.show_contracts(contracts)
        self.version.show_facts(version_facts(contracts.parameters, self._in_force))
        if self.chosen is None and len(contracts):
            self.chosen = contracts.parameters.contract(int(contracts.rows("")[0]))
        self._row = contracts.parameters.find(self.chosen) if self.chosen is not None else -1
        self.list.select(self._row)
        self._draw_contract()

    def retranslate(self) -> None:
        """Write every text in the language in force."""
        self.header.title.setText(tr("Parameters"))
        self.version.setAccessibleName(tr("Version in force"))
        self.list.retranslate()
        self.pane.retranslate()
        if self.contracts is not None:
            self.version.show_facts(version_facts(self.contracts.parameters, self._in_force))
        self._describe()

    def set_theme(self, theme: Theme) -> None:
        """Paint with the tokens of ``theme`` from now on."""
        super().set_theme(theme)
        for part in (self.version, self.list, self.pane):
            part.set_theme(theme)

    def set_outdated(self, message: str) -> None:
        """Say why live arrays may be old; what the exchange published does not age with the feeds."""
        self._outdated = message
        super().set_outdated(message if self._live is not None else "")

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """Give the contract what the list does not need."""
        super().resizeEvent(event)
        if self._keeps_share:
            column = max(self.width() * LIST_SHARE // 100, LIST_WIDTH)
            self.parts.setSizes([column, max(self.width() - column, 1)])

    def _keep_sizes(self) -> None:
        self._keeps_share = False

    def _lay_out(self) -> None:
        rule = QFrame()
        rule.setProperty("rule", "horizontal")
        file = QWidget()
        file.setMinimumWidth(LIST_WIDTH)
        column = QVBoxLayout(file)
        column.setContentsMargins(0, 2, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.version)
        column.addSpacing(4)
        column.addWidget(rule)
        column.addWidget(self.list, 1)
        self.parts.setObjectName("parameter_parts")
        self.parts.setHandleWidth(1)
        self.parts.setChildrenCollapsible(False)
        self.parts.addWidget(file)
        self.parts.addWidget(self.pane)
        self.parts.splitterMoved.connect(self._keep_sizes)
        rows = QVBoxLayout(self.body)
        rows.setContentsMargins(0, 0, 0, 4)
        rows.addWidget(self.parts)

    def _draw_contract(self) -> None:
        self._soon.stop()
        contracts = self.contracts
        if contracts is None:
            return
        if self._row < 0:
            self.pane.show_nothing(self.chosen, contracts.parameters.origin.version)
            return
        one, comparison = inspect(contracts.parameters, self._row), self._comparison
        if comparison is not None and comparison.new is not contracts.parameters:
            # Of another version, which is on its way in or out.
            comparison = None
        self.pane.show_contract(one, self._live_array(), comparison, self._row)

    def _live_array(self) -> tuple[int, ...]:
        """The live array of the chosen contract, where margin is on live arrays of this version."""
        live = self._live
        if live is None or self.contracts is None or live.origin != self.contracts.parameters.origin:
            return ()
        arrays = live.contracts.arrays[live.rate_set]
        return tuple(arrays.scenario[self._row].tolist()) if arrays.present[self._row] else ()

    def _on_row_chosen(self, row: int) -> None:
        if self.contracts is not None:
            self._row, self.chosen = row, self.contracts.parameters.contract(row)
            # The list is drawn in one frame and the contract in the next: keys typed in a row are never held up.
            if self.interval:
                self._soon.start(SOON)
            else:
                self._draw_contract()

    def _describe(self) -> None:
        if self.contracts is not None:
            origin = self.contracts.parameters.origin
            contracts = tr("{count} contracts").format(count=count(len(self.contracts)))
            self.header.subtitle.setText(" · ".join((origin.name or origin.version, contracts)))
            self.show_body()
            return
        self.header.subtitle.setText("")
        if self._problem is not None:
            self.show_placeholder(tr("No parameters"), sentence(self._problem))
        else:
            headline = tr("No parameters yet") if self._share is None else tr("Loading parameters")
            self.show_placeholder(headline, self._waiting or tr("Waiting for the parameter file."))
        self.placeholder.loading.show_share(self._share if self._problem is None else None)
