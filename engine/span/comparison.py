"""Compares a new parameter version with the one in force, so that what changed is seen before it goes live."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from engine.numbers import RATIO_DECIMALS, Integers, scale_decimal
from engine.span.comparison_contracts import compare_contracts, rows_in
from engine.span.comparison_rates import compare_rates
from engine.span.conventions import Convention, convention_of
from engine.span.findings import Finding, Severity, Topic, first_named, in_order, percent_of, percent_text
from engine.span.parameters import Commodity, ParameterSet
from engine.text import BadInputError, Text, text

THRESHOLD = Decimal(25)
"""Percentage beyond which a move of a range or rate, or a drop of a count, is a warning."""

METHODS = (
    ("currency", "currency"),
    ("risk_exponent", "riskExponent"),
    ("cap_net_option_value", "capAnov"),
    ("processing_method", "procMeth"),
    ("weighted_price_risk", "wfprMeth"),
    ("delivery_method", "spotMeth"),
    ("short_option_minimum", "somMeth"),
    ("combination_method", "cmbMeth"),
)
TIERS = (
    ("scan_tiers", "scanTiers"),
    ("intra_tiers", "intraTiers"),
    ("inter_tiers", "interTiers"),
    ("short_option_tiers", "somTiers"),
)
FAMILY_METHODS = (
    ("currency", "currency"),
    ("valuation", "valueMeth"),
    ("price_quotation", "priceMeth"),
    ("settlement", "setlMeth"),
    ("exercise", "exercise"),
    ("pricing_model", "priceModel"),
)
FILE_METHODS = (
    ("cap_net_option_value", "capAnov"),
    ("net_margined", "isNetMargin"),
    ("option_on_physical_delta", "oopDeltaMeth"),
    ("finalize_method", "finalizeMeth"),
)
FILE_TABLES = (("rate_sets", "pbRateDef"), ("scan_points", "pointDef"), ("delta_points", "deltaPointDef"))


@dataclass(frozen=True, slots=True)
class Comparison:
    """What differs between two parameter versions.

    Attributes:
        old: Version in force.
        new: Version to come.
        findings: The worst first; none where nothing changed.
        rows: int64 [contracts of the new version], row of the same contract in the old one, or -1.
    """

    old: ParameterSet
    new: ParameterSet
    findings: tuple[Finding, ...]
    rows: Integers

    def count(self, severity: Severity) -> int:
        """How many findings are that serious."""
        return sum(finding.severity is severity for finding in self.findings)

    @property
    def is_calm(self) -> bool:
        """Whether there is neither warning nor error."""
        return all(finding.severity is Severity.INFORMATION for finding in self.findings)


def compare(old: ParameterSet, new: ParameterSet, threshold: Decimal = THRESHOLD) -> Comparison:
    """Compare two versions.

    Args:
        old: The version in force.
        new: The version to come.
        threshold: Percentage, 0 or more with four decimals at most, beyond which a move or a drop is a warning.

    Raises:
        ValueError: The threshold is negative or has too many digits.
    """
    if threshold < 0:
        raise ValueError("a threshold is 0 or more")
    ratio = scale_decimal(threshold, RATIO_DECIMALS - 2)
    rows = rows_in(old, new)
    findings = [
        *_dates(old, new),
        *_conventions(old, new),
        *_counts(old, new, Fraction(threshold)),
        *_file_methods(old, new),
        *_commodities(old, new),
        *compare_contracts(old, new, rows, ratio),
        *compare_rates(old, new, Fraction(threshold)),
    ]
    return Comparison(old, new, in_order(findings), rows)


def _dates(old: ParameterSet, new: ParameterSet) -> Iterator[Finding]:
    before, after = old.origin, new.origin
    if before.clearing_organisation != after.clearing_organisation:
        sentence = text(
            "another clearing organisation: {old}, now {new}",
            old=before.clearing_organisation,
            new=after.clearing_organisation,
        )
        yield Finding(Severity.ERROR, Topic.DATE, "clearingOrg", sentence)
    if after.business_date < before.business_date:
        sentence = text(
            "the business date is older: {old}, now {new}", old=before.business_date, new=after.business_date
        )
        yield Finding(Severity.ERROR, Topic.DATE, "date", sentence)
    elif after.business_date > before.business_date:
        sentence = text("business date {old}, now {new}", old=before.business_date, new=after.business_date)
        yield Finding(Severity.INFORMATION, Topic.DATE, "date", sentence)
    elif after.sha256 != before.sha256:
        sentence = text("another file of the same business date {date}", date=after.business_date)
        yield Finding(Severity.WARNING, Topic.DATE, "date", sentence)
    if before.settlement != after.settlement:
        sentence = text("another settlement: {old}, now {new}", old=before.settlement, new=after.settlement)
        yield Finding(Severity.WARNING, Topic.DATE, "setlQualifier", sentence)


def _conventions(old: ParameterSet, new: ParameterSet) -> Iterator[Finding]:
    before, after = _convention(old), _convention(new)
    if before == after:
        return
    names = [one.name if one is not None else text("none known") for one in (before, after)]
    sentence = text("the rounding convention was {old} and is now {new}", old=names[0], new=names[1])
    yield Finding(Severity.ERROR if after is None else Severity.WARNING, Topic.METHOD, "clearingOrg", sentence)


def _convention(parameters: ParameterSet) -> Convention | None:
    try:
        return convention_of(parameters.origin.clearing_organisation)
    except BadInputError:
        return None


def _counts(old: ParameterSet, new: ParameterSet, threshold: Fraction) -> Iterator[Finding]:
    for name, before, after in (
        (text("product families"), len(old.families), len(new.families)),
        (text("contracts"), len(old), len(new)),
        (text("combined commodities"), len(old.commodities), len(new.commodities)),
        (text("intra-commodity spreads"), _intra_spreads(old), _intra_spreads(new)),
        (text("inter-commodity spreads"), len(old.inter_spreads), len(new.inter_spreads)),
        (text("super spreads"), len(old.super_spreads), len(new.super_spreads)),
        (text("inter-clearing spreads"), len(old.inter_clearing_spreads), len(new.inter_clearing_spreads)),
    ):
        if before == after:
            continue
        yield _count(name, before, after, threshold)


def _count(name: Text, before: int, after: int, threshold: Fraction) -> Finding:
    move = percent_of(before, after)
    if move is None:
        return Finding(
            Severity.INFORMATION, Topic.COUNT, "", text("{what}: none before, now {new}", what=name, new=after)
        )
    sentence = text(
        "{what}: {old} before, now {new} ({percent} %)", what=name, old=before, new=after, percent=percent_text(move)
    )
    severity = Severity.ERROR if not after else Severity.WARNING if -move > threshold else Severity.INFORMATION
    return Finding(severity, Topic.COUNT, "", sentence, abs(move))


def _intra_spreads(parameters: ParameterSet) -> int:
    return sum(len(commodity.intra_spreads) for commodity in parameters.commodities)


def _file_methods(old: ParameterSet, new: ParameterSet) -> Iterator[Finding]:
    yield from _different(FILE_METHODS, old, new, "clearingOrg")
    for field, tag in FILE_TABLES:
        if sorted(map(repr, getattr(old, field))) != sorted(map(repr, getattr(new, field))):
            yield Finding(Severity.WARNING, Topic.METHOD, tag, text("the definitions differ"))
    for number in sorted(set(old.contracts.arrays) - set(new.contracts.arrays)):
        sentence = text("no risk arrays of rate set {number} any more", number=number)
        yield Finding(Severity.WARNING, Topic.METHOD, "ra", sentence)
    decimals = {currency.code: currency.decimals for currency in old.currencies}
    for currency in new.currencies:
        before = decimals.get(currency.code, currency.decimals)
        if before != currency.decimals:
            sentence = text("decimals: {old} before, now {new}", old=before, new=currency.decimals)
            yield Finding(Severity.WARNING, Topic.METHOD, currency.code, sentence)


def _commodities(old: ParameterSet, new: ParameterSet) -> Iterator[Finding]:
    """Combined commodities and families gone or new, then the methods of those in both versions."""
    before = {commodity.code: commodity for commodity in old.commodities}
    after = {commodity.code: commodity for commodity in new.commodities}
    gone, added = [code for code in before if code not in after], [code for code in after if code not in before]
    for code in gone:
        yield Finding(Severity.WARNING, Topic.COMMODITY, code, text("the combined commodity is gone"))
    for code in added:
        yield Finding(Severity.INFORMATION, Topic.COMMODITY, code, text("a new combined commodity"))
    yield from _families(old, new)
    yield from _family_methods(old, new)
    for code, commodity in after.items():
        if code in before:
            yield from _methods(old, before[code], new, commodity)


def _families(old: ParameterSet, new: ParameterSet) -> Iterator[Finding]:
    before, after = (Counter(_family(one, row) for row in range(len(one.families))) for one in (old, new))
    gone, added = list((before - after).elements()), list((after - before).elements())
    if gone:
        sentence = text("product families gone: {count} ({names})", count=len(gone), names=first_named(gone, len(gone)))
        yield Finding(Severity.WARNING, Topic.COMMODITY, "", sentence)
    if added:
        sentence = text(
            "new product families: {count} ({names})", count=len(added), names=first_named(added, len(added))
        )
        yield Finding(Severity.INFORMATION, Topic.COMMODITY, "", sentence)


def _family_methods(old: ParameterSet, new: ParameterSet) -> Iterator[Finding]:
    before = {_family(old, row): family for row, family in enumerate(old.families)}
    for row, family in enumerate(new.families):
        name = _family(new, row)
        if name in before:
            yield from _different(FAMILY_METHODS, before[name], family, name)


def _different(fields: tuple[tuple[str, str], ...], before: object, after: object, place: str) -> Iterator[Finding]:
    for field, tag in fields:
        first, last = getattr(before, field), getattr(after, field)
        if first != last:
            sentence = text("{field}: {old} before, now {new}", field=tag, old=first, new=last)
            yield Finding(Severity.WARNING, Topic.METHOD, place, sentence)


def _family(parameters: ParameterSet, row: int) -> str:
    family = parameters.families[row]
    return f"{family.exchange}:{family.code}:{family.kind}"


def _methods(old: ParameterSet, before: Commodity, new: ParameterSet, after: Commodity) -> Iterator[Finding]:
    yield from _different(METHODS, before, after, after.code)
    for field, tag in TIERS:
        bounds = [[(tier.number, tier.start, tier.end) for tier in getattr(one, field)] for one in (before, after)]
        if bounds[0] != bounds[1]:
            sentence = text("{field}: the tiers cover other contract months", field=tag)
            yield Finding(Severity.INFORMATION, Topic.METHOD, after.code, sentence)
    links = [
        sorted((_family(parameters, link.family), link.delta_scale) for link in one.links)
        for parameters, one in ((old, before), (new, after))
    ]
    if links[0] != links[1]:
        sentence = text("other product families, or other delta scales of them, make up the combined commodity")
        yield Finding(Severity.WARNING, Topic.METHOD, after.code, sentence)
