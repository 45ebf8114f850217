"""Orders and reports as FIX 4.4 messages and back. Pure: no session, no socket."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from fixcore.message.field import Group
from fixcore.message.message import Message

from engine.authorisation.instruction import Effect, PriceType, Side
from engine.instruments import Contract
from engine.numbers import PRICE_DECIMALS, format_scaled, parse_scaled
from engine.routing import OrderReport, OrderState, Package, RoutedGroup, RoutedOrder, legs_of
from engine.text import Text, text
from feeds.faults import BadMessageError
from feeds.gateway import NotSentError

MESSAGE_TYPE: Final = 35
NEW_ORDER_SINGLE: Final = "D"
NEW_ORDER_MULTILEG: Final = "AB"
ORDER_CANCEL_REQUEST: Final = "F"
ORDER_STATUS_REQUEST: Final = "H"
EXECUTION_REPORT: Final = "8"
BUSINESS_REJECT: Final = "j"

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
EXECUTION_INSTRUCTION, SENT_AT, REFUSED_TYPE, REFUSED_ORDER, REPORTS_ON, REPORTS_WANTED = 18, 52, 372, 379, 442, 563
LEGS, LEG_EFFECT, LEG_PRICE, LEG_SYMBOL, LEG_CLASS, LEG_TYPE, LEG_MATURITY = 555, 564, 566, 600, 608, 609, 610
LEG_STRIKE, LEG_EXCHANGE, LEG_RATIO, LEG_SIDE = 612, 616, 623, 624
LEG_LAST_PRICE, LEG_NAME, LEG_QUANTITY = 637, 654, 687
ALL_OR_NONE: Final = "G"
AS_DEFINED: Final = "B"
SINGLE_LEG, WHOLE = "2", "3"
"""MultiLegReportingType (442)."""
UNKNOWN_ORDER: Final = "5"
CANCEL_MARK: Final = "-C"
"""Behind the client order id of what is withdrawn: a cancel request has a name of its own."""

_ORDER_TYPES: Final = {PriceType.LIMIT: "2", PriceType.MARKET: "1"}
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


def problem_of(package: Package, close_today: str) -> Text | None:
    """Why FIX 4.4 cannot carry an order or a group; None where it can.

    Args:
        package: What to send.
        close_today: The broker's PositionEffect that closes today's positions; empty where it has none.
    """
    if not (package.account.isascii() and package.account.isprintable()):
        return text("FIX 4.4 cannot write the name {name}; nothing was sent", name=package.account)
    if not all(_effect(leg, close_today) for leg in legs_of(package)):
        return text("this FIX line has no value to close today's positions with; nothing was sent")
    return None


def new_order(order: RoutedOrder, wall: int, close_today: str = "") -> Message:
    """NewOrderSingle.

    Args:
        order: What to send.
        wall: Wall nanoseconds.
        close_today: As in `problem_of`.

    Raises:
        NotSentError: There is no value for its effect, or no way to write a name.
    """
    _check(order, close_today)
    message = _about(NEW_ORDER_SINGLE, order, wall)
    message[CLIENT_ORDER] = order.identity
    message[QUANTITY] = str(order.quantity)
    message[ORDER_TYPE] = _ORDER_TYPES[order.price_type]
    if order.price_type is PriceType.LIMIT:
        message[PRICE] = format_scaled(order.limit, PRICE_DECIMALS)
    message[TIME_IN_FORCE] = "0"
    message[POSITION_EFFECT] = _effect(order, close_today)
    return message


def new_multileg(group: RoutedGroup, wall: int, close_today: str = "") -> Message:
    """NewOrderMultileg, all or none: so many units of a combination that its legs define.

    Its price is that of a unit, bought legs less sold ones; each leg says its own limit as well.

    Args:
        group: What to send.
        wall: Wall nanoseconds.
        close_today: As in `problem_of`.

    Raises:
        NotSentError: As `new_order`.
    """
    _check(group, close_today)
    units, kind = group.units, group.legs[0].price_type
    message = _about(NEW_ORDER_MULTILEG, group, wall)
    message[CLIENT_ORDER] = group.identity
    message[EXECUTION_INSTRUCTION] = ALL_OR_NONE
    for leg in group.legs:
        message.add_group(LEGS, _leg(leg, units, close_today))
    message[QUANTITY] = str(units)
    message[ORDER_TYPE] = _ORDER_TYPES[kind]
    if kind is PriceType.LIMIT:
        signed = ((leg.limit if leg.side is Side.BUY else -leg.limit) * (leg.quantity // units) for leg in group.legs)
        message[PRICE] = format_scaled(sum(signed), PRICE_DECIMALS)
    message[TIME_IN_FORCE] = "0"
    message[REPORTS_WANTED] = "0"
    return message


def cancel_request(package: Package, wall: int) -> Message:
    """OrderCancelRequest for all that is left of an order; of a group, for all its legs at once."""
    message = _about(ORDER_CANCEL_REQUEST, package, wall)
    message[ORIGINAL_ORDER] = package.identity
    message[CLIENT_ORDER] = package.identity + CANCEL_MARK
    message[QUANTITY] = str(package.units if isinstance(package, RoutedGroup) else package.quantity)
    return message


def status_request(package: Package, wall: int) -> Message:
    """OrderStatusRequest."""
    message = _about(ORDER_STATUS_REQUEST, package, wall)
    message[CLIENT_ORDER] = package.identity
    return message


def is_of_single_leg(message: Message) -> bool:
    """Whether a report is of one leg of a group, beside that of the whole, which alone counts."""
    return bool(message.get(REPORTS_ON) == SINGLE_LEG)


def is_of_whole(message: Message) -> bool:
    """Whether a report is of a group, and says so."""
    return bool(message.get(REPORTS_ON) == WHOLE)


def refusal_of(message: Message) -> OrderReport | None:
    """What a BusinessMessageReject says of an order: the other side takes no such message; None where of another."""
    identity, kind = message.get(REFUSED_ORDER), message.get(REFUSED_TYPE)
    if not identity or kind not in (NEW_ORDER_SINGLE, NEW_ORDER_MULTILEG):
        return None
    return OrderReport(identity, OrderState.REJECTED, 0, 0, message.get(WORDS), _time(message.header.get_or(SENT_AT)))


def report_of(message: Message) -> OrderReport:
    """What an ExecutionReport says; of a group, units filled, and the price of each leg.

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
        legs = tuple(
            (leg.get_field_or(LEG_NAME), _price(leg.get_field_or(LEG_LAST_PRICE)))
            for leg in message.get_groups(LEGS)
            if leg.get_field_or(LEG_LAST_PRICE)
        )
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
        legs,
    )


