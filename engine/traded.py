"""Where trades meet an account: which of its positions each is in, with 0 where nothing is held yet."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from engine.decision import Order
from engine.numbers import Integers
from engine.span.arrays import Batch


def in_short_side(order: Order) -> bool:
    """Whether an order is in the short side of a gross-margined account: a sale that opens, a purchase that closes."""
    return (order.quantity < 0) != order.closes


def with_contracts(batch: Batch, rows: Sequence[int], shorts: Sequence[bool]) -> tuple[Batch, Integers]:
    """An account with contracts among its positions, quantity 0 where it does not hold them.

    Args:
        batch: The account, as a batch of one.
        rows: Contract rows.
        shorts: Whether each is wanted in the short side; of no account to a net account.

    Returns:
        The account, and int64 [rows], the position of the batch that each is.
    """
    gross = bool(len(batch.middles)) and int(batch.middles[0]) >= 0
    sides = [short and gross for short in shorts]
    places = []
    for row, short in zip(rows, sides, strict=True):
        place = _place(batch, row, short)
        places.append(place)
        _, stop = _side(batch, short)
        if place == stop or batch.rows[place] != row:
            # Only one position more at a time: what-ifs have few legs, and most are in what is held.
            longer = (_with_one_more(batch.rows, place, row), _with_one_more(batch.quantities, place, 0))
            middles = batch.middles if short or not gross else batch.middles + 1
            batch = Batch(np.array([0, len(batch.rows) + 1], dtype=np.int64), *longer, middles)
    if len(rows) > 1:
        # A leg that came in later may have moved an earlier one.
        places = [_place(batch, row, short) for row, short in zip(rows, sides, strict=True)]
    return batch, np.array(places, dtype=np.int64)


def _with_one_more(values: Integers, place: int, value: int) -> Integers:
    longer = np.empty(len(values) + 1, dtype=np.int64)
    longer[:place], longer[place], longer[place + 1 :] = values[:place], value, values[place:]
    return longer


def _side(batch: Batch, short: bool) -> tuple[int, int]:
    """Run of positions of a side; all of them where longs and shorts are not apart."""
    if not len(batch.middles) or int(batch.middles[0]) < 0:
        return 0, len(batch.rows)
    middle = int(batch.middles[0])
    return (middle, len(batch.rows)) if short else (0, middle)


def _place(batch: Batch, row: int, short: bool) -> int:
    start, stop = _side(batch, short)
    return start + int(np.searchsorted(batch.rows[start:stop], row))
