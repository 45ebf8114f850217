"""The kernels against an independent plain re-computation, and what must hold of every book."""

import random
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.instruments import Contract
from engine.span.arrays import Batch, SpanTable
from engine.span.conventions import named_convention
from engine.span.reading import read_parameters
from engine.span.requirement import margin
from engine.span.supported import refuse_unsupported
from tests.engine.span.books import FIGURES, Book, margin_of, margins_of
from tests.engine.span.plain_span import PlainSpan
from tests.engine.span.small_market import (
    SmallCommodity,
    SmallContract,
    SmallMarket,
    linear,
    parameters_of,
    period_spread,
    tier_spread,
    write,
)

SAMPLE = Path(__file__).parents[3] / "resources" / "sample" / "market.spn"
BOOKS = 150


def plain_key(name: str):
    contract = Contract.parse(name)
    strike = Fraction(contract.strike, 10**8) if contract.right else None
    return (contract.exchange, contract.product, contract.kind, contract.expiry, contract.right, strike)


def random_books(table: SpanTable, seed: int, count: int) -> list[Book]:
    """Books of 1 to 60 contracts, half of them futures, in sizes from 1 to 1,000."""
    rng = random.Random(seed)
    everything = [str(table.parameters.contract(row)) for row in np.flatnonzero(table.usable)]
    futures = [name for name in everything if ":FUT:" in name]
    books = []
    for _ in range(count):
        book: Book = {}
        for _ in range(rng.choice([1, 2, 3, 5, 10, 30, 60])):
            size = rng.choice([1, 2, 3, 7, 10, 51, 100, 333, 1000])
            book[rng.choice(futures if rng.random() < 0.5 else everything)] = size * rng.choice([1, -1])
        if rng.random() < 0.2:
            book = {name: abs(quantity) for name, quantity in book.items()}
        books.append(book)
    return books


def assert_agrees(table: SpanTable, plain: PlainSpan, books: list[Book]) -> None:
    for book, result in zip(books, margins_of(table, books), strict=True):
        commodities, totals = plain.account({plain_key(name): quantity for name, quantity in book.items()})
        assert set(result.commodities) == set(commodities)
        for code, expected in commodities.items():
            wanted = {name: expected[name] for name in (*FIGURES, "net_delta", "active_scenario")}
            assert result.commodities[code] == wanted, (code, book)
        assert result.totals == totals, book


def test_random_books_on_the_real_file_agree_with_the_plain_computation(takas, takas_file):
    table = SpanTable(takas, named_convention("TAKASBANK"))
    assert_agrees(table, PlainSpan(takas_file, "TAKASBANK"), random_books(table, 1, BOOKS))


@pytest.mark.parametrize("convention", ["CME", "KDPW", "NSE"])
def test_random_books_on_the_sample_market_agree_with_the_plain_computation(convention):
    table = SpanTable(read_parameters(SAMPLE), named_convention(convention))
    assert_agrees(table, PlainSpan(SAMPLE, convention), random_books(table, 2, BOOKS))


@pytest.fixture(scope="module")
def sample():
    return SpanTable(read_parameters(SAMPLE), named_convention("NSE"))


NAMES = st.integers(0, 10_000)
SIZES = st.integers(-500, 500).filter(bool)


@st.composite
def books(draw, largest=12):
    return draw(st.dictionaries(NAMES, SIZES, min_size=1, max_size=largest))


def named(table: SpanTable, picks: dict[int, int], futures_only: bool = False) -> Book:
    rows = np.flatnonzero(table.usable & ((table.right == 0) | (not futures_only)))
    book: Book = {}
    for pick, quantity in picks.items():
        name = str(table.parameters.contract(rows[pick % len(rows)]))
        book[name] = book.get(name, 0) + quantity
    return book


@given(picks=books(), times=st.integers(2, 9))
def test_n_times_a_futures_book_has_n_times_its_scan_risk(sample, picks, times):
    book = named(sample, picks, futures_only=True)
    once, often = margins_of(sample, [book, {name: times * quantity for name, quantity in book.items()}])
    for code, figures in once.commodities.items():
        # The sample's futures arrays are whole cents, so that nothing is rounded on the way.
        assert often.commodities[code]["scan_risk"] == times * figures["scan_risk"]


@given(picks=books(), seed=st.integers(0, 99))
def test_an_account_costs_the_same_whoever_else_is_in_the_batch(sample, picks, seed):
    book = named(sample, picks)
    others = random_books(sample, seed, 4)
    assert margins_of(sample, [*others[:2], book, *others[2:]])[2] == margin_of(sample, book)


