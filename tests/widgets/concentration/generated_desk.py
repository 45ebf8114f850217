"""A desk as large as they come: 1,000 accounts, 60 products of 9 sectors, many contracts; a few figures missing."""

from __future__ import annotations

import numpy as np

from engine.concentration_picture import (
    NO_LIMIT,
    Bounds,
    Choice,
    ConcentrationPicture,
    ExposureGrid,
    ExposureLevel,
    ExposureMeasure,
    GridColumns,
    LargestNames,
    OwnerTable,
    TimeLine,
)
from engine.instruments import Contract
from engine.numbers import MONEY, NOT_COMPUTABLE, RATIO, Integers
from engine.text import text

SECTORS = {
    "Energy": "CL NG RB HO BZ TTF GO MTF",
    "Equity indices": "ES NQ YM RTY NKD FESX FDAX HSI",
    "Interest rates": "ZN ZB ZF ZT SR3 FGBL FGBM FOAT",
    "Metals": "GC SI HG PL PA ALI LIT",
    "Grains and oilseeds": "ZC ZS ZW ZM ZL KE ZR",
    "Foreign exchange": "6E 6J 6B 6A 6C 6S 6N",
    "Softs": "KC SB CC CT OJ",
    "Livestock": "LE HE GF DC CSC",
    "Unclassified": "VX MBT BRR XAF WEA",
}
PRODUCTS = [(sector, product) for sector, row in enumerate(SECTORS.values()) for product in row.split()]
HOUSES = ("Halden", "Meridian", "Boreal", "Kestrel", "Orchard", "Westmark", "Tidewater", "Qingfeng", "Ashby", "Juniper")
KINDS = ("Energy", "Macro", "Freight", "Metals", "Carry", "RV", "Vol", "Asia", "Credit", "Index", "Income")
EQUITY = 2_000_000_000
REASON = text("no price for {contract}", contract="HO 2027-07")


def desk(
    accounts: int = 1000,
    expiries: int = 16,
    *,
    seed: int = 1,
    measure: ExposureMeasure = ExposureMeasure.NET,
    columns: GridColumns = GridColumns.PRODUCT,
    sequence: int = 1,
    with_owners: bool = False,
) -> ConcentrationPicture:
    """The same desk for the same seed; about 60 x ``expiries`` contracts."""
    chance = np.random.default_rng(seed)
    levels = _levels(chance, expiries)
    grid = _grid(chance, accounts)
    if columns is GridColumns.SECTOR:
        grid = _by_sector(grid)
    largest = _largest(levels[1 if columns is GridColumns.PRODUCT else 0])
    contracts = tuple(
        Contract("SIM", name.split()[0], "FUT", name.split()[1].replace("-", "")) for name in levels[-1].names
    )
    as_of = 1_795_000_000 * 10**9
    return ConcentrationPicture(
        sequence,
        as_of,
        "USD",
        measure,
        columns,
        levels,
        grid,
        largest,
        None,
        contracts,
        Choice(measure, columns, with_owners=with_owners),
        owners(chance, grid.accounts),
        history(chance),
    )


def _levels(chance: np.random.Generator, expiries: int) -> tuple[ExposureLevel, ...]:
    weight = chance.lognormal(0, 1.2, len(PRODUCTS))
    parents = np.repeat(np.arange(len(PRODUCTS)), expiries)
    decay = np.tile(np.exp(-4.6 * np.arange(expiries) / expiries), len(PRODUCTS))
    size = weight[parents] * decay * chance.lognormal(0, 0.6, len(parents)) * 9e6
    sign = np.where(chance.random(len(parents)) < 0.35, -1, 1)
    names = tuple(
        f"{PRODUCTS[row][1]} {2027 + number // 12}-{number % 12 + 1:02d}"
        for row, number in zip(parents.tolist(), np.tile(np.arange(expiries), len(PRODUCTS)).tolist(), strict=True)
    )
    value = (size * sign).astype(np.int64) * MONEY
    use = (np.abs(chance.normal(0.35, 0.28, len(parents))) * RATIO).astype(np.int64)
    use[chance.random(len(parents)) < 0.12] = NO_LIMIT
    contracts = _level(names, parents, value, use)
    missing = parents == [product for _, product in PRODUCTS].index("HO")
    missing &= np.tile(np.arange(expiries), len(PRODUCTS)) % 7 == 5
    contracts.value[missing] = NOT_COMPUTABLE
    contracts.reasons.update(dict.fromkeys(np.flatnonzero(missing).tolist(), REASON))  # type: ignore[attr-defined]
    products = _sum(contracts, tuple(product for _, product in PRODUCTS), np.array([sector for sector, _ in PRODUCTS]))
    products.use[:] = (np.abs(chance.normal(0.5, 0.25, len(products))) * RATIO).astype(np.int64)
    sectors = _sum(products, tuple(SECTORS), np.zeros(len(SECTORS), dtype=np.int64))
    sectors.use[:] = (np.abs(chance.normal(0.55, 0.2, len(sectors))) * RATIO).astype(np.int64)
    return sectors, products, contracts


def _level(names: tuple[str, ...], parents: Integers, value: Integers, use: Integers) -> ExposureLevel:
    share = np.abs(value) // EQUITY
    long, short = np.maximum(value, 0), np.maximum(-value, 0)
    return ExposureLevel(names, parents.astype(np.int64), value, long, short, share, use, {})


def _sum(below: ExposureLevel, names: tuple[str, ...], parents: Integers) -> ExposureLevel:
    known = below.value != NOT_COMPUTABLE
    value = np.zeros(len(names), dtype=np.int64)
    np.add.at(value, below.parents[known], below.value[known])
    made = _level(names, parents, value, np.full(len(names), NO_LIMIT))
    for row in {int(parent) for parent in below.parents[~known]}:
        made.value[row] = made.share[row] = NOT_COMPUTABLE
        made.reasons[row] = REASON  # type: ignore[index]
    return made


