"""The status bar: state and age of each feed, parameters, accounts over their lines, time."""

from __future__ import annotations

from PySide6.QtCore import QDateTime, QEvent, Qt, QTimer
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from engine.limits_in_force import LimitsInForce
from engine.scenarios.news import StressNews
from engine.scenarios.stress import Fate, StressRun
from engine.snapshot import FeedState, FeedStatus, Snapshot, Standing
from widgets.cells import Tone, tone_colour
from widgets.language import sentence, tr
from widgets.numbers_text import age, count, time_of_day
from widgets.panel import ElidedLabel, View, label, set_tone
from widgets.theme import Theme

FEED_TONES = {
    FeedState.LIVE: Tone.OK,
    FeedState.SYNCING: Tone.WARNING,
    FeedState.INIT: Tone.FAINT,
    FeedState.SUSPECT: Tone.CALL,
    FeedState.STALE: Tone.CLOSE,
}


def feed_name(name: str) -> str:
    """What a feed is called on screen."""
    return {"positions": tr("Positions"), "quotes": tr("Quotes")}.get(name, name)


def state_word(state: FeedState) -> str:
    """What a feed's state is called on screen."""
    return {
        FeedState.INIT: tr("WAITING"),
        FeedState.SYNCING: tr("SYNCING"),
        FeedState.LIVE: tr("LIVE"),
        FeedState.SUSPECT: tr("SUSPECT"),
        FeedState.STALE: tr("STALE"),
    }[state]


def outdated_message(snapshot: Snapshot) -> str:
    """Which feeds are not live and for how long nothing came; nothing where all are live."""
    parts = [
        tr("{feed} {state}, silent for {age}").format(
            feed=feed_name(feed.name), state=state_word(feed.state), age=age(feed.age)
        )
        for feed in snapshot.feeds
        if feed.state is not FeedState.LIVE
    ]
    return " · ".join(parts)


def limits_words(limits: LimitsInForce) -> str:
    """Which limits are in force, in a few words."""
    if limits.limits is None:
        return tr("no limits in force")
    words = tr("limits: {count}").format(count=count(limits.count))
    if limits.in_shadow:
        words += " " + tr("({count} in shadow)").format(count=count(limits.in_shadow))
    return words


def stress_words(run: StressRun) -> str:
    """What becomes of accounts under stress, in a few words."""
    told = [
        words.format(count=count(run.count(fate)))
        for fate, words in (
            (Fate.SHORT, tr("{count} accounts short")),
            (Fate.CLOSED, tr("{count} forced close")),
            (Fate.CALLED, tr("{count} called")),
        )
        if run.count(fate)
    ]
    # The worst of it is enough for a glance.
    worst = told[0] if told else tr("nobody called")
    return tr("Stress {time} · {worst}").format(time=time_of_day(run.as_of, microseconds=False), worst=worst)


def _states(snapshot: Snapshot) -> list[tuple[str, FeedState]]:
    return [(feed.name, feed.state) for feed in snapshot.feeds]


class Dot(QWidget):
    """A round light; the word beside it says the same."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.theme = theme
        self.tone = Tone.FAINT
        self.setFixedSize(9, 16)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002, N802
        """A disc, a ring where the feed is not live."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colour = tone_colour(self.theme, self.tone)
        painter.setPen(colour)
        if self.tone is Tone.OK:
            painter.setBrush(colour)
        painter.drawEllipse(1, 5, 6, 6)
        painter.end()


