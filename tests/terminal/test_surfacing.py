"""Surfaces are computed beside the desk: the newest question wins, and nothing is computed that nobody looks at."""

import threading
import time

import pytest

from engine.reference import Reference
from engine.scenarios.results import Scope
from engine.surface import Height, SurfaceMeasure, SurfaceQuestion
from feeds.clock import MILLISECOND, SystemClock
from terminal import surfacing as module
from terminal.stress_watch import Offered
from terminal.surfacing import Surfacing
from tests.engine.scenarios.stress_desks import CL, ES_PUT, StressDesk, calculation

QUESTION = SurfaceQuestion(Scope.ACCOUNT, "Long")
REFERENCE = Reference()


def offered(as_of=5, cash=40_000) -> Offered:
    made = StressDesk()
    made.account("Long", cash, {CL: 4, ES_PUT: -2})
    made.account("Other", cash, {CL: -1})
    return Offered(made.state(), as_of, calculation().parameters, REFERENCE)


@pytest.fixture
def surfacing(monkeypatch):
    """A thread that looks often, ended after the test."""
    monkeypatch.setattr(module, "PERIOD", 5 * MILLISECOND)
    made = Surfacing(SystemClock())
    made.start()
    yield made
    assert made.stop(20)


def until(condition, seconds=100.0):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.002)


def test_what_is_asked_is_computed_on_the_newest_state(surfacing):
    surfacing.ask(QUESTION)
    surfacing.offer(offered(as_of=1))
    until(lambda: surfacing.picture() is not None)
    first = surfacing.picture()
    assert (first.question, first.as_of) == (QUESTION, 1)
    assert first.elapsed > 0
    surfacing.offer(offered(as_of=2))
    until(lambda: surfacing.picture().as_of == 2)


def test_the_newest_question_wins(surfacing):
    surfacing.offer(offered())
    for measure in SurfaceMeasure:
        surfacing.ask(SurfaceQuestion(Scope.FIRM, "", measure=measure))
    surfacing.ask(QUESTION)
    until(lambda: surfacing.picture() is not None and surfacing.picture().question == QUESTION)


def test_another_question_is_answered_without_a_newer_state(surfacing):
    surfacing.offer(offered())
    surfacing.ask(QUESTION)
    until(lambda: surfacing.picture() is not None)
    other = SurfaceQuestion(Scope.FIRM, "")
    surfacing.ask(other)
    until(lambda: surfacing.picture().question == other)


def test_nothing_is_computed_that_nobody_looks_at(monkeypatch, surfacing):
    asked = threading.Event()
    computed = []
    original = module.surface

    def noting(*arguments):
        computed.append(arguments)
        asked.set()
        return original(*arguments)

    monkeypatch.setattr(module, "surface", noting)
    surfacing.ask(QUESTION)
    surfacing.offer(offered())
    assert asked.wait(60)
    until(lambda: surfacing.picture() is not None)
    surfacing.ask(None)
    count = len(computed)
    surfacing.offer(offered(as_of=9))
    surfacing.ask_landscape(Height.MARGIN)
    until(lambda: surfacing.landscape() is not None)
    assert len(computed) == count


def test_landscapes_follow_the_state_and_the_height(surfacing):
    surfacing.ask_landscape(Height.MARGIN)
    surfacing.offer(offered(as_of=1))
    until(lambda: surfacing.landscape() is not None)
    assert surfacing.landscape().height is Height.MARGIN
    surfacing.ask_landscape(Height.SHORTFALL)
    until(lambda: surfacing.landscape().height is Height.SHORTFALL)
    surfacing.offer(offered(as_of=2))
    until(lambda: surfacing.landscape().as_of == 2)


def test_the_same_state_is_not_computed_again(surfacing):
    surfacing.ask(QUESTION)
    surfacing.offer(offered())
    until(lambda: surfacing.picture() is not None)
    before = surfacing.picture()
    surfacing.ask_landscape(Height.MARGIN)
    until(lambda: surfacing.landscape() is not None)
    assert surfacing.picture() is before


def test_it_stops_while_it_has_nothing_to_do(surfacing):
    assert surfacing.stop(20)
