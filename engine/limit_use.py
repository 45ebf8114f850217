"""How far limits are used: the narrowest of them for every cell of a desk's measures at once.

It tells where a desk stands, for charts; whether an order passes is a matter of `engine.limit_check` alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from engine.book import BookSnapshot
from engine.classification import Classification, Dimension
from engine.compiled import compiled
from engine.concentration import Measures, Owners
from engine.concentration_kernels import ratio_of, sums_by_code
from engine.concentration_picture import NO_LIMIT, Bounds, ExposureMeasure
from engine.limits import Basis, Level, Limit, LimitSet, Measure, Mode
from engine.liquidity import Closing
from engine.liquidity_kernels import shares_of_market
from engine.numbers import LARGEST, NOT_COMPUTABLE, RATIO, Integers, multiply_divide

Booleans = npt.NDArray[np.bool_]

OF_NAMES: Final = frozenset(
    {
        Measure.SHARE_OF_EQUITY,
        Measure.SHARE_OF_GROSS,
        Measure.GROSS,
        Measure.NET,
        Measure.DELTA,
        Measure.POSITION,
        Measure.DAYS,
        Measure.COST,
    }
)
"""Measures whose limits are about single names."""
SHOWN_AS: Final = {
    ExposureMeasure.GROSS: (Measure.GROSS, Measure.SHARE_OF_EQUITY, Measure.SHARE_OF_GROSS),
    ExposureMeasure.NET: (Measure.NET,),
    ExposureMeasure.DELTA: (Measure.DELTA,),
}
"""Whose bounds can be drawn beside an exposure, in money."""


@dataclass(frozen=True, slots=True)
class LimitUse:
    """Limits at one moment, and what they are measured against.

    Attributes:
        limits: All of them.
        time: Wall nanoseconds since 1970 UTC.
        book: Who there is, and what is held in contracts.
        classification: Names behind codes, open interest and volume.
        closing: What closing each position costs; None where that is not known.
    """

    limits: LimitSet
    time: int
    book: BookSnapshot
    classification: Classification
    closing: Closing | None = None

    def about(self, level: Level, by: Dimension) -> list[Limit]:
        """Limits of single names along ``by`` that refuse or warn at this moment."""
        return [
            limit
            for limit in self.limits.limits
            if limit.level is level
            and limit.by is by
            and limit.measure in OF_NAMES
            and limit.in_force(self.time)
            and self.limits.mode(limit, "", "", {}) is Mode.ENFORCE
        ]

    def use(self, level: Level, measures: Measures) -> Integers:
        """int64 [cells], ratio scale: use of the narrowest limit; `NO_LIMIT` where there is none.

        Args:
            level: What the owners of ``measures`` are.
            measures: Along the dimension of the limits asked for.
        """
        used = np.full(len(measures), NO_LIMIT, dtype=np.int64)
        for limit in self.about(level, measures.dimension):
            figures, bounds = self._measured(limit, measures)
            _take_narrower(used, figures, bounds, self._concerned(limit, level, measures))
        return used

    def at_work(self) -> list[Limit]:
        """Limits that hold at this moment, those in shadow among them."""
        return [limit for limit in self.limits.limits if limit.in_force(self.time)]

    def of_limit(self, limit: Limit, measures: Measures) -> tuple[Integers, Integers, Integers]:
        """int64 [cells] each: what one limit measures, its bound in the same scale, and its use."""
        figures, bounds = self._measured(limit, measures)
        return figures, bounds, use_of(figures, bounds, self._concerned(limit, limit.level, measures))

    def owners_of(self, level: Level) -> Owners:
        """All owners of a level."""
        if level is Level.ACCOUNT:
            return Owners.accounts(self.book)
        return Owners.groups(self.book) if level is Level.GROUP else Owners.firm(self.book, "")

    def _measured(self, limit: Limit, measures: Measures) -> tuple[Integers, Integers]:
        bound = limit.hard if limit.hard is not None else limit.soft
        return self._figures(limit, measures), self.bounds(limit, bound, measures)

    def lines(self, level: Level, measures: Measures, shown: ExposureMeasure) -> tuple[Integers, Integers]:
        """int64 [cells] both, money scale: narrowest soft and hard bound of the exposure shown, or `NO_LIMIT`."""
        found = (np.full(len(measures), LARGEST), np.full(len(measures), LARGEST))
        for limit in self.about(level, measures.dimension):
            if limit.measure not in SHOWN_AS[shown]:
                continue
            concerned = self._concerned(limit, level, measures)
            for narrowest, bound in zip(found, (limit.soft, limit.hard), strict=True):
                if bound is not None:
                    bounds = self._in_money(limit, bound, measures)
                    known = concerned & (bounds != NOT_COMPUTABLE)
                    narrowest[known] = np.minimum(narrowest[known], bounds[known])
        soft, hard = (np.where(each == LARGEST, NO_LIMIT, each) for each in found)
        return soft, hard

    def of_firm(self, measure: Measure, by: Dimension) -> Bounds:
        """Narrowest bounds of a ratio of the firm along a dimension, of all names alike."""
        bounds = [
            limit
            for limit in self.limits.limits
            if limit.level is Level.FIRM
            and (limit.measure, limit.by) == (measure, by)
            and not limit.names
            and limit.in_force(self.time)
            and self.limits.mode(limit, "", "", {}) is Mode.ENFORCE
        ]
        soft = [limit.soft for limit in bounds if limit.soft is not None]
        hard = [limit.hard for limit in bounds if limit.hard is not None]
        return Bounds(min(soft, default=NO_LIMIT), min(hard, default=NO_LIMIT))

    def bounds(self, limit: Limit, bound: int | None, measures: Measures) -> Integers:
        """int64 [cells]: a bound in the scale of the limit's measure, or `NOT_COMPUTABLE`."""
        if bound is None or limit.basis is None:
            return np.full(len(measures), NOT_COMPUTABLE if bound is None else bound)
        if limit.basis is Basis.EQUITY:
            return shares_of(_by_cell(measures, measures.equity), bound)
        if limit.basis is Basis.GROSS:
            return shares_of(_by_cell(measures, measures.total_gross), bound)
        interest, volume = self.classification.market(measures.dimension)
        return shares_of((interest if limit.basis is Basis.OPEN_INTEREST else volume)[measures.codes], bound)

    def _in_money(self, limit: Limit, bound: int, measures: Measures) -> Integers:
        if limit.measure is Measure.SHARE_OF_EQUITY:
            return shares_of(_by_cell(measures, measures.equity), bound)
        if limit.measure is Measure.SHARE_OF_GROSS:
            return shares_of(_by_cell(measures, measures.total_gross), bound)
        return self.bounds(limit, bound, measures)

    def _figures(self, limit: Limit, measures: Measures) -> Integers:
        """int64 [cells]: what the limit measures, in magnitude."""
        if limit.measure is Measure.POSITION:
            return np.abs(contracts_held(self.book, self.classification, measures))
        if limit.measure is Measure.DAYS:
            return self._days(limit.participation, measures)
        if limit.measure is Measure.COST:
            if self.closing is None:
                return np.full(len(measures), NOT_COMPUTABLE)
            return _summed(self.book, self.classification, measures, self.closing.cost)
        names = {
            Measure.SHARE_OF_EQUITY: "share_of_equity",
            Measure.SHARE_OF_GROSS: "share_of_gross",
            Measure.GROSS: "gross",
            Measure.NET: "net",
            Measure.DELTA: "delta",
        }
        figures: Integers = getattr(measures, names[limit.measure])
        # The magnitude of `NOT_COMPUTABLE` is itself.
        return np.abs(figures)

    def _days(self, participation: int, measures: Measures) -> Integers:
        """int64 [cells]: days to trade what is held."""
        contracts, nothing = (
            contracts_to_trade(self.book, self.classification, measures),
            np.zeros(len(measures), np.int64),
        )
        market = self.classification.market(measures.dimension)
        days: Integers = shares_of_market(measures.codes, contracts, nothing, nothing, *market, participation)[2]
        return days

    def _concerned(self, limit: Limit, level: Level, measures: Measures) -> Booleans:
        """bool [cells]: which of them the limit bounds."""
        owners = np.array([self.concerns(limit, level, name) for name in measures.owners.names], dtype=np.int64)
        named = np.ones(measures.count, dtype=np.bool_)
        if limit.names:
            known = self.classification.names(measures.dimension)
            named = np.array([name in limit.names for name in known], dtype=np.bool_)
        concerned: Booleans = (_by_cell(measures, owners) != 0) & named[measures.codes]
        return concerned

    def concerns(self, limit: Limit, level: Level, owner: str) -> bool:
        """Whether ``limit`` bounds the owner of a level that is called so."""
        if level is Level.ACCOUNT:
            account = self.book.accounts[self.book.rows[owner]]
            return limit.concerns(account.name, account.group)
        return level is Level.FIRM or (bool(owner) and (not limit.groups or owner in limit.groups))


