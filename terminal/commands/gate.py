"""``palisade gate``: its arguments."""

from __future__ import annotations

import argparse
from pathlib import Path

from engine.text import Translate, text
from terminal.commands.arguments import Commands, Said, add_command


def add(commands: Commands, said: Said) -> None:
    """What it takes."""
    gate = add_command(
        commands,
        "gate",
        run,
        said(text("check the orders of routers and algorithms before they are sent")),
        said(
            text(
                "Follows publishers of positions and quotes without a window, and answers on a ZeroMQ socket whether "
                "orders may be sent: margin and every limit. Prints one line of JSON with its endpoint."
            )
        ),
    )
    for option, meaning in (
        (
            "--parameters",
            text("parameter file of the clearing house (SPAN XML .spn or positional .pa2, also as .gz or .zip)"),
        ),
        ("--positions", text("where positions and money are published, such as tcp://127.0.0.1:5555")),
        ("--snapshots", text("where the whole book is answered")),
        ("--quotes", text("where quotes are published")),
    ):
        named = "FILE" if option == "--parameters" else "ENDPOINT"
        gate.add_argument(option, metavar=named, required=True, help=said(meaning))
    gate.add_argument("--convention", metavar="NAME", help=said(text("rounding convention")))
    for option, meaning in (
        ("--limits", text("limits that orders are checked against (TOML); by default those of the settings")),
        ("--reference", text("sectors, open interest and volume (TOML); by default that of the settings")),
        ("--record", text("folder for the record of every decision; by default the user's data folder")),
    ):
        gate.add_argument(option, metavar="PATH", type=Path, help=said(meaning))
    gate.add_argument(
        "--endpoint", metavar="ENDPOINT", help=said(text("where to listen; by default any free port of this machine"))
    )
    gate.add_argument(
        "--rate", metavar="NUMBER", type=int, help=said(text("checks a second that a client may ask for"))
    )
    gate.add_argument("--burst", metavar="NUMBER", type=int, help=said(text("how many of them at once")))
    for option, meaning in (
        ("--oldest", text("age of the desk's figures from which on nothing but reducing orders pass")),
        ("--slowest", text("how long a check may take before the gate closes for a while")),
        ("--cooling", text("how long it then stays closed")),
        ("--settling", text("how long reported fills still count as working orders")),
        ("--forced", text("time until the record is forced to the disk; 0 for before each answer")),
    ):
        gate.add_argument(option, metavar="MILLISECONDS", type=int, help=said(meaning))
    gate.add_argument(
        "--scheduling",
        choices=("real-time", "normal"),
        help=said(text("whether it goes before other programs where the system allows it, or takes turns with them")),
    )
    gate.add_argument(
        "--exit-with-parent", action="store_true", help=said(text("end when the standard input is closed"))
    )


def run(arguments: argparse.Namespace, translate: Translate) -> int:  # noqa: ARG001
    """Serve until a signal."""
    from terminal import gate_process, gate_setup, warm_up  # noqa: PLC0415

    setup = gate_setup.setup_of(arguments)
    # The first order of a client would open the circuit breaker: loading kernels takes longer than a check may.
    warm_up.load_checks()
    return gate_process.serve(setup, exit_with_parent=arguments.exit_with_parent)
