"""What the charts of concentration show, as exact raw values on their way out."""

from __future__ import annotations

from collections.abc import Sequence

from engine.concentration_picture import NO_LIMIT, ExposureGrid, ExposureLevel, LargestNames
from engine.numbers import MONEY_DECIMALS, RATIO_DECIMALS, Integers
from widgets.language import tr
from widgets.sheet import Sheet, Value


def levels_sheet(levels: Sequence[ExposureLevel], currency: str) -> Sheet:
    """Sectors, products and contracts, each under what it belongs to."""
    rows: list[list[Value]] = []
    depths: list[int] = []

    def walk(depth: int, parent: int) -> None:
        if depth == len(levels):
            return
        level = levels[depth]
        for row in range(len(level)):
            if depth and int(level.parents[row]) != parent:
                continue
            money = (_amount(column, row, MONEY_DECIMALS) for column in (level.value, level.long, level.short))
            ratios = (_amount(column, row, RATIO_DECIMALS) for column in (level.share, level.use))
            rows.append([depth, level.names[row], *money, currency, *ratios])
            depths.append(depth)
            walk(depth + 1, row)

    walk(0, 0)
    titles = (tr("Level"), tr("Name"), tr("Exposure"), tr("Long"), tr("Short"), tr("Currency"))
    return Sheet(tr("Treemap"), (*titles, tr("Share of equity"), tr("Use of limit")), rows, tuple(depths))


def grid_sheet(grid: ExposureGrid, currency: str) -> Sheet:
    """One row an account, one column a product or sector: exposures."""
    rows: list[list[Value]] = [
        [account, currency, *((amount, MONEY_DECIMALS) for amount in grid.value[row].tolist())]
        for row, account in enumerate(grid.accounts)
    ]
    return Sheet(tr("Heat map"), (tr("Account"), tr("Currency"), *grid.columns), rows)


def largest_sheet(largest: LargestNames, currency: str) -> Sheet:
    """The largest names and their limits."""
    rows: list[list[Value]] = [
        [
            name,
            _amount(largest.value, row, MONEY_DECIMALS),
            currency,
            _amount(largest.share, row, RATIO_DECIMALS),
            _amount(largest.soft, row, MONEY_DECIMALS),
            _amount(largest.hard, row, MONEY_DECIMALS),
        ]
        for row, name in enumerate(largest.names)
    ]
    titles = (tr("Name"), tr("Exposure"), tr("Currency"), tr("Share of equity"), tr("Soft limit"), tr("Hard limit"))
    return Sheet(tr("Largest names"), titles, rows)


def _amount(column: Integers, row: int, decimals: int) -> Value:
    amount = int(column[row])
    return "" if amount == NO_LIMIT else (amount, decimals)
