"""Sentences meant for a person: a template and its arguments, English until a catalogue translates it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

Translate = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Text:
    """A sentence for a person, kept as template and arguments so that any language can be made from it."""

    template: str
    arguments: Mapping[str, object] = field(default_factory=dict)

    def __hash__(self) -> int:
        return hash(self.template)

    def __str__(self) -> str:
        return self.translated(lambda template: template)

    def translated(self, translate: Translate) -> str:
        """The sentence in the language of ``translate``; arguments that are sentences are translated too."""
        arguments = {
            name: value.translated(translate) if isinstance(value, Text) else value
            for name, value in self.arguments.items()
        }
        return translate(self.template).format(**arguments)


def text(template: str, /, **arguments: object) -> Text:
    """Make a :class:`Text`; the literal template is what the translation catalogue is keyed by."""
    return Text(template, arguments)


class UserFacingError(Exception):
    """An error whose text may be shown to a person. Anything else that is raised is a bug."""

    def __init__(self, message: Text) -> None:
        super().__init__(message)
        self.message = message

    def __str__(self) -> str:
        return str(self.message)


class BadInputError(UserFacingError):
    """Input that cannot be used: says where it is, what is wrong with it and what to do.

    Args:
        where: File with line or element path, message origin, or argument; shown as it is.
        what: What was wrong.
        remedy: What the person can do about it.
    """

    def __init__(self, where: str, what: Text, remedy: Text) -> None:
        super().__init__(text("{where}: {what}; {remedy}", where=where, what=what, remedy=remedy))
        self.where = where
        self.what = what
        self.remedy = remedy
