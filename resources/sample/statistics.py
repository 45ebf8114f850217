"""Writes what the sample market's parameter file does not say: volumes, open interest, and a year of daily returns.

Run by ``make sample-market``. Every figure is invented; the same tables give the same bytes.
"""

from __future__ import annotations

import random
import tomllib
from datetime import date, timedelta
from pathlib import Path

from resources.sample.generate import EXCHANGE, TODAY

FOLDER = Path(__file__).resolve().parent
DAYS = 250
MARKET, SECTOR, OWN = 0.3, 0.7, 0.6
"""Weights of what all products, those of one sector and each alone are moved by."""
BUSIEST = {
    "ES": 52_000,
    "NQ": 31_000,
    "FDAX": 9_000,
    "CL": 44_000,
    "RB": 12_000,
    "HO": 11_000,
    "NG": 26_000,
    "GC": 21_000,
    "SI": 9_500,
    "HG": 8_200,
    "ZC": 24_000,
    "ZS": 19_000,
    "ZM": 9_000,
    "ZL": 10_500,
    "ZN": 61_000,
    "ZB": 17_000,
    "FGBL": 38_000,
}
"""Contracts of the busiest expiry traded on a usual day."""
VOLATILITY = {"Equities": 0.18, "Energy": 0.32, "Metals": 0.24, "Grains": 0.25, "Rates": 0.07}
"""A year's, of products whose options give none."""
FADING = 0.62
"""Volume of an expiry as a share of that of the one before it."""
HEAD = """# What the sample market's parameter file does not say (an example with explanations: ../reference.toml).
# Written by statistics.py; every figure is invented.

returns = "returns.csv"

[products]
"""
ORGANISATION = """
# Desks and strategies by the trades in the names of the sample exchange's accounts.
[organisation]
levels = ["Desk", "Strategy"]

[organisation.tree."Commodity desk"]
Energy = ["* Energy*", "* Refining*", "* Utilities*", "* Shipping*"]
Metals = ["* Metals*"]
Agriculture = ["* Grain*", "* Foods*", "* Milling*", "* Commodities*"]

[organisation.tree."Financial desk"]
"Relative value" = ["* Arbitrage*", "* Trading*", "* Partners*"]
"Clients" = ["* Capital*", "* Asset Management*", "* Pension Fund*", "* Treasury*"]
"""
FEES = {"Equities": "2.25", "Energy": "2.35", "Metals": "2.45", "Grains": "2.65", "Rates": "1.85"}
"""Money a contract at exchange and broker, by sector."""
FEE_OF_TURNOVER = {"FDAX": "0.0004 %"}
CLOSED_TODAY = {"Equities": "1.10", "Energy": "1.20"}
"""Where closing what was opened today costs less."""
ASSET_CLASSES = {"Equities": "Equity indices", "Rates": "Interest rates"}


def products() -> dict[str, dict[str, object]]:
    """The tables of the sample market."""
    return tomllib.loads((FOLDER / "products.toml").read_text("utf-8"))


def reference() -> str:
    """The reference file: volumes fall from one expiry to the next, open interest is a few days of volume."""
    lines, contracts = [HEAD.rstrip("\n")], ["", "[contracts]"]
    for code, product in products().items():
        total, held = 0, 0
        expiries = product["expiries"]
        for place, expiry in enumerate(expiries if isinstance(expiries, list) else []):
            volume = max(round(BUSIEST[code] * FADING**place / 10) * 10, 20)
            interest = volume * (3 + place % 4)
            total, held = total + volume, held + interest
            figures = f"open_interest = {interest:_}, average_daily_volume = {volume:_}"
            contracts.append(f'"{EXCHANGE}:{code}:FUT:{expiry}" = {{ {figures} }}')
        sector = str(product["sector"])
        place_of = f'sector = "{sector}", asset_class = "{ASSET_CLASSES.get(sector, "Commodities")}"'
        fee = f'fee = "{FEE_OF_TURNOVER.get(code, FEES[sector])}"'
        if sector in CLOSED_TODAY and code not in FEE_OF_TURNOVER:
            fee = f'{fee}, fee_close_today = "{CLOSED_TODAY[sector]}"'
        lines.append(f"{code} = {{ {place_of}, open_interest = {held:_}, average_daily_volume = {total:_}, {fee} }}")
    return "\n".join([*lines, *contracts, ORGANISATION])


def returns() -> str:
    """Daily returns: each product moved by the market, its sector and its own chance, at its volatility."""
    tables, chance = products(), random.Random(20261120)
    days = list(business_days(TODAY, DAYS))
    rows = [",".join(("date", *tables))]
    for day in days:
        market = chance.gauss(0, 1)
        sectors: dict[object, float] = {}
        row = [day.isoformat()]
        for product in tables.values():
            sector = sectors.setdefault(product["sector"], chance.gauss(0, 1))
            move = MARKET * market + SECTOR * sector + OWN * chance.gauss(0, 1)
            year = float(str(product.get("volatility", VOLATILITY[str(product["sector"])])))
            scale = year / 252**0.5 / (MARKET**2 + SECTOR**2 + OWN**2) ** 0.5
            row.append(f"{move * scale:.6f}")
        rows.append(",".join(row))
    return "\n".join(rows) + "\n"


def business_days(last: date, count: int) -> list[date]:
    """The weekdays up to ``last``, the oldest first."""
    found: list[date] = []
    while len(found) < count:
        if last.weekday() < 5:
            found.insert(0, last)
        last -= timedelta(days=1)
    return found


def main() -> None:
    """Write both files."""
    (FOLDER / "reference.toml").write_text(reference(), "utf-8")
    (FOLDER / "returns.csv").write_text(returns(), "utf-8")


if __name__ == "__main__":
    main()
