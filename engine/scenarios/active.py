"""Where the active SPAN scenario lies on the plane of a grid."""

from __future__ import annotations

import numpy as np

from engine.numbers import MONEY, NOT_COMPUTABLE, PRICE, RATIO
from engine.scenarios.axes import Axis, AxisKind
from engine.scenarios.holdings import Holdings
from engine.scenarios.model import ScenarioModel
from engine.scenarios.results import Marker
from engine.span.arrays import Batch, SpanTable
from engine.span.scan import fold, scan
from engine.span.summing import sum_positions
from engine.state import DeskState
from engine.text import text


def active_marker(state: DeskState, model: ScenarioModel, holdings: Holdings, x: Axis, y: Axis) -> Marker | None:
    """The active scenario of the commodity with the largest scan risk; None where there is none, or no price axis.

    Its price move is that of the commodity's first future, in percent of its price. On a volatility axis it lies at
    the move of that commodity's first option in points, elsewhere at 0. Of a group or the firm, all positions net.
    """
    if (x.kind is not AxisKind.PRICE and y.kind is not AxisKind.PRICE) or AxisKind.PRODUCT in (x.kind, y.kind):
        return None
    group = next((each for each in holdings.groups if each.table is not None and len(each.batch.rows)), None)
    if group is None or group.table is None:
        return None
    table = group.table
    rows, places = np.unique(group.batch.rows, return_inverse=True)
    net = np.zeros(len(rows), dtype=np.int64)
    np.add.at(net, places, group.batch.quantities)
    sums = sum_positions(table, Batch(np.array([0, len(rows)], dtype=np.int64), rows, net))
    folded = fold(scan(table, sums), sums.group_starts)
    largest = int(np.argmax(folded.risk))
    if folded.risk[largest] <= 0:
        return None
    commodity, point = int(sums.commodity[largest]), model.parameters.scan_points[int(folded.active[largest])]
    price = _price_move(state, model, table, commodity, float(point.price_numerator / point.price_denominator))
    if price is None:
        return None
    volatility = _volatility_move(model, table, commodity, float(point.volatility_multiple))
    moves = {AxisKind.PRICE: price, AxisKind.VOLATILITY: volatility, AxisKind.TIME: 0.0}
    name = model.parameters.commodities[commodity].code
    return Marker(text("active scenario of {commodity}", commodity=name), moves[x.kind], moves[y.kind])


def _price_move(
    state: DeskState, model: ScenarioModel, table: SpanTable, commodity: int, fraction: float
) -> float | None:
    contracts, arrays = model.parameters.contracts, model.parameters.contracts.arrays[table.rate_set]
    rows = np.flatnonzero((contracts.commodity == commodity) & (contracts.right == 0) & arrays.present)
    for row in rows.tolist():
        quoted = int(state.price[row]) if row < len(state.price) else NOT_COMPUTABLE
        price = quoted if quoted != NOT_COMPUTABLE else int(contracts.price[row])
        value = price / PRICE * int(contracts.multiplier[row]) / PRICE
        if price != NOT_COMPUTABLE and value > 0:
            reach = arrays.price_scan[row] if fraction >= 0 else arrays.price_down[row]
            return fraction * float(reach) / MONEY / value * 100.0
    return None


def _volatility_move(model: ScenarioModel, table: SpanTable, commodity: int, multiple: float) -> float:
    contracts, arrays = model.parameters.contracts, model.parameters.contracts.arrays[table.rate_set]
    rows = np.flatnonzero((contracts.commodity == commodity) & (contracts.right > 0) & arrays.present)
    if not len(rows) or not multiple:
        return 0.0
    row = int(rows[0])
    reach = arrays.volatility_scan[row] if multiple >= 0 else arrays.volatility_down[row]
    unit = contracts.volatility[row] / RATIO if arrays.volatility_relative[row] else 1.0
    return multiple * float(reach) / RATIO * float(unit) * 100.0
