"""Finds orders that bring an account under its target: one search for each aim, all on exact margins.

A search closes positions in parts. Each round tries the next part of every position, whole positions, and pairs of
opposite positions of a commodity together (closing one leg of a hedge may raise margin), takes the best of them by its
aim, and goes on from there. What was taken beyond need is given back at the end, and the orders are put into the
sequence in which the account comes down fastest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Final

import numpy as np
import numpy.typing as npt

from engine.liquidation.closing import Closing
from engine.liquidation.evaluation import evaluate
from engine.liquidation.ladder import Floats, Ladder, Moves
from engine.liquidation.locking import with_hedges, with_locks
from engine.liquidation.plan import Aim, Draft, Plan
from engine.numbers import NOT_COMPUTABLE, Integers
from engine.text import text

ROUNDS: Final = 60
LOOKED_AT: Final = 96
"""Moves whose positions the next round looks at; what was far behind is seldom the best one later."""
REFRESH: Final = 6
"""Every so many rounds all positions are looked at."""
KEPT: Final = 0.7
"""Share of the gains of single moves that they have to bring together to be taken in one round."""
NEAR: Final = 0.8
"""Share of the best move's points that others need to be taken in the same round; the next part of it may be better."""
MOST_TOGETHER: Final = 7
"""Powers of two of moves that are tried together."""
MOST_ORDERED: Final = 40
"""Orders put into sequence one by one; beyond that they stay as they were found."""
PROBES: Final = 16
SHARES: Final = 1_000
"""Steps that the share of every position is told in."""
MOST_GIVEN_BACK: Final = 12
SAFE: Final = -1.0
"""Missing money below which the target is surely reached, whatever doubles have rounded."""

Score = Callable[[Ladder, Integers, Moves], Floats]
"""What a unit of gain is worth by an aim, for each move from where parts have been closed."""


def plans(closing: Closing) -> Iterator[Plan]:
    """A plan for each aim as it is found, the quickest to find first.

    Where even closing everything that can be traded does not reach the target, that is the plan, and it says so. An
    account without figures gets a plan that closes everything, with its reason.
    """
    if closing.reaches(closing.before):
        nothing = evaluate(closing, Aim.KEEP_HEDGES, ())
        yield replace(nothing, reasons=(text("the account is under its target already"),))
        return
    if closing.table is None or NOT_COMPUTABLE in (closing.before.margin, closing.before.equity):
        yield evaluate(closing, Aim.KEEP_HEDGES, _flat(closing))
        return
    ladder = Ladder(closing)
    found = [_plan(closing, ladder, Aim.KEEP_HEDGES, proportional(ladder))]
    yield found[0]
    for aim, score in ((Aim.FEWEST_ORDERS, _by_orders), (Aim.FASTEST, _by_time(closing)), (Aim.CHEAPEST, _by_cost)):
        found.append(_plan(closing, ladder, aim, greedy(ladder, score)))
        # A greedy search for the cheapest may end at a dearer plan than one that looked for something else.
        yield replace(_cheapest(found), aim=aim) if aim is Aim.CHEAPEST else found[-1]


def _cheapest(found: list[Plan]) -> Plan:
    """The cheapest of those that reach the target, else of all; the last of equals."""
    known = [plan for plan in found if plan.cost != NOT_COMPUTABLE] or found
    return min(reversed(known), key=lambda plan: (not plan.reached, plan.cost))


def _flat(closing: Closing) -> tuple[Draft, ...]:
    """Close whatever can be traded."""
    pairs = zip(closing.held, closing.tradable, strict=True)
    return tuple(Draft(held.contract, -held.quantity) for held, tradable in pairs if tradable)


