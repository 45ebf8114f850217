"""The whole wire schema on one page: msgpack arrays, typed and checked on arrival.

Every message is one msgpack array whose first element names its type and whose fields follow in the order written
here. Integers only: prices are scaled by 10**8, money by 10**6, times are nanoseconds since 1970 UTC. A contract is
written ``EXCHANGE:PRODUCT:KIND:EXPIRY[:RIGHT:STRIKE]``. On PUB sockets a message follows a topic frame (`TOPICS`); on
ROUTER/DEALER sockets it stands alone behind the routing frames. No message is larger than 1 MiB.

What a publisher must do, with any msgpack library:

- Draw a session of 16 random bytes at each start. Number the updates of the positions stream 1, 2, 3 ... within it,
  one number an update, and the quotes messages likewise in a row of their own.
- Send a heartbeat on both streams every 100 ms, with the last number sent. On the positions stream it carries the
  digest of the book (`feeds.digest` says how to compute it); on the quotes stream 8 zero bytes.
- Announce an account before its positions and money. State what is, not what changed: a position that is closed is
  sent once more with 0 and 0, and then left out of snapshots.
- Answer a snapshot request with all rows of the book, each as an update with the number it was last sent under, packed
  as one msgpack array and cut into chunks of at most 512 KiB, in order.
- Spell a contract in one way only: no needless zeros in a strike.
- Say of a position what was opened today where the exchange has that closed apart, and say it anew as a day begins.
- Say every quote again every few seconds, with the time at which it still holds: quotes have no snapshot.

Endpoints are loopback TCP, ipc or inproc in this version.
"""

from __future__ import annotations

from typing import Annotated, Final

import msgspec

VERSION: Final = 1
VERSION_TODAY: Final = 2
"""Of a position that says how much of it was opened today, which earlier versions of Palisade would not understand."""
TOPIC_POSITIONS: Final = b"positions"
TOPIC_QUOTES: Final = b"quotes"
TOPICS: Final = (TOPIC_POSITIONS, TOPIC_QUOTES)

Identity = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
ContractIdentity = Annotated[str, msgspec.Meta(min_length=7, max_length=96)]
CurrencyCode = Annotated[str, msgspec.Meta(min_length=1, max_length=8)]
Words = Annotated[str, msgspec.Meta(max_length=32)]
Version = Annotated[int, msgspec.Meta(ge=1, le=65535)]
Session = Annotated[bytes, msgspec.Meta(min_length=16, max_length=16)]
Sequence = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]
Nanoseconds = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]
Quantity = Annotated[int, msgspec.Meta(ge=0, le=10**9)]
SignedQuantity = Annotated[int, msgspec.Meta(ge=-(10**9), le=10**9)]
Price = Annotated[int, msgspec.Meta(ge=-(10**17), le=10**17)]
Amount = Annotated[int, msgspec.Meta(ge=-(10**18), le=10**18)]


Digest = Annotated[bytes, msgspec.Meta(min_length=8, max_length=8)]


class Message(msgspec.Struct, array_like=True, frozen=True):
    """A message: the fields of its class, in order, behind the type's name."""


class AccountUpdate(Message, tag="account", frozen=True):
    """An account exists, belongs to a group, shows its totals in a currency, and is margined in some way.

    The last three fields may be left out. They are words (`engine.margin_terms`): ``net`` or ``gross``; owner and type
    such as ``house member``; class and requirement such as ``core initial``. Empty: as the parameter file has it.
    """

    version: Version
    session: Session
    sequence: Sequence
    time: Nanoseconds
    account: Identity
    group: Identity
    currency: CurrencyCode
    margining: Words = "net"
    account_type: Words = ""
    requirement: Words = ""


class PositionUpdate(Message, tag="position", frozen=True):
    """What an account now holds of a contract: the state after the change, not the change.

    The prices are what each side is marked from (last settlement, or the price of today's trades); null where that
    side is empty or unknown.

    The last two fields say how many of each side were opened in the present trading day. A position of version 1 leaves
    both out, and Palisade then takes it to be unknown; one of version 2 has both.
    """

    version: Version
    session: Session
    sequence: Sequence
    time: Nanoseconds
    account: Identity
    contract: ContractIdentity
    long: Quantity
    short: Quantity
    long_price: Price | None
    short_price: Price | None
    long_today: Quantity | None = None
    short_today: Quantity | None = None


class MoneyUpdate(Message, tag="money", frozen=True):
    """An account's money in one currency: cash after the last settlement, and profit and loss realised since.

    Profit and loss of open positions is not in it: the receiver works that out from live quotes.
    """

    version: Version
    session: Session
    sequence: Sequence
    time: Nanoseconds
    account: Identity
    currency: CurrencyCode
    balance: Amount
    profit: Amount


class WorkingUpdate(Message, tag="working", frozen=True):
    """What is left of an order that works on the market: contracts that may still fill, positive buys; 0 when over.

    ``order`` names it within its account. An order that passed `palisade gate` is named by its reservation, in 32
    hexadecimal digits, so that it does not count twice. ``closes``: it closes what is held on the other side.
    """

    version: Version
    session: Session
    sequence: Sequence
    time: Nanoseconds
    account: Identity
    order: Identity
    contract: ContractIdentity
    quantity: SignedQuantity
    closes: bool


class Quote(msgspec.Struct, array_like=True, frozen=True):
    """Newest price of one contract: last trade or mark, and the best bid and ask where there are any."""

    contract: ContractIdentity
    price: Price
    bid: Price | None
    ask: Price | None
    bid_quantity: Quantity
    ask_quantity: Quantity
    time: Nanoseconds


class Quotes(Message, tag="quotes", frozen=True):
    """A bundle of quotes; for each contract the newest wins."""

    version: Version
    session: Session
    sequence: Sequence
    time: Nanoseconds
    quotes: Annotated[tuple[Quote, ...], msgspec.Meta(max_length=4096)]


class Heartbeat(Message, tag="heartbeat", frozen=True):
    """Every 100 ms on every stream: the last sequence number sent and the digest of the state it led to (positions)."""

    version: Version
    session: Session
    sequence: Sequence
    time: Nanoseconds
    digest: Digest


class SnapshotRequest(Message, tag="snapshot-request", frozen=True):
    """Ask the publisher (DEALER to ROUTER) for the whole book."""

    version: Version
    request: Session


class SnapshotChunk(Message, tag="snapshot", frozen=True):
    """One piece of the book as of ``sequence``; the pieces joined are a msgpack array of updates with this sha256."""

    version: Version
    session: Session
    request: Session
    sequence: Sequence
    time: Nanoseconds
    chunk: Annotated[int, msgspec.Meta(ge=0, le=65535)]
    chunks: Annotated[int, msgspec.Meta(ge=1, le=65536)]
    sha256: Annotated[bytes, msgspec.Meta(min_length=32, max_length=32)]
    digest: Digest
    payload: Annotated[bytes, msgspec.Meta(max_length=2**19)]


StateUpdate = AccountUpdate | PositionUpdate | MoneyUpdate | WorkingUpdate
"""What the positions stream numbers, one sequence number each, without gaps in a session."""
PositionsMessage = AccountUpdate | PositionUpdate | MoneyUpdate | WorkingUpdate | Heartbeat
QuotesMessage = Quotes | Heartbeat
