"""What works anywhere is added up as it comes and goes, and always as if it were added up anew."""

import gc
import weakref

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import desk_limits, pre_trade, working_places
from engine.decision import Request, Verdict
from engine.desk_limits import DeskLimits
from engine.instruments import Contract
from engine.limits import Level
from engine.margin_terms import USUAL
from engine.order import Order
from engine.pre_trade import DeskCheck
from engine.reservations import MOST_CHANGED, Reservations, Reserve
from engine.working_book import AllWorking
from tests.engine.concentration_desk import PARAMETERS, REFERENCE
from tests.engine.desks import CALL, EURO, JULY, JUNE, SmallDesk
from tests.engine.limit_books import NOON, limits

CONTRACTS = (JUNE, JULY, CALL, EURO)
OF_FIRM = (
    "measure = 'delta exposure'\nof = 'firm'\nby = 'sector'\nhard = 9_000",
    "measure = 'gross exposure'\nof = 'firm'\nhard = 30_000",
    "measure = 'position'\nof = 'firm'\nby = 'contract'\nhard = 16",
    "measure = 'share of equity'\nof = 'firm'\nby = 'product'\nhard = '12 %'",
    "measure = 'HHI'\nof = 'firm'\nby = 'product'\nhard = '0.9'",
    "measure = 'net exposure'\nof = 'group'\nby = 'currency'\nhard = 9_000",
)
BY_CONTRACT = (*OF_FIRM, "measure = 'HHI'\nof = 'firm'\nby = 'contract'\nhard = '0.9'")
COUNTS = st.integers(-6, 6).filter(bool)
BOOKS = st.lists(st.dictionaries(st.sampled_from(CONTRACTS), COUNTS), min_size=3, max_size=3)
ACCOUNTS = st.integers(0, 2)
LEGS = st.lists(st.tuples(st.sampled_from(CONTRACTS), COUNTS), min_size=1, max_size=2)
HOLDS = st.tuples(st.just("hold"), ACCOUNTS, LEGS, st.booleans())
ENDS = st.tuples(st.sampled_from(("cancel", "fill", "forget")), st.integers(0, 9))
TELLS = st.tuples(st.just("tell"), ACCOUNTS, st.integers(0, 4), st.sampled_from(CONTRACTS), COUNTS)
KNOWN = st.lists(st.tuples(ACCOUNTS, st.integers(0, 4), st.sampled_from(CONTRACTS), COUNTS), max_size=4)


def named(number: int) -> bytes:
    return number.to_bytes(16, "big")


def desk_of(books, known, gross: bool) -> SmallDesk:
    desk = SmallDesk(PARAMETERS)
    desk.quote_all()
    for number, book in enumerate(books):
        row = desk.account(f"A{number}", cash=90_000, terms=USUAL._replace(gross=gross))
        for contract, count in book.items():
            desk.hold(row, contract, count)
    for each in known:
        tell(desk, *each)
    for contract in CONTRACTS:
        desk.universe.column(Contract.parse(contract))
    return desk


def tell(desk: SmallDesk, account: int, number: int, contract: str, count: int) -> None:
    """The publisher tells of an order; some of the names are those of reservations."""
    desk.book.set_working(account, named(number).hex(), Order(Contract.parse(contract), count))


def check_on(desk: SmallDesk, bodies=OF_FIRM) -> DeskCheck:
    in_force = DeskLimits(limits(*bodies), REFERENCE, desk.universe, desk.parameters)
    return DeskCheck(desk.state(), desk.universe, in_force.on(desk.state(), NOON))


def take(held: Reservations, number: int, step) -> None:
    what, *rest = step
    if what == "hold":
        account, legs, together = rest
        orders = tuple(Order(Contract.parse(contract), count) for contract, count in legs)
        held.hold(Reserve(named(number), "client", f"A{account}", orders, together, 10**9))
        return
    (which,) = rest
    found = held.find(named(which))
    if what == "cancel":
        held.cancel(named(which))
    elif what == "forget":
        held.forget(named(which))
    elif found is not None:
        held.fill(named(which), tuple(abs(order.quantity) for order in found.reserve.orders), number)


def added_up(check: DeskCheck, held: Reservations) -> dict[str, int]:
    """What all that works changes: the sums that are not 0, by way, name and kind."""
    asked = Request(1, "A0", (Order(Contract.parse(JUNE), 1),), with_curve=False)
    check.check(asked, (), check.beside(held), briefly=True)
    places = check._limits._places
    record = places._taken
    found = {}
    for name in ("sums", "unknown", "paid"):
        each = getattr(record, name)
        found |= {f"{name} {where}": int(each[tuple(where)]) for where in np.argwhere(each).tolist()}
    return found


