"""The main window: docks, a strip on top, a status bar below. It passes results on and tells what was asked.

How to add a dock stands in `widgets.workspace.views`; the window needs no change for it.
"""

from __future__ import annotations

from typing import cast

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QCloseEvent, QIcon, QMouseEvent, QResizeEvent
from PySide6.QtWidgets import QMainWindow, QVBoxLayout, QWidget

from engine.decision import Decision, Order, Request
from engine.instruments import Contract
from engine.limits_in_force import LimitsInForce
from engine.orders import Directory
from engine.scenarios.news import StressNews
from engine.snapshot import AccountDetail, Freeing, ParametersInForce, Snapshot
from engine.span.comparison import Comparison
from engine.span.contract_search import ContractSearch
from engine.span.parameters import ParameterSet
from engine.text import Text, text
from engine.versions import ParameterNews
from widgets.approvals.glass_banner import GlassBanner, GlassNews
from widgets.arrays_mark import arrays_exceptions, arrays_explained, arrays_mark
from widgets.banner import ProblemBanner
from widgets.header_strip import HeaderStrip
from widgets.language import ENGLISH, sentence, tr
from widgets.layout_file import Layout, has_layout, read_layout, write_layout
from widgets.numbers_text import date_text
from widgets.parameter_strip import ParameterStrip
from widgets.selection import Selected, Selection
from widgets.status import StatusStrip, outdated_message
from widgets.theme import Theme
from widgets.window_commands import add_commands
from widgets.workspace import views
from widgets.workspace.actions import Commands
from widgets.workspace.docking import Workspace
from widgets.workspace.finding import Doing, Finder, remembered
from widgets.workspace.keyboard_map import KeyboardMap
from widgets.workspace.palette import Palette
from widgets.workspace.perspectives import Perspective
from widgets.workspace.view_menu import ViewMenu
from widgets.workspace.views import ViewSpec, ViewType

DEFAULT_SIZE = (1600, 940)


