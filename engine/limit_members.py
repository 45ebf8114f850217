"""Which accounts are an owner's, and what they hold together in contracts: the same at whatever prices."""

from __future__ import annotations

from functools import cached_property

import numpy as np
import numpy.typing as npt

from engine.book import BookSnapshot
from engine.compiled import Held
from engine.compiled import held as hold
from engine.limits import Level
from engine.numbers import Integers
from engine.owned import Pooled, contracts_of


class Members:
    """The accounts of an owner. What they hold is added up when it is first asked for.

    Args:
        book: The desk's accounts and positions.
        rows: int64, rows of the owner's accounts.
    """

    def __init__(self, book: BookSnapshot, rows: npt.ArrayLike) -> None:
        self.rows: Integers = np.asarray(rows, dtype=np.int64)
        self._held, self._gross = book.positions, book.kinds.gross

    @cached_property
    def pooled(self) -> Pooled:
        """They, and what they hold together."""
        held, mask = self._held, np.zeros(len(self._held), dtype=np.bool_)
        mask[self.rows] = True
        contracts = contracts_of(self.rows, held.starts, held.columns, held.long, held.short, self._gross)
        return Pooled(self.rows, mask, contracts)

    @cached_property
    def for_kernels(self) -> Held[Pooled]:
        """The same for compiled code."""
        return hold(self.pooled)


class Membership:
    """Who owns which accounts of a book.

    Args:
        book: The accounts and positions.
        last: The same of an earlier book: what has not changed since is taken from it.
    """

    def __init__(self, book: BookSnapshot, last: Membership | None = None) -> None:
        self._book = book
        same = last is not None and last._has_accounts_of(book)
        self._groups: dict[str, list[int]] | None = last._groups if last is not None and same else None
        self._known: dict[tuple[Level, str], Members] = {}

    def is_of(self, book: BookSnapshot) -> bool:
        """Whether the accounts and positions of ``book`` are the same."""
        return self._has_accounts_of(book) and self._book.positions is book.positions

    def of(self, level: Level, account: int) -> Members:
        """The accounts that count together with an account (its row) in limits of ``level``."""
        who = self._book.accounts[account]
        key = level, who.name if level is Level.ACCOUNT else who.group if level is Level.GROUP else ""
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = Members(self._book, self._rows(level, account))
        return found

    def _rows(self, level: Level, account: int) -> npt.ArrayLike:
        if level is Level.ACCOUNT:
            return [account]
        if level is Level.GROUP:
            return self._by_group()[self._book.accounts[account].group]
        every = np.arange(len(self._book.accounts), dtype=np.int64)
        return np.delete(every, sorted(self._book.gone)) if self._book.gone else every

    def _by_group(self) -> dict[str, list[int]]:
        if self._groups is None:
            groups: dict[str, list[int]] = {}
            for row, account in enumerate(self._book.accounts):
                if row not in self._book.gone:
                    groups.setdefault(account.group, []).append(row)
            self._groups = groups
        return self._groups

    def _has_accounts_of(self, book: BookSnapshot) -> bool:
        # Accounts of a book are the same while this object is.
        return self._book.kinds is book.kinds and self._book.gone == book.gone
