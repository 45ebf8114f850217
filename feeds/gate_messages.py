"""The wire schema of the gate on one page: what order routers and algorithms ask before they send an order.

Like `feeds.messages`: every message is one msgpack array whose first element names its type; integers only; money is
scaled by 10**6, ratios by 10**6, times are nanoseconds. A client talks from a DEALER socket, one frame a message, and
gets one answer to each, not always in order: match them by the request's 16 bytes, drawn at random for each message.
Endpoints are loopback TCP, ipc or inproc in this version.

- Sending the same bytes again is safe at any time: the answer is the same, nothing is done twice. Other bytes under a
  request already used are refused. After ``busy`` nothing was decided: ask again with the same bytes, later.
- A check that ``passes`` holds its headroom until ``expiry``, under the reservation it names. Withdraw the order
  before that; then the headroom is free again. Say at once what was filled, and when the order was withdrawn.
- Any other verdict, and no answer at all, mean: do not send the order.
- Reasons are English sentences for a log or a screen, not for programs.
"""

from __future__ import annotations

from typing import Annotated, Final

import msgspec

from feeds.decoding import decode
from feeds.faults import BadMessageError
from feeds.messages import VERSION, Amount, ContractIdentity, CurrencyCode, Identity, Message, Nanoseconds, Version
from feeds.messages import Sequence as SequenceNumber

LARGEST_MESSAGE: Final = 16_384
"""Bytes; a check of 32 orders with the longest names is smaller."""
SHORTEST_LIFE: Final = 10**6
LONGEST_LIFE: Final = 24 * 3600 * 10**9

RequestNumber = Annotated[bytes, msgspec.Meta(min_length=16, max_length=16)]
OrderQuantity = Annotated[int, msgspec.Meta(ge=-(10**9), le=10**9)]
Contracts = Annotated[int, msgspec.Meta(ge=0, le=10**9)]
Life = Annotated[int, msgspec.Meta(ge=SHORTEST_LIFE, le=LONGEST_LIFE)]


class GateOrder(msgspec.Struct, array_like=True, frozen=True):
    """An order: a positive quantity buys, a negative one sells; whether it closes what is held on the other side."""

    contract: ContractIdentity
    quantity: OrderQuantity
    closes: bool = False


class GateCheck(Message, tag="gate-check", frozen=True):
    """May these orders be sent? ``together``: they fill in proportion or not at all, as exchange combinations do."""

    version: Version
    client: Identity
    request: RequestNumber
    account: Identity
    orders: Annotated[tuple[GateOrder, ...], msgspec.Meta(min_length=1, max_length=32)]
    together: bool
    time_to_live: Life


class GateCancel(Message, tag="gate-cancel", frozen=True):
    """The orders of a reservation have been withdrawn or were never sent: what is left of it is given back."""

    version: Version
    client: Identity
    request: RequestNumber
    reservation: RequestNumber


class GateFilled(Message, tag="gate-filled", frozen=True):
    """How many contracts of each order of a reservation have been filled altogether, in the orders' sequence."""

    version: Version
    client: Identity
    request: RequestNumber
    reservation: RequestNumber
    filled: Annotated[tuple[Contracts, ...], msgspec.Meta(min_length=1, max_length=32)]


class GateQuery(Message, tag="gate-query", frozen=True):
    """What has become of a reservation?"""

    version: Version
    client: Identity
    request: RequestNumber
    reservation: RequestNumber


class GateFigures(msgspec.Struct, array_like=True, frozen=True):
    """An account in one currency; null where a figure is not computable."""

    equity: Amount | None
    margin: Amount | None
    available: Amount | None
    ratio: int | None


class GateReply(Message, tag="gate-reply", frozen=True):
    """The answer to a check.

    ``verdict`` is passes, refused, not computable or busy. ``largest``: of refused orders, the quantity of the first
    that would pass, the others in proportion; null where it was not looked for. ``after`` is the worst that the orders
    and all working ones may lead to. ``sequence``, ``book`` and ``parameters`` (SHA-256 of the file) are what it was
    computed on; ``time`` when, ``expiry`` until when the reservation holds (0 and empty where nothing is held).
    ``limits`` is the version of the limits it was checked against; ``warnings`` are sentences of limits that do not
    refuse: over a soft bound, or in shadow (the sentence then begins with that).
    """

    version: Version
    request: RequestNumber
    verdict: str
    reasons: tuple[str, ...]
    largest: int | None
    currency: CurrencyCode | None
    before: GateFigures | None
    after: GateFigures | None
    sequence: SequenceNumber
    book: SequenceNumber
    parameters: bytes
    reservation: bytes
    expiry: Nanoseconds
    time: Nanoseconds
    limits: str = ""
    warnings: tuple[str, ...] = ()


class GateReservation(Message, tag="gate-reservation", frozen=True):
    """The answer to the rest: what has become of a reservation.

    ``state`` is held, filled, cancelled, expired or unknown; ``remaining`` the contracts of each order that may still
    be filled; ``reason`` is empty unless the message was refused.
    """

    version: Version
    request: RequestNumber
    reservation: bytes
    state: str
    filled: tuple[int, ...]
    remaining: tuple[int, ...]
    expiry: Nanoseconds
    time: Nanoseconds
    reason: str


class GateFault(Message, tag="gate-fault", frozen=True):
    """The message could not be used; ``request`` is empty where it could not be read."""

    version: Version
    request: bytes
    kind: str
    detail: str


GateMessage = GateCheck | GateCancel | GateFilled | GateQuery
GateAnswer = GateReply | GateReservation | GateFault

_MESSAGES: msgspec.msgpack.Decoder[GateMessage] = msgspec.msgpack.Decoder(GateMessage)
ANSWERS: msgspec.msgpack.Decoder[GateAnswer] = msgspec.msgpack.Decoder(GateAnswer)


def decode_gate(frame: bytes) -> GateMessage:
    """The message in a frame.

    Raises:
        BadMessageError: Too large, not msgpack, another shape or version, an order for nothing.
    """
    if len(frame) > LARGEST_MESSAGE:
        raise BadMessageError("size", f"{len(frame)} bytes, at most {LARGEST_MESSAGE} are read")
    message = decode(_MESSAGES, frame)
    if message.version != VERSION:
        raise BadMessageError("version", f"version {message.version} is not understood, {VERSION} is")
    if isinstance(message, GateCheck):
        for order in message.orders:
            if not order.quantity:
                raise BadMessageError("shape", "an order for 0 contracts")
    return message


def readable_request(frames: list[bytes]) -> bytes:
    """The request's number, where the message is sound enough to have one."""
    try:
        fields = msgspec.msgpack.decode(frames[1]) if len(frames) == 2 else None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, ValueError):
        return b""
    number = fields[3] if isinstance(fields, list) and len(fields) > 3 else None
    return number if isinstance(number, bytes) and len(number) == 16 else b""
