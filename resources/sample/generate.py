"""Writes the sample market: our own invented figures as a clearing house's file, XML and positional.

Run by ``make sample-market``. The same tables give the same bytes. This is data generation, not margin: floats are
used for prices and options, and what is written is rounded to decimal text.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from resources.sample import black76

FOLDER = Path(__file__).resolve().parent
TODAY = date(2026, 11, 20)
EXCHANGE = "SIM"
INTEREST = 0.041
STRIKES_EACH_SIDE = 7
MAINTENANCE = "0.900000"
HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<!-- Sample market of Palisade. Every figure is invented; nothing here comes from an exchange or a clearing house. -->
"""

Product = Mapping[str, Any]


class Document:
    """XML text, one element a line."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def values(self, /, **fields: object) -> None:
        """Elements that hold a value each."""
        self.lines += [f"<{name}>{field}</{name}>" for name, field in fields.items()]

    def open(self, *names: str) -> None:
        """Begin elements, the outer first."""
        self.lines += [f"<{name}>" for name in names]

    def close(self, *names: str) -> None:
        """End elements, the inner first."""
        self.lines += [f"</{name}>" for name in names]

    def element(self, name: str, /, **fields: object) -> None:
        """An element of values only."""
        self.open(name)
        self.values(**fields)
        self.close(name)


def fixed(number: float, decimals: int) -> str:
    """Decimal text, rounded half away from zero, without a sign on zero."""
    unit = 10**decimals
    scaled = int(abs(number) * unit + 0.5 + 1e-9)
    sign = "-" if number < 0 and scaled else ""
    return f"{sign}{scaled // unit}.{scaled % unit:0{decimals}d}" if decimals else f"{sign}{scaled}"


def on_tick(price: float, tick: str, decimals: int) -> str:
    """The price rounded to a multiple of its tick."""
    return f"{Decimal(tick) * int(price / float(tick) + 0.5):.{decimals}f}"


def whole(amounts: Iterable[float]) -> str:
    """A risk array: whole money units, written with two decimals."""
    return "".join(f"<a>{fixed(amount, 0)}.00</a>" for amount in amounts)


def settlement(product: Product, expiry: str, days_before: int = 0) -> date:
    """Last day of a contract, on a weekday."""
    months_before, day = product["expires"]
    month = int(expiry[:4]) * 12 + int(expiry[4:]) - 1 - months_before
    first = date(month // 12, month % 12 + 1, 1)
    last = (first.replace(day=28) + timedelta(4)).replace(day=1) - timedelta(1)
    when = min(first + timedelta(day - 1), last) - timedelta(days_before)
    return when - timedelta(max(0, when.weekday() - 4))


def years_to(when: date) -> str:
    """Time to ``when`` in years, six decimals."""
    return fixed((when - TODAY).days / 365, 6)


def future_price(product: Product, expiry: str) -> str:
    """Price of a future: carry from the first expiry on, times the season of its month over that of the first."""
    season = product.get("season", {})
    first = product["expiries"][0]
    months = int(expiry[:4]) * 12 + int(expiry[4:]) - int(first[:4]) * 12 - int(first[4:])
    factor = season.get(str(int(expiry[4:])), 1.0) / season.get(str(int(first[4:])), 1.0)
    grown = product["price"] * (1 + product["carry"]) ** (months / 12) * factor
    return on_tick(grown, product["tick"], product["decimals"])


def scan_range(product: Product, expiry: str) -> int:
    """Price scan range of a future, money a contract, in steps of 10."""
    decay = (1 - product["range_decay"]) ** product["expiries"].index(expiry)
    scan: float = product["range"] * decay
    return round(scan / 10) * 10


def money(price: str, product: Product) -> str:
    """Value of one contract at ``price``."""
    return f"{Decimal(price) * product['multiplier']:.2f}"


def write_definitions(out: Document) -> None:
    """Currencies, rate sets, scenarios and delta points."""
    out.open("definitions")
    out.element("currencyDef", currency="USD", symbol="$", name="United States dollar", decimalPos=2)
    out.element("currencyDef", currency="EUR", symbol="€", name="Euro", decimalPos=2)
    out.close("definitions")
    out.open("pointInTime")
    out.values(date=TODAY.strftime("%Y%m%d"), isSetl=1, setlQualifier="final")
    out.open("clearingOrg")
    out.values(ec="SAMPLE", name="Palisade sample market (invented figures)", isContractScale=0, isNetMargin=1)
    out.values(finalizeMeth="BY", oopDeltaMeth="PERIOD", capAnov=0)
    out.element("curConv", fromCur="EUR", toCur="USD", factor="1.085000")
    out.element("curConv", fromCur="USD", toCur="EUR", factor="0.921659")
    out.element("pbRateDef", r=1, isCust=1, acctType="H", isM=0, pbc="CORE")
    out.element("pbRateDef", r=2, isCust=1, acctType="H", isM=1, pbc="CORE")


def write_move(out: Document, name: str, move: float, denominator: int) -> None:
    """A price or volatility move as multiple and fraction."""
    fraction = f"{round(move * denominator)}.000000"
    out.element(name, mult=fixed(move, 6), numerator=fraction, denominator=f"{denominator}.000000")


def write_points(out: Document) -> None:
    """The 16 scenarios and the 7 points of the composite delta."""
    out.open("pointDef")
    out.values(r=1)
    scenarios = zip(black76.PRICE_MOVES, black76.VOLATILITY_MOVES, black76.WEIGHTS, strict=True)
    for number, (price, volatility, weight) in enumerate(scenarios, 1):
        out.open("scanPointDef")
        out.values(point=number)
        write_move(out, "priceScanDef", price, 3 if number <= 14 else 1)
        write_move(out, "volScanDef", volatility, 1)
        # Scenarios pair as 1-2, 3-4 and so on; the two extremes stand alone.
        out.values(weight=fixed(weight, 6), pairedPoint=(number - 1 ^ 1) + 1 if number <= 14 else number)
        out.close("scanPointDef")
    for number, (move, weight) in enumerate(zip(black76.DELTA_MOVES, black76.DELTA_WEIGHTS, strict=True), 1):
        out.open("deltaPointDef")
        out.values(point=number)
        write_move(out, "priceScanDef", move, 3)
        write_move(out, "volScanDef", 0, 1)
        out.values(weight=fixed(weight, 6))
        out.close("deltaPointDef")
    out.close("pointDef")


def write_futures(out: Document, number: int, code: str, product: Product) -> None:
    """The futures of one product."""
    out.open("futPf")
    out.values(pfId=number, pfCode=code, name=product["name"], currency=product["currency"])
    out.values(cvf=f"{product['multiplier']}.0000000", priceDl=product["decimals"], valueMeth="FUT", priceMeth="STD")
    out.values(setlMeth="CASH" if product["sector"] == "Equities" else "DELIV")
    for place, expiry in enumerate(product["expiries"], 1):
        price, scan = future_price(product, expiry), scan_range(product, expiry)
        last = settlement(product, expiry)
        out.open("fut")
        out.values(cId=place, pe=expiry, p=price, d="1.000000", v="0.000000", cvf=f"{product['multiplier']}.0000000")
        out.values(val=money(price, product), sc="1.000000", setlDate=last.strftime("%Y%m%d"), t=years_to(last))
        out.element("scanRate", r=1, priceScan=f"{scan}.000000", volScan="0")
        moves = zip(black76.PRICE_MOVES, black76.WEIGHTS, strict=True)
        out.values(ra=f"<r>1</r>{whole(-move * scan * weight for move, weight in moves)}<d>1.000000</d>")
        out.close("fut")
    out.close("futPf")


def volatility_at(product: Product, strike: float, price: float) -> str:
    """Volatility of a strike: skew and smile around the future's price."""
    below = (price - strike) / price
    return fixed(product["volatility"] + product["skew"] * below + product["smile"] * below**2, 4)


