"""How limits and their figures are worded for a person."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from engine.classification import Dimension
from engine.instruments import Contract
from engine.limits import MONEY_MEASURES, PLAIN_RATIOS, RATIO_MEASURES, Basis, Level, Measure, Mode
from engine.numbers import (
    MONEY,
    MONEY_DECIMALS,
    NOT_COMPUTABLE,
    RATIO,
    RATIO_DECIMALS,
    divide_half_away,
    format_scaled,
)
from engine.text import BadInputError, Text, text

LEVELS: Final[Mapping[Level, Text]] = {
    Level.ACCOUNT: text("account"),
    Level.GROUP: text("group"),
    Level.FIRM: text("firm"),
}
MODES: Final[Mapping[Mode, Text]] = {Mode.ENFORCE: text("enforced"), Mode.SHADOW: text("in shadow")}
DIMENSIONS: Final[Mapping[Dimension, Text]] = {
    Dimension.CONTRACT: text("contract"),
    Dimension.PRODUCT: text("product"),
    Dimension.SECTOR: text("sector"),
    Dimension.ASSET_CLASS: text("asset class"),
    Dimension.CURRENCY: text("currency"),
    Dimension.EXPIRY: text("expiry"),
}
BASES: Final[Mapping[Basis, Text]] = {
    Basis.EQUITY: text("equity"),
    Basis.GROSS: text("gross exposure"),
    Basis.OPEN_INTEREST: text("open interest"),
    Basis.DAILY_VOLUME: text("average daily volume"),
}
_MEASURES: Final[Mapping[Measure, Text]] = {
    Measure.MARGIN_RATIO: text("margin ratio"),
    Measure.SHARE_OF_EQUITY: text("share of equity"),
    Measure.SHARE_OF_GROSS: text("share of gross exposure"),
    Measure.GROSS: text("gross exposure"),
    Measure.NET: text("net exposure"),
    Measure.DELTA: text("delta exposure"),
    Measure.POSITION: text("position"),
    Measure.HHI: text("concentration index"),
    Measure.DAYS: text("days to liquidate"),
    Measure.COST: text("cost to liquidate"),
}


@lru_cache(4_096)
def name_shown(name: str, by: Dimension | None) -> str:
    """A name along a dimension as a person reads it: a contract's title instead of its identity."""
    if by is not Dimension.CONTRACT:
        return name
    try:
        return Contract.parse(name).title
    except BadInputError:
        return name


def described(measure: Measure, name: str, by: Dimension | None = None) -> Text:
    """A measure, and the name along ``by`` it is about where it is about one."""
    words = _MEASURES[measure]
    return text("{measure} in {name}", measure=words, name=name_shown(name, by)) if name else words


def compared(measure: Measure, figure: int, bound: int) -> tuple[str, str]:
    """A figure and its bound, rounded for reading; in full where rounding would make them look alike."""
    steps = {**dict.fromkeys(RATIO_MEASURES, RATIO // 1_000), **dict.fromkeys(MONEY_MEASURES, MONEY)}
    step = RATIO // 100 if measure in PLAIN_RATIOS else steps.get(measure, 1)
    rounded = [divide_half_away(each, step) * step for each in (figure, bound)]
    figures = rounded if rounded[0] != rounded[1] else [figure, bound]
    return shown(measure, figures[0]), shown(measure, figures[1])


def shown(measure: Measure, figure: int) -> str:
    """A figure as a person reads it: a percentage, an amount, a number of contracts."""
    if figure == NOT_COMPUTABLE:
        return "–"
    if measure in PLAIN_RATIOS:
        return format_scaled(figure, RATIO_DECIMALS, 2)
    if measure in RATIO_MEASURES:
        return in_percent(figure)
    if measure in MONEY_MEASURES:
        whole, _, fraction = format_scaled(figure, MONEY_DECIMALS).partition(".")
        return f"{int(whole):,}.{fraction}" if fraction else f"{int(whole):,}"
    return f"{figure:,}"


def in_percent(ratio: int) -> str:
    """A ratio as a person reads it."""
    return f"{format_scaled(ratio, RATIO_DECIMALS - 2, 1)} %"
