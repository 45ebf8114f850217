"""Spreads formed tier by tier or month by month, laid out for the kernel in bucket_spreads.py."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from engine.numbers import Integers
from engine.span.parameters import Buckets

if TYPE_CHECKING:
    from engine.span.arrays import SpanTable


class BucketTable(NamedTuple):
    """What of each spread formed in buckets is not in `InterSpreads`.

    Attributes:
        spread: int64 [spreads], place in `InterSpreads`.
        starts: int64 [spreads + 1], run of buckets of each.
        slot_starts: int64 [buckets], where the legs of a bucket start in ``slots``.
        slots: int64 [legs of buckets, 2], first slot of a leg in a bucket and the one after the last.
    """

    spread: Integers
    starts: Integers
    slot_starts: Integers
    slots: Integers

    def __bool__(self) -> bool:
        """Whether there is any such spread."""
        return len(self.spread) > 0


def bucket_table(table: SpanTable) -> BucketTable:
    """Lay out the spreads of `SpanTable.inter_order` that are formed in buckets."""
    places = [place for place, spread in enumerate(table.inter_order) if spread.buckets is not Buckets.WHOLE]
    starts, slot_starts = [0], []
    slots: list[tuple[int, int]] = []
    for place in places:
        owners = table.inter.leg_commodity[slice(*table.inter.leg_starts[place : place + 2].tolist())].tolist()
        runs = [_buckets(table, owner, table.inter_order[place].buckets) for owner in owners]
        # Where a leg has no such tier or month, no spread is formed.
        for number in sorted(set(runs[0]).intersection(*runs[1:])):
            slot_starts.append(len(slots))
            slots += [run[number] for run in runs]
        starts.append(len(slot_starts))
    columns = (places, starts, slot_starts, np.array(slots, dtype=np.int64).reshape(-1, 2))
    return BucketTable(*(np.asarray(column, dtype=np.int64) for column in columns))


def _buckets(table: SpanTable, commodity: int, kind: Buckets) -> dict[int, tuple[int, int]]:
    """Run of period slots of each tier, by its number, or of each month, by its place among all periods."""
    if kind is Buckets.TIERS:
        tiers = table.parameters.commodities[commodity].inter_tiers
        return {tier.number: table.slots_between(commodity, tier.start, tier.end) for tier in tiers if tier.number}
    first, last = table.slot_starts[commodity : commodity + 2].tolist()
    return {int(table.slot_period[slot]): (slot, slot + 1) for slot in range(first, last)}