class MainWindow(QMainWindow):
    """Strips above and below, the docks of the perspective in force between them.

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
    problem_found = Signal(object)
    """A `Text`, from a dialog over the window."""
    settings_requested = Signal()
    glass_requested = Signal()
    """A person wants to break the glass."""
    closing = Signal()

    def __init__(self, theme: Theme, language: str = ENGLISH, icon: QIcon | None = None) -> None:
        super().__init__()
        self.setObjectName("main_window")
        if icon is not None:
            self.setWindowIcon(icon)
        self.theme = theme
        self._progress: Text | None = None
        self._share: float | None = None
        self._outdated = ""
        self._account_names: tuple[str, ...] = ()
        self._snapshot: Snapshot | None = None
        self._account = ""
        self.selection = Selection()
        self.strip, self.banner, self.status = HeaderStrip(theme), ProblemBanner(), StatusStrip(theme)
        self.changes = ParameterStrip(theme)
        self.glass = GlassBanner()
        self.strip.parameters.setMenu(self.changes.menu)
        self.strip.languages.set_current(language)
        self.workspace = Workspace(self, theme)
        self.accounts, self.breakdown = self.view(views.ACCOUNTS), self.view(views.BREAKDOWN)
        self.positions, self.ticket = self.view(views.POSITIONS), self.view(views.TICKET)
        self.parameters = self.view(views.PARAMETERS)
        self.views, self.docks = tuple(self.workspace.views.values()), self.workspace.docks
        self.commands = Commands(self)
        doing = Doing(self.selection.choose_account, self._choose_group, self._choose_contract)
        self.palette_ = Palette(self, theme, Finder(self.commands, doing))
        self._build()
        self._connect()
        add_commands(self)
        self.menu = ViewMenu(self, self.workspace, self.commands)
        self.strip.views.setMenu(self.menu)
        self.workspace.arrange()
        self.retranslate()

    def view(self, spec: ViewSpec[ViewType]) -> ViewType:
        """The view that ``spec`` has made."""
        return self.workspace.view(spec)

    def show_snapshot(self, snapshot: Snapshot) -> None:
        """Draw the desk as it is now."""
        before, self._snapshot = self._snapshot, snapshot
        if snapshot.accounts.names != self._account_names:
            self._account_names = snapshot.accounts.names
            self.ticket.set_accounts(snapshot.accounts.names)
            self.palette_.finder.set_accounts(snapshot.accounts.names, snapshot.accounts.groups)
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
        for view in self.views:
            view.show_snapshot(snapshot)

    def show_detail(self, detail: AccountDetail) -> None:
        """Draw the selected account in full; the detail of any other account is let go."""
        if detail.account == self.selection.current.account:
            self.positions.show_detail(detail)
            self.breakdown.show_detail(detail)

    def show_freeing(self, freeing: Freeing | None) -> None:
        """Draw what frees margin of the selected account, None where it is not known; any other account's is let go."""
        if freeing is None or freeing.account == self.selection.current.account:
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
        self.palette_.finder.contracts = contracts
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

    def show_glass(self, news: GlassNews) -> None:
        """Tell of every break-glass here and in each dock that is a window of its own."""
        self.glass.show_glass(news)
        for dock in self.docks.values():
            dock.show_glass(news)

    def show_limits(self, limits: LimitsInForce) -> None:
        """Say which limits orders are checked against, and what is wrong with them."""
        self.status.show_limits(limits)
        self.changes.show_limit_warnings(limits.warnings)

    def show_stress(self, news: StressNews) -> None:
        """Draw what becomes of accounts under stress, and say it in a few words below."""
        self.view(views.STRESS).show_news(news)
        self.ticket.show_stress(news.orders)
        self.status.show_stress(news)

    def show_progress(self, progress: Text | None, share: float | None = None) -> None:
        """Say what is going on or waited for, and which share is done where it can be told; None when it is over."""
        if (progress, share) != (self._progress, self._share):
            self._progress, self._share = progress, share
            self._say_progress()

    def save_layout(self, path: str, release: str = "") -> bool:
        """Save where the docks stand in each perspective, as of a release; False where the file cannot be written."""
        arrangements, perspective = self.workspace.arrangements(), self.workspace.perspective
        return write_layout(
            path,
            Layout(self.saveGeometry(), perspective.value, arrangements, release, tuple(self.palette_.finder.recent)),
        )

    def restore_layout(self, path: str) -> bool:
        """Put the docks where a file says. Where it cannot be used the default stands, and a notice says so."""
        layout = read_layout(path)
        if layout is None:
            self.workspace.arrange()
            if has_layout(path):
                self.banner.say(text("the saved layout is damaged or of another release; the default stands"))
            return False
        self.restoreGeometry(layout.geometry)
        self.palette_.finder.recent = remembered(layout.recent)
        done = self.workspace.restore(layout.perspective, dict(layout.arrangements))
        if not done:
            self.banner.say(text("the saved layout is damaged or of another release; the default stands"))
        return done

    def arrange_docks(self) -> None:
        """The default layout of the perspective in force."""
        self.workspace.arrange()

    def event(self, event: QEvent) -> bool:
        """Stop sharing out by the default once a person takes hold of a separator."""
        if event.type() == QEvent.Type.MouseButtonPress:
            place = cast("QMouseEvent", event).position().toPoint()
            if self.isSeparator(place):
                self.workspace.release_shares()
        return super().event(event)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """Qt would give all new room to one dock."""
        super().resizeEvent(event)
        self.workspace.share_out()

    def set_theme(self, theme: Theme) -> None:
        """Paint with the tokens of ``theme`` from now on; the application's style sheet is the caller's."""
        self.theme = theme
        self.strip.themes.set_current(theme.name)
        self.status.set_theme(theme)
        self.changes.set_theme(theme)
        self.palette_.set_theme(theme)
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
        self.glass.retranslate()
        self.commands.retranslate()
        for view, dock in zip(self.views, self.docks.values(), strict=True):
            dock.glass.retranslate()
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
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
        top = QWidget()
        rows = QVBoxLayout(top)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(0)
        rows.addWidget(self.strip)
        framed = QVBoxLayout()
        framed.setContentsMargins(6, 0, 6, 4)
        framed.setSpacing(4)
        framed.addWidget(self.glass)
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
        for view in self.views:
            view.account_selected.connect(self.selection.choose_account)
            view.product_selected.connect(self.selection.choose_product)
            view.contract_selected.connect(self.selection.choose_contract)
            view.problem_found.connect(self.show_problem)
            view.cancel_requested.connect(self.cancel_requested)
        for dock in self.docks.values():
            dock.glass.review_requested.connect(self.glass.review_requested)
        self.problem_found.connect(self.show_problem)
        self.selection.changed.connect(self._on_selected)
        self.changes.cancel_requested.connect(self.cancel_requested)
        self.changes.problem_found.connect(self.show_problem)
        self.ticket.what_if_requested.connect(self._on_what_if_requested)
        self.positions.close_requested.connect(self._on_trade_requested)
        self.positions.trade_chosen.connect(self._on_trade_requested)
        self.strip.arrays.chosen.connect(self.arrays_chosen)
        self.strip.languages.chosen.connect(self.language_chosen)
        self.strip.themes.chosen.connect(self.theme_chosen)
        self.strip.search.clicked.connect(self.palette_.open)
        self.strip.perspectives.chosen.connect(lambda name: self.workspace.switch(Perspective(name)))
        self.workspace.perspective_changed.connect(self.strip.perspectives.set_current)

    def focus_filter(self) -> None:
        """Put the cursor into the filter of the accounts."""
        self.workspace.show_view(views.ACCOUNTS)
        self.accounts.focus_filter()

    def show_keyboard_map(self) -> None:
        """Show every key there is."""
        KeyboardMap(self, self.commands, self.views).open()

    def _choose_group(self, group: str) -> None:
        self.focus_filter()
        self.accounts.filter.setText(group)

    def _choose_contract(self, contract: Contract) -> None:
        self.workspace.show_view(views.PARAMETERS)
        self.selection.choose_contract(contract)

    def _on_selected(self, selected: Selected) -> None:
        for view in self.views:
            view.show_selected(selected)
        if selected.account != self._account:
            self._account = selected.account
            self.account_selected.emit(selected.account)

    def _on_what_if_requested(self, request: object) -> None:
        if request is None:
            self.breakdown.show_decision(None)
        elif isinstance(request, Request) and request.orders:
            self.selection.choose_contract(request.orders[0].contract)
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
        for view in self.views:
            view.show_waiting(words, self._share)
