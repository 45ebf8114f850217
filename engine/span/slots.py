"""Period slots: one for each month that a combined commodity has contracts in, commodities one after the other."""

from __future__ import annotations

from typing import NamedTuple

from engine.numbers import Integers


class Slots(NamedTuple):
    """All period slots.

    Attributes:
        starts: int64 [commodities + 1], run of slots of each commodity.
        group: int64 [slots], scan group of each: one a commodity, or one a scan tier where it has tiers.
    """

    starts: Integers
    group: Integers
