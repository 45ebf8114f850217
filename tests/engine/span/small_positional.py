"""A small positional file with one of each record, to be altered record by record, and the real records as a file."""

from __future__ import annotations

from io import BytesIO

from engine.span.parameters import ParameterSet
from engine.span.positional import read_positional
from resources.sample.positional import Values, line

MOVES = (0, 0, -100, -100, 100, 100, -200, -200, 200, 200, -300, -300, 300, 300, -297, 297)
DIGITS_OF_SCENARIOS = {f"array value {number}": move for number, move in enumerate(MOVES, 1)}


def array(identity: Values, figures: Values, wide: bool = False) -> list[str]:
    """The two halves of a risk array; figures stand in the second one."""
    names = list(DIGITS_OF_SCENARIOS)
    first = {name: DIGITS_OF_SCENARIOS[name] for name in names[:9]}
    second = {name: DIGITS_OF_SCENARIOS[name] for name in names[9:]}
    kinds = ("83", "84") if wide else ("81", "82")
    return [line(kinds[0], {**identity, **first}), line(kinds[1], {**identity, **second, **figures})]


def header(**other: str) -> str:
    values: Values = {
        "exchange complex": "CME",
        "business date": 20300102,
        "settlement or intraday": "S",
        "file identifier": "F",
        "creation date": 20300102,
        "creation time": 915,
        "file format": "U2",
        "net margining": "Y",
        "cap net option value": "N",
        "clearing or customer": "C",
        "account type": "H",
        "performance bond class": "1",
        "maintenance or initial": "M",
    }
    return line("0", {**values, **{name.replace("_", " "): value for name, value in other.items()}})


def product(code: str, kind: str, **other: str | int) -> str:
    values: Values = {
        "exchange": "X",
        "product": code,
        "product type": kind,
        "name": f"PRODUCT {code}",
        "price decimals": 2,
        "strike decimals": 2,
        "contract value factor": 10,
        "currency": "EUR",
        "valuation": "FUT" if kind == "FUT" else "EQTY",
    }
    return line("P", {**values, **{name.replace("_", " "): value for name, value in other.items()}})


def series(kind: str, **other: str | int) -> str:
    values: Values = {
        "exchange": "X",
        "product": "ONE",
        "product type": kind,
        "base volatility": "0.25",
        "volatility scan range": "0.3",
        "volatility scan range method": "P",
        "price scan range": 300,
        "extreme move multiplier": 3,
        "extreme move covered fraction": "0.32",
        "interest rate": "0.1",
        "time to expiration": "0.5",
        "delta scaling factor": 1,
        "expiration date": 20300620,
    }
    return line("B", {**values, **{name.replace("_", " "): value for name, value in other.items()}})


def commodity(code: str, **other: str | int) -> str:
    values: Values = {"exchange": "X", "combined commodity": code, "risk exponent": 0, "currency": "EUR"}
    return line("2", {**values, **{name.replace("_", " "): value for name, value in other.items()}})


FUTURE: Values = {"exchange": "X", "product": "ONE", "underlying product": "ONE", "product type": "FUT", "strike": 0}
OPTION: Values = {**FUTURE, "product type": "OOF", "futures month": 203003, "option month": 203002}

