"""``palisade connect``: its arguments."""

from __future__ import annotations

import argparse
from pathlib import Path

from engine.text import Translate, text
from terminal.commands.arguments import Commands, Said, add_command, add_journal


def add(commands: Commands, said: Said) -> None:
    """What it takes."""
    connect = add_command(
        commands,
        "connect",
        run,
        said(text("show the terminal on position and quote publishers that are running")),
        said(text("Shows the terminal on publishers of positions and quotes on this machine.")),
    )
    connect.add_argument(
        "--parameters",
        metavar="FILE",
        type=Path,
        required=True,
        help=said(text("parameter file of the clearing house (SPAN XML .spn or positional .pa2, also as .gz or .zip)")),
    )
    connect.add_argument("--convention", metavar="NAME", help=said(text("rounding convention")))
    for name, meaning in (
        ("--positions", text("where positions and money are published, such as tcp://127.0.0.1:5555")),
        ("--snapshots", text("where the whole book is answered")),
        ("--quotes", text("where quotes are published")),
    ):
        connect.add_argument(name, metavar="ENDPOINT", required=True, help=said(meaning))
    add_journal(connect, said)


def run(arguments: argparse.Namespace, translate: Translate) -> int:  # noqa: ARG001
    """Show the terminal on publishers that are running."""
    from terminal import connect  # noqa: PLC0415
    from terminal.pipeline import Endpoints  # noqa: PLC0415

    endpoints = Endpoints(arguments.positions, arguments.snapshots, arguments.quotes)
    return connect.run(arguments.parameters, arguments.convention, endpoints, arguments.journal)
