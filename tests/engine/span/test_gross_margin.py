"""Gross-margined accounts: longs and shorts scanned apart, no spreads (SPAN algorithm, step 0)."""

import random
from fractions import Fraction

import numpy as np
import pytest

from engine.instruments import Contract
from engine.numbers import DELTA, MONEY
from engine.span.arrays import Batch, SpanTable
from engine.span.conventions import convention_of, named_convention
from engine.span.reading import read_parameters
from engine.span.requirement import Margins, margin
from engine.span.requirements import requirements
from tests.engine.span.books import FIGURES, TOTALS, Book
from tests.engine.span.many_rate_sets import SAMPLE
from tests.engine.span.plain_span import PlainSpan
from tests.engine.span.small_market import (
    SmallCommodity,
    SmallContract,
    SmallMarket,
    linear,
    parameters_of,
    tier_spread,
)
from tests.engine.span.test_margin import plain_key

Sides = tuple[Book, Book]
JUNE, JULY, OTHER = "X:A:FUT:202606", "X:A:FUT:202607", "X:B:FUT:202606"
CALL, PUT = "X:A:OOP:202606:C:100", "X:A:OOP:202606:P:100"


def batch_of_sides(table: SpanTable, accounts: list[Sides | Book]) -> Batch:
    """Gross-margined accounts (longs, shorts) and net ones (a book), as they come."""
    starts, middles, rows, quantities = [0], [], [], []
    for account in accounts:
        sides = account if isinstance(account, tuple) else (account,)
        for number, side in enumerate(sides):
            if number == 1:
                middles.append(len(rows))
            held = sorted((table.parameters.find(Contract.parse(name)), quantity) for name, quantity in side.items())
            rows += [row for row, _ in held]
            quantities += [quantity for _, quantity in held]
        if len(sides) == 1:
            middles.append(-1)
        starts.append(len(rows))
    return Batch(*(np.array(column, dtype=np.int64) for column in (starts, rows, quantities, middles)))


def totals_of(result: Margins, account: int) -> dict[str, dict[str, Fraction]]:
    return {
        currency: {name: Fraction(int(getattr(result.totals, name)[account, column]), MONEY) for name in TOTALS}
        for column, currency in enumerate(result.currencies)
        if result.totals.present[account, column]
    }


def sides_of(
    table: SpanTable, result: Margins, account: int, middle: int
) -> list[dict[str, dict[str, Fraction | int]]]:
    """Figures of each commodity of the long and of the short side."""
    sides: list[dict[str, dict[str, Fraction | int]]] = [{}, {}]
    for pair in np.flatnonzero(result.commodities.account == account):
        code = table.parameters.commodities[result.commodities.commodity[pair]].code
        figures = {name: Fraction(int(getattr(result.commodities, name)[pair]), MONEY) for name in FIGURES}
        figures["net_delta"] = Fraction(int(result.commodities.net_delta[pair]), DELTA)
        figures["active_scenario"] = int(result.commodities.active_scenario[pair])
        sides[int(result.sums.starts[pair] >= middle)][code] = figures
    return sides


def random_sides(table: SpanTable, seed: int, count: int) -> list[Sides]:
    """Books of 1 to 30 contracts, a third of them held on both sides."""
    rng = random.Random(seed)
    names = [str(table.parameters.contract(row)) for row in np.flatnonzero(table.usable)]
    books = []
    for _ in range(count):
        picked = rng.sample(names, rng.choice([1, 2, 5, 12, 30]))
        longs = {name: rng.choice([1, 7, 100]) for name in picked if rng.random() < 0.67}
        shorts = {name: -rng.choice([1, 3, 51]) for name in picked if name not in longs or rng.random() < 0.33}
        books.append((longs, shorts))
    return books


def assert_sides_agree(table: SpanTable, plain: PlainSpan, accounts: list[Sides]) -> None:
    batch = batch_of_sides(table, accounts)
    result = margin(table, batch)
    for account, sides in enumerate(accounts):
        keyed = [{plain_key(name): quantity for name, quantity in side.items()} for side in sides]
        expected, totals = plain.gross_account(*keyed)
        found = sides_of(table, result, account, int(batch.middles[account]))
        for mine, wanted in zip(found, expected, strict=True):
            assert set(mine) == set(wanted)
            for code, figures in mine.items():
                assert figures == {name: wanted[code][name] for name in figures}, (code, sides)
        assert totals_of(result, account) == totals, sides


def test_random_gross_books_on_the_real_file_agree_with_the_plain_computation(takas, takas_file):
    table = SpanTable(takas, named_convention("TAKASBANK"))
    assert_sides_agree(table, PlainSpan(takas_file, "TAKASBANK"), random_sides(table, 1, 40))


@pytest.mark.parametrize("convention", ["CME", "KDPW"])
def test_random_gross_books_on_the_sample_market_agree_with_the_plain_computation(convention):
    table = SpanTable(read_parameters(SAMPLE), named_convention(convention))
    assert_sides_agree(table, PlainSpan(SAMPLE, convention), random_sides(table, 2, 40))


