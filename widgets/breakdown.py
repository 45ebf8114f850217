"""The Margin breakdown view: why the requirement is what it is, down to scenarios and spread legs."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtWidgets import QButtonGroup, QFrame, QHBoxLayout, QToolButton, QVBoxLayout

from engine.decision import Decision
from engine.margin_terms import USUAL
from engine.snapshot import AccountDetail, BreakdownNode
from widgets.breakdown_model import OPEN_LEVELS, ROOT, BreakdownModel, Column
from widgets.language import sentence, tr
from widgets.panel import View, label, set_tone
from widgets.scenario_bars import ScenarioBars
from widgets.selection import Selected
from widgets.tables import DenseTree, fit_columns, set_widths
from widgets.theme import Theme

STEP_WIDTH = 220
WIDTHS = (200, 102, 190)


class BreakdownView(View):
    """Tree and scenarios of the account as it is, or as it would be after the what-if."""

    def __init__(self, theme: Theme) -> None:
        super().__init__("breakdown", theme)
        self.model = BreakdownModel(self)
        self.tree = DenseTree(theme)
        self.tree.setObjectName("breakdown_tree")
        self.tree.setModel(self.model)
        set_widths(self.tree.header(), WIDTHS, Column.STEP)
        self.bars = ScenarioBars(theme)
        rule = QFrame()
        rule.setProperty("rule", "vertical")
        row = QHBoxLayout(self.body)
        row.setContentsMargins(0, 0, 0, 4)
        row.setSpacing(0)
        row.addWidget(self.tree, 3)
        row.addWidget(rule)
        self.figures = label(tone="dim", name="breakdown_figures")
        self.figures.setWordWrap(True)
        self.figures.setContentsMargins(12, 4, 10, 4)
        side = QVBoxLayout()
        side.setSpacing(0)
        side.addWidget(self.bars, 1)
        side.addWidget(self.figures)
        row.addLayout(side, 2)
        self.now, self.after = QToolButton(), QToolButton()
        self._add_segments()
        self._detail: AccountDetail | None = None
        self._decision: Decision | None = None
        self._loading = ""
        self._closed: set[tuple[str, ...]] = set()
        self._opened: set[tuple[str, ...]] = set()
        self._selected: tuple[str, ...] = ()
        self.tree.resized.connect(self._fit_columns)
        self.tree.expanded.connect(self._note_expanded)
        self.tree.collapsed.connect(self._note_collapsed)
        self.tree.selectionModel().currentRowChanged.connect(self._on_current_changed)
        self.retranslate()

    def show_detail(self, detail: AccountDetail) -> None:
        """Draw an account's breakdown; the engine hands out the same one while the account's book stays the same."""
        before, self._detail = self._detail, detail
        if before is None or before.account != detail.account:
            self.refresh_when_visible(at_once=True)
        elif before.breakdown is not detail.breakdown or before.reasons != detail.reasons:
            self.refresh_when_visible()

    def show_decision(self, decision: Decision | None) -> None:
        """Keep a what-if at hand for the other segment; None takes it away."""
        self._decision = decision
        self.after.setEnabled(decision is not None and bool(decision.breakdown))
        if decision is None or not decision.breakdown:
            self.now.setChecked(True)
        if self.hypothetical:
            self.refresh_when_visible()

    def show_selected(self, selected: Selected) -> None:
        """Wait for the figures of the account that was chosen."""
        self.show_loading(selected.account)

    def show_loading(self, account: str) -> None:
        """An account was chosen whose figures are on their way."""
        if self._detail is None or self._detail.account != account:
            self._loading = account
            self._describe()

    def refresh(self) -> None:
        """Draw the newest breakdown."""
        if self._detail is not None and self._detail.account == self._loading:
            self._loading = ""
        if self.model.show(self._nodes()):
            self._restore()
        self._fit_columns()
        self._draw_scenarios()
        self._describe()

    def retranslate(self) -> None:
        """Write every text in the language in force."""
        self.header.title.setText(tr("Margin breakdown"))
        self.header.badge.setText(tr("WHAT-IF"))
        self.now.setText(tr("Now"))
        self.after.setText(tr("After order"))
        self.tree.setAccessibleName(tr("Margin breakdown"))
        self.model.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, len(Column) - 1)
        self._draw_scenarios()
        self._describe()

    def set_theme(self, theme: Theme) -> None:
        """Paint with the tokens of ``theme`` from now on."""
        super().set_theme(theme)
        self.tree.set_theme(theme)
        self.bars.set_theme(theme)

    def set_outdated(self, message: str) -> None:
        """Hatch the figures and say why."""
        super().set_outdated(message)
        if bool(self.tree.property("outdated")) != bool(message):
            self.tree.setProperty("outdated", bool(message))
            self.tree.viewport().update()

    @property
    def hypothetical(self) -> bool:
        """Whether the tree after the what-if is shown."""
        return self.after.isChecked() and self._decision is not None

    def _nodes(self) -> tuple[BreakdownNode, ...]:
        if self.hypothetical and self._decision is not None:
            return self._decision.breakdown
        return self._detail.breakdown if self._detail is not None else ()

    def _add_segments(self) -> None:
        frame = QFrame()
        frame.setProperty("segments", "true")
        row = QHBoxLayout(frame)
        row.setContentsMargins(1, 1, 1, 1)
        row.setSpacing(1)
        group = QButtonGroup(self)
        for button, name in ((self.now, "breakdown_now"), (self.after, "breakdown_after")):
            button.setObjectName(name)
            button.setCheckable(True)
            button.setProperty("segment", "true")
            group.addButton(button)
            row.addWidget(button)
            button.toggled.connect(self._on_toggled)
        self.now.setChecked(True)
        self.after.setEnabled(False)
        self.header.row.addWidget(frame)

    def _on_toggled(self) -> None:
        for widget in (self, self.header):
            set_tone(widget, "hypothetical", "true" if self.hypothetical else "false")
        self.header.badge.setVisible(self.hypothetical)
        self.refresh_when_visible(at_once=True)

    def _restore(self) -> None:
        """Open and select what was open and selected; the top levels and the largest scan at first."""
        self.tree.blockSignals(True)
        indexes = self.model.every_index()
        for index in indexes:
            path = self.model.path(index)
            wanted = path in self._opened or (self.model.depth(index) < OPEN_LEVELS and path not in self._closed)
            self.tree.setExpanded(index, wanted)
        self.tree.blockSignals(False)
        selected = next((index for index in indexes if self.model.path(index) == self._selected), ROOT)
        self.tree.setCurrentIndex(selected if selected.isValid() else self.model.largest_scan())
        if not selected.isValid():
            self.tree.scrollToTop()

    def _on_current_changed(self, current: QModelIndex, _previous: QModelIndex) -> None:
        if not current.isValid():
            return
        self._selected = self.model.path(current)
        self._draw_scenarios()
        contract = self.model.node(current).contract
        if contract is not None:
            self.contract_selected.emit(contract)

    def _draw_scenarios(self) -> None:
        current = self.tree.currentIndex()
        note = self.model.node(current).note if current.isValid() else None
        self.figures.setText(sentence(note) if note is not None else "")
        self.figures.setVisible(note is not None)
        found = self.model.scan_of(current) if current.isValid() else None
        if found is None:
            self.bars.show_scenarios("", "", (), 0)
            return
        of, scan = found
        self.bars.show_scenarios(sentence(of.label), scan.currency, scan.scenarios, scan.active)

    def _fit_columns(self) -> None:
        if self.model.has_notes:
            fit_columns(self.tree, WIDTHS, STEP_WIDTH, (Column.FIGURES,))
        else:
            self.tree.setColumnHidden(Column.FIGURES, True)

    def _note_expanded(self, index: QModelIndex) -> None:
        self._opened.add(self.model.path(index))
        self._closed.discard(self.model.path(index))

    def _note_collapsed(self, index: QModelIndex) -> None:
        self._closed.add(self.model.path(index))
        self._opened.discard(self.model.path(index))

    def _describe(self) -> None:
        detail = self._detail
        if self._loading or detail is None:
            self.header.subtitle.setText(self._loading)
            headline = tr("Computing…") if self._loading else tr("No account selected")
            self.show_placeholder(headline, self._loading or tr("Select an account on the left (Ctrl+1)."))
            return
        notes = [sentence(reason) for reason in detail.reasons]
        margined = [] if detail.terms == USUAL else [sentence(detail.terms.title)]
        shown = self._decision if self.hypothetical and self._decision is not None else detail
        facts = [detail.account, detail.currency, *margined, shown.parameters, *notes]
        self.header.subtitle.setText(" · ".join(facts))
        self.header.subtitle.setToolTip("\n".join(facts[2:]))
        if self._nodes():
            self.show_body()
        elif detail.positions and notes:
            self.show_placeholder(tr("Not computable"), notes[0])
        else:
            self.show_placeholder(
                tr("Nothing to margin"), tr("{account} holds nothing.").format(account=detail.account)
            )
