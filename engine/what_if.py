"""Computes a what-if: the account with the orders in it is margined by the same kernels as the whole desk."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from engine.decision import Curve, Decision, Effect, Figures, Request, Verdict
from engine.hypothetical import Hypothetical
from engine.instruments import Universe
from engine.numbers import NOT_COMPUTABLE, RATIO, Integers, divide_half_away, multiply_divide
from engine.snapshot import BreakdownNode
from engine.span.breakdown import breakdown
from engine.state import DeskState
from engine.text import Text, text
from engine.traded import in_short_side
from engine.valuation import BLOCKING, sentences

CURVE_POINTS = 100
LARGEST_QUANTITY = 1_000_000


def decide(state: DeskState, universe: Universe, request: Request) -> Decision:
    """What ``request``'s orders would do to its account.

    Never raises for what a person typed: an unknown account or contract is a decision that says so.
    """
    account = state.book.row(request.account)
    if account < 0:
        unknown = text("no account is called {name}", name=request.account)
        return _answer(state, request, Verdict.NOT_COMPUTABLE, (unknown,))
    columns = [universe.column(order.contract) for order in request.orders]
    reduces = is_reducing(state, account, request, columns)
    prepared = state.prepare(account)
    problems = problems_of(state, account, request, columns)
    if problems or prepared is None:
        # Missing parameters never keep anybody from reducing risk; the figures are missing all the same.
        return _answer(state, request, Verdict.PASSES if reduces else Verdict.NOT_COMPUTABLE, problems)
    shorts = [in_short_side(order) for order in request.orders]
    costs = Hypothetical(state, account, prepared, columns, shorts)
    changes = np.array([[order.quantity for order in request.orders]], dtype=np.int64)
    effects = _effects(state, account, costs, changes)
    reasons = () if reduces else reasons_against(state, account, request, effects[0], columns)
    verdict = Verdict.REFUSED if reasons else Verdict.PASSES
    if effects[0].after.available == NOT_COMPUTABLE:
        verdict = verdict if reduces else Verdict.NOT_COMPUTABLE
        reasons = tuple(dict.fromkeys((*reasons, *sentences(int(state.figures.flags[account])))))
    if not request.with_curve:
        return _answer(state, request, verdict, reasons, effects)
    curve = _curve(state, account, costs, request, columns) if request.orders else None
    after = breakdown(prepared.table, costs.batch(changes[0]))
    return _answer(state, request, verdict, reasons, effects, curve, after)


def _answer(
    state: DeskState,
    request: Request,
    verdict: Verdict,
    reasons: tuple[Text, ...],
    effects: tuple[Effect, ...] = (),
    curve: Curve | None = None,
    after: tuple[BreakdownNode, ...] = (),
) -> Decision:
    version = state.calculation.parameters.origin.version
    return Decision(
        request, state.sequence, version, state.authoritative, verdict, reasons, effects, curve, after, elapsed=0
    )


def problems_of(state: DeskState, account: int, request: Request, columns: list[int]) -> tuple[Text, ...]:
    """Why the what-if cannot be computed at all."""
    table = state.table_of(account)
    if table is None:
        return tuple(state.accounts.reasons.get(account, ()))
    problems: list[Text] = []
    for (column, side), (closed, held) in _closed(state, account, request, columns).items():
        if closed > held:
            name = request.orders[columns.index(column)].contract.title
            figures = {"count": closed, "contract": name, "held": held}
            problems.append(
                text("closes {count} {contract}, {held} held long", **figures)
                if side < 0
                else text("closes {count} {contract}, {held} held short", **figures)
            )
    for order, column in zip(request.orders, columns, strict=True):
        if column >= len(table.usable):
            problems.append(text("no parameters for {contract}", contract=order.contract.title))
        elif (problem := table.problem(column)) is not None:
            problems.append(problem)
    return tuple(problems)


def figures_of(equity: int, margin_amount: int) -> Figures:
    """An account's figures from its equity and margin, money scale."""
    if NOT_COMPUTABLE in (equity, margin_amount):
        return Figures(equity, margin_amount, NOT_COMPUTABLE, NOT_COMPUTABLE)
    ratio: int = divide_half_away(margin_amount * RATIO, equity) if equity > 0 else NOT_COMPUTABLE
    return Figures(equity, margin_amount, equity - margin_amount, 0 if not margin_amount and equity >= 0 else ratio)


def _effects(state: DeskState, account: int, costs: Hypothetical, changes: Integers) -> tuple[Effect, ...]:
    """The effect in the account's own currency, then in each currency where it has more than one.

    What is before is the desk's own valuation: only the account with the orders in it is margined anew.
    """
    (had, needed), (has, needs) = costs.outcomes(changes).tolist()
    *apart, whole = zip(had, has, needed, needs, strict=True)
    own = effect_of(state.book.accounts[account].currency, *whole)
    moved = [(code, amounts) for code, amounts in zip(state.figures.currencies, apart, strict=True) if any(amounts)]
    return (own, *(effect_of(code, *amounts) for code, amounts in moved)) if len(moved) > 1 else (own,)


