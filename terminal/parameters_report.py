"""Writes what `terminal.parameters_command` finds: files and their comparison, as JSON or as a table to read."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

import numpy as np

from engine.instruments import Contract
from engine.numbers import MONEY_DECIMALS, NOT_COMPUTABLE, RATIO_DECIMALS, Integers, format_scaled
from engine.span.comparison import Comparison
from engine.span.findings import Severity, percent_text
from engine.span.parameters import ParameterSet
from engine.text import Text, Translate, text
from terminal.margin_report import aligned
from terminal.parameters_command import MATCHES, Overview

SEVERITIES = {
    Severity.ERROR: text("error"),
    Severity.WARNING: text("warning"),
    Severity.INFORMATION: text("information"),
}


def origin_document(parameters: ParameterSet) -> dict[str, str]:
    """Which file it is."""
    origin = parameters.origin
    return {
        "version": origin.version,
        "file": origin.file,
        "sha256": origin.sha256,
        "format": origin.format,
        "clearing_organisation": origin.clearing_organisation,
        "name": origin.name,
        "business_date": origin.business_date,
        "settlement": origin.settlement,
        "created": origin.created,
    }


def overview_document(overview: Overview) -> dict[str, Any]:
    """File, convention, counts, and a line a combined commodity; ranges of one contract as decimal text."""
    parameters = overview.parameters
    convention = overview.convention
    return {
        "parameters": {**origin_document(parameters), "convention": convention.name if convention else None},
        "counts": _counts(overview),
        "commodities": dict(_commodities(parameters)),
    }


def overview_as_json(overview: Overview) -> str:
    """The document as JSON."""
    return as_json(overview_document(overview))


def overview_as_table(overview: Overview, translate: Translate) -> str:
    """Origin and counts, then a table of the combined commodities."""
    document = overview_document(overview)
    headings = (
        text("commodity"),
        text("currency"),
        text("products"),
        text("contracts"),
        text("price scan range"),
        text("volatility scan range"),
        text("intra spreads"),
        text("inter spreads"),
    )
    rows = [[heading.translated(translate) for heading in headings]]
    for code, figures in document["commodities"].items():
        rows.append(
            [
                code,
                figures["currency"],
                str(len(figures["products"])),
                str(figures["contracts"]),
                _range_text(figures["price_scan"]),
                _range_text(figures["volatility_scan"]),
                str(figures["intra_spreads"]),
                str(figures["inter_spreads"]),
            ]
        )
    return "\n".join([*_overview_lines(overview, translate), "", *aligned(iter(rows), left=2)]) + "\n"


def check_as_table(overview: Overview, translate: Translate) -> str:
    """What a file was found to hold, and that it can be used."""
    lines = _overview_lines(overview, translate)
    lines.append(text("The file can be used: nothing in it is unknown to the calculation.").translated(translate))
    return "\n".join(lines) + "\n"


def matches_as_json(found: list[Contract]) -> str:
    """Contracts that a search may mean."""
    return as_json({"matches": [{"contract": str(contract), "title": contract.title} for contract in found]})


def matches_as_table(found: list[Contract], wanted: str, translate: Translate) -> str:
    """Contracts that a search may mean, a line each."""
    title = text("{wanted} may mean these contracts:", wanted=wanted)
    if len(found) == MATCHES:
        title = text("{wanted} may mean these contracts, among others:", wanted=wanted)
    lines = aligned(iter([contract.title, str(contract)] for contract in found), left=2)
    return "\n".join([title.translated(translate), *lines]) + "\n"


def diff_document(comparison: Comparison, translate: Translate) -> dict[str, Any]:
    """Both versions, how many findings of each severity, and the findings, the worst first."""
    return {
        "old": origin_document(comparison.old),
        "new": origin_document(comparison.new),
        "counts": {severity.value: comparison.count(severity) for severity in Severity},
        "findings": [
            {
                "severity": finding.severity.value,
                "topic": finding.topic.value,
                "place": finding.place,
                "sentence": finding.sentence.translated(translate),
                "move_percent": percent_text(finding.move).lstrip("+") if finding.move is not None else None,
            }
            for finding in comparison.findings
        ],
    }


def diff_as_json(comparison: Comparison, translate: Translate) -> str:
    """The document as JSON."""
    return as_json(diff_document(comparison, translate))


def diff_as_table(comparison: Comparison, translate: Translate) -> str:
    """A line a finding, then how many there are."""
    old, new = comparison.old.origin, comparison.new.origin
    lines = [text("{old} compared with {new}", old=new.version, new=old.version).translated(translate)]
    if not comparison.findings:
        return "\n".join([*lines, text("Nothing changed.").translated(translate)]) + "\n"
    rows = (
        [SEVERITIES[one.severity].translated(translate), one.place, one.sentence.translated(translate)]
        for one in comparison.findings
    )
    lines += aligned(rows, left=3)
    counts = text(
        "errors: {errors}, warnings: {warnings}, information: {remarks}",
        errors=comparison.count(Severity.ERROR),
        warnings=comparison.count(Severity.WARNING),
        remarks=comparison.count(Severity.INFORMATION),
    )
    return "\n".join([*lines, counts.translated(translate)]) + "\n"


def as_json(document: dict[str, Any]) -> str:
    """A document as JSON text."""
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _counts(overview: Overview) -> dict[str, int]:
    parameters = overview.parameters
    return {
        "families": len(parameters.families),
        "contracts": len(parameters),
        "commodities": len(parameters.commodities),
        "intra_spreads": sum(len(commodity.intra_spreads) for commodity in parameters.commodities),
        "inter_spreads": len(parameters.inter_spreads),
        "super_spreads": len(parameters.super_spreads),
        "inter_clearing_spreads": len(parameters.inter_clearing_spreads),
        "contracts_without_array": overview.without_array,
        "contracts_without_price": overview.without_price,
        "contracts_without_commodity": overview.without_commodity,
    }


def _overview_lines(overview: Overview, translate: Translate) -> list[str]:
    origin, counts = overview.parameters.origin, _counts(overview)
    convention: Text | str = overview.convention.name if overview.convention else text("none known")
    sentences = [
        text(
            "{version}, {file} (sha256 {digest})", version=origin.version, file=origin.file, digest=origin.sha256[:12]
        ),
        text(
            "{name}: business date {date}, settlement {settlement}, created {created}, format {format}, "
            "rounding convention {convention}",
            name=origin.name or origin.clearing_organisation,
            date=origin.business_date,
            settlement=origin.settlement,
            created=origin.created,
            format=origin.format,
            convention=convention,
        ),
        text("{contracts} contracts of {families} product families in {commodities} combined commodities", **counts),
        text(
            "{intra_spreads} intra-commodity, {inter_spreads} inter-commodity, {super_spreads} super and "
            "{inter_clearing_spreads} inter-clearing spreads",
            **counts,
        ),
        text(
            "{contracts_without_array} contracts without risk array, {contracts_without_price} without price, "
            "{contracts_without_commodity} in no combined commodity",
            **counts,
        ),
    ]
    return [sentence.translated(translate) for sentence in sentences]


def _commodities(parameters: ParameterSet) -> Iterator[tuple[str, dict[str, Any]]]:
    table, arrays = parameters.contracts, parameters.contracts.arrays[parameters.rate_set]
    between = (*parameters.super_spreads, *parameters.inter_spreads, *parameters.inter_clearing_spreads)
    counts = Counter(code for spread in between for code in {leg.commodity for leg in spread.legs})
    for index, commodity in enumerate(parameters.commodities):
        # Contracts are ordered by commodity.
        run = slice(*np.searchsorted(table.commodity, (index, index + 1)).tolist())
        yield (
            commodity.code,
            {
                "name": commodity.name,
                "currency": commodity.currency,
                "products": [_product(parameters, link.family) for link in commodity.links],
                "contracts": run.stop - run.start,
                "price_scan": _range(arrays.price_scan[run], MONEY_DECIMALS),
                "volatility_scan": _range(arrays.volatility_scan[run], RATIO_DECIMALS),
                "intra_spreads": len(commodity.intra_spreads),
                "inter_spreads": counts[commodity.code],
            },
        )


def _product(parameters: ParameterSet, row: int) -> str:
    family = parameters.families[row]
    return f"{family.exchange}:{family.code}:{family.kind}"


def _range(values: Integers, decimals: int) -> list[str] | None:
    """Least and largest of the values above 0."""
    known = values[(values != NOT_COMPUTABLE) & (values != 0)]
    return [format_scaled(int(end), decimals) for end in (known.min(), known.max())] if len(known) else None


def _range_text(ends: list[str] | None) -> str:
    if ends is None:
        return ""
    return ends[0] if ends[0] == ends[1] else f"{ends[0]}–{ends[1]}"
