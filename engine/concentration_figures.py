"""The picture of a desk's concentration by one measure, from its exposures and the limits in force."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from engine.classification import Dimension
from engine.concentration import Measures, Owners
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
)
from engine.exposures import Exposures, Gap, gap_sentences
from engine.limit_use import LimitUse, owners_of
from engine.limits import Level
from engine.numbers import NOT_COMPUTABLE, Integers
from engine.state import DeskState
from engine.text import Text

DEPTHS: Final = (Dimension.SECTOR, Dimension.PRODUCT, Dimension.CONTRACT)
ACROSS: Final = {GridColumns.PRODUCT: Dimension.PRODUCT, GridColumns.SECTOR: Dimension.SECTOR}
MOST_NAMES: Final = 24
FIRM: Final = "firm"
"""Name of all accounts as one owner."""


def concentration_picture(
    state: DeskState, exposures: Exposures, choice: Choice, as_of: int, limits: LimitUse | None
) -> ConcentrationPicture:
    """The desk's concentration as of ``state``.

    Args:
        state: The desk.
        exposures: Of that state.
        choice: What is asked for.
        as_of: Wall nanoseconds of the state.
        limits: In force; None where there are none.
    """
    drawing = _Drawing(state, exposures, choice, limits)
    levels, contracts = drawing.levels()
    return ConcentrationPicture(
        state.sequence,
        as_of,
        exposures.units.currency,
        choice.measure,
        choice.columns,
        levels,
        drawing.grid(),
        drawing.largest(),
        None,
        tuple(exposures.classification.universe.contract(column) for column in contracts),
    )


@dataclass(frozen=True, slots=True)
class _Drawing:
    """One picture in the making."""

    state: DeskState
    exposures: Exposures
    choice: Choice
    limits: LimitUse | None

    def measures(self, owners: Owners, dimension: Dimension) -> Measures:
        """Along one dimension, a sector's by way of its products'."""
        return Measures.of(self.exposures, owners, dimension)

    def levels(self) -> tuple[tuple[ExposureLevel, ...], list[int]]:
        """Sectors, products and contracts of all accounts, and the contracts' columns."""
        firm = Owners.firm(self.state.book, FIRM)
        classification = self.exposures.classification
        every = [self.measures(firm, dimension) for dimension in DEPTHS]
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
        """int64 [cells]: use of the limit on each name by whoever comes closest to it."""
        by_code = np.full(measures.count, NO_LIMIT)
        if self.limits is not None:
            for level in Level:
                if self.limits.about(level, measures.dimension):
                    owned = self.measures(owners_of(level, self.state.book, FIRM), measures.dimension)
                    used = self.limits.use(level, owned)
                    np.maximum.at(by_code, owned.codes, used)
                    by_code[owned.codes[used == NOT_COMPUTABLE]] = NOT_COMPUTABLE
        return by_code[measures.codes]

    def grid(self) -> ExposureGrid:
        """Accounts x products or sectors."""
        owners = Owners.accounts(self.state.book)
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
        measures = self.measures(Owners.firm(self.state.book, FIRM), ACROSS[self.choice.columns])
        value = shown_exposure(measures, self.choice.measure)
        magnitude = np.abs(value)
        index, effective = herfindahl(measures.starts, magnitude)
        # What is not computable may be the largest.
        order = np.argsort(np.where(value == NOT_COMPUTABLE, -1, -magnitude), kind="stable")[:MOST_NAMES]
        order = order[np.argsort(value[order] != NOT_COMPUTABLE, kind="stable")]
        share = ratios(measures.starts, magnitude, measures.equity)
        soft = hard = np.full(len(measures), NO_LIMIT)
        if self.limits is not None:
            soft, hard = self.limits.lines(Level.FIRM, measures, self.choice.measure)
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
        )


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