class StatusStrip(QWidget):
    """One line; a screen reader reads it when it has the focus (Ctrl+5)."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("status_strip")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.theme = theme
        self._snapshot: Snapshot | None = None
        self._limits: LimitsInForce | None = None
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(10, 0, 10, 0)
        self._row.setSpacing(6)
        self._feeds: dict[str, tuple[Dot, QLabel]] = {}
        self.over_lines = label(name="status_over_lines")
        self.message = ElidedLabel()
        self.message.setProperty("tone", "dim")
        self.limits = label(name="status_limits", tone="dim")
        self.stress = label(name="status_stress", tone="dim")
        self._news: StressNews | None = None
        self.parameters = ElidedLabel()
        self.parameters.setObjectName("status_parameters")
        self.parameters.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.parameters.setProperty("tone", "dim")
        self.clock = label(name="status_clock")
        strip = ((self.over_lines, 0), (self.stress, 0), (self.limits, 0), (self.message, 1), (self.parameters, 1))
        for widget, stretch in (*strip, (self.clock, 0)):
            self._row.addSpacing(14)
            self._row.addWidget(widget, stretch)
        self._due = False
        self._pause = QTimer(self, singleShot=True)
        self._pause.timeout.connect(self._catch_up)
        self._tick = QTimer(self, interval=1000)
        self._tick.timeout.connect(self._show_time)

    def show_snapshot(self, snapshot: Snapshot) -> None:
        """Draw the state of the desk: a change of a feed's state at once, ages and counts a few times a second."""
        before, self._snapshot = self._snapshot, snapshot
        self._due = True
        if before is None or _states(before) != _states(snapshot) or not self._pause.isActive():
            self._catch_up()

    def _catch_up(self) -> None:
        if self._due and self._snapshot is not None:
            self._due = False
            self._draw(self._snapshot)
            if View.interval:
                self._pause.start(View.interval)

    def _draw(self, snapshot: Snapshot) -> None:
        for feed in snapshot.feeds:
            self._show_feed(feed)
        over = [int((snapshot.accounts.standing == standing).sum()) for standing in Standing]
        words = [
            (over[Standing.CLOSE], tr("{count} over the forced close line")),
            (over[Standing.CALL], tr("{count} over the call line")),
            (over[Standing.UNKNOWN], tr("{count} not computable")),
        ]
        told = [word.format(count=count(number)) for number, word in words if number]
        self.over_lines.setText(" · ".join(told) or tr("all accounts within their lines"))
        self.setAccessibleName(self.spoken())

    def show_parameters(self, words: str, *, marked: bool = False) -> None:
        """Name the parameters in force; ``marked`` where margin does not rest on their own arrays."""
        self.parameters.setText(words)
        self.parameters.setToolTip(words)
        set_tone(self.parameters, "tone", "warning" if marked else "dim")

    def show_limits(self, limits: LimitsInForce) -> None:
        """Say which limits orders are checked against, or that there are none."""
        self._limits = limits
        words = limits_words(limits)
        self.limits.setText(words)
        self.limits.setToolTip(f"{limits.file} {limits.limits.version}" if limits.limits is not None else words)
        set_tone(self.limits, "tone", "warning" if limits.limits is None or limits.warnings else "dim")

    def show_stress(self, news: StressNews) -> None:
        """Say what becomes of accounts under stress, or that nobody looks."""
        if self._news is not None and news.run is self._news.run and news.problem == self._news.problem:
            return
        self._news = news
        words = stress_words(news.run) if news.run is not None else ""
        if news.problem is not None:
            words = words or tr("no stress test")
        self.stress.setText(words)
        self.stress.setToolTip(sentence(news.problem) if news.problem is not None else words)
        troubled = news.problem is not None or (news.run is not None and news.run.count(Fate.SHORT) > 0)
        set_tone(self.stress, "tone", "warning" if troubled else "dim")

    def show_message(self, message: str) -> None:
        """Say what is going on; nothing takes it away."""
        self.message.setText(message)
        self.message.setVisible(bool(message))

    def spoken(self) -> str:
        """The whole line as one sentence."""
        feeds = [text.text() for _, text in self._feeds.values()]
        said = (self.over_lines.text(), self.stress.text(), self.limits.text(), self.parameters.text())
        return " · ".join([*feeds, *(words for words in said if words)])

    def retranslate(self) -> None:
        """Write every text in the language in force."""
        if self._limits is not None:
            self.show_limits(self._limits)
        news, self._news = self._news, None
        if news is not None:
            self.show_stress(news)
        if self._snapshot is not None:
            self._draw(self._snapshot)

    def set_theme(self, theme: Theme) -> None:
        """Paint with the tokens of ``theme`` from now on."""
        self.theme = theme
        for dot, _ in self._feeds.values():
            dot.theme = theme
            dot.update()

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802
        """Follow a change of the language."""
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)

    def showEvent(self, event: object) -> None:  # noqa: ARG002, N802
        """Let the clock run while it is seen."""
        self._show_time()
        self._tick.start()

    def hideEvent(self, event: object) -> None:  # noqa: ARG002, N802
        """Stop the clock while nobody looks."""
        self._tick.stop()

    def _show_feed(self, feed: FeedStatus) -> None:
        dot, words = self._feeds.get(feed.name) or self._add_feed(feed.name)
        tone = FEED_TONES[feed.state]
        if dot.tone is not tone:
            dot.tone = tone
            dot.update()
        facts = [
            f"{feed_name(feed.name)} {state_word(feed.state)}",
            tr("seq {number}").format(number=count(feed.sequence)),
        ]
        if feed.rate:
            facts.append(tr("{rate}/s").format(rate=count(feed.rate)))
        words.setText(" · ".join([*facts, age(feed.age)]))

    def _add_feed(self, name: str) -> tuple[Dot, QLabel]:
        dot, words = Dot(self.theme), label(name=f"status_{name}")
        place = 3 * len(self._feeds)
        self._row.insertWidget(place, dot)
        self._row.insertWidget(place + 1, words)
        self._row.insertSpacing(place + 2, 12)
        self._feeds[name] = dot, words
        return dot, words

    def _show_time(self) -> None:
        self.clock.setText(QDateTime.currentDateTime().toString("yyyy-MM-dd  HH:mm:ss"))
