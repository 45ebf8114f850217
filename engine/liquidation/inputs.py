"""What a plan was computed from, as canonical bytes that are kept with its instruction: the plan can be found again."""

from __future__ import annotations

from engine.authorisation.encoding import Value, encoded
from engine.instruments import Universe
from engine.liquidation.plan import Plan
from engine.liquidation.trading_cost import TradingCost
from engine.numbers import NOT_COMPUTABLE
from engine.state import DeskState

FORMAT = 2
"""1 did not say what of the positions was opened today."""


def inputs_of(plan: Plan, state: DeskState, universe: Universe, trading: TradingCost) -> bytes:
    """Account, money, positions, and of each contract held or traded the market and what trading costs were taken from.

    Figures that are not known are empty text. Prices are in price scale, money in money scale. Positions are contract,
    long, short, the prices of both sides, and what of both sides was opened today.
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
    markets = tuple(_market(universe, trading, column) for column in sorted({*own.columns.tolist(), *traded}))
    drafts = tuple((str(order.contract), order.quantity, order.limit, order.effect.value) for order in plan.orders)
    return encoded(
        (
            FORMAT,
            (account.name, account.group, account.currency, account.terms.margining),
            plan.parameters,
            state.sequence,
            (plan.aim.value, plan.target),
            money,
            positions,
            markets,
            drafts,
        )
    )


def _market(universe: Universe, trading: TradingCost, column: int) -> Value:
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


def _known(figure: int) -> Value:
    return "" if figure == NOT_COMPUTABLE else figure
