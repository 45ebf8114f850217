"""How the review of a forced close says its figures and events."""

from __future__ import annotations

from engine.audit_events import OrderReported, OrderSent, OrdersJudged, Proposed, Refused, Shown, Signed, StateChanged
from engine.close_fills import Fill
from engine.close_review import Moment
from engine.numbers import MONEY_DECIMALS, PRICE_DECIMALS, RATIO_DECIMALS, divide_half_away, format_scaled
from engine.text import Text, text

BASIS_POINTS = 10_000
_WORDS = {
    each.template: each
    for each in (
        text("draft"), text("proposed"), text("signed once"), text("signed twice"), text("reserved"), text("sent"),
        text("done"), text("partial"), text("unknown"), text("vetoed"), text("revoked"), text("expired"),
        text("requote"),
        text("propose"), text("approve"), text("veto"), text("revoke"), text("send"),
        text("maker"), text("risk officer"), text("trading director"), text("administrator"),
        text("working"), text("filled"), text("cancelled"), text("rejected"), text("not known"),
        text("buy"), text("sell"), text("close"), text("close today"), text("close yesterday"), text("lock"),
    )
}  # fmt: skip
"""Words of the records that a reader's language has."""


def word(recorded: str) -> Text | str:
    """A word of a record, in the reader's language where it is known."""
    return _WORDS.get(recorded, recorded)


def price_text(price: int | None) -> str | None:
    """A price as exact decimal text."""
    return None if price is None else format_scaled(price, PRICE_DECIMALS)


def money_text(money: int | None) -> str | None:
    """An amount as exact decimal text."""
    return None if money is None else format_scaled(money, MONEY_DECIMALS, 2)


def ratio_text(ratio: int | None) -> str | None:
    """A ratio in percent."""
    return None if ratio is None else format_scaled(ratio * 100, RATIO_DECIMALS, 2) + " %"


def basis_points(fill: Fill) -> str | None:
    """Slippage as hundredths of a percent of the expected price, one decimal; None where there is none to tell."""
    if fill.slippage is None or not fill.planned.expected:
        return None
    tenths = divide_half_away(fill.slippage * BASIS_POINTS * 10, abs(fill.planned.expected))
    return format_scaled(int(tenths), 1, 1)


def words_of(moment: Moment) -> Text:
    """What a moment tells, for the timeline."""
    match moment.event:
        case Proposed() as event:
            cost = f"{money_text(event.worst_cost)} {event.currency}"
            said = text(
                "{account}, orders: {count}, worst cost: {cost}",
                account=event.account,
                count=len(event.orders),
                cost=cost,
            )
        case Shown() as event:
            said = text(
                "{person} as {role} at {place}", person=event.person, role=word(event.role), place=event.workstation
            )
        case Signed() as event:
            who = text(
                "{person} as {role} at {place}", person=event.person, role=word(event.role), place=event.workstation
            )
            said = _because(text("{act}: {who}", act=word(event.act), who=who), event.reason)
        case Refused() as event:
            said = _because(text("{act}: {who}", act=word(event.attempt), who=event.person), event.reason)
        case StateChanged() as event:
            said = _because(
                text("{before} → {after}", before=word(event.before), after=word(event.after)), event.reason
            )
        case OrdersJudged() as event:
            ratio = text("equity is used up") if event.used_up else ratio_text(event.ratio) or text("not computable")
            said = text(
                "orders: {count}, risk ratio: {ratio}, positions: {sequence}",
                count=len(event.orders),
                ratio=ratio,
                sequence=event.sequence,
            )
        case OrderSent() as event:
            said = text("order {order}", order=event.order)
        case OrderReported() as event:
            said = text(
                "{order}: {state}, {count} filled", order=event.order, state=word(event.state), count=event.filled
            )
            if event.filled and event.average:
                said = text("{said} at {price}", said=said, price=price_text(event.average))
            said = _because(said, event.reason)
    return said


def _because(said: Text, reason: str) -> Text:
    return text("{said} ({reason})", said=said, reason=reason) if reason else said
