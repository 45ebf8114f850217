"""Books of positions and their margin, in the terms of a test: contract text -> quantity, results as fractions."""

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from engine.instruments import Contract
from engine.numbers import DELTA, MONEY
from engine.span.arrays import Batch, SpanTable
from engine.span.requirement import Margins, margin

Book = dict[str, int]
FIGURES = (
    "scan_risk",
    "time_risk",
    "volatility_risk",
    "price_risk",
    "weighted_price_risk",
    "intra_commodity_charge",
    "delivery_charge",
    "inter_commodity_credit",
    "short_option_minimum",
    "net_option_value",
    "risk",
    "maintenance",
)
TOTALS = ("risk", "net_option_value", "requirement", "excess_option_value", "maintenance")


@dataclass(frozen=True)
class AccountMargin:
    """Margin of one account: commodity -> figure -> value, currency -> figure -> value."""

    commodities: dict[str, dict[str, Fraction | int]]
    totals: dict[str, dict[str, Fraction]]

    @property
    def requirement(self) -> Fraction:
        (totals,) = self.totals.values()
        return totals["requirement"]


def batch_of_books(table: SpanTable, books: list[Book]) -> Batch:
    starts, rows, quantities = [0], [], []
    for book in books:
        listed = sorted((table.parameters.find(Contract.parse(name)), quantity) for name, quantity in book.items())
        rows += [row for row, _ in listed]
        quantities += [quantity for _, quantity in listed]
        starts.append(len(rows))
    return Batch(*(np.array(column, dtype=np.int64) for column in (starts, rows, quantities)))


def margins_of(table: SpanTable, books: list[Book]) -> list[AccountMargin]:
    """Margin of several accounts in one batch."""
    result = margin(table, batch_of_books(table, books))
    return [account_of(table, result, account) for account in range(len(books))]


def margin_of(table: SpanTable, book: Book) -> AccountMargin:
    """Margin of one account."""
    return margins_of(table, [book])[0]


def account_of(table: SpanTable, result: Margins, account: int) -> AccountMargin:
    commodities = {}
    for pair in np.flatnonzero(result.commodities.account == account):
        code = table.parameters.commodities[result.commodities.commodity[pair]].code
        figures = {name: Fraction(int(getattr(result.commodities, name)[pair]), MONEY) for name in FIGURES}
        figures["net_delta"] = Fraction(int(result.commodities.net_delta[pair]), DELTA)
        figures["active_scenario"] = int(result.commodities.active_scenario[pair])
        commodities[code] = figures
    totals = {
        currency: {name: Fraction(int(getattr(result.totals, name)[account, column]), MONEY) for name in TOTALS}
        for column, currency in enumerate(result.currencies)
        if result.totals.present[account, column]
    }
    return AccountMargin(commodities, totals)
