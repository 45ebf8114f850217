"""What frees margin: exact changes of margin for one contract more and less, and trades that free it."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.freeing import Worth, free, search
from engine.instruments import Contract
from engine.numbers import MONEY, NOT_COMPUTABLE, RATIO
from engine.span.arrays import Batch, SpanTable
from engine.span.conventions import convention_of, named_convention
from engine.span.reading import read_parameters
from engine.span.requirement import margin
from engine.variations import Variations
from tests.engine.desks import EURO, JULY, JUNE, SmallDesk, small_parameters
from tests.engine.span.books import batch_of_books
from tests.engine.span.small_market import (
    SmallCommodity,
    SmallContract,
    SmallMarket,
    linear,
    parameters_of,
    tier_spread,
)

SAMPLE = Path(__file__).parents[2] / "resources" / "sample" / "market.spn"
SIZES = st.integers(-300, 300).filter(bool)
BOOKS = st.dictionaries(st.integers(0, 10_000), SIZES, min_size=1, max_size=14)


@pytest.fixture(scope="module")
def sample():
    parameters = read_parameters(SAMPLE)
    return SpanTable(parameters, named_convention("CME"))


@pytest.fixture(scope="module")
def real(takas):
    return SpanTable(takas, named_convention("TAKASBANK"))


def book_of(table, picks):
    rows = np.flatnonzero(table.usable)
    book = {}
    for pick, quantity in picks.items():
        book[str(table.parameters.contract(rows[pick % len(rows)]))] = quantity
    return book


def worth_of(table, currency="USD"):
    return Worth.at_settlement(table.parameters, table, currency)


def freeing_of(table, book, currency="USD"):
    return free("A", table, batch_of_books(table, [book]), worth_of(table, currency))


def needs(table, book, currency="USD"):
    """The account's margin the plain way: the whole of it, in one currency."""
    totals = margin(table, batch_of_books(table, [book])).totals
    return worth_of(table, currency).totals(totals.requirement, table.currencies)[0]


def after(book, contract, quantity):
    return {**book, str(contract): book.get(str(contract), 0) + quantity}


def assert_exact(table, book, currency):
    result = freeing_of(table, book, currency)
    before = needs(table, book, currency)
    assert result.margin == before
    assert set(map(str, result.more)) == set(map(str, result.less)) == set(book)
    for changes, step in ((result.more, 1), (result.less, -1)):
        for contract, change in changes.items():
            assert change == needs(table, after(book, contract, step), currency) - before
    for trade in result.trades:
        assert trade.freed == before - needs(table, after(book, trade.contract, trade.quantity), currency) > 0
        assert trade.available == trade.freed - trade.premium > 0


@given(picks=BOOKS)
def test_every_figure_is_margin_before_less_margin_after_on_the_sample_market(sample, picks):
    assert_exact(sample, book_of(sample, picks), "USD")


@given(picks=BOOKS)
def test_every_figure_is_margin_before_less_margin_after_on_the_real_file(real, picks):
    assert_exact(real, book_of(real, picks), "TRY")


@given(picks=BOOKS)
def test_closing_never_flips_a_position_and_the_best_trade_comes_first(sample, picks):
    book = book_of(sample, picks)
    result = freeing_of(sample, book)
    for trade in result.trades:
        if str(trade.reason).startswith("closes"):
            held = book[str(trade.contract)]
            assert abs(held + trade.quantity) < abs(held)
            assert (held + trade.quantity) * held >= 0
    ratios = [trade.ratio for trade in result.trades]
    assert ratios == sorted(ratios, reverse=True)
    assert len({(trade.contract, trade.quantity > 0) for trade in result.trades}) == len(result.trades)


@given(picks=BOOKS, tried=BOOKS)
def test_a_variation_needs_what_the_whole_account_with_the_trade_needs(real, picks, tried):
    book, trades = book_of(real, picks), book_of(real, tried)
    rows = np.array([real.parameters.find(Contract.parse(name)) for name in trades])
    changes = np.array(list(trades.values()))
    got = np.concatenate(list(Variations(real, batch_of_books(real, [book])).after(rows, changes)))
    for name, quantity, amounts in zip(trades, changes.tolist(), got.tolist(), strict=True):
        whole = margin(real, batch_of_books(real, [after(book, name, quantity)]))
        assert amounts == whole.totals.requirement[0].tolist()


def test_variations_come_in_slices_of_bounded_work(sample, monkeypatch):
    book = {str(sample.parameters.contract(row)): 1 for row in np.flatnonzero(sample.usable)[:60]}
    batch = batch_of_books(sample, [book])
    whole = list(Variations(sample, batch).after(batch.rows, np.ones(60, dtype=np.int64)))
    monkeypatch.setattr("engine.variations.SLICE", 20)
    sliced = list(Variations(sample, batch).after(batch.rows, np.ones(60, dtype=np.int64)))
    assert len(whole) == 1 < len(sliced)
    assert np.array_equal(np.concatenate(sliced), whole[0])


FUTURES = tuple(SmallContract(month, linear(300), price="100") for month in ("202606", "202607"))


def small_table(*commodities, **more):
    return SpanTable(parameters_of(SmallMarket("NSE", commodities, **more)), convention_of("NSE"))


def reasons(result):
    return {(str(trade.contract), trade.quantity): str(trade.reason) for trade in result.trades}


def test_closing_all_of_a_position_is_preferred_where_every_part_frees_as_much():
    result = freeing_of(small_table(SmallCommodity("A", FUTURES, multiplier="10")), {JUNE: 8})
    (first, *_) = [trade for trade in result.trades if str(trade.contract) == JUNE]
    assert (first.quantity, str(first.reason)) == (-8, "closes the position")
    assert (first.freed, first.notional, first.premium) == (2400 * MONEY, 8000 * MONEY, 0)
    assert first.ratio == 3 * RATIO // 10


