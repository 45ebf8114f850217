"""Orders that are one: their bytes, what leaves for them, what a report on the whole says of each, and their locks."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.authorisation.encoding import decoded, encoded
from engine.authorisation.execution import Circumstances, HardLimits, Judgement, Standing, Verdict, judged
from engine.authorisation.instruction import MOST_LEGS, Effect, Instruction, InstructionOrder, PriceType, Side
from engine.authorisation.statement import shown_digest, statement
from engine.instruments import Contract
from engine.routing import OrderReport, OrderState, RoutedGroup, RoutedOrder, legs_of, packages, reports_of, routed
from engine.text import BadInputError
from terminal.catalogue import translator
from tests.engine.authorisation.cast import OIL, PRICE, instruction, order

NEAR, OTHER = "SIM:CL:FUT:202701", "SIM:CL:FUT:202706"
LOCK = replace(order(6, Side.SELL, Effect.LOCK), contract=OTHER, covers=NEAR, covered=8)
CLOSE = order(4, Side.BUY)
PAIR = (replace(CLOSE, group=1), replace(LOCK, group=1))
MADE = instruction(orders=(order(2), *PAIR))

sizes = st.integers(1, 10**9)
singles = st.builds(order, sizes, st.sampled_from(Side), st.sampled_from([Effect.CLOSE, Effect.CLOSE_TODAY]))
locks = st.builds(
    lambda quantity, side, covered, after: replace(
        order(quantity, side, Effect.LOCK), covers=NEAR, covered=covered, after=after
    ),
    sizes,
    st.sampled_from(Side),
    st.integers(-(10**9), 10**9).filter(bool),
    st.just(0),
)


@st.composite
def grouped(draw: st.DrawFn) -> Instruction:
    """Single orders and groups, the groups numbered as they come."""
    runs = draw(st.lists(st.lists(singles | locks, min_size=1, max_size=4), min_size=1, max_size=4))
    orders: list[InstructionOrder] = []
    number = 0
    for run in runs:
        together = len(run) > 1 and draw(st.booleans())
        number += together
        orders += [replace(each, group=number if together else 0) for each in run]
    return instruction(orders=tuple(orders))


@given(grouped())
def test_the_bytes_of_groups_are_read_back(made: Instruction) -> None:
    assert Instruction.read(made.content) == made


@given(grouped())
def test_every_order_leaves_once_and_groups_whole(made: Instruction) -> None:
    sent = packages(made)
    assert [leg for package in sent for leg in legs_of(package)] == list(routed(made))
    assert len({package.identity for package in sent}) == len(sent)
    groups = [package for package in sent if isinstance(package, RoutedGroup)]
    assert len(groups) == max(each.group for each in made.orders)
    assert all(len(package.identity) <= 32 for package in sent)


def test_every_flipped_bit_gives_another_instruction_or_none() -> None:
    content = MADE.content
    for place in range(len(content)):
        for bit in range(8):
            flipped = bytearray(content)
            flipped[place] ^= 1 << bit
            try:
                other = Instruction.read(bytes(flipped))
            except BadInputError:
                continue
            assert other.content == bytes(flipped)
            assert other.fingerprint != MADE.fingerprint


def test_an_instruction_without_groups_keeps_its_first_form() -> None:
    made = instruction(orders=(order(2), order(3)))
    assert decoded(made.content, "here")[0] == 1
    assert decoded(MADE.content, "here")[0] == 2


def test_what_needs_no_group_is_refused_in_the_form_of_groups() -> None:
    value = decoded(MADE.content, "here")
    assert isinstance(value, tuple)
    rows = value[5]
    assert isinstance(rows, tuple)
    content = encoded((*value[:5], rows[:1], *value[6:]))
    with pytest.raises(BadInputError, match="canonical form"):
        Instruction.read(content)


@pytest.mark.parametrize(
    ("orders", "reason"),
    [
        ((replace(CLOSE, group=1), order(2), replace(LOCK, group=1)), "do not stand together"),
        (tuple(replace(each, group=2) for each in PAIR), "do not stand together"),
        ((*PAIR, replace(CLOSE, group=3), replace(CLOSE, group=3)), "do not stand together"),
        ((replace(CLOSE, group=1), LOCK), "from 2 to 16 orders"),
        (tuple(replace(CLOSE, group=1) for _ in range(MOST_LEGS + 1)), "from 2 to 16 orders"),
        ((PAIR[0], replace(PAIR[1], after=1)), "differ in their time or kind of price"),
        ((PAIR[0], replace(PAIR[1], price_type=PriceType.MARKET, limit=0)), "differ in their time or kind of price"),
        ((PAIR[0], replace(PAIR[1], covers="")), "a lock covers a position"),
        ((PAIR[0], replace(PAIR[1], covered=0)), "a lock covers a position"),
        ((PAIR[0], replace(PAIR[1], effect=Effect.CLOSE)), "a lock covers a position"),
        ((PAIR[0], replace(PAIR[1], covers="nonsense")), "not written in its one form"),
    ],
)
def test_groups_that_cannot_be_one_order_are_refused(orders: tuple[InstructionOrder, ...], reason: str) -> None:
    with pytest.raises(BadInputError, match=reason):
        Instruction.read(instruction(orders=orders).content)


def test_the_statement_says_which_orders_are_one_and_what_a_lock_covers() -> None:
    shown = [line.translated(str) for line in statement(MADE)]
    assert shown[3] == ("All or none", "orders 2 to 3 are one order: all of them trade, or none")
    assert shown[5][1].endswith("it opens, and covers long 8 CL 2027-01")


@pytest.mark.parametrize("language", ["en", "zh_Hans"])
def test_another_group_shows_another_text(language: str) -> None:
    others = [
        MADE,
        instruction(orders=(order(2), *(replace(each, group=0) for each in PAIR))),
        instruction(orders=(replace(order(2), group=1), *PAIR)),
        instruction(orders=(order(2), PAIR[0], replace(PAIR[1], covered=9))),
        instruction(orders=(order(2), PAIR[0], replace(PAIR[1], covered=-8))),
        instruction(orders=(order(2), PAIR[0], replace(PAIR[1], covers="SIM:CL:FUT:202703"))),
    ]
    assert len({shown_digest(each, translator(language)) for each in others}) == len(others)


def test_a_report_on_the_whole_is_one_on_each_leg_in_its_own_contracts() -> None:
    group = packages(MADE)[1]
    assert isinstance(group, RoutedGroup)
    assert group.units == 2
    buy, sell = group.legs
    prices = ((buy.identity, 71 * PRICE), (sell.identity, 70 * PRICE))
    report = OrderReport(group.identity, OrderState.FILLED, 2, 0, "", 5, prices)
    assert reports_of(group, report) == [
        OrderReport(buy.identity, OrderState.FILLED, 4, 71 * PRICE, "", 5),
        OrderReport(sell.identity, OrderState.FILLED, 6, 70 * PRICE, "", 5),
    ]
    single = packages(MADE)[0]
    assert isinstance(single, RoutedOrder)
    assert reports_of(single, report) == (report,)


# What the gate looks at before it sends a lock ------------------------------------------------------------------------

HELD = {
    OIL: Standing(9, 4, 0, 0, 72 * PRICE, delta=1_000),
    NEAR: Standing(8, 0, 0, 0, None, delta=1_000),
    OTHER: Standing(0, 3, 0, 0, 72 * PRICE, delta=1_000),
}


def look(made: Instruction = MADE, *, gross: bool = False, **changed: Standing) -> Judgement:
    names = {"oil": OIL, "near": NEAR, "other": OTHER}
    standings = {**HELD, **{names[name]: standing for name, standing in changed.items()}}
    return judged(made, Circumstances(None, 1_300_000, standings, gross), HardLimits())


def test_a_lock_goes_out_while_the_position_it_covers_is_there() -> None:
    assert look().verdict is Verdict.SEND


@pytest.mark.parametrize(
    ("name", "changes", "verdict", "reason"),
    [
        ("near", {"long": 7}, Verdict.REFUSE, "no longer as large"),
        ("near", {"long": 0, "short": 8}, Verdict.REFUSE, "no longer as large"),
        ("near", {"short": 1}, Verdict.REFUSE, "no longer as large"),
        ("near", {"selling": 1}, Verdict.WAIT, "no longer as large"),
        ("near", {"delta": 700}, Verdict.REFUSE, "more than covers"),
        ("near", {"delta": -1_000}, Verdict.REFUSE, "more than covers"),
        ("other", {"delta": 2_000}, Verdict.REFUSE, "more than covers"),
        ("other", {"delta": None}, Verdict.WAIT, "do not say what"),
        ("other", {"long": 5}, Verdict.REFUSE, "held on the other side"),
        ("oil", {"short": 3}, Verdict.REFUSE, "does not cover"),
    ],
)
def test_a_lock_never_turns_risk_round(name: str, changes: dict[str, object], verdict: Verdict, reason: str) -> None:
    contract = {"oil": OIL, "near": NEAR, "other": OTHER}[name]
    judgement = look(**{name: replace(HELD[contract], **changes)})  # type: ignore[arg-type]
    assert judgement.verdict is verdict
    assert reason in str(judgement.reason)


def test_orders_that_close_the_covered_position_leave_less_to_lock() -> None:
    closes = replace(order(1), contract=NEAR)
    made = instruction(orders=(closes, *PAIR))
    assert "no longer as large" in str(look(made, near=replace(HELD[NEAR], price=72 * PRICE)).reason)


def test_in_a_gross_margined_account_a_lock_may_stand_beside_the_other_side() -> None:
    assert look(gross=True, other=replace(HELD[OTHER], long=5)).verdict is Verdict.SEND


def test_two_locks_do_not_cover_the_same_contracts() -> None:
    made = instruction(orders=(LOCK, replace(LOCK, contract=OIL)))
    wide = replace(HELD[OIL], long=0)
    assert "no longer as large" in str(look(made, oil=wide).reason)
    assert look(made, oil=wide, near=replace(HELD[NEAR], long=16)).verdict is Verdict.SEND


def test_slices_of_a_lock_cover_together_what_each_of_them_names() -> None:
    slices = (replace(LOCK, quantity=5), replace(LOCK, quantity=3, after=10**9))
    assert look(instruction(orders=slices)).verdict is Verdict.SEND
    assert "more than covers" in str(look(instruction(orders=(*slices, replace(LOCK, quantity=1)))).reason)


def test_a_lock_of_a_contract_that_is_not_there_is_refused_by_name() -> None:
    standings = {name: standing for name, standing in HELD.items() if name != NEAR}
    judgement = judged(MADE, Circumstances(None, 1_300_000, standings), HardLimits())
    assert str(judgement.reason) == f"{Contract.parse(NEAR).title} is not held"
