"""Two thousand random books on the real file and on the sample market, against the plain computation."""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from engine.numbers import MONEY
from engine.span.arrays import SpanTable
from engine.span.breakdown import breakdown
from engine.span.conventions import named_convention
from engine.span.reading import read_parameters
from tests.engine.span.books import FIGURES, AccountMargin, Book, batch_of_books, margin_of, margins_of
from tests.engine.span.plain_span import PlainSpan
from tests.engine.span.test_breakdown import assert_adds_up
from tests.engine.span.test_margin import plain_key
from tests.span_files import shared_file

SAMPLE = Path(__file__).parents[3] / "resources" / "sample"
TAKASBANK = "takas.spn"
MARKETS = {
    (TAKASBANK, "TAKASBANK"): 100,
    ("market.spn", "NSE"): 50,
    ("market.pa2", "CME"): 50,
    ("market.pa2", "KDPW"): 50,
}
"""File and convention -> books of each shape."""
SIZES = [1, 2, 3, 7, 10, 51, 100, 333, 1000]
LARGE = [10_000, 123_457, 1_000_000]


class Chooser:
    """Chooses contracts of a market by chance.

    Args:
        table: The market.
        seed: What the choices follow from.
    """

    def __init__(self, table: SpanTable, seed: str) -> None:
        self.rng = random.Random(seed)
        self._table = table
        self._usable = np.flatnonzero(table.usable)
        self.commodities = np.unique(table.commodity[self._usable]).tolist()
        codes = {commodity.code: index for index, commodity in enumerate(table.parameters.commodities)}
        self.spreads = [
            [(codes[leg.commodity], leg.side) for leg in spread.legs] for spread in table.parameters.inter_spreads
        ]

    def pick(self, count: int, *, commodities=None, options=None, premium=False) -> list[str]:
        """Up to ``count`` contracts: of these commodities, options or none, premium-style ones alone."""
        table, rows = self._table, self._usable
        if commodities is not None:
            rows = rows[np.isin(table.commodity[rows], commodities)]
        if options is not None:
            rows = rows[(table.right[rows] > 0) == options]
        if premium:
            rows = rows[table.is_premium[rows]]
        chosen = self.rng.sample(rows.tolist(), min(count, len(rows)))
        return [str(table.parameters.contract(row)) for row in chosen]

    def size(self, sizes=SIZES) -> int:
        return self.rng.choice(sizes) * self.rng.choice([1, -1])

    def of_commodities(self, count: int) -> list[int]:
        return self.rng.sample(self.commodities, min(count, len(self.commodities)))


def in_one_commodity(choose: Chooser) -> Book:
    picked = choose.pick(choose.rng.choice([1, 2, 3, 5]), commodities=choose.of_commodities(1))
    return {name: choose.size() for name in picked}


def in_many_commodities(choose: Chooser) -> Book:
    names = [name for one in choose.of_commodities(25) for name in choose.pick(2, commodities=[one])]
    return {name: choose.size() for name in names}


def futures_across_months_and_commodities(choose: Chooser) -> Book:
    """Sides and commodities as some spreads want them, and months against one another."""
    book: Book = {}
    for spread in choose.rng.sample(choose.spreads, min(4, len(choose.spreads))):
        turn = choose.rng.choice([1, -1])
        for commodity, side in spread:
            for name in choose.pick(3, commodities=[commodity], options=False):
                against = choose.rng.choice([1, 1, -1])
                book[name] = choose.rng.choice(SIZES) * against * (turn if side == "A" else -turn)
    return book


def many_options(choose: Chooser) -> Book:
    commodities = choose.of_commodities(3)
    names = choose.pick(50, commodities=commodities, options=True) + choose.pick(
        4, commodities=commodities, options=False
    )
    return {name: choose.size() for name in names}


