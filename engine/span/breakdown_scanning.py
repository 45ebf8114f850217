"""Scanning spreads in a margin breakdown: what a target's scenario is made of, leg by leg down to the positions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

import numpy as np

from engine.numbers import divide_half_away
from engine.snapshot import BreakdownNode
from engine.span.breakdown_lines import AccountFigures, line, sum_of
from engine.span.scanning_spreads import Formed
from engine.text import text


def losses_in(account: AccountFigures, pair: int, group: int, point: int) -> list[BreakdownNode]:
    """What the scenario ``point`` (from 0) of a scan group adds up from: positions, and legs of scanning spreads."""
    merged = account.result.merged
    return _parts(account, pair, int(account.result.sums.group[group]), point, merged.formed if merged else ())


def margined_elsewhere(account: AccountFigures, pair: int) -> BreakdownNode | None:
    """The line that says which commodity a leg is margined with, or None where it is margined by itself."""
    merged = account.result.merged
    if merged is None or merged.into[pair] < 0:
        return None
    target = int(merged.into[pair])
    formed = next(one for one in merged.formed if one.target == target and pair in [other for _, other in one.legs])
    code, priority = account.commodity(target).code, account.table.scanning_order[formed.spread].priority
    return BreakdownNode(text("Margined with {code} by scanning spread {priority}", code=code, priority=priority), None)


def _parts(
    account: AccountFigures, pair: int, scan_group: int, point: int, formed: Sequence[Formed]
) -> list[BreakdownNode]:
    """What a scenario of a pair adds up from once the spreads ``formed`` are; ``scan_group`` is the table's number."""
    last = max((place for place, one in enumerate(formed) if one.target == pair), default=-1)
    if last < 0:
        return _positions(account, pair, scan_group, point)
    found: list[BreakdownNode] = []
    for leg, other in formed[last].legs:
        parts = list(_of_leg(account, leg, other, scan_group, point, formed[:last]))
        if not parts:
            continue
        counted = list(_counted(account, formed[last], leg, parts))
        found += counted if other == pair else [_leg_line(account, formed[last], other, counted)]
    return found


def _of_leg(
    account: AccountFigures, leg: int, pair: int, scan_group: int, point: int, formed: Sequence[Formed]
) -> Iterator[BreakdownNode]:
    """What a leg brings into one scan group of the target."""
    scanning, (starts, groups) = account.table.scanning, account.table.slots
    shift = int(scanning.map_starts[leg]) - int(starts[scanning.commodity[leg]])
    sums = account.result.sums
    for own in sums.group[sums.group_starts[pair] : sums.group_starts[pair + 1]].tolist():
        slot = int(np.searchsorted(groups, own))
        if groups[scanning.slot_map[shift + slot]] == scan_group:
            yield from _parts(account, pair, own, point, formed)


def _counted(
    account: AccountFigures, formed: Formed, leg: int, parts: Sequence[BreakdownNode]
) -> Iterator[BreakdownNode]:
    """The parts, and what is missing of a gain that does not count in full."""
    yield from parts
    total, scanning = sum_of(parts), account.table.scanning
    if total < 0:
        missing = int(divide_half_away(total * int(scanning.rate[leg]), scanning.rate_one)) - total
        if missing:
            rate = Decimal(int(scanning.rate[leg])) / scanning.rate_one
            priority = account.table.scanning_order[formed.spread].priority
            label = text(
                "a gain counts at {rate} in scanning spread {priority}",
                rate=format(rate.normalize(), "f"),
                priority=priority,
            )
            yield line(label, missing, account.commodity(formed.target).currency)


def _leg_line(account: AccountFigures, formed: Formed, pair: int, parts: Sequence[BreakdownNode]) -> BreakdownNode:
    priority = account.table.scanning_order[formed.spread].priority
    label = text("{code} by scanning spread {priority}", code=account.commodity(pair).code, priority=priority)
    return line(label, sum_of(parts), account.commodity(pair).currency, None, parts)


def _positions(account: AccountFigures, pair: int, scan_group: int, point: int) -> list[BreakdownNode]:
    """The positions of a pair in a scan group, the largest loss first."""
    table, currency = account.table, account.commodity(pair).currency
    losses = [
        account.position(row, quantity, quantity * int(table.scenario[row, point]), currency)
        for row, quantity in account.held(pair)
        if table.group[row] == scan_group
    ]
    losses.sort(key=lambda loss: -(loss.amount or 0))
    return losses
