"""Loops behind the measures of concentration: sums by owner and code, shares, evenness, largest names."""

from __future__ import annotations

import numpy as np

from engine.compiled import compiled
from engine.exposures import plus
from engine.numbers import LARGEST, NOT_COMPUTABLE, RATIO, Integers, multiply_divide

Cells = tuple[Integers, Integers, Integers, Integers, Integers, Integers]


@compiled
def ratio_of(part: int, whole: int, reciprocal: float) -> int:
    """part / whole in ratio scale, rounded half away from zero: a float's guess, put right by its exact remainder.

    Args:
        part: Any figure up to `LARGEST` in magnitude, or `NOT_COMPUTABLE`.
        whole: Likewise; without a ratio where it is not above 0.
        reciprocal: ``RATIO`` / ``whole``.
    """
    if part == NOT_COMPUTABLE or whole <= 0:
        return NOT_COMPUTABLE
    magnitude = abs(part)
    guessed = float(magnitude) * reciprocal
    if guessed > 1.0e15 or whole > LARGEST // 4:
        return multiply_divide(part, RATIO, whole)
    quotient = int(guessed)
    # Both products may wrap around; their difference is a few times ``whole`` and so comes out exact.
    rest = magnitude * RATIO - quotient * whole
    while rest < 0:
        rest += whole
        quotient -= 1
    while rest >= whole:
        rest -= whole
        quotient += 1
    quotient += 1 if rest >= whole - rest else 0
    return -quotient if part < 0 else quotient


@compiled
def ratios(starts: Integers, parts: Integers, wholes: Integers) -> Integers:
    """int64 [cells], ratio scale: each cell's part of its owner's whole; starts int64 [owners + 1]."""
    result = np.empty(len(parts), dtype=np.int64)
    for owner in range(len(wholes)):
        whole = wholes[owner]
        reciprocal = float(RATIO) / float(whole) if whole > 0 else 0.0
        for cell in range(np.uint64(starts[owner]), np.uint64(starts[owner + 1])):
            result[cell] = ratio_of(parts[cell], whole, reciprocal)
    return result


@compiled
def _sort(touched: Integers, found: int, sums: Integers) -> None:
    """Bring the codes into order: by sorting where they are few, by walking through all where they are many."""
    rank = 1
    while rank < found and touched[rank - 1] < touched[rank]:
        rank += 1
    if rank >= found:
        return
    if found * 16 < len(sums):
        touched[:found].sort()
        return
    place = 0
    for code in range(len(sums)):
        if sums[code, 5] != 0:
            touched[place] = code
            place += 1


@compiled
def _room(size: int) -> Integers:
    """Not cleared: memory that no cell comes to is never touched."""
    return np.empty(size, dtype=np.int64)


@compiled
def _emit(sums: Integers, touched: Integers, count: int, first: int, cells: Cells) -> None:
    """Write an owner's sums behind ``first`` by ascending code, and clear them for the next owner."""
    codes, long, short, gross, delta, why = cells
    for rank in range(np.uint64(count)):
        cell, code = np.uint64(first) + rank, np.uint64(touched[rank])
        codes[cell] = touched[rank]
        long[cell], short[cell] = sums[code, 0], sums[code, 1]
        gross[cell], delta[cell], why[cell] = sums[code, 2], sums[code, 3], sums[code, 4]
        if why[cell] == 0 and min(long[cell], short[cell], gross[cell], delta[cell]) == NOT_COMPUTABLE:
            why[cell] = 16
        for figure in range(6):
            sums[code, figure] = 0


@compiled
def _is_small(
    owner: int,
    owner_starts: Integers,
    members: Integers,
    starts: Integers,
    grosses: Integers,
    deltas: Integers,
    gaps: Integers,
) -> bool:
    """Whether an owner's rows are all computable, and no sum of any of them can leave `LARGEST`."""
    magnitude, why = 0.0, 0
    for member in range(owner_starts[owner], owner_starts[owner + 1]):
        account = members[member]
        for row in range(np.uint64(starts[account]), np.uint64(starts[account + 1])):
            magnitude += float(grosses[row]) + abs(float(deltas[row]))
            why |= gaps[row]
    return why == 0 and magnitude < 4.0e18


@compiled
def _add(
    sums: Integers,
    touched: Integers,
    found: int,
    small: bool,
    first: int,
    stop: int,
    codes: Integers,
    longs: Integers,
    shorts: Integers,
    grosses: Integers,
    deltas: Integers,
    gaps: Integers,
) -> int:
    """Add the rows from ``first`` to ``stop`` to the sums of their codes; how many codes are touched by then."""
    # Without a sign, no index is tried for counting from the end; without views, no references are counted.
    for row in range(np.uint64(first), np.uint64(stop)):
        long, short, gross, delta = longs[row], shorts[row], grosses[row], deltas[row]
        if long == 0 and short == 0 and delta == 0 and gaps[row] == 0:
            continue
        code = np.uint64(codes[row])
        if sums[code, 5] == 0:
            sums[code, 5], touched[found] = 1, codes[row]
            found += 1
        if small:
            sums[code, 0] += long
            sums[code, 1] += short
            sums[code, 2] += gross
            sums[code, 3] += delta
        else:
            sums[code, 0], sums[code, 1] = plus(sums[code, 0], long), plus(sums[code, 1], short)
            sums[code, 2], sums[code, 3] = plus(sums[code, 2], gross), plus(sums[code, 3], delta)
            sums[code, 4] |= gaps[row]
    return found


