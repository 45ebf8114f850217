"""What frees margin: one more and one less of each held contract, and the trades that free most for the least.

A trade frees margin when the account's margin after it is lower. Premium moves margin and cash alike, so that buying
any option would seem to free its price: trades are therefore ranked by the funds they make available, which is margin
freed less premium paid, per notional (price x multiplier x quantity).
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass, replace
from itertools import chain

import numpy as np
import numpy.typing as npt

from engine.conversion import Rates
from engine.freeing_candidates import (
    Book,
    Candidate,
    capping_options,
    closings,
    closings_of,
    linked_futures,
    opposite_months,
)
from engine.instruments import Contract
from engine.numbers import MONEY_DECIMALS, NOT_COMPUTABLE, PRICE_DECIMALS, RATIO, Integers, multiply_divide
from engine.snapshot import Freeing, FreeingTrade
from engine.span.arrays import Batch, SpanTable
from engine.span.parameters import ParameterSet
from engine.span.requirement import margin
from engine.span.requirements import requirements
from engine.span.trades import AfterTrades
from engine.state import DeskState
from engine.valuation import ContractValues, value_of
from engine.variations import Variations

Floats = npt.NDArray[np.float64]

CLOSED = 16
"""Held contracts whose closing is tried: the best by one contract less, and those that lose most."""
SHOWN = 12
SIDE_TRIALS = 200
"""Trades of a gross-margined account that are computed in one step."""
SAME = 99
"""Percent of the best ratio from which the larger of two sizes of one trade is preferred."""


@dataclass(frozen=True, slots=True)
class Worth:
    """What contracts and margin are worth to one account.

    Attributes:
        currency: The account's own currency.
        rates: Conversions, among them from every currency of contracts and margin to that one.
        values: Currency of each contract, and whether it is marked daily.
        multiplier: int64 [contracts], price scale.
        price: int64 [contracts], price scale; `NOT_COMPUTABLE` where there is none.
    """

    currency: str
    rates: Rates
    values: ContractValues
    multiplier: Integers
    price: Integers

    @classmethod
    def at_settlement(cls, parameters: ParameterSet, table: SpanTable, currency: str) -> Worth:
        """At the prices of the parameter file."""
        values = ContractValues.of(parameters, table)
        rates = Rates.of(parameters, tuple(sorted({*values.currencies, currency})))
        return cls(currency, rates, values, parameters.contracts.multiplier, values.settlement)

    @classmethod
    def on_desk(cls, state: DeskState, account: int) -> Worth:
        """At the newest prices a desk has."""
        values = state.calculation.values
        price, quoted = values.settlement.copy(), state.price[: len(values.settlement)]
        price[: len(quoted)] = np.where(quoted == NOT_COMPUTABLE, price[: len(quoted)], quoted)
        multiplier = state.calculation.parameters.contracts.multiplier
        return cls(state.book.accounts[account].currency, state.rates, values, multiplier, price)

    def converted(self, amount: int, currency: str) -> int:
        """An amount in the account's own currency, or `NOT_COMPUTABLE`."""
        if amount in (0, NOT_COMPUTABLE) or currency == self.currency:
            return amount
        source, home = self.rates.currencies.index(currency), self.rates.currencies.index(self.currency)
        numerator = int(self.rates.numerator[source, home])
        if not numerator:
            return NOT_COMPUTABLE
        return int(multiply_divide(amount, numerator, int(self.rates.denominator[source, home])))

    def totals(self, amounts: Integers, currencies: Sequence[str]) -> list[int]:
        """Sum of each row of amounts [rows, currencies] in the account's own currency, or `NOT_COMPUTABLE`."""
        result = [0] * len(amounts)
        needed = [column for column in range(len(currencies)) if amounts[:, column].any()]
        if [currencies[column] for column in needed] == [self.currency]:
            alone: list[int] = amounts[:, needed[0]].tolist()
            return alone
        for column in needed:
            code = currencies[column]
            for row, amount in enumerate(amounts[:, column].tolist()):
                more = self.converted(amount, code)
                known = NOT_COMPUTABLE not in (more, result[row])
                result[row] = result[row] + more if known else NOT_COMPUTABLE
        return result

    def value(self, row: int, quantity: int) -> int:
        """Price x multiplier x quantity, in the account's own currency, or `NOT_COMPUTABLE`."""
        price = int(self.price[row])
        worth = NOT_COMPUTABLE if price == NOT_COMPUTABLE else value_of(price, quantity, int(self.multiplier[row]))
        return self.converted(worth, self.values.currencies[int(self.values.currency[row])])

    def roughly(self, rows: Integers) -> Floats:
        """Money scale: value of one contract of each of ``rows``, to choose by, never to show; 0 where not known."""
        home = self.rates.currencies.index(self.currency)
        source = np.array([self.rates.currencies.index(code) for code in self.values.currencies], dtype=np.int64)
        rate = self.rates.numerator[source, home] / self.rates.denominator[source, home]
        price = np.where(self.price[rows] == NOT_COMPUTABLE, 0, self.price[rows])
        unit = 10 ** (2 * PRICE_DECIMALS - MONEY_DECIMALS)
        result: Floats = price * self.multiplier[rows].astype(np.float64) / unit * rate[self.values.currency[rows]]
        return result

    def premium(self, row: int, quantity: int) -> int:
        """Cash that buying costs; 0 where profit and loss is settled daily."""
        return 0 if self.values.marked[row] else self.value(row, quantity)


