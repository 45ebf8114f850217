"""The command ``palisade``: reads its arguments and starts what they ask for."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Final

from engine.text import BadInputError, Text, Translate, UserFacingError, text
from terminal.catalogue import language_of, translator
from terminal.commands.arguments import ArgumentParser, Run
from terminal.output import let_go_of_output, write_output

COMMANDS: Final = (
    "margin",
    "parameters",
    "report",
    "demo",
    "connect",
    "gate",
    "audit",
    "witness",
    "keys",
    "people",
    "proposal",
    "authority",
    "executor",
    "break-glass",
    "drill",
    "replay",
)
"""Modules of `terminal.commands`, in the order of the help."""

BAD_INPUT = 2
FAILED = 1
INTERRUPTED = 130


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command.

    Args:
        argv: Arguments without the program's name; those of the process by default.

    Returns:
        Exit status: 0 done, 2 bad input, 1 the output cannot be written or compared files differ enough for a warning,
        130 interrupted.
    """
    translate = translator(language_of(os.environ))
    try:
        arguments = _parser(translate).parse_args(argv)
        if arguments.version:
            # Everything heavy is imported where it is wanted: the version and the help come at once.
            from importlib.metadata import version  # noqa: PLC0415

            write_output(f"palisade {version('palisade')}\n")
            return 0
        run: Run = arguments.run
        return run(arguments, translate)
    except UserFacingError as error:
        print(_one_line(error.message.translated(translate)), file=sys.stderr)  # noqa: T201  # the command line's voice
        return BAD_INPUT if isinstance(error, BadInputError) else FAILED
    except BrokenPipeError:
        let_go_of_output()
        return FAILED
    except KeyboardInterrupt:
        return INTERRUPTED


def _no_command(*_: object) -> int:
    raise BadInputError("palisade", text("no command is given"), text("see {command} --help", command="palisade"))


def _parser(translate: Translate) -> ArgumentParser:
    def said(sentence: Text) -> str:
        # The percent sign is argparse's own mark.
        return sentence.translated(translate).replace("%", "%%")

    parser = ArgumentParser(
        prog="palisade",
        allow_abbrev=False,
        description=said(
            text("Margin and risk of futures and options accounts, from the clearing house's own parameter file.")
        ),
        epilog=said(text("Start with: palisade demo")),
    )
    parser.add_argument("--version", action="store_true", help=said(text("print the version and end")))
    parser.set_defaults(run=_no_command)
    commands = parser.add_subparsers(dest="command", metavar=said(text("COMMAND")), parser_class=ArgumentParser)
    for name in COMMANDS:
        import_module(f"terminal.commands.{name.replace('-', '_')}").add(commands, said)
    return parser


def _one_line(message: str) -> str:
    """The message without line breaks and control characters that file names and contents may bring along."""
    return "".join(sign if sign.isprintable() else " " for sign in message)


if __name__ == "__main__":
    sys.exit(main())
