"""``palisade demo``: its arguments."""

from __future__ import annotations

import argparse
from pathlib import Path

from engine.text import BadInputError, Translate, text
from terminal.commands.arguments import Commands, Said, add_command, add_journal
from terminal.scenes import SCENES


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
    demo.add_argument(
        "--scene", choices=SCENES, help=said(text("a story to play on the sample market, told by real processes"))
    )
    add_journal(demo, said)


def run(arguments: argparse.Namespace, translate: Translate) -> int:  # noqa: ARG001
    """Show the terminal on a simulated exchange."""
    from terminal import demo  # noqa: PLC0415

    if arguments.scene is not None and arguments.parameters is not None:
        what = text("a scene plays on the sample market")
        raise BadInputError("palisade demo --scene", what, text("leave --parameters out"))
    return demo.run(arguments.parameters, arguments.journal, arguments.scene)
