"""Refreshes of the concentration charts: new figures for 10,000 cells until they are painted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from PySide6.QtCore import QPoint
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtWidgets import QWidget

from engine.concentration_picture import ExposureGrid, ExposureLevel
from engine.numbers import NOT_COMPUTABLE
from terminal.app import make_application
from terminal.virtual_display import VirtualDisplay, has_display
from tests.bench.measure import Figure, durations, percentile
from tests.widgets.concentration.generated_desk import desk
from widgets.concentration.heat_map import HeatMap
from widgets.concentration.scale import Shade
from widgets.concentration.treemap import Treemap
from widgets.theme import apply_theme, load_theme

EXPIRIES = 167
"""Contracts of each of 60 products: 10,020 cells."""
WIDTH, HEIGHT, RUNS = 1920, 1080, 40
OVERVIEW = 2
"""Zoom at which a screen shows more than 10,000 cells of the heat map at once."""
VARIANTS = 7


def figures() -> list[Figure]:
    """treemap_ms and heatmap_ms."""
    display = VirtualDisplay()
    if not has_display():
        display.start()
    try:
        theme = load_theme("dark")
        apply_theme(make_application(), theme)
        return [_treemap(Treemap(theme)), _heat_map(HeatMap(theme))]
    finally:
        display.stop()


def _treemap(treemap: Treemap) -> Figure:
    levels = [_moved(desk(expiries=EXPIRIES).levels, number) for number in range(VARIANTS)]
    screen = _show(treemap)

    def refresh(number: int) -> None:
        treemap.show_levels(levels[number % VARIANTS], "USD", Shade.USE)
        _paint(treemap, screen)

    taken = _milliseconds(refresh)
    cells = len(treemap.tiers[-1].rows)
    bound = f"{_filling(treemap):.1f} ms to fill and show as many pixels; {cells:,} cells, {_spread(taken)}"
    treemap.close()
    return Figure("treemap_ms", percentile(taken, 50), "ms", 30, bound)


def _heat_map(heat_map: HeatMap) -> Figure:
    grids = [_shaken(desk().grid, number) for number in range(VARIANTS)]
    screen = _show(heat_map)

    def refresh(number: int) -> None:
        heat_map.show_grid(grids[number % VARIANTS], "USD", Shade.USE)
        _paint(heat_map.viewport(), screen)

    near = percentile(_milliseconds(refresh), 50)
    heat_map.set_zoom(OVERVIEW)
    taken = _milliseconds(refresh)
    seen = -(-heat_map.viewport().height() // heat_map.row) * len(grids[0].columns)
    bound = f"{_filling(heat_map.viewport()):.1f} ms to fill and show as many pixels; {seen:,} cells seen of "
    bound += f"{grids[0].value.size:,}, {_spread(taken)}; near, with figures, {near:.1f} ms"
    heat_map.close()
    # Whichever is slower: many cells, or fewer with figures.
    return Figure("heatmap_ms", max(percentile(taken, 50), near), "ms", 30, bound)


def _show(widget: QWidget) -> QImage:
    """Show a widget, and the image that stands for its part of the screen."""
    widget.resize(WIDTH, HEIGHT)
    widget.show()
    make_application().processEvents()
    return QImage(widget.size(), QImage.Format.Format_RGB32)


def _paint(widget: QWidget, screen: QImage) -> None:
    """Have the widget paint itself whole, whether or not the display shows it."""
    widget.render(screen, QPoint())


def _milliseconds(work: Callable[[int], object]) -> list[float]:
    return [seconds * 1e3 for seconds in durations(work, RUNS)]


def _spread(taken: list[float]) -> str:
    return f"fastest {min(taken):.1f} ms, p95 {percentile(taken, 95):.1f} ms"


def _filling(widget: QWidget) -> float:
    """Median milliseconds to fill an image of the widget's size and draw it: what no chart of it can do without."""
    image, shown = QImage(widget.size(), QImage.Format.Format_RGB32), QImage(widget.size(), QImage.Format.Format_RGB32)

    def fill(number: int) -> None:
        image.fill(QColor(number % 255, 0, 0))
        painter = QPainter(shown)
        painter.drawImage(0, 0, image)
        painter.end()

    return percentile(_milliseconds(fill), 50)


def _moved(levels: tuple[ExposureLevel, ...], seed: int) -> tuple[ExposureLevel, ...]:
    """The same names with every figure a little different."""
    chance, moved = np.random.default_rng(seed), []
    for level in levels:
        factor = chance.integers(9_000, 11_000, len(level))
        value = np.where(level.value == NOT_COMPUTABLE, NOT_COMPUTABLE, level.value // 10_000 * factor)
        moved.append(replace(level, value=value, use=np.where(level.use < 0, level.use, level.use * factor // 10_000)))
    return tuple(moved)


def _shaken(grid: ExposureGrid, seed: int) -> ExposureGrid:
    factor = np.random.default_rng(seed).integers(9_000, 11_000, grid.use.shape)
    return replace(grid, use=np.where(grid.use < 0, grid.use, grid.use * factor // 10_000))
