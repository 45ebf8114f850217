"""Profit and loss, equity, available funds and risk ratio of every account from positions, prices and margin."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntFlag
from functools import cache, lru_cache
from math import gcd
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from engine.book import BookSnapshot
from engine.compiled import compiled
from engine.conversion import Rates, convert
from engine.numbers import (
    MONEY_DECIMALS,
    NOT_COMPUTABLE,
    PRICE_DECIMALS,
    RATIO,
    Integers,
    multiply_divide,
)
from engine.snapshot import AccountTable, Lines
from engine.span.arrays import SpanTable
from engine.span.parameters import PREMIUM_STYLE, ParameterSet
from engine.text import Text, text

Booleans = npt.NDArray[np.bool_]


class Flag(IntFlag):
    """Why an account's figures are incomplete or not to be relied on."""

    EXCLUDED = 1
    NO_MONEY = 2
    NO_PRICE = 4
    SETTLEMENT_PRICE = 8
    STALE_PRICE = 16
    NO_EQUITY = 32
    NO_CONVERSION = 64
    TOO_LARGE = 128
    NO_RATES = 256
    """Whoever sets it says which rates are missing: there is no sentence for it here."""


BLOCKING = Flag.EXCLUDED | Flag.NO_MONEY | Flag.NO_PRICE | Flag.SETTLEMENT_PRICE | Flag.STALE_PRICE
BLOCKING |= Flag.NO_CONVERSION | Flag.TOO_LARGE | Flag.NO_RATES
"""Flags under which an account takes no new risk."""


class ContractValues(NamedTuple):
    """What a price is worth, by column of the listed contracts.

    Attributes:
        numerator: int64 [contracts]; money = price x numerator / denominator (money scale from price scale).
        denominator: int64 [contracts].
        currency: int64 [contracts], index in `currencies`.
        marked: bool [contracts], whether open profit and loss is settled daily (futures style) and so part of equity.
        settlement: int64 [contracts], price scale: the parameter file's own price.
        currencies: Currencies of the contracts and of the margin.
    """

    numerator: Integers
    denominator: Integers
    currency: Integers
    marked: Booleans
    settlement: Integers
    currencies: tuple[str, ...]

    @classmethod
    def of(cls, parameters: ParameterSet, table: SpanTable) -> ContractValues:
        """The values of a parameter set."""
        contracts, families = parameters.contracts, parameters.families
        currencies = tuple(sorted({*table.currencies, *(family.currency for family in families)}))
        scale = 10 ** (2 * PRICE_DECIMALS - MONEY_DECIMALS)
        common = np.gcd(contracts.multiplier, scale)
        by_family = np.array([currencies.index(family.currency) for family in families], dtype=np.int64)
        style = np.array([family.valuation != PREMIUM_STYLE for family in families], dtype=np.bool_)
        return cls(
            contracts.multiplier // common,
            scale // common,
            by_family[contracts.family],
            style[contracts.family],
            contracts.price,
            currencies,
        )


class OpenProfit(NamedTuple):
    """Open profit and loss.

    Attributes:
        position: int64 [positions], money scale, in the contract's currency; `NOT_COMPUTABLE` without a price.
        account: int64 [accounts, currencies], money scale: what of it belongs to equity.
        flags: int64 [accounts], `Flag` bits.
    """

    position: Integers
    account: Integers
    flags: Integers


@dataclass(frozen=True, slots=True)
class CurrencyFigures:
    """Equity and requirement by account and currency, int64 [accounts, currencies], money scale."""

    currencies: tuple[str, ...]
    equity: Integers
    requirement: Integers
    flags: Integers


def open_profit(book: BookSnapshot, price: Integers, fresh: Booleans, values: ContractValues) -> OpenProfit:
    """Open profit and loss of every position, from what it is marked at to the newest price.

    Args:
        book: Positions; contracts without parameters are left out and flagged.
        price: int64 [columns], price scale; `NOT_COMPUTABLE` where no quote has arrived: then the settlement price of
            the parameter file is used and flagged.
        fresh: bool [columns], whether the quote is recent.
        values: What a price is worth.
    """
    positions = book.positions
    return OpenProfit(
        *_open_profit(
            positions.starts,
            positions.columns,
            positions.long,
            positions.short,
            positions.long_price,
            positions.short_price,
            price,
            fresh,
            *values[:5],
            len(values.currencies),
        )
    )


