"""How figures are written: thousands separators, a real minus sign, fixed decimals. Exact integers in, text out."""

from __future__ import annotations

from datetime import datetime, timezone

from engine.numbers import MONEY_DECIMALS, NOT_COMPUTABLE, PRICE_DECIMALS, RATIO_DECIMALS, format_scaled
from widgets.language import tr

MINUS = "\N{MINUS SIGN}"
SPACE = "\N{NO-BREAK SPACE}"
NANOSECONDS = 10**9


def fixed(value: int, decimals: int, places: int, *, signed: bool = False) -> str:
    """A scaled integer with exactly ``places`` decimals, rounded half away from zero.

    Args:
        value: Scaled by 10**decimals, or `NOT_COMPUTABLE`.
        decimals: Scale of ``value``.
        places: Decimals to show.
        signed: Whether a positive figure carries a plus sign, as changes do.
    """
    value = int(value)
    if value == NOT_COMPUTABLE:
        return tr("not computable")
    unit = 10 ** max(decimals - places, 0)
    magnitude = (2 * abs(value) + unit) // (2 * unit) * 10 ** max(places - decimals, 0)
    whole, fraction = divmod(magnitude, 10**places)
    sign = "" if magnitude == 0 else MINUS if value < 0 else "+" if signed else ""
    return f"{sign}{whole:,}.{fraction:0{places}d}" if places else f"{sign}{whole:,}"


def money(value: int, places: int = 0, *, signed: bool = False) -> str:
    """An amount of money, whole units unless ``places`` says otherwise."""
    return fixed(value, MONEY_DECIMALS, places, signed=signed)


def percent(ratio: int, places: int = 1) -> str:
    """A ratio as a percentage: ``83.5 %``."""
    return ratio_text(ratio, places, "%")


def points(ratio: int, places: int = 1) -> str:
    """A change of a ratio in percentage points, signed: ``+13.1 pp``."""
    return ratio_text(ratio, places, tr("pp"), signed=True)


def ratio_text(ratio: int, places: int, unit: str, *, signed: bool = False) -> str:
    """A ratio times a hundred with its unit."""
    if int(ratio) == NOT_COMPUTABLE:
        return tr("not computable")
    return f"{fixed(int(ratio), RATIO_DECIMALS - 2, places, signed=signed)}{SPACE}{unit}"


def price(value: int, places: int) -> str:
    """A price with the decimals its contract is quoted in."""
    return fixed(value, PRICE_DECIMALS, places)


def exact_price(value: int) -> str:
    """A price to its last decimal, two at least: what is signed is not rounded."""
    whole, _, fraction = format_scaled(abs(value), PRICE_DECIMALS, 2).partition(".")
    return f"{MINUS if value < 0 else ''}{int(whole):,}.{fraction}"


def count(value: int, *, signed: bool = False) -> str:
    """A whole number: contracts, sequence numbers."""
    return fixed(value, 0, 0, signed=signed)


def compact(value: int) -> str:
    """An amount of money short enough for an axis: ``12.50 bn``, ``5.60 m``, ``420 k``."""
    value = int(value)
    if abs(value) >= 10 ** (MONEY_DECIMALS + 9):
        return f"{fixed(value, MONEY_DECIMALS + 9, 2)}{SPACE}bn"
    if abs(value) >= 10 ** (MONEY_DECIMALS + 8):
        return f"{fixed(value, MONEY_DECIMALS + 6, 1)}{SPACE}m"
    if abs(value) >= 10 ** (MONEY_DECIMALS + 6):
        return f"{fixed(value, MONEY_DECIMALS + 6, 2)}{SPACE}m"
    if abs(value) >= 10 ** (MONEY_DECIMALS + 4):
        return f"{fixed(value, MONEY_DECIMALS + 3, 0)}{SPACE}k"
    return money(value)


def age(nanoseconds: int) -> str:
    """How long ago: ``38 ms``, ``4.2 s``, ``12 min``, ``3 h``."""
    if nanoseconds < NANOSECONDS:
        return f"{max(nanoseconds, 0) // 10**6}{SPACE}ms"
    seconds = nanoseconds // NANOSECONDS
    if seconds < 60:
        return f"{fixed(nanoseconds, 9, 1)}{SPACE}s"
    return f"{seconds // 60}{SPACE}min" if seconds < 3600 else f"{seconds // 3600:,}{SPACE}h"


def duration(nanoseconds: int) -> str:
    """How long a computation took: ``84 µs``, ``3 ms``."""
    return f"{nanoseconds // 1000}{SPACE}µs" if nanoseconds < 10**6 else age(nanoseconds)


def time_of_day(wall: int, zone: timezone | None = None, *, microseconds: bool = True) -> str:
    """Wall nanoseconds as the time of day in ``zone``, the system's own where None: ``10:42:17.318 204``."""
    seconds, rest = divmod(int(wall), NANOSECONDS)
    moment = datetime.fromtimestamp(seconds, zone).strftime("%H:%M:%S")
    micro = rest // 1000
    return f"{moment}.{micro // 1000:03d}{SPACE}{micro % 1000:03d}" if microseconds else moment


def date_text(compact_date: str) -> str:
    """A business date as the files write it, CCYYMMDD, with hyphens; anything else as it is."""
    if len(compact_date) == 8 and compact_date.isdecimal():
        return f"{compact_date[:4]}-{compact_date[4:6]}-{compact_date[6:]}"
    return compact_date
