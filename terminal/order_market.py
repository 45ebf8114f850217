"""The market of an instruction's orders on this desk, and what keeps everybody here from signing."""

from __future__ import annotations

from engine.authorisation.approval import Act
from engine.authorisation.instruction import Instruction
from engine.authorisation.picture import AuthorityPicture
from engine.instruments import Contract
from engine.numbers import NOT_COMPUTABLE
from engine.snapshot import FeedState
from engine.text import Text, text
from engine.valuation import value_of
from terminal.pipeline import View
from widgets.approvals.market import MarketLine


def obstacle_of(act: Act, picture: AuthorityPicture, view: View) -> Text | None:
    """Why nothing may be signed now. Whoever stops orders needs no market: that is never held up by a feed."""
    if picture.state is not FeedState.LIVE:
        return text("the line to the authority is not LIVE")
    if act in (Act.VETO, Act.REVOKE):
        return None
    return None if view.snapshot.authoritative else text("a feed is not LIVE")


def market_of(instruction: Instruction, view: View) -> tuple[MarketLine, ...]:
    """Each order with its price and notional as of now."""
    lines, state = [], view.state
    contracts, values = state.calculation.parameters.contracts, state.calculation.values
    for order in instruction.orders:
        column = view.universe.find(Contract.parse(order.contract))
        price = notional = NOT_COMPUTABLE
        currency = ""
        if 0 <= column < len(state.price) and state.fresh[column]:
            price = int(state.price[column])
        if price != NOT_COMPUTABLE and column < len(contracts):
            notional = value_of(price, order.quantity, int(contracts.multiplier[column]))
            currency = values.currencies[int(values.currency[column])]
        lines.append(MarketLine(order, price, notional, currency))
    return tuple(lines)