def free(account: str, table: SpanTable, batch: Batch, worth: Worth) -> Freeing:
    """What frees margin of an account, computed in one go. Arguments as `search`."""
    steps = search(account, table, batch, worth)
    while True:
        try:
            next(steps)
        except StopIteration as end:
            result: Freeing = end.value
            return result


def search(account: str, table: SpanTable, batch: Batch, worth: Worth) -> Generator[None, None, Freeing]:
    """What frees margin of an account, in steps of a few milliseconds.

    Args:
        account: Its name.
        table: The parameters, laid out.
        batch: The account, as a batch of one.
        worth: Prices and conversions.

    Yields:
        Nothing, between two steps.

    Returns:
        The result.
    """
    if len(batch.middles) and int(batch.middles[0]) >= 0:
        return (yield from _search_sides(account, table, batch, worth))
    book = Book(table, batch, margin(table, batch))
    proposed = [*opposite_months(book), *linked_futures(book), *capping_options(book)]
    trial = _Trial(worth, Variations(table, batch), table.currencies)
    yield
    held = sorted(book.held)
    bought = yield from trial.margins([(row, 1) for row in held])
    sold = yield from trial.margins([(row, -1) for row in held])
    more = {row: trial.change(after) for row, after in zip(held, bought, strict=True)}
    less = {row: trial.change(after) for row, after in zip(held, sold, strict=True)}
    one = {row: (less if book.held[row] > 0 else more)[row] for row in held}
    candidates = [*chain.from_iterable(closings(book, row) for row in _to_close(book, worth, one)), *proposed]
    after = yield from trial.margins([(candidate.row, candidate.quantity) for candidate in candidates])
    trades = [
        trade
        for candidate, needs in zip(candidates, after, strict=True)
        if (trade := _trade(table.parameters.contract(candidate.row), candidate, -trial.change(needs), worth))
    ]
    named = {row: table.parameters.contract(row) for row in held}
    return Freeing(
        account,
        worth.currency,
        trial.before,
        {named[row]: change for row, change in more.items()},
        {named[row]: change for row, change in less.items()},
        _best(trades),
        table.parameters.origin.version,
    )


def _search_sides(account: str, table: SpanTable, batch: Batch, worth: Worth) -> Generator[None, None, Freeing]:
    """Likewise for a gross-margined account: only closing frees margin there, for its sides form no spreads.

    One more and one less of a contract open: one bought is one more long, one sold one more short.
    """
    held = np.flatnonzero(batch.quantities)
    rows = np.unique(batch.rows[held]).tolist()
    (needs,) = worth.totals(requirements(table, batch).requirement, table.currencies)
    if not rows:
        return Freeing(account, worth.currency, needs, {}, {}, (), table.parameters.origin.version)
    trial = _SideTrial(worth, AfterTrades(table, batch), table.currencies, needs)
    yield
    more = yield from trial.changes([(row, False, 1) for row in rows])
    less = yield from trial.changes([(row, True, -1) for row in rows])
    positions = list(zip(batch.rows[held].tolist(), batch.quantities[held].tolist(), strict=True))
    one = yield from trial.changes([(row, size < 0, -1 if size > 0 else 1) for row, size in positions])
    # Those that free most by one contract, and of these every size.
    order = sorted(range(len(positions)), key=lambda number: one[number] if one[number] != NOT_COMPUTABLE else 0)
    candidates = [candidate for number in order[: 2 * CLOSED] for candidate in closings_of(*positions[number])]
    after = yield from trial.changes([(row, quantity > 0, quantity) for row, quantity, _ in candidates])
    trades = [
        replace(trade, closes=True)
        for candidate, change in zip(candidates, after, strict=True)
        if change != NOT_COMPUTABLE
        and (trade := _trade(table.parameters.contract(candidate.row), candidate, -change, worth))
    ]
    named = [table.parameters.contract(row) for row in rows]
    return Freeing(
        account,
        worth.currency,
        needs,
        dict(zip(named, more, strict=True)),
        dict(zip(named, less, strict=True)),
        _best(trades),
        table.parameters.origin.version,
    )


