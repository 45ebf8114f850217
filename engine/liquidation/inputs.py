"""What a plan was computed from, as canonical bytes that are kept with its instruction: the plan can be found again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from engine.authorisation.encoding import Value, encoded
from engine.close_inputs import FORMAT
from engine.instruments import Universe
from engine.liquidation.plan import Execution, Plan
from engine.liquidation.trading_cost import TradingCost
from engine.numbers import NOT_COMPUTABLE
from engine.scenarios.grids import desk_currency, rates_into
from engine.state import DeskState


def inputs_of(plan: Plan, state: DeskState, universe: Universe, trading: TradingCost) -> bytes:
    """Account, money, positions, and of each contract held or traded the market and what trading costs were taken from.

    Figures that are not known are empty text. Prices are in price scale, money in money scale. Positions are contract,
    long, short, the prices of both sides, and what of both sides was opened today. What a price is worth stands with
    each contract: its currency, and numerator and denominator of money a contract; exchange rates into the currency
    that most accounts have come last. How orders may trade stands with the plan's aim: target, participation, length of
    a slice and of a day, compensation, time to decide and deviations. `engine.close_inputs` reads what a review needs.
    """
    row = state.book.row(plan.account)
    own, account = state.book.positions.of(row), state.book.accounts[row]
    positions = tuple(
        (
            str(universe.contract(column)),
            *(long, short, _known(long_price), _known(short_price)),
            *(state.book.today_of(row, column) or ("", "")),
        )
        for column, long, short, long_price, short_price in zip(
            own.columns.tolist(),
            own.long.tolist(),
            own.short.tolist(),
            own.long_price.tolist(),
            own.short_price.tolist(),
            strict=True,
        )
    )
    money = tuple(
        (currency, int(state.book.money.balance[row, place]), int(state.book.money.profit[row, place]))
        for place, currency in enumerate(state.book.money.currencies)
        if state.book.money.present[row, place]
    )
    traded = (universe.find(order.contract) for order in plan.orders)
    columns = sorted({*own.columns.tolist(), *traded})
    markets = tuple((*_market(universe, trading, column), *_worth(state, column)) for column in columns)
    drafts = tuple(
        (str(order.contract), order.quantity, order.limit, order.effect.value, _known(order.fee))
        for order in plan.orders
    )
    return encoded(
        (
            FORMAT,
            (account.name, account.group, account.currency, account.terms.margining),
            plan.parameters,
            state.sequence,
            (plan.aim.value, *_terms(plan.execution)),
            money,
            positions,
            markets,
            drafts,
            _conversions(state, columns),
        )
    )


def _terms(execution: Execution) -> tuple[Value, ...]:
    return (
        execution.target,
        execution.participation,
        execution.slice_length,
        execution.day_length,
        execution.compensation,
        execution.deciding,
        execution.deviations,
    )


def _market(universe: Universe, trading: TradingCost, column: int) -> tuple[Value, ...]:
    figures = (
        trading.reference,
        trading.bid,
        trading.ask,
        trading.bid_quantity,
        trading.ask_quantity,
        trading.daily_volume,
        trading.deviation,
        trading.tick,
        trading.lower,
        trading.upper,
    )
    return (str(universe.contract(column)), *(_known(int(each[column])) for each in figures))


def _worth(state: DeskState, column: int) -> tuple[Value, ...]:
    """Currency, numerator and denominator: money = price x contracts x numerator / denominator."""
    values = state.calculation.values
    if column >= len(values.numerator):
        return "", 0, 1
    currency = values.currencies[int(values.currency[column])]
    return currency, int(values.numerator[column]), int(values.denominator[column])


def _conversions(state: DeskState, columns: Sequence[int]) -> Value:
    """The desk's currency, and the rates into it that there are."""
    reporting, values = desk_currency(state), state.calculation.values
    listed = [column for column in columns if column < len(values.currency)]
    sources = sorted({values.currencies[int(values.currency[column])] for column in listed})
    return reporting, tuple(_rates(state, reporting, sources))


def _rates(state: DeskState, reporting: str, sources: Sequence[str]) -> Iterator[Value]:
    rates, home = rates_into(state, reporting)
    for source in sources:
        place = rates.currencies.index(source)
        numerator, denominator = int(rates.numerator[place, home]), int(rates.denominator[place, home])
        if numerator > 0:
            yield source, numerator, denominator


def _known(figure: int) -> Value:
    return "" if figure == NOT_COMPUTABLE else figure
