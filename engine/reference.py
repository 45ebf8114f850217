"""What parameter files do not say of a product: its sector, its asset class. An example: resources/reference.toml."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from types import MappingProxyType

from engine.text import BadInputError, Text, text


@dataclass(frozen=True, slots=True)
class ProductReference:
    """One product. A field left empty is not known, and the product unclassified along it.

    Attributes:
        sector: What moves its price, as "Energy".
        asset_class: What it is a claim on, as "Commodities".
    """

    sector: str = ""
    asset_class: str = ""


FIELDS = tuple(each.name for each in fields(ProductReference))


@dataclass(frozen=True, slots=True)
class Reference:
    """What is known of products, by ``EXCHANGE:CODE`` or ``CODE`` of the product."""

    products: Mapping[str, ProductReference] = field(default_factory=lambda: MappingProxyType({}))

    def product(self, exchange: str, code: str) -> ProductReference:
        """What is known of a product; the entry that names its exchange goes before the one that does not."""
        known = self.products.get(f"{exchange}:{code}") or self.products.get(code)
        return known or ProductReference()


def read_reference(path: Path) -> Reference:
    """Read a reference file.

    Raises:
        BadInputError: Not readable, not TOML, or an entry that is none; names the file and the entry.
    """
    try:
        tree = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise _refusal(path.name, text("not readable: {error}", error=error)) from error
    for key in tree.keys() - {"products"}:
        raise _refusal(f"{path.name}: {key}", text("unknown entry"))
    products = tree.get("products", {})
    if not isinstance(products, dict):
        raise _refusal(f"{path.name}: products", text("not a table"))
    return Reference(MappingProxyType({code: _product(path.name, code, entry) for code, entry in products.items()}))


def _product(file: str, code: str, entry: object) -> ProductReference:
    where = f"{file}: products.{code}"
    if not isinstance(entry, dict):
        raise _refusal(where, text("not a table"))
    for key, value in entry.items():
        if key not in FIELDS:
            raise _refusal(f"{where}.{key}", text("unknown entry"))
        if not isinstance(value, str) or not value.strip():
            raise _refusal(f"{where}.{key}", text("not a name"))
    return ProductReference(**{key: value.strip() for key, value in entry.items()})


def _refusal(where: str, what: Text) -> BadInputError:
    return BadInputError(where, what, text("write it as the example reference.toml does"))
