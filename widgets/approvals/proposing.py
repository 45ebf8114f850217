"""What a person adds to plans before they become instructions: why, how long they may be sent, on which terms."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from engine.authorisation.instruction import LONGEST_REASON
from engine.liquidation.plan import Plan
from widgets.approvals.parts import form_grid
from widgets.forced_close.words import seconds, time_needed
from widgets.language import tr
from widgets.numbers_text import count, money, percent
from widgets.panel import label

MINUTES = 10
LONGEST = 24 * 60
MINUTE = 60 * 10**9


@dataclass(frozen=True, slots=True)
class ProposalForm:
    """What a person has filled in; ``minutes`` from the draft until the instruction ends."""

    reason: str
    minutes: int
    even_if_cured: bool


def dialog_of(plan: Plan, parent: QWidget | None = None) -> ProposeDialog:
    """The dialog for one plan."""
    title = tr("Propose the forced close of {account}").format(account=plan.account)
    summary = tr("{orders} orders, {time}: risk ratio {before} → {after}, worst cost {cost} {currency}").format(
        orders=count(len(plan.orders)),
        time=time_needed(plan.duration),
        before=percent(plan.before.ratio),
        after=percent(plan.after.ratio),
        cost=money(plan.worst_cost),
        currency=plan.currency,
    )
    if any(order.allowance for order in plan.orders):
        room = tr("Limits leave the market room for {time} until the orders are sent; the worst cost has it in it.")
        summary = f"{summary}\n{room.format(time=seconds(plan.execution.deciding))}"
    return ProposeDialog(title, summary, 1 + plan.duration // MINUTE, parent)


class ProposeDialog(QDialog):
    """Comes before the dialog in which the instruction is signed, or those of a batch are.

    Args:
        title: What is proposed.
        summary: What of it a person has to know now.
        least: Minutes that it takes at least.
        parent: The window.
    """

    filled = Signal(object)
    """A `ProposalForm`."""

    def __init__(self, title: str, summary: str, least: int = 1, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("propose")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.reason = QLineEdit(maxLength=LONGEST_REASON)
        self.reason.setObjectName("propose_reason")
        self.minutes = QSpinBox(minimum=least, maximum=LONGEST, value=max(MINUTES, least + MINUTES))
        self.minutes.setObjectName("propose_minutes")
        self.cured = QCheckBox(tr("Send it even if the account is under its line again"))
        self.cured.setObjectName("propose_cured")
        self.go_on, self.leave = QPushButton(tr("Show the instruction…")), QPushButton(tr("Cancel"))
        self.go_on.setObjectName("propose_go_on")
        self.go_on.setDefault(True)
        self.leave.setAutoDefault(False)
        self.go_on.setEnabled(False)
        self.reason.textChanged.connect(self._judge)
        self.go_on.clicked.connect(self._on_go_on)
        self.leave.clicked.connect(self.reject)
        self._lay_out(title, summary)
        self.reason.setFocus()

    def _judge(self) -> None:
        self.go_on.setEnabled(bool(self.reason.text().strip()))

    def _on_go_on(self) -> None:
        self.accept()
        form = ProposalForm(self.reason.text().strip(), self.minutes.value(), self.cured.isChecked())
        self.filled.emit(form)

    def _lay_out(self, title: str, summary: str) -> None:
        self.setWindowTitle(title)
        self.minutes.setSuffix(tr(" min"))
        form = form_grid((tr("Reason"), self.reason), (tr("May be sent for"), self.minutes), ("", self.cured))
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        buttons.addWidget(self.go_on)
        buttons.addWidget(self.leave)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(16, 14, 16, 12)
        rows.setSpacing(10)
        rows.addWidget(label(title, strong=True))
        rows.addWidget(label(summary, tone="dim"))
        rows.addLayout(form)
        rows.addLayout(buttons)
        self.resize(560, self.sizeHint().height())
