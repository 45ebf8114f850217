"""What the screens are told of the stress of every account: the last run, what it changed, and the one under way."""

from __future__ import annotations

from dataclasses import dataclass

from engine.scenarios.ordered import OrdersUnderStress
from engine.scenarios.reverse import ReverseStress
from engine.scenarios.stress import Change, Fate, StressRun
from engine.text import Text


@dataclass(frozen=True, slots=True)
class PastRun:
    """What is kept of an earlier run for the chart.

    Attributes:
        as_of: Wall nanoseconds.
        shortfall: Money scale: the largest shortfall of the firm under any scenario, in the run's currency.
        called, closed, short: Accounts that end there under their worst scenario.
    """

    as_of: int
    shortfall: int
    called: int
    closed: int
    short: int

    @classmethod
    def of(cls, run: StressRun) -> PastRun:
        """What is kept of ``run``."""
        worst = int(run.firm.shortfall.max(initial=0))
        return cls(run.as_of, worst, run.count(Fate.CALLED), run.count(Fate.CLOSED), run.count(Fate.SHORT))


@dataclass(frozen=True, slots=True)
class StressNews:
    """Everything there is to say at one moment; the same object until something changes.

    Attributes:
        run: The last run; None before the first.
        changes: What it changed against the run before, accounts that got worse first.
        compared: Wall nanoseconds the run before was as of; 0 where there was none on these parameters and scenarios.
        past: Runs before, oldest first, the last run at the end.
        share: How much of the run under way is done, 0 to 1; None while none is.
        period: Nanoseconds between two runs.
        problem: Why there is no run, or no record of it.
        reverse: How far the account that is looked at is from its lines, all prices down and up; empty where none is.
        orders: What the what-if that is asked does under stress; None where none is, or not known yet.
    """

    run: StressRun | None = None
    changes: tuple[Change, ...] = ()
    compared: int = 0
    past: tuple[PastRun, ...] = ()
    share: float | None = None
    period: int = 0
    problem: Text | None = None
    reverse: tuple[ReverseStress, ...] = ()
    orders: OrdersUnderStress | None = None
