"""What an account would have and need after trades, in one compiled call: equity, requirement, and both converted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from engine.compiled import Held, borrowing, compiled
from engine.conversion import Rates, convert
from engine.numbers import NOT_COMPUTABLE, Integers, multiply_divide
from engine.span.trades import Summed, after_trades
from engine.valuation import ContractValues, CurrencyFigures


class Money(NamedTuple):
    """What the call reads of a desk's money.

    Attributes:
        equity: int64 [accounts, currencies], money scale.
        requirement: int64 [accounts, currencies], money scale.
        numerator: int64 [currencies, currencies], as `engine.conversion.Rates` has it.
        denominator: Likewise.
        margin_columns: int64 [margin currencies], which of the currencies each is.
        price: int64 [columns], newest price, price scale; `NOT_COMPUTABLE` where no quote has arrived.
        settlement: int64 [contracts], and more of `engine.valuation.ContractValues`.
        value_up: Likewise, its numerator.
        value_down: Likewise, its denominator.
        marked: Likewise.
        value_columns: int64 [contracts], which of the currencies a contract is in.
    """

    equity: Integers
    requirement: Integers
    numerator: Integers
    denominator: Integers
    margin_columns: Integers
    price: Integers
    settlement: Integers
    value_up: Integers
    value_down: Integers
    marked: npt.NDArray[np.bool_]
    value_columns: Integers

    @classmethod
    def of(
        cls,
        figures: CurrencyFigures,
        rates: Rates,
        margin_currencies: Sequence[str],
        price: Integers,
        values: ContractValues,
    ) -> Money:
        """Gather it from what a desk is valued by."""
        columns = {currency: column for column, currency in enumerate(figures.currencies)}
        of_values = np.array([columns[currency] for currency in values.currencies], dtype=np.int64)
        return cls(
            figures.equity,
            figures.requirement,
            rates.numerator,
            rates.denominator,
            np.array([columns[currency] for currency in margin_currencies], dtype=np.int64),
            price,
            values.settlement,
            values.numerator,
            values.denominator,
            values.marked,
            of_values[values.currency],
        )


@compiled
def outcomes(
    summed: Held[Summed],
    money: Held[Money],
    account: int,
    home: int,
    rows: Integers,
    shorts: npt.NDArray[np.bool_],
    changes: Integers,
) -> Integers:
    """Equity and requirement of an account as it is, and after each row of trades.

    Premium paid or received moves equity, futures do not.

    Args:
        summed: The account's positions, under their parameters.
        money: The desk's money.
        account: The account's row.
        home: Column of the account's own currency.
        rows: int64 [trades], contract rows.
        shorts: bool [trades], whether each is in the short side of a gross-margined account.
        changes: int64 [variations, trades], contracts bought, negative where sold.

    Returns:
        int64 [1 + variations, 2, currencies + 1], money scale: equity and requirement in each currency, and in the
        account's own altogether; `NOT_COMPUTABLE` where it is.
    """
    desk, count = money.record, len(changes)
    every_row, every_side = np.empty(changes.shape, dtype=np.int64), np.empty(changes.shape, dtype=np.bool_)
    for number in range(count):
        for trade in range(len(rows)):
            every_row[number, trade], every_side[number, trade] = rows[trade], shorts[trade]
    needed = after_trades(summed, every_row, every_side, changes)
    currencies, margin_columns, numerator = desk.equity.shape[1], desk.margin_columns, desk.numerator
    result = np.zeros((1 + count, 2, currencies + 1), dtype=np.int64)
    for number in range(1 + count):
        for column in range(currencies):
            result[number, 0, column] = desk.equity[account, column]
            result[number, 1, column] = desk.requirement[account, column] if number == 0 else 0
    for number in range(count):
        for column in range(len(margin_columns)):
            result[1 + number, 1, margin_columns[column]] = needed[number, column]
        for trade in range(len(rows)):
            if not desk.marked[rows[trade]]:
                _pay(desk, result[1 + number, 0], rows[trade], changes[number, trade])
    for number in range(1 + count):
        for kind in range(2):
            amounts = result[number, kind]
            amounts[currencies] = convert(amounts[:currencies], home, numerator, desk.denominator)
    return result


@borrowing
def _pay(money: Money, equity: Integers, row: int, quantity: int) -> None:
    """Take the premium of a trade off one account's equity, in a contract that is not settled daily."""
    price = money.price[row] if row < len(money.price) else NOT_COMPUTABLE
    price = money.settlement[row] if price == NOT_COMPUTABLE else price
    premium, column = NOT_COMPUTABLE, money.value_columns[row]
    if price != NOT_COMPUTABLE and float(abs(price)) * float(abs(quantity)) < 4.0e18:
        premium = multiply_divide(price * quantity, money.value_up[row], money.value_down[row])
    if premium == NOT_COMPUTABLE or equity[column] == NOT_COMPUTABLE:
        equity[column] = NOT_COMPUTABLE
    else:
        equity[column] -= premium
