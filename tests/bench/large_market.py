"""A generated market of about 5,000 contracts, 60 commodities and 200 spreads between them, and books on it.

An account trades in some of the commodities, as desks do, and holds several contracts of each: futures in many months,
options of both rights and of all strikes, long and short.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from engine.numbers import Integers
from engine.span.arrays import Batch
from engine.state import Calculation
from tests.bench.large_books import SAMPLE, calculation
from tests.bench.large_xml import MOVES, family, period

PRODUCTS, MONTHS, OPTION_MONTHS, STRIKES, SPREADS = 60, 12, 3, 12, 200
COMMODITIES = 10
"""In how many commodities an account of 50 positions is, at most; larger accounts are in more."""
LINKS = "<sc>1.000000</sc><cmbMeth>NONE</cmbMeth><applyBasisRisk>0</applyBasisRisk><arrayPrecision>2</arrayPrecision>"


def large_market() -> Calculation:
    """The market, laid out; the same each time."""
    with tempfile.TemporaryDirectory() as name:
        path = Path(name, "market.spn")
        path.write_text("".join(_lines()), encoding="utf-8")
        return calculation(path)


def desk_batch(laid_out: Calculation, accounts: int, positions: int, seed: int = 1) -> Batch:
    """Accounts with ``positions`` different contracts each, sizes from -50 to 50."""
    rng = np.random.default_rng(seed)
    commodity = laid_out.table.commodity
    starts = np.searchsorted(commodity, np.arange(PRODUCTS + 1))
    here = min(PRODUCTS, max(COMMODITIES, positions // 20))
    rows = np.empty((accounts, positions), dtype=np.int64)
    for account in range(accounts):
        chosen = rng.permutation(PRODUCTS)[:here]
        contracts = np.concatenate([np.arange(starts[each], starts[each + 1]) for each in chosen])
        rows[account] = np.sort(rng.choice(contracts, positions, replace=False))
    quantities: Integers = rng.integers(1, 51, rows.size) * rng.choice([-1, 1], rows.size)
    return Batch(np.arange(accounts + 1, dtype=np.int64) * positions, rows.reshape(-1), quantities)


def _lines() -> Iterator[str]:
    yield SAMPLE.read_text("utf-8").partition("<exchange>")[0]
    yield "<exchange>\n<exch>SIM</exch>\n"
    for product in range(1, PRODUCTS + 1):
        yield from _futures(product)
        yield from _options(product)
    yield "</exchange>\n"
    yield from (_commodity(product) for product in range(1, PRODUCTS + 1))
    yield "<interSpreads>\n"
    yield from (_between(number) for number in range(1, SPREADS + 1))
    yield "</interSpreads>\n</clearingOrg>\n</pointInTime>\n</spanFile>\n"


def _array(scan: int, volatility: int, delta: str) -> str:
    amounts = [-move * scan // 3 + (volatility if point % 2 else -volatility) for point, move in enumerate(MOVES)]
    return f"<ra><r>1</r>{''.join(f'<a>{amount}.00</a>' for amount in amounts)}<d>{delta}</d></ra>\n"


def _futures(product: int) -> Iterator[str]:
    yield "<futPf>\n" + family(product, product, "FUT")
    for month in range(MONTHS):
        scan = 1_000 + 137 * product - 10 * month
        yield (
            f"<fut>\n<cId>{month}</cId>\n<pe>{period(month)}</pe>\n<p>{6200 + month}.00</p>\n<d>1.000000</d>\n"
            "<v>0.000000</v>\n<cvf>50.0000000</cvf>\n<val>310000.00</val>\n<sc>1.000000</sc>\n"
            "<setlDate>20301218</setlDate>\n<t>0.076712</t>\n"
            f"<scanRate>\n<r>1</r>\n<priceScan>{scan}.000000</priceScan>\n<volScan>0</volScan>\n</scanRate>\n"
            f"{_array(scan, 0, '1.000000')}</fut>\n"
        )
    yield "</futPf>\n"


def _options(product: int) -> Iterator[str]:
    yield "<oofPf>\n" + family(product, product + 100, "EQTY")
    for month in range(0, MONTHS, MONTHS // OPTION_MONTHS):
        yield (
            f"<series>\n<pe>{period(month)}</pe>\n<v>0.158000</v>\n<setlDate>20301218</setlDate>\n<t>0.076712</t>\n"
            "<cvf>50.0000000</cvf>\n<svf>50.0000000</svf>\n<sc>1.000000</sc>\n"
            f"<undC>\n<exch>SIM</exch>\n<pfId>{product}</pfId>\n<cId>{month}</cId>\n<s>A</s>\n<i>1.000000</i>\n</undC>\n"
            "<intrRate>\n<val>0.041000</val>\n<rl>0</rl>\n</intrRate>\n<divRate>\n<val>0.000000</val>\n</divRate>\n"
            "<scanRate>\n<r>1</r>\n<priceScan>1000.000000</priceScan>\n<volScanPct>0.320000</volScanPct>\n</scanRate>\n"
        )
        yield from (_option(product, number) for number in range(2 * STRIKES))
        yield "</series>\n"
    yield "</oofPf>\n"


def _option(product: int, number: int) -> str:
    right, away = "CP"[number % 2], number // 2
    moneyness = (STRIKES - away if right == "C" else away + 1) / (STRIKES + 1)
    scan = int((1_000 + 137 * product) * moneyness) * (1 if right == "C" else -1)
    delta = f"{'-' if right == 'P' else ''}{moneyness:.6f}"
    return (
        f"<opt>\n<cId>{number}</cId>\n<o>{right}</o>\n<k>{5800 + 70 * away}.00</k>\n<p>{int(400 * moneyness)}.25</p>\n"
        f"<pq>0</pq>\n<d>{delta}</d>\n<v>0.180000</v>\n<val>35150.00</val>\n{_array(scan, 90 + away, delta)}</opt>\n"
    )


def _leg(commodity: int, side: str, ratio: str = "1.0", period: str = "") -> str:
    kind, place = ("pLeg", f"<pe>{period}</pe>") if period else ("tLeg", "<tn>0</tn>")
    return f"<{kind}><cc>P{commodity:02d}</cc>{place}<rs>{side}</rs><i>{ratio}</i></{kind}>\n"


def _spread(priority: int, method: str, rate: str, legs: str) -> str:
    value = f"<rate><r>1</r><val>{rate}</val></rate>"
    return f"<dSpread><spread>{priority}</spread><chargeMeth>{method}</chargeMeth>\n{value}\n{legs}</dSpread>\n"


def _commodity(product: int) -> str:
    links = "".join(
        f"<pfLink><exch>SIM</exch><pfId>{number}</pfId><pfCode>P{product:02d}</pfCode><pfType>{kind}</pfType>{LINKS}"
        "</pfLink>\n"
        for number, kind in ((product, "FUT"), (product + 100, "OOF"))
    )
    calendar = "".join(
        _spread(
            month + 1,
            "F",
            f"{120 + 5 * month}.0",
            _leg(product, "A", period=period(month)) + _leg(product, "B", period=period(month + 1)),
        )
        for month in range(MONTHS - 1)
    )
    rest = _spread(MONTHS, "F", "310.0", _leg(product, "A") + _leg(product, "B"))
    return (
        f"<ccDef>\n<cc>P{product:02d}</cc>\n<name>Product {product}</name>\n<currency>USD</currency>\n{links}"
        "<intraTiers><tier><tn>0</tn></tier></intraTiers>\n<interTiers><tier><tn>0</tn></tier></interTiers>\n"
        "<somTiers><tier><tn>0</tn><rate><r>1</r><val>45.0</val></rate></tier></somTiers>\n"
        f"{calendar}{rest}</ccDef>\n"
    )


def _between(number: int) -> str:
    """One of two legs, or each tenth of three; which commodities and ratios follows from its number."""
    first = (number * 7) % PRODUCTS
    second = (first + 1 + number % (PRODUCTS - 2)) % PRODUCTS
    legs = _leg(first + 1, "A", f"{1 + number % 3}.0") + _leg(second + 1, "B", f"{1 + number % 4}.0")
    if number % 10 == 0:
        legs += _leg(next(each for each in range(PRODUCTS) if each not in (first, second)) + 1, "B", "2.0")
    return _spread(number, "W", f"0.{35 + number % 50}", legs)
