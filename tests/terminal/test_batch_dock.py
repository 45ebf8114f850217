"""A batch on screen keeps at feeds, line and proposals: blocked at once, closed where what it needs stays away."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from types import SimpleNamespace
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from engine.authorisation.batch import Stage
from engine.authorisation.moments import APPROVAL_TIME, SECOND
from engine.authorisation.people import Role
from engine.authorisation.picture import AuthorityPicture, ProposalView
from engine.authorisation.proposal import State
from engine.numbers import PRICE
from engine.snapshot import FeedState
from engine.text import Text
from terminal.batch_dock import GRACE, BatchDock, Services
from terminal.pipeline import View
from tests.engine.authorisation.cast import EXPECTED, WALL, instruction, order, proposed, staff
from tests.engine.desks import JUNE, SmallDesk
from tests.feeds.driving import ManualClock
from widgets.approvals import passphrase_dialog
from widgets.approvals.batch import BatchDialog
from widgets.theme import apply_theme, load_theme
from widgets.window import MainWindow
from widgets.workspace.views import APPROVALS

CLOSE = replace(order(10), contract=JUNE, limit=99 * PRICE, lowest=95 * PRICE, highest=105 * PRICE)
MADE = tuple(
    instruction(number, account=account, orders=(CLOSE,)) for number, account in enumerate(("acme", "beta"), 1)
)
LOST = "a feed is not LIVE"


class Officer:
    """A risk officer's line to an authority that has two proposals."""

    card = SimpleNamespace(person="officer")

    def __init__(self) -> None:
        self.proposals = tuple(ProposalView(proposed(made), EXPECTED, ()) for made in MADE)
        self.state = FeedState.LIVE
        self.seen: list[bytes] = []

    def picture(self) -> AuthorityPicture:
        return AuthorityPicture(self.state, 1, WALL, executor=True, people=staff(), proposals=self.proposals)

    def roles(self, wanted: tuple[Role, ...]) -> tuple[Role, ...]:
        return tuple(role for role in wanted if role is Role.RISK_OFFICER)

    def saw(self, fingerprint: bytes, *_: object) -> None:
        self.seen.append(fingerprint)


@dataclass
class Seat:
    """A dock, its window and what arrives at it, frame by frame."""

    dock: BatchDock
    window: MainWindow
    officer: Officer
    clock: ManualClock
    told: list[Text | None]
    desk: SmallDesk

    def frame(self, seconds: float = 0, *, live: bool = True) -> BatchDialog | None:
        self.clock.advance(int(seconds * SECOND))
        view = SimpleNamespace(
            snapshot=SimpleNamespace(authoritative=live), state=self.desk.state(live), universe=self.desk.universe
        )
        self.dock.take(_as_view(view), self.officer.picture())
        return self.dialog

    @property
    def dialog(self) -> BatchDialog | None:
        return next((each for each in self.window.findChildren(BatchDialog) if each.isVisible()), None)


def _as_view(view: Any) -> View:
    return view  # type: ignore[no-any-return]


@pytest.fixture
def seat(qtbot: QtBot, qapp: QApplication, monkeypatch: pytest.MonkeyPatch) -> Iterator[Seat]:
    """The officer has opened both proposals as one batch and read the first."""
    monkeypatch.setattr(passphrase_dialog, "ARMING", 0)
    theme = load_theme("dark")
    apply_theme(qapp, theme)
    window = MainWindow(theme)
    qtbot.addWidget(window)
    with qtbot.waitExposed(window):
        window.show()
    desk, clock, officer = SmallDesk(), ManualClock(WALL), Officer()
    for made in MADE:
        desk.hold(desk.account(made.account, cash=2_000), JUNE, 10)
    desk.quote_all()
    told: list[Text | None] = []
    dock = BatchDock(window, Services(lambda: officer, told.append, b"", lambda: "en"), clock)  # type: ignore[arg-type, return-value]
    dock.start()
    made_seat = Seat(dock, window, officer, clock, told, desk)
    window.view(APPROVALS).batch_requested.emit(officer.proposals)
    qtbot.waitUntil(lambda: made_seat.dialog is not None and made_seat.dialog.page.read)
    made_seat.frame()
    yield made_seat
    assert dock.stop(5)
    qapp.setStyleSheet("")


def ready(dialog: BatchDialog | None) -> list[bool]:
    assert dialog is not None
    return [page.is_ready for page in dialog.batch.pages]


def test_every_account_is_blocked_in_the_frame_in_which_a_feed_is_lost(seat: Seat) -> None:
    assert ready(seat.dialog) == [True, True]
    dialog = seat.frame(0.05, live=False)
    assert ready(dialog) == [False, False]
    assert dialog is not None
    assert {str(page.obstacle) for page in dialog.batch.pages} == {LOST}
    dialog.passphrase.setText("words")
    dialog.check()
    assert not dialog.sign.isEnabled()
    assert LOST in dialog.blocks.text()
    assert dialog.pane.table.property("outdated")


def test_a_hiccup_of_a_feed_undoes_no_visit(seat: Seat) -> None:
    seat.frame(0.05, live=False)
    seat.frame(GRACE / SECOND - 0.1, live=False)
    dialog = seat.frame(0.05)
    assert ready(dialog) == [True, True]
    assert dialog is not None
    assert [page.is_visited for page in dialog.batch.pages] == [True, False]
    assert not dialog.pane.table.property("outdated")


def test_a_feed_that_stays_away_closes_the_batch_and_says_why(seat: Seat) -> None:
    seat.frame(0.05, live=False)
    assert seat.frame(GRACE / SECOND + 0.05, live=False) is None
    assert [str(words) for words in seat.told] == [LOST]


def test_each_loss_has_a_grace_of_its_own(seat: Seat) -> None:
    for _ in range(3):
        assert seat.frame(GRACE / SECOND - 0.1, live=False) is not None
        assert seat.frame(0.05) is not None


def test_a_line_that_stays_away_closes_it_as_well(seat: Seat) -> None:
    seat.officer.state = FeedState.STALE
    assert not any(ready(seat.frame(0.05)))
    assert seat.frame(GRACE / SECOND + 0.05) is None
    assert [str(words) for words in seat.told] == ["the line to the authority is not LIVE"]


def test_an_account_that_is_over_is_out_and_the_batch_closes_with_the_last(seat: Seat) -> None:
    first, second = seat.officer.proposals
    ended = replace(first, proposal=replace(first.proposal, state=State.EXPIRED))
    seat.officer.proposals = (ended, second)
    dialog = seat.frame(APPROVAL_TIME / SECOND / 2)
    assert dialog is not None
    assert [page.stage for page in dialog.batch.pages] == [Stage.OUT, Stage.OPEN]
    seat.officer.proposals = (ended, replace(second, proposal=replace(second.proposal, state=State.EXPIRED)))
    seat.frame(0.05)
    assert seat.frame(0.05) is None
    assert len(seat.told) == 1


def test_what_came_on_screen_is_told_for_the_record_once(seat: Seat) -> None:
    seat.frame(0.05)
    assert seat.officer.seen == [MADE[0].fingerprint]
