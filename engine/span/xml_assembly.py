"""Puts the parts of an XML parameter file together once it has been read to its end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeVar

import numpy as np
from lxml import etree

from engine.numbers import Integers
from engine.span.contract_order import ContractOrder
from engine.span.parameters import (
    SCENARIOS,
    Commodity,
    Conversion,
    Currency,
    DeltaPoint,
    Family,
    FamilyLink,
    Origin,
    ParameterSet,
    RateSet,
    ScanPoint,
)
from engine.span.xml_commodities import check_legs, resolve_link
from engine.span.xml_elements import FETCH_AGAIN, ElementReader
from engine.span.xml_parts import StreamedParts
from engine.span.xml_schema import (
    CLEARING_ORGANISATION,
    CONVERSION,
    CURRENCY,
    DELTA_POINT,
    FILE,
    POINT_IN_TIME,
    RATE_SET,
    SCAN_DEFINITION,
    SCAN_POINT,
    Layout,
)
from engine.span.xml_values import FILE_FORMAT
from engine.text import BadInputError, text

Record = TypeVar("Record")


def assemble(reader: ElementReader, parts: StreamedParts, root: etree._Element, sha256: str) -> ParameterSet:
    """Read what is left of the tree and join it with the streamed parts.

    Args:
        reader: Reads elements of the file.
        parts: What was taken in while the file streamed by.
        root: The tree without those parts.
        sha256: Digest of the bytes of the file.

    Raises:
        BadInputError: A part is missing, given twice, or names one that is not there.
    """
    if root.tag != "spanFile":
        raise reader.error(root, text("the file is not a SPAN parameter file: its root is not spanFile"))
    header = reader.values(root, FILE)
    point = _only_child(reader, root, "pointInTime")
    time = reader.values(point, POINT_IN_TIME)
    organisation = _only_child(reader, point, "clearingOrg")
    house = reader.values(organisation, CLEARING_ORGANISATION)
    if not parts.commodities:
        raise reader.error(organisation, text("the file has no combined commodity (ccDef)"))
    if not len(parts.contracts):
        raise reader.error(organisation, text("the file has no contract"))
    families = _with_underlyings(parts)
    commodities = _with_links(parts, families, house["option_on_physical_delta"])
    order = ContractOrder(
        parts.contracts,
        families,
        _commodity_of(parts, commodities, len(families)),
        np.array(parts.multipliers, dtype=np.int64),
        reader.file,
    )
    by_code = {commodity.code: commodity for commodity in commodities}
    for name in ("super_spreads", "inter_spreads"):
        check_legs(parts.spreads[name], by_code)
    spreads: dict[str, Any] = {name: tuple(one.spread for one in found) for name, found in parts.spreads.items()}
    points = _only_child(reader, organisation, "pointDef")
    return ParameterSet(
        origin=Origin(
            file=reader.file,
            sha256=sha256,
            clearing_organisation=house.pop("code"),
            name=house.pop("name"),
            business_date=time["date"],
            settlement=time["qualifier"] or ("final" if time["is_settlement"] else "intraday"),
            created=header["created"],
            format=f"XML {FILE_FORMAT}",
        ),
        **house,
        currencies=_records(reader, root, "definitions/currencyDef", CURRENCY, Currency),
        conversions=_records(reader, organisation, "curConv", CONVERSION, Conversion),
        rate_sets=_records(reader, organisation, "pbRateDef", RATE_SET, RateSet),
        scan_points=_scan_points(reader, points),
        delta_points=_delta_points(reader, points),
        families=tuple(families),
        periods=order.periods,
        contracts=order.table(),
        commodities=tuple(commodities),
        **spreads,
    )


def _only_child(reader: ElementReader, parent: etree._Element, tag: str) -> etree._Element:
    children = parent.findall(tag)
    if not children:
        raise BadInputError(reader.where(parent, tag), text("the element is missing"), FETCH_AGAIN)
    if len(children) > 1:
        # Figures of two times, houses or scenario sets in one file would be mixed up.
        raise reader.error(children[1], text("the element is given twice, one is expected"))
    return children[0]


def _records(
    reader: ElementReader, parent: etree._Element, path: str, layout: Layout, record: Callable[..., Record]
) -> tuple[Record, ...]:
    return tuple(record(**reader.values(child, layout)) for child in parent.findall(path))


def _with_underlyings(parts: StreamedParts) -> list[Family]:
    rows = {(family.exchange, family.identifier): row for row, family in enumerate(parts.families)}
    return [
        replace(family, underlying=rows.get(underlying, -1)) if underlying else family
        for family, underlying in zip(parts.families, parts.underlying_families, strict=True)
    ]


def _with_links(parts: StreamedParts, families: list[Family], option_on_physical_delta: str) -> list[Commodity]:
    rows = {(family.exchange, family.identifier): row for row, family in enumerate(families)}
    commodities = []
    for linked in parts.commodities.values():
        links: list[FamilyLink] = []
        for link in linked.links:
            links.append(resolve_link(link, rows, families, option_on_physical_delta))
        commodities.append(replace(linked.commodity, links=tuple(links)))
    return commodities


def _commodity_of(parts: StreamedParts, commodities: list[Commodity], families: int) -> Integers:
    """int64 [families], the commodity that takes each family, or -1."""
    owner = np.full(families, -1, dtype=np.int64)
    for row, (commodity, linked) in enumerate(zip(commodities, parts.commodities.values(), strict=True)):
        for link, source in zip(commodity.links, linked.links, strict=True):
            if owner[link.family] >= 0:
                other = commodities[int(owner[link.family])].code
                what = text("the product family is in combined commodity {code} already", code=other)
                raise BadInputError(source.where, what, FETCH_AGAIN)
            owner[link.family] = row
    return owner


def _scan_points(reader: ElementReader, parent: etree._Element) -> tuple[ScanPoint, ...]:
    """The 16 scenarios in order, each with its pair."""
    points: dict[int, ScanPoint] = {}
    for child in parent.iterchildren("scanPointDef"):
        values = reader.values(child, SCAN_POINT)
        number, paired = values["number"], values.pop("paired")
        if not 1 <= number <= SCENARIOS or number in points:
            raise reader.error(child, text("scenario {number} is given twice or out of range", number=number))
        paired = _usual_pair(number) if paired is None else paired
        if not 1 <= paired <= SCENARIOS:
            raise reader.error(child, text("paired scenario {number} is out of range", number=paired))
        price = reader.values(_only_child(reader, child, "priceScanDef"), SCAN_DEFINITION)
        volatility = reader.values(_only_child(reader, child, "volScanDef"), SCAN_DEFINITION)
        points[number] = ScanPoint(
            price_numerator=price["numerator"],
            price_denominator=price["denominator"],
            price_multiple=price["multiple"],
            volatility_multiple=volatility["multiple"],
            paired=paired,
            **values,
        )
    if len(points) != SCENARIOS:
        raise reader.error(
            parent, text("{count} scenarios are defined, not {wanted}", count=len(points), wanted=SCENARIOS)
        )
    return tuple(points[number] for number in range(1, SCENARIOS + 1))


def _usual_pair(number: int) -> int:
    """The other volatility move of the same price move; the extreme scenarios have none."""
    return number if number > SCENARIOS - 2 else (number - 1 ^ 1) + 1


def _delta_points(reader: ElementReader, parent: etree._Element) -> tuple[DeltaPoint, ...]:
    points = []
    for child in parent.iterchildren("deltaPointDef"):
        values = reader.values(child, DELTA_POINT)
        price = reader.values(_only_child(reader, child, "priceScanDef"), SCAN_DEFINITION)
        points.append(DeltaPoint(price_numerator=price["numerator"], price_denominator=price["denominator"], **values))
    return tuple(points)
