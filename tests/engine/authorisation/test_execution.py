"""The gate's last look: everything from the bytes, on what holds now."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.authorisation.execution import (
    Circumstances,
    Evidence,
    HardLimits,
    Judgement,
    Standing,
    Verdict,
    judged,
    proven,
    still_permitted,
)
from engine.authorisation.instruction import Effect, Instruction, InstructionOrder, Side
from engine.authorisation.moments import SECOND, Moment
from engine.authorisation.people import RefusedError
from engine.instruments import Contract
from engine.numbers import NOT_COMPUTABLE
from engine.text import BadInputError, text
from tests.engine.authorisation.cast import (
    OIL,
    PRICE,
    START,
    WALL,
    evidence_of,
    instruction,
    jury,
    later,
    order,
    signed_twice,
)

MADE = instruction()
EVIDENCE = evidence_of(signed_twice(MADE))
GOOD = Standing(100, 0, 0, 0, 72 * PRICE)
TITLE = Contract.parse(OIL).title


def look(made: Instruction = MADE, standing: Standing | None = GOOD, **changes: object) -> Judgement:
    limits = changes.pop("limits", HardLimits())
    standings = {} if standing is None else {OIL: standing}
    circumstances = replace(Circumstances(None, 1_300_000, standings), **changes)  # type: ignore[arg-type]
    return judged(made, circumstances, limits)  # type: ignore[arg-type]


def test_genuine_evidence_proves_its_instruction() -> None:
    assert proven(EVIDENCE, jury(), START, later(1)) == MADE


@pytest.mark.parametrize(
    ("evidence", "reason"),
    [
        (replace(EVIDENCE, approvals=EVIDENCE.approvals[:1]), "two approvals are needed, 1"),
        (replace(EVIDENCE, approvals=()), "two approvals are needed, 0"),
        (replace(EVIDENCE, approvals=EVIDENCE.approvals[:1] * 2), "given before"),
        (replace(EVIDENCE, proposed=EVIDENCE.approvals[0]), "signed by its maker"),
        (replace(EVIDENCE, approvals=(EVIDENCE.approvals[0], EVIDENCE.proposed)), "not an approval"),
        (replace(EVIDENCE, content=instruction(2).content), "of another instruction"),
    ],
)
def test_evidence_that_lacks_something_proves_nothing(evidence: Evidence, reason: str) -> None:
    with pytest.raises(RefusedError, match=reason):
        proven(evidence, jury(), START, later(1))


def test_no_bit_of_the_instruction_can_be_flipped() -> None:
    for place in range(len(MADE.content)):
        flipped = bytearray(MADE.content)
        flipped[place] ^= 1 << place % 8
        with pytest.raises((RefusedError, BadInputError)):
            proven(replace(EVIDENCE, content=bytes(flipped)), jury(), START, later(1))


@pytest.mark.parametrize(
    ("now", "reason"),
    [
        (later(15.5), "not sent in time"),
        (replace(later(1), wall=WALL + 10 * SECOND), "clock has jumped"),
        (replace(later(1), wall=WALL - 10 * SECOND), "early|clock"),
        (replace(later(1), boot="another"), "clock has jumped"),
        (later(130), "not sent in time|clock"),
    ],
)
def test_evidence_is_good_for_15_seconds_by_both_clocks(now: Moment, reason: str) -> None:
    with pytest.raises(RefusedError, match=reason):
        proven(EVIDENCE, jury(), START, now)


def test_evidence_that_arrives_late_is_late_though_the_gate_has_just_got_it() -> None:
    with pytest.raises(RefusedError, match="not sent in time"):
        proven(EVIDENCE, jury(), later(17), later(17))


def test_an_instruction_is_not_sent_early() -> None:
    early = instruction(not_before=WALL + 5 * SECOND)
    with pytest.raises(RefusedError, match="early"):
        proven(evidence_of(signed_twice(early)), jury(), START, later(4))


@pytest.mark.parametrize(
    "now",
    [
        Moment(MADE.expiry, later(1).monotonic, START.boot),
        Moment(WALL + SECOND, START.monotonic + MADE.expiry - WALL, START.boot),
        Moment(MADE.not_before - 1, later(1).monotonic, START.boot),
        replace(later(1), boot="another"),
    ],
)
def test_a_later_part_ends_with_its_instruction_by_either_clock(now: Moment) -> None:
    still_permitted(EVIDENCE, jury(), START, later(300))
    with pytest.raises(RefusedError, match="its time is over"):
        still_permitted(EVIDENCE, jury(), START, now)


def test_it_is_sent_when_everything_holds() -> None:
    assert look() == Judgement(Verdict.SEND)


@pytest.mark.parametrize("price", [69 * PRICE - 1, 75 * PRICE + 1])
def test_a_market_outside_the_collar_is_quoted_again(price: int) -> None:
    assert look(standing=replace(GOOD, price=price)).verdict is Verdict.REQUOTE


@pytest.mark.parametrize("price", [69 * PRICE, 75 * PRICE])
def test_the_collar_includes_its_ends(price: int) -> None:
    assert look(standing=replace(GOOD, price=price)).verdict is Verdict.SEND


@pytest.mark.parametrize(
    "standing", [None, replace(GOOD, long=0), replace(GOOD, long=9), replace(GOOD, long=0, short=100)]
)
def test_a_position_that_is_gone_smaller_or_flipped_is_not_closed(standing: Standing | None) -> None:
    assert look(standing=standing).verdict is Verdict.REFUSE


def test_what_works_already_is_waited_for() -> None:
    assert look(standing=replace(GOOD, selling=91)).verdict is Verdict.WAIT
    assert look(standing=replace(GOOD, selling=90, buying=1_000)).verdict is Verdict.SEND


def test_several_orders_in_one_contract_are_added_up() -> None:
    made = instruction(orders=(order(60), order(41)))
    assert look(made).verdict is Verdict.REFUSE
    assert look(instruction(orders=(order(60), order(40)))).verdict is Verdict.SEND


@pytest.mark.parametrize(
    ("ratio", "verdict"), [(1_199_999, Verdict.REFUSE), (1_200_000, Verdict.SEND), (NOT_COMPUTABLE, Verdict.WAIT)]
)
def test_the_breach_has_to_be_there(ratio: int, verdict: Verdict) -> None:
    assert look(ratio=ratio).verdict is verdict
    assert look(instruction(even_if_cured=True), ratio=ratio).verdict is Verdict.SEND


def test_an_account_whose_equity_is_used_up_is_over_every_line() -> None:
    assert look(ratio=NOT_COMPUTABLE, used_up=True).verdict is Verdict.SEND


def test_why_a_ratio_is_unknown_is_said() -> None:
    judgement = look(ratio=NOT_COMPUTABLE, unknown=text("no account money has arrived"))
    assert str(judgement.reason) == "the risk ratio of A-100 is unknown: no account money has arrived"


@pytest.mark.parametrize("changes", [{"obstacle": text("a feed is not LIVE")}, {"standing": replace(GOOD, price=None)}])
def test_what_may_come_back_is_waited_for(changes: dict[str, object]) -> None:
    assert look(**changes).verdict is Verdict.WAIT  # type: ignore[arg-type]


def test_no_signature_lifts_a_hard_limit() -> None:
    assert look(limits=HardLimits(largest_order=9)).verdict is Verdict.REFUSE
    assert look(instruction(orders=(order(), order())), limits=HardLimits(most_orders=1)).verdict is Verdict.REFUSE


def test_drills_and_trades_never_meet() -> None:
    drill = instruction(drill=True)
    assert look(drill).verdict is Verdict.REFUSE
    assert look(drill, limits=HardLimits(drill=True)).verdict is Verdict.SEND
    assert look(limits=HardLimits(drill=True)).verdict is Verdict.REFUSE


def test_a_lock_opens_no_more_than_what_it_locks() -> None:
    lock = instruction(orders=(order(100, Side.SELL, Effect.LOCK),))
    assert look(lock).verdict is Verdict.SEND
    assert look(lock, replace(GOOD, short=1)).verdict is Verdict.REFUSE
    assert look(instruction(orders=(order(1, Side.BUY, Effect.LOCK),))).verdict is Verdict.REFUSE


positions = st.integers(0, 200)


@given(
    positions,
    positions,
    positions,
    positions,
    st.lists(
        st.builds(
            order, st.integers(1, 100), st.sampled_from(Side), st.sampled_from([Effect.CLOSE, Effect.CLOSE_TODAY])
        ),
        min_size=1,
        max_size=4,
    ),
)
def test_closing_never_opens_or_flips(long: int, short: int, selling: int, buying: int, orders: list[object]) -> None:
    made = instruction(orders=tuple(orders))
    if look(made, Standing(long, short, selling, buying, 72 * PRICE)).verdict is Verdict.SEND:
        sold = sum(each.quantity for each in made.orders if each.side is Side.SELL)
        bought = sum(each.quantity for each in made.orders if each.side is Side.BUY)
        assert not sold or long - sold - selling >= 0
        assert not bought or short - bought - buying >= 0


def test_what_was_opened_today_covers_what_closes_today() -> None:
    made = instruction(orders=(order(30, Side.SELL, Effect.CLOSE_YESTERDAY), order(20, Side.SELL, Effect.CLOSE_TODAY)))
    assert look(made, replace(GOOD, today=(70, 0))).verdict is Verdict.SEND
    assert look(made, replace(GOOD, today=(19, 0))) == Judgement(
        Verdict.REFUSE,
        text("what of {contract} was opened today does not cover {quantity}", contract=TITLE, quantity=20),
    )
    assert look(made, replace(GOOD, today=(71, 0))) == Judgement(
        Verdict.REFUSE,
        text("what of {contract} was opened on earlier days does not cover {quantity}", contract=TITLE, quantity=30),
    )


def test_what_works_on_todays_contracts_may_end_without_filling_and_is_waited_for() -> None:
    made = instruction(orders=(order(20, Side.SELL, Effect.CLOSE_TODAY),))
    standing = replace(GOOD, selling=5, today=(22, 0), working={(Side.SELL, Effect.CLOSE_TODAY): 5})
    assert look(made, standing).verdict is Verdict.WAIT
    assert look(made, replace(standing, working={(Side.SELL, Effect.CLOSE_YESTERDAY): 5})).verdict is Verdict.SEND


@pytest.mark.parametrize("effect", [Effect.CLOSE_TODAY, Effect.CLOSE_YESTERDAY])
def test_where_nobody_tells_what_was_opened_today_it_is_unknown_and_not_zero(effect: Effect) -> None:
    made = instruction(orders=(order(20, Side.SELL, effect),))
    assert look(made, GOOD) == Judgement(
        Verdict.WAIT, text("what of {contract} was opened today is unknown", contract=TITLE)
    )


@given(
    st.integers(0, 60),
    st.integers(0, 60),
    st.integers(0, 60),
    st.lists(
        st.builds(
            order,
            st.integers(1, 40),
            st.sampled_from(Side),
            st.sampled_from([Effect.CLOSE_TODAY, Effect.CLOSE_YESTERDAY]),
        ),
        min_size=1,
        max_size=4,
    ),
)
def test_neither_todays_nor_earlier_contracts_are_closed_beyond_what_there_is(
    long: int, short: int, opened: int, orders: list[InstructionOrder]
) -> None:
    today = (min(long, opened), min(short, opened))
    if look(instruction(orders=tuple(orders)), Standing(long, short, 0, 0, 72 * PRICE, today)).verdict is Verdict.SEND:
        for side, held, new in ((Side.SELL, long, today[0]), (Side.BUY, short, today[1])):
            for effect, room in ((Effect.CLOSE_TODAY, new), (Effect.CLOSE_YESTERDAY, held - new)):
                assert sum(each.quantity for each in orders if (each.side, each.effect) == (side, effect)) <= room
