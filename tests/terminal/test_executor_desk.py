"""What the executor gate sees with its own eyes, and what it makes of a proven instruction on that."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from engine.authorisation.execution import Grounds, HardLimits, Judgement, Verdict, judged
from engine.authorisation.instruction import Effect, Side
from engine.instruments import Contract
from engine.market import MarketBook
from engine.numbers import MONEY, NOT_COMPUTABLE, PRICE
from engine.routing import routed
from feeds.working_orders import WorkingOrders
from terminal.executor_desk import FRESH, SeenDesk
from tests.engine.authorisation.cast import instruction, order
from tests.engine.desks import JULY, JUNE, LIMIT, NOW, SmallDesk
from tests.feeds.driving import ManualClock

CLOSE = replace(order(10), contract=JUNE, limit=99 * PRICE, lowest=95 * PRICE, highest=105 * PRICE)
MADE = instruction(account="acme", orders=(CLOSE,))


class Gate:
    """A desk with an account that is long of ten June futures and far over its line, and eyes on it."""

    def __init__(self) -> None:
        self.desk, self.clock = SmallDesk(), ManualClock(NOW)
        self.authoritative = True
        self.row = self.desk.account("acme", cash=2_000)
        self.desk.hold(self.row, JUNE, 10)
        self.desk.quote_all()
        self.looks = 0
        self.seen = SeenDesk(self._value, self.clock)
        self.working = WorkingOrders(self.clock)

    def _value(self) -> Any:
        self.looks += 1
        return self.desk.state(self.authoritative), self.desk.universe, Grounds(b"session", self.looks)

    def judge(self, **changes: object) -> Judgement:
        made = replace(MADE, **changes)  # type: ignore[arg-type]
        return judged(made, self.seen.circumstances(made, self.working), HardLimits())


@pytest.fixture
def gate() -> Gate:
    return Gate()


def gone(gate: Gate) -> None:
    gate.desk.hold(gate.row, JUNE, 0)


def smaller(gate: Gate) -> None:
    gate.desk.hold(gate.row, JUNE, 9)


def flipped(gate: Gate) -> None:
    gate.desk.hold(gate.row, JUNE, -10)


def cured(gate: Gate) -> None:
    gate.desk.book.set_money(gate.row, "USD", 10**6 * 10**6, 0)


def risen(gate: Gate) -> None:
    gate.desk.quote(JUNE, 106)


def stale(gate: Gate) -> None:
    gate.desk.market = MarketBook(gate.desk.universe)
    gate.desk.quote_all(age=2 * LIMIT)


def not_live(gate: Gate) -> None:
    gate.authoritative = False


def working(gate: Gate) -> None:
    (sent,) = routed(instruction(2, account="acme", orders=(replace(CLOSE, quantity=1),)))
    gate.working.put(sent, 0, False)


def test_what_holds_is_sent(gate: Gate) -> None:
    assert gate.judge() == Judgement(Verdict.SEND)


@pytest.mark.parametrize(
    ("change", "cured_or_not", "verdict", "why"),
    [
        (gone, True, Verdict.REFUSE, "does not cover"),
        (smaller, True, Verdict.REFUSE, "does not cover"),
        (flipped, False, Verdict.REFUSE, "does not cover"),
        (cured, False, Verdict.REFUSE, "breach is cured"),
        (risen, True, Verdict.REQUOTE, "outside the collar"),
        (stale, True, Verdict.WAIT, "no fresh price"),
        (not_live, False, Verdict.WAIT, "not LIVE"),
        (working, False, Verdict.WAIT, "does not cover"),
    ],
)
def test_what_holds_no_longer_is_not_sent(
    gate: Gate, change: Callable[[Gate], None], cured_or_not: bool, verdict: Verdict, why: str
) -> None:
    change(gate)
    judgement = gate.judge(even_if_cured=cured_or_not)
    assert judgement.verdict is verdict
    assert why in str(judgement.reason)


def test_an_account_or_contract_that_nobody_knows_is_not_closed(gate: Gate) -> None:
    unknown = gate.seen.circumstances(replace(MADE, account="nobody"), gate.working)
    assert (unknown.ratio, unknown.standings) == (NOT_COMPUTABLE, {})
    assert gate.judge(account="nobody").verdict is Verdict.WAIT
    assert gate.judge(account="nobody", even_if_cured=True).verdict is Verdict.REFUSE
    elsewhere = (replace(CLOSE, contract="X:NONE:FUT:202606"),)
    assert gate.judge(orders=elsewhere).verdict is Verdict.REFUSE
    assert gate.judge(orders=(replace(CLOSE, contract=JULY),)).verdict is Verdict.REFUSE


def test_an_account_whose_equity_is_used_up_has_no_ratio_and_is_closed(gate: Gate) -> None:
    for cash in (0, -5_000):
        gate.desk.book.set_money(gate.row, "USD", cash * MONEY, 0)
        assert gate.seen.circumstances(MADE, gate.working).ratio == NOT_COMPUTABLE
        assert gate.judge().verdict is Verdict.SEND


def test_what_keeps_a_ratio_from_being_computed_is_said(gate: Gate) -> None:
    poor = gate.desk.account("new")
    gate.desk.hold(poor, JUNE, 10)
    judgement = gate.judge(account="new")
    assert judgement.verdict is Verdict.WAIT
    assert str(judgement.reason) == "the risk ratio of new is unknown: no account money has arrived"
    assert gate.judge(account="new", even_if_cured=True).verdict is Verdict.SEND


def test_what_was_opened_today_is_seen_apart(gate: Gate) -> None:
    column = gate.desk.universe.column(Contract.parse(JUNE))
    gate.desk.book.set_position(gate.row, column, 10, 0, 100 * PRICE, 100 * PRICE, (4, 0))
    for effect, held in ((Effect.CLOSE_TODAY, 4), (Effect.CLOSE_YESTERDAY, 6)):
        assert gate.judge(orders=(replace(CLOSE, effect=effect, quantity=held),)).verdict is Verdict.SEND
        assert gate.judge(orders=(replace(CLOSE, effect=effect, quantity=held + 1),)).verdict is Verdict.REFUSE


def test_what_is_seen_says_what_it_rests_on_though_the_feeds_have_gone_on(gate: Gate) -> None:
    first, same = (gate.seen.circumstances(MADE, gate.working).grounds for _ in range(2))
    assert first == same == Grounds(b"session", 1)
    gate.clock.advance(FRESH + 1)
    assert gate.seen.circumstances(MADE, gate.working).grounds == Grounds(b"session", 2)


def test_what_is_seen_is_never_older_than_ten_milliseconds(gate: Gate) -> None:
    gate.judge()
    gone(gate)
    assert gate.judge().verdict is Verdict.SEND
    gate.clock.advance(FRESH + 1)
    assert gate.judge().verdict is Verdict.REFUSE
    assert gate.looks == 2


def test_what_was_filled_and_is_not_shown_yet_is_not_closed_twice(gate: Gate) -> None:
    (sent,) = routed(MADE)
    gate.working.put(sent, 10, True)
    assert gate.judge().verdict is Verdict.WAIT
    assert gate.working.of("acme", JUNE, Side.SELL) == 10