def option_decimals(product: Product) -> int:
    """Decimals of the prices of a product's options."""
    decimals: int = product.get("option_decimals", product["decimals"])
    return decimals


def option_price(product: Product, option: black76.Option, future: float) -> str:
    """Price of an option: no option is quoted below its smallest price change."""
    theoretical = max(black76.value(option, future), float(product["option_tick"]))
    return on_tick(theoretical, product["option_tick"], option_decimals(product))


def last_day(product: Product, expiry: str) -> date:
    """Last day of an option: about a week before its future's; those of a serial month in their own month."""
    return settlement(product, expiry, days_before=7 if product["expires"][0] else 0)


def options_of(product: Product, expiry: str, future: float) -> Iterator[black76.Option]:
    """The options of one expiry: strikes around the price of the future, call and put of each."""
    middle = round(future / product["strikes"])
    years = float(years_to(last_day(product, expiry)))
    for step in range(-STRIKES_EACH_SIDE, STRIKES_EACH_SIDE + 1):
        strike = (middle + step) * product["strikes"]
        volatility = float(volatility_at(product, strike, future))
        for right in "CP":
            yield black76.Option(right, strike, years, INTEREST, volatility)


def tiers_of(product: Product) -> Iterator[tuple[int, str, str]]:
    """Number, first and last expiry of each tier of months."""
    start = product["expiries"][0]
    for number, end in enumerate(product.get("tiers", ()), 1):
        yield number, start, end
        start = next((expiry for expiry in product["expiries"] if expiry > end), "")


