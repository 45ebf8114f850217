"""From a `Landscape` to a `Relief`: a bar for each account and product, the rest and the largest at the back."""

from __future__ import annotations

import numpy as np

from engine.numbers import NOT_COMPUTABLE, RATIO, Integers
from engine.surface import Landscape
from widgets.language import sentence, tr
from widgets.numbers_text import SPACE, count, money, percent
from widgets.surface.camera import Floats
from widgets.surface.plot import Node
from widgets.surface.ramp import Ramp
from widgets.surface.relief import Colours, ColourScale, Relief, Ruler, Tick
from widgets.surface.surface_relief import span_of
from widgets.surface.words import Unit, height_words
from widgets.theme import Theme, blend

BOUNDS = (0.4, 1.0, 2.0, 5.0, 10.0, 20.0)
"""Shares of equity at which colours may end; coarse, so that a colour seldom changes its meaning."""
FILL = 0.76
"""Share of its place that a bar takes."""
LEVELS = 5


def relief_of_landscape(landscape: Landscape, theme: Theme) -> Relief:
    """What to draw: products across, accounts along; from the far end the sum of the rest, the largest, the smaller."""
    rows, columns = _order(landscape)
    block = np.ix_(rows, columns)
    values, share = landscape.values[block].T, landscape.share[block].T
    alone = landscape.values[: len(landscape.accounts), : len(landscape.products)]
    known = alone[alone != NOT_COMPUTABLE]
    unit = Unit.of_money(float(np.abs(known).max(initial=0)), landscape.currency)
    span = span_of(unit.of(known), None, with_zero=True)
    # The rest of a large desk is taller than any account; it is cut off rather than press these flat.
    heights = np.minimum(span.height(unit.of(values)), 1.0)
    bound = _bound(share)
    ramp = Ramp.rising(theme, 0.0, bound * 100)
    xs, ys = _places(values.shape[0]), _places(values.shape[1])
    names = product_names(landscape), account_names(landscape)
    colours = _colours(values, share, ramp, theme)
    _grey_out_rest(colours, values, landscape, theme)
    return Relief(
        Ruler(tr("Products"), _names(xs, [names[0][column] for column in columns])),
        Ruler(tr("Accounts"), _names(ys, [names[1][row] for row in rows])),
        Ruler(f"{height_words(landscape.height)}, {unit.words}", span.ticks),
        xs,
        ys,
        heights,
        colours,
        ColourScale(tr("Share of equity, %"), ramp.legend(0.0, bound * 100), _legend(bound)),
        bars=True,
        widths=(FILL / len(xs), FILL / len(ys)),
    )


def product_names(landscape: Landscape) -> list[str]:
    """Names of the columns, the sum of the rest last."""
    rest = landscape.other_products
    return [*landscape.products, *([tr("{count} others").format(count=count(rest))] if rest else [])]


def account_names(landscape: Landscape) -> list[str]:
    """Names of the rows, the sum of the rest last."""
    rest = landscape.other_accounts
    return [*landscape.accounts, *([tr("{count} others").format(count=count(rest))] if rest else [])]


def cell_of(landscape: Landscape, node: Node) -> tuple[int, int]:
    """Row and column of the landscape that a node of its relief stands for."""
    rows, columns = _order(landscape)
    return rows[node[1]], columns[node[0]]


def node_of(landscape: Landscape, row: int, column: int) -> Node:
    """The other way round."""
    rows, columns = _order(landscape)
    return columns.index(column), rows.index(row)


def cell_reading(landscape: Landscape, node: Node) -> str:
    """A cell in full: account and product, value, share of equity; the reason where it has none."""
    row, column = cell_of(landscape, node)
    value, share = int(landscape.values[row, column]), int(landscape.share[row, column])
    where = f"{account_names(landscape)[row]} × {product_names(landscape)[column]}"
    if value == NOT_COMPUTABLE:
        reason = landscape.reasons.get((row, column))
        return f"{where}: {sentence(reason) if reason is not None else tr('not computable')}"
    if value == 0 and share == 0:
        return f"{where}: {tr('no position')}"
    said = [f"{height_words(landscape.height)} {money(value)}{SPACE}{landscape.currency}"]
    known = share != NOT_COMPUTABLE
    said.append(tr("{share} of equity").format(share=percent(share)) if known else tr("share not computable"))
    return f"{where}: {' · '.join(said)}"


def _order(landscape: Landscape) -> tuple[list[int], list[int]]:
    """Rows from the front, columns from the left, in the order they stand in; the sum of the rest at the far end."""
    rows = list(range(len(landscape.accounts)))[::-1] + ([len(landscape.accounts)] if landscape.other_accounts else [])
    rest = [len(landscape.products)] if landscape.other_products else []
    return rows, [*rest, *range(len(landscape.products))]


def _places(number: int) -> Floats:
    """Middles of ``number`` equal parts of -1 to 1."""
    placed: Floats = (2 * np.arange(number) + 1) / max(number, 1) - 1
    return placed


def _names(places: Floats, names: list[str]) -> tuple[Tick, ...]:
    return tuple(Tick(place, name) for place, name in zip(places.tolist(), names, strict=True))


def _bound(share: Integers) -> float:
    """The first bound that all but a few shares stay below."""
    known = share[(share != NOT_COMPUTABLE) & (share > 0)] / RATIO
    high = float(np.quantile(known, 0.97)) if len(known) else 0.0
    return next((bound for bound in BOUNDS if high <= bound), BOUNDS[-1])


def _legend(bound: float) -> tuple[Tick, ...]:
    steps = np.linspace(0, 1, LEVELS)
    words = [f"{bound * 100 * step:,.0f}" for step in steps.tolist()]
    words[-1] = f"≥{SPACE}{words[-1]}"
    return tuple(Tick(step, word) for step, word in zip(steps.tolist(), words, strict=True))


def _colours(values: Integers, share: Integers, ramp: Ramp, theme: Theme) -> Colours:
    """By share of equity; apart from these what has no share, no value, or nothing at all."""
    made = ramp.colours(np.where(share == NOT_COMPUTABLE, 0, share) / RATIO * 100)
    colours = theme.colours
    for chosen, colour in (
        ((values == 0) & (share == 0), blend(colours.line, colours.panel, 0.55)),
        ((share == NOT_COMPUTABLE), colours.faint),
        ((values == NOT_COMPUTABLE), blend(colours.warning, colours.panel, 0.6)),
    ):
        made[chosen] = (colour.red(), colour.green(), colour.blue(), 255)
    return made


def _grey_out_rest(colours: Colours, values: Integers, landscape: Landscape, theme: Theme) -> None:
    """A sum of many has no concentration of its own."""
    grey = blend(theme.colours.faint, theme.colours.panel, 0.42)
    rest = np.zeros(values.shape, dtype=np.bool_)
    rest[:1] |= bool(landscape.other_products)
    rest[:, -1:] |= bool(landscape.other_accounts)
    colours[rest & (values != 0) & (values != NOT_COMPUTABLE), :3] = (grey.red(), grey.green(), grey.blue())