def use_of(figures: Integers, bounds: Integers, concerned: Booleans) -> Integers:
    """int64, ratio scale: use of one limit by each figure; `NO_LIMIT` where it is not concerned."""
    used = np.full(len(figures), NO_LIMIT, dtype=np.int64)
    _take_narrower(used, figures, bounds, concerned)
    return used


def contracts_held(book: BookSnapshot, classification: Classification, measures: Measures) -> Integers:
    """int64 [cells]: contracts held net in each cell."""
    return _summed(book, classification, measures, book.positions.net)


def contracts_to_trade(book: BookSnapshot, classification: Classification, measures: Measures) -> Integers:
    """int64 [cells]: contracts to trade to close each cell, as `engine.owned.Owned` counts them."""
    held = book.positions
    apart = np.repeat(book.kinds.gross, np.diff(held.starts))
    return _summed(book, classification, measures, np.where(apart, held.long + held.short, np.abs(held.net)))


def _summed(book: BookSnapshot, classification: Classification, measures: Measures, contracts: Integers) -> Integers:
    """int64 [cells]: int64 [positions] ``contracts`` added up."""
    held = book.positions
    codes, nothing = classification.codes(measures.dimension)[held.columns], np.zeros(len(held.columns), np.int64)
    owners = measures.owners
    starts, (found, _, _, _, summed, _) = sums_by_code(
        owners.starts,
        owners.members,
        held.starts,
        codes,
        held.long,
        held.short,
        held.long + held.short,
        contracts,
        nothing,
        measures.count,
    )
    if len(found) == len(measures) and np.array_equal(found, measures.codes):
        return summed
    # What is held at a price of 0 has contracts and no exposure.
    result = np.zeros(len(measures), dtype=np.int64)
    keys = np.repeat(np.arange(len(owners)), np.diff(starts)) * measures.count + found
    wanted = np.repeat(np.arange(len(owners)), np.diff(measures.starts)) * measures.count + measures.codes
    places = np.minimum(np.searchsorted(keys, wanted), max(len(keys) - 1, 0))
    there = keys[places] == wanted if len(keys) else np.zeros(len(wanted), dtype=np.bool_)
    result[there] = summed[places[there]]
    return result


