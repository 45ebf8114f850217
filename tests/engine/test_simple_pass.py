"""Whatever passes at once says what it says when margin and limits are looked at one after the other."""

import gc
from collections.abc import Callable, Iterable, Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numba.core.runtime import _nrt_python, rtsys

from engine import pre_trade
from engine.decision import Order, Request, Verdict
from engine.desk_limits import DeskLimits
from engine.instruments import Contract
from engine.margin_terms import USUAL
from engine.order_case import PreTrade
from engine.pre_trade import DeskCheck
from engine.reference import ProductReference, Reference
from engine.reservations import Reservations, Reserve, Strategy
from tests.engine.concentration_desk import PARAMETERS
from tests.engine.desks import CALL, EURO, JULY, JUNE, SmallDesk
from tests.engine.limit_books import NOON, limits

REFERENCE = Reference(
    {"A": ProductReference("Energy", "Commodities", 900, 150), "E": ProductReference("Rates", "Rates", 900, 90)}
)
CONTRACTS = (JUNE, JULY, CALL, EURO)
WIDE = (
    "measure = 'margin ratio'\nof = 'account'\nhard = '60 %'",
    "measure = 'position'\nof = 'account'\nby = 'contract'\nhard = 14",
    "measure = 'share of gross'\nof = 'account'\nby = 'product'\nhard = '99 %'",
    "measure = 'HHI'\nof = 'group'\nby = 'contract'\nhard = '0.999'",
    "measure = 'gross exposure'\nof = 'group'\nhard = 60_000\nsoft = 40_000",
    "measure = 'net exposure'\nof = 'firm'\nby = 'currency'\nhard = 50_000",
    "measure = 'position'\nof = 'account'\nby = 'product'\nhard = 12\nnames = ['A']",
    "measure = 'days to liquidate'\nof = 'group'\nby = 'product'\nparticipation = '7 %'\nhard = '2.5'\nsoft = 2",
)
ALL_MARGINS = (*WIDE, "measure = 'margin ratio'\nof = 'group'\nhard = '70 %'")
COUNTS = st.integers(-9, 9)
LEGS = st.lists(st.tuples(st.sampled_from(CONTRACTS), COUNTS.filter(bool)), min_size=1, max_size=2)
BODIES = st.sampled_from((WIDE, ALL_MARGINS))
CASH = st.sampled_from((90_000, 3_000))
BOOKS = st.lists(st.dictionaries(st.sampled_from(CONTRACTS), COUNTS), min_size=3, max_size=3)
WORKING = st.lists(st.tuples(st.integers(0, 2), LEGS, st.booleans()), max_size=4)


def orders_of(legs: Iterable[tuple[str, int]]) -> Strategy:
    return tuple(Order(Contract.parse(contract), count) for contract, count in legs)


def checks_on(books, bodies, gross, cash) -> DeskCheck:
    desk = SmallDesk(PARAMETERS)
    desk.quote_all()
    for number, book in enumerate(books):
        row = desk.account(f"A{number}", cash=cash, terms=USUAL._replace(gross=gross))
        for contract, count in book.items():
            desk.hold(row, contract, count)
    for contract in CONTRACTS:
        desk.universe.column(Contract.parse(contract))
    in_force = DeskLimits(limits(*bodies), REFERENCE, desk.universe, desk.parameters)
    return DeskCheck(desk.state(), desk.universe, in_force.on(desk.state(), NOON))


def held_by(working) -> Reservations:
    held = Reservations(0)
    for number, (account, legs, together) in enumerate(working):
        identity = number.to_bytes(16, "big")
        held.hold(Reserve(identity, "client", f"A{account}", orders_of(legs), together, 1))
    return held


def answered(checks: DeskCheck, legs, working, together: bool) -> PreTrade:
    everywhere = checks.beside(held_by(working))
    asked = Request(1, "A0", orders_of(legs), with_curve=False, together=together)
    return checks.check(asked, everywhere.working("A0"), everywhere)


@settings(max_examples=60, deadline=None)
@given(BOOKS, LEGS, WORKING, st.booleans(), st.booleans(), CASH, BODIES)
def test_what_passes_at_once_is_what_passes_step_by_step(books, legs, working, together, gross, cash, bodies):
    checks = checks_on(books, bodies, gross, cash)
    at_once = answered(checks, legs, working, together)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pre_trade, "simply_passes", lambda *_, **__: None)
        step_by_step = answered(checks, legs, working, together)
    assert at_once == step_by_step


def test_an_order_well_within_everything_is_not_looked_at_step_by_step(monkeypatch):
    checks = checks_on([{JUNE: 2, EURO: 3}, {JULY: 1}, {}], WIDE, gross=False, cash=90_000)
    monkeypatch.setattr(pre_trade, "decide", None)
    monkeypatch.setattr(pre_trade, "OrderCase", None)
    answer = answered(checks, [(JUNE, 1)], [(0, [(JULY, 2)], False), (1, [(CALL, 1)], False)], together=False)
    assert answer.verdict is Verdict.PASSES
    assert answer.limits is not None
    assert not answer.limits.refuses


def test_what_limits_say_of_it_is_written_when_it_is_read_and_does_not_change_any_more():
    checks = checks_on([{JUNE: 2, EURO: 3}, {JULY: 1}, {}], WIDE, gross=False, cash=90_000)
    held = held_by([(0, [(JUNE, 3)], False)])
    everywhere = checks.beside(held)
    asked = Request(1, "A0", orders_of([(JUNE, 1)]), with_curve=False)
    answer, again = (checks.check(asked, everywhere.working("A0"), everywhere) for _ in range(2))
    assert answer.limits is not None
    told = answer.limits.results
    held.cancel((0).to_bytes(16, "big"))
    assert again.limits is not None
    assert again.limits.results == told
    assert again._replace(limits=answer.limits) == answer


@pytest.fixture
def arrays_of_kernels() -> Iterator[Callable[[], int]]:
    """How many arrays that compiled code has made are still there."""

    def there() -> int:
        gc.collect()
        counted = rtsys.get_allocation_stats()
        return counted.alloc - counted.free

    counting = _nrt_python.memsys_stats_enabled()
    _nrt_python.memsys_enable_stats()
    yield there
    if not counting:
        _nrt_python.memsys_disable_stats()


@pytest.mark.parametrize("gross", [False, True])
@pytest.mark.parametrize("listed", [False, True])
def test_arrays_that_kernels_make_on_the_way_to_an_answer_go_with_it(arrays_of_kernels, monkeypatch, gross, listed):
    checks = checks_on([{JUNE: 2, EURO: 3}, {JULY: 1}, {}], WIDE, gross=gross, cash=90_000)
    monkeypatch.setattr(pre_trade, "OrderCase", None)
    held = held_by([(0, [(JULY, 2)], False), (1, [(CALL, 1)], False)])
    everywhere = checks.beside(held)
    asked = Request(1, "A0", orders_of([(JUNE, 1), (CALL, 2)]), with_curve=False)

    def ask(number: int) -> None:
        again = (9 + number).to_bytes(16, "big")
        held.hold(Reserve(again, "client", "A1", orders_of([(EURO, 1)]), False, 1))
        checks.make_ready(held)
        working = None if listed else everywhere.working("A0")
        assert checks.check(asked, working, everywhere, briefly=True).verdict is Verdict.PASSES
        held.cancel(again)

    ask(0)
    before = arrays_of_kernels()
    for number in range(1, 50):
        ask(number)
    assert arrays_of_kernels() == before
