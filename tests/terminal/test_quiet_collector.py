"""The cyclic collector of a process that answers: it walks while nobody asks, or very late."""

import gc
import weakref

import pytest

from feeds.clock import SECOND
from terminal.quiet_collector import BETWEEN, LATEST, QUIET, QuietCollector
from tests.feeds.driving import ManualClock


class Tied:
    """Something that only the collector takes away."""

    def __init__(self) -> None:
        self.itself = self


@pytest.fixture
def clock():
    return ManualClock()


@pytest.fixture
def collector(clock):
    with QuietCollector(clock) as collector:
        yield collector


def test_it_walks_once_nobody_has_asked_for_a_while(collector, clock):
    tied = weakref.ref(Tied())
    clock.advance(BETWEEN)
    assert collector.tend(last_asked=clock.now - QUIET)
    assert tied() is None


def test_it_does_not_walk_while_somebody_asks_until_it_would_be_too_late(collector, clock):
    tied = weakref.ref(Tied())
    clock.advance(BETWEEN + LATEST - 1)
    assert not collector.tend(last_asked=clock.now - QUIET + 1)
    assert tied() is not None
    clock.advance(1)
    assert collector.tend(last_asked=clock.now)
    assert tied() is None


def test_it_does_not_walk_again_soon(collector, clock):
    clock.advance(BETWEEN)
    assert collector.tend(last_asked=0)
    clock.advance(BETWEEN - 1)
    assert not collector.tend(last_asked=0)
    clock.advance(1)
    assert collector.tend(last_asked=0)


def test_it_never_walks_by_itself(collector):
    assert not gc.isenabled()


def test_it_does_not_walk_over_what_was_there_as_it_began(clock):
    tied = weakref.ref(before := Tied())
    with QuietCollector(clock) as collector:
        del before
        clock.advance(BETWEEN + SECOND)
        assert collector.tend(last_asked=0)
    there = tied()
    assert there is not None
    there.itself = None


@pytest.mark.parametrize("enabled", [True, False])
def test_behind_it_the_collector_walks_by_itself_or_not_as_before(clock, enabled):
    if not enabled:
        gc.disable()
    try:
        with QuietCollector(clock):
            pass
        assert gc.isenabled() is enabled
    finally:
        gc.enable()
