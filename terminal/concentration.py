"""The desk's concentration as the screens want it: the picture asked for, at a rate that leaves the desk its time."""

from __future__ import annotations

from collections import Counter
from typing import Final

from engine.book import BookSnapshot
from engine.classification import Classification
from engine.concentration_figures import concentration_picture
from engine.concentration_picture import Choice, ConcentrationPicture
from engine.exposures import Exposures
from engine.instruments import Universe
from engine.limit_use import LimitUse
from engine.span.parameters import ParameterSet
from engine.state import DeskState
from feeds.clock import MILLISECOND, Clock
from terminal.limit_versions import LimitVersions

PERIOD: Final = 500 * MILLISECOND
"""Time between two pictures of the same choice."""
SHARE: Final = 5
"""A picture may take one part in so many of the desk's time."""


class ConcentrationDesk:
    """Draws pictures of the desk's concentration while somebody looks. Lives in the desk thread.

    Args:
        parameters: In force.
        universe: Names of the columns under them.
        limits: Those in force, and the reference beside them.
        clock: Time.
    """

    def __init__(self, parameters: ParameterSet, universe: Universe, limits: LimitVersions, clock: Clock) -> None:
        self._clock = clock
        self._limits = limits.limits
        self._classification = Classification.of(universe, parameters, limits.reference)
        self._picture: ConcentrationPicture | None = None
        self._due = 0

    def picture(self, state: DeskState, choice: Choice | None) -> ConcentrationPicture | None:
        """What ``choice`` asks for, on ``state`` or one shortly before it; None where nobody looks.

        Args:
            state: The desk.
            choice: What the screen shows; None while it is hidden.
        """
        if choice is None:
            self._picture = None
            return None
        if self._picture is None or self._picture.choice != choice or state.now >= self._due:
            began = self._clock.monotonic_ns()
            self._picture = self._draw(state, choice)
            self._due = state.now + max(PERIOD, SHARE * (self._clock.monotonic_ns() - began))
        return self._picture

    def _draw(self, state: DeskState, choice: Choice) -> ConcentrationPicture:
        wall, limits = self._clock.wall_ns(), self._limits
        currency = limits.currency if limits is not None and limits.currency else usual_currency(state.book)
        exposures = Exposures.of(state, self._classification, currency)
        self._classification = exposures.classification
        in_force = LimitUse(limits, wall, state.book, exposures.classification) if limits is not None else None
        return concentration_picture(state, exposures, choice, wall, in_force)


def usual_currency(book: BookSnapshot) -> str:
    """The currency that most accounts are shown in; of equals the first by name."""
    counts = Counter(account.currency for row, account in enumerate(book.accounts) if row not in book.gone)
    return min(counts, key=lambda currency: (-counts[currency], currency), default="USD")
