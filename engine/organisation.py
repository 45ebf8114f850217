"""Desks and strategies of the firm as a person wrote them: which accounts belong where."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any, Final

from engine.text import BadInputError, Text, text

DEEPEST: Final = 8
"""Levels between the firm and its accounts."""
MOST_PATTERNS: Final = 100_000
UNASSIGNED: Final = text("Not assigned")
"""Node of accounts that the tree does not place."""

Path = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Organisation:
    """Which accounts belong where, as a person wrote it.

    Attributes:
        levels: What the levels between firm and account are called, outermost first; may be fewer than there are.
        places: Path of each node that has accounts of its own, and their names or patterns, in the file's order.
    """

    levels: tuple[str, ...] = ()
    places: tuple[tuple[Path, tuple[str, ...]], ...] = ()

    @classmethod
    def read(cls, where: str, table: object) -> Organisation:
        """From the table ``organisation`` of a reference file.

        Args:
            where: What errors call the table.
            table: ``levels`` (a list of names) and ``tree``: tables within tables, and lists of accounts at their ends.

        Raises:
            BadInputError: Anything in it is wrong, or an account is named twice.
        """
        if not isinstance(table, dict):
            raise _refusal(where, text("not a table"))
        for key in table.keys() - {"levels", "tree"}:
            raise _refusal(f"{where}.{key}", text("unknown entry"))
        levels = _names(f"{where}.levels", table.get("levels", []))
        places: list[tuple[Path, tuple[str, ...]]] = []
        _read_nodes(f"{where}.tree", table.get("tree", {}), (), places)
        seen: dict[str, str] = {}
        for path, accounts in places:
            here = ".".join((f"{where}.tree", *path))
            for account in accounts:
                if account in seen:
                    raise _refusal(here, text("{name} stands in {other} already", name=account, other=seen[account]))
                seen[account] = here
        if len(seen) > MOST_PATTERNS:
            raise _refusal(where, text("more than {count} accounts", count=MOST_PATTERNS))
        return cls(levels, tuple(places))

    def paths(self, accounts: tuple[str, ...]) -> list[Path]:
        """Path of each account; an account's own name goes before patterns, and of patterns the first in the file."""
        exact = {name: path for path, names in self.places for name in names}
        patterns = [(name, path) for path, names in self.places for name in names if set(name) & set("*?[")]
        nowhere: Path = (str(UNASSIGNED),)
        found = []
        for account in accounts:
            path = exact.get(account)
            if path is None:
                path = next((path for pattern, path in patterns if fnmatchcase(account, pattern)), nowhere)
            found.append(path)
        return found


def _read_nodes(where: str, table: object, path: Path, places: list[tuple[Path, tuple[str, ...]]]) -> None:
    if not isinstance(table, dict):
        raise _refusal(where, text("not a table"))
    if len(path) >= DEEPEST:
        raise _refusal(where, text("more than {count} levels", count=DEEPEST))
    for name, below in table.items():
        here = f"{where}.{name}"
        if not name.strip():
            raise _refusal(here, text("not a name"))
        if isinstance(below, list):
            accounts = _names(here, below)
            if not accounts:
                raise _refusal(here, text("no accounts"))
            places.append(((*path, name.strip()), accounts))
        else:
            _read_nodes(here, below, (*path, name.strip()), places)


def _names(where: str, value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(each, str) and each.strip() for each in value):
        raise _refusal(where, text("not a list of names"))
    return tuple(each.strip() for each in value)


def _refusal(where: str, what: Text) -> BadInputError:
    return BadInputError(where, what, text("write it as the example reference.toml does"))
