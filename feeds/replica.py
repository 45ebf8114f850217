"""Keeps a `PositionBook` equal to the publisher's: checked updates one by one, or a whole snapshot in its place."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from engine.book import Account, PositionBook
from engine.decision import Order
from engine.margin_terms import MarginTerms, terms_of
from engine.numbers import NOT_COMPUTABLE
from engine.opened_today import Today
from engine.text import BadInputError
from feeds.columns import Columns
from feeds.decoding import UPDATE, decode_message
from feeds.digest import Key, StateDigest, key_of
from feeds.faults import BadMessageError
from feeds.messages import VERSION, AccountUpdate, MoneyUpdate, PositionUpdate, StateUpdate, WorkingUpdate
from feeds.snapshot_client import BookContent

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

    def carry_on_in(self, book: PositionBook) -> None:
        """Write to ``book`` from now on: the same content by the columns of another universe."""
        self._book = book
        self._columns = Columns(book.universe)

    def apply(self, update: StateUpdate) -> None:
        """Take one update in.

        Raises:
            BadMessageError: It makes no sense here (unknown account, bad contract, bad name); nothing has changed.
        """
        self.check(update)
        if not isinstance(update, AccountUpdate) and ("account", update.account) not in self._digest:
            raise BadMessageError("account", f"account {update.account} has not been announced")
        if len(self._digest) >= MOST_ROWS:
            raise BadMessageError("size", f"the book has {MOST_ROWS} rows and may not grow further")
        self._write(update)
        self._digest.put(update)

    def replacement(self, content: BookContent) -> Replacement:
        """Begin to put a snapshot in place of the whole book."""
        return Replacement(self, content)

    def replace(self, updates: Sequence[StateUpdate], digest: StateDigest) -> None:
        """Make the book what checked ``updates`` (accounts first) say: what they do not name is gone.

        Rows that did not change are not written, so that a resync of a large book touches few accounts.
        """
        for key in [key for key in self._digest if key not in digest]:
            self._remove(key)
        for update in updates:
            key = key_of(update)
            if digest.hash_of(key) != self._digest.hash_of(key):
                self._write(update)
        self._digest = digest

    def check(self, update: StateUpdate) -> None:
        """Refuse what the schema lets pass but a book cannot hold.

        Raises:
            BadMessageError: A name or contract that is none.
        """
        if not update.account.isprintable():
            raise BadMessageError("account", f"unprintable account name {update.account!r}")
        if isinstance(update, WorkingUpdate) and not update.order.isprintable():
            raise BadMessageError("order", f"unprintable order name {update.order!r}")
        if isinstance(update, PositionUpdate | WorkingUpdate):
            self._columns.of(update.contract)
            if isinstance(update, PositionUpdate):
                _check_today(update)
            return
        if not update.currency.isalnum():
            raise BadMessageError("currency", f"{update.currency!r} is no currency")
        if isinstance(update, AccountUpdate):
            if not update.group.isprintable():
                raise BadMessageError("account", f"unprintable group name {update.group!r}")
            _terms(update)

    def _write(self, update: StateUpdate) -> None:
        book = self._book
        match update:
            case AccountUpdate():
                book.set_account(Account(update.account, update.group, update.currency, _terms(update)))
            case MoneyUpdate():
                book.set_money(book.account(update.account), update.currency, update.balance, update.profit)
            case WorkingUpdate():
                contract = book.universe.contract(self._columns.of(update.contract))
                left = Order(contract, update.quantity, update.closes) if update.quantity else None
                book.set_working(book.account(update.account), update.order, left)
            case PositionUpdate():
                book.set_position(
                    book.account(update.account),
                    self._columns.of(update.contract),
                    update.long,
                    update.short,
                    NOT_COMPUTABLE if update.long_price is None else update.long_price,
                    NOT_COMPUTABLE if update.short_price is None else update.short_price,
                    _today(update),
                )

    def _remove(self, key: Key) -> None:
        """Empty a row; an account that is gone keeps its place in the book, without positions or money."""
        kind, account, *rest = key
        row = self._book.account(account)
        if kind == "position":
            self._book.set_position(row, self._columns.of(rest[0]), 0, 0)
        elif kind == "money":
            self._book.remove_money(row, rest[0])
        elif kind == "working":
            self._book.set_working(row, rest[0], None)
        else:
            self._book.remove_account(row)


def _terms(update: AccountUpdate) -> MarginTerms:
    try:
        return terms_of(update.margining, update.account_type, update.requirement)
    except BadInputError as error:
        raise BadMessageError("account", f"account {update.account}: {error.where}: {error.what}") from None


def _today(update: PositionUpdate) -> Today:
    if update.long_today is None or update.short_today is None:
        return None
    return update.long_today, update.short_today


def _check_today(update: PositionUpdate) -> None:
    """Either both sides say what was opened today, in the version that has it and no more than is held, or neither."""
    if update.version == VERSION and update.long_today is None and update.short_today is None:
        return
    today = _today(update)
    if (update.version == VERSION) is not (today is None):
        raise BadMessageError("today", f"a position of version {update.version} with {today} opened today")
    if today is not None and not (today[0] <= update.long and today[1] <= update.short):
        held = f"{update.long} long and {update.short} short"
        raise BadMessageError("today", f"{update.account}, {update.contract}: {today} opened today of {held}")


class Replacement:
    """A snapshot on its way into the book: rows are checked a few at a time, then all are written at once.

    Nothing is written before every row and the digest have been found good.
    """

    def __init__(self, replica: Replica, content: BookContent) -> None:
        if len(content.rows) > MOST_ROWS:
            raise BadMessageError("size", f"a snapshot of {len(content.rows)} rows")
        self.content = content
        self._replica = replica
        self._checked = 0
        self._digest = StateDigest()
        self._accounts: list[StateUpdate] = []
        self._others: list[StateUpdate] = []
        self._owners: set[str] = set()

    def step(self, rows: int) -> bool:
        """Check at most ``rows`` further rows, or write them all when none is left; whether that has been done.

        Raises:
            BadMessageError: A row or the digest is wrong; the book has not changed.
        """
        if self._checked == len(self.content.rows):
            self._finish()
            return True
        for row in self.content.rows[self._checked : self._checked + rows]:
            self._check(row)
        self._checked = min(self._checked + rows, len(self.content.rows))
        return False

    def _check(self, row: msgspec.Raw) -> None:
        update = decode_message(UPDATE, row)
        if update.session != self.content.session or update.sequence > self.content.sequence:
            raise BadMessageError("snapshot", "a row is of another session, or newer than the snapshot")
        self._replica.check(update)
        self._digest.put(update)
        if isinstance(update, AccountUpdate):
            self._accounts.append(update)
        else:
            self._others.append(update)
            self._owners.add(update.account)

    def _finish(self) -> None:
        updates = self._accounts + self._others
        if len(self._digest) != len(updates):
            raise BadMessageError("snapshot", "a row is flat or appears twice")
        if unknown := self._owners - {update.account for update in self._accounts}:
            raise BadMessageError("account", f"account {min(unknown)} has not been announced")
        if self._digest.value != self.content.digest:
            raise BadMessageError("snapshot", "the digest of the rows is not the one announced")
        self._replica.replace(updates, self._digest)
