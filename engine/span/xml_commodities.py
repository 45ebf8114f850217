"""Reads combined commodities and spreads of an XML parameter file into the model."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from lxml import etree

from engine.span.parameters import (
    Adjustment,
    Commodity,
    DeliveryCharge,
    Family,
    FamilyLink,
    Leg,
    ScanningSpread,
    Spread,
    Tier,
)
from engine.span.xml_elements import FETCH_AGAIN, ElementReader
from engine.span.xml_schema import (
    ADJUSTMENT,
    COMMODITY,
    DELIVERY_CHARGE,
    DELTA_SPREAD,
    FAMILY_LINK,
    LEGS,
    MONTH_RATE_OF_SET,
    RATE_OF_SET,
    SCANNED_LEGS,
    SCANNING_SPREAD,
    SCANNING_SPREADS,
    TIER,
    TIER_LISTS,
    Layout,
)
from engine.text import BadInputError, text


class Link(NamedTuple):
    """A family link (pfLink) as written; the family may stand anywhere in the file."""

    values: Mapping[str, Any]
    where: str


class LinkedCommodity(NamedTuple):
    """A combined commodity whose links are still names."""

    commodity: Commodity
    links: tuple[Link, ...]
    where: str


class SpreadLegs(NamedTuple):
    """A spread between commodities and where it stands, to be checked once all commodities are known."""

    spread: Spread | ScanningSpread
    where: str


def read_commodity(reader: ElementReader, element: etree._Element) -> LinkedCommodity:
    """Read a ``ccDef``.

    Raises:
        BadInputError: A field, tier, rate or spread of it is wrong.
    """
    values = reader.values(element, COMMODITY)
    tiers: dict[str, Any] = {name: _tiers(reader, element, tag) for tag, name in TIER_LISTS.items()}
    adjustments = [Adjustment(**reader.values(child, ADJUSTMENT)) for child in element.iterchildren("adjRate")]
    charges = [DeliveryCharge(**reader.values(child, DELIVERY_CHARGE)) for child in element.iterchildren("spotRate")]
    spreads = []
    numbers = {tier.number for tier in tiers["intra_tiers"]}
    for child in element.iterchildren("dSpread"):
        spread = _delta_spread(reader, child)
        for leg in spread.legs:
            if leg.commodity != values["code"]:
                raise reader.error(child, text("a leg is of another commodity, {code}", code=leg.commodity))
            if leg.tier and leg.tier not in numbers:
                raise reader.error(child, text("a leg is of tier {number}, which is not defined", number=leg.tier))
        spreads.append(spread)
    commodity = Commodity(
        **values,
        links=(),
        adjustments=tuple(adjustments),
        **tiers,
        intra_spreads=tuple(spreads),
        delivery_charges=tuple(charges),
    )
    links = tuple(
        Link(reader.values(child, FAMILY_LINK), reader.where(child)) for child in element.iterchildren("pfLink")
    )
    return LinkedCommodity(commodity, links, reader.where(element))


def read_spreads(reader: ElementReader, element: etree._Element) -> Iterator[SpreadLegs]:
    """Read ``superSpreads``, ``interSpreads`` or ``interClearSpreads``.

    Raises:
        BadInputError: A field or leg is wrong, or the list holds something that is not a known spread.
    """
    for child in element:
        if child.tag == "dSpread":
            yield SpreadLegs(_delta_spread(reader, child), reader.where(child))
        elif child.tag in SCANNING_SPREADS:
            yield SpreadLegs(_scanning_spread(reader, child), reader.where(child))
        else:
            raise reader.error(child, text("this kind of spread is not known"))


def check_legs(spreads: list[SpreadLegs], commodities: Mapping[str, Commodity]) -> None:
    """See that the legs of spreads between commodities name commodities and tiers of the file.

    Raises:
        BadInputError: A leg names one that is not there.
    """
    for spread, where in spreads:
        for leg in spread.legs:
            commodity = commodities.get(leg.commodity)
            if commodity is None:
                what = text("a leg names commodity {code}, which is not defined", code=leg.commodity)
                raise BadInputError(where, what, FETCH_AGAIN)
            if leg.tier and leg.tier not in {tier.number for tier in commodity.inter_tiers}:
                what = text("a leg is of tier {number}, which is not defined", number=leg.tier)
                raise BadInputError(where, what, FETCH_AGAIN)


def resolve_link(link: Link, families: Mapping[tuple[str, str], int], kinds: list[Family], default: str) -> FamilyLink:
    """Turn the names of a link into the family's row.

    Args:
        link: Link as written.
        families: Rows by exchange and identifier.
        kinds: All families.
        default: How options on physicals count where the link does not say.

    Raises:
        BadInputError: The family is not in the file, or is of another kind.
    """
    values = dict(link.values)
    exchange, identifier, kind = values.pop("exchange"), values.pop("identifier"), values.pop("kind")
    row = families.get((exchange, identifier))
    if row is None:
        what = text(
            "links to product family {number} of {exchange}, which is not defined", number=identifier, exchange=exchange
        )
        raise BadInputError(link.where, what, FETCH_AGAIN)
    if kind and kind != kinds[row].kind:
        what = text("links to a family of kind {kind}, but it is {other}", kind=kind, other=kinds[row].kind)
        raise BadInputError(link.where, what, FETCH_AGAIN)
    values["option_on_physical_delta"] = values["option_on_physical_delta"] or default
    return FamilyLink(family=row, **values)


def _tiers(reader: ElementReader, commodity: etree._Element, tag: str) -> tuple[Tier, ...]:
    tiers: dict[int, Tier] = {}
    for tier_list in commodity.iterchildren(tag):
        for child in tier_list.iterchildren("tier"):
            values = reader.values(child, TIER)
            if values["number"] in tiers:
                raise reader.error(child, text("tier {number} is given twice", number=values["number"]))
            has_scan_rates = child.find("scanRate") is not None
            tiers[values["number"]] = Tier(**values, rates=_rates(reader, child), has_scan_rates=has_scan_rates)
    return tuple(tiers.values())


def _rates(reader: ElementReader, element: etree._Element) -> dict[int, Decimal]:
    return {number: values["value"] for number, values in _by_set(reader, element, "rate", RATE_OF_SET).items()}


def _by_set(reader: ElementReader, element: etree._Element, tag: str, layout: Layout) -> dict[int, dict[str, Any]]:
    """Values of the children ``tag``, of which there is one a rate set."""
    found: dict[int, dict[str, Any]] = {}
    for child in element.iterchildren(tag):
        values = reader.values(child, layout)
        if values["rate_set"] in found:
            raise reader.error(child, text("rate set {number} is given twice", number=values["rate_set"]))
        found[values["rate_set"]] = values
    return found


def _legs(reader: ElementReader, element: etree._Element, layouts: Mapping[str, Layout]) -> Iterator[tuple[Leg, bool]]:
    """The legs of a spread, and whether each is the target of a scanning spread."""
    for child in element:
        layout = layouts.get(str(child.tag))
        if layout is None:
            # A leg passed over would leave another spread than the clearing house's.
            if str(child.tag).endswith("Leg"):
                raise reader.error(child, text("this kind of spread leg is not known"))
            if str(child.tag).endswith("Spread"):
                raise reader.error(child, text("a spread within a spread is not known"))
            continue
        values = reader.values(child, layout)
        target = values.pop("target", False)
        rate = next(iter(_rates(reader, child).values()), None)
        yield Leg(**{"tier": 0, "period": "", **values}, rate=rate), target


def _delta_spread(reader: ElementReader, element: etree._Element) -> Spread:
    values = reader.values(element, DELTA_SPREAD)
    legs = tuple(leg for leg, _ in _legs(reader, element, LEGS))
    if len(legs) < 2:
        raise reader.error(element, text("a spread has two legs or more, this has {count}", count=len(legs)))
    both = _by_set(reader, element, "pmpsRate", MONTH_RATE_OF_SET)
    months = {number: one["month"] for number, one in both.items()}
    rates = _rates(reader, element) | {number: one["value"] for number, one in both.items()}
    if not rates and all(leg.rate is None for leg in legs):
        raise reader.error(element, text("the spread has no rate"))
    return Spread(rates=rates, legs=legs, month_rates=months, **values)


def _scanning_spread(reader: ElementReader, element: etree._Element) -> ScanningSpread:
    values = reader.values(element, SCANNING_SPREAD)
    legs = list(_legs(reader, element, SCANNED_LEGS))
    targets = [leg for leg, target in legs if target]
    if len(targets) != 1:
        raise reader.error(element, text("a scanning spread has one target, this has {count}", count=len(targets)))
    return ScanningSpread(
        rates=_rates(reader, element),
        legs=tuple(leg for leg, _ in legs),
        target=targets[0],
        hybrid=SCANNING_SPREADS[str(element.tag)],
        **values,
    )
