"""The margin explained: every amount is there, and amounts add up from the leaves to the requirement."""

import random
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from engine.numbers import MONEY
from engine.span import breakdown as module
from engine.span.arrays import SpanTable
from engine.span.breakdown import breakdown
from engine.span.conventions import convention_of, named_convention
from engine.span.reading import read_parameters
from engine.span.requirement import margin
from tests.engine.span.books import batch_of_books
from tests.engine.span.small_market import (
    SmallCommodity,
    SmallContract,
    SmallMarket,
    linear,
    parameters_of,
    tier_spread,
)

SAMPLE = Path(__file__).parents[3] / "resources" / "sample" / "market.spn"
BOOKS = 200
MONTHS = ("202606", "202607", "202608")
FUTURES = tuple(SmallContract(month, linear(300)) for month in MONTHS)
JUNE, JULY = "X:A:FUT:202606", "X:A:FUT:202607"
CALL = "X:A:OOP:202606:C:100"


def random_book(table, rng):
    """1 to 80 positions in a few neighbouring commodities, so that spreads form; now and then only long options."""
    usable = np.flatnonzero(table.usable)
    if rng.random() < 0.1:
        usable = np.flatnonzero(table.is_premium)
        sizes = [1, 5, 300]
    else:
        sizes = [-1000, -77, -9, -3, -1, 1, 2, 5, 40, 333]
    commodities = np.unique(table.commodity[usable])
    chosen = rng.sample(commodities.tolist(), k=min(len(commodities), rng.choice([1, 2, 3, 6, 12])))
    rows = usable[np.isin(table.commodity[usable], chosen)].tolist()
    picked = rng.sample(rows, k=min(len(rows), rng.choice([1, 2, 4, 10, 30, 80])))
    futures = [row for row in rows if not table.right[row]]
    picked += rng.sample(futures, k=min(len(futures), rng.choice([0, 2, 5])))
    return {str(table.parameters.contract(row)): rng.choice(sizes) for row in picked}


def everything(node):
    yield node
    for child in node.children:
        yield from everything(child)


def assert_adds_up(node):
    parts = [child.amount for child in node.children if child.amount is not None]
    assert not parts or sum(parts) == node.amount, str(node.label)
    assert node.amount is not None or not parts, str(node.label)
    for child in node.children:
        assert child.amount is None or child.currency == node.currency
        assert_adds_up(child)


def named(node, template):
    return [each for each in everything(node) if each.label.template == template]


def assert_explains(table, book):
    """The trees of a book add up, and hold every figure of its margin."""
    batch = batch_of_books(table, [book])
    result, trees = margin(table, batch), breakdown(table, batch)
    rows, totals = result.commodities, result.totals
    present = np.flatnonzero(totals.present[0])
    assert [tree.amount for tree in trees] == totals.requirement[0, present].tolist()
    for tree in trees:
        assert_adds_up(tree)
        assert not named(tree, "not broken down")
    lines = [line for tree in trees for line in everything(tree)]
    for template, figures, sign in (
        ("Scan risk, scenario {number}", result.tier_scan.risk, 1),
        ("Intra-commodity spread charge", rows.intra_commodity_charge, 1),
        ("Delivery charge", rows.delivery_charge, 1),
        ("Inter-commodity spread credit", rows.inter_commodity_credit, -1),
        ("{name}", rows.risk, 1),
    ):
        shown = [line.amount for line in lines if line.label.template == template and line.amount]
        assert Counter(shown) == Counter(sign * amount for amount in figures.tolist() if amount)
    scans = [line for line in lines if line.scenarios]
    assert Counter(str(leaf.contract) for scan in scans for leaf in scan.children if leaf.contract) == Counter(
        book.keys()
    )
    for scan in scans:
        worst = max(scan.scenarios)
        assert scan.scenarios[scan.active - 1] == worst
        assert worst == sum(leaf.amount for leaf in scan.children if leaf.contract)


