"""Sentences on the wire and in the store: template and arguments, so that whoever shows them picks the language."""

from __future__ import annotations

from typing import Final

import msgspec

from engine.text import Text

LONGEST: Final = 1_000
DEEPEST: Final = 4


class Sentence(msgspec.Struct, array_like=True, frozen=True):
    """A template and its arguments by name."""

    template: str
    arguments: dict[str, int | str | Sentence]


def sentence_of(said: Text) -> Sentence:
    """A sentence to send; arguments that are neither numbers nor sentences go as text."""
    return Sentence(
        said.template,
        {
            name: sentence_of(value)
            if isinstance(value, Text)
            else (value if type(value) is int and abs(value) < 2**63 else str(value))
            for name, value in said.arguments.items()
        },
    )


def text_of(sentence: Sentence, depth: int = DEEPEST) -> Text:
    """The sentence that was sent, cut where it is too long to be one of ours.

    A template that does not fit its arguments is shown as it is: it comes from another version or a forger.
    """
    arguments = {
        name: text_of(value, depth - 1) if isinstance(value, Sentence) and depth else value
        for name, value in sentence.arguments.items()
    }
    said = Text(sentence.template[:LONGEST], arguments)
    try:
        str(said)
    except (LookupError, ValueError, AttributeError, TypeError):
        return Text("{sentence}", {"sentence": sentence.template[:LONGEST]})
    return said


def optional_sentence(said: Text | None) -> Sentence | None:
    """Likewise, where there may be nothing to say."""
    return None if said is None else sentence_of(said)


def optional_text(sentence: Sentence | None) -> Text | None:
    """Likewise."""
    return None if sentence is None else text_of(sentence)
