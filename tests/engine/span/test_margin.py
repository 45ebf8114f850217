"""The kernels against an independent plain re-computation, and what must hold of every book."""

import random
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.instruments import Contract
from engine.numbers import NOT_COMPUTABLE
from engine.span.arrays import Batch, SpanTable
from engine.span.conventions import convention_of, named_convention
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


def small_table(*commodities, **more):
    return SpanTable(parameters_of(SmallMarket("NSE", commodities, **more)), convention_of("NSE"))


MONTHS = ("202606", "202607", "202608")
FUTURES = tuple(SmallContract(month, linear(300)) for month in MONTHS)


def test_a_three_legged_spread_consumes_every_leg():
    butterfly = period_spread(1, "50", ("A", "202606", "A", "1"), ("A", "202607", "B", "2"), ("A", "202608", "A", "1"))
    table = small_table(SmallCommodity("A", FUTURES, spreads=(butterfly,)))
    book = {"X:A:FUT:202606": 3, "X:A:FUT:202607": -4, "X:A:FUT:202608": 2}
    assert margin_of(table, book).commodities["A"]["intra_commodity_charge"] == 100


def test_contract_spreads_come_before_tier_spreads():
    by_tier = tier_spread(1, "80", ("A", 0, "A", "1"), ("A", 0, "B", "1"))
    by_month = period_spread(2, "10", ("A", "202606", "A", "1"), ("A", "202607", "B", "1"))
    table = small_table(SmallCommodity("A", FUTURES, spreads=(by_tier, by_month)))
    book = {"X:A:FUT:202606": 5, "X:A:FUT:202607": -5}
    assert margin_of(table, book).commodities["A"]["intra_commodity_charge"] == 50


def test_spreads_within_a_tier_are_formed_before_those_of_lower_priority():
    tiers = ((1, "202606", "202607"), (2, "202608", "202608"))
    near = tier_spread(1, "20", ("A", 1, "A", "1"), ("A", 1, "B", "1"))
    across = tier_spread(2, "60", ("A", 1, "A", "1"), ("A", 2, "B", "1"))
    table = small_table(SmallCommodity("A", FUTURES, spreads=(near, across), tiers=tiers))
    book = {"X:A:FUT:202606": 5, "X:A:FUT:202607": -2, "X:A:FUT:202608": -3}
    assert margin_of(table, book).commodities["A"]["intra_commodity_charge"] == 2 * 20 + 3 * 60


def test_a_weighted_intra_spread_charges_a_share_of_the_weighted_price_risk():
    spread = tier_spread(1, "0.5", ("A", 0, "A", "1"), ("A", 0, "B", "1"), method="W")
    table = small_table(SmallCommodity("A", FUTURES, spreads=(spread,)))
    figures = margin_of(table, {"X:A:FUT:202606": 5, "X:A:FUT:202607": -2}).commodities["A"]
    assert figures["weighted_price_risk"] == 300
    assert figures["intra_commodity_charge"] == 2 * 150


@pytest.mark.parametrize(
    ("book", "charge"),
    [
        ({"202606": 3, "202607": -3}, 3 * (10 + 4)),
        ({"202606": 3, "202608": -3}, 3 * (10 + 2 * 4)),
        # The nearest months go first: two spreads of a month each, and one of two.
        ({"202606": 3, "202607": -2, "202608": -5}, 2 * (10 + 4) + 1 * (10 + 2 * 4)),
        ({"202606": -1, "202607": -1, "202608": 2}, (10 + 2 * 4) + (10 + 4)),
    ],
)
def test_a_spread_by_month_charges_its_rate_and_one_for_each_month_its_legs_are_apart(book, charge):
    spread = tier_spread(1, "10", ("A", 0, "A", "1"), ("A", 0, "B", "1"), method="P", month_rate="4")
    table = small_table(SmallCommodity("A", FUTURES, spreads=(spread,)))
    held = {f"X:A:FUT:{month}": quantity for month, quantity in book.items()}
    assert margin_of(table, held).commodities["A"]["intra_commodity_charge"] == charge


