"""Keeps a `PositionBook` equal to the publisher's: checked updates one by one, or a whole snapshot in its place."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from engine.book import Account, PositionBook
from engine.numbers import NOT_COMPUTABLE
from feeds.columns import Columns
from feeds.digest import Key, StateDigest, key_of
from feeds.faults import BadMessageError
from feeds.messages import AccountUpdate, MoneyUpdate, PositionUpdate, StateUpdate

MOST_ROWS: Final = 4_000_000
"""Rows of accounts, positions and money that a publisher may fill our memory with."""


class Replica:
    """The book as the publisher told it, and the digest of that. Only this object writes to the book."""

    def __init__(self, book: PositionBook) -> None:
        self._book = book
        self._columns = Columns(book.universe)
        self._digest = StateDigest()

    @property
    def digest(self) -> bytes:
        """Digest of the book, to compare with a heartbeat's."""
        return self._digest.value

    def apply(self, update: StateUpdate) -> None:
        """Take one update in.

        Raises:
            BadMessageError: It makes no sense here (unknown account, bad contract, bad name); nothing has changed.
        """
        self._check(update, self._digest)
        if len(self._digest) >= MOST_ROWS:
            raise BadMessageError("size", f"the book has {MOST_ROWS} rows and may not grow further")
        self._write(update)
        self._digest.put(update)

    def replace(self, updates: Sequence[StateUpdate], digest: bytes) -> None:
        """Put a snapshot in place of the whole book: what it does not name is gone.

        Rows that did not change are not written, so that a resync of a large book touches few accounts.

        Args:
            updates: Every row of the snapshot, in any order.
            digest: What their digest must be.

        Raises:
            BadMessageError: A row or the digest is wrong; nothing has changed.
        """
        fresh = self._checked(updates, digest)
        for key in [key for key in self._digest if key not in fresh]:
            self._remove(key)
        for update in sorted(updates, key=lambda update: not isinstance(update, AccountUpdate)):
            key = key_of(update)
            if fresh.hash_of(key) != self._digest.hash_of(key):
                self._write(update)
        self._digest = fresh

    def _checked(self, updates: Sequence[StateUpdate], digest: bytes) -> StateDigest:
        """Digest of a snapshot every row of which has been found good."""
        if len(updates) > MOST_ROWS:
            raise BadMessageError("size", f"a snapshot of {len(updates)} rows")
        fresh = StateDigest()
        for accounts in (True, False):
            for update in updates:
                if isinstance(update, AccountUpdate) is accounts:
                    self._check(update, fresh)
                    fresh.put(update)
        if len(fresh) != len(updates):
            raise BadMessageError("snapshot", "a row is flat or appears twice")
        if fresh.value != digest:
            raise BadMessageError("snapshot", "the digest of the rows is not the one announced")
        return fresh

    def _check(self, update: StateUpdate, known: StateDigest) -> None:
        """Refuse what the schema lets pass but a book cannot hold."""
        if not update.account.isprintable():
            raise BadMessageError("account", f"unprintable account name {update.account!r}")
        match update:
            case AccountUpdate():
                if not update.group.isprintable() or not update.currency.isalnum():
                    raise BadMessageError("account", f"group {update.group!r}, currency {update.currency!r}")
                return
            case PositionUpdate():
                self._columns.of(update.contract)
            case MoneyUpdate():
                if not update.currency.isalnum():
                    raise BadMessageError("currency", f"{update.currency!r} is no currency")
        if ("account", update.account) not in known:
            raise BadMessageError("account", f"account {update.account} has not been announced")

    def _write(self, update: StateUpdate) -> None:
        book = self._book
        match update:
            case AccountUpdate():
                book.set_account(Account(update.account, update.group, update.currency))
            case MoneyUpdate():
                book.set_money(book.account(update.account), update.currency, update.balance, update.profit)
            case PositionUpdate():
                book.set_position(
                    book.account(update.account),
                    self._columns.of(update.contract),
                    update.long,
                    update.short,
                    NOT_COMPUTABLE if update.long_price is None else update.long_price,
                    NOT_COMPUTABLE if update.short_price is None else update.short_price,
                )

    def _remove(self, key: Key) -> None:
        """Empty a row. An account keeps its place in the book, without positions or money."""
        kind, account, *rest = key
        row = self._book.account(account)
        if kind == "position":
            self._book.set_position(row, self._columns.of(rest[0]), 0, 0)
        elif kind == "money":
            self._book.remove_money(row, rest[0])
