"""Black's model of options on futures, for the arrays of the sample market. Generates data: floats are fine here."""

from __future__ import annotations

import math
from typing import NamedTuple

LOOK_AHEAD = 1 / 250
PRICE_MOVES = (0, 0, 1 / 3, 1 / 3, -1 / 3, -1 / 3, 2 / 3, 2 / 3, -2 / 3, -2 / 3, 1, 1, -1, -1, 3, -3)
VOLATILITY_MOVES = (1, -1) * 7 + (0, 0)
WEIGHTS = (1.0,) * 14 + (0.33, 0.33)
DELTA_MOVES = (-1, -2 / 3, -1 / 3, 0, 1 / 3, 2 / 3, 1)
DELTA_WEIGHTS = (0.037, 0.111, 0.217, 0.270, 0.217, 0.111, 0.037)


class Option(NamedTuple):
    """An option on a future: right C or P, strike in price units, years to expiry, interest and volatility a year."""

    right: str
    strike: float
    years: float
    interest: float
    volatility: float


def _normal(deviation: float) -> float:
    return 0.5 * math.erfc(-deviation / math.sqrt(2))


def value(option: Option, future: float) -> float:
    """Premium in price units."""
    spread = option.volatility * math.sqrt(option.years)
    near = math.log(future / option.strike) / spread + spread / 2
    sign = 1 if option.right == "C" else -1
    payoff = future * _normal(sign * near) - option.strike * _normal(sign * (near - spread))
    return math.exp(-option.interest * option.years) * sign * payoff


def delta(option: Option, future: float) -> float:
    """Change of the premium with the future's price."""
    spread = option.volatility * math.sqrt(option.years)
    near = math.log(future / option.strike) / spread + spread / 2
    sign = 1 if option.right == "C" else -1
    return math.exp(-option.interest * option.years) * sign * _normal(sign * near)


def risk_array(option: Option, future: float, scan: float, volatility_scan: float) -> list[float]:
    """Loss of one long option in the 16 scenarios, price units.

    Args:
        option: The option today.
        future: Price of its future.
        scan: Price scan range in price units.
        volatility_scan: Relative volatility scan range.
    """
    today = value(option, future)
    losses = []
    for move, shift, weight in zip(PRICE_MOVES, VOLATILITY_MOVES, WEIGHTS, strict=True):
        tomorrow = option._replace(
            years=option.years - LOOK_AHEAD, volatility=option.volatility * (1 + shift * volatility_scan)
        )
        losses.append(weight * (today - value(tomorrow, future + move * scan)))
    return losses


def composite_delta(option: Option, future: float, scan: float) -> float:
    """Delta averaged over seven price moves within the scan range."""
    tomorrow = option._replace(years=option.years - LOOK_AHEAD)
    moves = zip(DELTA_MOVES, DELTA_WEIGHTS, strict=True)
    return sum(weight * delta(tomorrow, future + move * scan) for move, weight in moves)
