"""What measures, moves and units are called, and values written in the unit that fits their size."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.numbers import MONEY, MONEY_DECIMALS, NOT_COMPUTABLE, RATIO, RATIO_DECIMALS, Integers, format_scaled
from engine.scenarios.results import Scope
from engine.surface import Axis, Height, Move, SurfaceAxes, SurfaceMeasure, SurfacePicture
from widgets.language import tr
from widgets.numbers_text import MINUS, SPACE, fixed, money, percent
from widgets.surface.camera import Floats
from widgets.surface.relief import Words


def measure_words(measure: SurfaceMeasure) -> str:
    """What a measure is called."""
    return {
        SurfaceMeasure.PROFIT: tr("Profit and loss"),
        SurfaceMeasure.MARGIN: tr("Margin"),
        SurfaceMeasure.RATIO: tr("Risk ratio"),
        SurfaceMeasure.DELTA: tr("Delta"),
        SurfaceMeasure.GAMMA: tr("Gamma"),
        SurfaceMeasure.VEGA: tr("Vega"),
        SurfaceMeasure.THETA: tr("Theta"),
    }[measure]


def short_measure(measure: SurfaceMeasure) -> str:
    """As `measure_words`, for a button."""
    return tr("P&L") if measure is SurfaceMeasure.PROFIT else measure_words(measure)


def per_words(measure: SurfaceMeasure) -> str:
    """What a Greek is per; empty for the rest."""
    return {
        SurfaceMeasure.DELTA: tr("per 1 % of price"),
        SurfaceMeasure.GAMMA: tr("of delta per 1 % of price"),
        SurfaceMeasure.VEGA: tr("per volatility point"),
        SurfaceMeasure.THETA: tr("per day"),
    }.get(measure, "")


def height_words(height: Height) -> str:
    """What stands up from a landscape."""
    return tr("Margin") if height is Height.MARGIN else tr("Shortfall")


def scope_words(scope: Scope) -> str:
    """Whose risk."""
    return {Scope.ACCOUNT: tr("Account"), Scope.GROUP: tr("Group"), Scope.FIRM: tr("Firm")}[scope]


def axes_words(axes: SurfaceAxes) -> str:
    """Which two moves."""
    return tr("Price × volatility") if axes is SurfaceAxes.PRICE_VOLATILITY else tr("Price × time")


def move_title(move: Move) -> str:
    """Title of an axis, with its unit."""
    return {
        Move.PRICE: tr("Price move, %"),
        Move.VOLATILITY: tr("Volatility move, points"),
        Move.TIME: tr("Time, days ahead"),
    }[move]


def in_unit(axis: Axis) -> Floats:
    """float64 [nodes]: values of an axis in the unit of its title."""
    values: Floats = axis.values / RATIO
    return values if axis.move is Move.TIME else values * 100


def tick_words(value: float) -> str:
    """A place on an axis: signed, no more decimals than it has."""
    text = f"{abs(value):.4f}".rstrip("0").rstrip(".")
    return text if text == "0" else (MINUS if value < 0 else "+") + text


def move_reading(axis: Axis, node: int) -> str:
    """A node of an axis in words: ``price +2.5 %``."""
    return {
        Move.PRICE: tr("price {move} %"),
        Move.VOLATILITY: tr("volatility {move} points"),
        Move.TIME: tr("{move} days"),
    }[axis.move].format(move=tick_words(round(float(in_unit(axis)[node]), 4)))


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit that keeps labels short: values are divided by ``size``, which ``words`` names."""

    size: float
    words: str

    @classmethod
    def of_money(cls, largest: float, currency: str) -> Unit:
        """The unit for amounts (money scale) of at most ``largest``."""
        if largest >= 10_000_000 * MONEY:
            return cls(1e6 * MONEY, tr("million {currency}").format(currency=currency))
        if largest >= 10_000 * MONEY:
            return cls(1e3 * MONEY, tr("thousand {currency}").format(currency=currency))
        return cls(float(MONEY), currency)

    @classmethod
    def of_ratio(cls) -> Unit:
        """Percent."""
        return cls(RATIO / 100, "%")

    def of(self, values: Integers) -> Floats:
        """float64: values in this unit, NaN where they are not computable."""
        return np.where(values == NOT_COMPUTABLE, np.nan, values / self.size)


def number_words(step: float) -> Words:
    """Writes values that lie ``step`` apart, with as many decimals as tell them apart."""
    places = 0
    while places < 6 and abs(round(step, places) - step) > step * 1e-6:
        places += 1

    def words(value: float) -> str:
        scaled = round(value * 10**places)
        return fixed(scaled, places, places)

    return words


def value_words(value: int, measure: SurfaceMeasure, currency: str) -> str:
    """One exact value with its unit."""
    if value == NOT_COMPUTABLE:
        return tr("not computable")
    if not measure.is_money:
        return percent(value)
    signed = measure.has_sides
    return f"{money(value, signed=signed)}{SPACE}{currency}"


def node_reading(picture: SurfacePicture, node: tuple[int, int]) -> str:
    """A node in full: both moves, the value, with the what-if what it becomes, and per what."""
    measure, currency = picture.question.measure, picture.currency
    where = f"{move_reading(picture.across, node[0])}, {move_reading(picture.along, node[1])}"
    said = value_words(int(picture.values[node]), measure, currency)
    if picture.hypothetical is not None:
        after = value_words(int(picture.hypothetical[node]), measure, currency)
        said = tr("{before}, with the what-if {after}").format(before=said, after=after)
    per = per_words(measure)
    return f"{where}: {said}" + (f" {per}" if per else "")


def owner_words(picture: SurfacePicture) -> str:
    """Whose surface it is."""
    return tr("whole firm") if picture.question.scope is Scope.FIRM else picture.question.name


def raw_table(picture: SurfacePicture) -> str:
    """Every node as text: price moves down, other moves across, plain numbers; empty where not computable."""
    decimals = MONEY_DECIMALS if picture.question.measure.is_money else RATIO_DECIMALS
    lines = ["\t".join(["", *(format_scaled(int(value), RATIO_DECIMALS) for value in picture.along.values)])]
    for move, row in zip(picture.across.values.tolist(), picture.values.tolist(), strict=True):
        cells = ["" if value == NOT_COMPUTABLE else format_scaled(value, decimals) for value in row]
        lines.append("\t".join([format_scaled(move, RATIO_DECIMALS), *cells]))
    return "\n".join(lines)
