"""What every contract counts towards: its product, sector, asset class, currency and expiry bucket."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from engine.instruments import Universe
from engine.numbers import Integers
from engine.reference import Reference
from engine.span.parameters import ParameterSet
from engine.text import text

UNCLASSIFIED: Final = text("Unclassified")
"""Name of what the reference or the parameters do not place; nothing is ever dropped."""


class Dimension(StrEnum):
    """A way to divide what a desk holds; what it is divided into has a code and a name along each."""

    CONTRACT = "contract"
    PRODUCT = "product"
    SECTOR = "sector"
    ASSET_CLASS = "asset_class"
    CURRENCY = "currency"
    EXPIRY = "expiry"


@dataclass(frozen=True)
class Classification:
    """Codes of every column of a universe along each dimension, and the names behind the codes. Never changes.

    A contract's code is its column. Futures, options and their underlying are one product: that of the last family
    in the chain of underlyings. A product is named by its code, and by ``EXCHANGE:CODE`` where two exchanges use one.

    Attributes:
        universe: Whose columns they are; columns that it got later are not classified yet, see `extended`.
        parameters: Parameters that list the first columns.
        reference: Sectors and asset classes.
        code_columns: int64 [columns] by dimension.
        code_names: Names by dimension, all but those of contracts, which are made when asked for.
    """

    universe: Universe
    parameters: ParameterSet
    reference: Reference
    code_columns: Mapping[Dimension, Integers]
    code_names: Mapping[Dimension, tuple[str, ...]]

    def __len__(self) -> int:
        """How many columns are classified."""
        return len(self.code_columns[Dimension.CONTRACT])

    def codes(self, dimension: Dimension) -> Integers:
        """int64 [columns], code of each column; 0 to `count` less 1."""
        return self.code_columns[dimension]

    def count(self, dimension: Dimension) -> int:
        """How many codes there are."""
        return len(self) if dimension is Dimension.CONTRACT else len(self.code_names[dimension])

    def name(self, dimension: Dimension, code: int) -> str:
        """Name behind a code; of a contract, its identity."""
        if dimension is Dimension.CONTRACT:
            return str(self.universe.contract(code))
        return self.code_names[dimension][code]

    def names(self, dimension: Dimension) -> tuple[str, ...]:
        """Names behind all codes, English; those of expiry buckets and `UNCLASSIFIED` are in the catalogue."""
        return tuple(self.name(dimension, code) for code in range(self.count(dimension)))
