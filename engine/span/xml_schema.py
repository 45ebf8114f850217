"""Layout of the XML parameter file, fileFormat 4.00: element -> fields, as data. A change of layout is a change here.

Elements that a layout does not name are passed over, except where one could change a margin unnoticed (spread legs).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache
from typing import Any, NamedTuple

from engine.numbers import MONEY_DECIMALS, NOT_COMPUTABLE, PRICE_DECIMALS, RATIO_DECIMALS, parse_scaled
from engine.span.parameters import ChargeMethod, ShortOptionMinimumMethod, WeightedPriceRiskMethod
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


class Field(NamedTuple):
    """A value of an element: its name in the model, its type, and the child element it stands in where it is nested."""

    name: str
    type: ValueType
    required: bool = False
    default: Any = None
    inner: str = ""


class Layout:
    """The fields of one element, by the name of the child element that holds each."""

    def __init__(self, fields: Mapping[str, Field]) -> None:
        self.fields = fields
        self.required = {field.name: tag for tag, field in fields.items() if field.required}
        self.defaults = {field.name: field.default for field in fields.values() if not field.required}


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


def _one_of(choices: type[StrEnum]) -> ValueType:
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

FILE = Layout({"fileFormat": Field("format", FORMAT, True), "created": Field("created", NAME, default="")})
CURRENCY = Layout(
    {
        "currency": Field("code", CODE, True),
        "name": Field("name", NAME, default=""),
        "decimalPos": Field("decimals", INTEGER, default=2),
    }
)
POINT_IN_TIME = Layout(
    {
        "date": Field("date", DATE, True),
        "isSetl": Field("is_settlement", FLAG, default=True),
        "setlQualifier": Field("qualifier", CODE, default=""),
    }
)
CLEARING_ORGANISATION = Layout(
    {
        "ec": Field("code", CODE, True),
        "name": Field("name", NAME, default=""),
        "isNetMargin": Field("net_margined", FLAG, default=False),
        "finalizeMeth": Field("finalize_method", CODE, default=""),
        "oopDeltaMeth": Field("option_on_physical_delta", CODE, default="PERIOD"),
        "capAnov": Field("cap_net_option_value", FLAG, default=False),
    }
)
CONVERSION = Layout(
    {
        "fromCur": Field("source", CODE, True),
        "toCur": Field("target", CODE, True),
        "factor": Field("factor", FACTOR, True),
    }
)
RATE_SET = Layout(
    {
        "r": Field("number", INTEGER, True),
        "isCust": Field("customer", FLAG, default=False),
        "acctType": Field("account_type", CODE, default=""),
        "isM": Field("maintenance", FLAG, default=False),
        "pbc": Field("performance_bond_class", CODE, default=""),
    }
)
SCAN_POINT = Layout(
    {
        "point": Field("number", INTEGER, True),
        "weight": Field("weight", RATE, True),
        "pairedPoint": Field("paired", INTEGER),
    }
)
DELTA_POINT = Layout({"point": Field("number", INTEGER, True), "weight": Field("weight", RATE, True)})
SCAN_DEFINITION = Layout(
    {
        "mult": Field("multiple", RATE, True),
        "numerator": Field("numerator", RATE, True),
        "denominator": Field("denominator", RATE, True),
    }
)
EXCHANGE = Layout({"exch": Field("code", CODE, True)})
FAMILY = Layout(
    {
        "pfId": Field("identifier", CODE, True),
        "pfCode": Field("code", CODE, True),
        "name": Field("name", NAME, default=""),
        "currency": Field("currency", CODE, True),
        "cvf": Field("multiplier", PRICE_VALUE, default=0),
        "priceDl": Field("price_decimals", INTEGER, default=0),
        "strikeDl": Field("strike_decimals", INTEGER, default=0),
        "valueMeth": Field("valuation", CODE, True),
        "priceMeth": Field("price_quotation", CODE, default="STD"),
        "setlMeth": Field("settlement", CODE, default=""),
        "exercise": Field("exercise", CODE, default=""),
        "priceModel": Field("pricing_model", CODE, default=""),
    }
)
UNDERLYING_FAMILY = Layout({"exch": Field("exchange", CODE, True), "pfId": Field("identifier", CODE, True)})
UNDERLYING = Layout(
    {
        "exch": Field("exchange", CODE, True),
        "pfId": Field("identifier", CODE, True),
        "cId": Field("contract", CODE, True),
    }
)
SERIES = Layout(
    {
        "pe": Field("period", PERIOD, True),
        "cvf": Field("multiplier", PRICE_VALUE, default=0),
        "sc": Field("delta_scale", DELTA_SCALE, default=10**RATIO_DECIMALS),
        "setlDate": Field("settlement", SETTLEMENT_DATE, default=0),
        "t": Field("years", RATIO_VALUE, default=NOT_COMPUTABLE),
        "v": Field("volatility", RATIO_VALUE, default=NOT_COMPUTABLE),
        "intrRate": Field("interest", RATIO_VALUE, default=NOT_COMPUTABLE, inner="val"),
        "divRate": Field("dividend", RATIO_VALUE, default=0, inner="val"),
    }
)
OUTRIGHT = Layout(
    {
        **SERIES.fields,
        "cId": Field("contract", CODE, default=""),
        "p": Field("price", PRICE_VALUE, default=NOT_COMPUTABLE),
    }
)
OPTION = Layout(
    {
        "o": Field("right", RIGHT, True),
        "k": Field("strike", PRICE_VALUE, True),
        "p": Field("price", PRICE_VALUE, default=NOT_COMPUTABLE),
        "v": Field("volatility", RATIO_VALUE),
        "cvf": Field("multiplier", PRICE_VALUE, default=0),
    }
)
ARRAY = Layout({"r": Field("rate_set", RATE_SET_NUMBER), "d": Field("delta", RATIO_VALUE)})
"""Beside the risk array's 16 ``a``; both are wanted where these are given."""
SCAN_RATE = Layout(
    {
        "r": Field("rate_set", RATE_SET_NUMBER, True),
        "priceScan": Field("price_scan", MONEY_VALUE),
        "priceScanPct": Field("price_scan_fraction", RATIO_VALUE),
        "volScan": Field("volatility_scan", RATIO_VALUE),
        "volScanPct": Field("volatility_scan_fraction", RATIO_VALUE),
    }
)
COMMODITY = Layout(
    {
        "cc": Field("code", CODE, True),
        "name": Field("name", NAME, default=""),
        "currency": Field("currency", CODE, True),
        "riskExponent": Field("risk_exponent", INTEGER, default=0),
        "capAnov": Field("cap_net_option_value", FLAG, default=False),
        "procMeth": Field("processing_method", CODE, default="NORMAL"),
        "wfprMeth": Field(
            "weighted_price_risk", _one_of(WeightedPriceRiskMethod), default=WeightedPriceRiskMethod.NORMAL
        ),
        "spotMeth": Field("delivery_method", CODE, default=""),
        "somMeth": Field(
            "short_option_minimum", _one_of(ShortOptionMinimumMethod), default=ShortOptionMinimumMethod.GROSS
        ),
        "cmbMeth": Field("combination_method", CODE, default="NONE"),
    }
)
FAMILY_LINK = Layout(
    {
        "exch": Field("exchange", CODE, True),
        "pfId": Field("identifier", CODE, True),
        "pfType": Field("kind", CODE, default=""),
        "sc": Field("delta_scale", LINK_DELTA_SCALE, default=Decimal(1)),
        "arrayPrecision": Field("array_decimals", INTEGER, default=0),
        "cmbMeth": Field("combination_method", CODE, default="NONE"),
        "oopDeltaMeth": Field("option_on_physical_delta", CODE, default=""),
        "applyBasisRisk": Field("basis_risk", FLAG, default=False),
    }
)
ADJUSTMENT = Layout(
    {"r": Field("number", INTEGER, True), "baseR": Field("base", INTEGER, True), "val": Field("factor", RATE, True)}
)
TIER = Layout(
    {
        "tn": Field("number", INTEGER, True),
        "sPe": Field("start", PERIOD, default=""),
        "ePe": Field("end", PERIOD, default=""),
    }
)
RATE_OF_SET = Layout({"r": Field("rate_set", RATE_SET_NUMBER, True), "val": Field("value", RATE, True)})
DELTA_SPREAD = Layout(
    {"spread": Field("priority", INTEGER, True), "chargeMeth": Field("method", _one_of(ChargeMethod), True)}
)
SCANNING_SPREAD = Layout(
    {"spread": Field("priority", INTEGER, True), "numLegsReq": Field("minimum_legs", INTEGER, default=2)}
)
DELIVERY_CHARGE = Layout(
    {
        "r": Field("rate_set", RATE_SET_NUMBER, True),
        "pe": Field("period", PERIOD, True),
        "sprd": Field("spread", RATE, True),
        "outr": Field("outright", RATE, True),
    }
)
TIER_LEG = Layout(
    {
        "cc": Field("commodity", CODE, True),
        "tn": Field("tier", INTEGER, True),
        "rs": Field("side", SIDE, True),
        "i": Field("ratio", LEG_RATIO, True),
    }
)
PERIOD_LEG = Layout(
    {
        "cc": Field("commodity", CODE, True),
        "pe": Field("period", PERIOD, True),
        "rs": Field("side", SIDE, True),
        "i": Field("ratio", LEG_RATIO, True),
    }
)
SCANNED_LEG = Layout(
    {
        "cc": Field("commodity", CODE, True),
        "tn": Field("tier", INTEGER, default=0),
        "rs": Field("side", SIDE, default="A"),
        "i": Field("ratio", LEG_RATIO, default=Decimal(1)),
        "isTarget": Field("target", FLAG, default=False),
        "isRequired": Field("required", FLAG, default=True),
    }
)