def test_a_spread_by_month_with_ratios_counts_months_by_spreads():
    spread = tier_spread(1, "0", ("A", 0, "A", "1"), ("A", 0, "B", "2"), method="P", month_rate="1")
    table = small_table(SmallCommodity("A", FUTURES, spreads=(spread,)))
    book = {"X:A:FUT:202606": 3, "X:A:FUT:202607": -2, "X:A:FUT:202608": -4}
    assert margin_of(table, book).commodities["A"]["intra_commodity_charge"] == 1 * 1 + 2 * 2


def test_legs_with_rates_of_their_own_are_charged_at_the_mean():
    spread = tier_spread(1, "10", ("A", 0, "A", "1"), ("A", 0, "B", "1"), own="25")
    table = small_table(SmallCommodity("A", FUTURES, spreads=(spread,)))
    book = {"X:A:FUT:202606": 5, "X:A:FUT:202607": -2}
    assert margin_of(table, book).commodities["A"]["intra_commodity_charge"] == 35


def test_a_mean_of_rates_that_is_no_decimal_number_is_exact():
    legs = (("A", "202606", "A", "1"), ("A", "202607", "B", "2"), ("A", "202608", "A", "1"))
    spread = period_spread(1, "10", *legs).replace("<i>2</i>", "<i>2</i><rate><r>1</r><val>11</val></rate>")
    table = small_table(SmallCommodity("A", FUTURES, spreads=(spread,)))
    book = {"X:A:FUT:202606": 300, "X:A:FUT:202607": -600, "X:A:FUT:202608": 300}
    assert margin_of(table, book).commodities["A"]["intra_commodity_charge"] == 300 * Fraction(31, 3)


def test_a_flat_credit_is_shared_equally_by_the_commodities():
    spread = tier_spread(1, "90", ("A", 0, "A", "1"), ("B", 0, "B", "2"), method="F")
    table = small_table(SmallCommodity("A", FUTURES), SmallCommodity("B", FUTURES), inter_spreads=(spread,))
    result = margin_of(table, {"X:A:FUT:202606": 2, "X:B:FUT:202606": -4})
    assert [result.commodities[code]["inter_commodity_credit"] for code in "AB"] == [90, 90]


def test_a_three_legged_inter_spread_needs_every_leg_on_its_side():
    spread = tier_spread(1, "0.5", ("A", 0, "A", "1"), ("B", 0, "B", "1"), ("C", 0, "B", "1"), method="W")
    table = small_table(*(SmallCommodity(code, FUTURES) for code in "ABC"), inter_spreads=(spread,))
    book = {"X:A:FUT:202606": 2, "X:B:FUT:202606": -2}
    assert margin_of(table, book).commodities["A"]["inter_commodity_credit"] == 0
    formed = margin_of(table, {**book, "X:C:FUT:202606": -1})
    assert formed.commodities["A"]["inter_commodity_credit"] == 150


@pytest.mark.parametrize(("method", "expected"), [("GROSS", 700), ("MAX", 500)])
def test_the_short_option_minimum_counts_both_sides_or_the_larger(method, expected):
    zeros = ("0",) * 16
    call = SmallContract("202606", zeros, "0.5", "1", "C", "100")
    put = SmallContract("202606", zeros, "-0.5", "1", "P", "100")
    table = small_table(SmallCommodity("A", (*FUTURES, call, put), minimum="100", minimum_method=method))
    book = {"X:A:OOP:202606:C:100": -5, "X:A:OOP:202606:P:100": -2}
    assert margin_of(table, book).commodities["A"]["short_option_minimum"] == expected


def test_long_premium_options_alone_risk_no_more_than_their_value():
    call = SmallContract("202606", ("900",) * 16, "0.5", "7", "C", "100")
    table = small_table(SmallCommodity("A", (*FUTURES, call)))
    figures = margin_of(table, {"X:A:OOP:202606:C:100": 2}).commodities["A"]
    assert (figures["scan_risk"], figures["risk"]) == (1800, 14)


def test_futures_style_options_have_no_option_value():
    call = SmallContract("202606", ("900",) * 16, "0.5", "7", "C", "100")
    table = small_table(SmallCommodity("A", (*FUTURES, call), valuation="FUT"))
    figures = margin_of(table, {"X:A:OOP:202606:C:100": 2}).commodities["A"]
    assert (figures["net_option_value"], figures["risk"]) == (0, 1800)


