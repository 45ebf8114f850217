"""A large desk's landscape: the largest accounts and products, the rest summed, a figure missing."""

from __future__ import annotations

import numpy as np

from engine.numbers import MONEY, NOT_COMPUTABLE, RATIO
from engine.surface import Height, Landscape
from engine.text import text
from tests.widgets.concentration.generated_desk import HOUSES, KINDS

PRODUCTS = ("CL", "ES", "NG", "GC", "ZN", "RB", "6E", "ZC", "SI", "HO", "NQ", "ZS", "HG", "ZB", "ZL", "BZ")
REASON = text("no price for {contract}", contract="HO 2027-07")


def landscape(
    accounts: int = 24,
    products: int = 16,
    *,
    rest: int = 976,
    height: Height = Height.MARGIN,
    seed: int = 5,
    sequence: int = 1,
) -> Landscape:
    """The same landscape for the same arguments."""
    chance = np.random.default_rng(seed)
    shape = (accounts + (1 if rest else 0), products + (1 if rest else 0))
    size = np.outer(np.exp(-np.arange(shape[0]) / 9), np.exp(-np.arange(shape[1]) / 6)) * chance.lognormal(
        0, 0.7, shape
    )
    held = chance.random(shape) < 0.62
    values = np.where(held, size * 4_000_000, 0).astype(np.int64) * MONEY
    share = np.where(held, np.minimum(size * chance.lognormal(0, 0.5, shape) * 0.5, 3), 0) * RATIO
    if rest:
        values[-1], values[:, -1] = values[:-1].sum(axis=0) * 2, values[:, :-1].sum(axis=1) // 5
    if height is Height.SHORTFALL:
        values = np.where(values > 1_500_000 * MONEY, values - 1_500_000 * MONEY, 0)
    share = share.astype(np.int64)
    values[2, products - 1] = NOT_COMPUTABLE
    names = tuple(f"{HOUSES[row % len(HOUSES)]} {KINDS[row // 3 % len(KINDS)]}" for row in range(accounts))
    return Landscape(
        height,
        sequence,
        1_795_256_537_318_204_000,
        "SAMPLE-20261120-final",
        "USD",
        names,
        PRODUCTS[:products],
        rest,
        44 if rest else 0,
        values,
        share,
        {(2, products - 1): REASON},
    )
