"""Refuses, by name, what a file asks for and the calculation does not know: no figure rather than a wrong one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from engine.span.parameters import ChargeMethod, Commodity, ParameterSet, ScanningSpread, Spread
from engine.span.scanning_table import legs_of
from engine.text import BadInputError, Text, text

PERIOD_DELTA = "PERIOD"
NO_COMBINATION = "NONE"
USUAL_PROCESSING = "NORMAL"
DELIVERY_METHODS = ("", "NORMAL", "10")


def refuse_unsupported(parameters: ParameterSet) -> None:
    """See that the margin calculation knows every method these parameters ask for.

    Raises:
        BadInputError: It does not; names the first such method, and the combined commodity or spread.
    """
    for place, what in _unsupported(parameters):
        raise BadInputError(
            f"{parameters.origin.file}: {place}",
            what,
            text("this version cannot margin by this file; use one without it"),
        )


def _unsupported(parameters: ParameterSet) -> Iterator[tuple[str, Text]]:
    """Where and what, one after the other."""
    if parameters.option_on_physical_delta != PERIOD_DELTA:
        yield "clearingOrg/oopDeltaMeth", _method("oopDeltaMeth", parameters.option_on_physical_delta)
    commodities = {commodity.code: commodity for commodity in parameters.commodities}
    for commodity in parameters.commodities:
        for field, what in _commodity(commodity):
            yield f"ccDef[{commodity.code}]/{field}", what
    for place, spreads in (
        ("superSpreads", parameters.super_spreads),
        ("interSpreads", parameters.inter_spreads),
        ("interClearSpreads", parameters.inter_clearing_spreads),
    ):
        for spread in spreads:
            known = _spread_between(spread) if isinstance(spread, Spread) else _scanning(spread, commodities)
            for what in known:
                yield f"{place}[{spread.priority}]", what


def _method(field: str, method: str) -> Text:
    return text("method {method} of {field} is not supported", field=field, method=method)


def _commodity(commodity: Commodity) -> Iterator[tuple[str, Text]]:
    if commodity.risk_exponent != 0:
        yield (
            "riskExponent",
            text("a risk exponent other than 0 is not supported: {value}", value=commodity.risk_exponent),
        )
    if commodity.processing_method != USUAL_PROCESSING:
        yield "procMeth", _method("procMeth", commodity.processing_method)
    if commodity.combination_method != NO_COMBINATION:
        yield "cmbMeth", _method("cmbMeth", commodity.combination_method)
    yield from _links(commodity)
    if commodity.delivery_charges and commodity.delivery_method not in DELIVERY_METHODS:
        yield "spotMeth", _method("spotMeth", commodity.delivery_method)
    for spread in commodity.intra_spreads:
        if (spread.method is ChargeMethod.PER_PERIOD) != bool(spread.month_rates):
            yield f"dSpread[{spread.priority}]", text("method P and the rates of a month (pmpsRate) need one another")
        if spread.method is ChargeMethod.PER_PERIOD and any(leg.rate is not None for leg in spread.legs):
            yield f"dSpread[{spread.priority}]", text("rates of single legs in a spread by month are not supported")


def _links(commodity: Commodity) -> Iterator[tuple[str, Text]]:
    for link in commodity.links:
        if link.combination_method != NO_COMBINATION:
            yield "pfLink", _method("cmbMeth", link.combination_method)
        if link.option_on_physical_delta != PERIOD_DELTA:
            yield "pfLink", _method("oopDeltaMeth", link.option_on_physical_delta)
        if link.basis_risk:
            yield "pfLink", text("basis risk is not supported")


def _spread_between(spread: Spread) -> Iterator[Text]:
    if spread.method is ChargeMethod.PER_PERIOD:
        yield _method("chargeMeth", spread.method)


def _scanning(spread: ScanningSpread, commodities: Mapping[str, Commodity]) -> Iterator[Text]:
    """What of a scanning spread is not known. Its legs name commodities of the file."""
    target, legs = commodities[spread.target.commodity], legs_of(spread)
    codes = [leg.commodity for leg in legs]
    if spread.hybrid:
        yield text("hybrid spreads (hSpread) are not supported")
    if spread.currency_risk or any(commodities[code].currency != target.currency for code in codes):
        yield text("scanning spreads of several currencies are not supported")
    if any(leg.tier or leg.period for leg in legs):
        yield text("scanning spreads of tiers or months are not supported")
    if len(set(codes)) < len(codes):
        yield text("scanning spreads with two legs in one commodity are not supported")
    for code in codes:
        if _bounds(target) and _bounds(commodities[code]) != _bounds(target):
            yield text("commodity {code} has other scan tiers than the target of a scanning spread", code=code)
    if not spread.rates and any(leg.rate is None for leg in legs):
        yield text("a scanning spread without a credit rate is not supported")


def _bounds(commodity: Commodity) -> list[tuple[str, str]]:
    """Where the scan tiers start and end; none where one takes everything."""
    return [(tier.start, tier.end) for tier in commodity.scan_tiers if tier.start or tier.end]
