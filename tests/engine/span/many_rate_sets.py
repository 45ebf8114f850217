"""The sample market with rate sets of every kind: by arrays of their own, by factors, by a chain of factors."""

from copy import deepcopy
from decimal import Decimal
from pathlib import Path
from xml.etree import ElementTree

SAMPLE = Path(__file__).parents[3] / "resources" / "sample" / "market.spn"
KINDS = {
    "1": ("1", "H", "0", "CORE"),
    "2": ("1", "H", "1", "CORE"),
    "3": ("1", "S", "1", "CORE"),
    "4": ("1", "S", "0", "CORE"),
    "5": ("0", "M", "0", "CORE"),
    "6": ("0", "M", "1", "CORE"),
    "7": ("1", "M", "0", "CORE"),
    "8": ("1", "H", "0", "RESRV"),
}
"""isCust, acctType, isM, pbc of each rate set; 1 and 2 are the sample market's own."""
FACTORS = (("3", "1", "1.05"), ("4", "3", "1.35"), ("6", "5", "0.8"))
"""r, baseR, val; 5 has arrays of its own, 8 has factors in some commodities only, 7 nothing at all."""
WITH_RESERVE = ("CL", "ES")


def write_market(path: Path) -> Path:
    """The sample market's file with these rate sets."""
    tree = ElementTree.parse(SAMPLE)
    house = tree.getroot().find("pointInTime/clearingOrg")
    place = max(number for number, child in enumerate(house) if child.tag == "pbRateDef") + 1
    for r, kind in list(KINDS.items())[2:]:
        house.insert(
            place, _element("pbRateDef", r=r, **dict(zip(("isCust", "acctType", "isM", "pbc"), kind, strict=True)))
        )
        place += 1
    for parent in list(house.iter()):
        for number, child in reversed(list(enumerate(parent))):
            if child.tag in ("ra", "rate", "scanRate", "spotRate") and child.findtext("r") == "1":
                parent.insert(number + 1, _member(child))
    for commodity in house.iterfind("ccDef"):
        place = max(number for number, child in enumerate(commodity) if child.tag == "adjRate") + 1
        own = [("8", "1", "1.2")] if commodity.findtext("cc") in WITH_RESERVE else []
        for r, base, value in (*FACTORS, *own):
            commodity.insert(place, _element("adjRate", r=r, baseR=base, val=value))
    tree.write(path, encoding="utf-8", xml_declaration=True)
    return path


def _element(tag: str, **fields: str) -> ElementTree.Element:
    element = ElementTree.Element(tag)
    for name, value in fields.items():
        ElementTree.SubElement(element, name).text = value
    return element


def _member(element: ElementTree.Element) -> ElementTree.Element:
    """The same of rate set 5: other amounts, and deltas and volatilities as they are."""
    copied = deepcopy(element)
    copied.find("r").text = "5"
    for child in copied:
        if child.tag in ("a", "val", "priceScan", "sprd", "outr"):
            child.text = f"{(Decimal(child.text) * Decimal('0.7')).quantize(Decimal('0.01')):f}"
    return copied
