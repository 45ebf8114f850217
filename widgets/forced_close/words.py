"""What plans and their orders are called on screen."""

from __future__ import annotations

from engine.liquidation.plan import Aim, Effect, Execution, PlannedOrder
from engine.numbers import NOT_COMPUTABLE, PRICE_DECIMALS
from widgets.language import tr
from widgets.numbers_text import SPACE, count, fixed, money, price

SECOND = 10**9
MINUTE = 60 * SECOND


def aim_word(aim: Aim) -> str:
    """What a plan is best at."""
    return {
        Aim.CHEAPEST: tr("Cheapest"),
        Aim.FASTEST: tr("Fastest"),
        Aim.FEWEST_ORDERS: tr("Fewest orders"),
        Aim.KEEP_HEDGES: tr("Keep hedges"),
        Aim.EDITED: tr("Edited"),
    }[aim]


def effect_word(effect: Effect) -> str:
    """What an order does to positions."""
    return {
        Effect.CLOSE: tr("close"),
        Effect.CLOSE_TODAY: tr("close today"),
        Effect.CLOSE_YESTERDAY: tr("close yesterday"),
        Effect.LOCK: tr("lock"),
    }[effect]


def order_words(order: PlannedOrder) -> str:
    """An order as a person says it: ``Sell 24 CL 2027-01``."""
    words = tr("Buy {count} {contract}") if order.quantity > 0 else tr("Sell {count} {contract}")
    return words.format(count=count(abs(order.quantity)), contract=order.contract.title)


def time_needed(nanoseconds: int) -> str:
    """How long a plan takes: ``at once``, ``35 min``, ``2.5 h``."""
    minutes = nanoseconds // MINUTE
    if minutes < 1:
        return tr("at once")
    return f"{minutes}{SPACE}min" if minutes < 120 else f"{fixed(minutes * 10 // 60, 1, 1)}{SPACE}h"


def limit_words(order: PlannedOrder, execution: Execution) -> list[str]:
    """What a limit price is made of, line by line, from the touch on."""
    places, sells = price_places(order), order.quantity < 0
    way = (order.limit - order.touch) * (-1 if sells else 1)
    room, impact = order.allowance, max(0, way - order.allowance)
    words = [tr("{price} at the touch").format(price=price(order.touch, places))]
    sign = "−" if sells else "+"
    if impact:
        words.append(tr("{distance} for the order's own impact").format(distance=sign + price(impact, places)))
    if room:
        told = {"distance": sign + price(room, places), "time": seconds(execution.deciding)}
        words.append(tr("{distance} for the market's moves in {time} until it is sent").format(**told))
    if way < room + abs(order.expected - order.touch):
        words.append(tr("no further than prices can go today"))
    return words


def fee_words(fee: int) -> str:
    """What of a cost is fees."""
    if fee == NOT_COMPUTABLE:
        return tr("fees are not known and not in it")
    return tr("{amount} of it fees").format(amount=money(fee, 2))


def seconds(nanoseconds: int) -> str:
    """A short time: ``135 s``."""
    return tr("{count} s").format(count=count(nanoseconds // SECOND))


def price_places(order: PlannedOrder) -> int:
    """Decimals that all prices of an order are exact in, two at least."""
    places = PRICE_DECIMALS
    while places > 2 and not any(
        each % 10 ** (PRICE_DECIMALS - places + 1) for each in (order.limit, order.reference, order.touch)
    ):
        places -= 1
    return places
