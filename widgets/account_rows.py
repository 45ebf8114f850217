"""Which accounts are shown, in which order, under which group: worst first. Plain arrays, no Qt."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from engine.numbers import LARGEST, NOT_COMPUTABLE, RATIO, Integers, parse_scaled
from engine.snapshot import AccountTable, Standing

URGENCY = np.zeros(len(Standing), dtype=np.int64)
"""How early each standing is shown: what cannot be computed comes after what must be closed, before all else."""
URGENCY[[Standing.OK, Standing.WARNING, Standing.CALL, Standing.UNKNOWN, Standing.CLOSE]] = range(5)
_ABOVE = re.compile(r">(\d+(?:\.\d{1,4})?)%?$")


@dataclass(frozen=True, slots=True)
class Grouping:
    """What stays the same while only figures change.

    Attributes:
        names: Names of the groups.
        codes: int64 [accounts], each account's group.
        by_group: int64 [accounts], rows ordered by group.
        starts: int64 [groups], where each group starts in ``by_group``.
        currencies: The currency of each group, empty where it has several.
        words: What the filter is compared with, by row.
    """

    names: tuple[str, ...]
    codes: Integers
    by_group: Integers
    starts: Integers
    currencies: tuple[str, ...]
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Order:
    """Groups in the order shown, and the rows of each group in the order shown (int64 each)."""

    groups: Integers
    members: tuple[Integers, ...]

    def same_rows(self, other: Order) -> bool:
        """Whether both show the same accounts, in whatever order."""
        return np.array_equal(np.sort(self.groups), np.sort(other.groups)) and np.array_equal(
            np.sort(_joined(self.members)), np.sort(_joined(other.members))
        )

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Order)
            and np.array_equal(self.groups, other.groups)
            and np.array_equal(_joined(self.members), _joined(other.members))
        )

    def __hash__(self) -> int:
        return hash((len(self.groups), len(self.members)))


def group_accounts(table: AccountTable) -> Grouping:
    """Sort out who belongs to which group."""
    index: dict[str, int] = {}
    codes = np.array([index.setdefault(group, len(index)) for group in table.groups], dtype=np.int64)
    by_group = np.argsort(codes, kind="stable")
    starts = np.searchsorted(codes[by_group], np.arange(len(index)))
    held: list[set[str]] = [set() for _ in index]
    for code, currency in zip(codes.tolist(), table.currencies, strict=True):
        held[code].add(currency)
    return Grouping(
        names=tuple(index),
        codes=codes,
        by_group=by_group,
        starts=starts,
        currencies=tuple(next(iter(each)) if len(each) == 1 else "" for each in held),
        words=tuple(f"{name}\n{group}".casefold() for name, group in zip(table.names, table.groups, strict=True)),
    )


def group_sums(column: Integers, grouping: Grouping) -> Integers:
    """int64 [groups]: the sum over each group; `NOT_COMPUTABLE` where a member is, or the sum leaves 62 bits."""
    if not len(column):
        return column
    ordered = column[grouping.by_group]
    missing = np.logical_or.reduceat(ordered == NOT_COMPUTABLE, grouping.starts)
    # A float is good enough to see that a sum of integers would not fit.
    missing |= np.abs(np.add.reduceat(ordered.astype(np.float64), grouping.starts)) > LARGEST
    sums = np.add.reduceat(ordered, grouping.starts)
    sums[missing] = NOT_COMPUTABLE
    return sums


def wanted_rows(table: AccountTable, grouping: Grouping, pattern: str) -> npt.NDArray[np.bool_]:
    """bool [accounts]: whose name or group holds every word of ``pattern``, and whose ratio is above ``>80``."""
    wanted = np.ones(len(table), dtype=np.bool_)
    for word in pattern.casefold().split():
        above = _ABOVE.match(word)
        if above:
            wanted &= table.ratio > parse_scaled(above[1], 4)
        else:
            wanted &= np.fromiter((word in words for words in grouping.words), dtype=np.bool_, count=len(table))
    return wanted


def worst_first(table: AccountTable, grouping: Grouping, wanted: npt.NDArray[np.bool_]) -> Order:
    """Accounts by standing and ratio, worst first; groups by their worst account; ties by place in the table."""
    rows = np.flatnonzero(wanted)
    ratio = np.maximum(table.ratio[rows], -LARGEST)
    rows = rows[np.lexsort((rows, -ratio, -URGENCY[table.standing[rows]]))]
    codes = grouping.codes[rows]
    groups, first = np.unique(codes, return_index=True)
    groups = groups[np.argsort(first)]
    return Order(groups, tuple(rows[codes == group] for group in groups.tolist()))


def bar_end(call: int, close: int) -> int:
    """The ratio at the right end of every bar: room beyond the forced-close line, so that its tick is inside."""
    return max(close, call) + RATIO // 10


def _joined(members: tuple[Integers, ...]) -> Integers:
    return np.concatenate(members) if members else np.zeros(0, dtype=np.int64)