def currency_figures(
    book: BookSnapshot,
    profit: OpenProfit,
    profit_currencies: tuple[str, ...],
    requirement: Integers,
    margin_currencies: tuple[str, ...],
    flags: Integers,
) -> CurrencyFigures:
    """Equity and requirement by currency.

    Args:
        book: Money of the accounts.
        profit: Open profit and loss, columns as ``profit_currencies``.
        profit_currencies: Columns of ``profit.account``.
        requirement: int64 [accounts, margin currencies], money scale.
        margin_currencies: Columns of ``requirement``.
        flags: int64 [accounts], flags from the margin calculation.
    """
    currencies = tuple(sorted({*book.kinds.money, *profit_currencies, *margin_currencies, *book.money.currencies}))
    count = len(book.accounts)
    equity = np.zeros((count, len(currencies)), dtype=np.int64)
    required = np.zeros_like(equity)
    money_columns = [currencies.index(code) for code in book.money.currencies]
    equity[:, money_columns] += book.money.balance + book.money.profit
    equity[:, [currencies.index(code) for code in profit_currencies]] += profit.account
    required[:, [currencies.index(code) for code in margin_currencies]] = requirement
    missing = ~book.money.present.any(axis=1) if book.money.currencies else np.ones(count, dtype=np.bool_)
    all_flags = flags | profit.flags | np.where(missing, int(Flag.NO_MONEY), 0)
    equity[(all_flags & int(Flag.NO_MONEY | Flag.NO_PRICE)) > 0] = NOT_COMPUTABLE
    return CurrencyFigures(currencies, equity, required, all_flags)


def account_table(book: BookSnapshot, figures: CurrencyFigures, rates: Rates, lines: Lines) -> AccountTable:
    """Every account in its own currency, with its standing against the lines.

    The trend is left at 0: whoever keeps a history fills it in.
    """
    kinds = book.kinds
    home = np.array([rates.currencies.index(currency) for currency in kinds.money], dtype=np.int64)[kinds.home]
    columns = _account_figures(
        figures.equity,
        figures.requirement,
        figures.flags,
        home,
        rates.numerator,
        rates.denominator,
        np.array([lines.warning, lines.call, lines.close], dtype=np.int64),
    )
    equity, margin, available, ratio, to_call, to_close, standing, flags = columns
    return AccountTable(
        kinds.names,
        kinds.groups,
        kinds.currencies,
        equity,
        margin,
        available,
        ratio,
        np.zeros_like(ratio),
        to_call,
        to_close,
        standing.astype(np.int8),
        reasons_of(flags),
        kinds.special,
    )


def without(table: AccountTable, gone: frozenset[int]) -> AccountTable:
    """The table less the rows of accounts that are gone."""
    if not gone:
        return table
    kept = [row for row in range(len(table)) if row not in gone]
    place = {row: number for number, row in enumerate(kept)}
    return AccountTable(
        tuple(table.names[row] for row in kept),
        tuple(table.groups[row] for row in kept),
        tuple(table.currencies[row] for row in kept),
        table.equity[kept],
        table.margin[kept],
        table.available[kept],
        table.ratio[kept],
        table.trend[kept],
        table.to_call[kept],
        table.to_close[kept],
        table.standing[kept],
        {place[row]: reasons for row, reasons in table.reasons.items() if row in place},
        {place[row]: terms for row, terms in table.terms.items() if row in place},
    )


def reasons_of(flags: Integers) -> Mapping[int, tuple[Text, ...]]:
    """Sentences behind the flags, by row; rows without a flag are left out."""
    return _reasons_of(flags.tobytes())


@lru_cache(4)
def _reasons_of(flags: bytes) -> Mapping[int, tuple[Text, ...]]:
    # Most of the time the same accounts lack the same as a moment ago.
    each = np.frombuffer(flags, dtype=np.int64)
    rows = np.flatnonzero(each)
    return MappingProxyType(dict(zip(rows.tolist(), map(sentences, each[rows].tolist()), strict=True)))


@cache
def sentences(flags: int) -> tuple[Text, ...]:
    """One sentence for each flag."""
    meaning = {
        Flag.EXCLUDED: text("positions without parameters are left out"),
        Flag.NO_MONEY: text("no account money has arrived"),
        Flag.NO_PRICE: text("not computable: a position has no price"),
        Flag.SETTLEMENT_PRICE: text("no quote yet for some positions: settlement price used"),
        Flag.STALE_PRICE: text("some prices are stale"),
        Flag.NO_EQUITY: text("equity is used up"),
        Flag.NO_CONVERSION: text("not computable: no exchange rate in the parameters"),
        Flag.TOO_LARGE: text("not computable: a figure is too large"),
    }
    return tuple(sentence for flag, sentence in meaning.items() if flags & flag)


