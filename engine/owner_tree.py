"""The firm's tree of owners: firm → desk → strategy → account, or firm → group → account where nobody drew one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from engine.book import BookSnapshot
from engine.concentration import Owners
from engine.numbers import Integers
from engine.organisation import Organisation, Path
from engine.text import text

FIRM: Final = text("Firm")
GROUP, ACCOUNT = text("Group"), text("Account")
USUAL_LEVELS: Final = (text("Division"), text("Desk"), text("Strategy"), text("Team"))
"""What people mostly call the levels of their tree: so called, the catalogue has them."""


@dataclass(frozen=True, slots=True)
class OwnerTree:
    """All owners of a book, each followed by what is below it.

    Attributes:
        names: Of each owner; the firm first.
        parents: int64 [owners], row of the one above, -1 for the firm.
        levels: What each owner is: English, in the catalogue where Palisade chose the word.
        owners: The accounts of each.
        is_account: Whether an owner is an account, by row.
    """

    names: tuple[str, ...]
    parents: Integers
    levels: tuple[str, ...]
    owners: Owners
    is_account: tuple[bool, ...]

    @classmethod
    def of(cls, book: BookSnapshot, organisation: Organisation | None) -> OwnerTree:
        """The tree of the accounts of ``book``; by groups where there is no organisation."""
        rows = [row for row in range(len(book.accounts)) if row not in book.gone]
        if organisation is not None and organisation.places:
            paths = organisation.paths(tuple(book.accounts[row].name for row in rows))
            levels = organisation.levels
        else:
            groups = [book.accounts[row].group for row in rows]
            paths = [(group,) if group else () for group in groups]
            levels = (str(GROUP),)
        return _grown(book, rows, paths, levels)

    def row_of(self, path: Path) -> int:
        """Row of the owner at the end of ``path``, names below the firm; -1 where there is none."""
        row = 0 if self.names else -1
        for name in path:
            below = np.flatnonzero(self.parents == row).tolist()
            row = next((each for each in below if self.names[each] == name), -1)
            if row < 0:
                break
        return row

    def path_of(self, row: int) -> Path:
        """Names from below the firm down to the owner in ``row``."""
        names: list[str] = []
        while row > 0:
            names.insert(0, self.names[row])
            row = int(self.parents[row])
        return tuple(names)

    def members(self, row: int) -> Integers:
        """int64, rows of the accounts of an owner."""
        return self.owners.members[self.owners.starts[row] : self.owners.starts[row + 1]]


def _grown(book: BookSnapshot, rows: list[int], paths: list[Path], levels: tuple[str, ...]) -> OwnerTree:
    """Order accounts by their nodes, nodes in the order of first mention; every node's accounts are then a run."""
    order: dict[Path, int] = {}
    for path in paths:
        for depth in range(1, len(path) + 1):
            order.setdefault(path[:depth], len(order))
    keys = [tuple(order[path[: depth + 1]] for depth in range(len(path))) for path in paths]
    sequence = sorted(range(len(rows)), key=lambda place: (keys[place], place))
    names, parents, titles, leaf, counts = [str(FIRM)], [-1], [str(FIRM)], [False], [0]
    members: list[list[int]] = [[]]
    nodes: dict[Path, int] = {(): 0}
    for place in sequence:
        above = [0]
        for depth in range(1, len(paths[place]) + 1):
            node = paths[place][:depth]
            if node not in nodes:
                nodes[node] = len(names)
                names.append(node[-1])
                parents.append(above[-1])
                titles.append(levels[depth - 1] if depth <= len(levels) else "")
                leaf.append(False)
                members.append([])
            above.append(nodes[node])
        for node_row in above:
            members[node_row].append(rows[place])
        names.append(book.accounts[rows[place]].name)
        parents.append(above[-1])
        titles.append(str(ACCOUNT))
        leaf.append(True)
        members.append([rows[place]])
    counts = [len(each) for each in members]
    starts = np.concatenate((np.zeros(1, dtype=np.int64), np.cumsum(counts, dtype=np.int64)))
    flat = np.array([row for each in members for row in each], dtype=np.int64)
    owners = Owners(tuple(names), starts, flat)
    return OwnerTree(tuple(names), np.array(parents, dtype=np.int64), tuple(titles), owners, tuple(leaf))