@settings(max_examples=60, deadline=None)
@given(BOOKS, KNOWN, st.lists(st.tuples(st.one_of(HOLDS, ENDS, TELLS), st.booleans()), max_size=10), st.booleans())
def test_sums_kept_up_are_sums_made_anew(books, known, steps, gross):
    desk, held = desk_of(books, known, gross), Reservations(0)
    in_force = DeskLimits(limits(*OF_FIRM), REFERENCE, desk.universe, desk.parameters)
    followed = DeskCheck(desk.state(), desk.universe, in_force.on(desk.state(), NOON))
    for number, (step, moves_on) in enumerate(steps):
        if step[0] == "tell":
            tell(desk, *step[1:])
        else:
            take(held, number, step)
        if moves_on or step[0] == "tell":
            followed = DeskCheck(desk.state(), desk.universe, in_force.on(desk.state(), NOON))
        assert added_up(followed, held) == added_up(check_on(desk), held)


@settings(max_examples=60, deadline=None)
@given(
    BOOKS,
    KNOWN,
    st.lists(HOLDS, max_size=5),
    LEGS,
    st.booleans(),
    st.booleans(),
    st.sampled_from((OF_FIRM, BY_CONTRACT)),
)
def test_the_firm_is_judged_by_sums_as_it_is_order_by_order(books, known, steps, legs, together, gross, bodies):
    desk, held = desk_of(books, known, gross), Reservations(0)
    for number, step in enumerate(steps):
        take(held, 100 + number, step)
    orders = tuple(Order(Contract.parse(contract), count) for contract, count in legs)
    asked = Request(1, "A0", orders, with_curve=False, together=together)
    answers = []
    for simply in (True, False):
        check = check_on(desk, bodies)
        everywhere = check.beside(held)
        with pytest.MonkeyPatch.context() as patch:
            if not simply:
                patch.setattr(pre_trade, "simply_passes", lambda *_, **__: None)
            answers.append(check.check(asked, None, everywhere))
    assert answers[0] == answers[1]


def test_whoever_has_not_looked_for_long_adds_everything_up_anew():
    desk, held = desk_of([{JUNE: 2}, {}, {}], [], gross=False), Reservations(0)
    check = check_on(desk)
    take(held, 0, ("hold", 1, [(JUNE, 3)], False))
    before = added_up(check, held)
    for number in range(1, 3 * MOST_CHANGED):
        take(held, number, ("hold", 2, [(JULY, 1)], False))
        held.forget(named(number))
    assert held.changes.since(1) is None
    assert added_up(check, held) == before


def test_an_order_in_a_contract_without_figures_elsewhere_is_looked_at_closer():
    desk, held = desk_of([{JUNE: 2}, {}, {}], [], gross=False), Reservations(0)
    check = check_on(desk)
    unheard_of = "X:NEW:FUT:203001"
    take(held, 0, ("hold", 1, [(unheard_of, 3)], False))
    everywhere = check.beside(held)
    asked = Request(1, "A0", (Order(Contract.parse(JUNE), 1),), with_curve=False)
    assert check.check(asked, (), everywhere).verdict is Verdict.NOT_COMPUTABLE


def test_an_order_beside_one_of_the_accounts_own_that_has_no_figures_is_looked_at_closer():
    desk = desk_of([{JUNE: 2}, {}, {}], [], gross=False)
    asked = Request(1, "A0", (Order(Contract.parse(JUNE), 1),), with_curve=False)
    working = ((Order(Contract.parse("X:NEW:FUT:203001"), 3),),)
    assert check_on(desk).check(asked, working).verdict is Verdict.NOT_COMPUTABLE


def test_what_works_in_an_account_that_is_gone_counts_no_more():
    desk, held = desk_of([{JUNE: 2}, {}, {}], [], gross=False), Reservations(0)
    take(held, 0, ("hold", 1, [(JUNE, 3)], False))
    desk.book.remove_account(1)
    check = check_on(desk)
    assert added_up(check, held) == {}


def test_accounts_that_were_asked_about_are_made_ready_on_the_next_state_before_they_are_asked_about_again():
    desk = desk_of([{JUNE: 2}, {JULY: 3}, {}], [], gross=False)
    in_force = DeskLimits(limits(*OF_FIRM), REFERENCE, desk.universe, desk.parameters)
    first = DeskCheck(desk.state(), desk.universe, in_force.on(desk.state(), NOON))
    assert not first.make_ready()
    for name in ("A0", "A1"):
        first.check(Request(1, name, (Order(Contract.parse(JUNE), 1),), with_curve=False), ())
    desk.book.remove_account(1)
    second = DeskCheck(desk.state(), desk.universe, in_force.on(desk.state(), NOON))
    assert second.make_ready()
    assert list(second._limits._asked) == [0]
    while second.make_ready():
        pass
    assert list(second._limits._asked) == [0]


def test_what_begins_and_ceases_to_work_is_taken_in_while_nothing_is_asked():
    desk, held = desk_of([{JUNE: 2}, {JULY: 3}, {}], [], gross=False), Reservations(0)
    in_force = DeskLimits(limits(*OF_FIRM), REFERENCE, desk.universe, desk.parameters)
    for number in range(2):
        check = DeskCheck(desk.state(), desk.universe, in_force.on(desk.state(), NOON))
        check.check(Request(1, "A0", (Order(Contract.parse(JUNE), 1),), with_curve=False), None, check.beside(held))
        take(held, number, ("hold", 1, [(JUNE, 3)], False))
        while check.make_ready(held):
            pass
        assert check._limits._places._since(check.beside(held)) == ((), [])


