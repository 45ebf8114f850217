"""One table of a TOML file that a person writes, read key by key: whatever is wrong names file, place and remedy."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, NoReturn, TypeVar

from engine.text import BadInputError, Text, text

_Word = TypeVar("_Word", bound=StrEnum)


class Entry:
    """One table of the file.

    Args:
        where: What errors call it: the file and the place in it.
        table: What it says.
    """

    def __init__(self, where: str, table: Mapping[str, Any]) -> None:
        self.where = where
        self.table = table

    def fail(self, what: Text, remedy: Text) -> NoReturn:
        """Raise BadInputError at this place."""
        raise BadInputError(self.where, what, remedy)

    def allow(self, *known: str) -> None:
        """Refuse any other key."""
        for key in self.table:
            if key not in known:
                self.fail(text("unknown key {key}", key=key), text("use one of {known}", known=", ".join(known)))

    def word(self, key: str) -> str:
        """Text without blanks at its ends; empty where the key is missing."""
        value = self.table.get(key, "")
        if not isinstance(value, str) or value != value.strip() or (key in self.table and not value):
            self.fail(text("{key} is not a text", key=key), text("write it in quotes, without blanks at its ends"))
        return value

    def words(self, key: str) -> tuple[str, ...]:
        """A list of texts; empty where the key is missing."""
        value = self.table.get(key, [])
        good = isinstance(value, list) and all(isinstance(each, str) and each.strip() == each != "" for each in value)
        if not good or (key in self.table and not value):
            self.fail(text("{key} is not a list of texts", key=key), text("write names in quotes between [ and ]"))
        return tuple(value)

    def choice(self, key: str, words: type[_Word]) -> _Word | None:
        """One of the words of an enumeration, with blanks or underscores; None where the key is missing."""
        value = self.word(key)
        for word in words:
            if value.replace("_", " ") == word.value.replace("_", " "):
                return word
        if value:
            known = ", ".join(word.value.replace("_", " ") for word in words)
            self.fail(text("unknown {key} {value}", key=key, value=value), text("use one of {known}", known=known))
        return None

    def needed(self, key: str, words: type[_Word]) -> _Word:
        """Likewise, but it must be there."""
        word = self.choice(key, words)
        if word is None:
            known = ", ".join(each.value.replace("_", " ") for each in words)
            self.fail(text("{key} is missing", key=key), text("use one of {known}", known=known))
        return word

    def entries(self, key: str) -> list[Entry]:
        """The tables of a list; each is named by its id, else by its number."""
        value = self.table.get(key, [])
        if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
            self.fail(text("{key} is not a list of tables", key=key), text("write [[{key}]] above each", key=key))
        numbered = ((f"[[{key}]] {number}", each) for number, each in enumerate(value, 1))
        return [
            Entry(f"{self.where}: {each['id'] if isinstance(each.get('id'), str) else place}", each)
            for place, each in numbered
        ]
