"""Speed of the measures of concentration: accounts and groups along every dimension."""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_array

from engine.classification import Classification, Dimension
from engine.concentration import Measures, Owners
from engine.exposures import Exposures
from engine.reference import read_reference
from engine.state import DeskState
from tests.bench.large_books import SAMPLE, calculation, desk_of, random_batch
from tests.bench.measure import Figure, median_seconds

ACCOUNTS, POSITIONS, LARGEST = 10_000, 50, 10


def figures() -> list[Figure]:
    """measures_ms."""
    laid_out = calculation()
    state, universe, _ = desk_of(laid_out, random_batch(laid_out, ACCOUNTS, POSITIONS), POSITIONS)
    reference = read_reference(SAMPLE.with_name("reference.toml"))
    classification = Classification.of(universe, laid_out.parameters, reference)
    # As on a desk, the measures before are still shown while the next ones are computed.
    shown: list[Measures] = []

    def refresh() -> None:
        shown[:] = all_measures(state, classification)

    refresh()
    whole = median_seconds(refresh, 9)
    bare = median_seconds(_bare(state, classification), 9)
    places = f"{ACCOUNTS} x {POSITIONS}, {len(Dimension)} dimensions, accounts and groups"
    return [Figure("measures_ms", whole * 1e3, "ms", 150, f"bare sparse products {bare * 1e3:.1f} ms ({places})")]


def all_measures(state: DeskState, classification: Classification) -> list[Measures]:
    """Everything that there is to know of every account and group along every dimension."""
    exposures = Exposures.of(state, classification, "USD")
    accounts, groups = Owners.accounts(state.book), Owners.groups(state.book)
    found = list(Measures.along_all(exposures, accounts).values())
    found += [measures.by(groups) for measures in found]
    for measures in found:
        measures.share_of_equity, measures.delta_share_of_equity, measures.share_of_gross  # noqa: B018
        measures.net, measures.hhi, measures.effective_number, measures.largest(LARGEST)
    return found


def _bare(state: DeskState, classification: Classification):
    """Quantities x worth of a contract laid out by code, one sparse product an owner set and dimension: no checks."""
    positions = state.book.positions
    shape = (ACCOUNTS, len(classification))
    held = csr_array((positions.net, positions.columns, positions.starts), shape=shape)
    price = state.calculation.values.settlement
    rows = np.arange(len(classification))
    worth = [csr_array((price, (rows, classification.codes(dimension)))) for dimension in Dimension]
    return lambda: [held @ each for each in worth for _ in ("accounts", "groups")]
