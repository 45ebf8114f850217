"""How figures are taken and kept: several runs, the median or a percentile, and the lower bound of the same run."""

from __future__ import annotations

import gc
import json
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

REPORT = Path("build/bench.json")


@dataclass(frozen=True)
class Figure:
    """One measured figure.

    Attributes:
        name: As the bars call it.
        value: Measured.
        unit: Of the value.
        bar: What it must not exceed, or must reach.
        bound: The least that could be reached, measured in the same run, and what that is.
        at_least: Whether more is better.
    """

    name: str
    value: float
    unit: str
    bar: float
    bound: str
    at_least: bool = False


def median_seconds(work: Callable[[], object], runs: int) -> float:
    """Median duration of ``work`` after one run that does not count."""
    work()
    return statistics.median(_seconds(work) for _ in range(runs))


def percentile(values: list[float], percent: float) -> float:
    """The value that ``percent`` of the values do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))]


def durations(work: Callable[[int], object], runs: int, warm: int = 20) -> list[float]:
    """Duration of each of ``runs`` calls, after ``warm`` calls that do not count; the call's number is passed.

    The cyclic collector is off, as it is in the desk's thread.
    """
    for number in range(warm):
        work(number)
    gc.collect()
    gc.disable()
    try:
        return [_seconds(lambda number=number: work(number)) for number in range(runs)]
    finally:
        gc.enable()


def _seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def report(figures: list[Figure]) -> None:
    """Print the table and write it where tools find it; figures of a partial run replace only their own."""
    REPORT.parent.mkdir(exist_ok=True)
    kept = json.loads(REPORT.read_text(encoding="utf-8")) if REPORT.exists() else {}
    kept |= {figure.name: {"value": figure.value, "unit": figure.unit} for figure in figures}
    REPORT.write_text(json.dumps(kept, indent=2) + "\n", encoding="utf-8")
    lines = [f"{'figure':<20}{'value':>12}  {'unit':<6}{'bar':>10}  {'':<5} lower bound, same run"]
    for figure in figures:
        reached = figure.value >= figure.bar if figure.at_least else figure.value <= figure.bar
        verdict = "ok" if reached else "UNDER" if figure.at_least else "OVER"
        lines.append(
            f"{figure.name:<20}{figure.value:>12.3f}  {figure.unit:<6}{figure.bar:>10g}  {verdict:<5} {figure.bound}"
        )
    print("\n".join(lines))