def _by_cell(measures: Measures, owners: Integers) -> Integers:
    return np.repeat(owners, np.diff(measures.starts))


@compiled
def shares_of(wholes: Integers, share: int) -> Integers:
    """Share, ratio scale, of each whole, rounded down; `NOT_COMPUTABLE` where the whole is."""
    result = np.empty(len(wholes), dtype=np.int64)
    for cell in range(len(wholes)):
        whole = wholes[cell]
        if whole == NOT_COMPUTABLE:
            result[cell] = NOT_COMPUTABLE
        elif float(abs(whole)) * float(share) < 9.0e18:
            result[cell] = whole * share // RATIO
        else:
            result[cell] = multiply_divide(whole, share, RATIO)
    return result


@compiled
def _take_narrower(used: Integers, figures: Integers, bounds: Integers, concerned: Booleans) -> None:
    """Raise what is used where this limit is used further; what is not known is taken for the furthest."""
    for cell in range(len(used)):
        if not concerned[cell] or used[cell] == NOT_COMPUTABLE:
            continue
        figure, bound = figures[cell], bounds[cell]
        if min(figure, bound) == NOT_COMPUTABLE:
            used[cell] = NOT_COMPUTABLE
        elif bound <= 0:
            used[cell] = max(used[cell], 0 if figure == 0 else 1000 * RATIO)
        else:
            share = ratio_of(figure, bound, float(RATIO) / float(bound))
            used[cell] = NOT_COMPUTABLE if share == NOT_COMPUTABLE else max(used[cell], share)
