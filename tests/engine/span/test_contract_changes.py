"""What a comparison says of one contract and of its commodity."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from engine.instruments import Contract
from engine.numbers import MONEY, NOT_COMPUTABLE, PRICE
from engine.span.comparison import Comparison, compare
from engine.span.contract_changes import Change, contract_changes, findings_on
from tests.engine.span.small_market import (
    SmallCommodity,
    SmallContract,
    SmallMarket,
    linear,
    parameters_of,
    tier_spread,
)

FUTURE = SmallContract("202606", linear(300), price="10")
CALL = SmallContract("202606", linear(90), price="2", right="C", strike="100")
CALENDAR = tier_spread(2, "60", ("C", 0, "A", "1"), ("C", 0, "B", "1"))
BETWEEN = tier_spread(1, "0.5", ("C", 0, "A", "1"), ("D", 0, "B", "1"), method="W")
C = SmallCommodity("C", (FUTURE, CALL), price_scan="300", minimum="5", spreads=(CALENDAR,))
D = SmallCommodity("D", (FUTURE,), price_scan="200")
MARKET = SmallMarket("NSE", (C, D), (BETWEEN,))


def compared(market: SmallMarket) -> Comparison:
    return compare(parameters_of(MARKET), parameters_of(market))


def changes(market: SmallMarket, identity: str) -> tuple[Change, ...] | None:
    comparison = compared(market)
    return contract_changes(comparison, comparison.new.find(Contract.parse(identity)))


def market_with(commodity: SmallCommodity) -> SmallMarket:
    return replace(MARKET, commodities=(commodity, D))


def test_a_contract_that_is_the_same_has_no_changes() -> None:
    assert changes(MARKET, "X:C:FUT:202606") == ()


def test_a_price_that_moved_is_told_with_its_move() -> None:
    dearer = replace(C, contracts=(replace(FUTURE, price="12"), CALL))
    (change,) = changes(market_with(dearer), "X:C:FUT:202606") or ()
    assert (str(change.name), change.old, change.new) == ("price", 10 * PRICE, 12 * PRICE)
    assert change.move == Fraction(20)


def test_each_scenario_that_differs_is_told() -> None:
    wider = replace(C, contracts=(replace(FUTURE, array=("7", *linear(300)[1:])), CALL))
    (change,) = changes(market_with(wider), "X:C:FUT:202606") or ()
    assert (str(change.name), change.new, change.money) == ("loss in scenario 1", 7 * MONEY, True)


def test_the_minimum_of_an_option_is_compared_too() -> None:
    found = changes(market_with(replace(C, minimum="6.5")), "X:C:OOP:202606:C:100") or ()
    assert [(str(change.name), change.old, change.new) for change in found] == [
        ("short option minimum", 5 * MONEY, 6_500_000)
    ]


def test_a_new_contract_is_known_as_new() -> None:
    later = replace(C, contracts=(FUTURE, replace(FUTURE, period="202609"), CALL))
    assert changes(market_with(later), "X:C:FUT:202609") is None


def test_a_figure_that_is_missing_has_no_move() -> None:
    change = Change(C.code, 5, NOT_COMPUTABLE, 6)  # type: ignore[arg-type]
    assert change.move is None


@pytest.mark.parametrize(("code", "places"), [("C", {"C", "C / D"}), ("D", {"C / D"})])
def test_findings_on_a_commodity_are_its_own_and_its_spreads(code: str, places: set[str]) -> None:
    cheaper = replace(C, spreads=(tier_spread(2, "90", ("C", 0, "A", "1"), ("C", 0, "B", "1")),))
    between = tier_spread(1, "0.7", ("C", 0, "A", "1"), ("D", 0, "B", "1"), method="W")
    comparison = compared(replace(MARKET, commodities=(cheaper, D), inter_spreads=(between,)))
    commodity = next(one for one in comparison.new.commodities if one.code == code)
    assert {finding.place for finding in findings_on(comparison, commodity)} == places


def test_findings_on_a_commodity_count_its_product_families() -> None:
    comparison = compared(market_with(replace(C, price_scan="600")))
    commodity = next(one for one in comparison.new.commodities if one.code == "C")
    assert "X:C:FUT" in {finding.place for finding in findings_on(comparison, commodity)}
