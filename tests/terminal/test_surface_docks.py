"""A surface that is older than it ought to be says so, and only then."""

import pytest

from feeds.clock import SECOND
from terminal.surface_docks import PATIENCE, STALE, SurfaceDocks
from tests.feeds.driving import ManualClock
from tests.widgets.surface.generated_surface import picture
from widgets.theme import load_theme
from widgets.window import MainWindow


@pytest.fixture
def docks(qtbot):
    window = MainWindow(load_theme("dark"))
    qtbot.addWidget(window)
    return SurfaceDocks(window, ManualClock(picture().as_of))


def test_a_fresh_picture_has_no_age(docks):
    assert docks._age(None) is None
    assert docks._age(picture()) is None


def test_an_old_one_is_told_in_whole_seconds(docks):
    docks._clock.advance(STALE + PATIENCE * picture().elapsed + SECOND // 2)
    age = docks._age(picture())
    assert age is not None
    assert age % SECOND == 0
    assert age >= STALE


def test_one_that_takes_long_to_compute_may_be_older(docks):
    slow = picture()
    docks._clock.advance(STALE + 1)
    assert docks._age(slow) is None
    docks._clock.advance(PATIENCE * slow.elapsed)
    assert docks._age(slow) is not None


def test_a_thread_that_was_never_started_is_stopped_at_once(docks):
    assert docks.stop(1.0)
