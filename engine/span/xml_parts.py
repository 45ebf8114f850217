"""Takes in the large elements of an XML parameter file as each one ends, whatever their order."""

from __future__ import annotations

from dataclasses import replace

from lxml import etree

from engine.span.parameters import Family
from engine.span.xml_commodities import LinkedCommodity, SpreadLegs, read_commodity, read_spreads
from engine.span.xml_contracts import ContractCollector
from engine.span.xml_elements import FETCH_AGAIN, ElementReader
from engine.span.xml_regular import Options
from engine.span.xml_schema import EXCHANGE, FAMILIES, FAMILY, OUTRIGHTS, PARENTS, SPREAD_LISTS, UNDERLYING_FAMILY
from engine.text import BadInputError, text


class StreamedParts:
    """Everything met so far.

    Args:
        reader: Reads elements of the file.
        regular: Options that were read in bulk, by the mark of their series.

    Attributes:
        contracts: Contracts in the order of the file; a contract's family is a row of ``families``.
        families: Families whose element has ended.
        underlying_families: Exchange and identifier of the underlying family of each, or None.
        multipliers: Contract value factor of each family, price scale, 0 where there is none.
        commodities: Combined commodities by code.
        spreads: Spreads between commodities by field of the parameter set.
    """

    def __init__(self, reader: ElementReader, regular: dict[str, Options]) -> None:
        self._reader = reader
        self._first_of_exchange = 0
        self._identifiers: set[tuple[str, str]] = set()
        self._products: set[tuple[str, str, str]] = set()
        self.contracts = ContractCollector(reader, regular)
        self.families: list[Family] = []
        self.underlying_families: list[tuple[str, str] | None] = []
        self.multipliers: list[int] = []
        self.commodities: dict[str, LinkedCommodity] = {}
        self.spreads: dict[str, list[SpreadLegs]] = {name: [] for name in SPREAD_LISTS.values()}

    def take(self, element: etree._Element) -> None:
        """Take in one element that has ended.

        Raises:
            BadInputError: It stands where it may not, or something in it is wrong.
        """
        tag = str(element.tag)
        parent = element.getparent()
        if parent is None or parent.tag not in PARENTS[tag]:
            raise self._reader.error(element, text("the element may not stand here"), FETCH_AGAIN)
        if tag == "series":
            self.contracts.add_options(element, len(self.families))
        elif tag in OUTRIGHTS:
            self.contracts.add_outright(element, len(self.families))
        elif tag in FAMILIES:
            self._take_family(element, FAMILIES[tag])
        elif tag == "exchange":
            self._take_exchange(element)
        elif tag == "ccDef":
            self._take_commodity(element)
        else:
            self.spreads[SPREAD_LISTS[tag]].extend(read_spreads(self._reader, element))

    def _take_family(self, element: etree._Element, kind: str) -> None:
        values = self._reader.values(element, FAMILY)
        self.multipliers.append(values.pop("multiplier"))
        underlying = element.find("undPf")
        if underlying is None:
            self.underlying_families.append(None)
        else:
            names = self._reader.values(underlying, UNDERLYING_FAMILY)
            self.underlying_families.append((names["exchange"], names["identifier"]))
        self.families.append(Family(exchange="", kind=kind, **values))

    def _take_exchange(self, element: etree._Element) -> None:
        """Give the families met since the last exchange their exchange; see that each is the only one of its name."""
        exchange = self._reader.values(element, EXCHANGE)["code"]
        for row in range(self._first_of_exchange, len(self.families)):
            family = self.families[row] = replace(self.families[row], exchange=exchange)
            identity, product = (exchange, family.identifier), (exchange, family.code, family.kind)
            if identity in self._identifiers or product in self._products:
                raise BadInputError(
                    self._reader.where(element, f"{family.kind}/{family.code}"),
                    text("product family {number} is given twice", number=family.identifier),
                    FETCH_AGAIN,
                )
            self._identifiers.add(identity)
            self._products.add(product)
        self._first_of_exchange = len(self.families)

    def _take_commodity(self, element: etree._Element) -> None:
        linked = read_commodity(self._reader, element)
        code = linked.commodity.code
        if code in self.commodities:
            raise self._reader.error(element, text("combined commodity {code} is given twice", code=code))
        self.commodities[code] = linked