def every_step():
    """Two linked commodities with scan tiers, months in delivery, minimum tiers, and spreads of every order."""
    months = ("202606", "202607", "202608", "202609")
    futures = tuple(SmallContract(month, linear(300 + number / 7), price="100") for number, month in enumerate(months))
    calls = tuple(SmallContract(month, linear(170), "0.61", "7.5", "C", "100") for month in months[:2])
    halves = ((1, "202606", "202607"), (2, "202608", "202609"))
    near = tier_spread(1, "20.123", ("A", 1, "A", "1"), ("A", 1, "B", "1"))
    across = tier_spread(2, "60", ("A", 1, "A", "1"), ("A", 2, "B", "1.5"))
    first = SmallCommodity(
        "A",
        (*futures, *calls),
        spreads=(near, across),
        tiers=halves,
        scan_tiers=halves,
        inter_tiers=halves,
        minimum_tiers=(("202606", "202606", "150"), ("202607", "202609", "90.5")),
        delivery=(("202606", "12.25", "700.33"), ("202607", "3", "0")),
    )
    above = tier_spread(1, "0.9", ("A", 1, "A", "2"), ("B", 0, "B", "1"), method="W")
    tiered = tier_spread(1, "0.75", ("A", 2, "A", "1"), ("B", 0, "B", "1"), method="W")
    flat = tier_spread(2, "33.4", ("A", 0, "A", "1"), ("B", 0, "A", "1"), method="F")
    return small_table(
        first,
        SmallCommodity("B", futures),
        inter_spreads=(tiered, flat),
        extra=f"<superSpreads>{above}</superSpreads>",
    )


def test_tiers_delivery_and_super_spreads_are_explained_exactly():
    table, rng = every_step(), random.Random(13)
    seen = set()
    for _ in range(BOOKS):
        book = random_book(table, rng)
        assert_explains(table, book)
        for tree in breakdown(table, batch_of_books(table, [book])):
            seen |= {line.label.template for line in everything(tree)}
    assert seen >= {
        "Scan risk of {count} tiers",
        "{month}: {delta} delta left at {rate}",
        "{month}: {delta} delta in spreads at {rate}",
        "Super spread {priority}: {legs}",
        "Inter-commodity spread credit",
        "Raised to the short option minimum",
    }


def test_a_month_in_delivery_shows_deltas_left_and_used_and_their_rates():
    spread = tier_spread(1, "40", ("A", 0, "A", "1"), ("A", 0, "B", "1"))
    commodity = SmallCommodity("A", FUTURES, spreads=(spread,), delivery=(("202606", "10", "25"),))
    charge = only(tree_of(small_table(commodity), {JUNE: 10, JULY: -4}), "Delivery charge")
    assert [(str(part.label), part.amount) for part in charge.children] == [
        ("202606: 6 delta left at 25", 150 * MONEY),
        ("202606: 4 delta in spreads at 10", 40 * MONEY),
    ]


@pytest.mark.parametrize("convention", ["CME", "KDPW"])
def test_every_amount_of_random_books_on_the_sample_market_is_explained_exactly(convention):
    table, rng = SpanTable(read_parameters(SAMPLE), named_convention(convention)), random.Random(11)
    for _ in range(BOOKS):
        assert_explains(table, random_book(table, rng))


def test_every_amount_of_random_books_on_the_real_file_is_explained_exactly(takas):
    table, rng = SpanTable(takas, named_convention("TAKASBANK")), random.Random(12)
    for _ in range(BOOKS):
        assert_explains(table, random_book(table, rng))


def small_table(*commodities, house="NSE", **more):
    return SpanTable(parameters_of(SmallMarket(house, commodities, **more)), convention_of(house))


def tree_of(table, book):
    assert_explains(table, book)
    (tree,) = breakdown(table, batch_of_books(table, [book]))
    return tree


def only(tree, template):
    (found,) = named(tree, template)
    return found


def sentences(node):
    return [str(child.label) for child in node.children]


