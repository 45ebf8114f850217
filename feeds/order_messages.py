"""The wire schema of orders on the sample exchange, on one page; in the manner of `feeds.messages`.

An order gateway talks from a DEALER socket, one frame a message. Orders are named by their client: sending the same
order again is safe at any time, it is taken once; another order under a name that is used is refused. The exchange
answers every message with an order-state, and sends one more whenever the state of an order changes, to whoever sent
or asked for the order last. Several orders may be one (order-together), where the exchange takes such: it is accepted
or refused as a whole, fills as a whole in one step, and has one name and one state. A beat is answered with a beat:
250 ms without any answer mean that the line is dead.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal, TypeVar

import msgspec

from engine.authorisation.instruction import MOST_LEGS
from feeds.decoding import decode
from feeds.faults import BadMessageError
from feeds.messages import VERSION, ContractIdentity, Identity, Message, Nanoseconds, Price, Session, Version

LARGEST_MESSAGE: Final = 8_192
OrderIdentity = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
Contracts = Annotated[int, msgspec.Meta(ge=1, le=10**9)]
EffectWord = Literal["open", "close", "close today", "close yesterday"]
SideWord = Literal["buy", "sell"]
StateWord = Literal["working", "filled", "cancelled", "rejected", "not known"]


class OrderNew(Message, tag="order-new", frozen=True):
    """Buy or sell: at ``limit`` or better, at any price where that is null."""

    version: Version
    identity: OrderIdentity
    account: Identity
    contract: ContractIdentity
    side: SideWord
    effect: EffectWord
    quantity: Contracts
    limit: Price | None


class OrderLeg(msgspec.Struct, array_like=True, frozen=True):
    """A part of an order of several legs, as in `OrderNew`; ``identity`` names it within the whole."""

    identity: OrderIdentity
    contract: ContractIdentity
    side: SideWord
    effect: EffectWord
    quantity: Contracts
    limit: Price | None


class OrderTogether(Message, tag="order-together", frozen=True):
    """Buy and sell as one order: all legs are filled in whole at the same moment, or none of them is."""

    version: Version
    identity: OrderIdentity
    account: Identity
    legs: Annotated[tuple[OrderLeg, ...], msgspec.Meta(min_length=2, max_length=MOST_LEGS)]


class OrderCancel(Message, tag="order-cancel", frozen=True):
    """Withdraw what is left of an order."""

    version: Version
    identity: OrderIdentity


class OrderQuery(Message, tag="order-query", frozen=True):
    """Where does an order stand? ``not known`` means that it has never arrived."""

    version: Version
    identity: OrderIdentity


class OrderBeat(Message, tag="order-beat", frozen=True):
    """The line is alive; in the answer the exchange's session, new at each of its starts, and what it takes."""

    version: Version
    session: Session | None = None
    together: bool = False
    """Whether it takes orders of several legs."""


class OrderAnswer(Message, tag="order-state", frozen=True):
    """Where an order stands: contracts filled altogether, their average price, and why it was refused or withdrawn.

    Of an order of several legs: units filled (a unit is its smallest whole-numbered part), 0, and in ``legs`` the
    average price of each, once they are filled.
    """

    version: Version
    session: Session
    identity: OrderIdentity
    state: StateWord
    filled: Annotated[int, msgspec.Meta(ge=0, le=10**9)]
    average: Price
    reason: Annotated[str, msgspec.Meta(max_length=300)]
    time: Nanoseconds
    legs: Annotated[tuple[Price, ...], msgspec.Meta(max_length=MOST_LEGS)] = ()


OrderMessage = OrderNew | OrderTogether | OrderCancel | OrderQuery | OrderBeat
OrderReply = OrderAnswer | OrderBeat

Kind = TypeVar("Kind", bound=OrderMessage | OrderReply)

_MESSAGES: msgspec.msgpack.Decoder[OrderMessage] = msgspec.msgpack.Decoder(OrderMessage)
_REPLIES: msgspec.msgpack.Decoder[OrderReply] = msgspec.msgpack.Decoder(OrderReply)


def decode_order(frame: bytes) -> OrderMessage:
    """What a client sent.

    Raises:
        BadMessageError: Too large, not msgpack, another shape or version.
    """
    return _checked(frame, _MESSAGES)


def decode_order_reply(frame: bytes) -> OrderReply:
    """What the exchange sent.

    Raises:
        BadMessageError: Likewise.
    """
    return _checked(frame, _REPLIES)


def _checked(frame: bytes, decoder: msgspec.msgpack.Decoder[Kind]) -> Kind:
    if len(frame) > LARGEST_MESSAGE:
        raise BadMessageError("size", f"{len(frame)} bytes, at most {LARGEST_MESSAGE} are read")
    message = decode(decoder, frame)
    if message.version != VERSION:
        raise BadMessageError("version", f"version {message.version} is not understood, {VERSION} is")
    return message
