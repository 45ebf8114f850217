"""Orders and reports as FIX 4.4 messages and back. Pure: no session, no socket."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from fixcore.message.message import Message

from engine.authorisation.instruction import Effect, PriceType, Side
from engine.instruments import Contract
from engine.numbers import PRICE_DECIMALS, format_scaled, parse_scaled
from engine.routing import OrderReport, OrderState, RoutedOrder
from engine.text import text
from feeds.faults import BadMessageError
from feeds.gateway import NotSentError

MESSAGE_TYPE: Final = 35
NEW_ORDER_SINGLE: Final = "D"
ORDER_CANCEL_REQUEST: Final = "F"
ORDER_STATUS_REQUEST: Final = "H"
EXECUTION_REPORT: Final = "8"

ACCOUNT, AVERAGE_PRICE, CLIENT_ORDER, FILLED, QUANTITY, ORDER_TYPE = 1, 6, 11, 14, 38, 40
ORIGINAL_ORDER, PRICE, SIDE, SYMBOL, WORDS, TRANSACTION_TIME, TIME_IN_FORCE, POSITION_EFFECT = (
    41,
    44,
    54,
    55,
    58,
    60,
    59,
    77,
)
ORDER_STATUS, EXECUTION_TYPE, REJECT_REASON, SECURITY_TYPE, MATURITY, PUT_OR_CALL, STRIKE, EXCHANGE = (
    39,
    150,
    103,
    167,
    200,
    201,
    202,
    207,
)
UNKNOWN_ORDER: Final = "5"
CANCEL_MARK: Final = "-C"
"""Behind the client order id of what is withdrawn: a cancel request has a name of its own."""

EFFECTS: Final = {Effect.CLOSE: "C", Effect.CLOSE_YESTERDAY: "C", Effect.LOCK: "O"}
"""PositionEffect (77). Exchanges that tell today's positions apart take a plain close to be of earlier ones; for one of
today's the standard has no value, and brokers have their own: `feeds.fix_gateway.FixLine`."""
STATES: Final = {
    "0": OrderState.WORKING,
    "1": OrderState.WORKING,
    "2": OrderState.FILLED,
    "3": OrderState.CANCELLED,
    "4": OrderState.CANCELLED,
    "6": OrderState.WORKING,
    "8": OrderState.REJECTED,
    "A": OrderState.WORKING,
    "C": OrderState.CANCELLED,
    "E": OrderState.WORKING,
}
"""OrdStatus (39). Done for the day and expired leave what was filled, as a withdrawal does."""


def position_effect(order: RoutedOrder, close_today: str) -> str:
    """PositionEffect of an order; ``close_today`` is the broker's value, empty where it has none.

    Raises:
        NotSentError: There is no value for it.
    """
    effect = EFFECTS.get(order.effect) or close_today
    if not effect:
        raise NotSentError(text("this FIX line has no value to close today's positions with; nothing was sent"))
    return effect


def new_order(order: RoutedOrder, wall: int, close_today: str = "") -> Message:
    """NewOrderSingle.

    Args:
        order: What to send.
        wall: Wall nanoseconds.
        close_today: PositionEffect that closes today's positions; empty where the broker has none.

    Raises:
        NotSentError: There is no value for its effect, or no way to write a name.
    """
    if not (order.account.isascii() and order.account.isprintable()):
        raise NotSentError(text("FIX 4.4 cannot write the name {name}; nothing was sent", name=order.account))
    effect = position_effect(order, close_today)
    message = _about(NEW_ORDER_SINGLE, order, wall)
    message[CLIENT_ORDER] = order.identity
    message[QUANTITY] = str(order.quantity)
    message[ORDER_TYPE] = "2" if order.price_type is PriceType.LIMIT else "1"
    if order.price_type is PriceType.LIMIT:
        message[PRICE] = format_scaled(order.limit, PRICE_DECIMALS)
    message[TIME_IN_FORCE] = "0"
    message[POSITION_EFFECT] = effect
    return message


def cancel_request(order: RoutedOrder, wall: int) -> Message:
    """OrderCancelRequest for all that is left of an order."""
    message = _about(ORDER_CANCEL_REQUEST, order, wall)
    message[ORIGINAL_ORDER] = order.identity
    message[CLIENT_ORDER] = order.identity + CANCEL_MARK
    message[QUANTITY] = str(order.quantity)
    return message


def status_request(order: RoutedOrder, wall: int) -> Message:
    """OrderStatusRequest."""
    message = _about(ORDER_STATUS_REQUEST, order, wall)
    message[CLIENT_ORDER] = order.identity
    return message


def report_of(message: Message) -> OrderReport:
    """What an ExecutionReport says.

    Raises:
        BadMessageError: A field is missing, or says what no report may.
    """
    identity = message.get(ORIGINAL_ORDER) or message.get(CLIENT_ORDER)
    status = message.get(ORDER_STATUS)
    if not identity or status not in STATES:
        raise BadMessageError("report", f"order {identity!r} with status {status!r}")
    state = STATES[status]
    if state is OrderState.REJECTED and message.get(REJECT_REASON) == UNKNOWN_ORDER:
        state = OrderState.NOT_KNOWN
    try:
        filled = parse_scaled(message.get(FILLED) or "0", 0)
        average = _price(message.get(AVERAGE_PRICE) or "0")
    except ValueError as error:
        raise BadMessageError("report", f"order {identity!r}: {error}") from None
    if filled < 0:
        raise BadMessageError("report", f"order {identity!r} is filled by {filled}")
    return OrderReport(
        identity.removesuffix(CANCEL_MARK),
        state,
        filled,
        average,
        message.get(WORDS),
        _time(message.get(TRANSACTION_TIME)),
    )


def stamp(wall: int) -> str:
    """Wall nanoseconds as FIX writes a time, to the millisecond."""
    return datetime.fromtimestamp(wall / 10**9, UTC).strftime("%Y%m%d-%H:%M:%S.%f")[:-3]


def _about(kind: str, order: RoutedOrder, wall: int) -> Message:
    contract = Contract.parse(order.contract)
    message = Message()
    message[MESSAGE_TYPE] = kind
    message[ACCOUNT] = order.account
    message[SYMBOL] = contract.product
    message[SECURITY_TYPE] = "OPT" if contract.right else "FUT"
    message[MATURITY] = contract.expiry
    if contract.right:
        message[PUT_OR_CALL] = "1" if contract.right == "C" else "0"
        message[STRIKE] = format_scaled(contract.strike, PRICE_DECIMALS)
    message[EXCHANGE] = contract.exchange
    message[SIDE] = "1" if order.side is Side.BUY else "2"
    message[TRANSACTION_TIME] = stamp(wall)
    return message


def _price(number: str) -> int:
    """Decimal text as price scale; an average may have more decimals than that, and is cut."""
    whole, point, fraction = number.partition(".")
    return parse_scaled(whole + point + fraction[:PRICE_DECIMALS], PRICE_DECIMALS)


def _time(stamped: str) -> int:
    """Wall nanoseconds, to the microsecond; 0 where it cannot be read."""
    for form in ("%Y%m%d-%H:%M:%S.%f", "%Y%m%d-%H:%M:%S"):
        try:
            moment = datetime.strptime(stamped[:24], form).replace(tzinfo=UTC)
        except ValueError:
            continue
        return int(moment.timestamp()) * 10**9 + moment.microsecond * 1_000
    return 0
