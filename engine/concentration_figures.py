"""The picture of a desk's concentration by one measure, from its exposures and the limits in force."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

import numpy as np

from engine.classification import Dimension
from engine.concentration import Measures, Owners
from engine.concentration_basis import ConcentrationBasis
from engine.concentration_kernels import herfindahl, ratios
from engine.concentration_picture import (
    NO_LIMIT,
    Choice,
    ConcentrationPicture,
    ExposureGrid,
    ExposureLevel,
    ExposureMeasure,
    GridColumns,
    LargestNames,
    NameFigures,
    TimeLine,
)
from engine.exposures import Gap, gap_sentences
from engine.limits import Level
from engine.liquidity import Liquidity
from engine.numbers import NOT_COMPUTABLE, Integers
from engine.owner_figures import chosen_owners, owner_table
from engine.text import Text
from engine.volatility import Volatility

DEPTHS: Final = (Dimension.SECTOR, Dimension.PRODUCT, Dimension.CONTRACT)
ACROSS: Final = {GridColumns.PRODUCT: Dimension.PRODUCT, GridColumns.SECTOR: Dimension.SECTOR}
MOST_NAMES: Final = 24
FIRM: Final = "firm"
"""Name of all accounts as one owner."""


def concentration_picture(
    basis: ConcentrationBasis, choice: Choice, as_of: int, history: TimeLine | None = None
) -> ConcentrationPicture:
    """The concentration of the owner that ``choice`` names, of the firm where nobody is called so.

    Args:
        basis: The desk.
        choice: What is asked for.
        as_of: Wall nanoseconds of the desk.
        history: How it came to be.
    """
    row = basis.tree.row_of(choice.owner)
    if row < 0 and choice.owner:
        row = basis.tree.row_of(())
    drawing = _Drawing(basis, choice, row)
    levels, contracts = drawing.levels()
    rows = list(range(len(basis.tree.names))) if choice.with_owners else [row] if row >= 0 else []
    return ConcentrationPicture(
        basis.state.sequence,
        as_of,
        basis.exposures.units.currency,
        choice.measure,
        choice.columns,
        levels,
        drawing.grid(),
        drawing.largest(),
        None,
        tuple(basis.exposures.classification.universe.contract(column) for column in contracts),
        replace(choice, owner=basis.tree.path_of(row)) if row >= 0 else choice,
        owner_table(basis, rows),
        history,
    )


class _Drawing:
    """One picture in the making.

    Args:
        basis: The desk.
        choice: What is asked for.
        row: Of the owner in the tree, -1 where the desk has nobody.
    """

    def __init__(self, basis: ConcentrationBasis, choice: Choice, row: int) -> None:
        self.exposures, self.choice, self.limits = basis.exposures, choice, basis.limits
        self._basis, self._row = basis, row
        tree, book = basis.tree, basis.state.book
        self.accounts = tree.members(row) if row >= 0 else np.zeros(0, dtype=np.int64)
        numbers = np.arange(len(self.accounts) + 1)
        names = tuple(book.accounts[account].name for account in self.accounts.tolist())
        self.each = Owners(names, numbers, self.accounts)
        """Every account of the owner by itself."""
        self.whole = chosen_owners(tree.owners, [row] if row >= 0 else [])
        """The owner."""

    @property
    def level(self) -> Level | None:
        """What limits call the owner; None for a desk or a strategy."""
        tree, book = self._basis.tree, self._basis.state.book
        if self._row <= 0:
            return Level.FIRM
        if tree.is_account[self._row]:
            return Level.ACCOUNT
        groups = {book.accounts[account].group for account in self.accounts.tolist()}
        return Level.GROUP if groups == {tree.names[self._row]} else None

    def measures(self, owners: Owners, dimension: Dimension) -> Measures:
        """Exposures of owners along one dimension."""
        return Measures.of(self.exposures, owners, dimension)

    def levels(self) -> tuple[tuple[ExposureLevel, ...], list[int]]:
        """Sectors, products and contracts of all accounts, and the contracts' columns."""
        classification = self.exposures.classification
        every = [self.measures(self.whole, dimension) for dimension in DEPTHS]
        levels: list[ExposureLevel] = []
        above: tuple[Dimension, Measures] | None = None
        for dimension, measures in zip(DEPTHS, every, strict=True):
            parents = np.zeros(len(measures), dtype=np.int64)
            if above is not None:
                parents = np.searchsorted(above[1].codes, self._codes_above(above[0], measures))
            levels.append(self._level(measures, parents))
            above = (dimension, measures)
        columns: list[int] = every[-1].codes.tolist()
        titles = tuple(classification.universe.contract(column).title for column in columns)
        levels[-1] = replace(levels[-1], names=titles)
        return tuple(levels), columns

    def _codes_above(self, dimension: Dimension, measures: Measures) -> Integers:
        """Code along ``dimension`` of each cell."""
        classification = self.exposures.classification
        if measures.dimension is Dimension.PRODUCT:
            return classification.codes_of_products(dimension)[measures.codes]
        return classification.codes(dimension)[measures.codes]

    def _level(self, measures: Measures, parents: Integers) -> ExposureLevel:
        value = shown_exposure(measures, self.choice.measure)
        share = ratios(measures.starts, np.abs(value), measures.equity)
        names = ()
        if measures.dimension is not Dimension.CONTRACT:
            every = self.exposures.classification.names(measures.dimension)
            names = tuple(every[code] for code in measures.codes.tolist())
        reasons = {
            cell: reason
            for cell in np.flatnonzero((value == NOT_COMPUTABLE) | (share == NOT_COMPUTABLE)).tolist()
            if (reason := _reason(measures, 0, cell, value)) is not None
        }
        long, short = np.abs(measures.long), np.abs(measures.short)
        return ExposureLevel(names, parents, value, long, short, share, self._worst_use(measures), reasons)

    def _worst_use(self, measures: Measures) -> Integers:
        """int64 [cells]: use of the limit on each name by whoever comes closest to it, of those with these accounts."""
        by_code = np.full(measures.count, NO_LIMIT)
        if self.limits is not None:
            for level in Level:
                if self.limits.about(level, measures.dimension):
                    owned = self.measures(self._concerned(level), measures.dimension)
                    used = self.limits.use(level, owned)
                    np.maximum.at(by_code, owned.codes, used)
                    by_code[owned.codes[used == NOT_COMPUTABLE]] = NOT_COMPUTABLE
        return by_code[measures.codes]

    def _concerned(self, level: Level) -> Owners:
        """The accounts themselves, their groups whole, or the firm."""
        if level is Level.ACCOUNT:
            return self.each
        book = self._basis.state.book
        if level is Level.FIRM:
            return Owners.firm(book, FIRM)
        groups = Owners.groups(book)
        mine = {book.accounts[account].group for account in self.accounts.tolist()}
        if len(mine) == len(groups):
            return groups
        rows = [row for row, name in enumerate(groups.names) if name in mine]
        return chosen_owners(groups, rows)

    def grid(self) -> ExposureGrid:
        """Accounts x products or sectors."""
        owners = self.each
        measures = self.measures(owners, ACROSS[self.choice.columns])
        held, column = np.unique(measures.codes, return_inverse=True)
        row = np.repeat(np.arange(len(owners)), np.diff(measures.starts))
        figures = shown_exposure(measures, self.choice.measure)
        share = ratios(measures.starts, np.abs(figures), measures.equity)
        used = np.full(len(measures), NO_LIMIT)
        if self.limits is not None:
            used = self.limits.use(Level.ACCOUNT, measures)
        dense = np.zeros((3, len(owners), len(held)), dtype=np.int64)
        dense[2] = NO_LIMIT
        for place, each in enumerate((figures, share, used)):
            dense[place, row, column] = each
        unknown = np.flatnonzero((figures == NOT_COMPUTABLE) | (share == NOT_COMPUTABLE))
        places = zip(row[unknown].tolist(), column[unknown].tolist(), unknown.tolist(), strict=True)
        reasons = {
            (owner, code): reason
            for owner, code, cell in places
            if (reason := _reason(measures, owner, cell, figures)) is not None
        }
        names = self.exposures.classification.names(measures.dimension)
        return ExposureGrid(
            owners.names, tuple(names[code] for code in held.tolist()), dense[0], dense[1], dense[2], reasons
        )

    def largest(self) -> LargestNames:
        """The largest names of all accounts together, and how even they all are."""
        measures = self.measures(self.whole, ACROSS[self.choice.columns])
        value = shown_exposure(measures, self.choice.measure)
        magnitude = np.abs(value)
        index, effective = herfindahl(measures.starts, magnitude)
        # What is not computable may be the largest.
        order = np.argsort(np.where(value == NOT_COMPUTABLE, -1, -magnitude), kind="stable")[:MOST_NAMES]
        order = order[np.argsort(value[order] != NOT_COMPUTABLE, kind="stable")]
        share = ratios(measures.starts, magnitude, measures.equity)
        soft = hard = np.full(len(measures), NO_LIMIT)
        if self.limits is not None and self.level is not None:
            soft, hard = self.limits.lines(self.level, measures, self.choice.measure)
        names = self.exposures.classification.names(measures.dimension)
        reasons: Mapping[int, Text] = {
            place: reason
            for place, cell in enumerate(order.tolist())
            if value[cell] == NOT_COMPUTABLE and (reason := _reason(measures, 0, cell, value)) is not None
        }
        return LargestNames(
            tuple(names[code] for code in measures.codes[order].tolist()),
            value[order],
            share[order],
            soft[order],
            hard[order],
            int(index[0]) if len(index) else NOT_COMPUTABLE,
            int(effective[0]) if len(effective) else NOT_COMPUTABLE,
            len(measures) - len(order),
            reasons,
            self._figures(measures, order),
        )

    def _figures(self, measures: Measures, order: Integers) -> NameFigures:
        """What else is known of the cells in ``order``."""
        basis = self._basis
        classification = self.exposures.classification
        products = self.measures(self.whole, Dimension.PRODUCT)
        liquidity = Liquidity.of(basis.closing, classification, self.whole, Dimension.PRODUCT, basis.participation)
        added = Volatility.of(products, basis.covariance).share
        if measures.dimension is not Dimension.PRODUCT:
            liquidity = liquidity.along(measures.dimension, classification)
            added = _added_up(added, classification.codes_of_products(measures.dimension)[products.codes], measures)
        # Both have a cell for whatever is held, but for what is worth nothing and cannot be told from nothing.
        place = np.full(measures.count, -1)
        place[liquidity.codes] = np.arange(len(liquidity))
        cells = place[measures.codes[order]]
        known = [
            np.where(cells < 0, NOT_COMPUTABLE, figure[cells]) if len(figure) else figure[:0]
            for figure in (liquidity.share_of_interest, liquidity.days, liquidity.cost)
        ]
        long, short = np.abs(measures.long[order]), np.abs(measures.short[order])
        return NameFigures(long, short, known[0], known[1], known[2], added[order])


def _added_up(shares: Integers, codes: Integers, measures: Measures) -> Integers:
    """int64 [cells of one owner]: sums of its products' shares by code, `NOT_COMPUTABLE` where one is."""
    sums, unknown = np.zeros(measures.count, dtype=np.int64), shares == NOT_COMPUTABLE
    np.add.at(sums, codes[~unknown], shares[~unknown])
    sums[codes[unknown]] = NOT_COMPUTABLE
    return sums[measures.codes]


def shown_exposure(measures: Measures, measure: ExposureMeasure) -> Integers:
    """int64 [cells], money scale: exposure by a measure, negative where short."""
    if measure is ExposureMeasure.GROSS:
        return measures.gross
    return measures.net if measure is ExposureMeasure.NET else measures.delta


def _reason(measures: Measures, owner: int, cell: int, value: Integers) -> Text | None:
    """The first reason why the exposure of a cell, or its share of the owner's equity, is not computable."""
    if value[cell] == NOT_COMPUTABLE:
        gaps = int(measures.gaps[cell])
    else:
        gaps = int(measures.owner_gaps[owner]) & int(Gap.NO_EQUITY | Gap.USED_UP)
    return next(iter(gap_sentences(gaps)), None)