def test_rounding_is_a_line_of_its_own():
    table = small_table(SmallCommodity("A", (SmallContract("202606", linear(300.004)),)))
    scan = only(tree_of(table, {JUNE: 2}), "Scan risk, scenario {number}")
    assert scan.amount == 600_010_000
    assert [(str(leaf.label), leaf.amount) for leaf in scan.children[1:]] == [("rounding", 2_000)]


def test_a_portfolio_that_only_gains_says_that_gains_do_not_count():
    table = small_table(SmallCommodity("A", (SmallContract("202606", ("-5",) * 16),)))
    tree = tree_of(table, {JUNE: 2})
    scan = only(tree, "Scan risk, scenario {number}")
    assert (tree.amount, scan.amount) == (0, 0)
    assert [leaf.amount for leaf in scan.children] == [-10 * MONEY, 10 * MONEY]
    assert sentences(scan) == ["+2 A 2026-06", "a gain does not count"]


def test_a_spread_shows_legs_deltas_rate_and_charge():
    spread = tier_spread(1, "40", ("A", 0, "A", "1"), ("A", 0, "B", "1"))
    charge = only(
        tree_of(small_table(SmallCommodity("A", FUTURES, spreads=(spread,))), {JUNE: 10, JULY: -4}),
        "Intra-commodity spread charge",
    )
    (line,) = charge.children
    assert (str(line.label), str(line.note), line.amount) == ("Spread 1: A 1 : A 1", "4 formed at 40", 160 * MONEY)
    assert sentences(line) == ["A: +4 delta", "A: -4 delta"]


def test_a_weighted_spread_shows_the_risk_its_rate_is_a_share_of():
    spread = tier_spread(1, "0.5", ("A", 0, "A", "1"), ("A", 0, "B", "1"), method="W")
    tree = tree_of(small_table(SmallCommodity("A", FUTURES, spreads=(spread,))), {JUNE: 5, JULY: -2})
    (line,) = only(tree, "Intra-commodity spread charge").children
    assert line.amount == 2 * 150 * MONEY
    assert str(line.note) == "2 formed at 0.5 of the weighted price risk 300.00"


def test_each_commodity_of_a_spread_shows_its_own_credit_and_the_other_legs_deltas():
    spread = tier_spread(1, "0.5", ("A", 0, "A", "1"), ("B", 0, "B", "2"), method="W")
    table = small_table(SmallCommodity("A", FUTURES), SmallCommodity("B", FUTURES), inter_spreads=(spread,))
    tree = tree_of(table, {JUNE: 2, "X:B:FUT:202606": -6})
    mine, other = named(tree, "Inter-commodity spread credit")
    assert {mine.amount, other.amount} == {-300 * MONEY, -600 * MONEY}
    first, second = next(credit for credit in (mine, other) if credit.amount == -300 * MONEY).children[0].children
    assert (str(first.label), first.amount) == ("A: +2 delta", -300 * MONEY)
    assert str(first.note) == "weighted price risk 300.00, ratio 1, rate 0.5"
    assert (str(second.label), second.amount) == ("B: -4 delta", None)


def test_a_rounded_credit_ends_in_a_rounding_line():
    spread = tier_spread(1, "0.333333", ("A", 0, "A", "1"), ("B", 0, "B", "1"), method="W")
    table = small_table(SmallCommodity("A", FUTURES), SmallCommodity("B", FUTURES), inter_spreads=(spread,))
    for credit in named(tree_of(table, {JUNE: 1, "X:B:FUT:202606": -1}), "Inter-commodity spread credit"):
        assert credit.amount == -100 * MONEY
        assert [str(line.label) for line in credit.children][1:] == ["rounding"]


NOTHING = ("0",) * 16
CHEAP = SmallContract("202606", NOTHING, "0.5", "7", "C", "100")


