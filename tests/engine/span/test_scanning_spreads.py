"""Commodities margined together by scanning spreads: published and hand-worked cases, random books, explanations."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.numbers import MONEY, NOT_COMPUTABLE
from engine.span.arrays import Batch, SpanTable
from engine.span.breakdown import breakdown
from engine.span.conventions import named_convention
from engine.span.requirement import margin
from engine.span.requirements import requirements
from engine.span.supported import refuse_unsupported
from tests.engine.span.books import Book, batch_of_books, margin_of
from tests.engine.span.plain_span import PlainSpan
from tests.engine.span.small_market import (
    SmallCommodity,
    SmallContract,
    SmallMarket,
    linear,
    parameters_of,
    period_spread,
    scanning_spread,
    tier_spread,
    write,
)
from tests.engine.span.test_breakdown import assert_adds_up
from tests.engine.span.test_breakdown import everything as lines_of
from tests.engine.span.test_margin import assert_agrees, random_books

MONTHS = ("202606", "202607", "202608", "202609", "202612")


def futures(price_scan: float, months: tuple[str, ...] = MONTHS[:2]) -> tuple[SmallContract, ...]:
    return tuple(SmallContract(month, linear(price_scan), price="100") for month in months)


def table_of(*commodities: SmallCommodity, inter: tuple[str, ...] = (), extra: str = "") -> SpanTable:
    parameters = parameters_of(SmallMarket("NSE", commodities, inter_spreads=inter, extra=extra))
    refuse_unsupported(parameters)
    return SpanTable(parameters, named_convention("NSE"))


def array_of(*by_third: str, extreme: tuple[str, str]) -> tuple[str, ...]:
    """Array of a future from its losses one, two and three thirds up."""
    values = ["0", "0"]
    for loss in by_third:
        values += [f"-{loss}", f"-{loss}", loss, loss]
    return (*values, f"-{extreme[0]}", extreme[1])


BOND, NOTE = (
    array_of("1033", "2067", "3100", extreme=("3069", "3069")),
    array_of("533", "1067", "1600", extreme=("1584", "1584")),
)


def test_the_example_that_the_clearing_house_publishes():
    # +2 of a bond of 3,100 and -3 of a note of 1,600 at 70 %: 6,200 - 0.7 x 4,800 in the worst scenario.
    together = scanning_spread(1, "0.70", "BOND", ("BOND", "2"), ("NOTE", "3"), optional=("BOND", "NOTE"))
    table = table_of(
        SmallCommodity("BOND", (SmallContract("202609", BOND),)),
        SmallCommodity("NOTE", (SmallContract("202609", NOTE),)),
        inter=(together,),
    )
    book = {"X:BOND:FUT:202609": 2, "X:NOTE:FUT:202609": -3}
    figures = margin_of(table, book).commodities
    assert figures["BOND"]["scan_risk"] == 2840
    assert figures["NOTE"]["scan_risk"] == figures["NOTE"]["risk"] == 0
    scenarios = margin(table, batch_of_books(table, [book])).sums.scenario[0]
    published = [0, 152.8, 946.7, 307.2, 1893.3, 460, 2840]
    assert scenarios.tolist() == [round(one * MONEY) for one in (*np.repeat(published, 2), 455.4, 2811.6)]


PAIR = (SmallCommodity("A", futures(300)), SmallCommodity("B", futures(120)))
BOTH = scanning_spread(1, "0.8", "A", ("A", "1"), ("B", "2"))


def test_losses_count_in_full_and_gains_at_the_credit_rate():
    result = margin_of(table_of(*PAIR, inter=(BOTH,)), {"X:A:FUT:202606": 1, "X:B:FUT:202606": -2})
    assert result.commodities["A"]["scan_risk"] == 300 - 240 * Fraction(8, 10)
    assert result.requirement == 108


def test_two_losses_add_up_in_full():
    assert margin_of(table_of(*PAIR, inter=(BOTH,)), {"X:A:FUT:202606": 1, "X:B:FUT:202606": 2}).requirement == 540


def test_deltas_go_into_the_months_of_the_target_by_the_ratio():
    table = table_of(*PAIR, inter=(BOTH,))
    book = {"X:A:FUT:202606": 5, "X:B:FUT:202607": -3}
    result = margin(table, batch_of_books(table, [book]))
    assert result.commodities.net_delta.tolist() == [35_000, 0]
    months = [table.parameters.periods[table.slot_period[slot]] for slot in result.deltas.slot.tolist()]
    deltas = dict(zip(months, result.deltas.delta[:2].tolist(), strict=False))
    assert deltas == {"202606": 50_000, "202607": -15_000}


def test_a_target_that_is_not_held_comes_into_being():
    spread = scanning_spread(1, "0.5", "T", ("T", "1"), ("A", "1"), ("B", "1"), optional=("T",))
    table = table_of(*PAIR, SmallCommodity("T", futures(50)), inter=(spread,))
    result = margin_of(table, {"X:A:FUT:202606": 1, "X:B:FUT:202607": -1})
    assert {code: figures["risk"] for code, figures in result.commodities.items()} == {"A": 0, "B": 0, "T": 240}


def test_a_target_that_is_not_held_is_not_listed_where_nothing_is_formed():
    spread = scanning_spread(1, "0.5", "T", ("T", "1"), ("A", "1"), ("B", "1"), optional=("T",))
    table = table_of(*PAIR, SmallCommodity("T", futures(50)), inter=(spread,))
    # The required leg B is held, but has no deltas left.
    result = margin_of(table, {"X:A:FUT:202606": 1, "X:B:FUT:202606": 1, "X:B:FUT:202607": -1})
    assert set(result.commodities) == {"A", "B"}
    assert result.commodities["A"]["risk"] == 300


@pytest.mark.parametrize("missing", ["A", "B"])
def test_a_required_leg_that_is_missing_forms_nothing(missing):
    spread = scanning_spread(1, "0.5", "A", ("A", "1"), ("B", "1"), ("C", "1"), optional=("C",))
    table = table_of(*PAIR, SmallCommodity("C", futures(50)), inter=(spread,))
    book = {f"X:{code}:FUT:202606": quantity for code, quantity in (("A", 1), ("B", -1), ("C", -1)) if code != missing}
    separate = margin_of(table_of(*PAIR, SmallCommodity("C", futures(50))), book)
    assert margin_of(table, book) == separate


@pytest.mark.parametrize(("minimum", "expected"), [(2, 300 - 60), (3, 300 + 120)])
def test_as_many_legs_must_be_held_as_the_spread_says(minimum, expected):
    legs = (("A", "1"), ("B", "1"), ("C", "1"))
    spread = scanning_spread(1, "0.5", "A", *legs, optional=("A", "B", "C"), minimum=minimum)
    table = table_of(*PAIR, SmallCommodity("C", futures(50)), inter=(spread,))
    assert margin_of(table, {"X:A:FUT:202606": 1, "X:B:FUT:202606": -1}).requirement == expected


def test_flat_positions_are_not_held():
    spread = scanning_spread(1, "0.5", "A", ("A", "1"), ("B", "1"), optional=("A", "B"))
    book = {"X:A:FUT:202606": 1, "X:B:FUT:202606": 0}
    assert margin_of(table_of(*PAIR, inter=(spread,)), book).commodities["A"]["risk"] == 300


def test_delta_and_scanning_spreads_are_formed_by_one_priority():
    by_delta = tier_spread(1, "0.5", ("A", 0, "A", "1"), ("B", 0, "B", "1"), method="W")
    book = {"X:A:FUT:202606": 1, "X:B:FUT:202606": -1}
    first = margin_of(table_of(*PAIR, inter=(by_delta, scanning_spread(2, "1", "A", ("A", "1"), ("B", "1")))), book)
    # No deltas are left for the required legs.
    assert first.requirement == 150 + 60
    later = by_delta.replace("<spread>1<", "<spread>3<")
    second = margin_of(table_of(*PAIR, inter=(later, scanning_spread(2, "1", "A", ("A", "1"), ("B", "1")))), book)
    assert second.requirement == 180


def test_the_target_is_spread_by_the_weighted_price_risk_of_all_that_it_is_made_of():
    by_delta = tier_spread(2, "0.5", ("A", 0, "A", "1"), ("C", 0, "B", "1"), method="W")
    table = table_of(*PAIR, SmallCommodity("C", futures(50)), inter=(BOTH, by_delta))
    figures = margin_of(table, {"X:A:FUT:202606": 3, "X:B:FUT:202606": -2, "X:C:FUT:202606": -9}).commodities
    # 900 - 192 over 3 - 1 deltas, and twice half of it.
    assert figures["A"]["weighted_price_risk"] == 354
    assert figures["A"]["inter_commodity_credit"] == 354


def test_a_super_scanning_spread_is_formed_before_the_months_are_spread():
    calendar = tier_spread(1, "10", ("A", 0, "A", "1"), ("A", 0, "B", "1"))
    commodities = (SmallCommodity("A", futures(300), spreads=(calendar,)), PAIR[1])
    book = {"X:A:FUT:202606": 2, "X:B:FUT:202607": -4}
    above = table_of(*commodities, extra=f"<superSpreads>{BOTH}</superSpreads>")
    assert margin_of(above, book).commodities["A"]["intra_commodity_charge"] == 20
    assert margin_of(table_of(*commodities, inter=(BOTH,)), book).commodities["A"]["intra_commodity_charge"] == 0


def test_charges_minimum_and_option_value_of_the_legs_are_the_targets():
    zeros = ("0",) * 16
    short = SmallContract("202606", zeros, "0.5", "7", "C", "100")
    calendar = tier_spread(1, "10", ("B", 0, "A", "1"), ("B", 0, "B", "1"))
    leg = SmallCommodity(
        "B", (*futures(120), short), minimum="900", spreads=(calendar,), delivery=(("202606", "0", "5"),)
    )
    result = margin_of(
        table_of(SmallCommodity("A", futures(300), minimum="1"), leg, inter=(BOTH,)),
        {"X:A:FUT:202606": 1, "X:B:FUT:202606": 3, "X:B:FUT:202607": -1, "X:B:OOP:202606:C:100": -2},
    )
    figures, empty = result.commodities["A"], result.commodities["B"]
    assert figures["intra_commodity_charge"] == 10
    assert figures["delivery_charge"] == 5
    assert figures["short_option_minimum"] == figures["risk"] == 1800
    assert figures["net_option_value"] == -14
    assert all(empty[name] == 0 for name in empty if name != "active_scenario")
    assert result.requirement == 1814


def test_the_target_of_one_spread_can_be_a_leg_of_the_next():
    commodities = (*PAIR, SmallCommodity("C", futures(50, ("202612",))))
    chain = (BOTH, scanning_spread(2, "0.5", "C", ("C", "1"), ("A", "1"), optional=("C",), minimum=1))
    result = margin_of(table_of(*commodities, inter=chain), {"X:A:FUT:202606": 2, "X:B:FUT:202606": -2})
    assert {code: figures["risk"] for code, figures in result.commodities.items()} == {"A": 0, "B": 0, "C": 408}


def test_scan_tiers_add_up_tier_by_tier():
    tiers = ((1, "202606", "202606"), (2, "202607", "202612"))
    commodities = [replace(one, scan_tiers=tiers) for one in PAIR]
    result = margin_of(table_of(*commodities, inter=(BOTH,)), {"X:A:FUT:202606": 1, "X:B:FUT:202607": -2})
    assert result.commodities["A"]["scan_risk"] == 300 + 240


def test_a_leg_with_a_rate_of_its_own_has_its_gains_counted_at_it():
    own = BOTH.replace("<cc>B</cc>", "<cc>B</cc><rate><r>1</r><val>0.25</val></rate>")
    result = margin_of(table_of(*PAIR, inter=(own,)), {"X:A:FUT:202606": 1, "X:B:FUT:202606": -2})
    assert result.requirement == 300 - 60


def test_gross_margined_accounts_form_none():
    table = table_of(*PAIR, inter=(BOTH,))
    batch = batch_of_books(table, [{"X:A:FUT:202606": 1, "X:B:FUT:202606": -2}])
    result = margin(table, batch._replace(middles=np.array([1])))
    assert result.totals.requirement.tolist() == [[540 * MONEY]]


def test_a_figure_that_would_overflow_takes_only_its_own_account_along():
    table = table_of(*PAIR, inter=(BOTH,))
    rows = batch_of_books(table, [{"X:A:FUT:202606": 1, "X:B:FUT:202606": 1}]).rows
    batch = Batch(np.array([0, 2, 4]), np.tile(rows, 2), np.array([1, 2 * 10**11, 1, -2]))
    totals = margin(table, batch).totals.requirement[:, 0].tolist()
    assert totals == [NOT_COMPUTABLE, 108 * MONEY]


NEAR, FAR = (1, "202606", "202607"), (2, "202608", "202612")


def market(tiered: bool) -> SmallMarket:
    """Six commodities with months and options of their own, and every kind of spread between them, in turns."""

    def commodity(code, size, months, **more):
        options = tuple(
            SmallContract(month, linear(side * size * 0.4137), f"{side * 0.41}", "7.5", right, "100")
            for month in (months[0], months[-1])
            for right, side in (("C", 1), ("P", -1))
        )
        within = tier_spread(1, "20", (code, 1, "A", "1"), (code, 1, "B", "1"))
        across = tier_spread(2, "0.07", (code, 1, "A", "1"), (code, 2, "B", "1.25"), method="W")
        month = period_spread(1, "15", (code, "202607", "A", "1"), (code, "202608", "B", "1"))
        return SmallCommodity(
            code,
            (*futures(size, months), *options),
            multiplier="10",
            spreads=(within, across, month),
            tiers=(NEAR, FAR),
            scan_tiers=(NEAR, FAR) if tiered else (),
            inter_tiers=(NEAR, FAR),
            minimum_tiers=(("202606", "202607", "25"), ("202608", "202612", "12.5")),
            delivery=(("202606", "110.25", "220.5"), ("202607", "0", "50")),
            **more,
        )

    commodities = (
        commodity("A", 300, MONTHS),
        commodity("B", 450.37, MONTHS[1:], minimum_method="MAX"),
        commodity("C", 120, MONTHS[:3], cap=True),
        commodity("D", 900, MONTHS, weighted="SCANRANGE_CAP", price_scan="700"),
        commodity("E", 77.7, MONTHS[2:]),
        commodity("F", 510, MONTHS[:1] + MONTHS[4:]),
    )
    supers = (
        scanning_spread(1, "0.7", "A", ("A", "2"), ("B", "3"), optional=("A",), minimum=2),
        tier_spread(2, "0.7", ("C", 0, "A", "2"), ("D", 0, "B", "3"), method="W"),
        scanning_spread(3, "0.123457", "E", ("E", "1"), ("C", "3"), ("D", "7"), optional=("E", "C", "D")),
    )
    inter = (
        tier_spread(1, "0.55", ("A", 2, "A", "1.5"), ("F", 1, "B", "1"), method="W"),
        scanning_spread(2, "0.9", "F", ("F", "1"), ("A", "1.7"), ("E", "1"), optional=("F", "E"), minimum=2),
        tier_spread(3, "12.34", ("F", 1, "A", "1"), ("D", 2, "B", "1"), method="F"),
        tier_spread(4, "0.6", ("A", 0, "A", "10"), ("B", 0, "B", "11"), method="W"),
    )
    clearing = tier_spread(1, "0.3", ("F", 0, "A", "1"), ("E", 0, "B", "1"), method="W")
    extra = f"<superSpreads>{''.join(supers)}</superSpreads><interClearSpreads>{clearing}</interClearSpreads>"
    return SmallMarket("NSE", commodities, inter_spreads=inter, extra=extra)


@pytest.fixture(scope="module", params=[False, True], ids=["whole", "tiered"])
def markets(request, tmp_path_factory):
    small = market(request.param)
    parameters = parameters_of(small)
    refuse_unsupported(parameters)
    return parameters, write(small, tmp_path_factory.mktemp("scanning") / "market.spn")


@pytest.mark.parametrize("convention", ["NSE", "CME", "KDPW"])
def test_random_books_agree_with_the_plain_computation(markets, convention):
    parameters, path = markets
    table = SpanTable(parameters, named_convention(convention))
    books = random_books(table, 17, 300)
    assert_agrees(table, PlainSpan(path, convention), books)
    result = margin(table, batch_of_books(table, books))
    assert (result.merged.into >= 0).sum() > 200


def test_random_books_are_explained_by_leaves_that_add_up(markets):
    table = SpanTable(markets[0], named_convention("CME"))
    seen: set[str] = set()
    for book in random_books(table, 18, 150):
        batch = batch_of_books(table, [book])
        requirement = margin(table, batch).totals.requirement[0].tolist()
        trees = breakdown(table, batch)
        assert [tree.amount for tree in trees] == requirement
        for tree in trees:
            assert_adds_up(tree)
            lines = [line.label.template for line in lines_of(tree)]
            assert "not broken down" not in lines
            seen |= set(lines)
    assert seen >= {
        "{code} by scanning spread {priority}",
        "a gain counts at {rate} in scanning spread {priority}",
        "Margined with {code} by scanning spread {priority}",
    }


def test_every_position_stands_once_under_the_scan_of_what_it_is_margined_with():
    table = SpanTable(parameters_of(market(tiered=True)), named_convention("NSE"))
    for book in random_books(table, 19, 40):
        (tree,) = breakdown(table, batch_of_books(table, [book]))
        scans = [line for line in lines_of(tree) if line.scenarios]
        leaves = [str(line.contract) for scan in scans for line in lines_of(scan) if line.contract]
        assert sorted(leaves) == sorted(name for name, quantity in book.items() if quantity)


@pytest.fixture(scope="module")
def table():
    return SpanTable(parameters_of(market(tiered=False)), named_convention("NSE"))


@st.composite
def books(draw) -> Book:
    codes, months = st.sampled_from("ABCDEF"), st.sampled_from([MONTHS[0], MONTHS[2], MONTHS[4]])
    picks = draw(st.dictionaries(st.tuples(codes, months), st.integers(-50, 50), min_size=1, max_size=10))
    return {f"X:{code}:FUT:{month}": quantity for (code, month), quantity in picks.items()}


def listed(table: SpanTable, book: Book) -> Book:
    known = {str(table.parameters.contract(row)) for row in range(len(table.parameters))}
    return {name: quantity for name, quantity in book.items() if name in known}


@given(book=books())
def test_margining_together_never_costs_more_scan_risk_than_apart(table, book):
    book = listed(table, book)
    apart = SpanTable(
        replace(table.parameters, super_spreads=(), inter_spreads=(), inter_clearing_spreads=()), table.convention
    )
    together = sum(figures["scan_risk"] for figures in margin_of(table, book).commodities.values())
    assert together <= sum(figures["scan_risk"] for figures in margin_of(apart, book).commodities.values())


@given(book=books(), others=st.lists(books(), max_size=3))
def test_an_account_costs_the_same_whoever_else_is_in_the_batch(table, book, others):
    every = [listed(table, one) for one in (*others, book)]
    batch = batch_of_books(table, every)
    assert (
        margin(table, batch).totals.requirement[-1].tolist()
        == [int(totals["requirement"] * MONEY) for totals in margin_of(table, every[-1]).totals.values()]
        or not every[-1]
    )
    assert requirements(table, batch).requirement.tolist() == margin(table, batch).totals.requirement.tolist()
