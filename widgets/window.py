"""The main window: docks, a strip on top, a status bar below. It passes results on and tells what was asked."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from PySide6.QtCore import QByteArray, QEvent, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QIcon, QKeySequence, QMouseEvent, QResizeEvent, QShortcut
from PySide6.QtWidgets import (
    QDockWidget,
    QMainWindow,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from engine.decision import Decision, Order, Request
from engine.orders import Directory
from engine.snapshot import AccountDetail, Freeing, ParametersInForce, Snapshot
from engine.span.comparison import Comparison
from engine.span.contract_search import ContractSearch
from engine.span.parameters import ParameterSet
from engine.text import Text
from engine.versions import ParameterNews
from widgets.accounts import AccountsView
from widgets.arrays_mark import arrays_exceptions, arrays_explained, arrays_mark
from widgets.banner import ProblemBanner
from widgets.breakdown import BreakdownView
from widgets.header_strip import HeaderStrip
from widgets.language import ENGLISH, sentence, tr
from widgets.layout_file import Layout, read_layout, write_layout
from widgets.numbers_text import date_text
from widgets.panel import PanelDock, View
from widgets.parameter_strip import ParameterStrip
from widgets.parameters.view import ParametersView
from widgets.positions import PositionsView
from widgets.status import StatusStrip, outdated_message
from widgets.theme import Theme
from widgets.ticket import TicketView

LAYOUT_VERSION = 3
"""Goes up whenever docks are added, renamed or taken away."""
DEFAULT_SIZE = (1600, 940)
WIDTHS = (40, 35, 25)
HEIGHTS = (50, 50)
"""Shares of the columns, left to right, and of the middle column's two views, in percent."""


