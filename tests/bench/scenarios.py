"""Speed of a grid, and of looking at every account under every scenario while a window is open."""

from __future__ import annotations

import asyncio
import sys
import tempfile
from pathlib import Path

import numpy as np
from PySide6.QtWidgets import QApplication

from engine.classification import Classification
from engine.instruments import Universe
from engine.numbers import RATIO
from engine.reference import ProductReference, Reference
from engine.scenarios.axes import price_axis, volatility_axis
from engine.scenarios.grids import grid
from engine.scenarios.model import ScenarioModel
from engine.scenarios.results import Scope, Subject
from engine.span.arrays import Batch
from engine.span.pricing import values
from engine.state import Calculation, DeskState
from feeds.clock import MILLISECOND, SystemClock
from terminal import aio
from terminal.app import SWITCH, make_application
from terminal.stress_watch import Offered, StressSource, StressWatch
from terminal.virtual_display import VirtualDisplay, has_display
from tests.bench.large_books import desk_of
from tests.bench.large_market import PRODUCTS, desk_batch, large_market
from tests.bench.margin import sparse_seconds
from tests.bench.measure import Figure, median_seconds, percentile
from tests.bench.window import Pulse
from widgets.stress.view import StressView
from widgets.theme import apply_theme, load_theme

OPTIONS, ACCOUNTS, POSITIONS, RUNS = 1_000, 10_000, 50, 5
PRICES, VOLATILITIES = 41, 21
SECTORS = ("Energy", "Metals", "Equities", "Rates", "Grains")
CLASSES = ("Commodities", "Commodities", "Equity indices", "Interest rates", "Commodities")
DRAW = 50
"""Milliseconds between two looks for news, as in the terminal."""


def figures() -> list[Figure]:
    """grid_ms, stress_s and stress_gui_stall_p99_ms."""
    market = large_market()
    return [_grid(market), *_stress(market)]


def _grid(market: Calculation) -> Figure:
    """One account with 1,000 option positions: profit, margin on today's arrays, equity, ratio, shortfall."""
    rng = np.random.default_rng(7)
    options = np.flatnonzero((market.table.right > 0) & market.table.usable)
    rows = np.sort(rng.choice(options, OPTIONS, replace=False))
    quantities = rng.integers(1, 50, OPTIONS) * rng.choice([-1, 1], OPTIONS)
    state, universe, _ = desk_of(market, Batch(np.array([0, OPTIONS]), rows, quantities), 0)
    model, subject = _model(market, universe), Subject(Scope.ACCOUNT, "A00000")
    axes = price_axis(20.0, PRICES), volatility_axis(10.0, VOLATILITIES)
    found = grid(state, model, subject, *axes)
    if found.gaps.any():
        raise AssertionError("the grid is not computable everywhere")
    taken = median_seconds(lambda: grid(state, model, subject, *axes), 15)
    priced = model.pricing(market.table.rate_set).priced
    places = np.flatnonzero(np.isin(priced.rows, rows))
    again = np.tile(places, PRICES * VOLATILITIES)
    terms, volatility = priced.options.take(again), priced.volatility[again] / RATIO
    underlying = np.repeat(np.linspace(5_000.0, 7_400.0, PRICES * VOLATILITIES), len(places))
    bare = median_seconds(lambda: values(terms, underlying, volatility), 5)
    bound = f"the bare option values in one thread {bare * 1e3:.0f} ms, ratio {taken / bare:.2f}"
    return Figure("grid_ms", taken * 1e3, "ms", 50, f"{bound} ({PRICES} x {VOLATILITIES}, {OPTIONS} options)")


def _stress(market: Calculation) -> list[Figure]:
    batch = desk_batch(market, ACCOUNTS, POSITIONS)
    state, _, _ = desk_of(market, batch, 0)
    display = VirtualDisplay()
    if not has_display():
        display.start()
    try:
        app = make_application()
        sys.setswitchinterval(SWITCH)
        idle, _ = aio.run(app, _watched(app, None))
        stalls, seconds = aio.run(app, _watched(app, state))
    finally:
        display.stop()
    # One thread margins what two do in the bound.
    scenarios = len(StressSource().read())
    bare = sparse_seconds(market, batch, 5) * scenarios
    best = min(seconds)
    work = f"{ACCOUNTS} x {POSITIONS} x {scenarios}, one thread"
    bound = f"bare products {bare:.2f} s, ratio {best / bare:.1f} ({work})"
    late = percentile(stalls, 99) * 1e3
    quiet = f"the same window without {percentile(idle, 99) * 1e3:.2f} ms; worst {max(stalls) * 1e3:.1f} ms"
    return [
        Figure("stress_s", best, "s", 3, bound),
        Figure("stress_gui_stall_p99_ms", late, "ms", 33, f"{quiet} (runs back to back)"),
    ]


async def _watched(app: QApplication, state: DeskState | None) -> tuple[list[float], list[float]]:
    """How late the event loop is while runs follow one another, and how long they take; idle without a state."""
    theme = load_theme("dark")
    apply_theme(app, theme)
    view = StressView(theme)
    view.resize(1200, 500)
    view.show()
    seconds: list[float] = []
    with tempfile.TemporaryDirectory() as folder:
        watch = StressWatch(StressSource(folder=Path(folder), period=10 * MILLISECOND, first=0), SystemClock())
        watch.start()
        if state is not None:
            watch.offer(Offered(state, 1, state.calculation.parameters, _sectors()))
        # The first run loads kernels and lays parameters out.
        while state is not None and watch.news().run is None:
            await asyncio.sleep(DRAW / 1e3)
        pulse, shown = Pulse(), watch.news().run
        for _ in range(40 if state is None else 10_000):
            await asyncio.sleep(DRAW / 1e3)
            news = watch.news()
            view.show_news(news)
            if news.run is not None and news.run is not shown:
                shown = news.run
                seconds.append(news.run.elapsed / 1e9)
            if len(seconds) >= RUNS:
                break
        late = pulse.stop()
        watch.stop(30)
    view.close()
    view.deleteLater()
    return late, seconds


def _sectors() -> Reference:
    """Sectors of the generated market, so that every scenario means some of its products."""
    named = {
        f"P{product:02d}": ProductReference(SECTORS[product % len(SECTORS)], CLASSES[product % len(CLASSES)])
        for product in range(1, PRODUCTS + 1)
    }
    return Reference(named)


def _model(market: Calculation, universe: Universe) -> ScenarioModel:
    return ScenarioModel(market.parameters, Classification.of(universe, market.parameters, Reference()))
