"""Writes what the parameters say of one contract, as JSON or as tables with a small plot of the risk array."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from engine.numbers import MONEY_DECIMALS, NOT_COMPUTABLE, PRICE_DECIMALS, RATIO_DECIMALS, format_scaled
from engine.span.comparison_rates import leg_text, spread_text
from engine.span.inspection import Inspection, SpreadKind, SpreadOfCommodity, bars
from engine.span.parameters import ScanPoint, Spread
from engine.text import Text, Translate, text
from terminal.margin_report import aligned, text_width
from terminal.parameters_report import as_json

BAR = 24
"""Signs of the longest bar on either side of the plot's axis."""

SPREADS = {
    SpreadKind.SUPER: text("super spread"),
    SpreadKind.INTRA: text("intra-commodity spread"),
    SpreadKind.INTER: text("inter-commodity spread"),
    SpreadKind.INTER_CLEARING: text("inter-clearing spread"),
}


def contract_document(one: Inspection) -> dict[str, Any]:
    """Everything of the contract as plain data: figures as decimal text, null where the file has none."""
    return {
        "parameters": {"version": one.version, "rate_set": one.rate_set},
        "contract": str(one.contract),
        "title": one.contract.title,
        "family": one.family.name,
        "currency": one.family.currency,
        "valuation": one.family.valuation,
        "commodity": one.commodity.code if one.commodity else None,
        "delta_period": one.delta_period,
        "settlement_date": str(one.settlement) if one.settlement else None,
        "price": _figure(one.price, PRICE_DECIMALS),
        "multiplier": _figure(one.multiplier, PRICE_DECIMALS),
        "volatility": _figure(one.volatility, RATIO_DECIMALS),
        "delta": _figure(one.delta, RATIO_DECIMALS),
        "delta_scale": _figure(one.delta_scale, RATIO_DECIMALS),
        "family_delta_scale": None if one.link_delta_scale is None else _plain(one.link_delta_scale),
        "price_scan": _figure(one.price_scan, MONEY_DECIMALS),
        "price_scan_down": _figure(one.price_scan_down, MONEY_DECIMALS),
        "volatility_scan": _figure(one.volatility_scan, RATIO_DECIMALS),
        "volatility_scan_down": _figure(one.volatility_scan_down, RATIO_DECIMALS),
        "volatility_scan_is_fraction": one.volatility_relative,
        "array": [_figure(loss, MONEY_DECIMALS) for loss in one.scenarios] if one.has_array else None,
        "spreads": [_spread_document(spread, one.rate_set) for spread in one.spreads],
        "delivery": [
            {"period": charge.period, "spread": _plain(charge.spread), "outright": _plain(charge.outright)}
            for charge in one.delivery
        ],
        "short_option_minimum": (
            None if one.minimum_rate is None else {"method": one.minimum_method, "rate": _plain(one.minimum_rate)}
        ),
    }


def contract_as_json(one: Inspection) -> str:
    """The document as JSON."""
    return as_json(contract_document(one))


def contract_as_table(one: Inspection, translate: Translate) -> str:
    """Figures, the risk array with a plot of it, and spreads and charges."""
    lines = [text("{contract} in {version}", contract=str(one.contract), version=one.version).translated(translate)]
    figures = [[label.translated(translate), value] for label, value in _figures(one, translate) if value]
    lines += ["", *aligned(iter(figures), left=2), ""]
    if one.has_array:
        lines.append(text("Loss of one long contract in each scenario:").translated(translate))
        lines += aligned(_array(one, translate), left=0)
    else:
        lines.append(text("The file has no risk array for this contract.").translated(translate))
    return "\n".join([*lines, *_spread_lines(one, translate)]) + "\n"


def _figures(one: Inspection, translate: Translate) -> Iterator[tuple[Text, str]]:
    document = contract_document(one)
    yield text("product"), f"{one.family.name} ({one.family.valuation})"
    if one.commodity:
        yield text("combined commodity"), f"{one.commodity.code} ({one.commodity.name})"
    yield text("currency"), one.family.currency
    yield text("settlement date"), document["settlement_date"] or ""
    yield text("price"), document["price"] or text("none").translated(translate)
    yield text("contract multiplier"), document["multiplier"] or ""
    yield text("volatility"), (document["volatility"] or "") if one.volatility else ""
    yield text("composite delta"), document["delta"] or ""
    yield text("counts in month"), one.delta_period
    yield text("delta scale"), document["delta_scale"] or ""
    yield text("delta scale of the product"), document["family_delta_scale"] or ""
    yield text("price scan range"), _both_ways(document, "price_scan", translate)
    fraction = text("a fraction of the volatility").translated(translate)
    volatility = _both_ways(document, "volatility_scan", translate)
    yield text("volatility scan range"), f"{volatility} ({fraction})" if one.volatility_relative else volatility
    for charge in one.delivery:
        sentence = text(
            "{spread} a delta in spreads, {outright} outright",
            spread=_plain(charge.spread),
            outright=_plain(charge.outright),
        )
        yield text("delivery charge"), sentence.translated(translate)
    if one.minimum_rate is not None:
        yield text("short option minimum"), f"{_plain(one.minimum_rate)} ({one.minimum_method})"


