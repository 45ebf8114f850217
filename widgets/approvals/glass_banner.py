"""What every window shows of a break-glass: for as long as it is in force, and after it until it was reviewed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton

from engine.authorisation.break_glass import BreakGlass
from engine.authorisation.people import People
from engine.authorisation.picture import GlassView
from widgets.approvals.parts import clock_words
from widgets.language import sentence, tr
from widgets.numbers_text import count, time_of_day
from widgets.panel import label, set_tone

MOST = 3
"""Break-glasses told in full; of more only their number is."""


@dataclass(frozen=True, slots=True)
class GlassNews:
    """What there is to tell at a station.

    Attributes:
        broken: Every break-glass that the authority tells of, the newest first.
        people: Who may review one.
        person: Who sits here.
        wall: Nanoseconds that it is.
    """

    broken: tuple[GlassView, ...]
    people: People
    person: str
    wall: int


NOTHING: Final = GlassNews((), People(), "", 0)


class GlassBanner(QFrame):
    """Nothing takes it away but the end of the ten minutes and a review."""

    review_requested = Signal(object)
    """The `BreakGlass` that is to be reviewed: the oldest that this person may."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("glass_banner")
        self.in_force: tuple[BreakGlass, ...] = ()
        self.to_review: tuple[BreakGlass, ...] = ()
        self._mine: BreakGlass | None = None
        self._wall = 0
        self.words = label(name="glass_words", strong=True)
        self.words.setWordWrap(True)
        self.words.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.review = QPushButton(autoDefault=False)
        self.review.setObjectName("glass_review")
        self.review.clicked.connect(self._on_review)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 5, 6, 5)
        row.addWidget(self.words, 1)
        row.addWidget(self.review)
        self.hide()

    def show_glass(self, news: GlassNews) -> None:
        """Tell of every break-glass."""
        if not news.broken and not self.words.text():
            # It is called in every frame, and mostly there is nothing to tell.
            return
        self._wall = wall = news.wall
        self.in_force = tuple(view.said for view in news.broken if view.said.is_in_force(wall))
        ended = (view for view in news.broken if not view.said.is_in_force(wall))
        self.to_review = tuple(view.said for view in ended if not view.reviewer)
        known = news.people.persons.get(news.person)
        mine = [said for said in self.to_review if said.may_be_reviewed_by(known)]
        self._mine = mine[-1] if mine else None
        self.retranslate()

    def retranslate(self) -> None:
        """Write every text in the language in force."""
        self.review.setText(tr("Review…"))
        lines = [self._in_force_words(said) for said in self.in_force[:MOST]]
        lines += [self._review_words(said) for said in self.to_review[:MOST]]
        more = len(self.in_force) + len(self.to_review) - len(lines)
        if more:
            lines.append(tr("and {count} more").format(count=count(more)))
        words = "\n".join(lines)
        set_tone(self, "force", "yes" if self.in_force else "no")
        self.review.setVisible(self._mine is not None)
        if words != self.words.text():
            self.words.setText(words)
            self.setAccessibleName(words)
            self.setVisible(bool(words))

    def _in_force_words(self, said: BreakGlass) -> str:
        return tr("⚠  BREAK-GLASS, {left} left: {measure}, {where}. {person}: {reason}").format(
            left=clock_words(said.ends - self._wall),
            measure=sentence(said.measure.label),
            where=where_words(said),
            person=said.person,
            reason=said.reason,
        )

    @staticmethod
    def _review_words(said: BreakGlass) -> str:
        return tr("⚠  To be reviewed by somebody else: break-glass of {person} at {time}, {measure}, {where}.").format(
            person=said.person,
            time=time_of_day(said.begins, microseconds=False),
            measure=sentence(said.measure.label),
            where=where_words(said),
        )

    def _on_review(self) -> None:
        if self._mine is not None:
            self.review_requested.emit(self._mine)


def where_words(said: BreakGlass) -> str:
    """Which accounts it is in force for."""
    return tr("account {account}").format(account=said.account) if said.account else tr("every account")
