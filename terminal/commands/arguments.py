"""How commands read their arguments: errors are ours, sentences are translated."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn, TypeAlias

from engine.text import BadInputError, Text, Translate, text

Said = Callable[[Text], str]
"""A sentence in the language in force, as argparse wants it."""
Commands: TypeAlias = "argparse._SubParsersAction[ArgumentParser]"
Run: TypeAlias = Callable[[argparse.Namespace, Translate], int]


class ArgumentParser(argparse.ArgumentParser):
    """A parser whose errors are ours: one line that ends with a remedy."""

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
    parser.add_argument("--server-key", metavar="KEY", help=said(what))


def add_actions(parser: ArgumentParser, said: Said) -> Commands:
    """Room for commands of a command, such as ``show`` in ``palisade parameters show``."""
    return parser.add_subparsers(dest="action", metavar=said(text("COMMAND")), parser_class=ArgumentParser)


def add_journal(parser: ArgumentParser, said: Said) -> None:
    """The option of commands that listen to feeds: record what they take in."""
    meaning = text("folder into which everything the feeds bring is recorded, for palisade replay")
    parser.add_argument("--journal", metavar="FOLDER", type=Path, help=said(meaning))
