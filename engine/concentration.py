"""Where risk piles up: exposures of accounts and groups along a dimension, their shares and how even they are."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

import numpy as np

from engine.book import BookSnapshot
from engine.classification import Dimension
from engine.concentration_kernels import herfindahl, largest_cells, ratios, sums_by_code, totals_of_cells
from engine.exposures import Exposures, difference
from engine.numbers import Integers

OF_PRODUCT: Final = (Dimension.SECTOR, Dimension.ASSET_CLASS)
"""Dimensions along which all contracts of a product have one code."""


@dataclass(frozen=True, slots=True)
class Owners:
    """Who exposures are summed for: every account by itself, groups of them, the firm, or any other set.

    Attributes:
        names: Of each owner.
        starts: int64 [owners + 1]; accounts of owner o are members[starts[o] : starts[o + 1]].
        members: int64, rows of accounts.
    """

    names: tuple[str, ...]
    starts: Integers
    members: Integers

    @classmethod
    def accounts(cls, book: BookSnapshot) -> Owners:
        """Every account by itself, row by row; one that is gone holds nothing."""
        there = np.ones(len(book.accounts), dtype=np.int64)
        there[list(book.gone)] = 0
        starts = np.concatenate((np.zeros(1, dtype=np.int64), np.cumsum(there)))
        return cls(tuple(account.name for account in book.accounts), starts, np.flatnonzero(there))

    @classmethod
    def groups(cls, book: BookSnapshot) -> Owners:
        """Accounts under one control, groups in the order of their first account."""
        return cls.by(book, tuple(account.group for account in book.accounts))

    @classmethod
    def firm(cls, book: BookSnapshot, name: str) -> Owners:
        """All accounts as one owner."""
        return cls.by(book, (name,) * len(book.accounts))

    @classmethod
    def by(cls, book: BookSnapshot, owner: tuple[str, ...]) -> Owners:
        """Owners by name, the name given for each row of ``book``: desks, strategies, whatever accounts belong to."""
        rows = [row for row in range(len(book.accounts)) if row not in book.gone]
        names = tuple(dict.fromkeys([owner[row] for row in rows]))
        numbers = {name: number for number, name in enumerate(names)}
        numbered = np.array([numbers[owner[row]] for row in rows], dtype=np.int64)
        starts = np.concatenate((np.zeros(1, dtype=np.int64), np.cumsum(np.bincount(numbered, minlength=len(names)))))
        return cls(names, starts, np.array(rows, dtype=np.int64)[np.argsort(numbered, kind="stable")])

    def __len__(self) -> int:
        return len(self.names)


@dataclass(frozen=True)
class Measures:
    """Exposures of owners along one dimension: one cell for each owner and code it holds anything of (CSR).

    Money is in the desk's currency and scale. A figure that rests on one that is not computable is `NOT_COMPUTABLE`:
    ``gaps`` of the cell and ``owner_gaps`` say why.

    Attributes:
        dimension: Whose codes they are.
        count: How many codes there are.
        owners: Who holds it.
        starts: int64 [owners + 1]; cells of owner o are starts[o] to starts[o + 1], codes ascending.
        codes: int64 [cells].
        long: int64 [cells], value of long sides.
        short: int64 [cells], value of short sides.
        gross: int64 [cells], magnitudes of both sides; never less than that of ``net``.
        delta: int64 [cells], delta-equivalent.
        gaps: int64 [cells], `Gap` bits.
        total_long: int64 [owners].
        total_short: int64 [owners].
        total_gross: int64 [owners].
        total_delta: int64 [owners].
        equity: int64 [owners].
        owner_gaps: int64 [owners], `Gap` bits.
    """

    dimension: Dimension
    count: int
    owners: Owners
    starts: Integers
    codes: Integers
    long: Integers
    short: Integers
    gross: Integers
    delta: Integers
    gaps: Integers
    total_long: Integers
    total_short: Integers
    total_gross: Integers
    total_delta: Integers
    equity: Integers
    owner_gaps: Integers

    @classmethod
    def of(cls, exposures: Exposures, owners: Owners, dimension: Dimension) -> Measures:
        """Sum ``exposures`` by owner and code."""
        if dimension is Dimension.CONTRACT and _are_cells(exposures, owners):
            held = exposures
            cells = (held.columns, held.long, held.short, held.gross, held.delta, held.gaps)
            totals = totals_of_cells(held.starts, *cells[1:], owners.starts, owners.members, held.equity)
            count = held.classification.count(dimension)
            return cls(dimension, count, owners, held.starts, *cells, *totals)
        return cls._of(
            exposures.classification.codes(dimension)[exposures.columns],
            exposures,
            exposures.classification.count(dimension),
            owners,
            dimension,
        )

    @classmethod
    def along_all(cls, exposures: Exposures, owners: Owners) -> dict[Dimension, Measures]:
        """Measures along every dimension; what is a matter of the product is summed from the products' cells."""
        direct = [each for each in Dimension if each not in OF_PRODUCT]
        found: dict[Dimension, Measures] = {each: cls.of(exposures, owners, each) for each in direct}
        products, classification = found[Dimension.PRODUCT], exposures.classification
        numbers = np.arange(len(owners) + 1)
        alone = Owners(owners.names, numbers, numbers[:-1])
        for each in OF_PRODUCT:
            codes = classification.codes_of_products(each)[products.codes]
            summed = cls._of(codes, products, classification.count(each), alone, each)
            found[each] = replace(summed, owners=owners)
        return found

    def by(self, owners: Owners) -> Measures:
        """The same summed by other owners, where these are measures of accounts by themselves."""
        return self._of(self.codes, self, self.count, owners, self.dimension)

    @classmethod
    def _of(
        cls, codes: Integers, rows: Exposures | Measures, count: int, owners: Owners, dimension: Dimension
    ) -> Measures:
        starts, cells = sums_by_code(
            owners.starts,
            owners.members,
            rows.starts,
            codes,
            rows.long,
            rows.short,
            rows.gross,
            rows.delta,
            rows.gaps,
            count,
        )
        totals = totals_of_cells(starts, *cells[1:], owners.starts, owners.members, rows.equity)
        return cls(dimension, count, owners, starts, *cells, *totals)

    def __len__(self) -> int:
        """How many cells there are."""
        return len(self.codes)

    def cell(self, owner: int, code: int) -> int:
        """Index of the cell of an owner and a code, or -1 where it holds nothing of it."""
        start, stop = int(self.starts[owner]), int(self.starts[owner + 1])
        cell = start + int(np.searchsorted(self.codes[start:stop], code))
        return cell if cell < stop and self.codes[cell] == code else -1

    @cached_property
    def net(self) -> Integers:
        """int64 [cells], money scale: long less short."""
        return difference(self.long, self.short)

    @cached_property
    def total_net(self) -> Integers:
        """int64 [owners], money scale: long less short."""
        return difference(self.total_long, self.total_short)

    @cached_property
    def share_of_equity(self) -> Integers:
        """int64 [cells], ratio scale: gross over the owner's equity, where that is above 0."""
        return ratios(self.starts, self.gross, self.equity)

    @cached_property
    def delta_share_of_equity(self) -> Integers:
        """int64 [cells], ratio scale: delta, with its sign, over the owner's equity, where that is above 0."""
        return ratios(self.starts, self.delta, self.equity)

    @cached_property
    def share_of_gross(self) -> Integers:
        """int64 [cells], ratio scale: gross over all of the owner's gross, where there is any."""
        return ratios(self.starts, self.gross, self.total_gross)

    @cached_property
    def hhi(self) -> Integers:
        """int64 [owners], ratio scale: Herfindahl index of gross, the sum of squared shares; 1 if all is in one name.

        From 1 / names to 1, to within a millionth. `NOT_COMPUTABLE` where a gap says why.
        """
        return self._evenness[0]

    @cached_property
    def effective_number(self) -> Integers:
        """int64 [owners], ratio scale: 1 / HHI; so many names of equal size would be as concentrated."""
        return self._evenness[1]

    @cached_property
    def _evenness(self) -> tuple[Integers, Integers]:
        return herfindahl(self.starts, self.gross)

    def largest(self, count: int) -> Integers:
        """int64 [owners, count], cells of each owner's largest gross, descending, -1 where there are no more.

        Cells that are not computable come first: nothing is known to be larger.
        """
        return largest_cells(self.starts, self.gross, count)

    def why(self, owner: int, cell: int = -1) -> int:
        """`Gap` bits behind what is not computable of an owner, and of one of its cells."""
        return int(self.owner_gaps[owner]) | (int(self.gaps[cell]) if cell >= 0 else 0)


def _are_cells(exposures: Exposures, owners: Owners) -> bool:
    """Whether positions are what their sums by account and contract would be: no account is gone, no position flat."""
    accounts = np.arange(len(exposures.starts))
    alone = np.array_equal(owners.starts, accounts) and np.array_equal(owners.members, accounts[:-1])
    return alone and bool((exposures.gross | exposures.delta | exposures.gaps).all())
