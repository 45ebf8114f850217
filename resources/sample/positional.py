"""The sample market in the positional form: the XML file's figures, written by the layout that they are read by."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any

from resources.sample import black76
from resources.sample.generate import (
    EXCHANGE,
    INTEREST,
    MAINTENANCE,
    TODAY,
    Product,
    fixed,
    future_price,
    last_day,
    option_decimals,
    option_price,
    options_of,
    scan_range,
    settlement,
    tables,
    tiers_of,
    years_to,
)

LAYOUT = Path(__file__).resolve().parents[1] / "positional-records.toml"
FIRST_HALF, ARRAY_DECIMALS = 9, 2
RISK_METHODS = {"NORMAL": "1", "SCANRANGE_CAP": "2", "SCANRANGE": "3"}
MINIMUM_METHODS = {"GROSS": "2", "MAX": "1"}

Values = Mapping[str, str | int | Decimal]


@cache
def layout() -> dict[str, Any]:
    """The layout of the format."""
    return tomllib.loads(LAYOUT.read_text("utf-8"))


@cache
def places(identifier: str) -> dict[str, tuple[int, int, int | None, int]]:
    """First and last column, decimals (None for text) and column of the sign of each field of a record, by its name."""
    found: dict[str, tuple[int, int, int | None, int]] = {}
    for field in next(row for row in layout()["record"] if row["id"] == identifier)["fields"]:
        first, _, last = field["columns"].partition("-")
        picture = field["picture"]
        fraction = picture.partition("V9(")[2].rstrip(")")
        decimals = None if picture.startswith("X") else int(fraction or 0)
        for index in range(field.get("repeat", 1)):
            shift = index * field.get("step", 0)
            name = f"{field['name']} {field.get('from', 1) + index}" if "repeat" in field else field["name"]
            sign = field["sign"] + shift if "sign" in field else 0
            found[name] = int(first) + shift, int(last or first) + shift, decimals, sign
    return found


def line(identifier: str, values: Values) -> str:
    """A record; numbers are written exactly or not at all, blanks at the end are left out."""
    columns = [" "] * 200
    columns[:2] = identifier.ljust(2)
    for name, value in values.items():
        first, last, decimals, sign = places(identifier)[name]
        width = last - first + 1
        if decimals is None:
            written = str(value).ljust(width)
        else:
            scaled = Decimal(value).scaleb(decimals)
            if scaled != int(scaled):
                raise ValueError(f"{name} of record {identifier}: {value} has too many decimals")
            written = f"{abs(int(scaled)):0{width}d}"
            if sign:
                columns[sign - 1] = "-" if scaled < 0 else "+"
        if len(written) != width:
            raise ValueError(f"{name} of record {identifier}: {value} does not fit")
        columns[first - 1 : last] = written
    return "".join(columns).rstrip()


def price_digits(price: str, decimals: int, alignment: str) -> int:
    """A price as it is written: plain digits, or by an alignment code."""
    if not alignment:
        return int(Decimal(price).scaleb(decimals))
    row = next(row for row in layout()["alignment"] if row["code"] == alignment)
    whole, rest = divmod(Decimal(price), 1)
    parts, eighths = divmod(rest * row["parts"] * 8, 8)
    if eighths != int(eighths):
        raise ValueError(f"{price} is no price with alignment {alignment}")
    unit: int = 10 ** int(row["digits"])
    return (int(whole) * unit + int(parts)) * 10 + int(row["eighths"][int(eighths)])


def header() -> Iterator[str]:
    """Header, currencies and exchange."""
    yield line(
        "0",
        {
            "exchange complex": "SAMPLE",
            "business date": TODAY.strftime("%Y%m%d"),
            "settlement or intraday": "S",
            "file identifier": "F",
            "creation date": TODAY.strftime("%Y%m%d"),
            "creation time": 1830,
            "file format": "U2",
            "net margining": "Y",
            "cap net option value": "N",
            "business function": "CLR",
            "clearing or customer": "C",
            "clearing or customer acronym": "CUST",
            "account type": "H",
            "account type acronym": "HEDGE",
            "performance bond class": "1",
            "performance bond class acronym": "CORE",
            "maintenance or initial": "I",
            "maintenance or initial acronym": "INIT",
        },
    )
    for source, target, factor in (("EUR", "USD", "1.085"), ("USD", "EUR", "0.921659")):
        yield line("T", {"source": source, "target": target, "factor": factor})
    yield line("1", {"exchange": EXCHANGE, "exchange code": "01"})


def product_line(code: str, product: Product, kind: str) -> str:
    """The P record of a product's futures or options."""
    is_option = kind == "OOF"
    alignment = product.get("alignment", "")
    values: dict[str, str | int | Decimal] = {
        "exchange": EXCHANGE,
        "product": code,
        "product type": kind,
        "name": product["name"][:15],
        "price decimals": option_decimals(product) if is_option else product["decimals"],
        "strike decimals": product["decimals"] if is_option else 0,
        "price alignment": alignment,
        "strike alignment": alignment if is_option else "",
        "contract value factor": product["multiplier"],
        "contract value factor exponent": 0,
        "cabinet value": 0,
        "quoted quantity": 1,
        "currency": product["currency"],
        "price quotation": "STD",
        "exercise": product["exercise"] if is_option else "",
        "long name": f"{product['name']} options" if is_option else product["name"],
        "positionable": "Y",
        "valuation": "EQTY" if is_option else "FUT",
        "settlement": "CASH" if product["sector"] == "Equities" and not is_option else "DELIV",
    }
    return line("P", values)