def write_option(
    out: Document, product: Product, number: int, option: black76.Option, future: float, scan: float
) -> None:
    """One option with its array; ``scan`` in price units."""
    price = option_price(product, option, future)
    losses = black76.risk_array(option, future, scan, product["volatility_range"])
    composite = black76.composite_delta(option, future, scan)
    out.open("opt")
    out.values(cId=number, o=option.right, k=f"{option.strike:.{product['decimals']}f}", p=price, pq=0)
    out.values(d=fixed(black76.delta(option, future), 6), v=fixed(option.volatility, 6), val=money(price, product))
    array = whole(loss * product["multiplier"] for loss in losses)
    out.values(ra=f"<r>1</r>{array}<d>{fixed(composite, 4)}00</d>")
    out.close("opt")


def write_series(out: Document, number: int, product: Product, series: tuple[str, str], first: int) -> None:
    """All strikes of one option expiry; contracts are numbered from ``first``."""
    expiry, future_expiry = series
    future = float(future_price(product, future_expiry))
    money_scan = scan_range(product, future_expiry)
    last = last_day(product, expiry)
    out.open("series")
    out.values(pe=expiry, v=fixed(product["volatility"], 6), setlDate=last.strftime("%Y%m%d"), t=years_to(last))
    out.values(cvf=f"{product['multiplier']}.0000000", svf=f"{product['multiplier']}.0000000", sc="1.000000")
    place = product["expiries"].index(future_expiry) + 1
    out.element("undC", exch=EXCHANGE, pfId=number, cId=place, s="A", i="1.000000")
    out.element("intrRate", val=fixed(INTEREST, 6), rl=0, cpm=0, exm=0)
    out.element("divRate", val="0.000000")
    out.element("scanRate", r=1, priceScan=f"{money_scan}.000000", volScanPct=fixed(product["volatility_range"], 6))
    for place, option in enumerate(options_of(product, expiry, future)):
        write_option(out, product, first + place, option, future, money_scan / product["multiplier"])
    out.close("series")


def write_options(out: Document, number: int, code: str, product: Product) -> None:
    """The options on one product's futures."""
    out.open("oofPf")
    out.values(pfId=number + 100, pfCode=code, name=f"{product['name']} options", exercise=product["exercise"])
    out.values(currency=product["currency"], cvf=f"{product['multiplier']}.0000000")
    out.values(priceDl=option_decimals(product), strikeDl=product["decimals"])
    out.values(cab=product["option_tick"], valueMeth="EQTY", priceMeth="STD", setlMeth="DELIV", priceModel="B")
    out.element("undPf", exch=EXCHANGE, pfId=number, pfCode=code, pfType="FUT", s="A", i="1.000000")
    for place, (expiry, future_expiry) in enumerate(product["series"]):
        first = place * 2 * (2 * STRIKES_EACH_SIDE + 1) + 1
        write_series(out, number, product, (expiry, future_expiry), first)
    out.close("oofPf")


def write_spread(
    out: Document, priority: int, method: str, rate: str, legs: Iterable[tuple[str, Mapping[str, object]]]
) -> None:
    """A delta spread; each leg is the name of its element and its fields."""
    out.open("dSpread")
    out.values(spread=priority, chargeMeth=method)
    out.element("rate", r=1, val=rate)
    for name, fields in legs:
        out.element(name, **fields)
    out.close("dSpread")


