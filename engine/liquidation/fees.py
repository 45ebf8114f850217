"""What exchange and broker charge for orders: money a contract or a share of turnover, other for closing today's.

Some exchanges let an order say whether it closes what was opened today: then a plan closes first what costs less. On
the others the exchange decides, and the dearer of both is counted for as many contracts as it may be.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from engine.compiled import compiled
from engine.instruments import Contract
from engine.numbers import LARGEST, NOT_COMPUTABLE, Integers, multiply_divide
from engine.reference import FEE_SHARE, Fee, Reference
from engine.span.parameters import ParameterSet

FEE_COLUMNS: Final = ("fee_each", "fee_share", "today_each", "today_share")
"""Attributes of `engine.liquidation.trading_cost.TradingCost`: the first two for all trades but closing today's."""


def fees_of(parameters: ParameterSet, reference: Reference) -> dict[str, Integers]:
    """int64 [contracts] each, by `FEE_COLUMNS`; `NOT_COMPUTABLE` in both of a pair where a fee is not known."""
    families = [reference.product(family.exchange, family.code) for family in parameters.families]
    own = np.array([_row(known.fee, known.fee_close_today) for known in families], dtype=np.int64).reshape(-1, 4)
    rows = own[parameters.contracts.family]
    for identity, one in reference.contracts.items():
        row = parameters.find(Contract.parse(identity))
        if row >= 0 and (one.fee is not None or one.fee_close_today is not None):
            product = families[int(parameters.contracts.family[row])]
            rows[row] = _row(
                one.fee or product.fee, one.fee_close_today or (None if one.fee else product.fee_close_today)
            )
    return dict(zip(FEE_COLUMNS, np.ascontiguousarray(rows.T), strict=True))


def _row(fee: Fee | None, today: Fee | None) -> tuple[int, int, int, int]:
    """One contract's figures: closing today's costs what everything does, unless told."""
    unknown = (NOT_COMPUTABLE, NOT_COMPUTABLE)
    usual = unknown if fee is None else (fee.each, fee.share)
    return (*usual, *(usual if today is None else (today.each, today.share)))


@compiled
def charged(
    columns: Integers,
    others: Integers,
    todays: Integers,
    prices: Integers,
    fees: tuple[Integers, Integers, Integers, Integers],
    worth: tuple[Integers, Integers, Integers, Integers],
) -> Integers:
    """int64 [orders], money scale: fees of orders, or `NOT_COMPUTABLE`.

    Args:
        columns: int64 [orders].
        others: int64 [orders], contracts traded but for those that close what was opened today.
        todays: int64 [orders], contracts that do.
        prices: int64 [orders], price scale.
        fees: As `fees_of` has them.
        worth: int64 [columns] each: numerator and denominator of a price's money a contract, and of the rate into the
            account's currency.
    """
    result = np.zeros(len(columns), dtype=np.int64)
    for order in range(len(columns)):
        column = columns[order]
        listed = column < len(worth[0])
        fee = _fee(others[order], fees[0][column], fees[1][column], prices[order], column, worth, listed)
        today = _fee(todays[order], fees[2][column], fees[3][column], prices[order], column, worth, listed)
        result[order] = NOT_COMPUTABLE
        if min(fee, today) == NOT_COMPUTABLE:
            continue
        if fee + today == 0:
            result[order] = 0
        elif worth[2][column]:
            result[order] = multiply_divide(fee + today, worth[2][column], worth[3][column])
    return result


@compiled
def _fee(
    count: int,
    each: int,
    share: int,
    price: int,
    column: int,
    worth: tuple[Integers, Integers, Integers, Integers],
    listed: bool,
) -> int:
    """Fee of some contracts in their own currency; half of `LARGEST` at the most, so that two add up."""
    if count == 0:
        return 0
    if each == NOT_COMPUTABLE or not listed:
        return NOT_COMPUTABLE
    amount = multiply_divide(count, each, 1)
    if share:
        turnover = multiply_divide(count, abs(price), 1)
        if turnover != NOT_COMPUTABLE:
            turnover = multiply_divide(turnover, worth[0][column], worth[1][column])
        amount = multiply_divide(turnover, share, FEE_SHARE) if turnover != NOT_COMPUTABLE else NOT_COMPUTABLE
    return amount if amount <= LARGEST // 2 else NOT_COMPUTABLE
