"""Loops behind the measures of liquidity: cost of closing against quoted depth, shares of the market, days."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from engine.compiled import compiled, inlined
from engine.concentration_kernels import ratio_of
from engine.exposures import plus
from engine.numbers import NOT_COMPUTABLE, RATIO, Integers, multiply_divide

Booleans = npt.NDArray[np.bool_]


@compiled
def spread_values(
    bid: Integers,
    ask: Integers,
    fresh: Booleans,
    numerator: Integers,
    denominator: Integers,
    rate: Integers,
    per: Integers,
) -> tuple[Integers, Integers]:
    """int64 [columns] both: what the spread of one contract is worth, money scale, and `Shortage` bits.

    Args:
        bid, ask: int64 [columns], price scale, or `NOT_COMPUTABLE`.
        fresh: bool [columns], whether quotes are recent.
        numerator, denominator: int64 [listed contracts], money from price as in `ContractValues`.
        rate, per: int64 [listed contracts], into the currency wanted; a rate of 0 is none.
    """
    value, why = np.full(len(bid), NOT_COMPUTABLE), np.full(len(bid), 4)
    for column in range(len(numerator)):
        if min(bid[column], ask[column]) == NOT_COMPUTABLE or ask[column] < bid[column]:
            why[column] = 1
        elif not fresh[column]:
            why[column] = 2
        elif rate[column] == 0:
            why[column] = 8
        else:
            own = multiply_divide(ask[column] - bid[column], numerator[column], denominator[column])
            value[column] = own if rate[column] == per[column] else multiply_divide(own, rate[column], per[column])
            why[column] = 16 if value[column] == NOT_COMPUTABLE else 0
    return value, why


@inlined
def walked(contracts: int, size: int, spread: int) -> int:
    """Cost of trading through layers of ``size`` contracts, a spread apart, from the middle; or `NOT_COMPUTABLE`."""
    layers = contracts // size
    rest = contracts - layers * size
    # Half spreads: layer k of size s costs (2 k - 1) s of them, so n whole layers n * n * s.
    if float(layers) * float(layers) * float(size) + float(rest) * float(2 * layers + 1) > 1.0e15:
        return NOT_COMPUTABLE
    halves = layers * layers * size + rest * (2 * layers + 1)
    if float(halves) * float(spread) > 8.0e18:
        return NOT_COMPUTABLE
    return (halves * spread + 1) // 2


@compiled
def close_positions(
    starts: Integers,
    columns: Integers,
    longs: Integers,
    shorts: Integers,
    gross: Booleans,
    spread: Integers,
    why: Integers,
    bids: Integers,
    offers: Integers,
) -> tuple[Integers, Integers, Integers, Integers]:
    """int64 [positions]: contracts to trade, net, cost and `Shortage` bits.

    Args:
        starts: int64 [accounts + 1].
        columns, longs, shorts: int64 [positions].
        gross: bool [accounts], whether both sides are closed apart.
        spread, why: int64 [columns], as of `spread_values`.
        bids, offers: int64 [columns], contracts quoted.
    """
    count = len(columns)
    contracts, net = np.empty(count, dtype=np.int64), np.empty(count, dtype=np.int64)
    cost, shortages = np.empty(count, dtype=np.int64), np.empty(count, dtype=np.int64)
    for account in range(len(starts) - 1):
        for position in range(starts[account], starts[account + 1]):
            column = columns[position]
            long, short = longs[position], shorts[position]
            net[position] = long - short
            quoted = spread[column], why[column], bids[column], offers[column]
            contracts[position], cost[position], shortages[position] = closing_cost(
                long, short, gross[account], *quoted
            )
    return contracts, net, cost, shortages


@compiled
def closing_cost(
    long: int, short: int, gross: bool, spread: int, why: int, bids: int, offers: int
) -> tuple[int, int, int]:
    """Contracts to trade to close one position, what that costs, and `Shortage` bits.

    Args:
        long, short: Contracts held.
        gross: Whether both sides are closed apart.
        spread, why: As of `spread_values`.
        bids, offers: Contracts quoted.
    """
    if not gross:
        both = min(long, short)
        long, short = long - both, short - both
    if long + short == 0:
        return 0, 0, 0
    if why == 0 and ((long > 0 and bids <= 0) or (short > 0 and offers <= 0)):
        why = 1
    if why != 0:
        return long + short, NOT_COMPUTABLE, why
    total = walked(long, bids, spread) if long > 0 else 0
    if short > 0:
        total = plus(total, walked(short, offers, spread))
    return long + short, total, 16 if total == NOT_COMPUTABLE else 0


@compiled
def days_to_trade(contracts: int, volume: int, participation: int) -> int:
    """Days, ratio scale, to trade contracts at a share (ratio scale) of the daily volume; or `NOT_COMPUTABLE`."""
    if contracts == 0:
        return 0
    if volume <= 0 or contracts == NOT_COMPUTABLE:
        return NOT_COMPUTABLE
    # Contracts a day in ratio scale are at most 2**62 / 10**6 x 10**6: the quotient stays exact.
    return multiply_divide(contracts, RATIO * RATIO, multiply_divide(volume, participation, 1))


@compiled
def shares_of_market(
    codes: Integers,
    contracts: Integers,
    net: Integers,
    why: Integers,
    interest: Integers,
    volume: Integers,
    participation: int,
) -> tuple[Integers, Integers, Integers, Integers]:
    """int64 [cells]: share of open interest, share of volume, days, and all `Shortage` bits.

    Args:
        codes, contracts, net, why: int64 [cells].
        interest, volume: int64 [codes], contracts, or `NOT_COMPUTABLE`.
        participation: Ratio scale.
    """
    size = len(codes)
    of_interest, of_volume = np.empty(size, dtype=np.int64), np.empty(size, dtype=np.int64)
    days, all_why = np.empty(size, dtype=np.int64), np.empty(size, dtype=np.int64)
    for cell in range(size):
        code = codes[cell]
        open_contracts, traded, gap = interest[code], volume[code], why[cell]
        of_interest[cell] = of_volume[cell] = days[cell] = NOT_COMPUTABLE
        if open_contracts > 0:
            of_interest[cell] = ratio_of(abs(net[cell]), open_contracts, float(RATIO) / float(open_contracts))
        else:
            gap |= 64
        if contracts[cell] == 0:
            of_volume[cell] = days[cell] = 0
        elif traded > 0:
            of_volume[cell] = ratio_of(contracts[cell], traded, float(RATIO) / float(traded))
            days[cell] = days_to_trade(contracts[cell], traded, participation)
            if days[cell] == NOT_COMPUTABLE:
                gap |= 16
        else:
            gap |= 32
        all_why[cell] = gap
    return of_interest, of_volume, days, all_why


@compiled
def totals(starts: Integers, cost: Integers, days: Integers, why: Integers) -> tuple[Integers, Integers, Integers]:
    """int64 [owners]: cost of all cells, days of the slowest, and `Shortage` bits of all."""
    owners = len(starts) - 1
    total, longest = np.zeros(owners, dtype=np.int64), np.zeros(owners, dtype=np.int64)
    all_why = np.zeros(owners, dtype=np.int64)
    for owner in range(owners):
        for cell in range(starts[owner], starts[owner + 1]):
            total[owner] = plus(total[owner], cost[cell])
            all_why[owner] |= why[cell]
            if min(days[cell], longest[owner]) == NOT_COMPUTABLE:
                longest[owner] = NOT_COMPUTABLE
            else:
                longest[owner] = max(longest[owner], days[cell])
    return total, longest, all_why


@compiled
def slowest(
    starts: Integers, codes: Integers, days: Integers, outer_starts: Integers, outer_codes: Integers, count: int
) -> Integers:
    """int64 [outer cells]: the most days of the inner cells of each, `NOT_COMPUTABLE` where one is.

    Args:
        starts: int64 [owners + 1], inner cells.
        codes: int64 [inner cells], outer code of each.
        days: int64 [inner cells].
        outer_starts: int64 [owners + 1].
        outer_codes: int64 [outer cells].
        count: How many outer codes there are.
    """
    longest, result = np.zeros(count, dtype=np.int64), np.empty(len(outer_codes), dtype=np.int64)
    for owner in range(len(starts) - 1):
        for cell in range(starts[owner], starts[owner + 1]):
            code = codes[cell]
            known = min(days[cell], longest[code]) != NOT_COMPUTABLE
            longest[code] = max(longest[code], days[cell]) if known else NOT_COMPUTABLE
        for cell in range(outer_starts[owner], outer_starts[owner + 1]):
            result[cell] = longest[outer_codes[cell]]
            longest[outer_codes[cell]] = 0
    return result
