"""The positions of an account cut into parts that may be closed, with what each costs and how far it brings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
import numpy.typing as npt

from engine.liquidation.closing import Closing
from engine.numbers import NOT_COMPUTABLE, RATIO, Integers
from engine.span.arrays import Batch

Floats = npt.NDArray[np.float64]

PARTS: Final = 4
"""Steps that a position is closed in."""
MOST_PAIRS: Final = 64
LARGEST_LEGS: Final = 8
"""Positions of each direction that pairs of a commodity are made of."""


@dataclass(frozen=True, slots=True)
class Moves:
    """What may be closed next: one position up to a part, or two together; the second leg of one alone moves nothing.

    Attributes:
        positions: int64 [moves, 2], numbers of a `Ladder`.
        parts: int64 [moves, 2], how far each is closed by then, 0 to `PARTS`.
        pair: bool [moves], whether there are two legs.
    """

    positions: Integers
    parts: Integers
    pair: npt.NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.positions)


class Ladder:
    """The positions that can be closed and margined. How far closing goes is int64 [positions], 0 to `PARTS` each.

    Args:
        closing: The account; it has a table.

    Attributes:
        trades: int64 [positions, PARTS + 1], contracts bought to have closed that many parts.
        costs: Likewise, expected cost with fees, money scale.
        times: Likewise, nanoseconds until the last slice is sent.
        commodity: int64 [positions].
    """

    def __init__(self, closing: Closing) -> None:
        self._closing = closing
        self.held = [number for number, held in enumerate(closing.held) if held.place >= 0 and closing.tradable[number]]
        self._numbers = np.array(self.held, dtype=np.int64)
        self.columns = closing.columns[self.held]
        self.places = np.array([closing.held[number].place for number in self.held], dtype=np.int64)
        size = closing.quantities[self.held][:, np.newaxis]
        self.trades = -np.sign(size) * -(-np.abs(size) * np.arange(PARTS + 1) // PARTS)
        shape = self.trades.shape
        columns, quantities = np.repeat(self.columns, PARTS + 1), self.trades.reshape(-1)
        positions = np.repeat(np.arange(len(self.columns)), PARTS + 1)
        expected = closing.prices(columns, quantities).expected
        fees = self._fees(positions, quantities, expected)
        self._cash = _less(closing.equity_changes(columns, quantities, expected), fees).reshape(shape)
        self.costs = _less(closing.costs(columns, quantities, expected), -fees).reshape(shape)
        self.times = closing.trading.duration(columns, quantities, closing.execution).reshape(shape)
        self._known = (self._cash != NOT_COMPUTABLE).all(axis=1)
        self.commodity = closing.commodities(self.columns)
        self._pairs = self._opposites()

    def __len__(self) -> int:
        return len(self.held)

    @property
    def everything(self) -> Integers:
        """int64 [positions], contracts bought to close all that can be."""
        return np.where(self._known, self.trades[:, PARTS], 0)

    def _opposites(self) -> Integers:
        """int64 [pairs, 2]: positions of one commodity whose deltas are against each other, the largest first."""
        delta = self._closing.deltas(self.columns) * self._closing.quantities[self.held]
        found: list[tuple[float, int, int]] = []
        for commodity in np.unique(self.commodity):
            own = np.flatnonzero((self.commodity == commodity) & self._known)
            ups, downs = own[delta[own] > 0], own[delta[own] < 0]
            ups, downs = ups[np.argsort(-delta[ups])][:LARGEST_LEGS], downs[np.argsort(delta[downs])][:LARGEST_LEGS]
            found += [(min(delta[up], -delta[down]), int(up), int(down)) for up in ups for down in downs]
        found.sort(key=lambda each: -each[0])
        return np.array([(up, down) for _, up, down in found[:MOST_PAIRS]], dtype=np.int64).reshape(-1, 2)

    def moves(self, parts: Integers, among: npt.NDArray[np.bool_]) -> Moves:
        """A part more or all that is left, of each position and of each pair that is ``among`` (bool [positions])."""
        open_ = (parts < PARTS) & self._known & among
        single = np.repeat(np.flatnonzero(open_)[:, np.newaxis], 2, axis=1)
        pairs = self._pairs[open_[self._pairs].all(axis=1)]
        positions = np.concatenate((single, single, pairs, pairs))
        now = parts[positions]
        whole = np.zeros(len(positions), dtype=np.bool_)
        whole[len(single) : 2 * len(single)] = whole[2 * len(single) + len(pairs) :] = True
        then = np.where(whole[:, np.newaxis], PARTS, now + 1)
        pair = np.arange(len(positions)) >= 2 * len(single)
        then[~pair, 1] = now[~pair, 1]
        return Moves(positions, then, pair)

    def trades_of(self, parts: Integers) -> Integers:
        """int64, shaped as ``parts`` [..., positions]: contracts bought."""
        trades: Integers = self.trades[np.arange(len(self)), parts]
        return trades

    def extra(self, table: Integers, parts: Integers, moves: Moves) -> Integers:
        """int64 [moves]: what each adds to what ``table`` [positions, PARTS + 1] says of ``parts``."""
        now = table[moves.positions, parts[moves.positions]]
        added: Integers = (table[moves.positions, moves.parts] - now).sum(axis=1)
        return added

    # How far trades bring the account

    def missing_after_moves(self, parts: Integers, moves: Moves) -> Floats:
        """Money missing after each move from where ``parts`` have been closed; infinite where not computable."""
        trades = self.trades_of(parts)
        cash = self._equity_at(parts) + self.extra(self._cash, parts, moves)
        changes = self.trades[moves.positions, moves.parts] - trades[moves.positions]
        margins = self._closing.margins_after(self.batch_after(trades), self.places[moves.positions], changes)
        return self.missing_of(margins, cash)

    def missing_with(self, trades: Integers, positions: Sequence[int], instead: Integers) -> Floats:
        """Money missing after ``trades``, int64 [positions], with another trade in one position of each variation.

        Args:
            trades: What is done elsewhere.
            positions: One for each variation.
            instead: int64 [variations], contracts bought in it.
        """
        own = np.array(positions, dtype=np.int64)
        changes = instead - trades[own]
        equity = self._closing.before.equity + int(self.cash_of(trades).sum())
        cash = self._cash_of(own, instead) - self._cash_of(own, trades[own])
        return self._missing_changed(trades, own, changes, equity + cash)

    def missing_one_more(self, done: Integers, trades: Integers, cash: Integers, left: Sequence[int]) -> Floats:
        """Money missing after those of ``trades``, int64 [positions], that are ``done``, and one of those ``left``.

        ``done`` is int64 [positions], 1 or 0; ``cash`` what `cash_of` says of the trades.
        """
        own = np.array(left, dtype=np.int64)
        equity = self._closing.before.equity + int(cash @ done)
        return self._missing_changed(trades * done, own, trades[own], equity + cash[own])

    def _missing_changed(self, trades: Integers, own: Integers, changes: Integers, equities: Integers) -> Floats:
        """Money missing after trades and, in each variation, another change in a position of its ``own``."""
        places = self.places[own][:, np.newaxis]
        margins = self._closing.margins_after(self.batch_after(trades), places, changes[:, np.newaxis])
        return self.missing_of(margins, equities)

    def missing(self, trades: Integers) -> Floats:
        """Money missing after each row of trades, int64 [variations, positions]."""
        return self._missing(trades, self._closing.before.equity + self.cash_of(trades).sum(axis=-1))

    def missing_at(self, parts: Integers) -> Floats:
        """Money missing where each row of parts, int64 [variations, positions], has been closed."""
        return self._missing(self.trades_of(parts), self._equity_at(parts))

    @cached_property
    def at_the_ends(self) -> tuple[float, float]:
        """Money missing where nothing has been closed, and where everything has."""
        everything = self.everything
        nothing, all_of_it = self.missing(np.stack((np.zeros_like(everything), everything))).tolist()
        return nothing, all_of_it

    @cached_property
    def opening(self) -> tuple[Moves, Floats]:
        """What may be closed first, and the money missing after each: where every search starts."""
        parts = np.zeros(len(self), dtype=np.int64)
        moves = self.moves(parts, np.ones(len(self), dtype=np.bool_))
        return moves, self.missing_after_moves(parts, moves)

    def _missing(self, trades: Integers, equities: Integers) -> Floats:
        quantities = self._closing.batch.quantities[np.newaxis].repeat(len(trades), axis=0)
        quantities[:, self.places] += trades
        return self.missing_of(self._closing.margins_of(self._closing.batch, quantities), equities)

    def batch_after(self, trades: Integers) -> Batch:
        """The account after trades, int64 [positions]."""
        quantities = self._closing.batch.quantities.copy()
        quantities[self.places] += trades
        return self._closing.batch._replace(quantities=quantities)

    def missing_of(self, margins: Integers, equities: Integers) -> Floats:
        """Equity that is missing for the target, money scale: a double, so good for ranking; not above 0: reached."""
        wanted = margins.astype(np.float64) * (RATIO / self._closing.execution.target)
        unknown = (margins == NOT_COMPUTABLE) | (equities == NOT_COMPUTABLE)
        missing: Floats = np.where(unknown, np.inf, wanted - equities)
        return missing

    def _equity_at(self, parts: Integers) -> Integers:
        """Equity where parts, int64 [..., positions], have been closed."""
        equities: Integers = self._closing.before.equity + self._cash[np.arange(len(self)), parts].sum(axis=-1)
        return equities

    def cash_of(self, trades: Integers) -> Integers:
        """int64, shaped as ``trades`` [..., positions]: what each does to equity; only known positions are traded."""
        traded = trades != 0
        cash = np.zeros_like(trades)
        cash[traded] = self._cash_of(np.nonzero(traded)[-1], trades[traded])
        return cash

    def _cash_of(self, positions: Integers, trades: Integers) -> Integers:
        """int64: what trades in positions do to equity; positions are known."""
        columns = self.columns[positions]
        expected = self._closing.prices(columns, trades).expected
        return self._closing.equity_changes(columns, trades, expected) - self._fees(positions, trades, expected)

    def _fees(self, positions: Integers, trades: Integers, prices: Integers) -> Integers:
        """int64, money scale: fees of trades in positions; a search takes those that are not known for none."""
        closing = self._closing
        if not closing.has_fees:
            return np.zeros(len(trades), dtype=np.int64)
        todays = closing.todays(self._numbers[positions], trades)
        fees = closing.fees(self.columns[positions], np.abs(trades) - todays, todays, prices)
        return np.where(fees == NOT_COMPUTABLE, 0, fees)


def _less(amounts: Integers, fees: Integers) -> Integers:
    """Amounts less fees, where the amounts are known."""
    return np.where(amounts == NOT_COMPUTABLE, NOT_COMPUTABLE, amounts - fees)
