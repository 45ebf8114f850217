"""How commands read their arguments: errors are ours, sentences are translated."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final, NoReturn, TypeAlias

from engine.text import BadInputError, Text, Translate, text

Said = Callable[[Text], str]
"""A sentence in the language in force, as argparse wants it."""
Commands: TypeAlias = "argparse._SubParsersAction[ArgumentParser]"
Run: TypeAlias = Callable[[argparse.Namespace, Translate], int]


TRANSPORT_KEY: Final = re.compile(r"[0-9a-zA-Z.\-:+=^!/*?&<>()\[\]{}@%$#]{40}")
"""A public key of the transport as it is written: Z85, of which any sign may come first."""


class ArgumentParser(argparse.ArgumentParser):
    """A parser whose errors are ours, one line that ends with a remedy, and that knows keys which begin with a dash."""

    def __init__(self, *arguments: Any, **more: Any) -> None:
        super().__init__(*arguments, **more)
        self._key_options: set[str] = set()

    def add_transport_key(self, option: str, help_text: str, default: str | None = None) -> None:
        """An option that takes a transport key, after a space or after an equals sign."""
        self._key_options.add(option)
        self.add_argument(option, metavar="KEY", default=default, help=help_text)

    def parse_known_args(  # type: ignore[override]  # one of the overloads
        self, args: Sequence[str] | None = None, namespace: argparse.Namespace | None = None
    ) -> tuple[argparse.Namespace, list[str]]:
        """Parse what is known. The base class takes what begins with a dash for an option: a key is tied to its own."""
        words = sys.argv[1:] if args is None else args
        return super().parse_known_args(list(self._tied(words)), namespace)

    def _tied(self, words: Sequence[str]) -> Iterator[str]:
        rest = iter(words)
        for word in rest:
            following = next(rest, None) if word in self._key_options else None
            if following is None:
                yield word
            elif TRANSPORT_KEY.fullmatch(following):
                yield f"{word}={following}"
            else:
                yield from (word, following)

    def error(self, message: str) -> NoReturn:
        """Raise what is wrong with the arguments as a `BadInputError`."""
        raise BadInputError(
            self.prog, text("{problem}", problem=message), text("see {command} --help", command=self.prog)
        )


def add_command(
    commands: Commands,
    name: str,
    run: Run,
    help_text: str,
    description: str | None = None,
    epilog: str | None = None,
) -> ArgumentParser:
    """Add a command that ``run`` carries out; its description is the help's sentence where none is given."""
    parser = commands.add_parser(
        name, allow_abbrev=False, help=help_text, description=description or help_text, epilog=epilog
    )
    parser.set_defaults(run=run)
    return parser


def add_transport(parser: ArgumentParser, said: Said) -> None:
    """What encrypts a line to the authority; see `terminal.transport`."""
    what = text("transport key of this workstation, as palisade keys station makes it")
    parser.add_argument("--transport-key", metavar="FILE", type=Path, help=said(what))
    what = text("transport key of the authority, as it announces it")
    parser.add_transport_key("--server-key", said(what))


def add_actions(parser: ArgumentParser, said: Said) -> Commands:
    """Room for commands of a command, such as ``show`` in ``palisade parameters show``."""
    return parser.add_subparsers(dest="action", metavar=said(text("COMMAND")), parser_class=ArgumentParser)


def add_journal(parser: ArgumentParser, said: Said) -> None:
    """The option of commands that listen to feeds: record what they take in."""
    meaning = text("folder into which everything the feeds bring is recorded, for palisade replay")
    parser.add_argument("--journal", metavar="FOLDER", type=Path, help=said(meaning))