def test_one_more_and_one_less_are_changes_of_margin():
    result = freeing_of(small_table(SmallCommodity("A", FUTURES)), {JUNE: 8})
    assert list(result.more.values()) == [300 * MONEY]
    assert list(result.less.values()) == [-300 * MONEY]


def test_another_month_against_the_net_delta_is_proposed():
    spread = tier_spread(1, "40", ("A", 0, "A", "1"), ("A", 0, "B", "1"))
    result = freeing_of(small_table(SmallCommodity("A", FUTURES, spreads=(spread,))), {JUNE: 4})
    assert reasons(result)[JULY, -4] == "opposite month of A"
    (trade,) = [trade for trade in result.trades if str(trade.contract) == JULY]
    assert trade.freed == (4 * 300 - 4 * 40) * MONEY


def test_the_future_of_a_linked_commodity_is_proposed_on_the_side_of_the_spread():
    spread = tier_spread(3, "0.9", ("A", 0, "A", "1"), ("B", 0, "B", "2"), method="W")
    small = SmallContract("202606", linear(30), price="10")
    table = small_table(SmallCommodity("A", FUTURES), SmallCommodity("B", (small,)), inter_spreads=(spread,))
    assert reasons(freeing_of(table, {JUNE: 4}))["X:B:FUT:202606", -8] == "credit with A, spread 3"


def test_an_option_further_out_that_caps_a_short_one_is_proposed():
    steep = tuple(str(loss) for loss in (0, 0, 90, 90, 0, 0, 180, 180, 0, 0, 270, 270, 0, 0, 800, 0))
    shallow = tuple(str(loss) for loss in (0, 0, 20, 20, 0, 0, 90, 90, 0, 0, 180, 180, 0, 0, 700, 0))
    short = SmallContract("202606", tuple(f"-{loss}" for loss in steep), "0.4", "7", "C", "100")
    cap = SmallContract("202606", tuple(f"-{loss}" for loss in shallow), "0.2", "1", "C", "110")
    table = small_table(SmallCommodity("A", (*FUTURES, short, cap)))
    result = freeing_of(table, {"X:A:OOP:202606:C:100": -5})
    (trade,) = [trade for trade in result.trades if trade.contract.strike == 110 * 10**8]
    assert (trade.quantity, str(trade.reason)) == (5, "caps 5 short A C 100 2026-06")
    assert (trade.freed, trade.premium, trade.notional) == ((5 * 700 + 5) * MONEY, 5 * MONEY, 5 * MONEY)
    assert trade.ratio == 700 * RATIO


def test_premium_that_only_pays_for_itself_frees_nothing():
    call = SmallContract("202606", ("0",) * 16, "0.4", "7", "C", "100")
    table = small_table(SmallCommodity("A", (*FUTURES, call)))
    assert not [trade for trade in freeing_of(table, {JUNE: 1}).trades if trade.contract.right]


def test_a_contract_without_a_value_is_not_proposed():
    worthless = SmallContract("202606", linear(300), price="0")
    result = freeing_of(small_table(SmallCommodity("A", (worthless,))), {JUNE: 3})
    assert result.trades == ()
    assert list(result.less.values()) == [-300 * MONEY]


def test_a_margin_without_conversion_is_not_computable_and_ranks_nothing():
    table = small_table(SmallCommodity("A", FUTURES), SmallCommodity("E", FUTURES, currency="EUR"))
    result = freeing_of(table, {JUNE: 3, EURO: 2})
    assert (result.margin, result.trades) == (NOT_COMPUTABLE, ())
    assert set(result.more.values()) == {NOT_COMPUTABLE}


def test_amounts_are_in_the_accounts_own_currency():
    table = SpanTable(small_parameters(), convention_of("NSE"))
    result = freeing_of(table, {JUNE: 1, EURO: 4})
    assert result.margin == (300 + 4 * 625) * MONEY
    assert {str(contract): change for contract, change in result.less.items()} == {
        JUNE: -300 * MONEY,
        EURO: -625 * MONEY,
    }


def test_a_desk_uses_its_newest_prices():
    desk = SmallDesk()
    row = desk.account("A", cash=1)
    desk.hold(row, JUNE, 1)
    desk.quote(JUNE, 120)
    worth = Worth.on_desk(desk.state(), row)
    assert worth.value(desk.universe.column(Contract.parse(JUNE)), 2) == 2 * 120 * 10 * MONEY
    assert worth.value(desk.universe.column(Contract.parse(JULY)), 2) == 2 * 100 * 10 * MONEY


def test_a_flat_account_frees_nothing():
    table = small_table(SmallCommodity("A", FUTURES))
    for batch in (
        batch_of_books(table, [{JUNE: 0}]),
        Batch(*(np.array(part, dtype=np.int64) for part in ([0, 0], [], []))),
    ):
        result = free("A", table, batch, worth_of(table))
        assert (result.margin, result.more, result.trades) == (0, {}, ())


def test_a_search_stops_between_steps(sample):
    batch = batch_of_books(sample, [{str(sample.parameters.contract(0)): 3}])
    steps = search("A", sample, batch, worth_of(sample))
    pauses = 0

    def run():
        nonlocal pauses
        try:
            while True:
                next(steps)
                pauses += 1
        except StopIteration as end:
            return end.value

    assert run() == free("A", sample, batch, worth_of(sample))
    assert pauses >= 3