def write_intra_spreads(out: Document, code: str, product: Product) -> None:
    """Spreads between months by name, then between tiers."""
    spreads = [("pLeg", "pe", row) for row in product.get("month_spreads", ())]
    spreads += [("tLeg", "tn", row) for row in product["tier_spreads"]]
    for priority, (leg, place, (first, second, charge)) in enumerate(spreads, 1):
        legs = [
            (leg, {"cc": code, place: where, "rs": side, "i": "1.000000"})
            for side, where in zip("AB", (first, second), strict=True)
        ]
        write_spread(out, priority, "F", f"{charge}.000000", legs)


def write_tiers(out: Document, product: Product) -> None:
    """Tiers of months for intra-commodity spreads; all months for the rest."""
    out.open("intraTiers")
    tiers = list(tiers_of(product))
    if not tiers:
        out.element("tier", tn=0)
    for number, start, end in tiers:
        out.element("tier", tn=number, sPe=start, ePe=end)
    out.close("intraTiers")
    out.open("interTiers")
    out.element("tier", tn=0)
    out.close("interTiers")
    out.open("somTiers", "tier")
    out.values(tn=0)
    out.element("rate", r=1, val=f"{product.get('minimum', 0)}.000000")
    out.close("tier", "somTiers")


def write_commodity(out: Document, number: int, code: str, product: Product) -> None:
    """The combined commodity of one product."""
    out.open("ccDef")
    out.values(cc=code, name=product["name"], currency=product["currency"], riskExponent=0, capAnov=0)
    out.values(procMeth="NORMAL", wfprMeth=product.get("risk_method", "NORMAL"), spotMeth="NORMAL")
    out.values(somMeth=product.get("minimum_method", "GROSS"), cmbMeth="NONE")
    families = [(number, "FUT")] + ([(number + 100, "OOF")] if "series" in product else [])
    for identifier, kind in families:
        out.open("pfLink")
        out.values(exch=EXCHANGE, pfId=identifier, pfCode=code, pfType=kind, sc="1.000000", cmbMeth="NONE")
        out.values(applyBasisRisk=0, arrayPrecision=2)
        out.close("pfLink")
    out.element("adjRate", r=2, baseR=1, val=MAINTENANCE)
    write_tiers(out, product)
    write_intra_spreads(out, code, product)
    out.close("ccDef")


def tables() -> tuple[dict[str, Product], list[dict[str, Any]]]:
    """Products by code, and spreads between them by priority."""
    products = tomllib.loads((FOLDER / "products.toml").read_text("utf-8"))
    return products, tomllib.loads((FOLDER / "spreads.toml").read_text("utf-8"))["spread"]


def market() -> str:
    """The whole XML file as text."""
    products, spreads = tables()
    out = Document()
    out.open("spanFile")
    out.values(fileFormat="4.00", created=TODAY.strftime("%Y%m%d1830"))
    write_definitions(out)
    write_points(out)
    out.open("exchange")
    out.values(exch=EXCHANGE, name="Palisade sample exchange")
    for number, (code, product) in enumerate(products.items(), 1):
        write_futures(out, number, code, product)
    for number, (code, product) in enumerate(products.items(), 1):
        if "series" in product:
            write_options(out, number, code, product)
    out.close("exchange")
    for number, (code, product) in enumerate(products.items(), 1):
        write_commodity(out, number, code, product)
    out.open("interSpreads")
    for priority, spread in enumerate(spreads, 1):
        legs = [
            ("tLeg", {"cc": code, "tn": 0, "rs": side, "i": fixed(ratio, 6)}) for side, code, ratio in spread["legs"]
        ]
        write_spread(out, priority, "W", fixed(spread["credit"], 6), legs)
    out.close("interSpreads", "clearingOrg", "pointInTime", "spanFile")
    return HEAD + "\n".join(out.lines) + "\n"


if __name__ == "__main__":
    # Only here: the positional form is made of what this module computes.
    from resources.sample import positional

    (FOLDER / "market.spn").write_text(market(), "utf-8", newline="\n")
    (FOLDER / "market.pa2").write_text(positional.market(), "ascii", newline="\n")
