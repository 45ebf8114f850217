"""What a parameter version gives for revaluation: factors that move, terms of options, what a price is worth."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from engine.classification import Classification, Dimension
from engine.instruments import Kind
from engine.numbers import NOT_COMPUTABLE, PRICE, RATIO, Integers
from engine.scenarios.axes import Floats
from engine.span.live import LINEAR, LivePricing
from engine.span.parameters import ParameterSet
from engine.span.pricing import Options
from engine.state import DeskState

LINEAR_KIND: Final = 0
"""Moves as its own price does."""
MODELLED_KIND: Final = 1
"""An option that a pricing model covers."""
UNCOVERED_KIND: Final = 2
"""Anything else: its price after a move is not known."""


@dataclass(frozen=True, slots=True)
class HeldContracts:
    """The contracts that somebody holds, and what they are revalued from. Columns of equal length.

    Attributes:
        rows: int64, contract rows of the parameters, ascending.
        kind: int64, `LINEAR_KIND`, `MODELLED_KIND` or `UNCOVERED_KIND`.
        price: int64, price scale: the newest, else the settlement price; `NOT_COMPUTABLE` where there is neither.
        underlying: float64, price units: price of an option's underlying; NaN where there is none.
        volatility: float64: what an option is priced with; NaN where there is none.
        options: Terms of the modelled ones; those of all others are not meant to be read.
        places: int64, place of the modelled ones among `LivePricing.priced`; -1 elsewhere.
        factor: int64, which factor of the shocks moves it: twice its product's code, 1 more for the first expiry.
        numerator: int64; money = price x numerator / denominator.
        denominator: int64.
        currency: int64, index in the currencies of the desk's figures.
        marked: bool, whether its profit and loss is settled daily and so part of equity.
    """

    rows: Integers
    kind: Integers
    price: Integers
    underlying: Floats
    volatility: Floats
    options: Options
    places: Integers
    factor: Integers
    numerator: Integers
    denominator: Integers
    currency: Integers
    marked: np.typing.NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.rows)


class ScenarioModel:
    """What a parameter version gives for revaluation. Made once a version and asked by one thread.

    Args:
        parameters: The parameters in force.
        classification: Of a universe whose first columns are these parameters' contracts.
    """

    def __init__(self, parameters: ParameterSet, classification: Classification) -> None:
        self.parameters = parameters
        self.classification = classification
        self.products = classification.names(Dimension.PRODUCT)
        """Names of the products, which a `engine.scenarios.axes.Direction` and a PRODUCT axis use."""
        self._pricing: dict[int, LivePricing] = {}
        contracts, usual = parameters.contracts, self.pricing(parameters.rate_set)
        self._place = np.full(len(contracts), -1, dtype=np.int64)
        self._place[usual.priced.rows] = np.arange(len(usual.priced.rows))
        families = parameters.families
        linear = np.array([Kind(family.kind) in LINEAR for family in families], dtype=np.bool_)[contracts.family]
        self._kind = np.where(linear, LINEAR_KIND, UNCOVERED_KIND).astype(np.int64)
        self._kind[usual.priced.rows] = MODELLED_KIND
        self._factor = self._factors(linear)

    @property
    def factors(self) -> int:
        """How many factors there are: two a product."""
        return 2 * len(self.products)

    def pricing(self, rate_set: int) -> LivePricing:
        """Pricing by the ranges of a rate set."""
        found = self._pricing.get(rate_set)
        if found is None:
            found = self._pricing[rate_set] = LivePricing(self.parameters, rate_set)
        return found

    def sector_products(self, sector: str, dimension: Dimension = Dimension.SECTOR) -> tuple[str, ...]:
        """Names of the products of a sector, or of an asset class."""
        codes, names = self.classification.codes_of_products(dimension), self.classification.names(dimension)
        return tuple(name for name, code in zip(self.products, codes.tolist(), strict=True) if names[code] == sector)

    def held(self, state: DeskState, rows: Integers) -> HeldContracts:
        """The contracts of some rows, ascending, at the prices of ``state``."""
        values, contracts = state.calculation.values, self.parameters.contracts
        quoted = state.price[: len(contracts)]
        price = np.where(quoted == NOT_COMPUTABLE, values.settlement, quoted)
        priced = self.pricing(self.parameters.rate_set).priced
        places = self._place[rows]
        covered = np.flatnonzero(places >= 0)
        chosen = priced.take(places[covered])
        volatility, underlying = np.full(len(rows), np.nan), np.full(len(rows), np.nan)
        told, below = chosen.told(price), price[chosen.underlying]
        volatility[covered] = np.where(told > 0, told / RATIO, np.nan)
        underlying[covered] = np.where(below != NOT_COMPUTABLE, below / PRICE, np.nan)
        # Where a contract is none of the modelled ones, the terms of any option stand in, never to be read.
        terms = priced.options.take(np.maximum(places, 0)) if len(priced.rows) else _no_terms(len(rows))
        currencies = np.array([state.figures.currencies.index(code) for code in values.currencies], dtype=np.int64)
        return HeldContracts(
            rows,
            self._kind[rows],
            price[rows],
            underlying,
            volatility,
            terms,
            places,
            self._factor[rows],
            values.numerator[rows],
            values.denominator[rows],
            currencies[values.currency[rows]],
            values.marked[rows],
        )

    def _factors(self, linear: np.typing.NDArray[np.bool_]) -> Integers:
        """Factor of each contract: an option moves as its underlying does."""
        contracts = self.parameters.contracts
        products = self.classification.codes(Dimension.PRODUCT)[: len(contracts)]
        first = np.zeros(len(contracts), dtype=np.bool_)
        rows = np.flatnonzero(linear)
        # The first expiry of a product: rows of a family ascend by period, and spot has none to run out.
        order = rows[np.lexsort((contracts.period[rows], products[rows]))]
        begins = np.diff(products[order], prepend=-1) != 0
        earliest = np.full(len(self.products), -1, dtype=np.int64)
        earliest[products[order[begins]]] = contracts.period[order[begins]]
        first[rows] = contracts.period[rows] == earliest[products[rows]]
        optional = np.flatnonzero((contracts.right > 0) & (contracts.underlying >= 0))
        first[optional] = first[contracts.underlying[optional]]
        result: Integers = 2 * products + first
        return result


def _no_terms(count: int) -> Options:
    nothing = np.zeros(count)
    return Options(nothing, nothing, nothing, nothing, nothing, np.zeros(count, dtype=np.bool_))
