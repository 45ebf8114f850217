"""Option prices: European by Black, Scholes and Merton and by Black, American by Barone-Adesi and Whaley.

One formula serves all European options through the cost of carry b of the underlying: b = r for a physical without
dividend (Black and Scholes 1973), r - q with a dividend yield (Merton 1973), 0 for a future (Black 1976). American
options add the early exercise premium of Barone-Adesi and Whaley, "Efficient analytic approximation of American option
values", Journal of Finance 42 (1987), with the same b. Option prices are floats: exact figures begin where the arrays
made of them are rounded to money.
"""

from __future__ import annotations

import math
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from engine.compiled import compiled, inlined

Floats = npt.NDArray[np.float64]

LOWEST_VOLATILITY: Final = 1e-4
HIGHEST_VOLATILITY: Final = 10.0
"""Between these an implied volatility is looked for."""
LEAST_DEVIATION: Final = 1e-9
"""Below this standard deviation of the underlying's logarithm to expiry nothing is left to chance."""
ROOT_OF_2: Final = math.sqrt(2.0)
ROOT_OF_2_PI: Final = math.sqrt(2.0 * math.pi)


class Options(NamedTuple):
    """Options to price, in columns of equal length.

    Attributes:
        sign: float64, +1 for a call, -1 for a put.
        strike: float64, price units.
        years: float64, time to expiry; 0 or less for an expired option, which is worth what exercise gives.
        interest: float64, a year, continuous.
        carry: float64, cost of carry of the underlying, a year, continuous.
        american: bool, whether it may be exercised before expiry.
    """

    sign: Floats
    strike: Floats
    years: Floats
    interest: Floats
    carry: Floats
    american: npt.NDArray[np.bool_]

    def take(self, rows: npt.NDArray[np.intp]) -> Options:
        """The options of some rows."""
        terms = (self.sign[rows], self.strike[rows], self.years[rows], self.interest[rows], self.carry[rows])
        return Options(*terms, self.american[rows])


class Terms(NamedTuple):
    """One of the `Options`."""

    sign: float
    strike: float
    years: float
    interest: float
    carry: float
    american: bool


class Moves(NamedTuple):
    """Price and volatility moves of a set of points.

    Attributes:
        price: float64 [points], multiples of an option's price scan range.
        shift: float64 [levels], different multiples of its volatility scan range.
        level: int64 [points], which of ``shift`` each point takes.
        weight: float64 [points].
    """

    price: Floats
    shift: Floats
    level: npt.NDArray[np.int64]
    weight: Floats


class Ranges(NamedTuple):
    """Scan ranges of options.

    Attributes:
        price: float64 [options], price units, up.
        volatility: float64 [options], up.
        price_down: float64 [options], price units.
        volatility_down: float64 [options].
        relative: bool [options], whether the volatilities are fractions of the option's volatility.
    """

    price: Floats
    volatility: Floats
    price_down: Floats
    volatility_down: Floats
    relative: npt.NDArray[np.bool_]

    def take(self, rows: npt.NDArray[np.intp]) -> Ranges:
        """The ranges of some options."""
        up, down = (self.price[rows], self.volatility[rows]), (self.price_down[rows], self.volatility_down[rows])
        return Ranges(*up, *down, self.relative[rows])


@compiled
def values(options: Options, underlying: Floats, volatility: Floats) -> Floats:
    """Theoretical price of each option, float64 [options].

    Args:
        options: The options.
        underlying: Price of each option's underlying; may be 0 or negative.
        volatility: A year, 0 or more.
    """
    result = np.empty(len(underlying))
    for row in range(len(underlying)):
        terms = terms_of(options, row, 0.0)
        result[row] = value_of(terms, underlying[row], volatility[row], exercise_boundary(terms, volatility[row]))
    return result


@compiled
def deltas(options: Options, underlying: Floats, volatility: Floats) -> Floats:
    """Change of each option's price with its underlying's, float64 [options]. Arguments as of `values`."""
    result = np.empty(len(underlying))
    for row in range(len(underlying)):
        terms = terms_of(options, row, 0.0)
        result[row] = delta_of(terms, underlying[row], volatility[row], exercise_boundary(terms, volatility[row]))
    return result


@compiled
def losses(
    options: Options, underlying: Floats, volatility: Floats, ranges: Ranges, moves: Moves, look_ahead: float
) -> Floats:
    """Weighted loss of one long option at each point, price units, float64 [options, points].

    Today's theoretical price less that after ``look_ahead`` years at the moved price and volatility (SPAN algorithm,
    risk arrays from live prices).
    """
    count, points = len(underlying), len(moves.price)
    result = np.empty((count, points))
    shifted, boundaries = np.empty(len(moves.shift)), np.empty(len(moves.shift))
    for row in range(count):
        now, later = terms_of(options, row, 0.0), terms_of(options, row, look_ahead)
        today = value_of(now, underlying[row], volatility[row], exercise_boundary(now, volatility[row]))
        _shift(later, volatility[row], ranges, row, moves.shift, shifted, boundaries)
        for point in range(points):
            there, level = _moved(underlying[row], moves.price[point], ranges, row), moves.level[point]
            then = value_of(later, there, shifted[level], boundaries[level])
            result[row, point] = moves.weight[point] * (today - then)
    return result


