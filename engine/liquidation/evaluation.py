"""Builds a plan from orders: checks that they only close, prices them, and follows the account order by order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import accumulate

import numpy as np

from engine.instruments import Contract
from engine.liquidation.closing import Closing
from engine.liquidation.locking import in_bundles, largest_lock
from engine.liquidation.plan import Aim, Draft, Effect, Plan, PlannedOrder, Slice, Step
from engine.liquidation.trading_cost import Booleans, Prices, slices_of
from engine.numbers import NOT_COMPUTABLE, Integers
from engine.text import BadInputError, Text, text
from engine.traded import with_contracts
from engine.what_if import figures_of


def problems_of(closing: Closing, drafts: Sequence[Draft]) -> tuple[Text, ...]:
    """Why drafts are no forced close: they have to close what is held and nothing else, but for a lock's own leg."""
    problems: list[Text] = []
    holdings = closing.sides
    closed: dict[tuple[Contract, bool], int] = {}
    for draft in drafts:
        if not draft.quantity:
            problems.append(text("an order of 0 {contract}", contract=draft.contract.title))
        elif closing.column(draft.contract) < 0:
            problems.append(text("no contract is called {name}", name=str(draft.contract)))
        elif draft.lock_for is not None:
            problems += _problems_of_lock(closing, draft)
        else:
            key = (draft.contract, draft.quantity > 0)
            closed[key] = closed.get(key, 0) + abs(draft.quantity)
    for (contract, buys), quantity in closed.items():
        held = holdings.get((contract, buys), 0)
        if not held:
            problems.append(text("{contract} is not held on that side: it would open", contract=contract.title))
        elif quantity > held:
            problems.append(
                text("closes {count} {contract}, {held} held", count=quantity, contract=contract.title, held=held)
            )
    return tuple(problems)


def _problems_of_lock(closing: Closing, draft: Draft) -> Iterator[Text]:
    covered = draft.lock_for.title if draft.lock_for is not None else ""
    untradable = [each.held for each in closing.untradable if each.contract == draft.lock_for]
    if not untradable:
        yield text("{contract} can be traded: it is closed, not locked", contract=covered)
        return
    if not any(0 < draft.covered * held <= held * held for held in untradable):
        yield text(
            "{held} {contract} are held, not {covered}", held=untradable[0], contract=covered, covered=draft.covered
        )
        return
    most = largest_lock(closing, draft)
    if draft.quantity * most <= 0 or abs(draft.quantity) > abs(most):
        words = {"count": abs(draft.quantity), "contract": draft.contract.title, "most": abs(most), "covered": covered}
        yield text("{count} {contract} open more than covers {covered}, which {most} do", **words)


def evaluate(closing: Closing, aim: Aim, drafts: Sequence[Draft]) -> Plan:
    """The plan that ``drafts`` make, in their order; what is one order stands at the end.

    Raises:
        BadInputError: They are no forced close; names the first problem.
    """
    problems = problems_of(closing, drafts)
    if problems:
        raise BadInputError(closing.name, problems[0], text("change the order, or take it out"))
    orders = _orders_of(closing, in_bundles(drafts))
    steps = _steps(closing, orders)
    figures = steps[-1].figures if steps else closing.before
    reached = closing.reaches(figures)
    state = closing.state
    return Plan(
        aim,
        closing.name,
        closing.currency,
        state.sequence,
        state.calculation.parameters.origin.version,
        closing.execution,
        closing.before,
        orders,
        steps,
        _sum(order.cost for order in orders),
        _sum(order.worst_cost for order in orders),
        max((order.slices[-1].after for order in orders), default=0),
        reached,
        closing.untradable,
        tuple(_reasons(closing, orders, reached)),
    )


