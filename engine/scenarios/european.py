"""European options at many nodes: the formula of `engine.span.pricing` with all that does not change taken out.

Between nodes of one volatility and one time only the price moves. Its logarithm is a sum, and both probabilities rest
on one exponential: the held and the owed side have equal densities, price x growth x n(d1) = strike x discount x n(d2).
The normal distribution is Hart's rational approximation (J. F. Hart, Computer Approximations, 1968, no. 5666; G. West,
Better approximations to cumulative normal functions, Wilmott, 2005), good to the last digits of a double.
"""

from __future__ import annotations

import math
from typing import Final, NamedTuple

from engine.compiled import compiled, inlined
from engine.span.pricing import LEAST_DEVIATION, ROOT_OF_2, Terms

FAR: Final = 7.07106781186547
"""Beyond so many deviations the approximation does not hold."""


class Level(NamedTuple):
    """One option at one volatility and time.

    Attributes:
        fits: Whether the formula serves: European, and with something left to chance.
        growth: What the underlying is worth today if delivered at expiry, for each unit of its price.
        owed: The strike, discounted.
        spread: Standard deviation of the underlying's logarithm to expiry.
        less: What is added to the logarithm of price / strike, divided by ``spread``, for d1.
    """

    fits: bool
    growth: float
    owed: float
    spread: float
    less: float


@compiled
def level_of(terms: Terms, volatility: float) -> Level:
    """Everything about an option but the price of its underlying."""
    if terms.american or terms.years <= 0.0 or terms.strike <= 0.0 or volatility <= 0.0:
        return Level(False, 1.0, 1.0, 1.0, 0.0)
    spread = volatility * math.sqrt(terms.years)
    if spread < LEAST_DEVIATION:
        return Level(False, 1.0, 1.0, 1.0, 0.0)
    growth = math.exp((terms.carry - terms.interest) * terms.years)
    owed = terms.strike * math.exp(-terms.interest * terms.years)
    return Level(True, growth, owed, spread, terms.carry * terms.years / spread + spread / 2.0)


@inlined
def european_value(sign: float, underlying: float, logarithm: float, level: Level) -> float:
    """What the option is worth.

    Args:
        sign: +1 for a call, -1 for a put.
        underlying: Price, above 0.
        logarithm: Of price / strike.
        level: As `level_of` gives it; it must fit.
    """
    near = logarithm / level.spread + level.less
    far, held = near - level.spread, underlying * level.growth
    density = math.exp(-0.5 * near * near)
    above = normal(sign * near, density)
    below = normal(sign * far, density * held / level.owed)
    return sign * (held * above - level.owed * below)


@compiled
def normal(deviation: float, exponential: float) -> float:
    """Probability of less than ``deviation``; ``exponential`` is that of minus half its square."""
    size = abs(deviation)
    if size >= FAR:
        return 0.5 * math.erfc(-deviation / ROOT_OF_2)
    above = 3.52624965998911e-02 * size + 0.700383064443688
    above = above * size + 6.37396220353165
    above = above * size + 33.912866078383
    above = above * size + 112.079291497871
    above = above * size + 221.213596169931
    above = above * size + 220.206867912376
    below = 8.83883476483184e-02 * size + 1.75566716318264
    below = below * size + 16.064177579207
    below = below * size + 86.7807322029461
    below = below * size + 296.564248779674
    below = below * size + 637.333633378831
    below = below * size + 793.826512519948
    below = below * size + 440.413735824752
    tail = exponential * above / below
    return tail if deviation <= 0.0 else 1.0 - tail
