"""Reverse stress: the smallest move that takes an account to its call line, its forced-close line, or below zero."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np

from engine.numbers import NOT_COMPUTABLE, Integers
from engine.scenarios.applied import applied, scan_spans
from engine.scenarios.axes import Direction, Floats
from engine.scenarios.figures import AccountFigures, account_figures, gains, unrated
from engine.scenarios.grids import requirement_of
from engine.scenarios.holdings import Holdings, holdings_of
from engine.scenarios.model import ScenarioModel
from engine.scenarios.named import Scenario
from engine.scenarios.results import Gap, MarginMode, gap_sentences
from engine.scenarios.revaluation import revalued
from engine.scenarios.shocks import Shocks, moves_of
from engine.scenarios.stress import Fate, fates_of
from engine.state import DeskState
from engine.text import Text, text

TICK: Final = 1e-4
"""How closely a move is found, in units of its path: percent, or share of a scenario."""
STEPS: Final = 64
"""Nodes looked at together."""


class Line(StrEnum):
    """What an account is taken to."""

    CALL = "call"
    CLOSE = "close"
    ZERO = "zero"


FATE_OF: Final = {Line.CALL: Fate.CALLED, Line.CLOSE: Fate.CLOSED, Line.ZERO: Fate.SHORT}


@dataclass(frozen=True, slots=True)
class Path:
    """A line through the space of moves, from nothing on.

    Attributes:
        label: For a person.
        unit: Of a size along it: ``%`` of prices, or ``× scenario``.
        most: Largest size looked at.
        price, points, share: float64 [factors], moves at size 1, as in `Shocks`.
        years: Time that passes at size 1.
    """

    label: Text
    unit: Text
    most: float
    price: Floats
    points: Floats
    share: Floats
    years: float = 0.0

    def at(self, sizes: Floats) -> Shocks:
        """Nodes at some sizes."""
        return Shocks(
            np.outer(sizes, self.price), np.outer(sizes, self.points), np.outer(sizes, self.share), sizes * self.years
        )


@dataclass(frozen=True, slots=True)
class Reached:
    """The smallest size along a path at which an account is at or past a line.

    Attributes:
        line: Which.
        size: In units of the path; None where it is not reached up to ``most``.
        profit, margin, equity, worth: Money scale, there, in the account's currency; `NOT_COMPUTABLE` where not
            reached.
    """

    line: Line
    size: float | None
    profit: int = NOT_COMPUTABLE
    margin: int = NOT_COMPUTABLE
    equity: int = NOT_COMPUTABLE
    worth: int = NOT_COMPUTABLE


@dataclass(frozen=True, slots=True)
class ReverseStress:
    """How far one account is from its lines along a path.

    Attributes:
        account: Whose.
        currency: Of the money.
        path: Along what.
        reached: One a line.
        reasons: Why it is not computable; then nothing is reached.
        notes: What is left out.
    """

    account: str
    currency: str
    path: Path
    reached: tuple[Reached, ...]
    reasons: tuple[Text, ...] = ()
    notes: tuple[Text, ...] = ()


def price_path(model: ScenarioModel, direction: Direction, sign: int = 1, most: float = 100.0) -> Path:
    """Prices move along a direction: up for ``sign`` 1, down for -1; sizes in percent."""
    still = np.zeros(model.factors)
    label = text("{direction} up", direction=direction.label)
    if sign < 0:
        label = text("{direction} down", direction=direction.label)
    return Path(label, Text("%"), most, sign * moves_of(model, direction) / 100.0, still, still)


def ranges_path(model: ScenarioModel, sign: int = 1, most: float = 20.0) -> Path:
    """Each product moves by its own price scan range; sizes in ranges."""
    still = np.zeros(model.factors)
    label = text("All by their scan range up") if sign > 0 else text("All by their scan range down")
    return Path(label, text("ranges"), most, sign * np.repeat(scan_spans(model), 2), still, still)


def scenario_path(model: ScenarioModel, scenario: Scenario, most: float = 3.0) -> Path:
    """The prices, volatilities and time of a scenario, grown in proportion; sizes in whole scenarios."""
    shocks = applied(model, (scenario,)).shocks
    return Path(
        scenario.title,
        text("× scenario"),
        most,
        shocks.price[0],
        shocks.points[0],
        shocks.share[0],
        float(shocks.years[0]),
    )


def reverse_stress(
    state: DeskState, model: ScenarioModel, account: int, path: Path, mode: MarginMode = MarginMode.NODE
) -> ReverseStress:
    """The smallest size along ``path`` at which an account is at or past each line.

    First `STEPS` sizes are looked at, then the gap before the first that is past the line, finer and finer down to
    `TICK`. A stretch past the line that is narrower than that first gap may be overlooked.

    Args:
        state: The desk.
        model: Of its parameters.
        account: Row in the book.
        path: Along what.
        mode: What margin rests on.
    """
    holdings = holdings_of(state, model, np.array([account], dtype=np.int64))
    currency = state.book.accounts[account].currency
    name = state.book.accounts[account].name
    sizes = np.linspace(0.0, path.most, STEPS + 1)
    figures = figures_along(state, model, holdings, path, sizes, mode)
    fates = fates_of(figures, state)[0]
    if (fates == int(Fate.UNKNOWN)).any():
        gaps = int(np.bitwise_or.reduce(figures.gaps[0])) or int(Gap.TOO_LARGE)
        reached = tuple(Reached(line, None) for line in Line)
        return ReverseStress(name, currency, path, reached, gap_sentences(gaps), holdings.notes)
    reached = tuple(_reach(state, model, holdings, path, mode, line, sizes, fates, figures) for line in Line)
    return ReverseStress(name, currency, path, reached, (), holdings.notes)


def _reach(
    state: DeskState,
    model: ScenarioModel,
    holdings: Holdings,
    path: Path,
    mode: MarginMode,
    line: Line,
    sizes: Floats,
    fates: np.typing.NDArray[np.int8],
    figures: AccountFigures,
) -> Reached:
    past = np.flatnonzero(fates >= int(FATE_OF[line]))
    if not len(past):
        return Reached(line, None)
    first = int(past[0])
    while first and sizes[first] - sizes[first - 1] > TICK:
        sizes = np.linspace(sizes[first - 1], sizes[first], STEPS + 1)
        figures = figures_along(state, model, holdings, path, sizes, mode)
        past = np.flatnonzero(fates_of(figures, state)[0] >= int(FATE_OF[line]))
        first = int(past[0]) if len(past) else STEPS
    return Reached(
        line,
        float(sizes[first]),
        *(_at(each, first) for each in (figures.profit, figures.margin)),
        *(_at(each, first) for each in (figures.equity, figures.worth)),
    )


def _at(figures: Integers, place: int) -> int:
    return int(figures[0, place])


def figures_along(
    state: DeskState, model: ScenarioModel, holdings: Holdings, path: Path, sizes: Floats, mode: MarginMode
) -> AccountFigures:
    """The one account of ``holdings`` at some sizes along a path, int64 [1, sizes] each, in its own currency."""
    shocks = path.at(sizes)
    revaluation = revalued(holdings.held, shocks, threads=1)
    requirement = requirement_of(state, model, holdings, revaluation, shocks, mode)
    gained = gains(holdings, revaluation, len(state.figures.currencies))
    home = state.figures.currencies.index(state.book.accounts[int(holdings.accounts[0])].currency)
    found = account_figures(holdings, gained, requirement, np.array([home], dtype=np.int64), state.rates)
    return AccountFigures(
        found.profit, found.margin, found.equity, found.worth, unrated(found.gaps, requirement, holdings)
    )
