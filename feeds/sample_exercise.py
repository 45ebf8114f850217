"""What an exercise brings to the sample exchange: the copy of a book that it opens with, and events while it runs.

The book is a JSON file: ``{"accounts": [{"name": ..., "group": ..., "positions": {CONTRACT: [long, short]}}]}``. An
event is one line of JSON on the standard input: ``{"event": "loss", "account": ..., "currency": ..., "amount": ...}``
(money scale), ``{"event": "walk", "pace": ...}`` or ``{"event": "jump", "contract": ..., "price": ...}`` (price scale).
"""

from __future__ import annotations

import logging
import queue
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Final

import msgspec

from engine.instruments import Contract
from engine.numbers import NOT_COMPUTABLE
from engine.span.parameters import ParameterSet
from engine.text import BadInputError, text
from feeds.messages import ContractIdentity, CurrencyCode, Identity
from feeds.sample_books import Holding, SampleAccount

Contracts = Annotated[int, msgspec.Meta(ge=0, le=10**9)]
LONGEST_LINE: Final = 4_096

_logger = logging.getLogger(__name__)


class BookAccount(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An account of the copy: contracts held long and short, by contract."""

    name: Identity
    group: Identity
    positions: Annotated[dict[ContractIdentity, tuple[Contracts, Contracts]], msgspec.Meta(min_length=1)]


class BookFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The copy of a book as it is written."""

    accounts: Annotated[tuple[BookAccount, ...], msgspec.Meta(min_length=1, max_length=10_000)]


class Loss(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="event", tag="loss"):
    """Money that an account loses at one stroke, money scale."""

    account: Identity
    currency: CurrencyCode
    amount: Annotated[int, msgspec.Meta(ge=0, le=10**18)]


class Walk(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="event", tag="walk"):
    """Prices walk from now on, so many thousandths of the usual time a second; 0 lets them stand still."""

    pace: Annotated[int, msgspec.Meta(ge=0, le=1_000)]


class Jump(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="event", tag="jump"):
    """A contract comes to this price, price scale, and what moves with it follows."""

    contract: ContractIdentity
    price: Annotated[int, msgspec.Meta(ge=-(10**17), le=10**17)]


Event = Loss | Walk | Jump


class HeardEvents:
    """Events as they arrive in pieces of lines, in one thread, and are taken by another."""

    def __init__(self) -> None:
        self._rest = b""
        self._events: queue.SimpleQueue[Event] = queue.SimpleQueue()

    def hear(self, piece: bytes) -> None:
        """Take in what came; a line that is no event is logged and left out."""
        *lines, self._rest = (self._rest + piece).split(b"\n")
        self._rest = self._rest[-LONGEST_LINE:]
        for line in filter(None, lines):
            try:
                self._events.put(msgspec.json.decode(line, type=Event))
            except (msgspec.DecodeError, UnicodeDecodeError) as error:
                _logger.warning("what was said is no event: %s", error)

    def take(self) -> list[Event]:
        """What has been heard since the last call."""
        found = []
        while not self._events.empty():
            found.append(self._events.get_nowait())
        return found


def read_book(file: Path, parameters: ParameterSet) -> Sequence[SampleAccount]:
    """The accounts of a copied book, without money yet.

    Raises:
        BadInputError: It cannot be read, or a contract has no price in the parameters.
    """
    remedy = text("write it as palisade drill does")
    try:
        found = msgspec.json.decode(file.read_bytes(), type=BookFile)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BadInputError(str(file), text("{reason}", reason=error), remedy) from None
    if len({account.name for account in found.accounts}) < len(found.accounts):
        raise BadInputError(str(file), text("two accounts have the same name"), remedy)
    return [_opened(account, parameters, file) for account in found.accounts]


def _opened(account: BookAccount, parameters: ParameterSet, file: Path) -> SampleAccount:
    holdings = {}
    for identity, (long, short) in account.positions.items():
        row = parameters.find(Contract.parse(identity))
        price = int(parameters.contracts.price[row]) if row >= 0 else NOT_COMPUTABLE
        if price == NOT_COMPUTABLE:
            what = text("{contract} has no price in the parameters", contract=identity)
            raise BadInputError(f"{file}: {account.name}", what, text("leave the position out"))
        holdings[row] = Holding(long, short, price if long else 0, price if short else 0, long - short)
    return SampleAccount(account.name, account.group, "", holdings, tradable=tuple(holdings))