def commodity_lines(code: str, product: Product) -> Iterator[str]:
    """The combined commodity of a product: records 2, 3, 4, S, E and C."""
    kinds = ["FUT", "OOF"] if "series" in product else ["FUT"]
    values: dict[str, str | int | Decimal] = {
        "exchange": EXCHANGE,
        "combined commodity": code,
        "risk exponent": 0,
        "currency": product["currency"],
        "option margin style": "P",
        "cap net option value": "N",
    }
    for number, kind in enumerate(kinds, 1):
        values |= {
            f"product {number}": code,
            f"product type {number}": kind,
            f"array decimals {number}": ARRAY_DECIMALS,
        }
    yield line("2", values)
    tiers: dict[str, str | int | Decimal] = {}
    for number, start, end in tiers_of(product):
        tiers |= {f"tier {number}": number, f"tier start {number}": start, f"tier end {number}": end}
    yield line("3", {"combined commodity": code, "spread charge method": "10" if tiers else "01", **tiers})
    delivery: Values = {
        "combined commodity": code,
        "delivery method": "01",
        "short option minimum": product.get("minimum", 0),
        "maintenance factor H": MAINTENANCE,
        "short option minimum method": MINIMUM_METHODS[product.get("minimum_method", "GROSS")],
    }
    yield line("4", delivery)
    method = RISK_METHODS[product.get("risk_method", "NORMAL")]
    yield line("S", {"combined commodity": code, "method": "01", "weighted price risk method": method})
    yield from intra_spread_lines(code, product)


def intra_spread_lines(code: str, product: Product) -> Iterator[str]:
    """Spreads between months by name, then between tiers."""
    priorities = count(1)
    for first, second, charge in product.get("month_spreads", ()):
        values: dict[str, str | int | Decimal] = {"combined commodity": code, "priority": next(priorities)}
        for place, (side, month) in enumerate(zip("AB", (first, second), strict=True), 1):
            values |= {f"month {place}": month[2:], f"ratio {place}": 1, f"side {place}": side}
        yield line("E", {**values, "rate": charge})
    for first, second, charge in product["tier_spreads"]:
        values = {"combined commodity": code, "method": "10", "priority": next(priorities), "number of legs": 2}
        for place, (side, tier) in enumerate(zip("AB", (first, second), strict=True), 1):
            values |= {f"leg {place}": place, f"tier {place}": tier, f"ratio {place}": 1, f"side {place}": side}
        yield line("C", {**values, "rate": charge})


def series_line(code: str, product: Product, months: Values, last: date, **parameters: str) -> str:
    """The B record of a future or an option series; ``months`` names it."""
    values: dict[str, str | int | Decimal] = {
        "exchange": EXCHANGE,
        "product": code,
        "product type": "OOF" if "option month" in months else "FUT",
        **months,
        "price scan range": scan_range(product, str(months["futures month"])),
        "extreme move multiplier": 3,
        "extreme move covered fraction": "0.33",
        "time to expiration": years_to(last),
        "lookahead time": 0,
        "delta scaling factor": 1,
        "expiration date": last.strftime("%Y%m%d"),
        "underlying product": code,
        "dividend yield": 0,
    }
    return line("B", values | {name.replace("_", " "): value for name, value in parameters.items()})


