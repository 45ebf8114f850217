"""Layout of the XML parameter file, fileFormat 4.00: element -> fields, as data. A change of layout is a change here.

Elements that a layout does not name are passed over, except where one could change a margin unnoticed (spread legs).
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from engine.numbers import NOT_COMPUTABLE, RATIO_DECIMALS
from engine.span.parameters import ChargeMethod, ShortOptionMinimumMethod, WeightedPriceRiskMethod
from engine.span.xml_values import (
    CODE,
    DATE,
    DELTA_SCALE,
    FACTOR,
    FLAG,
    FORMAT,
    INTEGER,
    LEG_RATIO,
    LINK_DELTA_SCALE,
    MONEY_VALUE,
    NAME,
    PERIOD,
    PRICE_VALUE,
    RATE,
    RATE_SET_NUMBER,
    RATIO_VALUE,
    RIGHT,
    SETTLEMENT_DATE,
    SIDE,
    ValueType,
    one_of,
)


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
        self.readers = {tag: (field.name, field.type.read, field.inner) for tag, field in fields.items()}
        self.required = {field.name: tag for tag, field in fields.items() if field.required}
        self.defaults = {field.name: field.default for field in fields.values() if not field.required}


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
        "priceScanDown": Field("price_scan_down", MONEY_VALUE),
        "priceScanDownPct": Field("price_scan_down_fraction", RATIO_VALUE),
        "volScanDown": Field("volatility_scan_down", RATIO_VALUE),
        "volScanDownPct": Field("volatility_scan_down_fraction", RATIO_VALUE),
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
            "weighted_price_risk", one_of(WeightedPriceRiskMethod), default=WeightedPriceRiskMethod.NORMAL
        ),
        "spotMeth": Field("delivery_method", CODE, default=""),
        "somMeth": Field(
            "short_option_minimum", one_of(ShortOptionMinimumMethod), default=ShortOptionMinimumMethod.GROSS
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
MONTH_RATE_OF_SET = Layout(
    {
        "r": Field("rate_set", RATE_SET_NUMBER, True),
        "psRate": Field("value", RATE, True),
        "pmRate": Field("month", RATE, True),
    }
)
"""Rates of a spread charged by month (method P): of the spread, and of each month that its legs are apart."""
DELTA_SPREAD = Layout(
    {"spread": Field("priority", INTEGER, True), "chargeMeth": Field("method", one_of(ChargeMethod), True)}
)
SCANNING_SPREAD = Layout(
    {
        "spread": Field("priority", INTEGER, True),
        "numLegsReq": Field("minimum_legs", INTEGER, default=2),
        "applyFxRisk": Field("currency_risk", FLAG, default=False),
    }
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
SCANNING_SPREADS = {"sSpread": False, "hSpread": True}
"""Element of a scanning spread -> whether it is a hybrid one."""
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