@compiled
def sums_by_code(
    owner_starts: Integers,
    members: Integers,
    starts: Integers,
    codes: Integers,
    longs: Integers,
    shorts: Integers,
    grosses: Integers,
    deltas: Integers,
    gaps: Integers,
    count: int,
) -> tuple[Integers, Cells]:
    """Add rows of accounts up by owner and code; a row of nothing but 0 is passed over.

    Args:
        owner_starts: int64 [owners + 1], as `engine.concentration.Owners` has them.
        members: int64, accounts of the owners.
        starts: int64 [accounts + 1], rows of each account.
        codes: int64 [rows].
        longs, shorts, grosses, deltas: int64 [rows], money scale.
        gaps: int64 [rows].
        count: How many codes there are.

    Returns:
        int64 [owners + 1] starts of the owners' cells, and int64 [cells] codes, long, short, gross, delta and gaps.
    """
    owners, most = len(owner_starts) - 1, 0
    for account in members:
        most += starts[account + 1] - starts[account]
    most = min(most, owners * count)
    cell_starts, touched = np.zeros(owners + 1, dtype=np.int64), np.empty(count, dtype=np.int64)
    # One row a code, so that adding to it touches one line of memory: four sums, gaps, whether it is touched.
    sums = np.zeros((count, 6), dtype=np.int64)
    cells = (_room(most), _room(most), _room(most), _room(most), _room(most), _room(most))
    for owner in range(owners):
        small = _is_small(owner, owner_starts, members, starts, grosses, deltas, gaps)
        found = 0
        for member in range(owner_starts[owner], owner_starts[owner + 1]):
            account = members[member]
            first, stop = starts[account], starts[account + 1]
            found = _add(sums, touched, found, small, first, stop, codes, longs, shorts, grosses, deltas, gaps)
        _sort(touched, found, sums)
        _emit(sums, touched, found, cell_starts[owner], cells)
        cell_starts[owner + 1] = cell_starts[owner] + found
    size = cell_starts[owners]
    codes_held, long, short, gross, delta, why = cells
    return cell_starts, (codes_held[:size], long[:size], short[:size], gross[:size], delta[:size], why[:size])


@compiled
def totals_of_cells(
    starts: Integers,
    long: Integers,
    short: Integers,
    gross: Integers,
    delta: Integers,
    gaps: Integers,
    owner_starts: Integers,
    members: Integers,
    account_equity: Integers,
) -> tuple[Integers, Integers, Integers, Integers, Integers, Integers]:
    """int64 [owners]: long, short, gross, delta, equity and gaps of each owner; arguments as `Measures` has them."""
    owners = len(starts) - 1
    totals = np.zeros((5, owners), dtype=np.int64)
    why = np.zeros(owners, dtype=np.int64)
    for owner in range(owners):
        bought, sold, both, moved, because = 0, 0, 0, 0, 0
        for cell in range(np.uint64(starts[owner]), np.uint64(starts[owner + 1])):
            bought, sold = plus(bought, long[cell]), plus(sold, short[cell])
            both, moved = plus(both, gross[cell]), plus(moved, delta[cell])
            because |= gaps[cell]
        if because == 0 and min(bought, sold, both, moved) == NOT_COMPUTABLE:
            because = 16
        totals[0, owner], totals[1, owner], totals[2, owner], totals[3, owner] = bought, sold, both, moved
        why[owner] = because
        for member in range(owner_starts[owner], owner_starts[owner + 1]):
            totals[4, owner] = plus(totals[4, owner], account_equity[members[member]])
        if totals[4, owner] == NOT_COMPUTABLE:
            why[owner] |= 32
        elif totals[4, owner] <= 0:
            why[owner] |= 64
        why[owner] |= 128 if totals[2, owner] == 0 else 0
    return totals[0], totals[1], totals[2], totals[3], totals[4], why


@compiled
def herfindahl(starts: Integers, amounts: Integers) -> tuple[Integers, Integers]:
    """Herfindahl index of each owner's amounts, and its inverse.

    Args:
        starts: int64 [owners + 1].
        amounts: int64 [cells], 0 or more; their sum is cut to 30 bits, so that squares stay exact.

    Returns:
        int64 [owners] both, ratio scale; `NOT_COMPUTABLE` where an amount is, or all are 0.
    """
    owners = len(starts) - 1
    index, number = np.full(owners, NOT_COMPUTABLE), np.full(owners, NOT_COMPUTABLE)
    for owner in range(owners):
        whole, shift = 0, 0
        for cell in range(starts[owner], starts[owner + 1]):
            whole = plus(whole, amounts[cell])
        if whole <= 0:
            continue
        while whole >> shift >= 2**30:
            shift += 1
        total, squares = 0, 0
        for cell in range(starts[owner], starts[owner + 1]):
            part = amounts[cell] >> shift
            total += part
            squares += part * part
        if squares > 0:
            index[owner] = ratio_of(squares, total * total, float(RATIO) / float(total * total))
            number[owner] = ratio_of(total * total, squares, float(RATIO) / float(squares))
    return index, number


@compiled
def largest_cells(starts: Integers, amounts: Integers, count: int) -> Integers:
    """int64 [owners, count], cells of each owner by descending amount, those not computable first, then -1."""
    owners = len(starts) - 1
    cells, best = np.full((owners, count), -1), np.empty(count, dtype=np.int64)
    for owner in range(owners):
        best[:] = -1
        for cell in range(starts[owner], starts[owner + 1]):
            amount = LARGEST if amounts[cell] == NOT_COMPUTABLE else amounts[cell]
            slot = count - 1
            if amount <= best[slot]:
                continue
            while slot > 0 and amount > best[slot - 1]:
                best[slot], cells[owner, slot] = best[slot - 1], cells[owner, slot - 1]
                slot -= 1
            best[slot], cells[owner, slot] = amount, cell
    return cells