class MainWindow(QMainWindow):
    """Accounts on the left, breakdown and positions in the middle, the order ticket on the right.

    Everything runs in the GUI thread. `show_snapshot` is meant for a timer of 20 Hz at the most.
    """

    account_selected = Signal(str)
    what_if_requested = Signal(object)
    """A `Request`, or None once the ticket is empty."""
    arrays_chosen = Signal(str)
    """An `Arrays`."""
    language_chosen = Signal(str)
    theme_chosen = Signal(str)
    cancel_requested = Signal()
    """Loading is to end."""
    closing = Signal()

    def __init__(self, theme: Theme, language: str = ENGLISH, icon: QIcon | None = None) -> None:
        super().__init__()
        self.setObjectName("main_window")
        if icon is not None:
            self.setWindowIcon(icon)
        self.theme = theme
        self._progress: Text | None = None
        self._share: float | None = None
        self._keeps_shares = False
        self._outdated = ""
        self._account_names: tuple[str, ...] = ()
        self._snapshot: Snapshot | None = None
        self.strip, self.banner, self.status = HeaderStrip(theme), ProblemBanner(), StatusStrip(theme)
        self.changes = ParameterStrip(theme)
        self.strip.parameters.setMenu(self.changes.menu)
        self.addActions(self.changes.menu.actions())
        self.strip.languages.set_current(language)
        self.accounts, self.breakdown = AccountsView(theme), BreakdownView(theme)
        self.positions, self.ticket = PositionsView(theme), TicketView(theme)
        self.parameters = ParametersView(theme)
        self.views: tuple[View, ...] = (self.accounts, self.breakdown, self.positions, self.ticket, self.parameters)
        self.docks = {view.objectName(): PanelDock(view) for view in self.views}
        self._build()
        self._connect()
        self._bind_keys()
        self.arrange_docks()
        self.retranslate()

    def show_snapshot(self, snapshot: Snapshot) -> None:
        """Draw the desk as it is now."""
        before, self._snapshot = self._snapshot, snapshot
        if snapshot.accounts.names != self._account_names:
            self._account_names = snapshot.accounts.names
            self.ticket.set_accounts(snapshot.accounts.names)
        if before is None or before.lines != snapshot.lines:
            self.ticket.set_lines(snapshot.lines)
        if before is None or before.parameters != snapshot.parameters:
            self._name_parameters(snapshot.parameters)
        self.changes.show_warnings(snapshot.parameters.warnings)
        if len(snapshot.accounts):
            self.show_progress(None)
        self.strip.show_snapshot(snapshot)
        self.status.show_snapshot(snapshot)
        self._mark_outdated(outdated_message(snapshot))
        self.accounts.show_snapshot(snapshot)

    def show_detail(self, detail: AccountDetail) -> None:
        """Draw the selected account in full; the detail of any other account is let go."""
        if detail.account == self.accounts.account:
            self.positions.show_detail(detail)
            self.breakdown.show_detail(detail)

    def show_freeing(self, freeing: Freeing | None) -> None:
        """Draw what frees margin of the selected account, None where it is not known; any other account's is let go."""
        if freeing is None or freeing.account == self.accounts.account:
            self.positions.show_freeing(freeing)

    def show_decision(self, decision: Decision) -> None:
        """Draw the answer to a what-if."""
        self.ticket.show_decision(decision)
        self.breakdown.show_decision(decision)

    def set_directory(self, directory: Directory) -> None:
        """Know these contracts from now on."""
        self.ticket.set_directory(directory)

    def show_parameters(self, contracts: ContractSearch) -> None:
        """Show what another version of the parameters says."""
        self.parameters.show_parameters(contracts)

    def show_comparison(self, comparison: Comparison | None) -> None:
        """Show what changed since the version of the parameters before; None where there is none before."""
        self.parameters.show_comparison(comparison)

    def show_live_arrays(self, parameters: ParameterSet | None) -> None:
        """Show live arrays beside the exchange's; None where margin is on the exchange's."""
        self.parameters.show_live(parameters)

    def show_parameter_news(self, news: ParameterNews) -> None:
        """Follow which parameters are read, offered and kept at hand besides those in force."""
        self.changes.show_news(news)
        self.show_comparison(news.since)

    def show_problem(self, problem: Text) -> None:
        """Tell of a problem in a banner that stops nobody."""
        self.banner.say(problem)
        self.parameters.show_problem(problem)

    def show_progress(self, progress: Text | None, share: float | None = None) -> None:
        """Say what is going on or waited for, and which share is done where it can be told; None when it is over."""
        if (progress, share) != (self._progress, self._share):
            self._progress, self._share = progress, share
            self._say_progress()

    def save_layout(self, path: str) -> bool:
        """Save where the docks stand; False where the file cannot be written."""
        # The default is kept as such: its shares fit any screen, sizes in pixels fit only this one.
        state = QByteArray() if self._keeps_shares else self.saveState(LAYOUT_VERSION)
        return write_layout(path, Layout(self.saveGeometry(), state))

    def restore_layout(self, path: str) -> bool:
        """Put the docks where a file says; the default stands, and False is returned, where it cannot be used."""
        layout = read_layout(path)
        if layout is not None:
            self.restoreGeometry(layout.geometry)
        self._keeps_shares = False
        if layout is not None and self.restoreState(layout.state, LAYOUT_VERSION):
            self._title_docks()
            return True
        self.arrange_docks()
        return layout is not None and layout.state.isEmpty()

    def arrange_docks(self) -> None:
        """The default layout."""
        for dock in self.docks.values():
            dock.setFloating(False)
            self.removeDockWidget(dock)
        accounts, breakdown = self.docks["accounts"], self.docks["breakdown"]
        positions, ticket = self.docks["positions"], self.docks["ticket"]
        self.addDockWidget(Qt.DockWidgetArea.LeftDockWidgetArea, accounts)
        self.splitDockWidget(accounts, breakdown, Qt.Orientation.Horizontal)
        self.splitDockWidget(breakdown, ticket, Qt.Orientation.Horizontal)
        self.splitDockWidget(breakdown, positions, Qt.Orientation.Vertical)
        self.tabifyDockWidget(accounts, self.docks["parameters"])
        for dock in self.docks.values():
            dock.show()
        accounts.raise_()
        self._title_docks()
        self._keeps_shares = True
        self._share_out()

    def _share_out(self) -> None:
        """Give each dock of the default layout its share of the window."""
        columns: list[QDockWidget] = [self.docks[name] for name in ("accounts", "breakdown", "ticket")]
        self.resizeDocks(columns, [self.width() * share // 100 for share in WIDTHS], Qt.Orientation.Horizontal)
        rows: list[QDockWidget] = [self.docks[name] for name in ("breakdown", "positions")]
        self.resizeDocks(rows, [self.height() * share // 100 for share in HEIGHTS], Qt.Orientation.Vertical)

    def event(self, event: QEvent) -> bool:
        """Stop sharing out by the default once a person takes hold of a separator."""
        if event.type() == QEvent.Type.MouseButtonPress:
            place = cast("QMouseEvent", event).position().toPoint()
            self._keeps_shares = self._keeps_shares and not self.isSeparator(place)
        return super().event(event)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """Qt would give all new room to one dock."""
        super().resizeEvent(event)
        if self._keeps_shares:
            self._share_out()

    def set_theme(self, theme: Theme) -> None:
        """Paint with the tokens of ``theme`` from now on; the application's style sheet is the caller's."""
        self.theme = theme
        self.strip.themes.set_current(theme.name)
        self.status.set_theme(theme)
        self.changes.set_theme(theme)
        for view in self.views:
            view.set_theme(theme)
        self.update()

    def set_language(self, code: str) -> None:
        """Show which language is in force; the texts follow by Qt's own event."""
        self.strip.languages.set_current(code)

    def retranslate(self) -> None:
        """Write every text in the language in force."""
        self.setWindowTitle(tr("Palisade: margin and risk"))
        self.banner.retranslate()
        for view, dock in zip(self.views, self.docks.values(), strict=True):
            # The window hears of a new language before its views do.
            view.retranslate()
            dock.setWindowTitle(view.header.title.text())
        self._say_progress()
        if self._snapshot is not None:
            self._name_parameters(self._snapshot.parameters)
            self._mark_outdated(outdated_message(self._snapshot))

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802
        """Follow a change of the language."""
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802
        """Tell the application, which shuts everything down in order."""
        self.closing.emit()
        super().closeEvent(event)

    def _build(self) -> None:
        self.resize(*DEFAULT_SIZE)
        self.setDockNestingEnabled(True)
        self.setTabPosition(Qt.DockWidgetArea.AllDockWidgetAreas, QTabWidget.TabPosition.North)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
        top = QWidget()
        rows = QVBoxLayout(top)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(0)
        rows.addWidget(self.strip)
        framed = QVBoxLayout()
        framed.setContentsMargins(6, 0, 6, 4)
        framed.addWidget(self.changes)
        framed.addWidget(self.banner)
        rows.addLayout(framed)
        self.setMenuWidget(top)
        gap = self.theme.metrics.gap
        self.setContentsMargins(gap, 0, gap, 0)
        bar = self.statusBar()
        bar.setSizeGripEnabled(False)
        bar.addWidget(self.status, 1)

    def _connect(self) -> None:
        self.accounts.cancel_requested.connect(self.cancel_requested)
        self.changes.cancel_requested.connect(self.cancel_requested)
        self.changes.problem_found.connect(self.show_problem)
        self.parameters.cancel_requested.connect(self.cancel_requested)
        self.accounts.account_selected.connect(self._on_account_selected)
        self.ticket.account_chosen.connect(self.accounts.choose)
        self.ticket.what_if_requested.connect(self._on_what_if_requested)
        self.ticket.problem_found.connect(self.show_problem)
        self.breakdown.contract_selected.connect(self.positions.select_contract)
        self.positions.contract_selected.connect(self.parameters.select_contract)
        self.positions.close_requested.connect(self._on_trade_requested)
        self.positions.trade_chosen.connect(self._on_trade_requested)
        for dock in self.docks.values():
            dock.topLevelChanged.connect(self._on_dock_moved)
            dock.dockLocationChanged.connect(self._on_dock_moved)
        self.strip.arrays.chosen.connect(self.arrays_chosen)
        self.strip.languages.chosen.connect(self.language_chosen)
        self.strip.themes.chosen.connect(self.theme_chosen)

    def _bind_keys(self) -> None:
        """Ctrl+1 to 6 go to a view, ``/`` and Ctrl+F to the filter, Ctrl+N to the ticket, Ctrl+L to the other arrays.

        Escape ends the banner.
        """
        for keys, action in (
            ("Ctrl+1", self._going_to("accounts", self.accounts.tree.setFocus)),
            ("Ctrl+2", self._going_to("breakdown", self.breakdown.tree.setFocus)),
            ("Ctrl+3", self._going_to("positions", self.positions.table.setFocus)),
            ("Ctrl+4", self._going_to("ticket", self.ticket.focus_first_leg)),
            ("Ctrl+5", self.status.setFocus),
            ("Ctrl+6", self._going_to("parameters", self.parameters.focus_search)),
            ("/", self._going_to("accounts", self.accounts.focus_filter)),
            ("Ctrl+F", self._going_to("accounts", self.accounts.focus_filter)),
            ("Ctrl+N", self._going_to("ticket", self.ticket.focus_first_leg)),
            ("Ctrl+L", self.strip.switch_arrays),
            ("Esc", self.banner.hide),
        ):
            shortcut = QShortcut(QKeySequence(keys), self)
            shortcut.activated.connect(action)

    def _going_to(self, name: str, action: Callable[[], None]) -> Callable[[], None]:
        """What brings a view to the front of its tabs and then does ``action``."""

        def go() -> None:
            self.docks[name].raise_()
            action()

        return go

    def _on_dock_moved(self) -> None:
        self._keeps_shares = False
        # Qt tells of the move before it takes the dock out of its tabs.
        QTimer.singleShot(0, self, self._title_docks)

    def _title_docks(self) -> None:
        """Behind a tab, which says its title, a view need not say it again."""
        for dock in self.docks.values():
            cast("View", dock.widget()).header.title.setVisible(not self.tabifiedDockWidgets(dock))

    def _on_account_selected(self, account: str) -> None:
        self.positions.show_loading(account)
        self.breakdown.show_loading(account)
        self.ticket.set_account(account)
        self.account_selected.emit(account)

    def _on_what_if_requested(self, request: object) -> None:
        if request is None:
            self.breakdown.show_decision(None)
        elif isinstance(request, Request) and request.orders:
            self.parameters.select_contract(request.orders[0].contract)
        self.what_if_requested.emit(request)

    def _on_trade_requested(self, order: Order) -> None:
        self.ticket.add_order(order)

    def _mark_outdated(self, message: str) -> None:
        if message != self._outdated:
            self._outdated = message
            for view in self.views:
                view.set_outdated(message)

    def _name_parameters(self, parameters: ParametersInForce) -> None:
        """Say which parameters and whose arrays every margin rests on, live ones beside each."""
        mark, exceptions = arrays_mark(parameters), arrays_exceptions(parameters)
        for view in self.views:
            view.set_arrays(mark, arrays_explained(parameters))
        self.parameters.show_in_force(parameters)
        said = [mark, exceptions, parameters.version, date_text(parameters.business_date)]
        self.status.show_parameters(" · ".join(words for words in said if words), marked=bool(mark))

    def _say_progress(self) -> None:
        words = sentence(self._progress) if self._progress is not None else ""
        self.status.show_message(words)
        self.accounts.show_waiting(words, self._share)
        self.parameters.show_waiting(words, self._share)
