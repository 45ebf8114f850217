"""Speed of the measures of concentration: accounts and groups along every dimension."""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_array

from engine.classification import Classification, Dimension
from engine.concentration import OF_PRODUCT, Measures, Owners
from engine.covariance import Covariance
from engine.exposures import Exposures
from engine.liquidity import Closing, Liquidity
from engine.market import Depth
from engine.reference import read_reference
from engine.returns import Returns
from engine.state import DeskState
from engine.volatility import Volatility
from tests.bench.large_books import SAMPLE, calculation, desk_of, random_batch
from tests.bench.measure import Figure, median_seconds

ACCOUNTS, POSITIONS, LARGEST = 10_000, 50, 10


def figures() -> list[Figure]:
    """measures_ms."""
    laid_out = calculation()
    state, universe, _ = desk_of(laid_out, random_batch(laid_out, ACCOUNTS, POSITIONS), POSITIONS)
    reference = read_reference(SAMPLE.with_name("reference.toml"))
    classification = Classification.of(universe, laid_out.parameters, reference)
    depth, covariance = _market(state, classification)
    # As on a desk, the measures before are still shown while the next ones are computed.
    shown: list[Measures | Liquidity | Volatility] = []

    def refresh() -> None:
        shown[:] = all_measures(state, classification, depth, covariance)

    refresh()
    whole = median_seconds(refresh, 9)
    bare = median_seconds(_bare(state, classification), 9)
    places = f"{ACCOUNTS} x {POSITIONS}, {len(Dimension)} dimensions, accounts and groups"
    return [Figure("measures_ms", whole * 1e3, "ms", 150, f"bare sparse products {bare * 1e3:.1f} ms ({places})")]


def _market(state: DeskState, classification: Classification) -> tuple[Depth, Covariance]:
    """Quotes of every contract, and 250 daily returns of every product."""
    price, columns = state.calculation.values.settlement, len(classification)
    sizes = np.random.default_rng(3).integers(1, 200, (2, columns))
    count = classification.count(Dimension.PRODUCT)
    common = np.linspace(0.1, 1, count * count).reshape(count, -1)
    moves = np.random.default_rng(4).normal(0, 0.02, (250, count)) @ common
    returns = Returns(classification.names(Dimension.PRODUCT), moves, 1.0)
    return Depth(price - price // 1000, price, *sizes), Covariance.of(returns, classification)


def all_measures(
    state: DeskState, classification: Classification, depth: Depth, covariance: Covariance
) -> list[Measures | Liquidity | Volatility]:
    """Everything that there is to know of every account and group along every dimension."""
    exposures = Exposures.of(state, classification, "USD")
    accounts, groups = Owners.accounts(state.book), Owners.groups(state.book)
    along = Measures.along_all(exposures, accounts)
    grouped = {dimension: measures.by(groups) for dimension, measures in along.items()}
    found = [*along.values(), *grouped.values()]
    for measures in found:
        measures.share_of_equity, measures.delta_share_of_equity, measures.share_of_gross  # noqa: B018
        measures.net, measures.hhi, measures.effective_number, measures.largest(LARGEST)
    closing = Closing.of(state, depth, exposures)
    liquidity = []
    for dimension in (Dimension.CONTRACT, Dimension.PRODUCT):
        alone = Liquidity.of(closing, classification, accounts, dimension)
        liquidity += [alone, alone.by(groups, classification)]
    for products in liquidity[2:]:
        liquidity += [products.along(dimension, classification) for dimension in OF_PRODUCT]
    moving = [Volatility.of(each[Dimension.PRODUCT], covariance) for each in (along, grouped)]
    return [*found, *liquidity, *moving]


def _bare(state: DeskState, classification: Classification):
    """Quantities x worth of a contract laid out by code, one sparse product an owner set and dimension: no checks."""
    positions = state.book.positions
    shape = (ACCOUNTS, len(classification))
    held = csr_array((positions.net, positions.columns, positions.starts), shape=shape)
    price = state.calculation.values.settlement
    rows = np.arange(len(classification))
    worth = [csr_array((price, (rows, classification.codes(dimension)))) for dimension in Dimension]
    return lambda: [held @ each for each in worth for _ in ("accounts", "groups")]
