"""What the order ticket shows: the what-if's figures and curve, with the verdict that the gate would give."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from engine.decision import Curve, Decision, Request
from engine.pre_trade import DeskCheck
from engine.reservations import Strategy
from engine.what_if import decide
from engine.working_book import AllWorking


def preview(desk: DeskCheck, request: Request) -> Decision:
    """Orders on a desk, beside what is working: margin, every limit, the curve, the largest quantity that passes.

    Args:
        desk: The state and the limits in force on it.
        request: The orders; none are a decision of margin alone.

    Never raises for what a person typed: an unknown account or contract is a decision that says so.
    """
    alone = decide(desk.state, desk.universe, request)
    if not request.orders:
        return alone
    everywhere = desk.beside()
    working = everywhere.working(request.account)
    answer = desk.check(request, working, everywhere)
    beside = working and answer.effects
    return replace(
        alone,
        verdict=answer.verdict,
        reasons=answer.reasons,
        # At the worst case of what works; currency by currency there is no one worst case.
        effects=answer.effects if beside else alone.effects,
        curve=_within(desk, request, working, everywhere, alone.curve),
        limits=answer.limits.written() if answer.limits is not None else None,
        working=len(desk.state.book.working.of(request.account)),
    )


def _within(
    desk: DeskCheck,
    request: Request,
    working: Sequence[Strategy],
    everywhere: AllWorking | None,
    curve: Curve | None,
) -> Curve | None:
    """The curve, with the largest quantity that passes limits as well."""
    if curve is None or curve.largest is None or not (desk.has_limits or working):
        return curve
    largest = desk.largest_of_first(request, working, everywhere, abs(curve.largest))
    return replace(curve, largest=largest)