@compiled
def composite_deltas(
    options: Options, underlying: Floats, volatility: Floats, ranges: Ranges, moves: Moves, look_ahead: float
) -> Floats:
    """Weighted sum of the deltas after ``look_ahead`` years at each point, float64 [options]."""
    result = np.zeros(len(underlying))
    shifted, boundaries = np.empty(len(moves.shift)), np.empty(len(moves.shift))
    for row in range(len(underlying)):
        later = terms_of(options, row, look_ahead)
        _shift(later, volatility[row], ranges, row, moves.shift, shifted, boundaries)
        for point in range(len(moves.price)):
            there, level = _moved(underlying[row], moves.price[point], ranges, row), moves.level[point]
            result[row] += moves.weight[point] * delta_of(later, there, shifted[level], boundaries[level])
    return result


@compiled
def implied_volatility(options: Options, underlying: Floats, price: Floats) -> Floats:
    """The volatility at which each option is worth ``price``, float64 [options].

    NaN where none between `LOWEST_VOLATILITY` and `HIGHEST_VOLATILITY` gives that price: it holds no time value, is
    below what exercise gives, or above what the option can be worth.
    """
    result = np.empty(len(underlying))
    for row in range(len(underlying)):
        result[row] = _implied(terms_of(options, row, 0.0), underlying[row], price[row])
    return result


@compiled
def terms_of(options: Options, row: int, look_ahead: float) -> Terms:
    """One option ``look_ahead`` years from now."""
    return Terms(
        options.sign[row],
        options.strike[row],
        options.years[row] - look_ahead,
        options.interest[row],
        options.carry[row],
        options.american[row],
    )


@inlined
def _moved(underlying: float, move: float, ranges: Ranges, row: int) -> float:
    """The price after a move of so many ranges: by the range up, or by the one down."""
    there: float = underlying + move * (ranges.price[row] if move >= 0.0 else ranges.price_down[row])
    return there


@compiled
def _shift(
    terms: Terms, volatility: float, ranges: Ranges, row: int, shifts: Floats, shifted: Floats, boundaries: Floats
) -> None:
    """Fill in each level's volatility and early exercise boundary."""
    unit = volatility if ranges.relative[row] else 1.0
    for level in range(len(shifts)):
        one = ranges.volatility[row] if shifts[level] >= 0.0 else ranges.volatility_down[row]
        shifted[level] = max(0.0, volatility + shifts[level] * one * unit)
        boundaries[level] = exercise_boundary(terms, shifted[level])


@compiled
def _normal(deviation: float) -> float:
    return 0.5 * math.erfc(-deviation / ROOT_OF_2)


@compiled
def _density(deviation: float) -> float:
    return math.exp(-0.5 * deviation * deviation) / ROOT_OF_2_PI


@compiled
def _is_certain(terms: Terms, underlying: float, volatility: float) -> bool:
    """Whether chance plays no part: no time, no volatility, or a logarithm that does not exist."""
    if underlying <= 0.0 or terms.strike <= 0.0 or terms.years <= 0.0 or volatility <= 0.0:
        return True
    return volatility * math.sqrt(terms.years) < LEAST_DEVIATION


@compiled
def _discount(terms: Terms) -> float:
    return math.exp(-terms.interest * max(terms.years, 0.0))


@compiled
def _growth(terms: Terms) -> float:
    """What the underlying is worth today if it is delivered at expiry, for each unit of its price."""
    return math.exp((terms.carry - terms.interest) * max(terms.years, 0.0))


@compiled
def _near(terms: Terms, underlying: float, volatility: float) -> float:
    """The formula's d1."""
    spread = volatility * math.sqrt(terms.years)
    return (math.log(underlying / terms.strike) + terms.carry * terms.years) / spread + spread / 2.0


@compiled
def _european(terms: Terms, underlying: float, volatility: float) -> float:
    sign, held, owed = terms.sign, underlying * _growth(terms), terms.strike * _discount(terms)
    if _is_certain(terms, underlying, volatility):
        return max(0.0, sign * (held - owed))
    near = _near(terms, underlying, volatility)
    far = near - volatility * math.sqrt(terms.years)
    return sign * (held * _normal(sign * near) - owed * _normal(sign * far))


@compiled
def _european_delta(terms: Terms, underlying: float, volatility: float) -> float:
    sign = terms.sign
    if _is_certain(terms, underlying, volatility):
        gain = sign * (underlying * _growth(terms) - terms.strike * _discount(terms))
        # At the strike itself half of each side, the limit of the formula.
        return sign * _growth(terms) * (1.0 if gain > 0.0 else 0.5 if gain == 0.0 else 0.0)
    return sign * _growth(terms) * _normal(sign * _near(terms, underlying, volatility))


@compiled
def _european_vega(terms: Terms, underlying: float, volatility: float) -> float:
    if _is_certain(terms, underlying, volatility):
        return 0.0
    return underlying * _growth(terms) * _density(_near(terms, underlying, volatility)) * math.sqrt(terms.years)


