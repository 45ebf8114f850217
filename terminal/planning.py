"""The planning thread: forced closes, found beside desk and window on the desk as it stands when one is asked for.

The window leaves what it wants planned, the newest question wins, and a search that nobody waits for any more ends with
the plan it is at. Plans arrive one by one: the first is there within the blink of an eye.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from engine.liquidation.closing import Closing
from engine.liquidation.evaluation import evaluate
from engine.liquidation.plan import Aim, Execution, Plan, PlanAnswer, PlanQuestion
from engine.liquidation.search import plans
from engine.liquidation.trading_cost import TradingCost, known_of
from engine.numbers import NOT_COMPUTABLE, Integers
from engine.reference import Reference
from engine.state import DeskState
from engine.text import UserFacingError
from feeds.clock import Clock
from terminal.parameter_version import ParameterVersion
from terminal.pipeline import View

QUIET: Final = 3.0
"""Seconds that the first view has been there, and nobody has asked, when a plan is made for nobody."""


@dataclass(frozen=True, slots=True)
class Basis:
    """What plans were found on.

    Attributes:
        view: The desk's view.
        trading: What trading costs.
        started: Wall nanoseconds at which the search began.
        ended: Wall nanoseconds at which the newest plan was there.
    """

    view: View
    trading: TradingCost
    started: int
    ended: int


class Planning:
    """The thread, and the places where it and the window leave things for each other.

    Args:
        clock: Time.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._changed = threading.Condition()
        self._question: PlanQuestion | None = None
        self._view: View | None = None
        self._stopping = False
        self._answer: tuple[PlanAnswer, Basis] | None = None
        self._known: tuple[ParameterVersion, Reference, dict[str, Integers]] | None = None
        self._thread = threading.Thread(target=self._run, name="planning", daemon=True)

    # Called by the window's thread -----------------------------------------------------------------------------

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self, seconds: float) -> bool:
        """Stop the thread after the plan it is at; False where it did not stop in time."""
        with self._changed:
            self._stopping = True
            self._changed.notify()
        if self._thread.is_alive():
            self._thread.join(seconds)
        return not self._thread.is_alive()

    def take(self, view: View) -> None:
        """Plan on this view's state from now on; what has been planned stays as it is."""
        if view is not self._view:
            with self._changed:
                self._view = view
                self._changed.notify()

    def ask(self, question: PlanQuestion | None) -> None:
        """Plan this now, on the newest state; None for nothing."""
        with self._changed:
            self._question = question
            self._changed.notify()

    def answer(self) -> tuple[PlanAnswer, Basis] | None:
        """What has been found for the last question and on what, the same object until there is more."""
        return self._answer

    # Runs in the planning thread -------------------------------------------------------------------------------

    def _run(self) -> None:
        self._rehearse()
        while True:
            with self._changed:
                while not self._stopping and (self._question is None or self._view is None):
                    self._changed.wait()
                if self._stopping:
                    return
                question, view = self._question, self._view
                self._question = None
            if question is not None and view is not None:
                self._plan(question, view)

    def _rehearse(self) -> None:
        """Plan once before anybody asks: to load what is compiled takes longer than any plan."""
        with self._changed:
            self._changed.wait_for(lambda: self._is_wanted() or self._view is not None)
            wanted, view = self._changed.wait_for(self._is_wanted, QUIET), self._view
        account = _smallest(view.state) if view is not None and not wanted else None
        if view is None or account is None:
            return
        trading = TradingCost.of(view.state, view.depth, **self._market(view))
        for _ in plans(Closing(view.state, view.universe, account, trading, Execution(target=1))):
            if self._is_wanted():
                return

    def _is_wanted(self) -> bool:
        return self._stopping or self._question is not None

    def _plan(self, question: PlanQuestion, view: View) -> None:
        answer = PlanAnswer(question, view.snapshot.as_of, view.snapshot.authoritative)
        trading = TradingCost.of(view.state, view.depth, **self._market(view))
        started = self._clock.wall_ns()
        try:
            for plan in self._found(question, view, trading):
                answer = replace(answer, plans=(*answer.plans, plan))
                self._answer = answer, Basis(view, trading, started, self._clock.wall_ns())
                if self._is_wanted():
                    return
        except UserFacingError as error:
            answer = replace(answer, problem=error.message)
        self._answer = replace(answer, finished=True), Basis(view, trading, started, self._clock.wall_ns())

    @staticmethod
    def _found(question: PlanQuestion, view: View, trading: TradingCost) -> Iterator[Plan]:
        closing = Closing(view.state, view.universe, question.account, trading, question.execution)
        if question.drafts is not None:
            return iter((evaluate(closing, Aim.EDITED, question.drafts),))
        return plans(closing)

    def _market(self, view: View) -> dict[str, Integers]:
        """What the reference tells of the market, worked out once for a version of the parameters and of itself."""
        key = (view.version, view.reference)
        if self._known is None or self._known[0] is not key[0] or self._known[1] is not key[1]:
            self._known = (*key, known_of(view.version.parameters, view.reference))
        return self._known[2]


def _smallest(state: DeskState) -> str | None:
    """The account with the fewest positions of those that can be planned; None where there is none."""
    book, accounts = state.book, state.accounts
    counts = np.diff(book.positions.starts)
    # What cannot be computed is below 0.
    planned = (counts > 0) & (accounts.margin > 0) & (accounts.equity != NOT_COMPUTABLE)
    planned[list(book.gone)] = False
    rows = np.flatnonzero(planned)
    return book.accounts[int(rows[np.argmin(counts[rows])])].name if len(rows) else None