def test_the_raise_to_the_short_option_minimum_is_a_line_with_its_reason():
    tree = tree_of(small_table(SmallCommodity("A", (*FUTURES, CHEAP), minimum="100")), {CALL: -5})
    line = only(tree, "Raised to the short option minimum")
    assert line.amount == 500 * MONEY
    assert str(line.note) == "500.00: 5 short calls, 0 short puts at 100"


def test_a_minimum_that_is_not_reached_is_named_and_adds_nothing():
    tree = tree_of(small_table(SmallCommodity("A", (*FUTURES, CHEAP), minimum="20")), {JUNE: 9, CALL: -3})
    line = only(tree, "Short option minimum {amount}, not reached")
    assert (str(line.label), line.amount) == ("Short option minimum 60.00, not reached", None)
    assert str(line.note) == "3 short calls, 0 short puts at 20"


def test_credits_beyond_the_minimum_do_not_take_a_risk_below_zero():
    spread = tier_spread(1, "3", ("A", 0, "A", "1"), ("B", 0, "B", "1"), method="W")
    table = small_table(SmallCommodity("A", FUTURES), SmallCommodity("B", FUTURES), inter_spreads=(spread,))
    floors = named(tree_of(table, {JUNE: 1, "X:B:FUT:202606": -1}), "a risk is never below zero")
    assert [floor.amount for floor in floors] == [600 * MONEY] * 2


def test_long_options_are_limited_to_their_value_and_use_it_up():
    costly = SmallContract("202606", ("900",) * 16, "0.5", "7", "C", "100")
    tree = tree_of(small_table(SmallCommodity("A", (*FUTURES, costly))), {CALL: 2})
    assert only(tree, "no more than the options are worth").amount == (14 - 1800) * MONEY
    assert tree.amount == 0


def test_the_premium_cap_is_a_line_under_the_option_value():
    rich = SmallContract("202606", ("1",) * 16, "0.5", "500", "C", "100")
    table = small_table(SmallCommodity("A", (*FUTURES, rich), cap=True), SmallCommodity("B", FUTURES))
    tree = tree_of(table, {CALL: 2, "X:B:FUT:202606": 1})
    value = only(tree, "Net option value")
    assert (value.amount, tree.amount) == (-2 * MONEY, 300 * MONEY)
    assert [(str(line.label), line.amount) for line in value.children] == [
        ("+2 A C 100 2026-06", -1000 * MONEY),
        ("premium cap, A", 998 * MONEY),
    ]


def test_option_value_beyond_the_risk_is_a_line_of_the_requirement():
    rich = SmallContract("202606", ("1",) * 16, "0.5", "500", "C", "100")
    tree = tree_of(small_table(SmallCommodity("A", (*FUTURES, rich))), {CALL: 2})
    assert only(tree, "Option value beyond the risk").amount == 998 * MONEY
    assert str(tree.note) == "excess option value 998.00"


def test_deltas_are_shown_month_by_month():
    line = only(tree_of(small_table(SmallCommodity("A", FUTURES)), {JUNE: 10, JULY: -4}), "Net delta {delta}")
    assert (str(line.label), str(line.note)) == ("Net delta 6", "weighted price risk 300.00")
    assert sentences(line) == ["202606: +10 delta", "202607: -4 delta"]


def test_a_figure_too_large_to_compute_leaves_no_amount_above_it():
    table = small_table(SmallCommodity("A", FUTURES))
    (tree,) = breakdown(table, batch_of_books(table, [{JUNE: 2 * 10**10}]))
    scan = only(tree, "Scan risk, scenario {number}")
    assert (tree.amount, scan.amount, scan.scenarios) == (None, None, ())
    assert str(tree.note) == "not computable: a figure is too large"


def test_an_account_that_forms_more_spreads_than_expected_is_explained_in_full(monkeypatch):
    monkeypatch.setattr(module, "TRACE_CAPACITY", 1)
    spread = tier_spread(1, "40", ("A", 0, "A", "1"), ("A", 0, "B", "1"))
    tree_of(small_table(SmallCommodity("A", FUTURES, spreads=(spread,))), {JUNE: 10, JULY: -4})
