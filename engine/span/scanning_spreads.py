"""Scanning spreads (positional method 04, XML sSpread): commodities that are margined together as one of them.

A spread is formed once, for whole commodities. It needs as many held legs as it says, each required one of them with
deltas left. Of each held leg, in each scenario, a loss counts in full and a gain at the credit rate, rounded to the
scale of money (our reading); the sums are the target's scenarios from then on. Deltas of the legs go into the same
months of the target, times target ratio / leg ratio, rounded month by month (our reading): those left, which later
spreads use, and the original ones, which the weighted price risk is found from. The legs disappear: their charges,
credits, short option minimum and option value are the target's. Where the target is not held it comes into being.

Market sides and the tier of a leg have no meaning here (our reading: the published example has none). A rate of a leg
is for its own gains (our reading). Where a commodity has scan tiers, gains and losses add up tier by tier.

In most markets there is none of this; all that follows is only called where there is.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from engine.compiled import borrowing, compiled
from engine.numbers import LARGEST, NOT_COMPUTABLE, Integers, multiply_divide
from engine.span.arrays import SpanTable
from engine.span.room import POINTS, with_room
from engine.span.scan import Deltas, Scan, fold, rounded_deltas, scan, weighted_price_risk
from engine.span.scanning_table import ScanningTable
from engine.span.scanning_targets import HELD, formed_into, targets
from engine.span.slots import Slots
from engine.span.summing import Sums

NOTHING: Integers = np.zeros(0, dtype=np.int64)


class Formed(NamedTuple):
    """A scanning spread that was formed, for an explanation.

    Attributes:
        spread: Which one, a place in `SpanTable.scanning_order`.
        target: Pair that the legs went into.
        legs: Legs that were held, the target among them where it was: place in `ScanningTable`, pair.
        written: How many legs of delta spreads between commodities were written down before.
        weighted_price_risk: int64 [pairs], money scale, before.
    """

    spread: int
    target: int
    legs: tuple[tuple[int, int], ...]
    written: int
    weighted_price_risk: Integers


class Merged(NamedTuple):
    """Commodities that are margined together.

    Attributes:
        into: int64 [pairs], pair that each one went into, or -1.
        formed: The spreads they did that by, in order; empty, as are the rest, unless an explanation is asked for.
        delta: int64 [runs], deltas when the delivery charge was taken.
        left: int64 [runs], what spreads had left of these.
        weighted_price_risk: int64 [pairs], money scale, at that time.
    """

    into: Integers
    formed: tuple[Formed, ...]
    delta: Integers
    left: Integers
    weighted_price_risk: Integers

    def members(self, pair: int) -> list[int]:
        """The pair itself and all that went into it, directly or through another."""
        found = [pair]
        for one in found:
            found += np.flatnonzero(self.into == one).tolist()
        return found


class Figures(NamedTuple):
    """What a scanning spread changes: arrays over groups, pairs or runs, all written in place."""

    by_group: Scan
    by_pair: Scan
    deltas: Deltas
    remaining: Integers
    weighted_price_risk: Integers


class Merging:
    """Scanning spreads of a batch, formed one after the other.

    Args:
        table: The parameters, laid out.
        sums: Sums over positions.
        explained: Whether to keep what was formed.

    Attributes:
        sums: The sums, with room for targets that are not held and for months that legs bring along.
    """

    def __init__(self, table: SpanTable, sums: Sums, explained: bool) -> None:
        self._table = table
        self._explained = explained
        self._width = len(table.parameters.commodities)
        self._held = sums
        self._room(targets(table.scanning, sums, self._width))

    def _room(self, wanted: Integers) -> None:
        self._wanted = wanted
        self.sums = with_room(self._table.slots, self._held, wanted, self._width) if len(wanted) else self._held
        self._into = np.full(len(self.sums.commodity), -1, dtype=np.int64)
        self._alive = self.sums.options[:, HELD] > 0
        self._formed: list[Formed] = []
        self._between = (NOTHING, NOTHING, NOTHING)

    def narrowed(self) -> bool:
        """Give back room that nothing went into; whether there was any, and all is to be done again."""
        used = formed_into(self.sums, self._into, self._width)
        if len(used) == len(self._wanted):
            return False
        self._room(used)
        return True

    def form(self, spread: int, figures: Figures, written: int) -> None:
        """Form a scanning spread wherever it can be, and find again what follows from the sums.

        Args:
            spread: Which one, a place in `SpanTable.scanning_order`.
            figures: What follows.
            written: How many legs of delta spreads between commodities were written down before.
        """
        table, sums, deltas, left = self._table, self.sums, figures.deltas, figures.remaining
        before, weighted = self._into.copy(), figures.weighted_price_risk.copy()
        scanning, slots = table.scanning, table.slots
        if not form_scanning(scanning, slots, spread, sums, deltas.delta, left, self._alive, self._into):
            return
        if self._explained:
            self._note(spread, before, written, weighted)
        deltas.net[:] = rounded_deltas(deltas.starts, deltas.delta, 1)[1]
        by_group = scan(table, sums)
        for now, new in zip(figures.by_group, by_group, strict=True):
            now[:] = new
        for now, new in zip(figures.by_pair, fold(by_group, sums.group_starts), strict=True):
            now[:] = new
        figures.weighted_price_risk[:] = weighted_price_risk(table, sums, figures.by_pair.price, deltas.net)

    def _note(self, spread: int, before: Integers, written: int, weighted: Integers) -> None:
        scanning, commodity = self._table.scanning, self.sums.commodity
        gone = np.flatnonzero((self._into >= 0) & (before < 0))
        first, last = scanning.leg_starts[spread : spread + 2].tolist()
        places = {int(scanning.commodity[leg]): leg for leg in range(first, last)}
        for target in np.unique(self._into[gone]).tolist():
            pairs = [*gone[self._into[gone] == target].tolist(), target]
            legs = tuple(sorted((places[int(commodity[pair])], pair) for pair in pairs))
            self._formed.append(Formed(spread, target, legs, written, weighted))

    def between(self, figures: Figures) -> None:
        """Keep, for an explanation, what intra-commodity spreads and the delivery charge were found from."""
        if self._explained:
            copies = (figures.deltas.delta, figures.remaining, figures.weighted_price_risk)
            delta, left, weighted = (each.copy() for each in copies)
            self._between = (delta, left, weighted)

    def merged(self) -> Merged:
        """What went into what."""
        return Merged(self._into, tuple(self._formed), *self._between)

    def gathered_sums(self) -> Sums:
        """The sums, with the option figures of legs added to those of the pair they went into."""
        options = np.stack([self.gathered(column) for column in self.sums.options.T], axis=1)
        return self.sums._replace(options=options)

    def gathered(self, values: Integers) -> Integers:
        """int64 [pairs]: ``values`` of legs added to those of the pair they went into in the end, and 0 themselves."""
        result: Integers = gather(self._into, values)
        return result


@borrowing
def _pair_of(commodity: Integers, first: int, last: int, wanted: int) -> int:
    """The pair of a commodity among those of an account, or -1."""
    for pair in range(first, last):
        if commodity[pair] == wanted:
            return pair
    return -1


@compiled
def form_scanning(
    table: ScanningTable,
    slots: Slots,
    spread: int,
    sums: Sums,
    delta: Integers,
    remaining: Integers,
    alive: npt.NDArray[np.bool_],
    into: Integers,
) -> int:
    """Form one spread in every account that can; in how many it was formed."""
    begin, end, formed = table.leg_starts[spread], table.leg_starts[spread + 1], 0
    pairs = np.empty(end - begin, dtype=np.int64)
    goal = begin + table.target[spread]
    for account in range(len(sums.account_starts) - 1):
        first, last = sums.account_starts[account], sums.account_starts[account + 1]
        if len(sums.middles) and sums.middles[account] >= 0:
            continue
        target = _pair_of(sums.commodity, first, last, table.commodity[goal])
        present, possible = 0, target >= 0
        for leg in range(begin, end):
            pair = _pair_of(sums.commodity, first, last, table.commodity[leg])
            pair = pair if pair >= 0 and alive[pair] else -1
            pairs[leg - begin] = pair
            present += pair >= 0
            if table.required[leg] and (pair < 0 or not _any_delta(sums.run_starts, remaining, pair)):
                possible = False
        others = present - (1 if pairs[goal - begin] >= 0 else 0)
        if possible and others > 0 and present >= table.minimum[spread]:
            _merge(table, slots, begin, goal, pairs, target, sums, delta, remaining)
            for pair in pairs:
                if pair >= 0 and pair != target:
                    into[pair], alive[pair] = target, False
            alive[target] = True
            formed += 1
    return formed


@borrowing
def _any_delta(run_starts: Integers, remaining: Integers, pair: int) -> bool:
    """Whether the deltas left of a pair are not 0 in sum, or too large to tell."""
    total = 0
    for run in range(run_starts[pair], run_starts[pair + 1]):
        if remaining[run] == NOT_COMPUTABLE:
            return True
        total += remaining[run]
    return total != 0


@compiled
def _merge(
    table: ScanningTable,
    slots: Slots,
    begin: int,
    goal: int,
    pairs: Integers,
    target: int,
    sums: Sums,
    delta: Integers,
    remaining: Integers,
) -> None:
    """Put the scenarios and deltas of the held legs into those of the target."""
    start, stop = sums.group_starts[target], sums.group_starts[target + 1]
    base = slots.group[slots.starts[table.commodity[goal]]]
    merged, part = np.zeros((stop - start, POINTS), np.int64), np.zeros((stop - start, POINTS), np.int64)
    for place in range(len(pairs)):
        pair, leg = pairs[place], begin + place
        if pair < 0:
            continue
        part[:] = 0
        shift = table.map_starts[leg] - slots.starts[table.commodity[leg]]
        group, last_group = sums.group_starts[pair] - 1, -1
        for run in range(sums.run_starts[pair], sums.run_starts[pair + 1]):
            slot = table.slot_map[shift + sums.slot[run]]
            if slots.group[sums.slot[run]] != last_group:
                last_group = slots.group[sums.slot[run]]
                group += 1
                _add_scenarios(part[slots.group[slot] - base], sums.scenario[group], 1, 1)
                sums.scenario[group] = 0
            if pair != target:
                there = sums.run_starts[target] + slot - slots.starts[table.commodity[goal]]
                delta[there] = _sum(delta[there], scaled(delta[run], table.ratio[goal], table.ratio[leg]))
                remaining[there] = _sum(remaining[there], scaled(remaining[run], table.ratio[goal], table.ratio[leg]))
                delta[run] = remaining[run] = 0
        for each in range(stop - start):
            _add_scenarios(merged[each], part[each], table.rate[leg], table.rate_one)
    sums.scenario[start:stop] = merged


@compiled
def _add_scenarios(total: Integers, part: Integers, rate: int, one: int) -> None:
    """Add scenarios to others, gains at a rate."""
    for point in range(POINTS):
        counted = part[point]
        if counted != NOT_COMPUTABLE and counted < 0 and rate != one:
            counted = multiply_divide(counted, rate, one)
        total[point] = _sum(total[point], counted)
    if total.min() == NOT_COMPUTABLE:
        total[:] = NOT_COMPUTABLE


@compiled
def _sum(first: int, second: int) -> int:
    """The sum of two figures, `NOT_COMPUTABLE` where one of them is or where it would leave `LARGEST`."""
    if min(first, second) == NOT_COMPUTABLE or abs(float(first) + float(second)) > LARGEST:
        return NOT_COMPUTABLE
    return first + second


@compiled
def scaled(figure: int, numerator: int, denominator: int) -> int:
    """figure x numerator / denominator, `NOT_COMPUTABLE` where it is."""
    if figure == NOT_COMPUTABLE or numerator == denominator:
        return figure
    return multiply_divide(figure, numerator, denominator)


@compiled
def gather(into: Integers, values: Integers) -> Integers:
    """Values of merged pairs added to those of the pair they are part of in the end."""
    result = values.copy()
    for pair in range(len(into)):
        root = pair
        while into[root] >= 0:
            root = into[root]
        if root != pair:
            result[root] = _sum(result[root], result[pair])
            result[pair] = 0
    return result