@compiled
def _power(terms: Terms, years: float, volatility: float) -> float:
    """Exponent of the early exercise premium: q2 for a call, q1 for a put; ``years`` infinite for a perpetual."""
    variance = volatility * volatility
    less_one = 2.0 * terms.carry / variance - 1.0
    share = -math.expm1(-terms.interest * years)
    root = math.sqrt(less_one * less_one + 8.0 * terms.interest / (variance * share))
    return 0.5 * (-less_one + terms.sign * root)


@compiled
def exercise_boundary(terms: Terms, volatility: float) -> float:
    """Price of the underlying from which on early exercise is as good as waiting; NaN where it never is.

    Waiting is always better for a European option, for a call whose underlying yields nothing, and where no interest
    is earned on what exercise brings in.
    """
    sign, strike = terms.sign, terms.strike
    never = not terms.american or terms.interest <= 1e-12 or (sign > 0.0 and terms.carry >= terms.interest - 1e-12)
    if never or _is_certain(terms, strike, volatility):
        return np.nan
    power = _power(terms, terms.years, volatility)
    perpetual = strike / (1.0 - 1.0 / _power(terms, np.inf, volatility))
    low, high = min(strike, perpetual), max(strike, perpetual)
    growth, spread = _growth(terms), volatility * math.sqrt(terms.years)
    guess = 0.5 * (low + high)
    for _ in range(100):
        near = _near(terms, guess, volatility)
        given_up = 1.0 - growth * _normal(sign * near)
        # Zero where exercise gives what waiting is worth with its premium; rising with the price on both sides.
        excess = guess - strike - sign * _european(terms, guess, volatility) - given_up * guess / power
        slope = given_up - (given_up - sign * growth * _density(near) / spread) / power
        if excess > 0.0:
            high = guess
        else:
            low = guess
        following = guess - excess / slope if slope > 0.0 else np.inf
        # Newton's step, unless it leaves the bracket.
        if not low < following < high:
            following = 0.5 * (low + high)
        if abs(following - guess) <= 1e-12 * strike:
            return following
        guess = following
    return guess


@compiled
def _premium(terms: Terms, underlying: float, volatility: float, boundary: float) -> tuple[float, float]:
    """Early exercise premium of an option better kept, and its change with the underlying's price."""
    power = _power(terms, terms.years, volatility)
    given_up = 1.0 - terms.sign * _european_delta(terms, boundary, volatility)
    premium = terms.sign * boundary / power * given_up * (underlying / boundary) ** power
    return premium, premium * power / underlying


@compiled
def value_of(terms: Terms, underlying: float, volatility: float, boundary: float) -> float:
    """What an option is worth; ``boundary`` as `exercise_boundary` gives it for this volatility."""
    worth, exercised = _european(terms, underlying, volatility), terms.sign * (underlying - terms.strike)
    if not math.isnan(boundary) and not _is_certain(terms, underlying, volatility):
        if terms.sign * (underlying - boundary) >= 0.0:
            return exercised
        worth += _premium(terms, underlying, volatility, boundary)[0]
    return max(worth, exercised) if terms.american else worth


@compiled
def delta_of(terms: Terms, underlying: float, volatility: float, boundary: float) -> float:
    """Change of `value_of` with the underlying's price."""
    delta = _european_delta(terms, underlying, volatility)
    if math.isnan(boundary) or _is_certain(terms, underlying, volatility):
        return delta
    if terms.sign * (underlying - boundary) >= 0.0:
        return terms.sign
    return delta + _premium(terms, underlying, volatility, boundary)[1]


@compiled
def _implied(terms: Terms, underlying: float, price: float) -> float:
    """Newton's method with the European vega, held within a bracket that every step narrows."""
    if _is_certain(terms, underlying, 1.0) or not math.isfinite(price):
        return np.nan
    low, high = LOWEST_VOLATILITY, HIGHEST_VOLATILITY
    least = value_of(terms, underlying, low, exercise_boundary(terms, low))
    most = value_of(terms, underlying, high, exercise_boundary(terms, high))
    if price - least <= 1e-12 * terms.strike or price >= most:
        return np.nan
    # Where the price is straightest over the volatility: from there Newton's steps do not run away.
    middle = math.sqrt(2.0 * abs(math.log(underlying / terms.strike) + terms.carry * terms.years) / terms.years)
    guess, earlier = min(max(middle, 0.1), 2.0), np.inf
    for _ in range(200):
        error = value_of(terms, underlying, guess, exercise_boundary(terms, guess)) - price
        if error > 0.0:
            high = guess
        else:
            low = guess
        vega = _european_vega(terms, underlying, guess)
        following = guess - error / vega if vega > 0.0 else np.inf
        # Early exercise flattens the price, so that the European vega may lead to steps that hardly get anywhere.
        if not low < following < high or abs(error) > 0.5 * earlier:
            following = 0.5 * (low + high)
        if abs(following - guess) <= 1e-12:
            return following
        guess, earlier = following, abs(error)
    return guess