def _both_ways(document: dict[str, Any], name: str, translate: Translate) -> str:
    """A range, or the two of them where down is another than up."""
    up, down = document[name] or "", document[f"{name}_down"] or ""
    return up if up == down else text("{up} up, {down} down", up=up, down=down).translated(translate)


def _array(one: Inspection, translate: Translate) -> Iterator[list[str]]:
    """Scenario, price move, volatility move, weight, loss, and the plot: losses to the right of the axis."""
    headings = (text("scenario"), text("price move"), text("volatility move"), text("weight"), text("loss"))
    gain, loss = text("gain").translated(translate), text("loss").translated(translate)
    points = {point.number: point for point in one.points}
    lengths = bars(one.scenarios, BAR)
    places = max(len(format_scaled(value, MONEY_DECIMALS).partition(".")[2]) for value in one.scenarios)
    left = max(text_width(gain), *(-length for length in lengths))
    right = max(text_width(loss), *lengths)
    title = f"{' ' * (left - text_width(gain))}{gain}|{loss}{' ' * (right - text_width(loss))}"
    yield [*(heading.translated(translate) for heading in headings), title]
    for number, (value, length) in enumerate(zip(one.scenarios, lengths, strict=True), start=1):
        bar = f"{'#' * -length:>{left}}|{'#' * length:<{right}}"
        yield [str(number), *_moves(points.get(number)), format_scaled(value, MONEY_DECIMALS, places), bar]


def _moves(point: ScanPoint | None) -> list[str]:
    if point is None:
        return ["", "", ""]
    price = f"{point.price_numerator.normalize():+f}"
    if point.price_numerator == 0:
        price = "0"
    elif point.price_denominator != 1:
        price += f"/{_plain(point.price_denominator)}"
    volatility = f"{point.volatility_multiple.normalize():+f}" if point.volatility_multiple else "0"
    return [price, volatility, _plain(point.weight)]


def _spread_lines(one: Inspection, translate: Translate) -> list[str]:
    """Spreads that the contract can be in; the others of its commodity only counted."""
    own = [spread for spread in one.spreads if spread.takes_part]
    lines = []
    if own:
        lines += ["", text("Spreads it can take part in:").translated(translate)]
        headings = (text("spread"), text("priority"), text("rate"), text("legs"))
        rows = [[heading.translated(translate) for heading in headings]]
        rows += (
            [
                SPREADS[spread.kind].translated(translate),
                str(spread.spread.priority),
                _spread_rate(spread, one.rate_set),
                spread_text(spread.spread),
            ]
            for spread in own
        )
        lines += aligned(iter(rows), left=4)
    others = len(one.spreads) - len(own)
    if others:
        sentence = text("spreads of its combined commodity for other contract months: {count}", count=others)
        lines += ["", sentence.translated(translate)]
    return lines


def _spread_rate(spread: SpreadOfCommodity, rate_set: int) -> str:
    method = spread.spread.method.value if isinstance(spread.spread, Spread) else "S"
    return f"{method} {_plain(spread.spread.rates.get(rate_set, Decimal(0)))}"


def _spread_document(spread: SpreadOfCommodity, rate_set: int) -> dict[str, Any]:
    rates = spread.spread.rates
    return {
        "kind": spread.kind.value,
        "priority": spread.spread.priority,
        "method": spread.spread.method.value if isinstance(spread.spread, Spread) else "scanning",
        "rate": _plain(rates[rate_set]) if rate_set in rates else None,
        "takes_part": spread.takes_part,
        "legs": [leg_text(leg) for leg in spread.spread.legs],
    }


def _figure(value: int, decimals: int) -> str | None:
    return None if value == NOT_COMPUTABLE else format_scaled(value, decimals)


def _plain(value: Decimal) -> str:
    return f"{value.normalize():f}"
