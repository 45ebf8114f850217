"""Compares the contracts of two parameter versions, column by column, and tells by product family what differs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from engine.numbers import (
    LARGEST,
    MONEY_DECIMALS,
    NOT_COMPUTABLE,
    PRICE_DECIMALS,
    RATIO,
    RATIO_DECIMALS,
    Integers,
    format_scaled,
)
from engine.span.findings import Finding, Severity, Topic, change_text, first_named, percent_of
from engine.span.parameters import RIGHTS, ParameterSet
from engine.text import Text, text

Mask = npt.NDArray[np.bool_]
Key = TypeVar("Key", bound="tuple[object, ...] | str")


def rows_in(old: ParameterSet, new: ParameterSet) -> Integers:
    """int64 [contracts of ``new``]: the row in ``old`` of the same contract, -1 where ``old`` does not list it."""
    before, after = _keys(old, new)
    if not len(before):
        return np.full(len(after), -1, dtype=np.int64)
    order = np.argsort(before, kind="stable")
    place = np.minimum(np.searchsorted(before, after, sorter=order), len(before) - 1)
    rows: Integers = np.where(before[order[place]] == after, order[place], -1)
    return rows


def compare_contracts(old: ParameterSet, new: ParameterSet, rows: Integers, threshold: int) -> Iterator[Finding]:
    """What differs between the contracts of two versions.

    Args:
        old: The version in force.
        new: The version to come.
        rows: As `rows_in` gives them.
        threshold: Move of a range that is worth a warning, ratio scale.
    """
    missing = np.ones(len(old), dtype=np.bool_)
    missing[rows[rows >= 0]] = False
    yield from _gone(old, new.origin.business_date, np.flatnonzero(missing))
    for family, added in _by_family(new, np.flatnonzero(rows < 0)):
        names = first_named((str(new.contract(row)) for row in added.tolist()), len(added))
        sentence = text("new contracts: {count} ({names})", count=len(added), names=names)
        yield Finding(Severity.INFORMATION, Topic.CONTRACTS_NEW, family, sentence)
    both = _Both(old, new, rows[rows >= 0], np.flatnonzero(rows >= 0))
    yield from _lost(both)
    yield from _ranges(both, threshold)
    yield from _terms(both)
    yield from _daily(both)


@dataclass(frozen=True, slots=True)
class _Both:
    """The contracts that both versions list: ``old_rows`` and ``new_rows`` are of equal length."""

    old: ParameterSet
    new: ParameterSet
    old_rows: Integers
    new_rows: Integers

    def column(self, name: str) -> tuple[Integers, Integers]:
        """A column of the contract table in both versions, contract by contract."""
        return (
            getattr(self.old.contracts, name)[self.old_rows],
            getattr(self.new.contracts, name)[self.new_rows],
        )

    def array_column(self, rate_set: int, name: str) -> tuple[Integers, Integers]:
        """A column of the risk arrays of a rate set in both versions."""
        return (
            getattr(self.old.contracts.arrays[rate_set], name)[self.old_rows],
            getattr(self.new.contracts.arrays[rate_set], name)[self.new_rows],
        )

    def has_ranges_down(self, rate_set: int) -> bool:
        """Whether either version tells ranges down from ranges up."""
        arrays = (self.old.contracts.arrays[rate_set], self.new.contracts.arrays[rate_set])
        return any(one.price_scan_down is not None or one.volatility_scan_down is not None for one in arrays)

    @property
    def rate_sets(self) -> list[int]:
        """Rate sets that both versions give arrays for."""
        return sorted(set(self.old.contracts.arrays) & set(self.new.contracts.arrays))


@dataclass(frozen=True, slots=True)
class _Figure:
    """A figure of every contract, and how it is called and written."""

    topic: Topic
    name: Text
    old: Integers
    new: Integers
    decimals: int


def _identities(parameters: ParameterSet) -> list[tuple[str, str, str, int]]:
    """Exchange, code and kind of every family; a count tells those apart that a file gives twice."""
    met: dict[tuple[str, str, str], int] = {}
    identities = []
    for family in parameters.families:
        key = (family.exchange, family.code, family.kind)
        met[key] = met.get(key, -1) + 1
        identities.append((*key, met[key]))
    return identities


def _shared(old: Sequence[Key], new: Sequence[Key]) -> tuple[Integers, Integers, int]:
    """Numbers that are the same for what is the same in both, and how many there are."""
    numbers: dict[Key, int] = {}
    before, after = (
        np.array([numbers.setdefault(one, len(numbers)) for one in keys], dtype=np.int64) for keys in (old, new)
    )
    return before, after, len(numbers)


def _keys(old: ParameterSet, new: ParameterSet) -> tuple[Integers, Integers]:
    """One number a contract in each version: the same where family, period, right and strike are."""
    old_family, new_family, _ = _shared(_identities(old), _identities(new))
    old_period, new_period, periods = _shared(old.periods, new.periods)
    strikes, place = np.unique(np.concatenate((old.contracts.strike, new.contracts.strike)), return_inverse=True)
    keys = []
    for table, family, period, strike in (
        (old.contracts, old_family, old_period, place[: len(old)]),
        (new.contracts, new_family, new_period, place[len(old) :]),
    ):
        series = (family[table.family] * periods + period[table.period]) * len(RIGHTS) + table.right
        keys.append(series * len(strikes) + strike)
    return keys[0], keys[1]


def _by_family(parameters: ParameterSet, rows: Integers) -> Iterator[tuple[str, Integers]]:
    """The rows of each family that has any, with its name."""
    family = parameters.contracts.family[rows]
    order = np.argsort(family, kind="stable")
    starts = np.flatnonzero(np.diff(family[order], prepend=-1))
    for part in np.split(rows[order], starts[1:]) if len(rows) else ():
        one = parameters.families[parameters.contracts.family[part[0]]]
        yield f"{one.exchange}:{one.code}:{one.kind}", part


def _gone(old: ParameterSet, today: str, rows: Integers) -> Iterator[Finding]:
    """Contracts that the new version does not list: expected where they have expired, a warning where they have not."""
    table = old.contracts
    month = np.array([period[:6] < today[:6] and period[:6] > "000099" for period in old.periods], dtype=np.bool_)
    settlement = table.settlement[rows]
    expired = np.where(settlement > 0, settlement <= int(today), month[table.period[rows]])
    for family, part in _by_family(old, rows[expired]):
        names = first_named((str(old.contract(row)) for row in part.tolist()), len(part))
        sentence = text("contracts expired: {count} ({names})", count=len(part), names=names)
        yield Finding(Severity.INFORMATION, Topic.CONTRACTS_GONE, family, sentence)
    for family, part in _by_family(old, rows[~expired]):
        names = first_named((str(old.contract(row)) for row in part.tolist()), len(part))
        sentence = text("contracts gone before they expire: {count} ({names})", count=len(part), names=names)
        yield Finding(Severity.WARNING, Topic.CONTRACTS_GONE, family, sentence)


def _lost(both: _Both) -> Iterator[Finding]:
    """Contracts that cannot be margined any more, although the new version lists them."""
    losses: list[tuple[Text, Mask]] = []
    for rate_set in both.rate_sets:
        old, new = both.array_column(rate_set, "present")
        losses.append((text("risk array"), (old & ~new).astype(np.bool_)))
        old, new = both.array_column(rate_set, "price_scan")
        losses.append((text("price scan range"), (old != NOT_COMPUTABLE) & (new == NOT_COMPUTABLE)))
    old, new = both.column("price")
    losses.append((text("price"), (old != NOT_COMPUTABLE) & (new == NOT_COMPUTABLE)))
    old, new = both.column("commodity")
    losses.append((text("combined commodity"), (old >= 0) & (new < 0)))
    for name, lost in losses:
        for family, part in _by_family(both.new, both.new_rows[lost]):
            names = first_named((str(both.new.contract(row)) for row in part.tolist()), len(part))
            sentence = text(
                "contracts that lost their {figure}: {count} ({names})", count=len(part), figure=name, names=names
            )
            yield Finding(Severity.WARNING, Topic.CONTRACTS_LOST, family, sentence)


def _ranges(both: _Both, threshold: int) -> Iterator[Finding]:
    for rate_set in both.rate_sets:
        old, new = both.array_column(rate_set, "price_scan")
        figure = _Figure(Topic.PRICE_RANGE, text("price scan range"), old, new, MONEY_DECIMALS)
        yield from _moved(both, figure, threshold)
        if both.has_ranges_down(rate_set):
            old, new = both.array_column(rate_set, "price_down")
            figure = _Figure(Topic.PRICE_RANGE, text("price scan range down"), old, new, MONEY_DECIMALS)
            yield from _moved(both, figure, threshold)
            old, new = both.array_column(rate_set, "volatility_down")
            figure = _Figure(Topic.VOLATILITY_RANGE, text("volatility scan range down"), old, new, RATIO_DECIMALS)
            yield from _moved(both, figure, threshold)
        old, new = both.array_column(rate_set, "volatility_scan")
        figure = _Figure(Topic.VOLATILITY_RANGE, text("volatility scan range"), old, new, RATIO_DECIMALS)
        yield from _moved(both, figure, threshold)
        was_relative, is_relative = both.array_column(rate_set, "volatility_relative")
        for family, part in _by_family(
            both.new, both.new_rows[(was_relative != is_relative) & ((old != 0) | (new != 0))]
        ):
            sentence = text(
                "volatility scan range: a fraction of the volatility in one version only: {count} contracts",
                count=len(part),
            )
            yield Finding(Severity.WARNING, Topic.VOLATILITY_RANGE, family, sentence, unbounded=True)


def _moved(both: _Both, figure: _Figure, threshold: int) -> Iterator[Finding]:
    """By family, those that moved by more than the threshold; the smaller moves all together."""
    known = (figure.old != NOT_COMPUTABLE) & (figure.new != NOT_COMPUTABLE)
    old, new = np.where(known, figure.old, 0), np.where(known, figure.new, 0)
    change = np.abs(new - old)
    large = change > _allowed(np.abs(old), threshold)
    # Only to find the largest: what is told of it is exact.
    size = np.where(old == 0, np.inf, change / np.maximum(np.abs(old), 1))
    percent = format_scaled(threshold, RATIO_DECIMALS - 2)
    place = np.full(len(both.new), -1, dtype=np.int64)
    place[both.new_rows] = np.arange(len(both.new_rows))
    totals = dict(
        zip(
            *(part.tolist() for part in np.unique(both.new.contracts.family[both.new_rows], return_counts=True)),
            strict=True,
        )
    )
    for family, part in _by_family(both.new, both.new_rows[large]):
        places = place[part]
        most = int(places[np.argmax(size[places])])
        first, last = int(old[most]), int(new[most])
        move = percent_of(first, last)
        sentence = text(
            "{figure}: moved by more than {threshold} % in {count} of {total} contracts, most in {contract}: {change}",
            figure=figure.name,
            threshold=percent,
            count=len(part),
            total=totals[int(both.new.contracts.family[part[0]])],
            contract=str(both.new.contract(int(both.new_rows[most]))),
            change=change_text(format_scaled(first, figure.decimals), format_scaled(last, figure.decimals), move),
        )
        yield Finding(
            Severity.WARNING, figure.topic, family, sentence, None if move is None else abs(move), move is None
        )
    small = int(np.count_nonzero((change > 0) & ~large))
    if small:
        sentence = text(
            "{figure}: moved by no more than {threshold} % in {count} contracts",
            figure=figure.name,
            threshold=percent,
            count=small,
        )
        yield Finding(Severity.INFORMATION, figure.topic, "", sentence)


def _allowed(old: Integers, threshold: int) -> Integers:
    """floor(old x threshold), exact, and `LARGEST` where it would be more."""
    whole, rest = old // RATIO, old % RATIO
    most = LARGEST // max(threshold, 1)
    allowed: Integers = np.where(
        whole < most - 1, np.minimum(whole, most) * threshold + np.minimum(rest, most) * threshold // RATIO, LARGEST
    )
    return allowed


def _terms(both: _Both) -> Iterator[Finding]:
    """Multiplier and delta scale: no ordinary day changes them."""
    for name, title, decimals in (
        ("multiplier", text("contract multiplier"), PRICE_DECIMALS),
        ("delta_scale", text("delta scale"), RATIO_DECIMALS),
    ):
        old, new = both.column(name)
        for family, part in _by_family(both.new, both.new_rows[old != new]):
            here = int(np.searchsorted(both.new_rows, part[0]))
            first, last = int(old[here]), int(new[here])
            sentence = text(
                "{figure}: other in {count} contracts, such as {contract}: {change}",
                figure=title,
                count=len(part),
                contract=str(both.new.contract(int(part[0]))),
                change=change_text(
                    format_scaled(first, decimals), format_scaled(last, decimals), percent_of(first, last)
                ),
            )
            yield Finding(Severity.WARNING, Topic.CONTRACT_TERMS, family, sentence)


def _daily(both: _Both) -> Iterator[Finding]:
    """What every day changes, in one sentence each."""
    old, new = both.column("price")
    counts = [(text("price"), int(np.count_nonzero((old != new) & (new != NOT_COMPUTABLE))))]
    for rate_set in both.rate_sets:
        old, new = both.array_column(rate_set, "scenario")
        other = (old != new).any(axis=1)
        old, new = both.array_column(rate_set, "delta")
        present = both.array_column(rate_set, "present")[1]
        counts.append((text("risk array"), int(np.count_nonzero((other | (old != new)) & present))))
    for name, count in counts:
        if count:
            sentence = text("{figure}: other in {count} contracts", figure=name, count=count)
            yield Finding(Severity.INFORMATION, Topic.DAILY, "", sentence)