def test_a_cap_limits_option_value_commodity_by_commodity():
    call = SmallContract("202606", ("1",) * 16, "0.5", "500", "C", "100")
    rich = SmallCommodity("A", (*FUTURES, call), cap=True)
    table = small_table(rich, SmallCommodity("B", FUTURES))
    result = margin_of(table, {"X:A:OOP:202606:C:100": 2, "X:B:FUT:202606": 1})
    assert result.totals["USD"]["requirement"] == 300
    assert result.totals["USD"]["excess_option_value"] == 998


@pytest.mark.parametrize(("method", "expected"), [("NORMAL", 300), ("SCANRANGE_CAP", 250), ("SCANRANGE", 250)])
def test_the_weighted_price_risk_follows_the_files_method(method, expected):
    table = small_table(SmallCommodity("A", FUTURES, weighted=method, price_scan="250"))
    assert margin_of(table, {"X:A:FUT:202606": 4}).commodities["A"]["weighted_price_risk"] == expected


def test_a_delta_scale_counts_in_deltas_and_spreads():
    half = tuple(SmallContract(month, linear(300), scale="0.5") for month in MONTHS)
    spread = tier_spread(1, "100", ("A", 0, "A", "1"), ("A", 0, "B", "1"))
    table = small_table(SmallCommodity("A", half, spreads=(spread,)))
    figures = margin_of(table, {"X:A:FUT:202606": 5, "X:A:FUT:202607": -3}).commodities["A"]
    assert (figures["net_delta"], figures["intra_commodity_charge"]) == (1, 150)


def test_currencies_are_never_added_together():
    table = small_table(SmallCommodity("A", FUTURES), SmallCommodity("B", FUTURES, currency="EUR"))
    result = margin_of(table, {"X:A:FUT:202606": 1, "X:B:FUT:202606": 2})
    assert {code: totals["requirement"] for code, totals in result.totals.items()} == {"USD": 300, "EUR": 600}


def test_a_figure_that_would_overflow_is_not_computable_and_leaves_its_neighbours_alone():
    table = small_table(
        SmallCommodity("A", (SmallContract("202606", linear(1_000_000)),)), SmallCommodity("B", FUTURES)
    )
    rows = [table.parameters.find(Contract.parse(f"X:{code}:FUT:202606")) for code in "AB"]
    batch = Batch(np.array([0, 1, 2]), np.array(rows), np.array([10**9, 1]))
    totals = margin(table, batch).totals
    assert totals.requirement[0, 0] == NOT_COMPUTABLE
    assert totals.requirement[1, 0] == 300 * 10**6


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


def test_a_super_spread_is_formed_before_the_months_are_spread():
    calendar = tier_spread(1, "40", ("A", 0, "A", "1"), ("A", 0, "B", "1"))
    supers = tier_spread(1, "0.5", ("A", 0, "A", "1"), ("B", 0, "B", "1"), method="W")
    table = small_table(
        SmallCommodity("A", FUTURES, spreads=(calendar,)),
        SmallCommodity("B", FUTURES),
        extra=f"<superSpreads>{supers}</superSpreads>",
    )
    book = {"X:A:FUT:202606": 5, "X:A:FUT:202607": -2, "X:B:FUT:202606": -3}
    figures = margin_of(table, book).commodities["A"]
    assert figures["inter_commodity_credit"] == 3 * 150
    assert figures["intra_commodity_charge"] == 2 * 40


def test_delivery_charges_what_is_left_and_what_spreads_consumed():
    calendar = tier_spread(1, "40", ("A", 0, "A", "1"), ("A", 0, "B", "1"))
    spot = (("202606", "100", "250"),)
    table = small_table(SmallCommodity("A", FUTURES, spreads=(calendar,), delivery=spot))
    figures = margin_of(table, {"X:A:FUT:202606": 5, "X:A:FUT:202607": -2}).commodities["A"]
    assert figures["delivery_charge"] == 3 * 250 + 2 * 100
    assert figures["risk"] == figures["scan_risk"] + figures["intra_commodity_charge"] + figures["delivery_charge"]


def test_scan_tiers_are_scanned_apart_and_add_up():
    table = small_table(SmallCommodity("A", FUTURES, scan_tiers=((1, "202606", "202606"), (2, "202607", "202608"))))
    figures = margin_of(table, {"X:A:FUT:202606": 5, "X:A:FUT:202607": -2}).commodities["A"]
    assert figures["scan_risk"] == 7 * 300