def test_what_worked_on_the_last_state_is_taken_over_before_accounts_are_made_ready(monkeypatch):
    desk, held = desk_of([{JUNE: 2}, {JULY: 3}, {}], [], gross=False), Reservations(0)
    in_force = DeskLimits(limits(*OF_FIRM), REFERENCE, desk.universe, desk.parameters)
    take(held, 0, ("hold", 1, [(JUNE, 3)], False))
    first, second = (DeskCheck(desk.state(), desk.universe, in_force.on(desk.state(), NOON)) for _ in range(2))
    second._limits._ahead = ["A0"]
    expected = added_up(first, held)
    with monkeypatch.context() as patch:
        patch.setattr(AllWorking, "everything", lambda _: pytest.fail("everything is added up anew"))
        assert second.make_ready(held)
    assert not second._limits._asked
    assert second.make_ready(held)
    assert list(second._limits._asked) == [0]
    assert added_up(second, held) == expected


@pytest.mark.parametrize("kernel", ["move", "take_over"])
def test_after_a_failure_half_way_everything_is_taken_in_anew(monkeypatch, kernel):
    desk, held = desk_of([{JUNE: 2}, {JULY: 3}, {}], [], gross=False), Reservations(0)
    in_force = DeskLimits(limits(*OF_FIRM), REFERENCE, desk.universe, desk.parameters)
    first, second = (DeskCheck(desk.state(), desk.universe, in_force.on(desk.state(), NOON)) for _ in range(2))
    take(held, 0, ("hold", 0, [(JUNE, 1)], False))
    added_up(first, held)
    take(held, 1, ("hold", 1, [(JUNE, 3)], False))
    take(held, 2, ("hold", 2, [(JULY, -2)], False))
    with monkeypatch.context() as patch:
        real = getattr(working_places, kernel)
        patch.setattr(working_places, kernel, lambda *each: [real(*each), {}["gone"]])
        with pytest.raises(KeyError):
            added_up(second, held)
    assert added_up(second, held) == added_up(check_on(desk), held)


def test_what_is_of_a_state_goes_with_it_without_waiting_for_the_collector():
    desk, held = desk_of([{JUNE: 2}, {JULY: 3}, {}], [], gross=False), Reservations(0)
    in_force = DeskLimits(limits(*OF_FIRM), REFERENCE, desk.universe, desk.parameters)
    states = []
    gc.disable()
    try:
        for number, count in enumerate((1, 1_000, 2)):
            check = DeskCheck(desk.state(), desk.universe, in_force.on(desk.state(), NOON))
            check.prepare()
            asked = Request(1, "A0", (Order(Contract.parse(JUNE), count),), with_curve=False)
            for briefly in (True, False):
                check.check(asked, None, check.beside(held), briefly=briefly)
            take(held, number, ("hold", 1, [(JUNE, 3)], False))
            while check.make_ready(held):
                pass
            limited = check._limits
            states.append(
                [weakref.ref(each) for each in (limited, limited._figures, limited.exposures, limited._places)]
            )
            del limited
        assert [{each() is None for each in state} for state in states] == [{True}, {True}, {False}]
    finally:
        gc.enable()


def test_the_last_state_is_let_go_of_step_by_step_while_nothing_is_asked(monkeypatch):
    desk = desk_of([{JUNE: 2}, {JULY: 3}, {}], [], gross=False)
    in_force = DeskLimits(limits(*OF_FIRM), REFERENCE, desk.universe, desk.parameters)
    asked = Request(1, "A0", (Order(Contract.parse(JUNE), 1),), with_curve=False)
    first, second = (DeskCheck(desk.state(), desk.universe, in_force.on(desk.state(), NOON)) for _ in range(2))
    answer = first.check(asked, ())
    known = first._limits._asked, first._limits._holdings
    assert second.check(asked, ()) == answer
    assert [len(each) for each in known] == [1, 3]
    with monkeypatch.context() as patch:
        patch.setattr(desk_limits, "LET_GO", 2)
        steps = [[len(each) for each in known] for _ in iter(second.make_ready, False)]
    assert steps == [[0, 2], [0, 0], [0, 0]]
    # Whoever still asks it is answered all the same.
    assert first.check(asked, ()) == answer


def test_without_limits_nothing_has_to_be_made_ready():
    desk = desk_of([{JUNE: 2}, {}, {}], [], gross=False)
    assert not DeskCheck(desk.state(), desk.universe).make_ready()


def test_what_owners_hold_is_added_up_again_only_when_positions_or_accounts_have_changed():
    desk = desk_of([{JUNE: 2}, {JULY: 3}, {}], [], gross=False)
    in_force = DeskLimits(limits(*OF_FIRM), REFERENCE, desk.universe, desk.parameters)

    def firm():
        return in_force.on(desk.state(), NOON)._membership.of(Level.FIRM, 0)

    first = firm()
    desk.quote_all()
    assert firm() is first
    desk.hold(1, JULY, 5)
    assert firm() is not first
    assert firm().pooled.contracts.long.sum() == 7
    desk.book.remove_account(1)
    assert firm().rows.tolist() == [0, 2]
