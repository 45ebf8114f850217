"""The requirement at nodes: on today's arrays, or on arrays computed anew there (SPAN algorithm, last section)."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from copy import copy
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, TypeVar

import numpy as np

from engine.compiled import compiled
from engine.numbers import LARGEST, MONEY, NOT_COMPUTABLE, RATIO, RATIO_DECIMALS, Integers
from engine.scenarios.holdings import Holdings, MarginedTogether
from engine.scenarios.model import ScenarioModel
from engine.scenarios.revaluation import Revaluation
from engine.scenarios.shocks import Shocks
from engine.span.arrays import Batch, SpanTable
from engine.span.contract_figures import Column, ContractFigures
from engine.span.live import LivePricing
from engine.span.pricing import composite_deltas, losses
from engine.span.requirement import account_totals, commodity_risk, margin
from engine.span.requirements import SHARE, requirements
from engine.valuation import Booleans

Result = TypeVar("Result")

PREMIUM: Final = int(Column.PREMIUM)
DELTA: Final = int(Column.DELTA)


@dataclass(frozen=True, slots=True)
class Terms:
    """What a clearing house may change besides prices.

    Attributes:
        rates: int64 [commodities], ratio scale: what the risk of each is multiplied by, as it does that raises margin
            rates; None where nothing is raised.
        credits: Whether spreads between commodities are still granted.
    """

    rates: Integers | None = None
    credits: bool = True


AS_PUBLISHED: Final = Terms()


def under(table: SpanTable, terms: Terms) -> SpanTable:
    """The table under other terms: the same object where nothing is different."""
    if terms.rates is None and terms.credits:
        return table
    changed = copy(table)
    if terms.rates is not None:
        changed.factors = np.rint(table.factors * (terms.rates[:, None] / RATIO)).astype(np.int64)
    if not terms.credits:
        changed.lay_out_spreads_between((), (), ())
    return changed


def requirement_today(
    holdings: Holdings, revaluation: Revaluation, columns: dict[str, int], terms: Terms = AS_PUBLISHED
) -> Integers:
    """int64 [accounts, currencies, nodes or 1], money scale: margin on today's arrays, option value at the nodes.

    Args:
        holdings: The accounts.
        revaluation: Their contracts after moves.
        columns: Where each currency of the desk's figures stands.
        terms: Changes of the clearing house's own.

    Returns:
        `NOT_COMPUTABLE` in every currency of an account without rates, and where a figure is too large. One node
        stands for all where none has options that are paid for.
    """
    nodes = revaluation.unit.shape[1]
    premium = _premiums_move(holdings, revaluation)
    result = np.zeros((len(holdings.accounts), len(columns), nodes if premium else 1), dtype=np.int64)
    for group in holdings.groups:
        if group.table is None:
            result[group.accounts] = NOT_COMPUTABLE
            continue
        table = under(group.table, terms)
        if not premium:
            needed = in_parts(table, group.batch)[None]
        elif table.scanning_order:
            shift = _premium_shift(revaluation)
            needed = np.stack(
                [in_parts(_with_premium(table, revaluation, shift[:, node]), group.batch) for node in range(nodes)]
            )
        else:
            needed = _on_today(table, group.batch, revaluation)
        _put(result, group, needed, table.currencies, columns)
    return result


def requirement_at_nodes(
    model: ScenarioModel,
    holdings: Holdings,
    revaluation: Revaluation,
    shocks: Shocks,
    columns: dict[str, int],
    terms: Sequence[Terms] = (),
) -> Integers:
    """int64 [accounts, currencies, nodes], money scale: margin on arrays at each node. Other arguments as above.

    A contract whose array cannot be computed keeps the one it has, as with live arrays.

    Args:
        model: Of the parameters.
        holdings: The accounts.
        revaluation: Their contracts after moves.
        shocks: The nodes.
        columns: Where each currency of the desk's figures stands.
        terms: Changes of the clearing house's own, one a node; none by default.
    """
    return finished(requirement_by_nodes(model, holdings, revaluation, shocks, columns, terms))


def requirement_by_nodes(
    model: ScenarioModel,
    holdings: Holdings,
    revaluation: Revaluation,
    shocks: Shocks,
    columns: dict[str, int],
    terms: Sequence[Terms] = (),
) -> Generator[float, None, Integers]:
    """`requirement_at_nodes` bit by bit, a few milliseconds at a time; yields the share that is done."""
    result = np.zeros((len(holdings.accounts), len(columns), len(shocks)), dtype=np.int64)
    wanted = tuple(terms) or (AS_PUBLISHED,) * len(shocks)
    for number, group in enumerate(holdings.groups):
        if group.table is None:
            result[group.accounts] = NOT_COMPUTABLE
            continue
        arrays = NodeArrays(model, group.table, revaluation)
        batch, places = arrays.batch(group.batch), [columns[code] for code in group.table.currencies]
        moving = arrays.moving_accounts(batch)
        known: dict[int, Integers] = {}
        for node in range(len(shocks)):
            table = arrays.table(shocks, node, wanted[node])
            for first, last in parts_of(batch):
                # What holds no options is margined alike at every node with the same rates.
                same = known.get(id(wanted[node])) if not moving[first:last].any() else None
                needed = requirements(table, batch.part(first, last)).requirement if same is None else same[first:last]
                result[group.accounts[first:last, None], places, node] = needed
                yield (number + (node + last / len(moving)) / len(shocks)) / len(holdings.groups)
            known.setdefault(id(wanted[node]), result[group.accounts[:, None], places, node])
    return result


def finished(steps: Generator[float, None, Result]) -> Result:
    """What a computation in steps comes to."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            result: Result = end.value
            return result


