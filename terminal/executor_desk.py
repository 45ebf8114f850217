"""What the executor gate sees with its own eyes: positions, prices and risk ratios from its own feeds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

from engine.authorisation.execution import Circumstances, Grounds, Standing
from engine.authorisation.instruction import Effect, Instruction, Side
from engine.instruments import Contract, Universe
from engine.numbers import NOT_COMPUTABLE
from engine.state import DeskState
from engine.text import Text, text
from feeds.clock import MILLISECOND, Clock
from feeds.working_orders import WorkingOrders

FRESH: Final = 10 * MILLISECOND
"""Within so much time the desk is not valued again."""


class SeenDesk:
    """Looks at the newest state of a desk; see `feeds.executions.ExecutorDesk`.

    Args:
        value: Values the desk as of now, and says what that rests on.
        clock: Time.
    """

    def __init__(self, value: Callable[[], tuple[DeskState, Universe, Grounds]], clock: Clock) -> None:
        self._value = value
        self._clock = clock
        self._seen: tuple[DeskState, Universe, Grounds] | None = None

    def circumstances(self, instruction: Instruction, working: WorkingOrders) -> Circumstances:
        """What holds now for an instruction."""
        if self._seen is None or self._clock.monotonic_ns() - self._seen[0].now > FRESH:
            self._seen = self._value()
        state, universe, grounds = self._seen
        return replace(circumstances_of(state, universe, instruction, working), grounds=grounds)


def circumstances_of(
    state: DeskState, universe: Universe, instruction: Instruction, working: WorkingOrders
) -> Circumstances:
    """What holds on a desk for an instruction, beside the orders of this program that are working."""
    row = state.book.row(instruction.account)
    if row < 0:
        return Circumstances(_obstacle(state), NOT_COMPUTABLE, {}, unknown=text("the positions know no such account"))
    orders = instruction.orders
    names = {order.contract for order in orders} | {order.covers for order in orders if order.covers}
    columns = {name: universe.find(Contract.parse(name)) for name in names}
    standings = {
        name: _standing(state, row, instruction.account, name, column, working)
        for name, column in columns.items()
        if 0 <= column < len(state.price)
    }
    gross, accounts = state.book.accounts[row].terms.gross, state.accounts
    ratio, equity = int(accounts.ratio[row]), int(accounts.equity[row])
    used_up = ratio == NOT_COMPUTABLE and NOT_COMPUTABLE < equity <= 0
    return Circumstances(_obstacle(state), ratio, standings, gross, used_up, _all_of(accounts.reasons.get(row, ())))


def _all_of(reasons: Sequence[Text]) -> Text | None:
    """One sentence of several; None where there is none."""
    first, *rest = reasons or (None,)
    for each in rest:
        first = Text("{first}; {second}", {"first": first, "second": each})
    return first


def _standing(state: DeskState, row: int, account: str, name: str, column: int, working: WorkingOrders) -> Standing:
    """What an account holds of a contract, and its market."""
    table = state.table_of(row)
    has_price = bool(state.fresh[column]) and state.price[column] != NOT_COMPUTABLE
    has_delta = table is not None and column < len(table.usable) and bool(table.usable[column])
    return Standing(
        *state.book.positions.sides_of(row, column),
        working.of(account, name, Side.SELL),
        working.of(account, name, Side.BUY),
        int(state.price[column]) if has_price else None,
        state.book.today_of(row, column),
        {
            (side, effect): working.of(account, name, side, effect)
            for side in Side
            for effect in (Effect.CLOSE_TODAY, Effect.CLOSE_YESTERDAY)
        },
        int(table.delta[column]) if table is not None and has_delta else None,
    )


def _obstacle(state: DeskState) -> Text | None:
    return None if state.authoritative else text("a feed is not LIVE")
