"""What a comparison of two parameter versions finds: how serious, where, and in a sentence."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from fractions import Fraction

from engine.text import Text, text

NAMED = 3
"""Contracts or spreads that a sentence names where there are more."""


class Severity(StrEnum):
    """How serious a finding is, the worst first."""

    ERROR = "error"
    WARNING = "warning"
    INFORMATION = "information"


class Topic(StrEnum):
    """What a finding is about, in the order in which findings of one severity are told."""

    DATE = "date"
    METHOD = "method"
    COUNT = "count"
    COMMODITY = "commodity"
    CONTRACTS_GONE = "contracts-gone"
    CONTRACTS_LOST = "contracts-lost"
    PRICE_RANGE = "price-range"
    VOLATILITY_RANGE = "volatility-range"
    CONTRACT_TERMS = "contract-terms"
    INTRA_SPREAD = "intra-spread"
    INTER_SPREAD = "inter-spread"
    SUPER_SPREAD = "super-spread"
    INTER_CLEARING_SPREAD = "inter-clearing-spread"
    SHORT_OPTION_MINIMUM = "short-option-minimum"
    DELIVERY_CHARGE = "delivery-charge"
    SCAN_TIER = "scan-tier"
    ADJUSTMENT = "adjustment"
    CONVERSION = "conversion"
    CONTRACTS_NEW = "contracts-new"
    DAILY = "daily"


@dataclass(frozen=True, slots=True)
class Finding:
    """One difference between two parameter versions.

    Attributes:
        severity: How serious it is.
        topic: What it is about.
        place: Product family, combined commodity, currency pair or field of the file.
        sentence: What differs.
        move: Largest move in percent of the old figure, without sign, where figures moved; None where none did or the
            old figure was 0.
        unbounded: Whether the old or the new figure is missing or the old one 0, so that no percentage measures it.
    """

    severity: Severity
    topic: Topic
    place: str
    sentence: Text
    move: Fraction | None = None
    unbounded: bool = False


def in_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """The worst first; of one severity by topic, of one topic the largest move first."""
    severities = {severity: place for place, severity in enumerate(Severity)}
    topics = {topic: place for place, topic in enumerate(Topic)}
    return tuple(
        sorted(
            findings,
            key=lambda one: (
                severities[one.severity],
                topics[one.topic],
                not one.unbounded,
                -float(one.move or 0),
                one.place,
            ),
        )
    )


def percent_of(old: Decimal | int, new: Decimal | int) -> Fraction | None:
    """The move from ``old`` to ``new`` in percent of ``old``, signed as the move is; None where ``old`` is 0."""
    return (Fraction(new) - Fraction(old)) * 100 / abs(Fraction(old)) if old else None


def percent_text(percent: Fraction) -> str:
    """A percentage with its sign and one decimal, rounded half away from zero."""
    tenths = Decimal(percent.numerator * 10) / Decimal(percent.denominator)
    return f"{tenths.quantize(Decimal(1), ROUND_HALF_UP) / 10:+.1f}"


def change_text(old: str, new: str, percent: Fraction | None) -> Text:
    """``900 to 1200 (+33.3 %)``, without the percentage where there is none."""
    if percent is None:
        return text("{old} to {new}", old=old, new=new)
    return text("{old} to {new} ({percent} %)", old=old, new=new, percent=percent_text(percent))


def first_named(names: Iterable[str], count: int) -> str:
    """The first few names, and dots where ``count`` is larger than what is named."""
    named = [name for name, _ in zip(names, range(NAMED), strict=False)]
    return ", ".join(named) + (", …" if count > len(named) else "")
