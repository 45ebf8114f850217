"""What parameter files do not say of a product: its sector, its asset class. Data: a TOML file, see resources/."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class ProductReference:
    """One product. A field left empty is not known, and the product unclassified along it.

    Attributes:
        sector: What moves its price, as "Energy".
        asset_class: What it is a claim on, as "Commodities".
    """

    sector: str = ""
    asset_class: str = ""


@dataclass(frozen=True, slots=True)
class Reference:
    """What is known of products, by ``EXCHANGE:CODE`` or ``CODE`` of the product."""

    products: Mapping[str, ProductReference] = field(default_factory=lambda: MappingProxyType({}))

    def product(self, exchange: str, code: str) -> ProductReference:
        """What is known of a product; the entry that names its exchange goes before the one that does not."""
        known = self.products.get(f"{exchange}:{code}") or self.products.get(code)
        return known or ProductReference()
