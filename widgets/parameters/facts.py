"""The facts that the Parameters view shows: of the version in force, and of the chosen contract."""

from __future__ import annotations

from collections.abc import Iterator

from engine.numbers import MONEY_DECIMALS, NOT_COMPUTABLE, PRICE_DECIMALS, RATIO_DECIMALS, format_scaled
from engine.snapshot import ParametersInForce
from engine.span.inspection import Inspection
from engine.span.parameters import ParameterSet
from widgets.language import tr
from widgets.numbers_text import SPACE, count, date_text, fixed, percent, price
from widgets.parameters.fact_grid import Fact
from widgets.parameters.scenario_words import places_needed
from widgets.parameters.spread_table import plain

DIGITS = 12
"""Digits of the SHA-256 that are shown; all of them are copied."""


def version_facts(parameters: ParameterSet, in_force: ParametersInForce | None) -> tuple[Fact, ...]:
    """What a parameter version is; its convention is known once the desk margins by it."""
    origin = parameters.origin
    intra = sum(len(commodity.intra_spreads) for commodity in parameters.commodities)
    inter = len(parameters.inter_spreads) + len(parameters.super_spreads) + len(parameters.inter_clearing_spreads)
    convention = in_force.convention if in_force is not None else ""
    split = tr("{intra} within commodities, {inter} between them").format(intra=count(intra), inter=count(inter))
    return (
        Fact("", origin.version, hint=tr("The version in force")),
        Fact(tr("Clearing house"), origin.clearing_organisation, hint=origin.name),
        Fact(tr("Business date"), date_text(origin.business_date), origin.business_date),
        Fact(tr("Settlement"), _settlement_words(origin.settlement), origin.settlement),
        Fact(tr("Convention"), convention or "–", convention, faint=not convention),
        Fact(tr("File"), origin.file, hint=origin.format),
        Fact("SHA-256", f"{origin.sha256[:DIGITS]}…", origin.sha256),
        Fact(tr("Contracts"), count(len(parameters)), str(len(parameters))),
        Fact(tr("Commodities"), count(len(parameters.commodities)), str(len(parameters.commodities))),
        Fact(tr("Spreads"), count(intra + inter), str(intra + inter), split),
    )


def contract_facts(one: Inspection) -> tuple[Fact, ...]:
    """What the file says of a contract besides its array and its spreads."""
    return tuple(_contract_facts(one))


def _contract_facts(one: Inspection) -> Iterator[Fact]:
    family, currency = one.family, one.family.currency
    yield _figure(tr("Price"), price(one.price, family.price_decimals), one.price, PRICE_DECIMALS)
    places = places_needed((one.multiplier,), PRICE_DECIMALS)
    yield _figure(tr("Multiplier"), fixed(one.multiplier, PRICE_DECIMALS, places), one.multiplier, PRICE_DECIMALS)
    yield _figure(tr("Composite delta"), fixed(one.delta, RATIO_DECIMALS, 4), one.delta, RATIO_DECIMALS)
    if one.volatility or one.contract.right:
        yield _figure(tr("Volatility"), percent(one.volatility, 2), one.volatility, RATIO_DECIMALS)
    places = places_needed((one.price_scan, one.price_scan_down), MONEY_DECIMALS)
    up, down = (fixed(one_way, MONEY_DECIMALS, places) for one_way in (one.price_scan, one.price_scan_down))
    scan = f"{_both_ways(up, down)}{SPACE}{currency}"
    yield _figure(tr("Price scan range"), scan, one.price_scan, MONEY_DECIMALS)
    if one.volatility_scan or one.contract.right:
        yield _volatility_scan(one)
    settlement = date_text(str(one.settlement)) if one.settlement else "–"
    yield Fact(tr("Expiry"), settlement, str(one.settlement or ""), faint=not one.settlement)
    if one.commodity is not None:
        yield Fact(tr("Commodity"), f"{one.commodity.code} · {one.commodity.name}", one.commodity.code)
    else:
        yield Fact(tr("Commodity"), tr("none"), hint=tr("No combined commodity takes it: it has no margin."))
    yield Fact(tr("Delta counts in"), _month(one.delta_period), one.delta_period)
    yield _delta_scale(one)
    yield Fact(tr("Valuation"), _valuation_words(family.valuation), family.valuation)
    if one.minimum_rate is not None:
        words = f"{plain(one.minimum_rate)}{SPACE}{currency}"
        yield Fact(tr("Short opt. min."), words, plain(one.minimum_rate), str(one.minimum_method))
    for charge in one.delivery:
        words = f"{plain(charge.spread)} / {plain(charge.outright)}"
        yield Fact(tr("Delivery charge"), words, hint=tr("a delta in spreads / outright"))


def _delta_scale(one: Inspection) -> Fact:
    """The contract's own scale, times that of its product within the commodity."""
    own, product = format_scaled(one.delta_scale, RATIO_DECIMALS), one.link_delta_scale
    words = own if product is None or product == 1 else f"{own} × {plain(product)}"
    return Fact(tr("Delta scale"), words, own, tr("of the contract, times that of its product"))


def _both_ways(up: str, down: str) -> str:
    """A range, or the two of them where down is another than up."""
    return up if up == down else f"+{up} / −{down}"


def _volatility_scan(one: Inspection) -> Fact:
    relative = tr("a share of the volatility") if one.volatility_relative else tr("in volatility points")
    words = _both_ways(percent(one.volatility_scan, 2), percent(one.volatility_scan_down, 2))
    return _figure(tr("Vol. scan range"), words, one.volatility_scan, RATIO_DECIMALS)._replace(hint=relative)


def _figure(label: str, words: str, value: int, decimals: int) -> Fact:
    if value == NOT_COMPUTABLE:
        return Fact(label, tr("none"), "", tr("The file gives none."), faint=True)
    return Fact(label, words, format_scaled(value, decimals))


def _month(period: str) -> str:
    """``202703`` with a hyphen; what is no month as the file writes it."""
    year, month = period[:4], period[4:6]
    if len(period) < 6 or not period[:6].isdecimal() or year == "0000":
        return period
    return f"{year}-{month}{period[6:]}"


def _settlement_words(settlement: str) -> str:
    """A settlement qualifier in words; one that is not known as the file writes it."""
    return {
        "final": tr("final"),
        "settle": tr("settlement"),
        "early": tr("early"),
        "complete": tr("complete"),
        "intraday": tr("intraday"),
    }.get(settlement.lower(), settlement)


def _valuation_words(valuation: str) -> str:
    """How a product is valued: with the premium paid at once, or marked to market as futures are."""
    return {"EQTY": tr("premium paid"), "FUT": tr("marked to market")}.get(valuation, valuation)
