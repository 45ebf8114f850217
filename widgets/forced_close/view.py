"""The Forced close view: a target, the plans that reach it, the orders of one of them, and its staircase."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import cast

from PySide6.QtCore import QEvent, QItemSelection, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDoubleSpinBox,
    QHBoxLayout,
    QPushButton,
    QSpinBox,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from engine.liquidation.plan import Aim, Draft, Execution, Plan, PlanAnswer, PlanQuestion
from engine.numbers import NOT_COMPUTABLE, RATIO
from engine.snapshot import Lines, Snapshot
from widgets.flow_row import FlowRow
from widgets.forced_close import alternatives, orders
from widgets.forced_close.alternatives import AlternativesModel
from widgets.forced_close.orders import OrdersModel
from widgets.forced_close.staircase import Staircase
from widgets.language import sentence, tr
from widgets.numbers_text import age, percent, time_of_day
from widgets.panel import ElidedLabel, View, label, set_tone
from widgets.selection import Selected
from widgets.tables import DenseTable, fit_columns, set_widths
from widgets.theme import Theme

FIELD = 88
SECOND = 10**9
OLD = 15 * SECOND
"""Nanoseconds after which a plan rests on figures that have moved on."""
TARGET_OF_CLOSE = 0.9
"""The target offered: this share of the forced-close line, but not above the call line's."""


