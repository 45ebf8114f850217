"""Speed of the live arrays: volatilities from quotes, arrays and composite deltas of every option."""

from __future__ import annotations

import numpy as np

from engine.numbers import MONEY
from engine.span.live import LivePricing, with_live_arrays
from engine.span.reading import read_parameters
from engine.state import Calculation
from tests.bench.large_books import SAMPLE, TAKAS, calculation
from tests.bench.measure import Figure, median_seconds

BAR = 50.0
RUNS = 25


def figures() -> list[Figure]:
    """live_arrays_ms, on the real file where it is there."""
    parameters = read_parameters(TAKAS if TAKAS.exists() else SAMPLE)
    pricing, prices = LivePricing(parameters), parameters.contracts.price
    found = pricing.arrays(prices)
    taken = median_seconds(lambda: pricing.arrays(prices, pricing.volatilities(prices)), RUNS)
    laid_out = calculation(TAKAS if TAKAS.exists() else SAMPLE)
    live, convention = with_live_arrays(parameters, found.arrays), laid_out.table.convention
    again = median_seconds(lambda: Calculation.of(live, convention), RUNS)
    apart = np.abs(found.arrays.scenario - parameters.contracts.arrays[pricing.rate_set].scenario).max() / MONEY
    options = np.count_nonzero(parameters.contracts.right)
    bound = f"{options} options; laying them out for the kernels {again * 1e3:.1f} ms more; off the file by {apart:.4f}"
    return [Figure("live_arrays_ms", taken * 1e3, "ms", BAR, bound)]