SMALL = {
    "header": header(),
    "currency": line("T", {"source": "USD", "target": "EUR", "factor": "0.9"}),
    "exchange": line("1", {"exchange": "X", "exchange code": "01"}),
    "future product": product("ONE", "FUT"),
    "option product": product("ONE", "OOF", exercise="EURO"),
    "other product": product("TWO", "FUT"),
    "commodity": commodity("ONE", product_1="ONE", product_type_1="FUT", product_2="ONE", product_type_2="OOF"),
    "intra": line(
        "3",
        {
            "combined commodity": "ONE",
            "spread charge method": "10",
            "tier 1": 1,
            "tier start 1": 203003,
            "tier end 1": 203003,
            "tier 2": 2,
            "tier start 2": 203006,
            "tier end 2": 203012,
            "initial to maintenance ratio M": 1,
            "initial to maintenance ratio H": "1.1",
            "initial to maintenance ratio S": "1.35",
        },
    ),
    "delivery": line(
        "4",
        {
            "combined commodity": "ONE",
            "delivery method": "10",
            "number of months": 1,
            "month number 1": 1,
            "month 1": 203003,
            "spread rate 1": 15,
            "outright rate 1": 25,
            "short option minimum": 5,
            "maintenance factor M": "1",
            "maintenance factor H": "1",
            "maintenance factor S": "1.05",
            "short option minimum method": "1",
        },
    ),
    "scanning": line("S", {"combined commodity": "ONE", "method": "01", "weighted price risk method": "2"}),
    "series spread": line(
        "E",
        {
            "combined commodity": "ONE", "priority": 1, "rate": 80, "month 1": 3003, "ratio 1": 1, "side 1": "A",
            "month 2": 3006, "ratio 2": "1.5", "side 2": "B",
        },
    ),
    "tier spread": line(
        "C",
        {
            "combined commodity": "ONE", "method": "10", "priority": 2, "number of legs": 2, "rate": 90,
            "tier 1": 1, "ratio 1": 1, "side 1": "A", "tier 2": 2, "ratio 2": 1, "side 2": "B",
        },
    ),
    "future series 1": series("FUT", futures_month=203003),
    "future series 2": series("FUT", futures_month=203006),
    "option series": series("OOF", futures_month=203003, option_month=203002),
    "future 1": "\n".join(array({**FUTURE, "futures month": 203003}, {"composite delta": 1, "settlement price": 5025})),
    "future 2": "\n".join(array({**FUTURE, "futures month": 203006}, {"composite delta": 1, "settlement price": 5075})),
    "call": "\n".join(
        array(
            {**OPTION, "right": "C", "strike": 5000},
            {"composite delta": "0.5123", "implied volatility": "0.26", "settlement price": 250},
        )
    ),
    "put": "\n".join(
        array(
            {**OPTION, "right": "P", "strike": 5000},
            {"composite delta": "-0.4877", "implied volatility": "0.27", "settlement price": 225},
            wide=True,
        )
    ),
    "other commodity": commodity("TWO", product_1="TWO", product_type_1="FUT"),
    "other delivery": line("4", {"combined commodity": "TWO", "delivery method": "01", "short option minimum": 7}),
    "other series": series("FUT", product="TWO", futures_month=203003),
    "other future": "\n".join(
        array(
            {**FUTURE, "product": "TWO", "underlying product": "TWO", "futures month": 203003},
            {"composite delta": 1, "settlement price": 7000},
        )
    ),
    "group": line("5", {"group": "ALL", "combined commodity 1": "ONE", "combined commodity 2": "TWO"}),
    "inter spread": line(
        "6",
        {
            "group": "ALL", "priority": 1, "rate": 60, "method": 1, "exchange 1": "X", "combined commodity 1": "ONE",
            "ratio 1": 1, "side 1": "A", "exchange 2": "X", "combined commodity 2": "TWO", "ratio 2": "2.5",
            "side 2": "B",
        },
    ),
    "others": "\n".join(
        [
            line("V", {"exchange": "X", "product": "ONE", "daily adjustment long": "1.5"}),
            line("R", {"exchange": "X", "product": "ONE", "combined commodity": "ONE"}),
            line("X", {"product": "ONE", "price offset": 0}),
            line("Y", {"combination product": "CMB", "option product": "OPT"}),
            line("Z", {"exchange": "X", "combination product": "CMB", "leg": 1, "side": "A", "ratio": 1}),
            line("91", {"exchange": "X", "target product": "ONE", "coupon": "4.5"}),
            line("92", {"exchange": "X", "target product": "ONE", "description": "BOND"}),
        ]
    ),
}  # fmt: skip


def read(content: str | bytes, file: str = "small.pa2") -> ParameterSet:
    return read_positional(BytesIO(content if isinstance(content, bytes) else content.encode("latin-1")), file)


def small(**other: str) -> str:
    """The small file with records replaced, left out where they are empty, or added at its end."""
    records = SMALL | {name.replace("_", " "): content for name, content in other.items()}
    return "".join(f"{content}\n" for content in records.values() if content)


def real_file(records: bytes) -> bytes:
    """The nine real records as a file: the combined commodities and first halves that they lack are added."""
    real = records.decode("latin-1").splitlines()
    es, notes, corn = real[6], real[7], real[8]
    commodities = [
        line(
            "2",
            {
                "exchange": exchange,
                "combined commodity": code,
                "risk exponent": 0,
                "currency": "USD",
                "product 1": code,
                "product type 1": "FUT",
            },
        )
        for exchange, code in (("CME", "ES"), ("CBT", "21"), ("CBT", "C"))
    ]
    zeros = "00000+" * 9
    firsts = [f"81{half[2:54]}{zeros}" for half in (notes, corn)]
    return "\r\n".join([*real[:4], *commodities, *real[4:6], es, firsts[0], notes, firsts[1], corn, ""]).encode(
        "latin-1"
    )
