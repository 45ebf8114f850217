"""Trades worth trying to free margin of an account. Which of them do, and how much, the margin kernels say."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from engine.numbers import DELTA_DECIMALS, NOT_COMPUTABLE, RATIO_DECIMALS, Integers, scale_decimal
from engine.span.arrays import Batch, SpanTable
from engine.span.parameters import Leg
from engine.span.requirement import Margins
from engine.text import Text, text

COMMODITIES = 6
"""Commodities, those of most risk first, that new legs are proposed for."""
MONTHS = 3
SPREADS = 4
SHORT_OPTIONS = 6
STRIKES = (0, 1, 3)
"""Which of the strikes further out of the money are tried as a cap, counted from the nearest."""
QUARTERS = (1, 2, 3, 4)
"""Steps in which a position is closed, in quarters of it."""


class Candidate(NamedTuple):
    """A trade to try: contract row, contracts bought (negative: sold), and what it does to the book."""

    row: int
    quantity: int
    reason: Text


class Book:
    """One account's positions and margin, as the proposals read them.

    Args:
        table: The parameters, laid out.
        batch: The account, as a batch of one.
        result: Its margin.
    """

    def __init__(self, table: SpanTable, batch: Batch, result: Margins) -> None:
        self.table = table
        self.held: dict[int, int] = {
            row: quantity
            for row, quantity in zip(batch.rows.tolist(), batch.quantities.tolist(), strict=True)
            if quantity
        }
        pairs = result.commodities
        self.deltas = result.deltas
        self.net: dict[int, int] = dict(zip(pairs.commodity.tolist(), pairs.net_delta.tolist(), strict=True))
        self._active = dict(zip(pairs.commodity.tolist(), (pairs.active_scenario - 1).tolist(), strict=True))
        self._pair_of = {commodity: pair for pair, commodity in enumerate(pairs.commodity.tolist())}
        order = np.argsort(-pairs.risk, kind="stable")[:COMMODITIES]
        self.riskiest = [
            commodity for commodity in pairs.commodity[order].tolist() if self.net[commodity] not in (0, NOT_COMPUTABLE)
        ]

    def loss(self, row: int) -> int:
        """Loss of a held position in the active scenario of its commodity, money scale."""
        loss: int = self.held[row] * int(self.table.scenario[row, self._active[int(self.table.commodity[row])]])
        return loss

    def heaviest_slot(self, commodity: int) -> int:
        """The month that most deltas of the net side are in."""
        pair = self._pair_of[commodity]
        start, stop = (int(self.deltas.starts[pair + step]) for step in (0, 1))
        side = 1 if self.net[commodity] > 0 else -1
        return int(self.deltas.slot[start + int(np.argmax(self.deltas.delta[start:stop] * side))])

    def futures(self, commodity: int) -> list[int]:
        """Contracts of a commodity that are no options, nearest month first."""
        table = self.table
        start, stop = np.searchsorted(table.commodity, (commodity, commodity + 1))
        rows = np.arange(start, stop)
        found: list[int] = rows[table.usable[rows] & (table.right[rows] == 0) & (table.delta[rows] > 0)].tolist()
        return found

    def contracts_of(self, delta: int, row: int) -> int:
        """Contracts of ``row`` that come closest to ``delta`` (delta scale, not negative) from below; 1 at least."""
        whole: int = delta * 10 ** (self.table.delta_decimals - DELTA_DECIMALS) // int(self.table.delta[row])
        return max(1, whole)


def closings(book: Book, row: int) -> Iterator[Candidate]:
    """Bring a held position closer to flat in quarters, all of it last; never beyond."""
    yield from closings_of(row, book.held[row])


def closings_of(row: int, held: int) -> Iterator[Candidate]:
    """The same for ``held`` contracts of ``row``, short if negative."""
    side = -1 if held > 0 else 1
    for quantity in sorted({-(-abs(held) * quarter // len(QUARTERS)) for quarter in QUARTERS}):
        part = text("closes {part} of {held}", part=quantity, held=abs(held))
        yield Candidate(row, side * quantity, text("closes the position") if quantity == abs(held) else part)


def opposite_months(book: Book) -> Iterator[Candidate]:
    """Sell (or buy) another month against the net delta of the commodities of most risk."""
    for commodity in book.riskiest:
        net, heaviest = book.net[commodity], book.heaviest_slot(commodity)
        side = -1 if net > 0 else 1
        others = [row for row in book.futures(commodity) if book.table.slot[row] != heaviest]
        others.sort(key=lambda row: abs(int(book.table.slot[row]) - heaviest))
        reason = text("opposite month of {code}", code=book.table.parameters.commodities[commodity].code)
        for row in [row for row in others if book.held.get(row, 0) * side >= 0][:MONTHS]:
            yield from _sizes(row, side, book.contracts_of(abs(net), row), reason)


def linked_futures(book: Book) -> Iterator[Candidate]:
    """Trade the future of a linked commodity that forms a spread with the net delta of those of most risk."""
    rows = {commodity.code: row for row, commodity in enumerate(book.table.parameters.commodities)}
    for commodity in book.riskiest:
        code, found = book.table.parameters.commodities[commodity].code, 0
        for spread in book.table.inter_order:
            mine = [leg for leg in spread.legs if leg.commodity == code]
            others = [leg for leg in spread.legs if leg.commodity != code]
            if found == SPREADS or len(mine) != 1 or len(others) != 1 or others[0].commodity not in rows:
                continue
            reason = text("credit with {code}, spread {priority}", code=code, priority=spread.priority)
            for trade in _other_leg(book, commodity, mine[0], others[0], rows[others[0].commodity], reason):
                found += trade.quantity != 0
                yield trade


def capping_options(book: Book) -> Iterator[Candidate]:
    """Buy an option further out of the money than a short one, of the same series."""
    contracts = book.table.parameters.contracts
    shorts = [row for row, quantity in book.held.items() if quantity < 0 and book.table.right[row] > 0]
    shorts.sort(key=lambda row: -book.loss(row))
    for short in shorts[:SHORT_OPTIONS]:
        start, stop = np.searchsorted(
            book.table.commodity, (book.table.commodity[short], book.table.commodity[short] + 1)
        )
        rows: Integers = np.arange(start, stop)
        same = (
            (contracts.family[rows] == contracts.family[short])
            & (contracts.period[rows] == contracts.period[short])
            & (contracts.right[rows] == contracts.right[short])
            & book.table.usable[rows]
        )
        away = contracts.strike[rows] - contracts.strike[short]
        away = away if book.table.right[short] == 1 else -away
        further = rows[same & (away > 0)][np.argsort(away[same & (away > 0)])].tolist()
        reason = text(
            "caps {count} short {contract}",
            count=-book.held[short],
            contract=book.table.parameters.contract(short).title,
        )
        for place in STRIKES:
            if place < len(further) and book.held.get(further[place], 0) >= 0:
                yield Candidate(further[place], -book.held[short], reason)


def _other_leg(book: Book, commodity: int, mine: Leg, other: Leg, target: int, reason: Text) -> Iterator[Candidate]:
    net = book.net[commodity]
    side = (1 if net > 0 else -1) * (1 if mine.side == other.side else -1)
    needed = abs(net) * scale_decimal(other.ratio, RATIO_DECIMALS) // scale_decimal(mine.ratio, RATIO_DECIMALS)
    for row in book.futures(target)[:1]:
        if book.held.get(row, 0) * side >= 0:
            yield from _sizes(row, side, book.contracts_of(needed, row), reason)


def _sizes(row: int, side: int, most: int, reason: Text) -> Iterator[Candidate]:
    for quantity in sorted({-(-most // 2), most}):
        yield Candidate(row, side * quantity, reason)
