"""What comes out of a revaluation: measures on a grid, and why any of them is missing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntFlag, StrEnum
from functools import cache

from engine.numbers import Integers
from engine.scenarios.axes import Axis
from engine.text import Text, text


class Measure(StrEnum):
    """What is measured at a node. Money scale; `RATIO` in ratio scale."""

    PROFIT = "profit"
    """Profit and loss of all positions against now, option value included."""
    MARGIN = "margin"
    """The requirement."""
    RATIO = "ratio"
    """Risk ratio: margin / equity (风险度)."""
    EQUITY = "equity"
    """Equity as the account list has it: without the value of premium-style options."""
    WORTH = "worth"
    """What would be left if all were closed out: equity and the value of premium-style options."""
    SHORTFALL = "shortfall"
    """What is missing where that is below zero (穿仓), else 0; of several accounts, the sum of theirs."""
    DELTA = "delta"
    """Gain for a rise of the underlyings by 1 % of their price."""
    GAMMA = "gamma"
    """Change of `DELTA` for a rise of the underlyings by 1 % of their price."""
    VEGA = "vega"
    """Gain for a rise of all volatilities by one point."""
    THETA = "theta"
    """Gain from one calendar day that passes."""


GREEKS = frozenset({Measure.DELTA, Measure.GAMMA, Measure.VEGA, Measure.THETA})
STANDING = frozenset(Measure) - GREEKS
"""What is always computed; Greeks only where they are asked for."""


class MarginMode(StrEnum):
    """What margin at a node rests on."""

    TODAY = "today"
    """Margin on today's arrays: only option value is taken at the node's prices. Quick."""
    NODE = "node"
    """Margin on arrays computed anew at the node's prices, volatilities and time."""


class Gap(IntFlag):
    """Why a figure at a node is not computable."""

    NO_PRICE = 1
    NO_UNDERLYING = 2
    NO_MODEL = 4
    NO_VOLATILITY = 8
    TOO_LARGE = 16
    NO_EQUITY = 32
    NO_CONVERSION = 64
    NO_RATES = 128
    USED_UP = 256
    NO_ACCOUNT = 512


@cache
def gap_sentences(gaps: int) -> tuple[Text, ...]:
    """One sentence for each bit of `Gap`."""
    meaning = {
        Gap.NO_PRICE: text("not computable: a position has no price"),
        Gap.NO_UNDERLYING: text("not computable: the underlying of an option has no price"),
        Gap.NO_MODEL: text("not computable: no pricing model covers a position"),
        Gap.NO_VOLATILITY: text("not computable: an option has no volatility"),
        Gap.TOO_LARGE: text("not computable: a figure is too large"),
        Gap.NO_EQUITY: text("not computable: equity is not known"),
        Gap.NO_CONVERSION: text("not computable: no exchange rate in the parameters"),
        Gap.NO_RATES: text("not computable: the parameters have no rates for this account"),
        Gap.USED_UP: text("equity is used up"),
        Gap.NO_ACCOUNT: text("not computable: there is no such account"),
    }
    return tuple(sentence for gap, sentence in meaning.items() if gaps & gap)


class Scope(StrEnum):
    """Whose positions."""

    ACCOUNT = "account"
    GROUP = "group"
    FIRM = "firm"


@dataclass(frozen=True, slots=True)
class Subject:
    """Whose positions: an account or a group by name, or the firm, whose name is empty."""

    scope: Scope
    name: str = ""


@dataclass(frozen=True, slots=True)
class Marker:
    """A point on the plane of a grid, in units of its axes, between steps as a rule."""

    label: Text
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Grid:
    """Measures over two axes.

    Attributes:
        subject: Whose.
        currency: Of all money.
        x: First axis.
        y: Second axis.
        measures: int64 [steps of x, steps of y] each, `NOT_COMPUTABLE` where `reasons` says why.
        gaps: int64 [steps of x, steps of y], `Gap` bits.
        mode: What margin rests on.
        sequence: Of the state it was computed on.
        now: Monotonic nanoseconds of that state.
        parameters: Version of the parameters.
        current: Where on the axes nothing moves; None where that is on no step.
        active: Where the active scenario of the largest scan risk lies; None where the axes do not show it.
        notes: What the figures leave out, sentences for a person.
    """

    subject: Subject
    currency: str
    x: Axis
    y: Axis
    measures: Mapping[Measure, Integers]
    gaps: Integers
    mode: MarginMode
    sequence: int
    now: int
    parameters: str
    current: Marker | None = None
    active: Marker | None = None
    notes: tuple[Text, ...] = ()

    def reasons(self, x: int, y: int) -> tuple[Text, ...]:
        """Why figures at a node are missing; empty where all are there."""
        return gap_sentences(int(self.gaps[x, y]))
