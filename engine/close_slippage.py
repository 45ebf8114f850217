"""What the fills of a forced close cost against the prices of its plan, in points and in money.

Each order is measured against the price that the plan was made on, and against the arrival price: the middle of bid and
offer at the plan. Multipliers, currencies and exchange rates are those of the input snapshot kept with the instruction.
Amounts are scaled integers, rounded half away from zero at two steps: an order's money, to money scale
(`_worth`), and a currency's sum when it is exchanged (`_exchanged`). Average prices are the other side's.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from engine.close_fills import Fill
from engine.close_inputs import RecordedInputs, RecordedMarket
from engine.numbers import divide_half_away
from engine.text import Text, text


@dataclass(frozen=True, slots=True)
class Cost:
    """How much worse than a price, negative where better; None where there is nothing to tell.

    Attributes:
        points: Price scale: a contract of an order; of several orders points x contracts, added up.
        money: Money scale.
        reason: Why a figure is not known; None where it is, and where nothing was filled.
    """

    points: int | None = None
    money: int | None = None
    reason: Text | None = None


@dataclass(frozen=True, slots=True)
class OrderSlippage:
    """Of one order.

    Attributes:
        fill: What became of it.
        currency: Of the contract; empty where not known.
        arrival: Price scale: the middle of bid and offer at the plan; None where not known.
        expected: Against the price that the plan was made on.
        arrived: Against the arrival price.
    """

    fill: Fill
    currency: str
    arrival: int | None
    expected: Cost
    arrived: Cost


@dataclass(frozen=True, slots=True)
class Sum:
    """Of several orders, or of what they come to in another currency.

    Attributes:
        name: The contract, or the currency.
        filled: Contracts.
        currency: Of the money; empty where not known.
        expected: Against the prices that the plan was made on.
        arrived: Against the arrival prices.
    """

    name: str
    filled: int
    currency: str
    expected: Cost
    arrived: Cost


@dataclass(frozen=True, slots=True)
class Slippage:
    """Of a forced close.

    Attributes:
        orders: Each of them.
        contracts: Orders of the same contract together, where anything was filled.
        currencies: Money of each currency; points of different contracts do not add up.
        reporting: All of it in the desk's currency; None where nothing was filled, or that currency is not on record.
    """

    orders: tuple[OrderSlippage, ...]
    contracts: tuple[Sum, ...] = ()
    currencies: tuple[Sum, ...] = ()
    reporting: Sum | None = None


def slippage_of(fills: Sequence[Fill], inputs: RecordedInputs | None, problem: Text | None = None) -> Slippage:
    """The slippage of all orders.

    Args:
        fills: What became of them.
        inputs: The snapshot kept with the instruction; None where it cannot be used.
        problem: Why not.
    """
    unusable = problem or text("no input snapshot is kept with the instruction")
    orders = tuple(_order(fill, inputs, unusable) for fill in fills)
    filled = [order for order in orders if order.fill.filled]
    contracts = _grouped(filled, lambda order: order.fill.planned.contract, points=True)
    currencies = _grouped(filled, lambda order: order.currency, points=False)
    return Slippage(orders, contracts, currencies, _reporting(currencies, inputs))


def _order(fill: Fill, inputs: RecordedInputs | None, unusable: Text) -> OrderSlippage:
    contract = fill.planned.contract
    market = inputs.markets.get(contract) if inputs is not None else None
    if fill.filled and not fill.is_priced:
        untold = Cost(reason=text("the price of its fills is not on record"))
        currency, arrival = (market.currency, market.middle) if market is not None else ("", None)
        return OrderSlippage(fill, currency, arrival, untold, untold)
    if market is None:
        reason = unusable if inputs is None else text("{contract} is not in the input snapshot", contract=contract)
        return OrderSlippage(fill, "", None, _cost(fill.slippage, fill, None, reason), _unknown(fill, reason))
    worthless = None if market.numerator else text("the input snapshot has no multiplier for it")
    arrival = market.middle
    arrived = _cost(fill.worse_than(arrival), fill, market, worthless)
    if arrival is None:
        arrived = _unknown(fill, text("bid and offer were not both quoted at the plan"))
    expected = _cost(fill.slippage, fill, market, worthless)
    return OrderSlippage(fill, market.currency, arrival, expected, arrived)


def _unknown(fill: Fill, reason: Text) -> Cost:
    return Cost(reason=reason) if fill.filled else Cost()


def _cost(points: int | None, fill: Fill, market: RecordedMarket | None, reason: Text | None) -> Cost:
    if points is None:
        return Cost()
    if market is None or reason is not None:
        return Cost(points, None, reason)
    return Cost(points, _worth(points * fill.filled, market))


def _worth(points: int, market: RecordedMarket) -> int:
    """Points x contracts as money of the contract's currency: rounded here, to money scale."""
    return int(divide_half_away(points * market.numerator, market.denominator))


def _grouped(orders: Sequence[OrderSlippage], name: Callable[[OrderSlippage], str], *, points: bool) -> tuple[Sum, ...]:
    groups: dict[str, list[OrderSlippage]] = {}
    for order in orders:
        groups.setdefault(name(order), []).append(order)
    return tuple(
        Sum(
            key,
            sum(order.fill.filled for order in group),
            group[0].currency,
            _added([(order.expected, order.fill.filled) for order in group], points=points),
            _added([(order.arrived, order.fill.filled) for order in group], points=points),
        )
        for key, group in groups.items()
    )


def _added(costs: Sequence[tuple[Cost, int]], *, points: bool) -> Cost:
    """All of them, or why one of them is not known: a sum that leaves something out would be taken for the whole."""
    reason = next((cost.reason for cost, _ in costs if cost.reason is not None), None)
    moved = [None if cost.points is None else cost.points * filled for cost, filled in costs]
    money = [cost.money for cost, _ in costs]
    return Cost(_total(moved) if points else None, _total(money), reason)


def _total(amounts: Sequence[int | None]) -> int | None:
    known = [amount for amount in amounts if amount is not None]
    return sum(known) if len(known) == len(amounts) else None


def _reporting(currencies: Sequence[Sum], inputs: RecordedInputs | None) -> Sum | None:
    if inputs is None or not currencies or not inputs.reporting:
        return None
    filled = sum(each.filled for each in currencies)
    costs = [
        _added([(_exchanged(cost, each.currency, inputs), 1) for each, cost in pairs], points=False)
        for pairs in (
            [(each, each.expected) for each in currencies],
            [(each, each.arrived) for each in currencies],
        )
    ]
    return Sum(inputs.reporting, filled, inputs.reporting, *costs)


def _exchanged(cost: Cost, currency: str, inputs: RecordedInputs) -> Cost:
    """A currency's sum in the reporting currency: rounded here, to money scale."""
    if cost.money is None:
        return cost
    rate = (1, 1) if currency == inputs.reporting else inputs.rates.get(currency)
    if rate is None:
        names = {"source": currency, "target": inputs.reporting}
        return Cost(reason=text("the input snapshot has no exchange rate from {source} to {target}", **names))
    return Cost(None, int(divide_half_away(cost.money * rate[0], rate[1])))