LEGS = {"tLeg": TIER_LEG, "pLeg": PERIOD_LEG}
SCANNED_LEGS = {"sLeg": SCANNED_LEG, "tLeg": SCANNED_LEG}
SCANNING_SPREADS = frozenset({"sSpread", "hSpread"})
TIER_LISTS = {
    "scanTiers": "scan_tiers",
    "intraTiers": "intra_tiers",
    "interTiers": "inter_tiers",
    "somTiers": "short_option_tiers",
}
SPREAD_LISTS = {
    "superSpreads": "super_spreads",
    "interSpreads": "inter_spreads",
    "interClearSpreads": "inter_clearing_spreads",
}

FAMILIES = {
    "phyPf": "PHY",
    "futPf": "FUT",
    "fwdPf": "FWD",
    "cmbPf": "CMB",
    "debtPf": "DEBT",
    "oofPf": "OOF",
    "oopPf": "OOP",
    "oocPf": "OOC",
    "ooePf": "OOE",
}
"""Element of a product family -> kind of its contracts."""
OUTRIGHTS = {"phy": "phyPf", "fut": "futPf", "fwd": "fwdPf", "cmb": "cmbPf", "debt": "debtPf"}
"""Element of a contract -> element of its family."""
OPTION_FAMILIES = frozenset(tag for tag, kind in FAMILIES.items() if kind.startswith("OO"))
PARENTS: dict[str, frozenset[str]] = {
    **{tag: frozenset({parent}) for tag, parent in OUTRIGHTS.items()},
    "series": OPTION_FAMILIES,
    **dict.fromkeys(FAMILIES, frozenset({"exchange"})),
    "exchange": frozenset({"clearingOrg"}),
    "ccDef": frozenset({"clearingOrg"}),
    **dict.fromkeys(SPREAD_LISTS, frozenset({"clearingOrg"})),
}
"""Elements read and dropped while the file streams by, and where each may stand."""
