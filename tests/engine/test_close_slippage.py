"""Slippage in points and in money: exact, against the price of the plan and the arrival price, by what is on record."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.audit_events import PlannedOrder
from engine.authorisation.encoding import encoded
from engine.close_fills import Fill
from engine.close_inputs import RecordedInputs, RecordedMarket
from engine.close_slippage import Slippage, slippage_of
from engine.liquidation.inputs import inputs_of
from engine.liquidation.search import plans
from engine.numbers import MONEY, PRICE
from engine.text import BadInputError
from tests.engine.authorisation.cast import INPUTS
from tests.engine.liquidation.books import Trouble, sample_market

CENT = PRICE // 100
OIL, GAS, BUND = "SIM:CL:FUT:202701", "SIM:NG:FUT:202701", "SIM:FGBL:FUT:202703"


def market(currency: str = "USD", multiplier: int = 1_000, **changes: object) -> RecordedMarket:
    figures = {"bid": 72 * PRICE - CENT, "ask": 72 * PRICE + CENT, "numerator": multiplier, "denominator": 100}
    return RecordedMarket(currency=currency, **{**figures, **changes})  # type: ignore[arg-type]


def fill(contract: str = OIL, side: str = "sell", average: int = 71 * PRICE, filled: int = 10) -> Fill:
    planned = PlannedOrder("ab-000", contract, side, "close", 10, 70 * PRICE, 72 * PRICE)
    return Fill(planned, 1, "filled", filled, average if filled else 0, 2)


def inputs(rates: dict[str, tuple[int, int]] | None = None, **markets: RecordedMarket) -> RecordedInputs:
    named = {"OIL": OIL, "GAS": GAS, "BUND": BUND}
    return RecordedInputs({named[name]: each for name, each in markets.items()}, "USD", rates or {})


def only(found: Slippage) -> tuple[int | None, int | None]:
    (order,) = found.orders
    return order.expected.money, order.arrived.money


@pytest.mark.parametrize(("side", "sign"), [("sell", 1), ("buy", -1)])
def test_a_worse_price_costs_and_a_better_one_gains(side: str, sign: int) -> None:
    found = slippage_of([fill(side=side)], inputs(OIL=market()))
    assert only(found) == (sign * 100 * PRICE, sign * 100 * PRICE)


@given(
    st.integers(-(10**6), 10**6),
    st.integers(1, 10**6),
    st.integers(1, 10**9),
    st.sampled_from([1, 3, 100, 10**10]),
)
def test_an_orders_money_is_within_half_a_unit_of_the_exact_product(
    points: int, filled: int, numerator: int, denominator: int
) -> None:
    known = market(numerator=numerator, denominator=denominator)
    found = slippage_of([fill(average=72 * PRICE - points, filled=filled)], inputs(OIL=known))
    money = found.orders[0].expected.money
    assert money is not None
    assert abs(money - Fraction(points * filled * numerator, denominator)) <= Fraction(1, 2)


@given(st.lists(st.tuples(st.integers(60, 80), st.integers(0, 40)), min_size=1, max_size=8))
def test_sums_are_those_of_the_orders(trades: list[tuple[int, int]]) -> None:
    found = slippage_of([fill(average=price * PRICE, filled=filled) for price, filled in trades], inputs(OIL=market()))
    money = sum(order.expected.money or 0 for order in found.orders)
    points = sum((72 - price) * PRICE * filled for price, filled in trades)
    assert sum(each.expected.money or 0 for each in found.currencies) == money
    assert sum(each.expected.points or 0 for each in found.contracts) == points
    assert (found.reporting is None) is not any(filled for _, filled in trades)


def test_the_arrival_price_is_the_middle_of_bid_and_offer_at_the_plan() -> None:
    quoted = market(bid=72 * PRICE - 2 * CENT, ask=72 * PRICE + 4 * CENT)
    (order,) = slippage_of([fill()], inputs(OIL=quoted)).orders
    assert (order.arrival, order.arrived.points) == (72 * PRICE + CENT, PRICE + CENT)


@pytest.mark.parametrize("missing", ["bid", "ask"])
def test_without_bid_or_offer_the_arrival_price_is_unknown_and_the_rest_is_not(missing: str) -> None:
    found = slippage_of([fill()], inputs(OIL=market(**{missing: None})))
    assert only(found) == (100 * PRICE, None)
    assert str(found.orders[0].arrived.reason) == "bid and offer were not both quoted at the plan"
    assert found.currencies[0].arrived.money is None


def test_currencies_are_added_apart_and_together_by_the_rates_of_the_snapshot() -> None:
    known = inputs({"EUR": (11, 10)}, OIL=market(), BUND=market("EUR"))
    found = slippage_of([fill(), fill(BUND)], known)
    assert [(each.name, each.expected.money) for each in found.currencies] == [
        ("USD", 100 * PRICE),
        ("EUR", 100 * PRICE),
    ]
    assert found.reporting is not None
    assert (found.reporting.name, found.reporting.expected.money) == ("USD", 210 * PRICE)


def test_without_an_exchange_rate_there_is_no_sum_and_the_reason_is_told() -> None:
    found = slippage_of([fill(), fill(BUND)], inputs(OIL=market(), BUND=market("EUR")))
    assert found.reporting is not None
    assert found.reporting.expected.money is None
    assert str(found.reporting.expected.reason) == "the input snapshot has no exchange rate from EUR to USD"


def test_a_sum_leaves_nothing_out_silently() -> None:
    found = slippage_of([fill(), fill(GAS)], inputs(OIL=market(), GAS=market(numerator=0)))
    assert found.currencies[0].expected.money is None
    assert str(found.currencies[0].expected.reason) == "the input snapshot has no multiplier for it"


def test_a_contract_that_is_not_in_the_snapshot_keeps_its_points() -> None:
    (order,) = slippage_of([fill(GAS)], inputs(OIL=market())).orders
    assert (order.expected.points, order.expected.money) == (PRICE, None)
    assert str(order.expected.reason) == f"{GAS} is not in the input snapshot"


def test_an_order_that_was_not_filled_has_no_slippage_and_no_problem() -> None:
    found = slippage_of([fill(filled=0)], inputs(OIL=market()))
    assert (found.orders[0].expected.money, found.orders[0].expected.reason) == (None, None)
    assert (found.contracts, found.currencies, found.reporting) == ((), (), None)


def test_fills_whose_price_nobody_told_are_not_taken_for_free() -> None:
    found = slippage_of([fill(), fill(average=0)], inputs(OIL=market()))
    assert (found.orders[1].expected.points, found.orders[1].arrived.money) == (None, None)
    assert str(found.contracts[0].expected.reason) == "the price of its fills is not on record"
    assert [(each.name, each.expected.money) for each in found.currencies] == [("USD", None)]


def test_the_snapshot_of_a_plan_says_what_its_prices_were_worth() -> None:
    trouble = Trouble(sample_market(), {OIL: 20}, 1.4)
    closing = trouble.closing(bid=np.full(10_000, 71 * PRICE), ask=np.full(10_000, 73 * PRICE))
    plan = next(iter(plans(closing)))
    found = RecordedInputs.read(inputs_of(plan, closing.state, trouble.universe, closing.trading))
    recorded = found.markets[OIL]
    assert (recorded.currency, recorded.middle, found.reporting) == ("USD", 72 * PRICE, "USD")
    assert Fraction(PRICE * recorded.numerator, recorded.denominator) == 1_000 * MONEY
    assert found.rates["USD"] == (1, 1)


def test_a_snapshot_of_an_earlier_format_says_so() -> None:
    with pytest.raises(BadInputError, match="another format and does not say what a price was worth"):
        RecordedInputs.read(encoded((1, "A", ())))


@pytest.mark.parametrize("content", [b"", INPUTS[:-1], encoded((3, 1)), encoded(())])
def test_a_damaged_snapshot_is_refused(content: bytes) -> None:
    with pytest.raises(BadInputError):
        RecordedInputs.read(content)
