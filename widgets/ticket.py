"""The order ticket: what an order would do to margin, available funds and risk ratio. Nothing in it is ever sent."""

from __future__ import annotations

from PySide6.QtCore import QStringListModel, Qt, QTimer, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QCompleter,
    QFileDialog,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from engine.decision import Decision, Order, Request
from engine.orders import Directory, order_text
from engine.scenarios.ordered import OrdersUnderStress
from engine.snapshot import Lines
from engine.text import BadInputError, UserFacingError, text
from widgets.effects_table import EffectsTable
from widgets.language import tr
from widgets.leg_field import LegField
from widgets.limits_pane import LimitsPane
from widgets.margin_curve import MarginCurve
from widgets.numbers_text import count, duration
from widgets.panel import View, label
from widgets.portfolio import Portfolio, load_portfolio, save_portfolio
from widgets.portfolio_dialog import portfolio_dialog
from widgets.selection import Selected
from widgets.stress.line import StressLine
from widgets.theme import Theme
from widgets.verdict_box import VerdictBox
from widgets.workspace.actions import KeyHint

LEGS = 12
TYPING_PAUSE = 250
"""Milliseconds without a key after which what is typed is computed without being asked."""


class TicketView(View):
    """Account, legs as text, and the answer. Enter computes; so does a pause in typing once every leg can be read."""

    hints = (
        KeyHint(text("Compute"), ("Return",)),
        KeyHint(text("Open a what-if"), ("Ctrl+O",)),
        KeyHint(text("Save the what-if"), ("Ctrl+S",)),
    )
    what_if_requested = Signal(object)
    """A `Request`, or None once the ticket is empty."""

    def __init__(self, theme: Theme) -> None:
        super().__init__("ticket", theme)
        self._directory = Directory(())
        self._lines: Lines | None = None
        self._request: Request | None = None
        self._decision: Decision | None = None
        self._problem: tuple[int, BadInputError] | None = None
        self._numbers = 0
        self._outdated = ""
        self._typing = QTimer(self, singleShot=True, interval=TYPING_PAUSE)
        self._typing.timeout.connect(self._compute_if_readable)
        for widget in (self, self.header):
            widget.setProperty("hypothetical", "true")
        self.header.badge.show()
        self._build()
        self._add_leg()
        self.show_body()
        self.retranslate()

    def set_directory(self, directory: Directory) -> None:
        """Know these contracts from now on."""
        self._directory = directory
        for leg in self.legs:
            leg.directory = directory
        self._name_legs()

    def set_accounts(self, names: tuple[str, ...]) -> None:
        """Offer these account names."""
        self._accounts.setStringList(list(names))

    def set_account(self, account: str) -> None:
        """Ask about this account; what is typed is computed anew for it."""
        if self.account.text() != account:
            self.account.setText(account)
            self._compute_if_readable()

    def show_selected(self, selected: Selected) -> None:
        """Ask about the account that was chosen."""
        if selected.account:
            self.set_account(selected.account)

    def set_lines(self, lines: Lines) -> None:
        """Lines that the risk ratio after the order is coloured by."""
        self._lines = lines

    def add_order(self, order: Order) -> None:
        """Put an order into the first blank leg and compute."""
        blank = next((leg for leg in self.legs if leg.is_blank), None)
        if blank is not None:
            blank.setText(order_text(order, self._directory))
            self.compute()

    def show_decision(self, decision: Decision) -> None:
        """Draw an answer, unless it answers an older question."""
        if self._request is not None and decision.request.number == self._request.number:
            first = self._decision is None or self._decision.request.number != decision.request.number
            self._decision = decision
            self.refresh_when_visible(at_once=first)

    def show_stress(self, answer: OrdersUnderStress | None) -> None:
        """Say what the orders do under stress, unless it is of an older question."""
        if answer is not self.stress.answer:
            self.stress.show_answer(answer)
            self.stress.show_only_for(self._request if self._decision is not None else None)

    def compute(self) -> None:
        """Ask for what is typed; where a leg cannot be read, say why."""
        self._typing.stop()
        orders = self._read(complain=True)
        if orders is not None:
            self._ask(orders)

    def clear(self) -> None:
        """Empty every leg."""
        for leg in self.legs:
            leg.clear()
            leg.mark_problem(False)
        self._ask(())
        self.legs[0].setFocus()

    def focus_first_leg(self) -> None:
        """Put the cursor where the next order is typed."""
        target = next((leg for leg in self.legs if leg.is_blank), self.legs[-1])
        target.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def save_to(self, path: str) -> None:
        """Save account and legs; the trouble, where there is any, is told by `problem_found`."""
        orders = self._read(complain=True)
        if orders is None:
            return
        try:
            save_portfolio(path, Portfolio(self.account.text(), orders))
        except UserFacingError as error:
            self.problem_found.emit(error.message)

    def load_from(self, path: str) -> None:
        """Take account and legs from a file; the trouble, where there is any, is told by `problem_found`."""
        try:
            portfolio = load_portfolio(path)
        except UserFacingError as error:
            self.problem_found.emit(error.message)
            return
        self._fill(portfolio)

    def refresh(self) -> None:
        """Draw the newest answer, the trouble with a leg, or what to do."""
        decision = self._decision
        answered = decision is not None and self._problem is None
        for widget in (self.effects, self.curve, self.limits):
            widget.setVisible(answered)
        self.stress.show_only_for(self._request if answered else None)
        if self._problem is not None:
            self.verdict.show_problem(*self._problem)
        elif decision is None:
            computing = self._request is not None and bool(self._request.orders)
            headline = tr("Computing…") if computing else tr("Nothing to compute yet")
            self.verdict.show_hint(headline, tr("Type an order and press Enter. Nothing is sent from here."))
        else:
            self._draw_answer(decision)
        self._describe()
        self._warn()

    def retranslate(self) -> None:
        """Write every text in the language in force."""
        self.header.title.setText(tr("Order ticket"))
        self.header.badge.setText(tr("WHAT-IF"))
        self._account_label.setText(tr("Account"))
        self.account.setPlaceholderText(tr("Account name"))
        self.account.setAccessibleName(tr("Account"))
        self.compute_button.setText(tr("Compute"))
        self.clear_button.setText(tr("Clear"))
        self.open_button.setText(tr("Open…"))
        self.save_button.setText(tr("Save…"))
        self.effects.effects.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, 3)
        self.effects.setAccessibleName(tr("Before, change and after"))
        self.limits.retranslate()
        self._name_legs()
        self.refresh()
        self.stress.retranslate()

    def set_theme(self, theme: Theme) -> None:
        """Paint with the tokens of ``theme`` from now on."""
        super().set_theme(theme)
        self.effects.set_theme(theme)
        self.limits.set_theme(theme)
        self.curve.set_theme(theme)

    def set_outdated(self, message: str) -> None:
        """Mark the answer as not authoritative, with the reason."""
        if message != self._outdated:
            self._outdated = message
            self._warn()

    def _build(self) -> None:
        self._accounts = QStringListModel(self)
        completer = QCompleter(self._accounts, self)
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        completer.activated.connect(self._on_account_entered)
        self.account = QLineEdit()
        self.account.setObjectName("ticket_account")
        self.account.setCompleter(completer)
        self.account.returnPressed.connect(self._on_account_entered)
        self._account_label = label(tone="dim")
        self.legs: list[LegField] = []
        self._leg_labels: list[QLabel] = []
        self._form = QGridLayout()
        self._form.setHorizontalSpacing(10)
        self._form.setVerticalSpacing(5)
        self._form.setColumnMinimumWidth(0, 56)
        self._form.addWidget(self._account_label, 0, 0)
        self._form.addWidget(self.account, 0, 1)
        self.effects, self.curve, self.verdict = EffectsTable(self.theme), MarginCurve(self.theme), VerdictBox()
        self.limits, self.stress = LimitsPane(self.theme), StressLine()
        content = QWidget()
        rows = QVBoxLayout(content)
        rows.setContentsMargins(10, 10, 10, 8)
        rows.setSpacing(10)
        rows.addLayout(self._form)
        rows.addLayout(self._build_buttons())
        rows.addWidget(self.effects)
        rows.addWidget(self.verdict)
        rows.addWidget(self.stress)
        rows.addWidget(self.limits, 3)
        rows.addWidget(self.curve, 1)
        rows.addStretch(0)
        self.verdict.take_largest.clicked.connect(self._take_largest)
        self.limits.together_changed.connect(self._compute_if_readable)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(content)
        body = QVBoxLayout(self.body)
        body.setContentsMargins(1, 0, 1, 1)
        body.addWidget(scroll)

    def _build_buttons(self) -> QHBoxLayout:
        """Clear and compute under the legs, open and save in the heading."""
        self.clear_button, self.compute_button = QPushButton(), QPushButton()
        self.open_button, self.save_button = QPushButton(), QPushButton()
        self.clear_button.setObjectName("ticket_clear")
        self.compute_button.setObjectName("ticket_compute")
        row = QHBoxLayout()
        row.setSpacing(6)
        row.addStretch(1)
        row.addWidget(self.clear_button)
        row.addWidget(self.compute_button)
        self.clear_button.clicked.connect(self.clear)
        self.compute_button.clicked.connect(self.compute)
        for button, name, key, action in (
            (self.open_button, "ticket_open", QKeySequence.StandardKey.Open, self._choose_open),
            (self.save_button, "ticket_save", QKeySequence.StandardKey.Save, self._choose_save),
        ):
            button.setObjectName(name)
            button.setProperty("quiet", "true")
            button.clicked.connect(action)
            self.header.row.addWidget(button)
            shortcut = QShortcut(QKeySequence(key), self, context=Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(action)
        return row

    def _add_leg(self) -> None:
        leg, name = LegField(self._directory), label(tone="dim")
        row = len(self.legs) + 1
        leg.setObjectName(f"ticket_leg_{row}")
        leg.textChanged.connect(self._on_leg_changed)
        leg.returnPressed.connect(self.compute)
        leg.offer_taken.connect(self.compute)
        self.legs.append(leg)
        self._leg_labels.append(name)
        self._form.addWidget(name, row, 0)
        self._form.addWidget(leg, row, 1)
        QWidget.setTabOrder(self.legs[-2] if row > 1 else self.account, leg)
        self._name_legs()

    def _name_legs(self) -> None:
        first = self._directory.search("", 1)
        example = tr("Buy 10 {contract}").format(contract=first[0].title) if first else ""
        for place, leg in enumerate(self.legs):
            name = tr("Leg {number}").format(number=place + 1)
            self._leg_labels[place].setText(name)
            leg.setAccessibleName(name)
            leg.setPlaceholderText(example if place == 0 else tr("another leg, or leave blank"))

    def _on_leg_changed(self) -> None:
        if not self.legs[-1].is_blank and len(self.legs) < LEGS:
            self._add_leg()
        self._typing.start()

    def _on_account_entered(self) -> None:
        name = self.account.text()
        if name in self._accounts.stringList():
            self.account_selected.emit(name)
        self.compute()

    def _compute_if_readable(self) -> None:
        orders = self._read(complain=False)
        if orders is not None:
            self._ask(orders)

    def _read(self, *, complain: bool) -> tuple[Order, ...] | None:
        """The orders typed; None where a leg cannot be read, which is shown only if asked for."""
        orders, problem = [], None
        for place, leg in enumerate(self.legs):
            order = None if leg.is_blank else leg.order()
            wrong = order is None and not leg.is_blank
            leg.mark_problem(wrong and complain)
            if order is not None:
                orders.append(order)
            elif wrong and problem is None and leg.problem is not None:
                problem = (place + 1, leg.problem)
        if problem is None or complain:
            self._problem = problem
            if problem is not None:
                self.refresh()
        return None if problem is not None else tuple(orders)

    def _ask(self, orders: tuple[Order, ...]) -> None:
        asked, wanted = self._request, (self.account.text(), orders, self.limits.together.isChecked())
        if asked is not None and (asked.account, asked.orders, asked.together) == wanted:
            self.refresh()
            return
        if not orders or not self.account.text():
            had_one = self._request is not None
            self._request = self._decision = None
            self.refresh()
            if had_one:
                self.what_if_requested.emit(None)
            return
        self._numbers += 1
        self._request = Request(self._numbers, self.account.text(), orders, together=wanted[2])
        self._decision = None if asked is None or asked.account != self.account.text() else self._decision
        self.refresh()
        self.what_if_requested.emit(self._request)

    def _draw_answer(self, decision: Decision) -> None:
        self.effects.effects.show(decision.effects, self._lines)
        orders, curve = decision.request.orders, decision.curve
        self.curve.show_curve(curve, orders[0].quantity if orders else 0)
        self.curve.setVisible(curve is not None)
        self.limits.show_check(decision.limits, len(orders))
        self.verdict.show_decision(decision)

    def _describe(self) -> None:
        if self._request is None:
            self.header.subtitle.setText("")
            return
        current = self._decision is not None and self._decision.request.number == self._request.number
        state = duration(self._decision.elapsed) if current and self._decision is not None else tr("computing…")
        legs = tr("legs: {count}").format(count=len(self._request.orders))
        more = [self._decision.parameters] if self._decision is not None else []
        if self._decision is not None and self._decision.working:
            more.insert(0, tr("beside working orders: {count}").format(count=count(self._decision.working)))
        self.header.subtitle.setText(" · ".join((legs, state, *more)))

    def _warn(self) -> None:
        """Say why the answer may not be relied on."""
        shaky = self._decision is not None and not self._decision.authoritative
        message = self._outdated or (tr("a feed is not live") if shaky else "")
        super().set_outdated(tr("Not authoritative: {reason}").format(reason=message) if message else "")
        outdated = bool(message)
        for table in (self.effects, self.limits.table):
            if bool(table.property("outdated")) != outdated:
                table.setProperty("outdated", outdated)
                table.viewport().update()

    def _take_largest(self) -> None:
        curve = self._decision.curve if self._decision is not None else None
        leg = next((leg for leg in self.legs if not leg.is_blank), None)
        order = leg.order() if leg is not None else None
        if leg is not None and order is not None and curve is not None and curve.largest:
            leg.setText(order_text(order._replace(quantity=curve.largest), self._directory))
            self.compute()

    def _fill(self, portfolio: Portfolio) -> None:
        for leg in self.legs:
            leg.clear()
        for place, order in enumerate(portfolio.orders[:LEGS]):
            self.legs[place].setText(order_text(order, self._directory))
        self.account.setText(portfolio.account)
        self.account_selected.emit(portfolio.account)
        self.compute()

    def _choose_save(self) -> None:
        dialog = portfolio_dialog(self, tr("Save what-if portfolio"), QFileDialog.AcceptMode.AcceptSave)
        dialog.fileSelected.connect(self.save_to)
        dialog.open()

    def _choose_open(self) -> None:
        dialog = portfolio_dialog(self, tr("Open what-if portfolio"), QFileDialog.AcceptMode.AcceptOpen)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.fileSelected.connect(self.load_from)
        dialog.open()