def _reasons(closing: Closing, orders: Sequence[PlannedOrder], reached: bool) -> Iterator[Text]:
    if closing.excluded:
        yield text("margin leaves out positions without parameters")
    if closing.table is None:
        yield from closing.state.accounts.reasons.get(closing.row, ())
    if not reached and closing.untradable:
        yield text("positions that cannot be traded keep the account over its target")
    elif not reached:
        yield text("these orders leave the account over its target")
    columns = [closing.column(order.contract) for order in orders]
    if (closing.trading.daily_volume[columns] == NOT_COMPUTABLE).any():
        yield text("the daily volume of some contracts is not known: their cost is that of the largest share allowed")
    if any(order.fee == NOT_COMPUTABLE for order in orders):
        yield text("the fees of some contracts are not known: costs leave them out")
    unknown = {order.contract.exchange for order in orders if order.effect is Effect.CLOSE}
    for exchange in sorted(unknown & closing.execution.close_today):
        yield text("{exchange} tells today's positions from earlier ones, and the feed does not", exchange=exchange)


def _sum(amounts: Iterator[int]) -> int:
    every = list(amounts)
    return NOT_COMPUTABLE if NOT_COMPUTABLE in every else sum(every)


def _orders_of(closing: Closing, drafts: Sequence[Draft]) -> tuple[PlannedOrder, ...]:
    """The drafts priced; in two orders where an exchange wants today's and earlier positions closed apart."""
    parts = [part for draft in drafts for part in _by_effect(closing, draft)]
    columns = np.array([closing.column(draft.contract) for draft, _ in parts], dtype=np.int64)
    quantities = np.array([draft.quantity for draft, _ in parts], dtype=np.int64)
    references = closing.trading.reference[columns]
    for draft, _ in [part for part, reference in zip(parts, references, strict=True) if reference == NOT_COMPUTABLE]:
        what = text("{contract} has no price", contract=draft.contract.title)
        raise BadInputError(closing.name, what, text("wait for a quote, or take the order out"))
    whole = np.array([draft.bundle > 0 for draft, _ in parts], dtype=np.bool_)
    prices = closing.prices(columns, quantities, whole)
    told = (references, prices.touch, prices.allowance, prices.expected, prices.limit)
    fees, most_fees = _fees(closing, parts, columns, prices)
    costs = (_with_fees(closing.costs(columns, quantities, prices.expected), fees), fees)
    worst_costs = _with_fees(closing.costs(columns, quantities, prices.limit), most_fees)
    most = closing.trading.largest_slice(columns, closing.execution).tolist()
    return tuple(
        PlannedOrder(
            draft.contract,
            draft.quantity,
            effect,
            reference,
            touch,
            allowance,
            expected,
            limit,
            cost,
            fee,
            worst,
            # What is one order to the other side cannot be spread over time.
            (Slice(0, draft.quantity),) if draft.bundle else slices_of(draft.quantity, largest, closing.execution),
            draft.bundle,
            draft.lock_for,
            draft.covered,
        )
        for (draft, effect), largest, (reference, touch, allowance, expected, limit, cost, fee, worst) in zip(
            parts, most, np.stack((*told, *costs, worst_costs), axis=1).tolist(), strict=True
        )
    )


def _fees(
    closing: Closing, parts: Sequence[tuple[Draft, Effect]], columns: Integers, prices: Prices
) -> tuple[Integers, Integers]:
    """int64 [orders] each: fees at the expected price and at the limit."""
    counts = np.array([abs(draft.quantity) for draft, _ in parts], dtype=np.int64)
    todays = np.where([effect is Effect.CLOSE_TODAY for _, effect in parts], counts, 0)
    # Of what an order does not say the exchange decides.
    left = [number for number, (_, effect) in enumerate(parts) if effect is Effect.CLOSE] if closing.has_fees else []
    held = [closing.numbers[parts[number][0].contract, parts[number][0].quantity > 0] for number in left]
    if left:
        todays[left] = closing.todays(np.array(held, dtype=np.int64), counts[left])
    others = counts - todays
    return closing.fees(columns, others, todays, prices.expected), closing.fees(columns, others, todays, prices.limit)


def _with_fees(costs: Integers, fees: Integers) -> Integers:
    """Costs with fees in them, as far as either is known."""
    return np.where((costs == NOT_COMPUTABLE) | (fees == NOT_COMPUTABLE), costs, costs + fees)


