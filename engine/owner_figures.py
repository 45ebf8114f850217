"""Concentration of owners side by side: the firm, its desks, strategies, groups and accounts, one row each."""

from __future__ import annotations

from typing import Final

import numpy as np

from engine.classification import Dimension
from engine.concentration import Measures, Owners
from engine.concentration_basis import ConcentrationBasis
from engine.concentration_picture import OwnerTable
from engine.exposures import Gap, gap_sentences
from engine.liquidity import Liquidity, Shortage, shortage_sentences
from engine.numbers import NOT_COMPUTABLE, Integers
from engine.text import Text
from engine.volatility import Volatility, unknown_sentences

TOLD: Final = ~int(Gap.NOTHING_HELD)
COSTS: Final = ~int(Shortage.NO_INTEREST)
"""Open interest is of names, not of owners."""


def owner_table(basis: ConcentrationBasis, rows: list[int]) -> OwnerTable:
    """Figures of some rows of the tree, in that order.

    Args:
        basis: The desk.
        rows: All of them, or one; a row whose parent is not among them is at the top.
    """
    tree, exposures = basis.tree, basis.exposures
    owners = chosen_owners(tree.owners, rows)
    products = Measures.of(exposures, owners, Dimension.PRODUCT)
    liquidity = Liquidity.of(basis.closing, exposures.classification, owners, Dimension.PRODUCT, basis.participation)
    volatility = Volatility.of(products, basis.covariance)
    first = products.largest(1)[:, 0] if len(owners) else np.zeros(0, dtype=np.int64)
    held, names = first >= 0, exposures.classification.names(Dimension.PRODUCT)
    share = np.full(len(owners), NOT_COMPUTABLE)
    share[held] = products.share_of_equity[first[held]]
    places = {row: place for place, row in enumerate(rows)}
    return OwnerTable(
        owners.names,
        np.array([places.get(int(tree.parents[row]), -1) for row in rows], dtype=np.int64),
        tuple(tree.levels[row] for row in rows),
        np.diff(owners.starts),
        products.equity,
        np.abs(products.total_long),
        np.abs(products.total_short),
        products.total_gross,
        products.total_net,
        products.total_delta,
        products.hhi,
        products.effective_number,
        tuple(names[products.codes[cell]] if cell >= 0 else "" for cell in first.tolist()),
        share,
        liquidity.total_days,
        liquidity.total_cost,
        volatility.total,
        volatility.diversification,
        _reasons(products, liquidity, volatility),
    )


def chosen_owners(owners: Owners, rows: list[int]) -> Owners:
    """Some of the owners, in the order of ``rows``."""
    runs = [owners.members[owners.starts[row] : owners.starts[row + 1]] for row in rows]
    counts = [len(run) for run in runs]
    starts = np.concatenate((np.zeros(1, dtype=np.int64), np.cumsum(counts, dtype=np.int64)))
    members: Integers = np.concatenate(runs) if runs else np.zeros(0, dtype=np.int64)
    return Owners(tuple(owners.names[row] for row in rows), starts, members)


def _reasons(products: Measures, liquidity: Liquidity, volatility: Volatility) -> dict[int, tuple[Text, ...]]:
    """What is not computable of each owner and why, each reason once."""
    gaps, shortages = products.owner_gaps & TOLD, liquidity.owner_shortages & COSTS
    found = {}
    for row in np.flatnonzero(gaps | shortages | volatility.unknown).tolist():
        why = (
            *gap_sentences(int(gaps[row])),
            *shortage_sentences(int(shortages[row])),
            *unknown_sentences(int(volatility.unknown[row])),
        )
        found[row] = tuple({str(sentence): sentence for sentence in why}.values())
    return found
