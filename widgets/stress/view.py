"""The Stress view: scenarios, accounts and what changed, of the last run; how far the run under way has come."""

from __future__ import annotations

from enum import StrEnum

from PySide6.QtCore import QModelIndex
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QPushButton, QStackedWidget, QVBoxLayout, QWidget

from engine.scenarios.news import StressNews
from engine.scenarios.stress import Fate, StressRun
from engine.snapshot import Snapshot
from widgets.header_strip import Segments
from widgets.language import sentence, tr
from widgets.numbers_text import age, count, duration, time_of_day
from widgets.panel import ElidedLabel, View
from widgets.selection import Selected
from widgets.stress.account_table import AccountTable
from widgets.stress.change_table import ChangeTable
from widgets.stress.history import History
from widgets.stress.scenario_table import ScenarioTable
from widgets.stress.words import reverse_words, scenario_facts, scenario_title
from widgets.theme import Theme

BESIDE = 1000
"""Width in pixels from which on scenarios stand beside the other pages."""
LINE, REACH, PROGRESS = 26, 20, 3
"""Heights in pixels of the line above a table, of those below it, and of the progress."""
OVERDUE = 3
"""Periods after which results count as old."""


class Page(StrEnum):
    """What is in front."""

    SCENARIOS = "scenarios"
    ACCOUNTS = "accounts"
    CHANGES = "changes"
    HISTORY = "history"