def value_of(price: int, quantity: int, multiplier: int) -> int:
    """quantity x price x multiplier, exact where it is whole in money scale, else rounded there."""
    scale = 10 ** (2 * PRICE_DECIMALS - MONEY_DECIMALS)
    common = gcd(multiplier, scale)
    return int(multiply_divide(price * quantity, multiplier // common, scale // common))


@compiled
def _side_profit(quantity: int, price: int, marked: int, numerator: int, denominator: int) -> int:
    if quantity == 0:
        return 0
    if marked == NOT_COMPUTABLE or float(abs(price - marked)) * float(abs(quantity)) > 4.0e18:
        return NOT_COMPUTABLE
    return multiply_divide((price - marked) * quantity, numerator, denominator)


@compiled
def _open_profit(
    starts: Integers,
    columns: Integers,
    longs: Integers,
    shorts: Integers,
    long_price: Integers,
    short_price: Integers,
    price: Integers,
    fresh: Booleans,
    numerator: Integers,
    denominator: Integers,
    currency: Integers,
    marked: Booleans,
    settlement: Integers,
    currencies: int,
) -> tuple[Integers, Integers, Integers]:
    accounts = len(starts) - 1
    by_position = np.zeros(len(columns), dtype=np.int64)
    by_account = np.zeros((accounts, currencies), dtype=np.int64)
    flags = np.zeros(accounts, dtype=np.int64)
    for account in range(accounts):
        for position in range(starts[account], starts[account + 1]):
            column = columns[position]
            if longs[position] == 0 and shorts[position] == 0:
                continue
            if column >= len(numerator):
                by_position[position] = NOT_COMPUTABLE
                flags[account] |= 1
                continue
            now = price[column]
            if now == NOT_COMPUTABLE:
                now = settlement[column]
                flags[account] |= 8
            elif not fresh[column]:
                flags[account] |= 16
            if now == NOT_COMPUTABLE:
                by_position[position] = NOT_COMPUTABLE
                flags[account] |= 4
                continue
            up, down = numerator[column], denominator[column]
            won = _side_profit(longs[position], now, long_price[position], up, down)
            lost = _side_profit(shorts[position], now, short_price[position], up, down)
            if min(won, lost) == NOT_COMPUTABLE:
                by_position[position] = NOT_COMPUTABLE
                flags[account] |= 4 if marked[column] else 0
                continue
            by_position[position] = won - lost
            if marked[column]:
                by_account[account, currency[column]] += won - lost
    return by_position, by_account, flags


@compiled
def _standing(ratio: int, lines: Integers) -> int:
    reached = 0
    for line in lines:
        reached += 1 if ratio >= line else 0
    return reached


@compiled
def _account_figures(
    equities: Integers,
    requirements: Integers,
    given: Integers,
    home: Integers,
    numerator: Integers,
    denominator: Integers,
    lines: Integers,
) -> tuple[Integers, Integers, Integers, Integers, Integers, Integers, Integers, Integers]:
    count = len(equities)
    flags = given.copy()
    equity, margin = np.full(count, NOT_COMPUTABLE), np.full(count, NOT_COMPUTABLE)
    available, ratio = np.full(count, NOT_COMPUTABLE), np.full(count, NOT_COMPUTABLE)
    to_call, to_close = np.full(count, NOT_COMPUTABLE), np.full(count, NOT_COMPUTABLE)
    standing = np.full(count, 4)
    for row in range(count):
        broken = False
        for column in range(requirements.shape[1]):
            broken = broken or requirements[row, column] == NOT_COMPUTABLE
        if broken:
            flags[row] |= 0 if flags[row] & 256 else 128
        else:
            margin[row] = convert(requirements[row], home[row], numerator, denominator)
        if not flags[row] & (2 | 4):
            equity[row] = convert(equities[row], home[row], numerator, denominator)
            flags[row] |= 64 if equity[row] == NOT_COMPUTABLE else 0
        flags[row] |= 64 if margin[row] == NOT_COMPUTABLE and not broken else 0
        if margin[row] == NOT_COMPUTABLE or equity[row] == NOT_COMPUTABLE:
            continue
        available[row] = equity[row] - margin[row]
        to_call[row] = equity[row] - multiply_divide(margin[row], RATIO, lines[1])
        to_close[row] = equity[row] - multiply_divide(margin[row], RATIO, lines[2])
        if equity[row] > 0:
            ratio[row] = multiply_divide(margin[row], RATIO, equity[row])
            standing[row] = _standing(ratio[row], lines)
        elif margin[row] == 0 and equity[row] == 0:
            ratio[row], standing[row] = 0, 0
        else:
            standing[row] = 3
            flags[row] |= 32
    return equity, margin, available, ratio, to_call, to_close, standing, flags