def _grid(chance: np.random.Generator, accounts: int) -> ExposureGrid:
    shape = (accounts, len(PRODUCTS))
    held = chance.random(shape) < 0.28
    share = np.where(held, chance.lognormal(-3.2, 1.1, shape) * RATIO, 0).astype(np.int64)
    use = np.where(held, np.minimum(share * 3, 3 * RATIO), 0).astype(np.int64)
    use[held & (chance.random(shape) < 0.08)] = NO_LIMIT
    value = np.where(chance.random(shape) < 0.4, -share, share) * 50 * RATIO
    reasons = {}
    for row, column in zip(*np.nonzero(held & (chance.random(shape) < 0.01)), strict=True):
        value[row, column] = share[row, column] = NOT_COMPUTABLE
        reasons[int(row), int(column)] = REASON
    names = tuple(
        f"{HOUSES[row % len(HOUSES)]} {KINDS[row // len(HOUSES) % len(KINDS)]} {row // 110 + 1}"
        for row in range(accounts)
    )
    return ExposureGrid(names, tuple(product for _, product in PRODUCTS), value, share, use, reasons)


def _by_sector(grid: ExposureGrid) -> ExposureGrid:
    of = np.array([sector for sector, _ in PRODUCTS])
    value, share, use = (np.zeros((len(grid.accounts), len(SECTORS)), dtype=np.int64) for _ in range(3))
    reasons = {}
    for sector in range(len(SECTORS)):
        inside = of == sector
        value[:, sector] = grid.value[:, inside].sum(axis=1)
        share[:, sector] = grid.share[:, inside].sum(axis=1)
        use[:, sector] = grid.use[:, inside].max(axis=1)
        for row in np.flatnonzero((grid.value[:, inside] == NOT_COMPUTABLE).any(axis=1)).tolist():
            value[row, sector] = share[row, sector] = NOT_COMPUTABLE
            reasons[row, sector] = REASON
    return ExposureGrid(grid.accounts, tuple(SECTORS), value, share, use, reasons)


def _largest(level: ExposureLevel, count: int = 24) -> LargestNames:
    size = np.where(level.value == NOT_COMPUTABLE, 0, np.abs(level.value))
    order = np.argsort(-size)[:count]
    hard = (np.ceil(size[order] / (30e6 * MONEY)) * 36e6).astype(np.int64) * MONEY
    hard[::7] = (size[order][::7] * 0.9).astype(np.int64)
    soft = hard * 8 // 10
    hard[3::6] = soft[3::6] = NO_LIMIT
    shares = size / size.sum()
    index = float((shares**2).sum())
    reasons = {place: REASON for place, row in enumerate(order.tolist()) if level.value[row] == NOT_COMPUTABLE}
    return LargestNames(
        tuple(level.names[row] for row in order.tolist()),
        level.value[order],
        level.share[order],
        soft,
        hard,
        int(index * RATIO),
        int(RATIO / index),
        len(level) - len(order) if len(level) > len(order) else 0,
        reasons,
    )


def owners(chance: np.random.Generator, accounts: tuple[str, ...], desks: int = 4) -> OwnerTable:
    """The firm, its desks, and the accounts of each; the first account of each desk has figures missing."""
    names, parents, levels, size = ["Firm"], [-1], ["Firm"], len(accounts)
    for desk_number in range(desks):
        above = len(names)
        names.append(f"Desk {desk_number + 1}")
        parents.append(0)
        levels.append("Desk")
        for account in accounts[desk_number * size // desks : (desk_number + 1) * size // desks]:
            names.append(account)
            parents.append(above)
            levels.append("Account")
    money = [(chance.lognormal(2, 1, len(names)) * 10**6).astype(np.int64) * MONEY for _ in range(8)]
    ratios = [(chance.lognormal(0, 0.7, len(names)) * RATIO).astype(np.int64) for _ in range(5)]
    lacking = [row for row in range(2, len(names)) if levels[row] == "Account" and levels[row - 1] == "Desk"]
    for figures in (money[6], money[7], ratios[3]):
        figures[lacking] = NOT_COMPUTABLE
    counts = np.array([1 if level == "Account" else size for level in levels], dtype=np.int64)
    largest = tuple(PRODUCTS[row % len(PRODUCTS)][1] for row in range(len(names)))
    return OwnerTable(
        tuple(names),
        np.array(parents, dtype=np.int64),
        tuple(levels),
        counts,
        *money[:6],
        np.minimum(ratios[0], RATIO),
        ratios[1] * 3,
        largest,
        ratios[2],
        ratios[3],
        money[6],
        money[7],
        ratios[4],
        dict.fromkeys(lacking, (REASON,)),
    )


def history(chance: np.random.Generator, moments: int = 240) -> TimeLine:
    """Six names for twenty minutes, one of them unknown for a while, and bounds."""
    steps = np.cumsum(chance.normal(0, 0.004, (moments, 6)), axis=0) + np.array([0.3, 0.22, 0.15, 0.1, 0.08, 0.05])
    shares = (np.clip(steps, 0.01, 1) * RATIO).astype(np.int64)
    shares[40:60, 2] = NOT_COMPUTABLE
    times = 1_795_000_000 * 10**9 + np.arange(moments, dtype=np.int64) * 5 * 10**9
    index = (np.clip(steps[:, 0] * 0.6, 0, 1) * RATIO).astype(np.int64)
    names = tuple(product for _, product in PRODUCTS[:6])
    return TimeLine(times, names, shares, index, Bounds(350_000, 450_000), Bounds(NO_LIMIT, 250_000))