class StressView(View):
    """Draws `StressNews`. A chosen scenario is what accounts are looked at under; a chosen account is everybody's."""

    def __init__(self, theme: Theme) -> None:
        super().__init__("stress", theme)
        self.scenarios, self.accounts = ScenarioTable(theme), AccountTable(theme)
        self.changes, self.history = ChangeTable(theme), History(theme)
        self.pages = Segments("stress_page", dict.fromkeys(Page, ""))
        self.page = Page.SCENARIOS
        self.news: StressNews | None = None
        self.account, self.under = "", ""
        self._waiting, self._feeds, self._old = "", "", ""
        self._snapshot: Snapshot | None = None
        self._lay_out()
        self._connect()
        self.retranslate()
        self._arrange()

    @property
    def run(self) -> StressRun | None:
        """The run on screen."""
        return self.news.run if self.news is not None else None

    def show_news(self, news: StressNews) -> None:
        """Draw what there is to say; progress at once, another run when it is seen."""
        before, self.news = self.news, news
        self._show_share(news.share)
        if before is None or before.reverse is not news.reverse:
            self._say_reach()
        if before is None or before.run is not news.run or before.problem != news.problem:
            self.refresh_when_visible(at_once=before is None or before.run is None)
        elif self.is_empty:
            self._describe()

    def show_snapshot(self, snapshot: Snapshot) -> None:
        """Tell how old the results are, and whether other parameters are in force since."""
        self._snapshot = snapshot
        self._tell_age()

    def show_selected(self, selected: Selected) -> None:
        """Mark the account that was chosen in another view."""
        if selected.account != self.account:
            self.account = selected.account
            self.accounts.mark(self.account)
            self._say_reach()

    def show_waiting(self, message: str, share: float | None = None) -> None:  # noqa: ARG002
        """Say what is being waited for while there is no run."""
        self._waiting = message
        if self.is_empty:
            self._describe()

    def set_outdated(self, message: str) -> None:
        """Mark every figure as possibly untrue, with the reason; an empty message takes the mark away."""
        self._feeds = message
        self._mark_outdated()

    def show_page(self, page: Page) -> None:
        """Bring a page to the front."""
        self.page = page
        self.pages.set_current(page)
        self._arrange()

    def focus_first(self) -> None:
        """Put the keyboard into the table of scenarios."""
        if self.width() < BESIDE:
            self.show_page(Page.SCENARIOS)
        self.scenarios.setFocus()

    def refresh(self) -> None:
        """Draw the last run."""
        news, run = self.news, self.run
        if news is None or run is None:
            self._describe()
            return
        self.scenarios.show_run(run)
        self._show_accounts()
        self.changes.changes.show(news.changes)
        self.history.show_past(news.past, run.currency)
        self._describe()
        self._tell_age()

    def retranslate(self) -> None:
        """Write every text in the language in force."""
        self.header.title.setText(tr("Stress"))
        self.pages.setAccessibleName(tr("Page"))
        words = (tr("Scenarios"), tr("Accounts"), tr("Changes"), tr("History"))
        for button, word in zip(self.pages.buttons.values(), words, strict=True):
            button.setText(word)
        self.whole.setText(tr("Worst of each"))
        self.whole.setToolTip(tr("Look at each account under the scenario that is worst for it"))
        self.progress.setAccessibleName(tr("Share of the run under way that is done"))
        for part in (self.scenarios, self.accounts, self.changes, self.history):
            part.retranslate()
        self._describe()
        self._say_reach()
        self._tell_age()

    def set_theme(self, theme: Theme) -> None:
        """Paint with the tokens of ``theme`` from now on."""
        super().set_theme(theme)
        for part in (self.scenarios, self.accounts, self.changes, self.history):
            part.set_theme(theme)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """Put scenarios beside the rest where there is room."""
        super().resizeEvent(event)
        self._arrange()

    def _lay_out(self) -> None:
        self.progress = QProgressBar(minimum=0, maximum=100, textVisible=False)
        self.progress.setObjectName("stress_progress")
        self.progress.setFixedHeight(PROGRESS)
        self.line, self.whole = ElidedLabel(), QPushButton(autoDefault=False)
        self.line.setProperty("tone", "dim")
        self.whole.setObjectName("stress_whole")
        self.whole.setProperty("quiet", "true")
        self.whole.hide()
        head = QWidget()
        head.setFixedHeight(LINE)
        across = QHBoxLayout(head)
        across.setContentsMargins(8, 0, 8, 0)
        across.addWidget(self.line, 1)
        across.addWidget(self.whole)
        self.reach = (ElidedLabel(), ElidedLabel())
        self.stack = QStackedWidget()
        for part in (self.accounts, self.changes, self.history):
            self.stack.addWidget(part)
        self.beside = QWidget()
        down = QVBoxLayout(self.beside)
        down.setContentsMargins(0, 0, 0, 0)
        down.setSpacing(0)
        down.addWidget(head)
        down.addWidget(self.stack, 1)
        for each in self.reach:
            each.setFixedHeight(REACH)
            each.setContentsMargins(8, 0, 8, 0)
            each.hide()
            down.addWidget(each)
        self.header.row.addWidget(self.pages)
        halves = QHBoxLayout()
        halves.setContentsMargins(0, 0, 0, 0)
        halves.setSpacing(6)
        halves.addWidget(self.scenarios, 11)
        halves.addWidget(self.beside, 10)
        rows = QVBoxLayout(self.body)
        rows.setContentsMargins(0, 0, 0, 4)
        rows.setSpacing(0)
        rows.addWidget(self.progress)
        rows.addLayout(halves, 1)

    def _connect(self) -> None:
        self.pages.chosen.connect(lambda code: self.show_page(Page(code)))
        self.whole.clicked.connect(lambda: self.scenarios.choose(""))
        self.scenarios.selectionModel().selectionChanged.connect(self._on_scenario_chosen)
        self.scenarios.activated.connect(lambda _index: self.show_page(Page.ACCOUNTS))
        self.accounts.selectionModel().currentChanged.connect(self._on_account_chosen)
        self.changes.selectionModel().currentChanged.connect(self._on_change_chosen)
        self.pages.set_current(self.page)

    def _arrange(self) -> None:
        """Scenarios and one page side by side, or one of all pages."""
        wide = self.width() >= BESIDE
        alone = self.page is Page.SCENARIOS
        self.scenarios.setVisible(wide or alone)
        self.beside.setVisible(wide or not alone)
        self.pages.buttons[Page.SCENARIOS].setVisible(not wide)
        shown = {Page.CHANGES: self.changes, Page.HISTORY: self.history}.get(self.page, self.accounts)
        self.stack.setCurrentWidget(shown)
        if wide and alone:
            self.pages.set_current(Page.ACCOUNTS)
        elif not wide:
            self.pages.set_current(self.page)
        self._say_line()

    def _show_share(self, share: float | None) -> None:
        self.progress.setValue(round(100 * (share or 0.0)))
        if share is not None and self.run is None and self.is_empty:
            self.placeholder.loading.show_share(None)
            self._describe()

    def _show_accounts(self) -> None:
        run = self.run
        if run is None:
            return
        names = [scenario.name for scenario in run.scenarios]
        self.accounts.show_run(run, names.index(self.under) if self.under in names else -1)
        self.accounts.mark(self.account)
        self._say_line()

    def _describe(self) -> None:
        """The subtitle, and a placeholder where there is nothing to draw."""
        news, run = self.news, self.run
        if run is None:
            self.header.subtitle.setText("")
            if news is not None and news.problem is not None:
                self.show_placeholder(tr("No stress test"), sentence(news.problem))
            elif news is not None and news.share is not None:
                done = tr("{percent} % done").format(percent=round(100 * news.share))
                self.show_placeholder(tr("Looking at every account under every scenario"), done)
            else:
                hint = self._waiting or tr("Waiting for the first figures of the desk.")
                self.show_placeholder(tr("No results yet"), hint)
            return
        self._say_subtitle(run)
        if not len(run.accounts):
            self.show_placeholder(tr("No accounts"), tr("There is nobody to look at."))
        else:
            self.show_body()
        self._say_line()

    def _say_subtitle(self, run: StressRun) -> None:
        facts = [
            tr("as of {time}").format(time=time_of_day(run.as_of, microseconds=False)),
            tr("{count} scenarios").format(count=count(len(run.scenarios))),
            tr("{count} accounts").format(count=count(len(run.accounts))),
            *[
                words.format(count=count(run.count(fate)))
                for fate, words in (
                    (Fate.SHORT, tr("{count} short")),
                    (Fate.CLOSED, tr("{count} forced close")),
                    (Fate.CALLED, tr("{count} called")),
                )
                if run.count(fate)
            ],
            tr("took {time}").format(time=duration(run.elapsed)),
        ]
        facts += [sentence(note) for note in run.notes]
        if self.news is not None and self.news.problem is not None:
            facts.append(sentence(self.news.problem))
        words = " · ".join(facts)
        self.header.subtitle.setText(words)
        self.header.subtitle.setToolTip(words)

    def _say_line(self) -> None:
        """What the page in front shows."""
        run, news = self.run, self.news
        chosen = [scenario for scenario in run.scenarios if scenario.name == self.under] if run is not None else []
        on_accounts = self.stack.currentWidget() is self.accounts
        self.whole.setVisible(bool(chosen) and on_accounts)
        words = tr("Each account under the scenario that is worst for it, worst first")
        if chosen and on_accounts:
            words = f"{scenario_title(chosen[0])} · {scenario_facts(chosen[0])}"
        elif self.stack.currentWidget() is self.changes:
            words = tr("No earlier run on the same parameters and scenarios")
            if news is not None and news.compared:
                since = time_of_day(news.compared, microseconds=False)
                words = tr("{count} accounts end elsewhere than in the run as of {time}").format(
                    count=count(len(news.changes)), time=since
                )
        elif self.stack.currentWidget() is self.history:
            words = tr("{count} runs").format(count=count(len(news.past) if news is not None else 0))
        self.line.setText(words)
        self.line.setToolTip(words)

    def _say_reach(self) -> None:
        """How far the chosen account is from its lines."""
        found = self.news.reverse if self.news is not None else ()
        lines = [reverse_words(each) for each in found if each.account == self.account]
        for place, label in enumerate(self.reach):
            words = f"{self.account} · {lines[place]}" if place < len(lines) else ""
            label.setText(words)
            label.setToolTip(words)
            label.setVisible(bool(words))

    def _tell_age(self) -> None:
        """Old where runs have stopped coming, or rest on parameters that are not in force any more."""
        run, snapshot, news, old = self.run, self._snapshot, self.news, ""
        if run is not None and snapshot is not None and news is not None:
            passed = snapshot.as_of - run.as_of
            if snapshot.parameters.version != run.parameters:
                old = tr("These results rest on parameters {version}.").format(version=run.parameters)
            elif news.period and passed > OVERDUE * news.period + 2 * run.elapsed:
                old = tr("These results are {age} old.").format(age=age(passed))
            elif not run.authoritative:
                old = tr("These results rest on feeds that were not live.")
        if old != self._old:
            self._old = old
            self._mark_outdated()

    def _mark_outdated(self) -> None:
        message = " ".join(part for part in (self._old, self._feeds) if part)
        super().set_outdated(message)
        for table in (self.scenarios, self.accounts, self.changes):
            if bool(table.property("outdated")) != bool(message):
                table.setProperty("outdated", bool(message))
                table.viewport().update()
        self.history.set_outdated(bool(message))

    def _on_scenario_chosen(self) -> None:
        chosen = self.scenarios.chosen()
        if chosen != self.under and not (self.scenarios.scenarios.signalsBlocked()):
            self.under = chosen
            self._show_accounts()

    def _on_account_chosen(self, current: QModelIndex, _previous: QModelIndex) -> None:
        account = self.accounts.accounts.account(current.row()) if current.isValid() else ""
        self._choose(account)

    def _on_change_chosen(self, current: QModelIndex, _previous: QModelIndex) -> None:
        if current.isValid():
            self._choose(self.changes.changes.changes[current.row()].account)

    def _choose(self, account: str) -> None:
        if account and account != self.account:
            self.account = account
            self.account_selected.emit(account)
