"""A digest of the whole book that does not depend on the order of rows and is kept up to date row by row.

Each row of state is written as a msgpack array (smallest encodings, as every msgpack library writes them):

    ["account", account, group, currency]
    ["account", account, group, currency, margining, type, requirement]
    ["position", account, contract, long, short, long_price, short_price]
    ["position", account, contract, long, short, long_price, short_price, long_today, short_today]
    ["money", account, currency, balance, profit]
    ["working", account, order, contract, quantity, closes]

and hashed with BLAKE2b to 8 bytes. The digest is the sum of these hashes, read as big-endian numbers, modulo 2**64,
in 8 big-endian bytes. A position that is flat on both sides has no row, nor has a working order of which nothing is
left. The short row of an account is that of one which is margined net, with type and requirement left to the parameter
file; that of a position is of one that does not say what was opened today. An empty book has digest 0.
"""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import blake2b

import msgspec

from feeds.messages import MoneyUpdate, PositionUpdate, StateUpdate, WorkingUpdate

Key = tuple[str, ...]
Row = tuple[str | int | None, ...]
MODULUS = 2**64
USUAL_WORDS = ("net", "", "")

_encode = msgspec.msgpack.Encoder().encode


def key_of(update: StateUpdate) -> Key:
    """Which row of the book ``update`` replaces."""
    if isinstance(update, PositionUpdate):
        return ("position", update.account, update.contract)
    if isinstance(update, MoneyUpdate):
        return ("money", update.account, update.currency)
    if isinstance(update, WorkingUpdate):
        return ("working", update.account, update.order)
    return ("account", update.account)


def row_of(update: StateUpdate) -> Row | None:
    """The row ``update`` leads to; None where nothing is left (a flat position, an order that is over)."""
    if isinstance(update, PositionUpdate):
        if not update.long and not update.short:
            return None
        sides = (update.long, update.short, update.long_price, update.short_price)
        today = () if update.long_today is None else (update.long_today, update.short_today)
        return ("position", update.account, update.contract, *sides, *today)
    if isinstance(update, MoneyUpdate):
        return ("money", update.account, update.currency, update.balance, update.profit)
    if isinstance(update, WorkingUpdate):
        if not update.quantity:
            return None
        return ("working", update.account, update.order, update.contract, update.quantity, update.closes)
    row = ("account", update.account, update.group, update.currency)
    terms = (update.margining, update.account_type, update.requirement)
    return row if terms == USUAL_WORDS else row + terms


class StateDigest:
    """Hashes of all rows, and their sum."""

    def __init__(self) -> None:
        self._hashes: dict[Key, int] = {}
        self._sum = 0

    def __contains__(self, key: Key) -> bool:
        return key in self._hashes

    def __iter__(self) -> Iterator[Key]:
        return iter(self._hashes)

    def __len__(self) -> int:
        return len(self._hashes)

    @property
    def value(self) -> bytes:
        """The digest, 8 bytes."""
        return self._sum.to_bytes(8, "big")

    def hash_of(self, key: Key) -> int | None:
        """Hash of a row; None where there is no such row."""
        return self._hashes.get(key)

    def put(self, update: StateUpdate) -> None:
        """Replace the row that ``update`` speaks of."""
        key, row = key_of(update), row_of(update)
        self._sum -= self._hashes.pop(key, 0) if row is None else self._hashes.get(key, 0)
        if row is not None:
            fresh = int.from_bytes(blake2b(_encode(row), digest_size=8).digest(), "big")
            self._hashes[key] = fresh
            self._sum += fresh
        self._sum %= MODULUS