class ForcedCloseView(View):
    """Plans forced closes of the selected account."""

    plan_requested = Signal(object)
    """A `PlanQuestion`."""
    proposal_requested = Signal(object)
    """The `Plan` that is to be proposed."""

    def __init__(self, theme: Theme) -> None:
        super().__init__("forced_close", theme)
        self.target = QDoubleSpinBox(decimals=1, minimum=1.0, maximum=500.0, value=90.0, singleStep=1.0)
        self.target.setObjectName("forced_close_target")
        self.share = QDoubleSpinBox(decimals=1, minimum=0.1, maximum=100.0, value=10.0, singleStep=1.0)
        self.share.setObjectName("forced_close_share")
        self.deciding = QSpinBox(minimum=0, maximum=3_600, singleStep=15)
        self.deciding.setObjectName("forced_close_deciding")
        for box in (self.target, self.share, self.deciding):
            box.setFixedWidth(FIELD)
        self.plan_button = QPushButton(autoDefault=False)
        self.plan_button.setObjectName("forced_close_plan")
        self.propose_button = QPushButton(autoDefault=False)
        self.propose_button.setObjectName("forced_close_propose")
        self.account_label, self.ratio_label = label(strong=True), label()
        self.target_label, self.share_label, self.deciding_label = (label(tone="dim") for _ in range(3))
        self.message = ElidedLabel()
        self.message.setObjectName("forced_close_message")
        self.alternatives, self.orders = AlternativesModel(self), OrdersModel(self)
        self.plans_table = self._table("forced_close_plans", self.alternatives, alternatives.WIDTHS, 0)
        self.orders_table = self._table("forced_close_orders", self.orders, orders.WIDTHS, orders.Column.CONTRACT)
        self.orders_table.setEditTriggers(
            QAbstractItemView.EditTrigger.DoubleClicked | QAbstractItemView.EditTrigger.AnyKeyPressed
        )
        self.staircase = Staircase(theme)
        self.account = ""
        self.answer: PlanAnswer | None = None
        self._edits: dict[str, Plan] = {}
        self._ratio, self._now = NOT_COMPUTABLE, 0
        self._lines: Lines | None = None
        self._terms: Callable[[int], Execution] = Execution
        self.offer(Execution)
        self._lay_out()
        self._connect()
        self.retranslate()
        self.refresh()

    @property
    def plan(self) -> Plan | None:
        """The plan that is selected."""
        row = self.plans_table.currentIndex().row()
        return self.alternatives.plans[row] if 0 <= row < len(self.alternatives.plans) else None

    @property
    def execution(self) -> Execution:
        """What stands in the fields."""
        return replace(
            self._terms(round(self.target.value() * RATIO / 100)),
            participation=round(self.share.value() * RATIO / 100),
            deciding=self.deciding.value() * SECOND,
        )

    def offer(self, terms: Callable[[int], Execution]) -> None:
        """Begin with other terms, which a target makes."""
        self._terms = terms
        self.deciding.setValue(terms(RATIO).deciding // SECOND)

    def show_snapshot(self, snapshot: Snapshot) -> None:
        """Follow the ratio of the account, and the lines."""
        if snapshot.lines != self._lines:
            self._lines = snapshot.lines
            self._offer_target(snapshot.lines)
        names = snapshot.accounts.names
        row = names.index(self.account) if self.account in names else -1
        self._ratio = int(snapshot.accounts.ratio[row]) if row >= 0 else NOT_COMPUTABLE
        self._now = snapshot.as_of
        self.refresh_when_visible()

    def show_selected(self, selected: Selected) -> None:
        """Plan for another account; what was planned for the last one is let go."""
        if selected.account != self.account:
            self.account = selected.account
            self.answer = None
            self.alternatives.show(())
            self._show_plan(None)
            self.refresh_when_visible(at_once=True)

    def show_answer(self, answer: PlanAnswer) -> None:
        """Show what has been found so far; what was found for any other account is let go."""
        if answer.question.account != self.account:
            return
        if answer.question.drafts is not None:
            self._show_edited(answer)
            return
        self.answer = answer
        self.alternatives.show(answer.plans)
        if answer.plans and not self.plans_table.currentIndex().isValid():
            self.plans_table.selectRow(0)
        if answer.finished and not self.plans_table.hasFocus():
            # The first is only the first to be found; whoever has not chosen wants the cheapest.
            cheapest = [row for row, plan in enumerate(answer.plans) if plan.aim is Aim.CHEAPEST]
            self.plans_table.selectRow(cheapest[0] if cheapest else 0)
        self.refresh_when_visible(at_once=True)

    def ask(self) -> None:
        """Ask for plans with what stands in the fields."""
        if self.account:
            self.alternatives.show(())
            self._show_plan(None)
            self.message.setText(tr("Planning…"))
            self.plan_requested.emit(PlanQuestion(self.account, self.execution))

    def refresh(self) -> None:
        """Draw what arrived last."""
        if not self.account:
            self.show_placeholder(tr("No account selected"), tr("Choose the account that is to be closed down."))
            self.header.subtitle.setText("")
            return
        self.show_body()
        self.account_label.setText(self.account)
        self.ratio_label.setText(percent(self._ratio))
        lines = self._lines
        over = lines is not None and self._ratio != NOT_COMPUTABLE and self._ratio >= lines.close
        set_tone(self.ratio_label, "tone", "close" if over else "text")
        self._describe()

    def retranslate(self) -> None:
        """Write every text in the language in force."""
        self.header.title.setText(tr("Forced close"))
        self.target_label.setText(tr("Target ratio"))
        self.share_label.setText(tr("of daily volume"))
        self.target.setSuffix(" %")
        self.share.setSuffix(" %")
        self.deciding_label.setText(tr("Time to decide"))
        self.deciding.setSuffix(tr(" s"))
        names = (
            (self.target, tr("Target ratio")),
            (self.share, tr("Largest share of daily volume")),
            (self.deciding, tr("From the proposal to the orders: limit prices leave the market room for that long")),
        )
        for box, name in names:
            box.setAccessibleName(name)
            box.setToolTip(name)
        self.plan_button.setText(tr("Plan"))
        self.plan_button.setToolTip(tr("Find the orders that bring the account under its target (F5)"))
        self.propose_button.setText(tr("Propose…"))
        self.propose_button.setToolTip(tr("Put this plan before those who have to sign it"))
        self.plans_table.setAccessibleName(tr("Plans"))
        self.orders_table.setAccessibleName(tr("Orders of the plan"))
        for model, columns in ((self.alternatives, alternatives.Column), (self.orders, orders.Column)):
            model.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, len(columns) - 1)
        self.refresh()

    def set_theme(self, theme: Theme) -> None:
        """Paint with the tokens of ``theme`` from now on."""
        super().set_theme(theme)
        for part in (self.plans_table, self.orders_table, self.staircase):
            part.set_theme(theme)

    def focus_fields(self) -> None:
        """Put the keyboard into the target."""
        # The view may be in front only just now, its fields still behind the placeholder.
        self.refresh()
        self.target.setFocus()
        self.target.selectAll()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        """Delete takes an order out of the plan."""
        if event.type() == QEvent.Type.KeyPress and cast("QKeyEvent", event).key() == Qt.Key.Key_Delete:
            row = self.orders_table.currentIndex().row()
            if row >= 0:
                self.orders.edited.emit(self.orders.drafts_with(row, 0))
            return True
        return super().eventFilter(watched, event)

    def _offer_target(self, lines: Lines) -> None:
        offered = min(lines.call, round(lines.close * TARGET_OF_CLOSE)) * 100 / RATIO
        self.target.setValue(min(offered, lines.call * TARGET_OF_CLOSE * 100 / RATIO))

    def _show_edited(self, answer: PlanAnswer) -> None:
        """An edited plan stands below those that were found; the last edit takes the place of the one before."""
        if answer.problem is not None:
            self.message.setText(sentence(answer.problem))
            set_tone(self.message, "tone", "call")
            return
        if not answer.plans:
            return
        found = tuple(plan for plan in self.alternatives.plans if plan.aim is not Aim.EDITED)
        self.alternatives.show((*found, answer.plans[0]))
        self.plans_table.selectRow(len(found))
        self._describe()

    def _describe(self) -> None:
        """The line below: what is being done, why there is no plan, or what the selected one rests on."""
        answer, plan = self.answer, self.plan
        tone, words = "dim", tr("F5 plans the forced close of this account.")
        if answer is not None and answer.problem is not None:
            tone, words = "call", sentence(answer.problem)
        elif plan is not None and answer is not None:
            rests = tr("as of {time} · {parameters}").format(
                time=time_of_day(answer.as_of, microseconds=False), parameters=plan.parameters
            )
            parts = [rests, *(sentence(reason) for reason in plan.reasons)]
            if self._now - answer.as_of > OLD:
                parts.insert(0, tr("{age} old: plan again").format(age=age(self._now - answer.as_of)))
                tone = "warning"
            if not answer.authoritative:
                parts.insert(0, tr("not authoritative: a feed was not LIVE"))
                tone = "warning"
            if not plan.reached:
                tone = "call"
            words = " · ".join(parts)
        self.message.setText(words)
        self.message.setToolTip(words)
        set_tone(self.message, "tone", tone)
        self.propose_button.setEnabled(plan is not None and bool(plan.orders))
        self.header.subtitle.setText(f"{self.account} · {plan.currency}" if plan is not None else self.account)

    def _show_plan(self, plan: Plan | None) -> None:
        self.orders.show(plan)
        self.staircase.show_plan(plan)
        self.propose_button.setEnabled(plan is not None and bool(plan.orders))

    def _table(
        self, name: str, model: AlternativesModel | OrdersModel, widths: tuple[int, ...], grows: int
    ) -> DenseTable:
        table = DenseTable(self.theme)
        table.setObjectName(name)
        table.setModel(model)
        table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        set_widths(table.horizontalHeader(), widths, grows)
        return table

    def _lay_out(self) -> None:
        # In the next line where the dock is narrow: what it asks for at least is taken from the docks beside it.
        fields = FlowRow(gap=14)
        fields.setContentsMargins(10, 6, 10, 6)
        for group in (
            (self.account_label, self.ratio_label),
            (self.target_label, self.target),
            (self.share, self.share_label),
            (self.deciding_label, self.deciding, self.plan_button),
        ):
            fields.addWidget(_together(*group))
        upper = QSplitter(Qt.Orientation.Horizontal)
        upper.addWidget(self.plans_table)
        upper.addWidget(self.staircase)
        upper.setStretchFactor(0, 3)
        upper.setStretchFactor(1, 2)
        parts = QSplitter(Qt.Orientation.Vertical)
        parts.addWidget(upper)
        parts.addWidget(self.orders_table)
        parts.setStretchFactor(0, 2)
        parts.setStretchFactor(1, 3)
        for splitter in (upper, parts):
            splitter.setChildrenCollapsible(False)
        foot = QHBoxLayout()
        foot.setContentsMargins(10, 6, 10, 6)
        foot.addWidget(self.message, 1)
        foot.addWidget(self.propose_button)
        rows = QVBoxLayout(self.body)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(0)
        rows.addLayout(fields)
        rows.addWidget(parts, 1)
        rows.addLayout(foot)

    def _connect(self) -> None:
        self.plan_button.clicked.connect(self.ask)
        shortcut = QShortcut(QKeySequence("F5"), self, context=Qt.ShortcutContext.WidgetWithChildrenShortcut)
        shortcut.activated.connect(self.ask)
        self.propose_button.clicked.connect(self._on_propose)
        self.plans_table.selectionModel().selectionChanged.connect(self._on_plan_selected)
        self.orders_table.selectionModel().selectionChanged.connect(self._on_order_selected)
        self.orders.edited.connect(self._on_edited)
        self.orders_table.installEventFilter(self)
        self.staircase.order_chosen.connect(self.orders_table.selectRow)
        self.plans_table.resized.connect(self._fit_columns)
        self.orders_table.resized.connect(self._fit_columns)
        for box in (self.target, self.share, self.deciding):
            box.lineEdit().returnPressed.connect(self.ask)

    def _fit_columns(self) -> None:
        plan, order = alternatives.Column, orders.Column
        fit_columns(self.plans_table, alternatives.WIDTHS, 110, (plan.FREES, plan.TIME, plan.WORST, plan.ORDERS))
        give_way = (order.PRICE, order.EFFECT, order.COST, order.SLICES)
        fit_columns(self.orders_table, orders.WIDTHS, 120, give_way)

    def _on_plan_selected(self, selected: QItemSelection, before: QItemSelection) -> None:  # noqa: ARG002
        self._show_plan(self.plan)
        self._describe()

    def _on_order_selected(self, selected: QItemSelection, before: QItemSelection) -> None:  # noqa: ARG002
        row = self.orders_table.currentIndex().row()
        self.staircase.mark(row if row >= 0 else None)
        if self.orders.plan is not None and 0 <= row < len(self.orders.plan.orders):
            self.contract_selected.emit(self.orders.plan.orders[row].contract)

    def _on_edited(self, drafts: tuple[Draft, ...]) -> None:
        plan = self.orders.plan
        if plan is not None:
            execution = replace(self.execution, target=plan.target)
            self.plan_requested.emit(PlanQuestion(self.account, execution, drafts))

    def _on_propose(self) -> None:
        if self.plan is not None:
            self.proposal_requested.emit(self.plan)


def _together(*parts: QWidget) -> QWidget:
    """Parts that stay side by side."""
    group = QWidget()
    row = QHBoxLayout(group)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(8)
    for part in parts:
        row.addWidget(part)
    return group