def effect_of(currency: str, had: int, has: int, needed: int, needs: int) -> Effect:
    """From equity before and after, requirement before and after."""
    return Effect(currency, figures_of(had, needed), figures_of(has, needs))


def _closed(
    state: DeskState, account: int, request: Request, columns: list[int]
) -> dict[tuple[int, int], tuple[int, int]]:
    """By contract and side of the orders: contracts that closing orders close, and those held to close."""
    closed: dict[tuple[int, int], tuple[int, int]] = {}
    for order, column in zip(request.orders, columns, strict=True):
        if order.closes:
            key = (column, 1 if order.quantity > 0 else -1)
            long, short = state.book.positions.sides_of(account, column)
            so_far, _ = closed.get(key, (0, 0))
            closed[key] = (so_far + abs(order.quantity), short if order.quantity > 0 else long)
    return closed


def is_reducing(state: DeskState, account: int, request: Request, columns: list[int]) -> bool:
    """Whether the orders together only bring positions closer to flat; never open or flip one."""
    closed = _closed(state, account, request, columns)
    if any(count > held for count, held in closed.values()):
        return False
    if state.book.accounts[account].terms.gross:
        return all(order.closes for order in request.orders)
    held = {column: state.book.positions.net_of(account, column) for column in columns}
    total: dict[int, int] = {}
    for order, column in zip(request.orders, columns, strict=True):
        total[column] = total.get(column, 0) + order.quantity
    return all(
        abs(held[column] + change) <= abs(held[column]) and (held[column] + change) * held[column] >= 0
        for column, change in total.items()
    )


def reasons_against(
    state: DeskState, account: int, request: Request, effect: Effect, columns: list[int]
) -> tuple[Text, ...]:
    """Every reason against orders that take new risk."""
    reasons = list(sentences(int(state.figures.flags[account]) & int(BLOCKING)))
    for order, column in zip(request.orders, columns, strict=True):
        if column >= len(state.fresh) or not state.fresh[column]:
            reasons.append(text("{contract} has no fresh quote", contract=order.contract.title))
    if effect.after.available != NOT_COMPUTABLE and effect.after.available < 0:
        reasons.append(text("margin would exceed equity"))
    return tuple(dict.fromkeys(reasons))


def _curve(state: DeskState, account: int, costs: Hypothetical, request: Request, columns: list[int]) -> Curve | None:
    """Margin over the quantity of the first leg, the other legs as they are."""
    first = request.orders[0].quantity
    if not first:
        return None
    sign = 1 if first > 0 else -1
    limit = LARGEST_QUANTITY
    if request.orders[0].closes:
        closed, held = _closed(state, account, request, columns)[columns[0], sign]
        limit = held - (closed - abs(first))
    largest = _largest(costs, request, sign, limit)
    quantities = _magnitudes(abs(first), abs(largest or 0))
    quantities = sign * quantities[quantities <= limit]
    needs, left = costs.available(_with_first(request, quantities))
    if NOT_COMPUTABLE in needs or NOT_COMPUTABLE in left:
        return None
    equity = int(state.accounts.equity[account])
    call = int(multiply_divide(equity, state.lines.call, RATIO)) if equity > 0 else NOT_COMPUTABLE
    return Curve(
        state.book.accounts[account].currency,
        tuple(quantities.tolist()),
        tuple(needs.tolist()),
        tuple(left.tolist()),
        largest,
        call,
    )


def _magnitudes(asked: int, largest: int) -> Integers:
    """Quantities from 0 to twice what was asked, or to beyond the largest that passes where that is in sight."""
    span = max(2 * asked, 10, largest * 5 // 4 if largest <= 8 * asked else 0)
    step = -(-span // CURVE_POINTS)
    return step * np.arange(span // step + 1, dtype=np.int64)


def _with_first(request: Request, quantities: Integers) -> Integers:
    changes = np.tile(np.array([order.quantity for order in request.orders], dtype=np.int64), (len(quantities), 1))
    changes[:, 0] = quantities
    return changes


def _largest(costs: Hypothetical, request: Request, sign: int, limit: int) -> int | None:
    """Largest quantity of the first leg that leaves available funds at 0 or more; None where none does.

    Looks at doubling quantities up to ``limit``, then narrows down behind the last that passes.
    """
    probes = np.unique(np.minimum(2 ** np.arange(-1, 21, dtype=np.float64), limit).astype(np.int64))
    passing = _passing(costs, request, sign * probes)
    if not passing.any():
        return None
    last = int(np.flatnonzero(passing)[-1])
    low = int(probes[last])
    high = int(probes[last + 1]) if last + 1 < len(probes) else low + 1
    while high - low > 1:
        inner = np.unique(np.linspace(low, high, 34).astype(np.int64))
        passing = _passing(costs, request, sign * inner)
        last = int(np.flatnonzero(passing)[-1]) if passing.any() else 0
        low, high = int(inner[last]), int(inner[min(last + 1, len(inner) - 1)])
    return sign * low


def _passing(costs: Hypothetical, request: Request, quantities: Integers) -> npt.NDArray[np.bool_]:
    _, left = costs.available(_with_first(request, quantities))
    # What is not computable is the lowest number there is.
    passing: npt.NDArray[np.bool_] = left >= 0
    return passing
