"""Tables of a report about limits: how far they are used, and what they are."""

from __future__ import annotations

from typing import Final

import numpy as np

from engine.classification import Classification, Dimension
from engine.concentration import Measures
from engine.concentration_basis import ConcentrationBasis
from engine.concentration_picture import NO_LIMIT
from engine.limit_use import OF_NAMES, LimitUse
from engine.limit_words import BASES, DIMENSIONS, LEVELS, MODES, described, in_percent
from engine.limits import MONEY_MEASURES, PLAIN_RATIOS, RATIO_MEASURES, Basis, Level, Limit, Measure
from engine.numbers import NOT_COMPUTABLE, Integers
from engine.owner_use import OwnerUse
from engine.text import Text, text
from terminal.report_table import Column, Figure, Kind, Table, Value

MOST_USES: Final = 500
FURTHEST: Final = int(np.iinfo(np.int64).max)
"""Rank of what is not computable: nothing is known to be further."""

Ranked = tuple[int, tuple[Value, ...]]


def name_of(classification: Classification, dimension: Dimension, code: int) -> str | Text:
    """What a person calls a code along a dimension."""
    if dimension is Dimension.CONTRACT:
        return classification.universe.contract(code).title
    name = classification.name(dimension, code)
    return text(name) if dimension is Dimension.EXPIRY else name


def use_table(basis: ConcentrationBasis, limits: LimitUse) -> Table:
    """The figures that come closest to a limit, or are not computable, of all owners; those in shadow too."""
    found: list[Ranked] = []
    measured: dict[tuple[Level, Dimension], Measures] = {}
    for limit in limits.at_work():
        if limit.by is None or limit.measure not in OF_NAMES:
            found += _uses_of_owners(basis, limits, limit)
            continue
        key = limit.level, limit.by
        if key not in measured:
            measured[key] = Measures.of(basis.exposures, limits.owners_of(limit.level), limit.by)
        found += _uses_of_names(basis, limits, limit, measured[key])
    found.sort(key=lambda each: each[0], reverse=True)
    columns = (
        Column(text("Limit"), Kind.NAME),
        Column(text("Level"), Kind.NAME),
        Column(text("Owner"), Kind.NAME),
        Column(text("Name"), Kind.NAME),
        Column(text("Figure"), Kind.OWN),
        Column(text("Bound"), Kind.OWN),
        Column(text("Use"), Kind.PERCENT),
        Column(text("Mode"), Kind.NAME),
    )
    note = text("the {count} that are used furthest; what is not computable comes first", count=MOST_USES)
    return Table(text("Use of limits"), columns, [row for _, row in found[:MOST_USES]], note)


def _uses_of_owners(basis: ConcentrationBasis, limits: LimitUse, limit: Limit) -> list[Ranked]:
    use = OwnerUse.of(basis, limits, limit)
    return [
        _use(limits, limit, use.owners.names[owner], "", use.figures[owner], use.bounds[owner], use.used[owner])
        for owner in _furthest(use.used)
    ]


def _uses_of_names(basis: ConcentrationBasis, limits: LimitUse, limit: Limit, measures: Measures) -> list[Ranked]:
    figures, bounds, used = limits.of_limit(limit, measures)
    owner = np.repeat(np.arange(len(measures.owners)), np.diff(measures.starts))
    classification, rows = basis.exposures.classification, []
    for cell in _furthest(used):
        name = name_of(classification, measures.dimension, int(measures.codes[cell]))
        whose = measures.owners.names[owner[cell]]
        rows.append(_use(limits, limit, whose, name, figures[cell], bounds[cell], used[cell]))
    return rows


def _furthest(used: Integers) -> list[int]:
    """Which are used furthest, of those that a limit concerns."""
    order = np.argsort(np.where(used == NOT_COMPUTABLE, -FURTHEST, -used), kind="stable")
    return [int(place) for place in order[used[order] != NO_LIMIT][:MOST_USES]]


def _use(limits: LimitUse, limit: Limit, owner: str, name: str | Text, figure: int, bound: int, used: int) -> Ranked:
    kind = kind_of(limit.measure)
    row = (
        limit.name,
        LEVELS[limit.level],
        owner,
        name,
        Figure(int(figure), kind),
        Figure(int(bound), kind),
        int(used),
        MODES[limits.limits.mode(limit, "", "", {})],
    )
    return FURTHEST if used == NOT_COMPUTABLE else int(used), row


def kind_of(measure: Measure) -> Kind:
    """What figures of a measure are."""
    if measure in PLAIN_RATIOS:
        return Kind.NUMBER if measure is Measure.DAYS else Kind.INDEX
    if measure in RATIO_MEASURES:
        return Kind.PERCENT
    return Kind.MONEY if measure in MONEY_MEASURES else Kind.COUNT


def limits_table(limits: LimitUse) -> Table:
    """All limits of the file, also those out of their time of day."""
    columns = (
        Column(text("Limit"), Kind.NAME),
        Column(text("Level"), Kind.NAME),
        Column(text("Measure"), Kind.NAME),
        Column(text("Names"), Kind.NAME),
        Column(text("Soft"), Kind.OWN),
        Column(text("Hard"), Kind.OWN),
        Column(text("Of"), Kind.NAME),
        Column(text("Times"), Kind.NAME),
        Column(text("Mode"), Kind.NAME),
        Column(text("Note"), Kind.NAME),
    )
    rows: list[tuple[Value, ...]] = [
        (
            limit.name,
            LEVELS[limit.level],
            described(limit.measure, ""),
            _names(limit),
            _bound(limit, limit.soft),
            _bound(limit, limit.hard),
            _whole(limit),
            ", ".join(map(str, limit.windows)),
            MODES[limits.limits.mode(limit, "", "", {})],
            limit.note,
        )
        for limit in limits.limits.limits
    ]
    return Table(text("Limits in force"), columns, rows)


def _names(limit: Limit) -> str | Text:
    if limit.names:
        return ", ".join(limit.names)
    return text("each {dimension}", dimension=DIMENSIONS[limit.by]) if limit.by is not None else ""


def _whole(limit: Limit) -> str | Text:
    """What a limit's bounds are a share of, or what share of the volume may be traded."""
    if limit.measure is Measure.DAYS:
        return text("{share} of {whole}", share=in_percent(limit.participation), whole=BASES[Basis.DAILY_VOLUME])
    return BASES[limit.basis] if limit.basis is not None else ""


def _bound(limit: Limit, bound: int | None) -> Value:
    if bound is None:
        return None
    return Figure(bound, Kind.PERCENT if limit.basis is not None else kind_of(limit.measure))
