"""An account that is to be closed down: what it holds, and what it would need and have after trades in that."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
import numpy.typing as npt

from engine.compiled import compiled
from engine.conversion import converted
from engine.decision import Figures
from engine.instruments import Contract, Universe
from engine.liquidation.fees import charged
from engine.liquidation.plan import Execution, Untradable
from engine.liquidation.trading_cost import Booleans, Prices, TradingCost
from engine.numbers import LARGEST, NOT_COMPUTABLE, RATIO, Integers, multiply_divide
from engine.span.arrays import Batch, SpanTable
from engine.span.requirements import requirements
from engine.span.trades import AfterTrades
from engine.state import DeskState
from engine.text import BadInputError, Text, text
from engine.what_if import figures_of

BLOCK: Final = 256
"""Variations of the whole account computed together."""
PRODUCT: Final = 4.0e18
"""Largest product of a price and a quantity that surely fits."""


@dataclass(frozen=True, slots=True)
class Held:
    """A position that an order may close.

    Attributes:
        column: In the universe.
        contract: Which.
        quantity: Contracts held, negative where short: net, or one side in a gross-margined account.
        place: Position in the account's batch; -1 where it takes no part in margin, for want of parameters.
    """

    column: int
    contract: Contract
    quantity: int
    place: int


class Closing:
    """An account, what it holds, and its figures after trades. Everything in the account's own currency.

    Args:
        state: The desk.
        universe: Names of its columns.
        name: The account.
        trading: What trading costs.
        execution: How it may trade.

    Raises:
        BadInputError: No account is called so.
    """

    def __init__(
        self,
        state: DeskState,
        universe: Universe,
        name: str,
        trading: TradingCost,
        execution: Execution,
    ) -> None:
        self.row = state.book.row(name)
        if self.row < 0:
            what = text("no account is called {name}", name=name)
            raise BadInputError(name, what, text("choose one of the accounts of the desk"))
        self.state, self.name, self.trading, self.execution = state, name, trading, execution
        self.universe = universe
        self.currency = state.book.accounts[self.row].currency
        self.gross = state.book.accounts[self.row].terms.gross
        self.table: SpanTable | None = state.table_of(self.row)
        self._columns: dict[Contract, int] = {}
        self._home = state.figures.currencies.index(self.currency)
        self.batch = state.batch_of(self.row)
        self.held = self._positions()
        accounts = state.accounts
        self.before = figures_of(int(accounts.equity[self.row]), int(accounts.margin[self.row]))

    def _positions(self) -> tuple[Held, ...]:
        """Every position, those that are margined in the order of the batch."""
        middle = int(self.batch.middles[0]) if len(self.batch.middles) else -1
        placed: dict[tuple[int, bool], int] = {
            (int(row), middle >= 0 and place >= middle): place for place, row in enumerate(self.batch.rows)
        }
        own = self.state.book.positions.of(self.row)
        found = []
        for column, long, short in zip(own.columns.tolist(), own.long.tolist(), own.short.tolist(), strict=True):
            contract = self.universe.contract(column)
            self._columns[contract] = column
            sides = ((long, False), (-short, True)) if self.gross else ((long - short, False),)
            found += [
                Held(column, contract, quantity, placed.get((column, is_short), -1))
                for quantity, is_short in sides
                if quantity
            ]
        return tuple(found)

    def column(self, contract: Contract) -> int:
        """The column of ``contract``, or -1; at once where the account holds it."""
        column = self._columns.get(contract)
        return self.universe.find(contract) if column is None else column

    @cached_property
    def columns(self) -> Integers:
        """int64 [held]."""
        return np.array([held.column for held in self.held], dtype=np.int64)

    @cached_property
    def quantities(self) -> Integers:
        """int64 [held], contracts held."""
        return np.array([held.quantity for held in self.held], dtype=np.int64)

    @cached_property
    def sides(self) -> dict[tuple[Contract, bool], int]:
        """Contracts that can be closed, by contract and whether buying closes them."""
        return {(held.contract, held.quantity < 0): abs(held.quantity) for held in self.held}

    def side(self, contract: Contract, is_short: bool) -> tuple[int, int] | None:
        """Contracts held on a side, and how many of them were opened today; None where the feed does not tell.

        A net-margined account may hold both sides of a contract as well, and orders that close it close one of them.
        """
        column = self.column(contract)
        today = self.state.book.today_of(self.row, column) if column >= 0 else None
        if today is None:
            return None
        return self.state.book.positions.sides_of(self.row, column)[is_short], today[is_short]

    @cached_property
    def tradable(self) -> list[bool]:
        """Whether an order that closes each position can trade."""
        flags: list[bool] = self.trading.is_tradable(self.columns, self.quantities < 0).tolist()
        return flags

    @cached_property
    def untradable(self) -> tuple[Untradable, ...]:
        """Positions that cannot be closed now, with the reason."""
        return tuple(
            Untradable(held.contract, held.quantity, self._why_not(held))
            for held, tradable in zip(self.held, self.tradable, strict=True)
            if not tradable
        )

    def _why_not(self, held: Held) -> Text:
        if int(self.trading.reference[held.column]) == NOT_COMPUTABLE:
            return text("{contract} has no price", contract=held.contract.title)
        return text("{contract} is locked at its price limit", contract=held.contract.title)

    def prices(self, columns: Integers, quantities: Integers, whole: Booleans | None = None) -> Prices:
        """Prices of orders that can trade; ``whole``, bool [orders], are those not cut into slices."""
        return self.trading.prices(columns, quantities, self.execution, whole)

    def equity_changes(self, columns: Integers, quantities: Integers, prices: Integers) -> Integers:
        """int64 [orders], money scale: what orders do to equity at prices, or `NOT_COMPUTABLE`.

        What is settled daily is in equity at its mark already, so only the distance from that counts; premium is paid.
        """
        marked = self.state.calculation.values.marked
        daily = columns < len(marked)
        daily[daily] = marked[columns[daily]]
        paid = np.where(daily, prices - self.trading.reference[columns], prices)
        return self._in_own_currency(columns, -quantities, paid)

    def costs(self, columns: Integers, quantities: Integers, prices: Integers) -> Integers:
        """int64 [orders], money scale: loss against the reference prices, or `NOT_COMPUTABLE`."""
        return self._in_own_currency(columns, quantities, prices - self.trading.reference[columns])

    def _in_own_currency(self, columns: Integers, quantities: Integers, prices: Integers) -> Integers:
        """Price x contracts as money."""
        values = self.state.calculation.values
        result: Integers = _worths(columns, quantities, prices, values.numerator, values.denominator, *self._rates)
        return result

    @cached_property
    def _rates(self) -> tuple[Integers, Integers]:
        """int64 [columns] each: numerator and denominator of the rate into the account's own currency."""
        values, rates = self.state.calculation.values, self.state.rates
        sources = np.array([rates.currencies.index(code) for code in values.currencies], dtype=np.int64)
        places = sources[values.currency]
        return rates.numerator[places, self._home], rates.denominator[places, self._home]

    def fees(self, columns: Integers, others: Integers, todays: Integers, prices: Integers) -> Integers:
        """int64 [orders], money scale: what is charged, or `NOT_COMPUTABLE` where that is not known.

        Args:
            columns: int64 [orders].
            others: int64 [orders], contracts traded but for those that close what was opened today.
            todays: int64 [orders], contracts that do.
            prices: int64 [orders].
        """
        values, trading = self.state.calculation.values, self.trading
        known = (trading.fee_each, trading.fee_share, trading.today_each, trading.today_share)
        result: Integers = charged(
            columns, others, todays, prices, known, (values.numerator, values.denominator, *self._rates)
        )
        return result

    @cached_property
    def has_fees(self) -> bool:
        """Whether any fee is known of what is held."""
        fees = (self.trading.fee_each[self.columns], self.trading.today_each[self.columns])
        return any(bool((each != NOT_COMPUTABLE).any()) for each in fees)

    def todays(self, held: Integers, quantities: Integers) -> Integers:
        """int64 [orders], how many contracts of orders that close positions (numbers of `held`) close today's.

        Where an order says which, what is cheaper goes first; where the exchange decides, what is dearer.
        """
        first, today, earlier = (column[held] for column in self._opened)
        count = np.abs(quantities)
        result: Integers = np.where(first, np.minimum(count, today), np.maximum(count - earlier, 0))
        return result

    def takes_today_first(self, contract: Contract, buys: bool) -> bool:
        """Whether an order that closes a position closes first what was opened today, because that costs less."""
        number = self.numbers.get((contract, buys)) if self.has_fees else None
        return number is not None and bool(self._opened[0][number])

    @cached_property
    def _opened(self) -> tuple[Booleans, Integers, Integers]:
        """Of each position: whether today's contracts are counted first; contracts opened today, and before."""
        sides = [self.side(held.contract, held.quantity < 0) for held in self.held]
        today = np.array([LARGEST if side is None else side[1] for side in sides], dtype=np.int64)
        earlier = np.array([LARGEST if side is None else side[0] - side[1] for side in sides], dtype=np.int64)
        asked = np.array(
            [
                side is not None and held.contract.exchange in self.execution.close_today
                for held, side in zip(self.held, sides, strict=True)
            ],
            dtype=np.bool_,
        )
        one, none, prices = np.ones_like(today), np.zeros_like(today), self.trading.reference[self.columns]
        usual, todays = self.fees(self.columns, one, none, prices), self.fees(self.columns, none, one, prices)
        known = (usual != NOT_COMPUTABLE) & (todays != NOT_COMPUTABLE)
        return known & np.where(asked, todays < usual, todays > usual), today, earlier

    @cached_property
    def numbers(self) -> dict[tuple[Contract, bool], int]:
        """Numbers of `held`, by contract and whether buying closes them."""
        return {(held.contract, held.quantity < 0): number for number, held in enumerate(self.held)}

    def margins_after(self, batch: Batch, places: Integers, changes: Integers) -> Integers:
        """int64 [variations], money scale: margin after each row of trades in ``batch``; or `NOT_COMPUTABLE`.

        Args:
            batch: The account, or what is left of it.
            places: int64 [variations, trades], position of the batch.
            changes: int64 [variations, trades], contracts bought.
        """
        shorts = (places >= batch.middles[0]) if self.gross else np.zeros(places.shape, dtype=np.bool_)
        after = AfterTrades(self._table, batch)
        return self._at_home(after.requirement(batch.rows[places], shorts, changes))

    def margins_along(self, columns: Integers, shorts: Booleans, changes: Integers) -> Integers:
        """int64 [trades + 1], money scale: margin as it is, and after each trade and all before it.

        Args:
            columns: int64 [trades], margined ones.
            shorts: bool [trades], whether each is in the short side; of no account to a net-margined account.
            changes: int64 [trades], contracts bought.
        """
        return self._at_home(AfterTrades(self._table, self.batch).along(columns, shorts, changes))

    def margins_of(self, batch: Batch, quantities: Integers) -> Integers:
        """int64 [variations], money scale: margin of ``batch`` with other quantities, int64 [variations, positions]."""
        result = np.empty(len(quantities), dtype=np.int64)
        positions = len(batch.rows)
        for first in range(0, len(quantities), BLOCK):
            part = np.ascontiguousarray(quantities[first : first + BLOCK])
            middles = batch.middles
            if len(middles):
                middles = np.where(middles[0] < 0, -1, middles[0] + np.arange(len(part)) * positions)
            starts = np.arange(len(part) + 1) * positions
            repeated = Batch(starts, np.tile(batch.rows, len(part)), part.reshape(-1), middles)
            result[first : first + BLOCK] = self._at_home(requirements(self._table, repeated).requirement)
        return result

    def commodities(self, columns: Integers) -> Integers:
        """int64: combined commodity of margined columns."""
        return self._table.commodity[columns]

    def deltas(self, columns: Integers) -> npt.NDArray[np.float64]:
        """Composite delta of one contract of margined columns."""
        return self._table.delta[columns].astype(np.float64)

    @property
    def _table(self) -> SpanTable:
        if self.table is None:
            raise ValueError("an account without a table has no margin, and whoever asks for one looks first")
        return self.table

    def _at_home(self, requirement: Integers) -> Integers:
        """Sums of [variations, currencies of the table] in the account's own currency."""
        rates = self.state.rates
        amounts = np.zeros((len(requirement), len(self.state.figures.currencies)), dtype=np.int64)
        amounts[:, self._currencies] = requirement
        broken = (requirement == NOT_COMPUTABLE).any(axis=1)
        amounts[broken] = 0
        result: Integers = converted(amounts, self._home, rates.numerator, rates.denominator)
        result[broken] = NOT_COMPUTABLE
        return result

    @cached_property
    def _currencies(self) -> Integers:
        """int64: where the table's currencies are among those of the desk."""
        currencies = self.state.figures.currencies
        return np.array([currencies.index(code) for code in self._table.currencies], dtype=np.int64)

    @cached_property
    def excluded(self) -> bool:
        """Whether the account holds anything that its margin leaves out."""
        return any(held.place < 0 for held in self.held)

    def reaches(self, figures: Figures) -> bool:
        """Whether the account would be at or under its target; exactly, not by a rounded ratio."""
        if NOT_COMPUTABLE in (figures.equity, figures.margin):
            return False
        return figures.equity >= 0 and figures.margin * RATIO <= self.execution.target * figures.equity


@compiled
def _worths(
    columns: Integers,
    quantities: Integers,
    prices: Integers,
    numerator: Integers,
    denominator: Integers,
    rate: Integers,
    per: Integers,
) -> Integers:
    """Quantity x price x multiplier of each order, money scale in the contract's currency, then converted."""
    worths = np.zeros(len(columns), dtype=np.int64)
    for order in range(len(columns)):
        column, quantity, price = columns[order], quantities[order], prices[order]
        if quantity == 0 or price == 0:
            continue
        worths[order] = NOT_COMPUTABLE
        if column >= len(numerator) or float(abs(quantity)) * float(abs(price)) > PRODUCT or rate[column] == 0:
            continue
        worth = multiply_divide(quantity * price, numerator[column], denominator[column])
        if worth != NOT_COMPUTABLE:
            worths[order] = multiply_divide(worth, rate[column], per[column])
    return worths