def array_lines(identity: Values, amounts: Sequence[float], figures: Values) -> Iterator[str]:
    """The two array records of a contract; amounts are whole money units, as in the XML file, written with decimals."""
    whole = [Decimal(fixed(amount, 0)).scaleb(ARRAY_DECIMALS) for amount in amounts]
    arrays = {f"array value {number}": amount for number, amount in enumerate(whole, 1)}
    names = list(arrays)
    yield line("83", {**identity, **{name: arrays[name] for name in names[:FIRST_HALF]}})
    yield line("84", {**identity, **{name: arrays[name] for name in names[FIRST_HALF:]}, **figures})


def future_lines(code: str, product: Product) -> Iterator[str]:
    """Series and arrays of a product's futures."""
    for month in product["expiries"]:
        yield series_line(
            code, product, {"futures month": month}, settlement(product, month), base_volatility="0",
            volatility_scan_range="0", volatility_scan_range_method="A",
        )  # fmt: skip
    for month in product["expiries"]:
        scan = scan_range(product, month)
        moves = zip(black76.PRICE_MOVES, black76.WEIGHTS, strict=True)
        amounts = [-move * scan * weight for move, weight in moves]
        identity: Values = {
            "exchange": EXCHANGE,
            "product": code,
            "underlying product": code,
            "product type": "FUT",
            "futures month": month,
            "strike": 0,
        }
        price = price_digits(future_price(product, month), product["decimals"], product.get("alignment", ""))
        figures: Values = {"composite delta": 1, "implied volatility": 0, "settlement price": price}
        yield from array_lines(identity, amounts, figures)


def option_lines(code: str, product: Product) -> Iterator[str]:
    """Series and arrays of the options on a product's futures."""
    for expiry, future_expiry in product["series"]:
        months: Values = {"futures month": future_expiry, "option month": expiry}
        yield series_line(
            code, product, months, last_day(product, expiry), base_volatility=fixed(product["volatility"], 6),
            volatility_scan_range=fixed(product["volatility_range"], 6), volatility_scan_range_method="P",
            interest_rate=fixed(INTEREST, 4), pricing_model="B",
        )  # fmt: skip
        future = float(future_price(product, future_expiry))
        scan = scan_range(product, future_expiry) / product["multiplier"]
        for option in options_of(product, expiry, future):
            yield from one_option_lines(code, product, months, option, future, scan)


def one_option_lines(
    code: str, product: Product, months: Values, option: black76.Option, future: float, scan: float
) -> Iterator[str]:
    """The array records of one option; ``scan`` in price units."""
    alignment = product.get("alignment", "")
    strike = price_digits(f"{option.strike:.{product['decimals']}f}", product["decimals"], alignment)
    identity: Values = {
        "exchange": EXCHANGE,
        "product": code,
        "underlying product": code,
        "product type": "OOF",
        "right": option.right,
        **months,
        "strike": strike,
    }
    losses = black76.risk_array(option, future, scan, product["volatility_range"])
    figures: Values = {
        "composite delta": fixed(black76.composite_delta(option, future, scan), 4),
        "implied volatility": fixed(option.volatility, 6),
        "settlement price": price_digits(option_price(product, option, future), option_decimals(product), alignment),
    }
    yield from array_lines(identity, [loss * product["multiplier"] for loss in losses], figures)


def spread_line(priority: int, spread: Mapping[str, Any]) -> str:
    """A spread between combined commodities."""
    values: dict[str, str | int | Decimal] = {
        "group": "ALL",
        "priority": priority,
        "rate": Decimal(fixed(spread["credit"], 6)) * 100,
        "method": 1,
    }
    for place, (side, code, ratio) in enumerate(spread["legs"], 1):
        values |= {
            f"exchange {place}": EXCHANGE,
            f"combined commodity {place}": code,
            f"ratio {place}": fixed(ratio, 4),
            f"side {place}": side,
        }
    return line("6", values)


def group_lines(codes: Sequence[str]) -> Iterator[str]:
    """All combined commodities are in one group, ten a record."""
    for start in range(0, len(codes), 10):
        listed = enumerate(codes[start : start + 10], 1)
        yield line("5", {"group": "ALL", **{f"combined commodity {place}": code for place, code in listed}})


def market() -> str:
    """The whole positional file as text."""
    products, spreads = tables()
    lines = list(header())
    with_options = {code: product for code, product in products.items() if "series" in product}
    lines += [product_line(code, product, "FUT") for code, product in products.items()]
    lines += [product_line(code, product, "OOF") for code, product in with_options.items()]
    for code, product in products.items():
        lines += commodity_lines(code, product)
        lines += future_lines(code, product)
        lines += option_lines(code, product) if "series" in product else ()
    lines += group_lines(list(products))
    lines += [spread_line(priority, spread) for priority, spread in enumerate(spreads, 1)]
    return "\n".join(lines) + "\n"