def _by_effect(closing: Closing, draft: Draft) -> Iterator[tuple[Draft, Effect]]:
    """Earlier positions are closed first, unless today's cost less to close."""
    if draft.lock_for is not None:
        yield draft, Effect.LOCK
        return
    buys = draft.quantity > 0
    asked = draft.contract.exchange in closing.execution.close_today
    side = closing.side(draft.contract, buys) if asked else None
    if side is None:
        yield draft, Effect.CLOSE
        return
    held, today = side
    sequence = [(held - today, Effect.CLOSE_YESTERDAY), (today, Effect.CLOSE_TODAY)]
    if closing.takes_today_first(draft.contract, buys):
        sequence.reverse()
    (there, before), (_, after) = sequence
    first = min(abs(draft.quantity), there) * (1 if buys else -1)
    for quantity, effect in ((first, before), (draft.quantity - first, after)):
        if quantity:
            yield replace(draft, quantity=quantity), effect


def _steps(closing: Closing, orders: Sequence[PlannedOrder]) -> tuple[Step, ...]:
    """The account after each order, where all before it have traded at their expected prices, and fees are paid."""
    columns = np.array([closing.column(order.contract) for order in orders], dtype=np.int64)
    traded = np.array([(order.quantity, order.expected) for order in orders], dtype=np.int64).reshape(-1, 2)
    changes = closing.equity_changes(columns, traded[:, 0], traded[:, 1])
    fees = [0 if order.fee == NOT_COMPUTABLE else -order.fee for order in orders]
    paid = map(_plus, changes.tolist(), fees)
    equities = list(accumulate(paid, _plus, initial=closing.before.equity))[1:]
    margins = _margins(closing, columns, orders)
    for number in range(len(orders) - 2, -1, -1):
        if orders[number].bundle and orders[number].bundle == orders[number + 1].bundle:
            equities[number], margins[number] = equities[number + 1], margins[number + 1]
    before = _margins_before(closing, orders, margins)
    return tuple(
        Step(figures_of(equity, margin), _plus(earlier, -margin if margin != NOT_COMPUTABLE else NOT_COMPUTABLE))
        for equity, earlier, margin in zip(equities, before, margins, strict=False)
    )


def _margins_before(closing: Closing, orders: Sequence[PlannedOrder], margins: Sequence[int]) -> list[int]:
    """Margin before each order; before the last of a bundle, that before the whole of it, which it frees."""
    before = [closing.before.margin, *margins[:-1]]
    for number in range(1, len(orders)):
        if orders[number].bundle and orders[number].bundle == orders[number - 1].bundle:
            before[number] = before[number - 1]
            before[number - 1] = margins[number - 1]
    return before


def _plus(one: int, other: int) -> int:
    return NOT_COMPUTABLE if NOT_COMPUTABLE in (one, other) else one + other


def _margins(closing: Closing, columns: Integers, orders: Sequence[PlannedOrder]) -> list[int]:
    """Margin after each order. What takes no part in margin changes none of it."""
    if closing.table is None:
        return [NOT_COMPUTABLE] * len(orders)
    margined = columns < len(closing.table.usable)
    margined[margined] = closing.table.usable[columns[margined]]
    quantities = np.array([order.quantity for order in orders], dtype=np.int64)
    locks = np.array([order.effect is Effect.LOCK for order in orders], dtype=np.bool_)
    # A purchase closes a short side; a lock opens, a purchase the long side.
    shorts = (quantities > 0) != locks
    along = closing.margins_along(columns[margined], shorts[margined], quantities[margined])
    if (along == NOT_COMPUTABLE).any():
        along = _margins_anew(closing, columns[margined], shorts[margined], quantities[margined])
    margins: list[int] = along[np.cumsum(margined)].tolist()
    return margins


def _margins_anew(closing: Closing, columns: Integers, shorts: Booleans, quantities: Integers) -> Integers:
    """As `Closing.margins_along`, from all positions each time: what was too large to compute may be so no longer."""
    batch, places = with_contracts(closing.batch, columns.tolist(), shorts.tolist())
    changes = np.zeros((len(columns) + 1, len(batch.rows)), dtype=np.int64)
    changes[np.arange(1, len(columns) + 1), places] = quantities
    return closing.margins_of(batch, batch.quantities + np.cumsum(changes, axis=0))
