"""Exact figures in words: what the mouse or the keyboard cursor is on."""

from __future__ import annotations

from collections.abc import Sequence

from engine.concentration_picture import NO_LIMIT, ExposureGrid, ExposureLevel, ExposureMeasure
from engine.numbers import NOT_COMPUTABLE
from engine.text import Text
from widgets.language import sentence, tr
from widgets.numbers_text import money, percent


def measure_words(measure: ExposureMeasure) -> str:
    """What a measure is called."""
    return {
        ExposureMeasure.NET: tr("net exposure"),
        ExposureMeasure.GROSS: tr("gross exposure"),
        ExposureMeasure.DELTA: tr("delta exposure"),
    }[measure]


def level_reading(levels: Sequence[ExposureLevel], depth: int, row: int, currency: str) -> str:
    """A row of a level with the names above it, its exposure, both sides, share and use of limit."""
    level, above = levels[depth], row
    names: list[str] = []
    for each in range(depth, -1, -1):
        names.insert(0, levels[each].names[above])
        above = int(levels[each].parents[above])
    figures = (int(level.value[row]), int(level.share[row]), int(level.use[row]))
    words = figures_words(figures, currency, level.reasons.get(row))
    if NOT_COMPUTABLE not in (level.long[row], level.short[row]):
        sides = tr("long {long}, short {short}")
        words += " · " + sides.format(long=money(int(level.long[row])), short=money(int(level.short[row])))
    return f"{' › '.join(names)}: {words}"


def grid_reading(grid: ExposureGrid, row: int, column: int, currency: str) -> str:
    """A cell of the heat map."""
    at = (row, column)
    figures = (int(grid.value[at]), int(grid.share[at]), int(grid.use[at]))
    return f"{grid.accounts[row]} × {grid.columns[column]}: " + (
        figures_words(figures, currency, grid.reasons.get(at)) if grid.value[at] else tr("no position")
    )


def with_before(words: str, before: int | None) -> str:
    """A reading with what the exposure is without the orders, where they change it."""
    if before is None:
        return words
    was = tr("before: {amount}").format(amount=money(before, signed=True))
    return f"{words} · {was}"


def changed_rows(before: ExposureLevel, after: ExposureLevel) -> dict[int, int]:
    """Rows of ``after`` whose exposure differs from that of the same name before, and what it was."""
    was = dict(zip(before.names, before.value.tolist(), strict=True))
    values = zip(after.names, after.value.tolist(), strict=True)
    return {row: was.get(name, 0) for row, (name, value) in enumerate(values) if was.get(name, 0) != value}


def figures_words(figures: tuple[int, int, int], currency: str, reason: Text | None) -> str:
    """Exposure, share of equity and use of limit; the reason where one of them is not computable."""
    value, share, use = figures
    if value == NOT_COMPUTABLE:
        parts = [tr("not computable")]
    else:
        parts = [f"{money(value, signed=True)} {currency}"]
        known = share != NOT_COMPUTABLE
        parts.append(tr("{share} of equity").format(share=percent(share)) if known else tr("share not computable"))
        if use == NO_LIMIT:
            parts.append(tr("no limit"))
        else:
            known = use != NOT_COMPUTABLE
            parts.append(tr("{use} of the limit").format(use=percent(use)) if known else tr("limit not computable"))
    if reason is not None:
        parts.append(sentence(reason))
    return " · ".join(parts)
