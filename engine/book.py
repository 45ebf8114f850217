"""Who holds what: positions and money of every account, and frozen views of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from engine.column_map import ColumnMap
from engine.instruments import Universe
from engine.margin_terms import USUAL, MarginTerms
from engine.numbers import NOT_COMPUTABLE, Integers
from engine.opened_today import NOTHING, OpenedToday, Today, TodaySnapshot
from engine.order import Order
from engine.working_book import WorkingBook, WorkingSnapshot


@dataclass(frozen=True, slots=True)
class Account:
    """An account, the group it belongs to, the currency its totals are shown in, and how it is margined."""

    name: str
    group: str
    currency: str
    terms: MarginTerms = USUAL


@dataclass(frozen=True, slots=True)
class Positions:
    """Positions of a run of accounts, row by row (CSR); columns ascend within an account.

    Attributes:
        starts: int64 [accounts + 1]; positions of account a are starts[a] to starts[a + 1].
        columns: int64 [positions], column in the universe.
        long: int64 [positions], contracts held long, 0 or more.
        short: int64 [positions], contracts held short, 0 or more.
        long_price: int64 [positions], price scale: what the long side is marked from; `NOT_COMPUTABLE` if unknown.
        short_price: int64 [positions], likewise for the short side.
    """

    starts: Integers
    columns: Integers
    long: Integers
    short: Integers
    long_price: Integers
    short_price: Integers

    def __len__(self) -> int:
        return len(self.starts) - 1

    @property
    def net(self) -> Integers:
        """int64 [positions], long less short (SPAN algorithm, step 0)."""
        return self.long - self.short

    def of(self, account: int) -> Positions:
        """The positions of one account, as a batch of one."""
        start, stop = int(self.starts[account]), int(self.starts[account + 1])
        run = slice(start, stop)
        return Positions(
            np.array([0, stop - start]),
            self.columns[run],
            self.long[run],
            self.short[run],
            self.long_price[run],
            self.short_price[run],
        )

    def net_of(self, account: int, column: int) -> int:
        """Contracts ``account`` holds net in ``column``; 0 where it holds none."""
        long, short = self.sides_of(account, column)
        return long - short

    def sides_of(self, account: int, column: int) -> tuple[int, int]:
        """Contracts ``account`` holds long and short in ``column``; 0 and 0 where it holds none."""
        slot = self.slot(account, column)
        return (int(self.long[slot]), int(self.short[slot])) if slot >= 0 else (0, 0)

    def slot(self, account: int, column: int) -> int:
        """Place of a position, or -1 where ``account`` has none in ``column``."""
        start, stop = int(self.starts[account]), int(self.starts[account + 1])
        slot = start + int(np.searchsorted(self.columns[start:stop], column))
        return slot if slot < stop and self.columns[slot] == column else -1

    def of_all(self, accounts: npt.ArrayLike) -> Positions:
        """The positions of several accounts, in the order asked for."""
        rows = np.asarray(accounts, dtype=np.int64)
        lengths = self.starts[rows + 1] - self.starts[rows]
        starts = np.concatenate(([0], np.cumsum(lengths)))
        take = np.repeat(self.starts[rows] - starts[:-1], lengths) + np.arange(starts[-1])
        return Positions(
            starts,
            self.columns[take],
            self.long[take],
            self.short[take],
            self.long_price[take],
            self.short_price[take],
        )


@dataclass(frozen=True, slots=True)
class Money:
    """Account money by currency.

    Attributes:
        currencies: Currency of each column.
        balance: int64 [accounts, currencies], money scale: cash after the last settlement and today's transfers.
        profit: int64 [accounts, currencies], money scale: profit and loss realised since, fees included. What open
            positions have won or lost is not in it.
        present: bool [accounts, currencies], whether the feed has said anything of this account and currency.
    """

    currencies: tuple[str, ...]
    balance: Integers
    profit: Integers
    present: npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Kinds:
    """What the accounts are, column by column, and how they are margined: those alike can be computed together.

    The same object while the accounts are the same.

    Attributes:
        names: Of each.
        groups: Of each.
        currencies: Of each, its own.
        money: All currencies that are an account's own, in the order they were first met.
        home: int64 [accounts], index of its own in ``money``.
        terms: Every way there is, in the order it was first met.
        of: int64 [accounts], index in ``terms``.
        special: Terms by row of those accounts that say anything of them.
        gross: bool [accounts], whether longs and shorts are kept apart.
    """

    names: tuple[str, ...]
    groups: tuple[str, ...]
    currencies: tuple[str, ...]
    money: tuple[str, ...]
    home: Integers
    terms: tuple[MarginTerms, ...]
    of: Integers
    special: Mapping[int, MarginTerms]
    gross: npt.NDArray[np.bool_]

    @classmethod
    def of_accounts(cls, accounts: Sequence[Account]) -> Kinds:
        """The kinds of ``accounts``."""
        places: dict[MarginTerms, int] = {}
        money: dict[str, int] = {}
        home = [money.setdefault(account.currency, len(money)) for account in accounts]
        every = [account.terms for account in accounts]
        numbers = [places.setdefault(terms, len(places)) for terms in every]
        special = {row: terms for row, terms in enumerate(every) if terms != USUAL} if set(places) != {USUAL} else {}
        gross = np.array([terms.gross for terms in every], dtype=np.bool_)
        return cls(
            tuple(account.name for account in accounts),
            tuple(account.group for account in accounts),
            tuple(account.currency for account in accounts),
            tuple(money),
            np.array(home, dtype=np.int64),
            tuple(places),
            np.array(numbers, dtype=np.int64),
            MappingProxyType(special),
            gross,
        )


@dataclass(frozen=True, slots=True)
class BookSnapshot:
    """The whole book at one moment; never changes."""

    version: int
    accounts: tuple[Account, ...]
    positions: Positions
    money: Money
    rows: Mapping[str, int]
    """Row by account name; may know accounts that came later, whose rows lie beyond ``accounts``."""
    gone: frozenset[int]
    """Rows of accounts that the publisher no longer names."""
    kinds: Kinds
    working: WorkingSnapshot = field(default_factory=WorkingSnapshot)
    """Orders that are working, as far as the publisher tells."""
    today: TodaySnapshot = field(default_factory=TodaySnapshot)
    """What of the positions was opened today, as far as the publisher tells."""

    def row(self, name: str) -> int:
        """Row of the account called ``name``, or -1."""
        row = self.rows.get(name, -1)
        return row if row < len(self.accounts) and row not in self.gone else -1

    def today_of(self, account: int, column: int) -> Today:
        """Contracts of both sides opened today; None where that is not told, or nothing was ever held."""
        slot = self.positions.slot(account, column)
        return self.today.of(slot) if slot >= 0 else None


class PositionBook:
    """Accounts x contracts, kept up to date by one thread.

    Positions live in sorted arrays; contracts new to an account wait in an overlay until the next snapshot merges
    them. A snapshot gets a copy of what changes, so that no fill ever waits for one.
    """

    def __init__(self, universe: Universe) -> None:
        self.universe = universe
        self.version = 0
        self._accounts: list[Account] = []
        self._rows: dict[str, int] = {}
        self._starts = np.zeros(1, dtype=np.int64)
        self._columns = np.zeros(0, dtype=np.int64)
        self._figures = np.zeros((4, 0), dtype=np.int64)
        self._today = OpenedToday()
        self._overlay: dict[int, dict[int, tuple[int, int, int, int]]] = {}
        self._overlay_today: dict[int, dict[int, tuple[int, int]]] = {}
        self._currencies: list[str] = []
        self._money: dict[tuple[int, int], tuple[int, int]] = {}
        self._money_table: Money | None = None
        self._kinds: Kinds | None = None
        self._touched: set[int] = set()
        self._gone: set[int] = set()
        self._working = WorkingBook()
        self._snapshot: BookSnapshot | None = None

    def __len__(self) -> int:
        return len(self._accounts)

    def terms_of(self, account: int) -> MarginTerms:
        """How an account is margined."""
        return self._accounts[account].terms

    def account(self, name: str) -> int:
        """Row of the account called ``name``, or -1."""
        return self._rows.get(name, -1)

    def set_account(self, account: Account) -> int:
        """Add ``account`` or replace its group, currency and terms; its row."""
        row = self._rows.get(account.name, -1)
        if row < 0:
            row = self._rows[account.name] = len(self._accounts)
            self._accounts.append(account)
            self._money_table = None
        elif self._accounts[row] == account and row not in self._gone:
            return row
        else:
            self._accounts[row] = account
            self._gone.discard(row)
        self._kinds = None
        self._changed(row)
        return row

    def remove_account(self, account: int) -> None:
        """Forget that an account exists; its row stays, so that those of the others do not move."""
        self._gone.add(account)
        self._changed(account)

    def set_position(
        self,
        account: int,
        column: int,
        long: int,
        short: int,
        long_price: int = NOT_COMPUTABLE,
        short_price: int = NOT_COMPUTABLE,
        today: Today = None,
    ) -> None:
        """Replace what ``account`` holds of a contract. Arguments as in `Positions`; ``today`` of both sides."""
        if long < 0 or short < 0:
            raise ValueError(f"position of {self._accounts[account].name}: {long} long, {short} short")
        if today is not None and not (0 <= today[0] <= long and 0 <= today[1] <= short):
            raise ValueError(f"position of {self._accounts[account].name}: {today} of {long}, {short} opened today")
        figures = (long, short, long_price, short_price)
        slot = self._slot(account, column)
        if slot < 0:
            self._overlay.setdefault(account, {})[column] = figures
            if today is not None:
                self._overlay_today.setdefault(account, {})[column] = today
            elif account in self._overlay_today:
                self._overlay_today[account].pop(column, None)
        else:
            self._figures[:, slot] = figures
            self._today.put(slot, today)
        self._changed(account)

    def set_money(self, account: int, currency: str, balance: int, profit: int) -> None:
        """Replace the money of ``account`` in ``currency``. Arguments as in `Money`."""
        if currency not in self._currencies:
            self._currencies.append(currency)
        self._money[account, self._currencies.index(currency)] = (balance, profit)
        self._money_table = None
        self._changed(account)

    def remove_money(self, account: int, currency: str) -> None:
        """Forget the money of ``account`` in ``currency``, as if the feed had never spoken of it."""
        place = (account, self._currencies.index(currency)) if currency in self._currencies else None
        if place in self._money:
            del self._money[place]
            self._money_table = None
            self._changed(account)

    def set_working(self, account: int, name: str, order: Order | None) -> None:
        """Replace what is left of a working order of ``account``; None where nothing is."""
        self._working.put(self._accounts[account].name, name, order)
        self._changed(account)

    def take_touched(self) -> list[int]:
        """Rows of the accounts changed since the last call, ascending."""
        touched = sorted(self._touched)
        self._touched.clear()
        return touched

    def snapshot(self) -> BookSnapshot:
        """A frozen view of the book; the same object while nothing changes."""
        if self._snapshot is None:
            self._merge()
            positions = Positions(self._starts, self._columns, *self._figures.copy())
            self._snapshot = BookSnapshot(
                self.version,
                tuple(self._accounts),
                positions,
                self._money_columns(),
                MappingProxyType(self._rows),
                frozenset(self._gone),
                self._kinds_of_accounts(),
                self._working.snapshot(),
                self._today.snapshot(),
            )
        return self._snapshot

    def positions_of(self, account: int) -> Positions:
        """What one account holds at this moment, as a batch of one; valid until the next call that writes."""
        place = account if account < len(self._starts) - 1 else 0
        run = slice(self._starts[place], self._starts[place + 1] if place == account else 0)
        columns, figures = self._columns[run], self._figures[:, run]
        fresh = self._overlay.get(account)
        if fresh:
            columns = np.concatenate((columns, np.array(list(fresh), dtype=np.int64)))
            figures = np.concatenate((figures, np.array(list(fresh.values()), dtype=np.int64).T), axis=1)
            order = np.argsort(columns)
            columns, figures = columns[order], figures[:, order]
        return Positions(np.array([0, len(columns)], dtype=np.int64), columns, *figures)

    def remapped(self, columns: ColumnMap) -> PositionBook:
        """The same accounts, positions and money by the columns of another universe; this book stays as it is.

        Rows of accounts do not move. Flat positions are left behind. Every account counts as touched.
        """
        self._merge()
        held = np.flatnonzero(self._figures[0] | self._figures[1])
        accounts = np.repeat(np.arange(len(self._accounts)), np.diff(self._starts))[held]
        moved = columns.held(self._columns[held])
        book = PositionBook(columns.after)
        # Accounts ascend already and columns nearly do: a stable sort of one key is quick there.
        order = np.argsort(accounts * len(columns.after) + moved, kind="stable")
        book._columns, book._figures = moved[order], self._figures[:, held[order]]
        book._today = self._today.taken(held[order])
        book._starts = np.concatenate(([0], np.cumsum(np.bincount(accounts, minlength=len(self._accounts)))))
        book._accounts, book._rows, book._gone = self._accounts.copy(), self._rows.copy(), self._gone.copy()
        book._currencies, book._money = self._currencies.copy(), self._money.copy()
        book._money_table, book._working = self._money_table, self._working
        book._touched = set(range(len(self._accounts)))
        book.version = self.version + 1
        return book

    def _changed(self, account: int) -> None:
        self.version += 1
        self._touched.add(account)
        self._snapshot = None

    def _slot(self, account: int, column: int) -> int:
        """Place of a position in the sorted arrays, or -1 where it is not there yet."""
        if account >= len(self._starts) - 1:
            return -1
        start, stop = int(self._starts[account]), int(self._starts[account + 1])
        slot = start + int(np.searchsorted(self._columns[start:stop], column))
        return slot if slot < stop and self._columns[slot] == column else -1

    def _merge(self) -> None:
        """Bring the overlay into the sorted arrays; accounts without positions get empty runs."""
        if not self._overlay and len(self._starts) == len(self._accounts) + 1:
            return
        accounts = np.repeat(np.arange(len(self._starts) - 1), np.diff(self._starts))
        columns, figures = self._columns, self._figures
        if self._overlay:
            fresh = [(account, column, *each) for account, new in self._overlay.items() for column, each in new.items()]
            added = np.array(fresh, dtype=np.int64).T
            accounts = np.concatenate((accounts, added[0]))
            columns = np.concatenate((columns, added[1]))
            figures = np.concatenate((figures, added[2:]), axis=1)
            order = np.lexsort((columns, accounts))
            accounts, columns, figures = accounts[order], columns[order], figures[:, order]
            told = ((self._overlay_today.get(account, {}), new) for account, new in self._overlay.items())
            self._today.merge((today.get(column, NOTHING) for today, new in told for column in new), len(fresh), order)
            self._overlay.clear()
            self._overlay_today.clear()
            self._columns, self._figures = columns, figures
        self._starts = np.concatenate(([0], np.cumsum(np.bincount(accounts, minlength=len(self._accounts)))))

    def _kinds_of_accounts(self) -> Kinds:
        if self._kinds is None:
            self._kinds = Kinds.of_accounts(self._accounts)
        return self._kinds

    def _money_columns(self) -> Money:
        if self._money_table is None:
            shape = (len(self._accounts), len(self._currencies))
            balance, profit = np.zeros(shape, dtype=np.int64), np.zeros(shape, dtype=np.int64)
            present = np.zeros(shape, dtype=np.bool_)
            for place, (cash, won) in self._money.items():
                balance[place], profit[place], present[place] = cash, won, True
            self._money_table = Money(tuple(self._currencies), balance, profit, present)
        return self._money_table
