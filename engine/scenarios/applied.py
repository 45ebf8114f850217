"""Scenarios laid out on a parameter version: nodes, the clearing house's own changes, and what closing out costs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from engine.classification import Dimension
from engine.compiled import compiled
from engine.numbers import MONEY, NOT_COMPUTABLE, PRICE, RATIO, Integers
from engine.scenarios.axes import Floats
from engine.scenarios.holdings import Holdings
from engine.scenarios.margins import AS_PUBLISHED, Terms
from engine.scenarios.model import ScenarioModel
from engine.scenarios.named import Scenario, Selection
from engine.scenarios.shocks import DAYS_A_YEAR, Shocks
from engine.state import DeskState
from engine.valuation import Booleans


@dataclass(frozen=True, slots=True)
class Applied:
    """Scenarios on one parameter version.

    Attributes:
        scenarios: Which.
        shocks: One node a scenario.
        terms: What the clearing house changes, one a scenario.
        closing: int64 [scenarios], ratio scale: cost of closing out, as `Scenario.closing_cost`.
        idle: Names of those that move nothing here: no product of these parameters is meant.
    """

    scenarios: tuple[Scenario, ...]
    shocks: Shocks
    terms: tuple[Terms, ...]
    closing: Integers
    idle: frozenset[str]


def applied(model: ScenarioModel, scenarios: Sequence[Scenario]) -> Applied:
    """Lay scenarios out on the parameters of ``model``."""
    shocks, terms, idle = Shocks.none(len(scenarios), model.factors), [], set()
    spans = scan_spans(model) if any(move.ranges for each in scenarios for move in each.moves) else None
    for node, scenario in enumerate(scenarios):
        shocks.years[node] = scenario.days / DAYS_A_YEAR
        touched = np.zeros(len(model.products), dtype=np.bool_)
        for move in scenario.moves:
            chosen = products_of(model, move.of)
            touched |= chosen
            places = np.flatnonzero(np.repeat(chosen, 2))
            price = np.full(model.factors, move.price)
            if spans is not None and move.ranges:
                price += move.ranges * np.repeat(spans, 2)
            if move.first is not None:
                price[1::2] = move.first
            shocks.price[node, places] = price[places]
            shocks.share[node, places], shocks.points[node, places] = move.share, move.points
        terms.append(_terms(model, scenario, touched))
        changes = scenario.credits is False or scenario.closing_cost or scenario.days
        if not touched.any() and not changes:
            idle.add(scenario.name)
    closing = np.array([scenario.closing_cost for scenario in scenarios], dtype=np.int64)
    return Applied(tuple(scenarios), shocks, tuple(terms), closing, frozenset(idle))


def products_of(model: ScenarioModel, selection: Selection) -> Booleans:
    """bool [products], which products a selection means."""
    if selection.everything:
        return np.ones(len(model.products), dtype=np.bool_)
    names = set(selection.products)
    for sector in selection.sectors:
        names.update(model.sector_products(sector))
    for asset_class in selection.asset_classes:
        names.update(model.sector_products(asset_class, Dimension.ASSET_CLASS))
    return np.array([name in names for name in model.products], dtype=np.bool_)


def scan_spans(model: ScenarioModel) -> Floats:
    """float64 [products], price scan range of a product's first future relative to its price; 0 where unknown."""
    contracts, parameters = model.parameters.contracts, model.parameters
    arrays = contracts.arrays[parameters.rate_set]
    products = model.classification.codes(Dimension.PRODUCT)[: len(contracts)]
    known = (contracts.right == 0) & arrays.present & (contracts.price != NOT_COMPUTABLE) & (contracts.price > 0)
    rows = np.flatnonzero(known & (contracts.multiplier > 0))
    spans = np.zeros(len(model.products))
    # From the last to the first, so that the first of each product stays.
    for row in rows[::-1].tolist():
        value = contracts.price[row] / PRICE * contracts.multiplier[row] / PRICE
        spans[products[row]] = arrays.price_scan[row] / MONEY / value
    return spans


def _terms(model: ScenarioModel, scenario: Scenario, touched: Booleans) -> Terms:
    if not scenario.rises and scenario.credits:
        return AS_PUBLISHED
    if not scenario.rises:
        return Terms(credits=False)
    factor = np.full(len(model.products), RATIO, dtype=np.int64)
    for rise in scenario.rises:
        chosen = products_of(model, rise.of)
        factor[chosen] = rise.factor
        touched |= chosen
    # The rates of a commodity rise by the most that any product in it does.
    contracts = model.parameters.contracts
    products = model.classification.codes(Dimension.PRODUCT)[: len(contracts)]
    rates = np.zeros(len(model.parameters.commodities), dtype=np.int64)
    margined = contracts.commodity >= 0
    np.maximum.at(rates, contracts.commodity[margined], factor[products[margined]])
    return Terms(np.where(rates == 0, RATIO, rates), scenario.credits)


def closing_costs(state: DeskState, model: ScenarioModel, holdings: Holdings, closing: Integers) -> Integers:
    """int64 [accounts, currencies, scenarios], money scale: what closing every position costs; 0 where it is free.

    A contract costs the scenario's share of its price scan range. Where its usual daily volume is known, or else its
    product's, that is times the square root of the days of volume that the account's position is, if more than one.
    A contract without a range costs nothing here: it has no array either.
    """
    shape = (len(holdings.accounts), len(state.figures.currencies), len(closing))
    if not closing.any():
        return np.zeros(shape, dtype=np.int64)
    rows, arrays = holdings.held.rows, model.parameters.contracts.arrays[model.parameters.rate_set]
    ranges = np.where(arrays.present[rows], np.maximum(arrays.price_scan[rows], 0), 0)
    costs = np.zeros(shape, dtype=np.int64)
    _closing(
        holdings.starts,
        holdings.places,
        holdings.quantities,
        ranges,
        _volumes(model, rows),
        holdings.held.currency,
        closing,
        costs,
    )
    return costs


def _volumes(model: ScenarioModel, rows: Integers) -> Floats:
    """float64 [rows], contracts traded on a usual day; infinite where that is not known."""
    known = model.classification.average_daily_volume
    result = np.full(len(rows), np.inf)
    if not known:
        return result
    products = model.classification.codes(Dimension.PRODUCT)[rows]
    for place, (row, product) in enumerate(zip(rows.tolist(), products.tolist(), strict=True)):
        own = known.get((Dimension.CONTRACT, str(model.parameters.contract(row))))
        volume = own if own is not None else known.get((Dimension.PRODUCT, model.products[product]))
        result[place] = np.inf if volume is None else float(volume)
    return result


@compiled
def _closing(
    starts: Integers,
    places: Integers,
    quantities: Integers,
    ranges: Integers,
    volumes: Floats,
    currency: Integers,
    closing: Integers,
    costs: Integers,
) -> None:
    for account in range(len(starts) - 1):
        for position in range(starts[account], starts[account + 1]):
            place, size = places[position], abs(float(quantities[position]))
            slow = np.sqrt(max(1.0, size / volumes[place]))
            whole = size * float(ranges[place]) * slow
            for node in range(len(closing)):
                # Bounded, so that sums stay whole numbers: who has such a cost is short in any case.
                cost = min(whole * closing[node] / RATIO, 1.0e15)
                costs[account, currency[place], node] += int(cost + 0.5)
