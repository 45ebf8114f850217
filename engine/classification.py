"""What every contract counts towards: its product, sector, asset class, currency and expiry bucket."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property
from itertools import accumulate
from types import MappingProxyType
from typing import Final, NamedTuple

import numpy as np

from engine.compiled import Held, held
from engine.instruments import Contract, Kind, Universe
from engine.numbers import NOT_COMPUTABLE, Integers
from engine.reference import Reference
from engine.span.parameters import ParameterSet
from engine.text import BadInputError, text

UNCLASSIFIED: Final = text("Unclassified")
"""Name of what the reference or the parameters do not place; nothing is ever dropped."""

BUCKETS: Final = (
    text("Expired"),
    text("Up to 1 month"),
    text("1 to 3 months"),
    text("3 to 6 months"),
    text("6 to 12 months"),
    text("1 to 2 years"),
    text("Over 2 years"),
    text("No expiry"),
)
"""Names of the expiry buckets, by code; `UNCLASSIFIED` comes after them."""
BUCKET_MONTHS: Final = (1, 3, 6, 12, 24)
"""Calendar months from the business date that buckets end with, from the second bucket on."""

Key = tuple[str, str]


class Dimension(StrEnum):
    """A way to divide what a desk holds; what it is divided into has a code and a name along each."""

    CONTRACT = "contract"
    PRODUCT = "product"
    SECTOR = "sector"
    ASSET_CLASS = "asset_class"
    CURRENCY = "currency"
    EXPIRY = "expiry"


class Coding(NamedTuple):
    """The codes of a `Classification` side by side.

    Attributes:
        codes: int64 [dimensions, columns], dimensions as `Dimension` lists them.
        starts: int64 [dimensions + 1], where the codes of each dimension start when all but contracts are numbered
            through.
    """

    codes: Integers
    starts: Integers


@dataclass(frozen=True)
class Classification:
    """Codes of every column of a universe along each dimension, and the names behind the codes. Never changes.

    A contract's code is its column. Futures, options and their underlying are one product: that of the last family
    in the chain of underlyings. A product is named by its code, and by ``EXCHANGE:CODE`` where that is taken.

    Attributes:
        universe: Whose columns they are; columns that it got later are not classified yet, see `extended`.
        reference: Sectors and asset classes.
        products: Exchange and code of every product, by code along `Dimension.PRODUCT`.
        code_columns: int64 [columns] by dimension.
        code_names: Names by dimension, all but those of contracts, which are made when asked for.
    """

    universe: Universe
    reference: Reference
    products: tuple[Key, ...]
    code_columns: Mapping[Dimension, Integers]
    code_names: Mapping[Dimension, tuple[str, ...]]

    @classmethod
    def of(cls, universe: Universe, parameters: ParameterSet, reference: Reference) -> Classification:
        """Classify all columns that ``universe`` has, ``parameters`` listing the first of them."""
        family = parameters.contracts.family
        roots = [_root(parameters, row) for row in range(len(parameters.families))]
        # Numbered by first column, so that products of an account ascend with its columns.
        held, first = np.unique(family, return_index=True)
        products = tuple(dict.fromkeys(roots[row] for row in held[np.argsort(first)].tolist()))
        numbers = {key: number for number, key in enumerate(products)}
        by_family = np.array([numbers.get(root, -1) for root in roots], dtype=np.int64)
        currencies = sorted({each.currency for each in parameters.families})
        currency = np.array([currencies.index(each.currency) for each in parameters.families], dtype=np.int64)
        listed = {
            Dimension.PRODUCT: by_family[family],
            Dimension.CURRENCY: currency[family],
            Dimension.EXPIRY: _buckets(parameters),
        }
        names = {
            Dimension.CURRENCY: (*currencies, str(UNCLASSIFIED)),
            Dimension.EXPIRY: tuple(str(each) for each in (*BUCKETS, UNCLASSIFIED)),
        }
        return cls(universe, reference, products, *_complete(reference, products, listed, names)).extended()

    def extended(self) -> Classification:
        """The same with the columns that the universe got since; itself where there are none."""
        known, size = len(self), len(self.universe)
        if size == known:
            return self
        numbers = {key: number for number, key in enumerate(self.products)}
        fresh = [self.universe.contract(column)[:2] for column in range(known, size)]
        codes = [numbers.setdefault(key, len(numbers)) for key in fresh]
        columns = {Dimension.PRODUCT: np.concatenate((self.codes(Dimension.PRODUCT), np.array(codes, dtype=np.int64)))}
        for dimension in (Dimension.CURRENCY, Dimension.EXPIRY):
            unknown = np.full(size - known, self.count(dimension) - 1, dtype=np.int64)
            columns[dimension] = np.concatenate((self.codes(dimension), unknown))
        products = tuple(numbers)
        code_columns, code_names = _complete(self.reference, products, columns, dict(self.code_names))
        return replace(self, products=products, code_columns=code_columns, code_names=code_names)

    def __len__(self) -> int:
        """How many columns are classified."""
        return len(self.code_columns[Dimension.CONTRACT])

    def codes(self, dimension: Dimension) -> Integers:
        """int64 [columns], code of each column; 0 to `count` less 1."""
        return self.code_columns[dimension]

    def codes_of_products(self, dimension: Dimension) -> Integers:
        """int64 [products], code of each product along a dimension that is a matter of the product."""
        found = np.zeros(self.count(Dimension.PRODUCT), dtype=np.int64)
        found[self.codes(Dimension.PRODUCT)] = self.codes(dimension)
        return found

    @cached_property
    def coding(self) -> Held[Coding]:
        """All codes, for compiled code."""
        codes = np.array([self.codes(dimension) for dimension in Dimension], dtype=np.int64)
        last = Dimension.EXPIRY
        starts = [*self.code_starts.values(), self.code_starts[last] + self.count(last)]
        return held(Coding(codes, np.array(starts, dtype=np.int64)))

    @cached_property
    def code_starts(self) -> Mapping[Dimension, int]:
        """`Coding.starts` by dimension."""
        # Contracts have no codes of that kind: theirs are the columns.
        counts = [0, *(self.count(dimension) for dimension in tuple(Dimension)[1:])]
        return dict(zip(Dimension, accumulate(counts[:-1], initial=0), strict=True))

    def count(self, dimension: Dimension) -> int:
        """How many codes there are."""
        return len(self) if dimension is Dimension.CONTRACT else len(self.code_names[dimension])

    def name(self, dimension: Dimension, code: int) -> str:
        """Name behind a code; of a contract, its identity."""
        if dimension is Dimension.CONTRACT:
            return str(self.universe.contract(code))
        return self.code_names[dimension][code]

    def code(self, dimension: Dimension, name: str) -> int:
        """Code of a name, or -1 where nothing is called so."""
        if dimension is not Dimension.CONTRACT:
            names = self.code_names[dimension]
            return names.index(name) if name in names else -1
        try:
            column = self.universe.find(Contract.parse(name))
        except BadInputError:
            return -1
        return column if column < len(self) else -1

    def market(self, dimension: Dimension) -> tuple[Integers, Integers]:
        """int64 [codes] both: open interest and average daily volume, `NOT_COMPUTABLE` where they are not known."""
        if dimension not in self._markets:
            interest, volume = (
                self._by_code(dimension, known) for known in (self.open_interest, self.average_daily_volume)
            )
            self._markets[dimension] = (interest, volume)
        return self._markets[dimension]

    def market_of(self, column: int) -> Integers:
        """int64 [2, dimensions]: open interest and average daily volume of a column's contract and its product.

        `NOT_COMPUTABLE` where they are not known, and along the other dimensions.
        """
        found = self._markets_of.get(column)
        if found is None:
            found = np.full((2, len(Dimension)), NOT_COMPUTABLE, dtype=np.int64)
            for place, dimension in enumerate((Dimension.CONTRACT, Dimension.PRODUCT)):
                code = self.codes(dimension)[column]
                for row, known in zip(found, self.market(dimension), strict=True):
                    row[place] = known[code]
            self._markets_of[column] = found
        return found

    @cached_property
    def _markets_of(self) -> dict[int, Integers]:
        return {}

    def _by_code(self, dimension: Dimension, known: Mapping[tuple[Dimension, str], int]) -> Integers:
        found = np.full(self.count(dimension), NOT_COMPUTABLE, dtype=np.int64)
        for (along, name), contracts in known.items():
            code = self.code(dimension, name) if along is dimension else -1
            if code >= 0:
                found[code] = contracts
        return found

    @cached_property
    def _markets(self) -> dict[Dimension, tuple[Integers, Integers]]:
        """What `market` has found."""
        return {}

    def names(self, dimension: Dimension) -> tuple[str, ...]:
        """Names behind all codes, English; those of expiry buckets and `UNCLASSIFIED` are in the catalogue."""
        return self._contracts if dimension is Dimension.CONTRACT else self.code_names[dimension]

    def names_of(self, column: int) -> Mapping[Dimension, str]:
        """What a column counts towards, by dimension."""
        found = self._named.get(column)
        if found is None:
            names = {by: self.name(by, int(self.codes(by)[column])) for by in Dimension}
            found = self._named[column] = MappingProxyType(names)
        return found

    @cached_property
    def _named(self) -> dict[int, Mapping[Dimension, str]]:
        return {}

    @cached_property
    def open_interest(self) -> Mapping[tuple[Dimension, str], int]:
        """Contracts open on the whole market, by dimension and name, of the products and contracts it is known of."""
        return self._known_of_market("open_interest")

    @cached_property
    def average_daily_volume(self) -> Mapping[tuple[Dimension, str], int]:
        """Contracts traded on a usual day, likewise."""
        return self._known_of_market("average_daily_volume")

    def _known_of_market(self, figure: str) -> Mapping[tuple[Dimension, str], int]:
        names = self.names(Dimension.PRODUCT)
        products = zip(names, (self.reference.product(*key) for key in self.products), strict=True)
        known = {(Dimension.PRODUCT, name): getattr(entry, figure) for name, entry in products}
        known |= {
            (Dimension.CONTRACT, name): getattr(entry, figure) for name, entry in self.reference.contracts.items()
        }
        return MappingProxyType({place: count for place, count in known.items() if count is not None})

    @cached_property
    def _contracts(self) -> tuple[str, ...]:
        return tuple(str(self.universe.contract(column)) for column in range(len(self)))


def _root(parameters: ParameterSet, family: int) -> Key:
    """Exchange and code of the last family in the chain of underlyings."""
    seen = {family}
    while (underlying := parameters.families[family].underlying) >= 0 and underlying not in seen:
        seen.add(underlying)
        family = underlying
    return parameters.families[family].exchange, parameters.families[family].code


def _complete(
    reference: Reference,
    products: tuple[Key, ...],
    columns: dict[Dimension, Integers],
    names: dict[Dimension, tuple[str, ...]],
) -> tuple[Mapping[Dimension, Integers], Mapping[Dimension, tuple[str, ...]]]:
    """Codes and names along all dimensions, from those of products, currencies and expiries."""
    known = [reference.product(*key) for key in products]
    for dimension, own, every in (
        (Dimension.SECTOR, [each.sector for each in known], {each.sector for each in reference.products.values()}),
        (
            Dimension.ASSET_CLASS,
            [each.asset_class for each in known],
            {each.asset_class for each in reference.products.values()},
        ),
    ):
        # All of the file's names, held or not, so that codes stay when contracts come in.
        titles = (*sorted(every - {"", str(UNCLASSIFIED)}), str(UNCLASSIFIED))
        codes = np.array([titles.index(each or titles[-1]) for each in own], dtype=np.int64)
        columns[dimension], names[dimension] = codes[columns[Dimension.PRODUCT]], titles
    columns[Dimension.CONTRACT] = np.arange(len(columns[Dimension.PRODUCT]), dtype=np.int64)
    names[Dimension.PRODUCT] = _product_names(products)
    return columns, names


def _product_names(products: tuple[Key, ...]) -> tuple[str, ...]:
    """The code where it is free, else with its exchange: who came first keeps the short name."""
    taken: dict[str, None] = {}
    for exchange, code in products:
        taken[code if code not in taken else f"{exchange}:{code}"] = None
    return tuple(taken)


def _buckets(parameters: ParameterSet) -> Integers:
    """int64 [contracts], expiry bucket of each: settlement date against the file's business date."""
    today, settlement = int(parameters.origin.business_date), parameters.contracts.settlement
    # As whole numbers CCYYMMDD, dates compare rightly even with a day that its month does not have.
    ends = [_months_later(today, months) for months in BUCKET_MONTHS]
    codes = 1 + np.searchsorted(np.array(ends, dtype=np.int64), settlement, side="left").astype(np.int64)
    codes[settlement < today] = 0
    spot = np.array([each.kind == Kind.PHYSICAL for each in parameters.families], dtype=np.bool_)
    endless = np.where(spot[parameters.contracts.family], len(BUCKETS) - 1, len(BUCKETS))
    return np.where(settlement == 0, endless, codes)


def _months_later(date: int, months: int) -> int:
    year, month, day = date // 10_000, date // 100 % 100, date % 100
    passed = month - 1 + months
    return (year + passed // 12) * 10_000 + (passed % 12 + 1) * 100 + day