def stamp(wall: int) -> str:
    """Wall nanoseconds as FIX writes a time, to the millisecond."""
    return datetime.fromtimestamp(wall / 10**9, UTC).strftime("%Y%m%d-%H:%M:%S.%f")[:-3]


def _check(package: Package, close_today: str) -> None:
    problem = problem_of(package, close_today)
    if problem is not None:
        raise NotSentError(problem)


def _effect(order: RoutedOrder, close_today: str) -> str:
    return EFFECTS.get(order.effect) or close_today


def _about(kind: str, package: Package, wall: int) -> Message:
    message = Message()
    message[MESSAGE_TYPE] = kind
    message[ACCOUNT] = package.account
    if isinstance(package, RoutedGroup):
        message[SYMBOL], message[SECURITY_TYPE], message[SIDE] = "[N/A]", "MLEG", AS_DEFINED
    else:
        contract = Contract.parse(package.contract)
        message[SYMBOL] = contract.product
        message[SECURITY_TYPE] = "OPT" if contract.right else "FUT"
        message[MATURITY] = contract.expiry
        if contract.right:
            message[PUT_OR_CALL] = "1" if contract.right == "C" else "0"
            message[STRIKE] = format_scaled(contract.strike, PRICE_DECIMALS)
        message[EXCHANGE] = contract.exchange
        message[SIDE] = "1" if package.side is Side.BUY else "2"
    message[TRANSACTION_TIME] = stamp(wall)
    return message


def _leg(order: RoutedOrder, units: int, close_today: str) -> Group:
    """A leg; FIX 4.4 tells puts from calls by the first letters of its classification code (ISO 10962)."""
    contract, leg = Contract.parse(order.contract), Group()
    fields = {LEG_SYMBOL: contract.product}
    if contract.right:
        fields |= {LEG_CLASS: f"O{contract.right}XXXX", LEG_TYPE: "OPT", LEG_MATURITY: contract.expiry}
        fields |= {LEG_STRIKE: format_scaled(contract.strike, PRICE_DECIMALS)}
    else:
        fields |= {LEG_TYPE: "FUT", LEG_MATURITY: contract.expiry}
    fields |= {LEG_EXCHANGE: contract.exchange, LEG_RATIO: str(order.quantity // units)}
    fields |= {LEG_SIDE: "1" if order.side is Side.BUY else "2", LEG_QUANTITY: str(order.quantity)}
    fields |= {LEG_EFFECT: _effect(order, close_today), LEG_NAME: order.identity}
    if order.price_type is PriceType.LIMIT:
        fields[LEG_PRICE] = format_scaled(order.limit, PRICE_DECIMALS)
    for tag, value in fields.items():
        leg.set_field(tag, value)
    return leg


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