@given(picks=books())
def test_splitting_a_position_over_rows_changes_nothing(sample, picks):
    book = named(sample, picks)
    whole = margin_of(sample, book)
    rows = sorted(sample.parameters.find(Contract.parse(name)) for name in book for _ in range(2))
    seen: dict[int, int] = {}
    quantities = []
    for row in rows:
        quantity = book[str(sample.parameters.contract(row))]
        quantities.append(quantity // 2 if row not in seen else quantity - quantity // 2)
        seen[row] = quantity
    split = margin(sample, Batch(*(np.array(column) for column in ([0, len(rows)], rows, quantities))))
    (totals,) = {tuple(split.totals.requirement[0])}
    assert sum(totals) == sum(int(one["requirement"] * 10**6) for one in whole.totals.values())


@given(picks=books())
def test_a_flat_book_needs_nothing(sample, picks):
    result = margin_of(sample, dict.fromkeys(named(sample, picks), 0))
    assert all(value == 0 for totals in result.totals.values() for value in totals.values())


@given(picks=books())
def test_a_requirement_is_never_negative_and_excess_only_where_nothing_is_required(sample, picks):
    for totals in margin_of(sample, named(sample, picks)).totals.values():
        assert totals["requirement"] >= 0
        assert totals["excess_option_value"] == 0 or totals["requirement"] == 0


@given(picks=books(largest=5), count=st.integers(1, 50))
def test_a_long_option_alone_never_needs_more_than_nothing(sample, picks, count):
    rows = np.flatnonzero(sample.is_premium)
    book = {str(sample.parameters.contract(rows[pick % len(rows)])): count for pick in picks}
    assert all(totals["requirement"] == 0 for totals in margin_of(sample, book).totals.values())


@given(picks=books(), pick=NAMES, count=st.integers(1, 20))
def test_a_long_option_never_raises_scan_risk_by_more_than_its_worst_loss(sample, picks, pick, count):
    rows = np.flatnonzero(sample.is_premium)
    row = rows[pick % len(rows)]
    book = named(sample, picks)
    option = str(sample.parameters.contract(row))
    more = {**book, option: book.get(option, 0) + count}
    code = sample.parameters.commodities[sample.commodity[row]].code
    before, after = margins_of(sample, [{**book, option: book.get(option, 0)}, more])
    worst = Fraction(int(sample.scenario[row].max()), 10**6) * count
    rounding = Fraction(1, 100)
    risen = after.commodities[code]["scan_risk"] - before.commodities[code]["scan_risk"]
    assert risen <= max(0, worst) + rounding


@given(picks=books())
def test_credits_never_exceed_the_scan_risk_they_are_given_on(sample, picks):
    for figures in margin_of(sample, named(sample, picks)).commodities.values():
        assert 0 <= figures["inter_commodity_credit"] <= figures["price_risk"] + Fraction(1, 2)


NEAR, FAR = (1, "202606", "202607"), (2, "202608", "202612")
EVERYTHING_MONTHS = ("202606", "202607", "202608", "202609", "202612")


def everything() -> SmallMarket:
    """A market that asks for every step at once: tiers of all kinds, delivery, super and inter-clearing spreads."""

    def commodity(code, price_scan, **more):
        futures = tuple(
            SmallContract(month, linear(price_scan * (1 - number / 10)), price="100")
            for number, month in enumerate(EVERYTHING_MONTHS)
        )
        options = tuple(
            SmallContract(month, linear(side * price_scan * 0.4), f"{side * 0.4137}", "7.5", right, strike)
            for month in ("202606", "202609")
            for right, side in (("C", 1), ("P", -1))
            for strike in ("95", "105")
        )
        within = tier_spread(1, "20", (code, 1, "A", "1"), (code, 1, "B", "1"), own="37.1" if code == "C" else "")
        across = tier_spread(2, "60.5", (code, 1, "A", "1"), (code, 2, "B", "1.25"), method="P", month_rate="3.17")
        beyond = tier_spread(3, "0.07", (code, 2, "A", "1.1"), (code, 2, "B", "1"), method="W")
        month = period_spread(
            1, "15", (code, "202607", "A", "1"), (code, "202608", "B", "1"), method="P", month_rate="2"
        )
        return SmallCommodity(
            code,
            (*futures, *options),
            multiplier="10",
            spreads=(within, across, beyond, month),
            tiers=(NEAR, FAR),
            scan_tiers=(NEAR, FAR),
            inter_tiers=(NEAR, FAR),
            minimum_tiers=(("202606", "202607", "25"), ("202608", "202612", "12.5")),
            delivery=(("202606", "110.25", "220.5"), ("202607", "0", "50")),
            **more,
        )

    codes = (("A", 300), ("B", 450), ("C", 120), ("D", 900))
    commodities = tuple(commodity(code, size, minimum_method="MAX" if code == "B" else "GROSS") for code, size in codes)
    supers = tier_spread(1, "0.7", ("A", 0, "A", "2"), ("C", 0, "B", "3"), method="W")
    flat = tier_spread(2, "12.34", ("A", 1, "A", "1"), ("D", 2, "B", "1"), method="F")
    tiered = tier_spread(3, "0.55", ("A", 2, "A", "1.5"), ("B", 1, "B", "1"), method="W")
    crush = tier_spread(1, "0.6", ("B", 0, "A", "10"), ("C", 0, "B", "11"), ("D", 0, "B", "9"), method="W")
    month = period_spread(4, "0.4", ("C", "202609", "A", "1"), ("D", "202606", "B", "1"))
    month = month.replace("<chargeMeth>F", "<chargeMeth>W")
    clearing = tier_spread(1, "0.3", ("C", 0, "A", "1"), ("D", 0, "B", "1"), method="W")
    extra = f"<superSpreads>{supers}</superSpreads><interClearSpreads>{clearing}</interClearSpreads>"
    return SmallMarket("NSE", commodities, inter_spreads=(flat, tiered, crush, month), extra=extra)


def test_random_books_on_a_market_with_every_step_agree_with_the_plain_computation(tmp_path):
    market = everything()
    parameters = parameters_of(market)
    refuse_unsupported(parameters)
    table = SpanTable(parameters, named_convention("NSE"))
    plain = PlainSpan(write(market, tmp_path / "everything.spn"), "NSE")
    books = random_books(table, 3, 400)
    assert_agrees(table, plain, books)
    results = margins_of(table, books)
    for figure in ("delivery_charge", "inter_commodity_credit", "intra_commodity_charge", "short_option_minimum"):
        assert sum(one[figure] > 0 for result in results for one in result.commodities.values()) > 50
