"""Forced closes are planned beside the desk; what is compiled is loaded before the first one is wanted."""

import time
from types import SimpleNamespace

import pytest

from engine.liquidation.plan import Execution, PlanQuestion
from engine.reference import Reference
from feeds.clock import SystemClock
from terminal import planning as module
from terminal.planning import Planning
from tests.engine.liquidation.books import TARGET, Trouble, sample_market

MARKET = sample_market()
CL = "SIM:CL:FUT:202701"


def view_of(positions):
    """What of a desk's view is planned on."""
    trouble = Trouble(MARKET, positions)
    state = trouble.state()
    return SimpleNamespace(
        state=state,
        universe=trouble.universe,
        depth=None,
        version=SimpleNamespace(parameters=MARKET.calculation.parameters),
        reference=Reference(),
        snapshot=SimpleNamespace(as_of=7, authoritative=True),
    )


@pytest.fixture
def planned(monkeypatch):
    """The accounts and targets that anything was planned for."""
    found, original = [], module.plans

    def noting(closing):
        found.append((closing.name, closing.execution.target))
        return original(closing)

    monkeypatch.setattr(module, "plans", noting)
    return found


@pytest.fixture
def planning():
    made = Planning(SystemClock())
    made.start()
    yield made
    assert made.stop(60)


def until(condition, seconds=60.0):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.002)


def test_a_plan_is_made_for_nobody_and_shown_to_nobody(monkeypatch, planned, planning):
    monkeypatch.setattr(module, "QUIET", 0.0)
    planning.take(view_of({CL: 10}))
    until(lambda: planned)
    assert planned == [("A", 1)]
    assert planning.answer() is None


def test_who_asks_at_once_is_not_kept_waiting(planned, planning):
    planning.ask(PlanQuestion("A", Execution(TARGET)))
    planning.take(view_of({CL: 10}))
    until(lambda: planning.answer() is not None and planning.answer()[0].finished)
    assert planned == [("A", TARGET)]


def test_a_desk_without_positions_plans_nothing_until_it_is_asked(monkeypatch, planned, planning):
    monkeypatch.setattr(module, "QUIET", 0.0)
    planning.take(view_of({}))
    planning.ask(PlanQuestion("A", Execution(TARGET)))
    until(lambda: planning.answer() is not None and planning.answer()[0].finished)
    assert planned == [("A", TARGET)]
