"""The files that mutations start from: the real ones, where they stand beside the checkout, and small ones."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from lxml import etree

from tests.engine.span import small_file, small_positional
from tests.engine.span.small_market import xml_of
from tests.engine.span.test_margin import everything
from tests.span_files import SHARED_DATA

SAMPLE = Path(__file__).parents[2] / "resources" / "sample"
TAKASBANK = SHARED_DATA / "span" / "takas.spn"
RECORDS = SHARED_DATA / "span" / "cme-2019-01-02-records.pa2"
KEPT_COMMODITIES = ("XU030", "AKBNKE", "TRYUSD")
KEPT_OPTIONS = 8


@dataclass(frozen=True)
class Seed:
    """A file that is read without an error.

    Attributes:
        name: Its name in the report.
        positional: Whether it is in the positional format.
        weight: How often it is taken, in proportion to the others.
        content: Its bytes.
    """

    name: str
    positional: bool
    weight: int
    content: bytes


@cache
def seeds() -> tuple[Seed, ...]:
    """All seeds that can be had in this checkout."""
    found = [
        Seed("small.spn", False, 6, small_file.SMALL.encode("latin-1")),
        Seed("every-step.spn", False, 6, xml_of(everything()).encode()),
        Seed("market.spn", False, 1, (SAMPLE / "market.spn").read_bytes()),
        Seed("small.pa2", True, 6, small_positional.small().encode("latin-1")),
        Seed("market.pa2", True, 2, (SAMPLE / "market.pa2").read_bytes()),
    ]
    found += _real(TAKASBANK, lambda content: Seed("takas.spn", False, 1, content))
    found += _real(TAKASBANK, lambda content: Seed("takas-excerpt.spn", False, 6, excerpt(content)))
    found += _real(RECORDS, lambda content: Seed("real-records.pa2", True, 4, small_positional.real_file(content)))
    return tuple(found)


def _real(path: Path, seed: Callable[[bytes], Seed]) -> list[Seed]:
    return [seed(path.read_bytes())] if path.is_file() else []


def excerpt(content: bytes) -> bytes:
    """An XML parameter file cut down to a few combined commodities and a few options of each series."""
    root = etree.fromstring(content)
    families = set()
    for commodity in root.iter("ccDef"):
        if commodity.findtext("cc") in KEPT_COMMODITIES:
            families |= {(link.findtext("exch"), link.findtext("pfId")) for link in commodity.iter("pfLink")}
        else:
            _drop(commodity)
    for exchange in root.iter("exchange"):
        for family in list(exchange):
            if len(family) and (exchange.findtext("exch"), family.findtext("pfId")) not in families:
                _drop(family)
    for series in root.iter("series"):
        for option in series.findall("opt")[KEPT_OPTIONS:]:
            series.remove(option)
    for spread in [spread for tag in ("dSpread", "sSpread") for spread in root.iter(tag)]:
        if not {leg.text for leg in spread.iter("cc")} <= set(KEPT_COMMODITIES):
            _drop(spread)
    return etree.tostring(root, encoding="ISO-8859-1", xml_declaration=True)


def _drop(element: etree._Element) -> None:
    parent = element.getparent()
    assert parent is not None
    parent.remove(element)
