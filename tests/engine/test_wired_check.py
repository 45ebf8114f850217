"""Margin and limits in one call, on a desk: the same for the ticket and the gate."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.decision import Order, Request, Verdict
from engine.desk_limits import DeskLimits
from engine.instruments import Contract
from engine.limit_result import Outcome
from engine.limits import LimitSet
from engine.order_case import PreTrade
from engine.pre_trade import DeskCheck
from engine.preview import preview
from engine.reservations import Reservations, Reserve
from engine.working_book import AllWorking, WorkingSnapshot
from tests.engine.concentration_desk import PARAMETERS, REFERENCE
from tests.engine.desks import JULY, JUNE, SmallDesk
from tests.engine.limit_books import NOON, limits, position_limit


def order(name: str, quantity: int) -> Order:
    return Order(Contract.parse(name), quantity)


def request(*orders: Order, account: str = "A", **more: object) -> Request:
    return Request(1, account, orders, with_curve=False)._replace(**more)


@pytest.fixture
def desk() -> SmallDesk:
    """Accounts A and B of one group, 10,000 each; A holds 5 June futures of 1,000 (300 of margin each)."""
    return small_desk()


def small_desk() -> SmallDesk:
    desk = SmallDesk(PARAMETERS)
    for name in ("A", "B"):
        desk.account(name, cash=10_000)
    desk.hold(0, JUNE, 5)
    desk.quote_all()
    return desk


def checks(desk: SmallDesk, limit_set: LimitSet | None, time: int = NOON) -> DeskCheck:
    in_force = DeskLimits(limit_set, REFERENCE, desk.universe, desk.parameters)
    state = desk.state()
    return DeskCheck(state, desk.universe, in_force.on(state, time))


def check(desk: SmallDesk, limit_set: LimitSet | None, *orders: Order, **more: object) -> PreTrade:
    return checks(desk, limit_set).check(request(*orders, **more), ())


def test_an_order_within_margin_and_limits_passes_with_every_limit_told(desk: SmallDesk) -> None:
    answer = check(desk, limits(position_limit(10), position_limit(8, "group")), order(JUNE, 3))
    assert answer.verdict is Verdict.PASSES
    assert answer.limits is not None
    found = [(each.owner, each.before, each.after, each.bound, each.headroom) for each in answer.limits.results]
    assert found == [("A", 5, 8, 10, 2), ("Group", 5, 8, 8, 0)]


def test_a_limit_refuses_what_margin_lets_pass_with_the_reason_and_the_largest_that_passes(desk: SmallDesk) -> None:
    answer = check(desk, limits(position_limit(12)), order(JUNE, 20))
    assert (answer.verdict, answer.largest) == (Verdict.REFUSED, 7)
    assert [str(reason) for reason in answer.reasons] == ["L1: position in A 2026-06 of A would be 25, at most 12"]


def test_margin_refuses_what_limits_let_pass(desk: SmallDesk) -> None:
    answer = check(desk, limits(position_limit(1_000)), order(JUNE, 100))
    assert (answer.verdict, answer.largest) == (Verdict.REFUSED, 28)
    assert [str(reason) for reason in answer.reasons] == ["margin would exceed equity"]


def test_both_against_an_order_are_both_told_and_the_narrower_decides_the_largest(desk: SmallDesk) -> None:
    answer = check(desk, limits(position_limit(12)), order(JUNE, 100))
    assert len(answer.reasons) == 2
    assert answer.largest == 7
    wide = check(desk, limits(position_limit(50)), order(JUNE, 100))
    assert wide.largest == 28


def test_a_basket_is_checked_as_a_whole_and_shrinks_in_proportion(desk: SmallDesk) -> None:
    limit_set = limits(position_limit(14, by="product"))
    answer = check(desk, limit_set, order(JUNE, 20), order(JULY, 10))
    assert (answer.verdict, answer.largest) == (Verdict.REFUSED, 6)


def test_legs_that_fill_together_offset_each_other_in_limits(desk: SmallDesk) -> None:
    limit_set = limits(position_limit(6, by="product"))
    legs = (order(JUNE, 4), order(JULY, -4))
    assert check(desk, limit_set, *legs, together=True).verdict is Verdict.PASSES
    assert check(desk, limit_set, *legs).verdict is Verdict.REFUSED


def test_what_works_in_a_related_account_counts_for_the_group_alone(desk: SmallDesk) -> None:
    everywhere = AllWorking(WorkingSnapshot({"B": {"order": order(JUNE, 4)}}))
    group = checks(desk, limits(position_limit(10, "group")))
    assert group.check(request(order(JUNE, 2)), (), everywhere).verdict is Verdict.REFUSED
    assert group.check(request(order(JUNE, 1)), (), everywhere).verdict is Verdict.PASSES
    own = checks(desk, limits(position_limit(10)))
    assert own.check(request(order(JUNE, 5)), (), everywhere).verdict is Verdict.PASSES


def test_the_firm_is_every_account(desk: SmallDesk) -> None:
    desk.hold(1, JULY, 4)
    limit_set = limits(position_limit(10, "firm", by="product"))
    assert check(desk, limit_set, order(JUNE, 1)).verdict is Verdict.PASSES
    refused = check(desk, limit_set, order(JUNE, 2))
    assert [str(reason) for reason in refused.reasons] == ["L1: position in A of firm would be 11, at most 10"]


def test_without_limits_new_risk_is_refused_and_reducing_passes(desk: SmallDesk) -> None:
    refused = check(desk, None, order(JUNE, 1))
    assert refused.verdict is Verdict.NOT_COMPUTABLE
    assert [str(reason) for reason in refused.reasons] == ["no limits are loaded"]
    assert check(desk, None, order(JUNE, -5)).verdict is Verdict.PASSES


def test_a_measure_that_must_be_limited_and_is_not_refuses(desk: SmallDesk) -> None:
    required = '[[required]]\nmeasure = "position"\nof = "account"\nby = "contract"\n'
    limit_set = limits(position_limit(9, more=f'names = ["{JULY}"]\n') + required)
    assert check(desk, limit_set, order(JULY, 1)).verdict is Verdict.PASSES
    refused = check(desk, limit_set, order(JUNE, 1))
    assert [str(reason) for reason in refused.reasons] == ["no limit is defined: position in A 2026-06"]


def test_a_missing_price_refuses_new_risk_and_lets_reducing_pass() -> None:
    desk = SmallDesk(PARAMETERS)
    desk.account("A", cash=10_000)
    desk.hold(0, JUNE, 5)
    limit_set = limits("measure = 'gross exposure'\nof = 'account'\nhard = 100_000")
    refused = check(desk, limit_set, order(JUNE, 1))
    assert refused.verdict is not Verdict.PASSES
    assert refused.reasons
    assert check(desk, limit_set, order(JUNE, -1)).verdict is Verdict.PASSES


def test_open_interest_comes_from_the_reference_and_refuses_where_it_is_not_known(desk: SmallDesk) -> None:
    body = "measure = 'position'\nof = 'account'\nby = 'product'\nrelative_to = 'open interest'\nhard = '10 %'"
    refused = check(desk, limits(body), order(JUNE, 1))
    assert refused.verdict is Verdict.NOT_COMPUTABLE
    assert [str(reason) for reason in refused.reasons] == ["L1: the open interest of A is not known"]


def test_the_time_of_day_says_which_limits_hold(desk: SmallDesk) -> None:
    limit_set = limits(position_limit(5, more='windows = ["21:00-06:00"]'))
    night = 22 * 3600 * 10**9
    assert checks(desk, limit_set, NOON).check(request(order(JUNE, 1)), ()).verdict is Verdict.PASSES
    assert checks(desk, limit_set, night).check(request(order(JUNE, 1)), ()).verdict is Verdict.REFUSED


def test_a_limit_in_shadow_tells_and_refuses_nothing(desk: SmallDesk) -> None:
    answer = check(desk, limits(position_limit(5, more='mode = "shadow"')), order(JUNE, 1))
    assert answer.verdict is Verdict.PASSES
    assert answer.limits is not None
    assert [each.outcome for each in answer.limits.results] == [Outcome.SHADOW]


def modes(*rules: str) -> str:
    return "".join(f"[[mode]]\n{rule}\n" for rule in rules)


@pytest.mark.parametrize(
    ("rule", "refused"),
    [
        ("mode = 'shadow'\nlimits = ['L1']", False),
        ("mode = 'shadow'\naccounts = ['A']", False),
        ("mode = 'shadow'\naccounts = ['B']", True),
        ("mode = 'shadow'\ngroups = ['Group']", False),
        ("mode = 'shadow'\nproducts = ['A']", False),
        ("mode = 'shadow'\nproducts = ['E']", True),
        ("mode = 'shadow'\ngroups = ['Group']\n[[mode]]\nmode = 'enforce'\nproducts = ['A']", True),
    ],
)
def test_a_roll_out_is_by_limit_account_group_or_instrument(desk: SmallDesk, rule: str, refused: bool) -> None:
    limit_set = limits(position_limit(5) + modes(rule))
    answer = check(desk, limit_set, order(JUNE, 1))
    assert (answer.verdict is Verdict.REFUSED) is refused
    assert [str(warning) for warning in answer.warnings] == (
        [] if refused else ["in shadow: L1: position in A 2026-06 of A would be 6, at most 5"]
    )


def test_the_narrowest_of_what_is_inherited_decides(desk: SmallDesk) -> None:
    limit_set = limits(position_limit(20), position_limit(9, more='groups = ["Group"]'), position_limit(15, "firm"))
    assert check(desk, limit_set, order(JUNE, 30)).largest == 4


def test_the_ticket_and_the_gate_get_the_same_verdict_limits_and_reasons(desk: SmallDesk) -> None:
    gate = checks(desk, limits(position_limit(12), position_limit(9, "group")))
    asked = request(order(JUNE, 20), with_curve=True)
    shown, told = preview(gate, asked), gate.check(asked, ())
    assert (shown.verdict, shown.reasons, shown.limits) == (told.verdict, told.reasons, told.limits)
    assert shown.curve is not None
    assert shown.curve.largest == told.largest == 4


def test_the_ticket_shows_working_orders_at_their_worst_case(desk: SmallDesk) -> None:
    desk.book.set_working(0, "first", order(JUNE, 4))
    gate = checks(desk, limits(position_limit(12)))
    shown = preview(gate, request(order(JUNE, 2), with_curve=True))
    told = gate.check(request(order(JUNE, 2)), [(order(JUNE, 4),)])
    assert shown.working == 1
    assert shown.effects[0].after.margin == told.effects[0].after.margin
    assert shown.limits is not None
    assert [(each.before, each.after) for each in shown.limits.results] == [(9, 11)]
    assert shown.curve is not None
    assert shown.curve.largest == 3


def reservations(*orders: Order, account: str = "A") -> Reservations:
    held = Reservations(settling=10)
    for number, each in enumerate(orders):
        held.hold(Reserve(bytes([number]) * 16, "algo", account, (each,), False, expiry=100))
    return held


def test_an_order_that_is_reserved_and_known_to_work_counts_once(desk: SmallDesk) -> None:
    held = reservations(order(JUNE, 4))
    desk.book.set_working(0, (bytes([0]) * 16).hex(), order(JUNE, 3))
    desk.book.set_working(0, "by telephone", order(JUNE, 2))
    everywhere = checks(desk, None).beside(held)
    assert everywhere.working("A") == ((order(JUNE, 6),),)


def test_a_reservation_that_has_ended_leaves_what_the_publisher_says(desk: SmallDesk) -> None:
    held = reservations(order(JUNE, 4))
    held.cancel(bytes(16))
    desk.book.set_working(0, bytes(16).hex(), order(JUNE, 4))
    assert checks(desk, None).beside(held).working("A") == ((order(JUNE, 4),),)


def test_both_sides_and_other_accounts_are_kept_apart(desk: SmallDesk) -> None:
    held = reservations(order(JUNE, 4), account="B")
    for number, quantity in enumerate((3, -2, 5)):
        desk.book.set_working(0, f"order {number}", order(JUNE, quantity))
    everywhere = checks(desk, None).beside(held)
    assert [name for name, _ in everywhere.everything()] == ["B", "A"]
    assert set(everywhere.working("A")) == {(order(JUNE, 8),), (order(JUNE, -2),)}
    assert everywhere.working("B") == ((order(JUNE, 4),),)


def test_an_order_that_is_over_counts_no_more(desk: SmallDesk) -> None:
    desk.book.set_working(0, "first", order(JUNE, 4))
    before = desk.book.snapshot()
    desk.book.set_working(0, "first", None)
    assert desk.book.snapshot().working.orders == {}
    assert before.working.of("A") == {"first": order(JUNE, 4)}


LEGS = st.lists(
    st.builds(order, st.sampled_from([JUNE, JULY]), st.integers(-30, 30).filter(bool)), min_size=1, max_size=2
)


@settings(max_examples=40)
@given(LEGS, st.integers(0, 30), st.integers(0, 30))
def test_the_largest_quantity_passes_and_the_next_does_not(legs: list[Order], own: int, group: int) -> None:
    gate = checks(small_desk(), limits(position_limit(own), position_limit(group, "group", by="product")))
    asked = request(*legs)
    answer = gate.check(asked, ())
    if answer.verdict is not Verdict.REFUSED or answer.largest is None:
        return

    def sized(largest: int) -> tuple[Order, ...]:
        whole = legs[0].quantity
        return tuple(leg._replace(quantity=leg.quantity * largest // whole) for leg in legs)

    if answer.largest:
        assert gate.passes(asked._replace(orders=sized(answer.largest)), ())
    assert not gate.passes(asked, ())


@settings(max_examples=40)
@given(st.integers(-10, 10), st.integers(0, 12), st.integers(0, 4))
def test_reducing_passes_whatever_the_limits(held: int, quantity: int, bound: int) -> None:
    desk = small_desk()
    desk.hold(0, JUNE, held)
    quantity = min(quantity, abs(held))
    sell = -quantity if held > 0 else quantity
    if sell:
        limit_set = limits(position_limit(bound), position_limit(bound, "group"), position_limit(bound, "firm"))
        assert check(desk, limit_set, order(JUNE, sell)).verdict is Verdict.PASSES
