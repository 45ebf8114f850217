"""Where risk piles up: exposures of accounts and groups along a dimension, their shares and how even they are."""

from __future__ import annotations

from dataclasses import dataclass

from engine.classification import Dimension
from engine.numbers import Integers


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


@dataclass(frozen=True, slots=True)
class Measures:
    """Exposures of owners along one dimension: one cell for each owner and code it holds anything of (CSR).

    Money is in the desk's currency and scale. A figure that rests on one that is not computable is `NOT_COMPUTABLE`,
    and ``gaps`` of the same row say why.

    Attributes:
        dimension: Whose codes they are.
        owners: Who holds it.
        starts: int64 [owners + 1]; cells of owner o are starts[o] to starts[o + 1], codes ascending.
        codes: int64 [cells].
        long: int64 [cells], value of long sides.
        short: int64 [cells], value of short sides.
        net: int64 [cells], long less short.
        gross: int64 [cells], magnitudes of both sides; never less than that of ``net``.
        delta: int64 [cells], delta-equivalent.
        share_of_equity: int64 [cells], ratio scale: gross over the owner's equity.
        delta_share_of_equity: int64 [cells], ratio scale: delta, with its sign, over the owner's equity.
        share_of_gross: int64 [cells], ratio scale: gross over the owner's whole gross.
        cell_gaps: int64 [cells], `Gap` bits.
        total_gross: int64 [owners].
        total_net: int64 [owners].
        total_delta: int64 [owners].
        equity: int64 [owners].
        hhi: int64 [owners], ratio scale: Herfindahl index, the sum of the squares of ``share_of_gross``; 1 where all
            is in one name. `NOT_COMPUTABLE` without gap where nothing is held.
        effective_number: int64 [owners], ratio scale: 1 / HHI, as many equal names would be as concentrated.
        gaps: int64 [owners], `Gap` bits.
    """

    dimension: Dimension
    owners: Owners
    starts: Integers
    codes: Integers
    long: Integers
    short: Integers
    net: Integers
    gross: Integers
    delta: Integers
    share_of_equity: Integers
    delta_share_of_equity: Integers
    share_of_gross: Integers
    cell_gaps: Integers
    total_gross: Integers
    total_net: Integers
    total_delta: Integers
    equity: Integers
    hhi: Integers
    effective_number: Integers
    gaps: Integers
