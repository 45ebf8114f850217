"""Walking prices: whole ticks, scaled to the scan ranges, correlated, options after their delta, the same each run."""

from __future__ import annotations

import numpy as np
import pytest

from engine.instruments import Contract
from engine.numbers import Integers
from engine.span.parameters import ParameterSet
from feeds.random_walk import RandomWalk


def walked(parameters: ParameterSet, seed: int = 1, steps: int = 200) -> Integers:
    walk = RandomWalk(parameters, np.random.default_rng(seed))
    for _ in range(steps):
        walk.step(1.0)
    return walk.prices(np.arange(len(parameters)))


def test_before_the_first_step_prices_are_the_files(sample_parameters: ParameterSet) -> None:
    assert (walked(sample_parameters, steps=0) == sample_parameters.contracts.price).all()


def test_prices_are_whole_ticks_and_options_never_negative(sample_parameters: ParameterSet) -> None:
    rows = np.arange(len(sample_parameters))
    prices = walked(sample_parameters)
    ticks = RandomWalk(sample_parameters, np.random.default_rng(1)).ticks(rows)
    assert (prices % ticks == 0).all()
    assert (prices >= 0).all()
    assert (prices != sample_parameters.contracts.price).mean() > 0.8


def test_moves_stay_within_a_few_scan_ranges(sample_parameters: ParameterSet) -> None:
    contracts = sample_parameters.contracts
    futures = contracts.right == 0
    scan = contracts.arrays[sample_parameters.rate_set].price_scan * 1e10 / contracts.multiplier
    moves = np.abs(walked(sample_parameters, steps=3000) - contracts.price)[futures] / scan[futures]
    assert 0.02 < np.median(moves) < 1.5
    assert moves.max() < 3


def test_commodities_that_are_linked_move_together(sample_parameters: ParameterSet) -> None:
    names = [commodity.code for commodity in sample_parameters.commodities]
    walk = RandomWalk(sample_parameters, np.random.default_rng(2))
    path = []
    for _ in range(2000):
        before = walk._factor.copy()
        walk.step(1.0)
        path.append(walk._factor - before)
    correlation = np.corrcoef(np.array(path).T)
    assert correlation[names.index("ZN"), names.index("ZB")] > 0.4
    assert abs(correlation[names.index("ZN"), names.index("NG")]) < 0.4


@pytest.mark.parametrize(("right", "sign"), [("C", 1), ("P", -1)])
def test_options_follow_their_underlying_by_delta(sample_parameters: ParameterSet, right: str, sign: int) -> None:
    contracts = sample_parameters.contracts
    for seed in range(3):
        moves = walked(sample_parameters, seed, 30) - contracts.price
        future = sample_parameters.find(Contract("SIM", "ES", "FUT", "202703"))
        options = [
            row
            for row in range(len(sample_parameters))
            if contracts.underlying[row] == future and sample_parameters.contract(row).right == right
        ]
        assert options
        for row in options:
            if abs(moves[future]) > 10 * 10**8 and moves[row] > -contracts.price[row]:
                assert np.sign(moves[row]) in (0, sign * np.sign(moves[future]))


def test_the_same_seed_gives_the_same_walk(sample_parameters: ParameterSet) -> None:
    assert (walked(sample_parameters, 4) == walked(sample_parameters, 4)).all()
    assert (walked(sample_parameters, 4) != walked(sample_parameters, 5)).any()