def parts_of(batch: Batch) -> list[tuple[int, int]]:
    """Runs of accounts that the calling thread margins alone, however large the batch is."""
    bounds = np.searchsorted(batch.starts, np.arange(0, len(batch.rows), SHARE)).tolist()
    bounds = [*dict.fromkeys([0, *bounds]), len(batch.starts) - 1]
    return [(first, last) for first, last in pairwise(bounds) if first < last]


def in_parts(table: SpanTable, batch: Batch) -> Integers:
    """int64 [accounts, margin currencies]: requirement, in the calling thread alone."""
    parts = [requirements(table, batch.part(first, last)).requirement for first, last in parts_of(batch)]
    return np.concatenate(parts) if parts else np.zeros((0, len(table.currencies)), dtype=np.int64)


class NodeArrays:
    """Tables of the contracts that are held, with arrays at one node after the other.

    Args:
        model: Of the parameters.
        table: What margins the accounts today.
        revaluation: The contracts after moves.
    """

    def __init__(self, model: ScenarioModel, table: SpanTable, revaluation: Revaluation) -> None:
        held = revaluation.held
        self._table, self._revaluation = table, revaluation
        self._pricing: LivePricing = model.pricing(table.rate_set)
        self._figures = table.contracts.figures[held.rows]
        self._commodities = len(table.currency)
        place = np.full(len(model.parameters), -1, dtype=np.int64)
        place[self._pricing.priced.rows] = np.arange(len(self._pricing.priced.rows))
        known = (place[held.rows] >= 0) & ~np.isnan(held.underlying) & ~np.isnan(held.volatility)
        self._moving = np.flatnonzero(known & (held.kind == 1))
        self._priced = self._pricing.priced.take(place[held.rows[self._moving]])
        self._scale = table.option_scale.values[held.rows[self._moving]]
        # Composite deltas at a node have all their digits, where the file's may have fewer.
        self._delta_decimals = RATIO_DECIMALS + table.option_scale.decimals
        longer = 10 ** max(0, self._delta_decimals - table.delta_decimals)
        self._delta_decimals = max(self._delta_decimals, table.delta_decimals)
        self._figures[:, DELTA] *= longer
        self._scale = self._scale * 10 ** (self._delta_decimals - RATIO_DECIMALS - table.option_scale.decimals)
        self._shift = _premium_shift(revaluation)

    def batch(self, batch: Batch) -> Batch:
        """The batch by places among the held contracts instead of rows."""
        rows = np.searchsorted(self._revaluation.held.rows, batch.rows).astype(np.int64)
        return batch._replace(rows=rows)

    def moving_accounts(self, batch: Batch) -> Booleans:
        """bool [accounts], who holds a contract whose array or option value moves with the nodes."""
        held = self._revaluation.held
        moves = ~held.marked
        moves[self._moving] = True
        counts = np.concatenate(([0], np.cumsum(moves[batch.rows])))
        return np.asarray(counts[batch.starts[1:]] > counts[batch.starts[:-1]])

    def table(self, shocks: Shocks, node: int, terms: Terms = AS_PUBLISHED) -> SpanTable:
        """The table at a node: of held contracts only, rows as `batch` has them."""
        changed = copy(under(self._table, terms))
        figures = self._figures.copy()
        self._fill(figures, shocks, node)
        _add_premium(figures, self._shift[:, node])
        changed.contracts = ContractFigures.of(figures, self._commodities)
        changed.delta_decimals = self._delta_decimals
        return changed

    def _fill(self, figures: Integers, shocks: Shocks, node: int) -> None:
        held, moving, pricing = self._revaluation.held, self._moving, self._pricing
        factor = held.factor[moving]
        there = held.underlying[moving] * (1.0 + shocks.price[node, factor])
        volatility = held.volatility[moving] * (1.0 + shocks.share[node, factor]) + shocks.points[node, factor]
        volatility = np.maximum(0.0, volatility)
        options, passed = self._priced.options, float(shocks.years[node])
        options = options._replace(years=options.years - passed)
        array = losses(options, there, volatility, self._priced.ranges, pricing.moves, pricing.look_ahead)
        composite = composite_deltas(
            options, there, volatility, self._priced.ranges, pricing.delta_moves, pricing.look_ahead
        )
        array *= (self._priced.multiplier * MONEY)[:, None]
        sound = np.isfinite(composite) & (np.abs(array).max(axis=1, initial=0.0) < float(LARGEST))
        rows = moving[sound]
        figures[rows, :16] = _rounded(array[sound])
        figures[rows, DELTA] = _rounded(composite[sound] * RATIO) * self._scale[sound]