def short_options(choose: Chooser) -> Book:
    """Far options sold: the minimum is what counts."""
    return {name: -choose.rng.choice(SIZES) for name in choose.pick(choose.rng.choice([2, 12]), options=True)}


def long_options_alone(choose: Chooser) -> Book:
    return {name: choose.rng.choice(SIZES) for name in choose.pick(choose.rng.choice([1, 8]), premium=True)}


def in_large_quantities(choose: Chooser) -> Book:
    return {name: choose.size(LARGE) for name in choose.pick(10)}


def with_flat_rows(choose: Chooser) -> Book:
    return {name: choose.rng.choice([0, 0, choose.size()]) for name in choose.pick(8)}


SHAPES: list[Callable[[Chooser], Book]] = [
    in_one_commodity,
    in_many_commodities,
    futures_across_months_and_commodities,
    many_options,
    short_options,
    long_options_alone,
    in_large_quantities,
    with_flat_rows,
]


@dataclass(frozen=True)
class Market:
    """A market with its books by shape, and what the engine says of all of them in one batch."""

    table: SpanTable
    plain: PlainSpan
    books: dict[str, list[Book]]
    margins: dict[str, list[AccountMargin]]

    def results(self, *shapes: str) -> Iterator[tuple[Book, AccountMargin]]:
        """The books of some shapes, or of all, each with its margin."""
        for shape in shapes or self.books:
            yield from zip(self.books[shape], self.margins[shape], strict=True)


@cache
def plain_span(path: Path, convention: str) -> PlainSpan:
    return PlainSpan(path, convention)


@pytest.fixture(scope="module", params=MARKETS, ids=" ".join)
def market(request) -> Market:
    name, convention = request.param
    path = shared_file(f"span/{name}") if name == TAKASBANK else SAMPLE / name
    table = SpanTable(read_parameters(path), named_convention(convention))
    books = {}
    for shape in SHAPES:
        choose = Chooser(table, f"{name} {convention} {shape.__name__}")
        books[shape.__name__] = [shape(choose) for _ in range(MARKETS[request.param])]
    margins = iter(margins_of(table, [book for of_shape in books.values() for book in of_shape]))
    # The plain computation reads XML only; both formats hold the same market.
    return Market(
        table,
        plain_span(path.with_suffix(".spn"), convention),
        books,
        {shape: [next(margins) for _ in of_shape] for shape, of_shape in books.items()},
    )


def test_there_are_two_thousand_books():
    assert sum(MARKETS.values()) * len(SHAPES) == 2000


@pytest.mark.parametrize("shape", [shape.__name__ for shape in SHAPES])
def test_a_book_has_every_figure_of_the_plain_computation(market, shape):
    for book, result in market.results(shape):
        commodities, totals = market.plain.account({plain_key(name): quantity for name, quantity in book.items()})
        wanted = {
            code: {name: figures[name] for name in (*FIGURES, "net_delta", "active_scenario")}
            for code, figures in commodities.items()
        }
        assert result.commodities == wanted, book
        assert result.totals == totals, book


def test_a_book_is_explained_by_leaves_that_add_up_to_its_requirement(market):
    for book, result in market.results():
        trees = breakdown(market.table, batch_of_books(market.table, [book]))
        requirements = [totals["requirement"] * MONEY for _, totals in sorted(result.totals.items())]
        assert [tree.amount for tree in trees] == requirements, book
        for tree in trees:
            assert_adds_up(tree)


def test_a_book_costs_the_same_alone(market):
    for book, result in list(market.results())[::10]:
        assert margin_of(market.table, book) == result


def test_every_figure_is_there_in_many_books(market):
    results = [result for _, result in market.results()]
    charges_delivery = any(commodity.delivery_charges for commodity in market.table.parameters.commodities)
    for figure in {*FIGURES, "net_delta"} - (set() if charges_delivery else {"delivery_charge"}):
        assert sum(any(one[figure] for one in result.commodities.values()) for result in results) > 20, figure
