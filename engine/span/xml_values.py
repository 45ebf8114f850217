"""How the values of an XML parameter file are read: the text of an element -> a value of the model, exactly."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache
from typing import Any, NamedTuple

from engine.numbers import MONEY_DECIMALS, PRICE_DECIMALS, RATIO_DECIMALS, parse_scaled
from engine.text import Text, text

FILE_FORMAT = "4.00"
RATE_DECIMALS = MONEY_DECIMALS
FACTOR_DECIMALS = 12
LARGEST_DELTA_SCALE = 1000
"""Beyond it a scaled product of the two delta scales would leave 63 bits; real ones are 0.1 to 10."""


class ValueType(NamedTuple):
    """How the text of an element is read, and what is said where it cannot be. ``read`` raises ValueError."""

    read: Callable[[str], Any]
    expected: Text


def _repaired(value: str) -> str:
    """Names whose bytes are UTF-8 in a file that declares ISO-8859-1 come out right."""
    if value.isascii():
        return value
    try:
        return value.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return value


def _name(value: str) -> str:
    return "".join(sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in _repaired(value))


def _code(value: str) -> str:
    code = _repaired(value)
    if not code.isprintable() or len(code) > 64:
        raise ValueError(value)
    return code


def _matching(pattern: str) -> Callable[[str], str]:
    whole = re.compile(pattern)

    def read(value: str) -> str:
        if whole.fullmatch(value) is None:
            raise ValueError(value)
        return value

    return read


def _whole(pattern: str) -> Callable[[str], int]:
    matching = _matching(pattern)
    return lambda value: int(matching(value))


def _flag(value: str) -> bool:
    if value not in ("0", "1"):
        raise ValueError(value)
    return value == "1"


def _scaled(decimals: int) -> ValueType:
    """A decimal kept as an integer scaled by 10**decimals; the same texts come again and again."""

    @lru_cache(maxsize=2048)
    def read(value: str) -> int:
        return parse_scaled(value, decimals)

    return ValueType(read, text("a decimal number with {decimals} decimals at most", decimals=decimals))


def _exact(decimals: int) -> ValueType:
    """A decimal kept as written, within what a scaled integer could hold."""

    def read(value: str) -> Decimal:
        parse_scaled(value, decimals)
        return Decimal(value)

    return ValueType(read, text("a decimal number with {decimals} decimals at most", decimals=decimals))


def _positive(decimals: int) -> ValueType:
    def read(value: str) -> Decimal:
        if parse_scaled(value, decimals) <= 0:
            raise ValueError(value)
        return Decimal(value)

    return ValueType(read, text("a decimal number above 0 with {decimals} decimals at most", decimals=decimals))


def _delta_scale(value: str) -> int:
    scale = parse_scaled(value, RATIO_DECIMALS)
    if not 0 <= scale <= LARGEST_DELTA_SCALE * 10**RATIO_DECIMALS:
        raise ValueError(value)
    return scale


def _link_delta_scale(value: str) -> Decimal:
    _delta_scale(value)
    return Decimal(value)


def one_of(choices: type[StrEnum]) -> ValueType:
    """A code of an enumeration."""
    return ValueType(choices, text("one of {choices}", choices=", ".join(choices)))


NAME = ValueType(_name, text("a name"))
CODE = ValueType(_code, text("a code of 64 signs at most"))
PERIOD = ValueType(_matching("[0-9A-Za-z]{6,9}"), text("a contract period, CCYYMM and up to three more signs"))
DATE = ValueType(_matching("[0-9]{8}"), text("a date, CCYYMMDD"))
SETTLEMENT_DATE = ValueType(_whole("[0-9]{8}"), text("a date, CCYYMMDD"))
INTEGER = ValueType(_whole("-?[0-9]{1,9}"), text("a whole number"))
RATE_SET_NUMBER = ValueType(_whole("[1-9][0-9]{0,8}"), text("a whole number above 0"))
FLAG = ValueType(_flag, text("0 or 1"))
RIGHT = ValueType(_matching("[CP]"), text("C or P"))
SIDE = ValueType(_matching("[AB]"), text("A or B"))
FORMAT = ValueType(_matching(re.escape(FILE_FORMAT)), text("file format {format}", format=FILE_FORMAT))
MONEY_VALUE = _scaled(MONEY_DECIMALS)
PRICE_VALUE = _scaled(PRICE_DECIMALS)
RATIO_VALUE = _scaled(RATIO_DECIMALS)
RATE = _exact(RATE_DECIMALS)
FACTOR = _exact(FACTOR_DECIMALS)
LEG_RATIO = _positive(RATIO_DECIMALS)
SCALE_EXPECTED = text("a decimal number from 0 to {largest}", largest=LARGEST_DELTA_SCALE)
DELTA_SCALE = ValueType(_delta_scale, SCALE_EXPECTED)
LINK_DELTA_SCALE = ValueType(_link_delta_scale, SCALE_EXPECTED)