def _rounded(figures: np.typing.NDArray[np.float64]) -> Integers:
    result: Integers = np.copysign(np.floor(np.abs(figures) + 0.5), figures).astype(np.int64)
    return result


def _put(
    result: Integers, group: MarginedTogether, needed: Integers, currencies: tuple[str, ...], columns: dict[str, int]
) -> None:
    """Requirements [nodes, accounts, margin currencies] into [accounts, currencies, nodes]."""
    for place, code in enumerate(currencies):
        result[group.accounts, columns[code]] = needed[:, :, place].T


def _premiums_move(holdings: Holdings, revaluation: Revaluation) -> bool:
    """Whether any of the accounts holds what is paid for and so counts as option value."""
    return bool((~revaluation.held.marked[holdings.places]).any())


def _premium_shift(revaluation: Revaluation) -> Integers:
    """int64 [held, nodes], money scale: change of option value of one contract; 0 where there is none or no figure."""
    paid = ~revaluation.held.marked[:, None] & (revaluation.gaps == 0) & (revaluation.now[:, None] != NOT_COMPUTABLE)
    return np.where(paid, revaluation.unit - revaluation.now[:, None], 0)


def _add_premium(figures: Integers, shift: Integers) -> None:
    """Move the option value of contracts, which stays 0 or more."""
    figures[:, PREMIUM] = np.where(shift == 0, figures[:, PREMIUM], np.maximum(0, figures[:, PREMIUM] + shift))


def _with_premium(table: SpanTable, revaluation: Revaluation, shift: Integers) -> SpanTable:
    changed, rows = copy(table), revaluation.held.rows
    figures = table.contracts.figures.copy()
    moved = figures[rows]
    _add_premium(moved, shift)
    figures[rows] = moved
    changed.contracts = ContractFigures.of(figures, len(table.currency))
    return changed


def _on_today(table: SpanTable, batch: Batch, revaluation: Revaluation) -> Integers:
    """int64 [nodes, accounts, margin currencies]: every step once, and option value at each node."""
    found = margin(table, batch)
    place = np.searchsorted(revaluation.held.rows, batch.rows)
    today = np.ascontiguousarray(table.contracts.figures[revaluation.held.rows, PREMIUM])
    commodities, sums = found.commodities, found.sums
    result: Integers = _at_option_values(
        sums.starts,
        sums.account_starts,
        sums.options,
        place.astype(np.int64),
        batch.quantities,
        today,
        revaluation.unit,
        revaluation.now,
        revaluation.gaps,
        revaluation.held.marked,
        commodities.scan_risk,
        commodities.intra_commodity_charge,
        commodities.delivery_charge,
        commodities.inter_commodity_credit,
        commodities.short_option_minimum,
        commodities.commodity,
        table.factors,
        table.convention.minimum_before_credits,
        table.money_unit,
        table.currency,
        table.capped,
        len(table.currencies),
    )
    return result


@compiled
def _at_option_values(
    starts: Integers,
    account_starts: Integers,
    today: Integers,
    places: Integers,
    quantities: Integers,
    premium: Integers,
    unit_value: Integers,
    now: Integers,
    gaps: Integers,
    marked: Booleans,
    scan_risk: Integers,
    intra: Integers,
    delivery: Integers,
    credit: Integers,
    minimum: Integers,
    commodity: Integers,
    factors: Integers,
    minimum_before_credits: bool,
    unit: int,
    currency: Integers,
    capped: np.typing.NDArray[np.bool_],
    currencies: int,
) -> Integers:
    nodes, pairs = unit_value.shape[1], len(commodity)
    result = np.empty((nodes, len(account_starts) - 1, currencies), dtype=np.int64)
    values, sizes = np.zeros((pairs, nodes), dtype=np.int64), np.zeros(pairs)
    for pair in range(pairs):
        for position in range(starts[pair], starts[pair + 1]):
            place, quantity = places[position], quantities[position]
            base, largest = premium[place], premium[place]
            if marked[place] or now[place] == NOT_COMPUTABLE:
                values[pair] += quantity * base
            else:
                for node in range(nodes):
                    shift = unit_value[place, node] - now[place] if gaps[place, node] == 0 else 0
                    value = max(0, base + shift) if shift else base
                    values[pair, node] += quantity * value
                    largest = max(largest, value)
            sizes[pair] += float(largest) * abs(float(quantity))
    options = today.copy()
    for node in range(nodes):
        for pair in range(pairs):
            if today[pair, 2] != NOT_COMPUTABLE:
                options[pair, 2] = values[pair, node] if sizes[pair] < 4.0e18 else NOT_COMPUTABLE
        risk, maintenance = commodity_risk(
            scan_risk, intra, delivery, credit, minimum, options, commodity, factors, minimum_before_credits, unit
        )
        totals = account_totals(
            account_starts, commodity, risk, options[:, 2], maintenance, currency, capped, currencies
        )
        result[node] = totals.requirement
    return result