class _SideTrial:
    """Changes of margin by trades in positions of a gross-margined account, in the account's own currency."""

    def __init__(self, worth: Worth, after: AfterTrades, currencies: tuple[str, ...], before: int) -> None:
        self._worth = worth
        self._after = after
        self._currencies = currencies
        self._before = before

    def changes(self, trades: Sequence[tuple[int, bool, int]]) -> Generator[None, None, list[int]]:
        """Margin after each of ``trades`` less margin before, in steps.

        Args:
            trades: Contract row, whether in the short side, and contracts bought.
        """
        result: list[int] = []
        for first in range(0, len(trades), SIDE_TRIALS):
            result += self._margins(trades[first : first + SIDE_TRIALS])
            yield
        known = self._before != NOT_COMPUTABLE
        return [after - self._before if known and after != NOT_COMPUTABLE else NOT_COMPUTABLE for after in result]

    def _margins(self, trades: Sequence[tuple[int, bool, int]]) -> list[int]:
        rows, shorts, changes = np.array(trades, dtype=np.int64).reshape(-1, 3, 1).swapaxes(0, 1)
        return self._worth.totals(self._after.requirement(rows, shorts > 0, changes), self._currencies)


class _Trial:
    """Margins before and after trades in the account's own currency."""

    def __init__(self, worth: Worth, variations: Variations, currencies: tuple[str, ...]) -> None:
        self._worth = worth
        self._variations = variations
        self._currencies = currencies
        self.before = worth.totals(variations.requirement[np.newaxis], currencies)[0]

    def margins(self, trades: Sequence[tuple[int, int]]) -> Generator[None, None, list[int]]:
        """Margin after each of ``trades`` (contract row, contracts bought), in steps."""
        if not trades:
            return []
        rows, changes = np.array(trades, dtype=np.int64).T
        result: list[int] = []
        for part in self._variations.after(rows, changes):
            result += self._worth.totals(part, self._currencies)
            yield
        return result

    def change(self, after: int) -> int:
        """Margin after less margin before."""
        return NOT_COMPUTABLE if NOT_COMPUTABLE in (after, self.before) else after - self.before


def _to_close(book: Book, worth: Worth, one: dict[int, int]) -> list[int]:
    """Held contracts whose closing is worth trying, given the change of margin for one contract less."""
    rows = np.array(list(book.held), dtype=np.int64)
    freed = np.array([float("-inf") if one[row] == NOT_COMPUTABLE else -one[row] for row in rows.tolist()])
    value = worth.roughly(rows)
    side = np.where(np.array(list(book.held.values())) > 0, -1, 1)
    cash = np.where(worth.values.marked[rows], 0, value * side)
    promise = np.divide(freed - cash, np.abs(value), out=np.full(len(rows), -np.inf), where=value != 0)
    by_one = rows[np.argsort(-promise, kind="stable")[:CLOSED]].tolist()
    by_loss = sorted(book.held, key=book.loss, reverse=True)[:CLOSED]
    return list(dict.fromkeys((*by_one, *by_loss)))


def _trade(contract: Contract, candidate: Candidate, freed: int, worth: Worth) -> FreeingTrade | None:
    """The candidate with its figures; None where it frees nothing or a figure is missing."""
    row, quantity, reason = candidate
    premium, value = worth.premium(row, quantity), worth.value(row, quantity)
    if NOT_COMPUTABLE in (-freed, premium, value) or not value or freed <= 0 or freed <= premium:
        return None
    ratio = int(multiply_divide(freed - premium, RATIO, abs(value)))
    return FreeingTrade(contract, quantity, freed, premium, abs(value), ratio, reason)


def _best(trades: list[FreeingTrade]) -> tuple[FreeingTrade, ...]:
    """The best size of each trade, the best trades first; where sizes are as good as equal, the largest."""
    sizes: dict[tuple[Contract, bool], list[FreeingTrade]] = {}
    for trade in trades:
        sizes.setdefault((trade.contract, trade.quantity > 0), []).append(trade)
    chosen = []
    for group in sizes.values():
        highest = max(trade.ratio for trade in group)
        chosen.append(max((each for each in group if each.ratio * 100 >= highest * SAME), key=lambda each: each.freed))
    chosen.sort(key=lambda trade: (-trade.ratio, -trade.available, trade.contract))
    return tuple(chosen[:SHOWN])
