"""What a comparison of two parameter versions says of one contract, and which of its findings touch that contract."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from engine.numbers import (
    MONEY_DECIMALS,
    NOT_COMPUTABLE,
    PRICE_DECIMALS,
    RATIO_DECIMALS,
    decimals_needed,
    scale_decimal,
)
from engine.span.comparison import Comparison
from engine.span.findings import Finding, Topic, percent_of
from engine.span.inspection import Inspection, inspect
from engine.span.parameters import Commodity, ParameterSet
from engine.text import Text, text

FIGURES = (
    ("price", text("price"), PRICE_DECIMALS),
    ("multiplier", text("contract multiplier"), PRICE_DECIMALS),
    ("delta_scale", text("delta scale"), RATIO_DECIMALS),
    ("volatility", text("volatility"), RATIO_DECIMALS),
    ("settlement", text("settlement date"), 0),
    ("delta", text("composite delta"), RATIO_DECIMALS),
    ("price_scan", text("price scan range"), MONEY_DECIMALS),
    ("price_scan_down", text("price scan range down"), MONEY_DECIMALS),
    ("volatility_scan", text("volatility scan range"), RATIO_DECIMALS),
    ("volatility_scan_down", text("volatility scan range down"), RATIO_DECIMALS),
)
DOWN = {"price_scan_down": "price_scan", "volatility_scan_down": "volatility_scan"}
"""Ranges that are told of only where a version has one way another range than the other way."""
OF_THE_FILE = frozenset({Topic.DATE, Topic.COUNT, Topic.CONVERSION})


@dataclass(frozen=True, slots=True)
class Change:
    """A figure of a contract that differs between two versions.

    Attributes:
        name: What it is.
        old: Before, scaled by 10**decimals, or `NOT_COMPUTABLE` where the old version has none.
        new: Now, likewise.
        decimals: Scale of both; 0 for a date, CCYYMMDD, whose absence is 0.
        money: Whether it is an amount in the contract's currency.
    """

    name: Text
    old: int
    new: int
    decimals: int
    money: bool = False

    @property
    def move(self) -> Fraction | None:
        """The move in percent of the old figure, or None where there is none or it says nothing."""
        if not self.decimals or NOT_COMPUTABLE in (self.old, self.new):
            return None
        return percent_of(self.old, self.new)


def contract_changes(comparison: Comparison, row: int) -> tuple[Change, ...] | None:
    """Every figure of a contract that differs, in the order of the screen; the scenarios last.

    Args:
        comparison: Two versions.
        row: The contract's row in the new one.

    Returns:
        None where the old version does not list the contract.
    """
    before = int(comparison.rows[row])
    if before < 0:
        return None
    rate_set = comparison.new.rate_set
    # Rate sets are the file's own numbers: where the old version lacks this one, its usual one is the nearest.
    known = rate_set if rate_set in comparison.old.contracts.arrays else None
    return tuple(_different(inspect(comparison.old, before, known), inspect(comparison.new, row)))


def findings_on(comparison: Comparison, commodity: Commodity) -> tuple[Finding, ...]:
    """The findings on a combined commodity of the new version: its own, its product families', its spreads'."""
    places = {commodity.code, *_families(comparison.new, commodity)}
    return tuple(
        finding
        for finding in comparison.findings
        if finding.topic not in OF_THE_FILE
        and (finding.place in places or commodity.code in finding.place.split(" / "))
    )


def _different(old: Inspection, new: Inspection) -> Iterator[Change]:
    for field, name, decimals in FIGURES:
        before, after = getattr(old, field), getattr(new, field)
        up = DOWN.get(field, "")
        if up and (getattr(old, up), getattr(new, up)) == (before, after):
            continue
        if before != after:
            yield Change(name, before, after, decimals, money=field.startswith("price_scan"))
    if old.minimum_rate != new.minimum_rate:
        yield _minimum(old.minimum_rate, new.minimum_rate)
    for number in range(max(len(old.scenarios), len(new.scenarios))):
        before, after = (one.scenarios[number] if one.has_array else NOT_COMPUTABLE for one in (old, new))
        if before != after:
            name = text("loss in scenario {number}", number=number + 1)
            yield Change(name, before, after, MONEY_DECIMALS, money=True)


def _minimum(old: Decimal | None, new: Decimal | None) -> Change:
    decimals = max(MONEY_DECIMALS, *(decimals_needed(rate) for rate in (old, new) if rate is not None))
    before, after = (NOT_COMPUTABLE if rate is None else scale_decimal(rate, decimals) for rate in (old, new))
    return Change(text("short option minimum"), before, after, decimals, money=True)


def _families(parameters: ParameterSet, commodity: Commodity) -> Iterator[str]:
    for link in commodity.links:
        family = parameters.families[link.family]
        yield f"{family.exchange}:{family.code}:{family.kind}"
