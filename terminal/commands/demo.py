"""``palisade demo``: its arguments."""

from __future__ import annotations

import argparse
from pathlib import Path

from engine.text import Translate, text
from terminal.commands.arguments import Commands, Said, add_command, add_journal


def add(commands: Commands, said: Said) -> None:
    """What it takes."""
    demo = add_command(
        commands,
        "demo",
        run,
        said(text("show the terminal on a simulated exchange")),
        said(text("Starts a simulated exchange and the terminal on it. Closing the window ends both.")),
    )
    demo.add_argument(
        "--parameters",
        metavar="FILE",
        type=Path,
        help=said(text("parameter file to trade; by default the sample market that comes with Palisade")),
    )
    add_journal(demo, said)


def run(arguments: argparse.Namespace, translate: Translate) -> int:  # noqa: ARG001
    """Show the terminal on a simulated exchange."""
    from terminal import demo  # noqa: PLC0415

    return demo.run(arguments.parameters, arguments.journal)