@pytest.fixture(scope="module")
def sample():
    return SpanTable(read_parameters(SAMPLE), named_convention("NSE"))


def test_the_requirements_of_a_large_batch_are_those_of_the_whole_calculation(sample):
    gross = random_sides(sample, 3, 60)
    accounts = [sides if number % 2 else {**sides[1], **sides[0]} for number, sides in enumerate(gross)]
    batch = batch_of_sides(sample, accounts)
    for name, column in requirements(sample, batch)._asdict().items():
        assert np.array_equal(column, getattr(margin(sample, batch).totals, name)), name


def test_a_net_account_costs_the_same_beside_gross_ones(sample):
    gross = random_sides(sample, 4, 3)
    book = {**gross[0][1], **gross[0][0]}
    alone = totals_of(margin(sample, batch_of_sides(sample, [book])), 0)
    assert totals_of(margin(sample, batch_of_sides(sample, [gross[1], book, gross[2]])), 1) == alone


def test_gross_needs_what_both_sides_need_alone(sample):
    """With no spreads to form, an account of one side is the same net as gross."""
    for longs, shorts in random_sides(sample, 5, 20):
        whole = margin(sample, batch_of_sides(sample, [(longs, shorts)])).totals
        parts = margin(sample, batch_of_sides(sample, [(longs, {}), ({}, shorts)])).totals
        assert np.array_equal(whole.risk[0], parts.risk.sum(axis=0))
        assert np.array_equal(whole.net_option_value[0], parts.net_option_value.sum(axis=0))


@pytest.fixture(scope="module")
def small():
    """A with a calendar of 40, a credit of half the risk against B, options with a minimum of 20."""
    options = (SmallContract("202606", linear(120), "0.4", "7", "C", "100"),)
    options += (SmallContract("202606", linear(-120), "-0.4", "7", "P", "100"),)
    months = tuple(SmallContract(month, linear(300)) for month in ("202606", "202607"))
    calendar = tier_spread(1, "40", ("A", 0, "A", "1"), ("A", 0, "B", "1"))
    first = SmallCommodity(
        "A", (*months, *options), minimum="20", spreads=(calendar,), delivery=(("202606", "3", "5"),)
    )
    second = SmallCommodity("B", (SmallContract("202606", linear(200)),))
    credit = tier_spread(1, "0.5", ("A", 0, "A", "1"), ("B", 0, "B", "1"), method="W")
    market = SmallMarket("NSE", (first, second), inter_spreads=(credit,))
    return SpanTable(parameters_of(market), convention_of("NSE"))


def figures(table: SpanTable, longs: Book, shorts: Book) -> tuple[list[dict[str, dict[str, Fraction | int]]], Fraction]:
    batch = batch_of_sides(table, [(longs, shorts)])
    result = margin(table, batch)
    (totals,) = totals_of(result, 0).values()
    return sides_of(table, result, 0, int(batch.middles[0])), totals["requirement"]


def test_ten_long_and_four_short_of_one_contract_are_scanned_on_both_sides(small):
    (longs, shorts), requirement = figures(small, {JULY: 10}, {JULY: -4})
    assert (longs["A"]["scan_risk"], shorts["A"]["scan_risk"], requirement) == (3000, 1200, 4200)


def test_a_calendar_of_longs_and_shorts_is_neither_netted_nor_charged(small):
    (longs, shorts), requirement = figures(small, {JULY: 10}, {JUNE: -10})
    assert longs["A"]["intra_commodity_charge"] == shorts["A"]["intra_commodity_charge"] == 0
    # June is in delivery: 10 deltas left at 5.
    assert (shorts["A"]["delivery_charge"], requirement) == (50, 6050)


def test_two_commodities_on_opposite_sides_earn_no_credit(small):
    sides, requirement = figures(small, {JULY: 10}, {OTHER: -10})
    assert [side[code]["inter_commodity_credit"] for side, code in zip(sides, "AB", strict=True)] == [0, 0]
    assert requirement == 5000


def test_long_options_of_opposite_deltas_form_no_spread(small):
    (longs, _), _ = figures(small, {CALL: 10, PUT: 10, JULY: 1}, {})
    assert longs["A"]["intra_commodity_charge"] == 0


def test_longs_of_two_commodities_earn_no_credit_by_their_puts(small):
    (longs, _), _ = figures(small, {PUT: 100, OTHER: 10}, {})
    assert longs["A"]["inter_commodity_credit"] == longs["B"]["inter_commodity_credit"] == 0


def test_option_value_is_that_of_both_sides_and_the_minimum_that_of_the_shorts(small):
    (longs, shorts), requirement = figures(small, {CALL: 5}, {CALL: -3})
    assert (longs["A"]["net_option_value"], shorts["A"]["net_option_value"]) == (35, -21)
    assert (longs["A"]["short_option_minimum"], shorts["A"]["short_option_minimum"]) == (0, 60)
    # Long calls risk at most what they are worth; June's deltas are charged for delivery on the short side.
    assert (longs["A"]["risk"], shorts["A"]["risk"], requirement) == (35, 366, 35 + 366 - 14)