def proportional(ladder: Ladder) -> Integers:
    """int64 [positions], contracts bought: the smallest share of every position that reaches the target."""
    size = ladder.everything
    low, high, chosen = 0, SHARES, size
    while high - low > 1:
        shares = np.unique(np.linspace(low, high, PROBES + 2).astype(np.int64))[1:-1]
        # Rounded, not up: single contracts stay until half of everything goes.
        trades = np.sign(size) * ((2 * np.abs(size) * shares[:, np.newaxis] + SHARES) // (2 * SHARES))
        reaching = np.flatnonzero(ladder.missing(trades) < SAFE)
        first = int(reaching[0]) if len(reaching) else len(shares)
        if first < len(shares):
            high, chosen = int(shares[first]), trades[first]
        low = int(shares[first - 1]) if first else low
    return chosen


def greedy(ladder: Ladder, score: Score) -> Integers:
    """int64 [positions], contracts bought: the best moves by ``score`` until the target is reached.

    Everything where no move helps any more, or where everything does not reach it.
    """
    parts = np.zeros(len(ladder), dtype=np.int64)
    everything = ladder.everything
    missing, left = ladder.at_the_ends
    if left >= SAFE:
        return everything
    among = np.ones(len(ladder), dtype=np.bool_)
    for number in range(ROUNDS):
        moves, after = ladder.opening if not number else _next(ladder, parts, among)
        gains = missing - after
        if not (gains > 0).any():
            if among.all():
                return everything
            among[:] = True
            continue
        points = np.where(gains > 0, score(ladder, parts, moves) * np.minimum(gains, missing), -np.inf)
        parts, missing = _taken(ladder, parts, moves, gains, points, missing)
        among = _promising(moves, points, len(ladder), everybody=number % REFRESH == REFRESH - 1)
        if missing < SAFE:
            return _given_back(ladder, ladder.trades_of(parts), parts)
    return everything


def _next(ladder: Ladder, parts: Integers, among: npt.NDArray[np.bool_]) -> tuple[Moves, Floats]:
    moves = ladder.moves(parts, among)
    return moves, ladder.missing_after_moves(parts, moves)


def _promising(moves: Moves, points: Floats, count: int, *, everybody: bool) -> npt.NDArray[np.bool_]:
    """Which positions the next round looks at: those of the best moves, and now and then all of them again."""
    among = np.full(count, everybody)
    among[moves.positions[np.argsort(-points, kind="stable")[:LOOKED_AT]].ravel()] = True
    return among


def _taken(
    ladder: Ladder, parts: Integers, moves: Moves, gains: Floats, points: Floats, missing: float
) -> tuple[Integers, float]:
    """Where parts stand after the best moves, and what is missing then: as many at once as do what they promised.

    Moves are not independent, so of those about as good as the best the first 1, 2, 4 ... are tried together. The
    fewest that reach the target are taken, else the most that still bring `KEPT` of what they bring one by one.
    """
    ranked = np.argsort(-points, kind="stable")
    ranked = ranked[points[ranked] >= NEAR * points[ranked[0]]]
    distinct, touched = [], set[int]()
    for number, (first, second) in zip(ranked.tolist(), moves.positions[ranked].tolist(), strict=True):
        if first not in touched and second not in touched:
            touched |= {first, second}
            distinct.append(number)
    counts = [count for count in 2 ** np.arange(MOST_TOGETHER) if count < len(distinct)] + [len(distinct)]
    tried = np.tile(parts, (len(counts), 1))
    for row, count in enumerate(counts):
        chosen = distinct[:count]
        np.maximum.at(tried[row], moves.positions[chosen].ravel(), moves.parts[chosen].ravel())
    left = ladder.missing_at(tried)
    promised = np.array([gains[distinct[:count]].sum() for count in counts])
    reaching = np.flatnonzero(left < SAFE)
    keeping = np.flatnonzero(missing - left >= KEPT * promised)
    best = int(reaching[0]) if len(reaching) else int(keeping[-1]) if len(keeping) else 0
    return tried[best], float(left[best])


def _by_cost(ladder: Ladder, parts: Integers, moves: Moves) -> Floats:
    worth: Floats = 1.0 / np.maximum(ladder.extra(ladder.costs, parts, moves), 1)
    return worth


def _by_time(closing: Closing) -> Score:
    at_least = closing.execution.slice_length

    def score(ladder: Ladder, parts: Integers, moves: Moves) -> Floats:  # noqa: ARG001
        longest = ladder.times[moves.positions, moves.parts].max(axis=1)
        # Squared, or a large gain would outweigh a day of waiting.
        worth: Floats = 1.0 / (longest + at_least).astype(np.float64) ** 2
        return worth

    return score


def _by_orders(ladder: Ladder, parts: Integers, moves: Moves) -> Floats:  # noqa: ARG001
    new = parts[moves.positions] == 0
    worth: Floats = 1.0 / np.maximum(new[:, 0].astype(np.float64) + (new[:, 1] & moves.pair), 0.25)
    return worth


def _given_back(ladder: Ladder, trades: Integers, parts: Integers) -> Integers:
    """The trades less what is not needed, those that cost most a contract looked at first."""
    rows = np.arange(len(parts))
    dear = np.maximum(ladder.costs[rows, parts], 0) / np.maximum(np.abs(trades), 1)
    traded = [position for position in np.argsort(-dear, kind="stable").tolist() if trades[position]]
    one_less = trades[traded] - np.sign(trades[traded])
    feasible = np.flatnonzero(ladder.missing_with(trades, traded, one_less) < SAFE).tolist()
    trades = trades.copy()
    for number in feasible[:MOST_GIVEN_BACK]:
        trades[traded[number]] = _least(ladder, trades, traded[number])
    return trades


def _least(ladder: Ladder, trades: Integers, position: int) -> int:
    """The least that has to be traded in a position, all other trades standing."""
    side, low, high = int(np.sign(trades[position])), -1, abs(int(trades[position]))
    while high - low > 1:
        probes = np.unique(np.linspace(low, high, PROBES + 2).astype(np.int64))[1:-1]
        probes = probes[(probes > low) & (probes < high)]
        reaching = np.flatnonzero(ladder.missing_with(trades, [position] * len(probes), side * probes) < SAFE)
        first = int(reaching[0]) if len(reaching) else len(probes)
        low = int(probes[first - 1]) if first else low
        high = int(probes[first]) if first < len(probes) else high
    return side * high


def _plan(closing: Closing, ladder: Ladder, aim: Aim, trades: Integers) -> Plan:
    """The plan of trades, int64 [positions], with locks where untradable positions keep it from its target."""
    drafts = tuple(
        Draft(closing.held[ladder.held[position]].contract, int(trades[position]))
        for position in _sequence(ladder, trades)
    )
    plan = evaluate(closing, aim, drafts)
    if plan.reached or not closing.untradable:
        return plan
    ways = (with_hedges, with_locks) if aim is Aim.KEEP_HEDGES else (with_locks,)
    found = [evaluate(closing, aim, changed) for way in ways if (changed := way(closing, drafts)) != drafts]
    # What keeps hedges has to bring the account as far as closing them would.
    return next((each for each in found if each.reached), found[-1] if found else plan)


def _sequence(ladder: Ladder, trades: Integers) -> list[int]:
    """Positions in the order in which closing them brings the account down fastest."""
    left: list[int] = np.flatnonzero(trades).tolist()
    cash = ladder.cash_of(trades)
    if len(left) > MOST_ORDERED:
        alone = ladder.missing_one_more(np.zeros_like(trades), trades, cash, left)
        return [left[number] for number in np.argsort(alone, kind="stable").tolist()]
    sequence: list[int] = []
    done = np.zeros_like(trades)
    while left:
        best = left[int(np.argmin(ladder.missing_one_more(done, trades, cash, left)))]
        left.remove(best)
        sequence.append(best)
        done[best] = 1
    return sequence
