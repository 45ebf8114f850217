"""Exact numbers: integers scaled by a power of ten, rounded half away from zero, overflow detected.

A *scaled integer* with d decimals stands for value / 10**d. Money, prices, deltas and ratios have fixed scales, so that
any two figures of a kind add and compare without conversion. No binary float takes part.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import numpy as np
import numpy.typing as npt

from engine.compiled import compiled, inlined

Integers = npt.NDArray[np.int64]

MONEY_DECIMALS = 6
PRICE_DECIMALS = 8
DELTA_DECIMALS = 4
RATIO_DECIMALS = 6
MONEY: int = 10**MONEY_DECIMALS
PRICE: int = 10**PRICE_DECIMALS
DELTA: int = 10**DELTA_DECIMALS
RATIO: int = 10**RATIO_DECIMALS

LARGEST: int = 2**62
"""Magnitude above which a kernel reports overflow: one bit is kept in hand so that a sum of two is still exact."""
NOT_COMPUTABLE: int = -(2**63)
"""What stands for a figure that is missing or would leave `LARGEST`: never a valid result, never shown as a number."""


def parse_scaled(number: str, decimals: int) -> int:
    """Read decimal text exactly.

    Args:
        number: Digits with an optional sign and decimal point; no exponent, no separators.
        decimals: Scale of the result.

    Raises:
        ValueError: Not a plain decimal number, or digits other than 0 beyond ``decimals``, or beyond 63 bits.
    """
    digits = number.strip()
    whole, point, fraction = digits.partition(".")
    unsigned = whole[1:] if whole[:1] in ("+", "-") else whole
    if not (unsigned + fraction).isdecimal() or not (unsigned + fraction).isascii():
        raise ValueError(f"{number!r} is not a decimal number")
    if point and len(fraction) > decimals:
        if fraction[decimals:].strip("0"):
            raise ValueError(f"{number!r} has more than {decimals} decimals")
        fraction = fraction[:decimals]
    value = int((whole if unsigned else whole + "0") + fraction.ljust(decimals, "0"))
    if not -LARGEST <= value <= LARGEST:
        raise ValueError(f"{number!r} is too large")
    return value


def format_scaled(value: int, decimals: int, places: int = 0) -> str:
    """Write a scaled integer as exact decimal text with at least ``places`` decimals and no needless zeros beyond."""
    sign = "-" if value < 0 else ""
    digits = str(abs(int(value))).rjust(decimals + 1, "0")
    whole, fraction = (digits[:-decimals], digits[-decimals:]) if decimals else (digits, "")
    fraction = fraction[:places] + fraction[places:].rstrip("0")
    fraction = fraction.ljust(places, "0")
    return f"{sign}{whole}.{fraction}" if fraction else f"{sign}{whole}"


def scale_decimal(value: Decimal, decimals: int) -> int:
    """The exact scaled integer of a decimal. Raises ValueError where ``decimals`` are too few or 63 bits too small."""
    return parse_scaled(f"{value:f}", decimals)


def decimals_needed(value: Decimal) -> int:
    """The least scale at which ``value`` is a whole number: 12.7500 needs 2."""
    exponent = value.normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def divide_half_away(numerator: Any, denominator: Any) -> Any:
    """numerator / denominator rounded half away from zero, for integers or integer arrays; denominator > 0."""
    magnitude = (2 * abs(numerator) + denominator) // (2 * denominator)
    return (
        np.where(numerator < 0, -magnitude, magnitude)
        if isinstance(magnitude, np.ndarray)
        else (-magnitude if numerator < 0 else magnitude)
    )


def round_places(value: Any, decimals: int, places: int) -> Any:
    """Round a figure of scale ``decimals`` to ``places`` decimals; the scale of the result stays ``decimals``."""
    if places >= decimals:
        return value
    unit = 10 ** (decimals - places)
    return divide_half_away(value, unit) * unit


@compiled
def round_units(value: int, unit: int) -> int:
    """Round to a multiple of ``unit`` (> 0), half away from zero; `NOT_COMPUTABLE` beyond `LARGEST`."""
    if value == NOT_COMPUTABLE or value > LARGEST or value < -LARGEST:
        return NOT_COMPUTABLE
    magnitude = (abs(value) + unit // 2) // unit * unit
    return -magnitude if value < 0 else magnitude


@inlined
def divide_rounded(value: int, divisor: int) -> int:
    """value / divisor (> 0) rounded half away from zero; ``value`` within `LARGEST`."""
    if divisor == 1:
        return value
    magnitude = abs(value) // divisor
    magnitude += 1 if abs(value) - magnitude * divisor >= divisor - divisor // 2 else 0
    return -magnitude if value < 0 else magnitude


@inlined
def _digit(rest: np.uint64, following: np.uint64, divisor: np.uint64) -> tuple[np.uint64, np.uint64]:
    """The next 32 bits of a quotient, and what is left.

    Args:
        rest: What was left so far, below ``divisor``.
        following: The next 32 bits of what is divided.
        divisor: Its highest bit is set: else a guess from the upper half of it could be far too high.
    """
    half, most = np.uint64(32), np.uint64(0xFFFFFFFF)
    upper, lower = divisor >> half, divisor & most
    digit = rest // upper
    left = rest - digit * upper
    while digit > most or digit * lower > ((left << half) | following):
        digit, left = digit - np.uint64(1), left + upper
        if left > most:
            break
    # The same modulo 2**64, where what is left is exact.
    return digit, (rest << half) + following - digit * divisor


@compiled
def _divide_wide(high: np.uint64, low: np.uint64, divisor: np.uint64) -> tuple[np.uint64, np.uint64]:
    """(high * 2**64 + low) / divisor and what is left, by long division with digits of 32 bits.

    Args:
        high: Below ``divisor``.
        low: Any 64 bits.
        divisor: 1 to `LARGEST`.
    """
    shift, half, most = np.uint64(1), np.uint64(32), np.uint64(0xFFFFFFFF)
    for step in (32, 16, 8, 4, 2, 1):
        if (divisor << shift) >> np.uint64(64 - step) == np.uint64(0):
            shift += np.uint64(step)
    divisor, high, low = divisor << shift, (high << shift) | (low >> (np.uint64(64) - shift)), low << shift
    first, rest = _digit(high, low >> half, divisor)
    second, rest = _digit(rest, low & most, divisor)
    return (first << half) | second, rest >> shift


@compiled
def multiply_divide(first: int, second: int, divisor: int) -> int:
    """first * second / divisor rounded half away from zero, exact through 126 bits.

    Args:
        first: Any figure up to `LARGEST` in magnitude.
        second: Likewise.
        divisor: 1 to `LARGEST`.

    Returns:
        The quotient, or `NOT_COMPUTABLE` where it or an argument leaves `LARGEST`.
    """
    if max(first, second) > LARGEST or min(first, second) < -LARGEST:
        return NOT_COMPUTABLE
    negative = (first < 0) != (second < 0)
    left, right = np.uint64(abs(first)), np.uint64(abs(second))
    if float(abs(first)) * float(abs(second)) < 4.0e18:
        product = left * right
        quotient = product // np.uint64(divisor)
        rest = product - quotient * np.uint64(divisor)
    else:
        half = np.uint64(32)
        mask = np.uint64(0xFFFFFFFF)
        low = (left & mask) * (right & mask)
        cross = (left >> half) * (right & mask) + (low >> half)
        other = (left & mask) * (right >> half) + (cross & mask)
        high = (left >> half) * (right >> half) + (cross >> half) + (other >> half)
        low = (other << half) | (low & mask)
        if high >= np.uint64(divisor):
            return NOT_COMPUTABLE
        quotient, rest = _divide_wide(high, low, np.uint64(divisor))
    if rest >= np.uint64(divisor) - rest:
        quotient += np.uint64(1)
    if quotient > np.uint64(LARGEST):
        return NOT_COMPUTABLE
    magnitude: int = np.int64(quotient)  # type: ignore[assignment]  # the compiler's integer
    return -magnitude if negative else magnitude
