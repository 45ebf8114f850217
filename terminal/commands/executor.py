"""``palisade executor``: its arguments."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from engine.text import BadInputError, Translate, text
from terminal.commands.arguments import Commands, Said, add_command, add_journal, add_transport

if TYPE_CHECKING:
    from feeds.fix_gateway import FixLine

MOST_CONTRACTS = 1_000_000


def add(commands: Commands, said: Said) -> None:
    """What it takes."""
    executor = add_command(
        commands,
        "executor",
        run,
        said(text("send forced closes that two people have signed")),
        said(
            text(
                "The process that alone holds the order line. It judges signatures, positions, prices and the breach "
                "for itself, writes down what it takes in hand before it sends, and sends nothing twice."
            )
        ),
    )
    for option, meaning in (
        ("--authority", text("where the authority takes its executor gate")),
        ("--positions", text("where positions and money are published, such as tcp://127.0.0.1:5555")),
        ("--snapshots", text("where the whole book is answered")),
        ("--quotes", text("where quotes are published")),
    ):
        executor.add_argument(option, metavar="ENDPOINT", required=True, help=said(meaning))
    executor.add_argument(
        "--founding",
        metavar="DIGEST",
        required=True,
        help=said(text("digest of the founding change of people, as palisade people list shows it")),
    )
    executor.add_argument(
        "--store", metavar="FOLDER", type=Path, required=True, help=said(text("folder of its record store; made anew"))
    )
    executor.add_argument(
        "--parameters",
        metavar="FILE",
        type=Path,
        required=True,
        help=said(text("parameter file of the clearing house")),
    )
    executor.add_argument("--convention", metavar="NAME", help=said(text("rounding convention")))
    add_journal(executor, said)
    line = executor.add_mutually_exclusive_group(required=True)
    line.add_argument("--orders", metavar="ENDPOINT", help=said(text("where the sample exchange takes orders")))
    line.add_argument(
        "--fix", metavar="HOST:PORT:SENDER:TARGET", help=said(text("FIX 4.4 line to a local tunnel or acceptor"))
    )
    executor.add_argument(
        "--fix-close-today",
        metavar="VALUE",
        default="",
        help=said(text("what the broker writes into PositionEffect (77) to close positions of today, such as T")),
    )
    executor.add_argument(
        "--fix-multileg",
        action="store_true",
        help=said(text("the broker takes orders of several legs, all or none (NewOrderMultileg)")),
    )
    add_transport(executor, said)
    executor.add_argument("--drill", action="store_true", help=said(text("take exercises, and nothing else")))
    executor.add_argument(
        "--largest-order",
        metavar="CONTRACTS",
        type=int,
        default=10_000,
        help=said(text("most contracts of one order, whatever was signed; 10000 by default")),
    )
    executor.add_argument(
        "--exit-with-parent", action="store_true", help=said(text("end when the standard input is closed"))
    )


def run(arguments: argparse.Namespace, translate: Translate) -> int:  # noqa: ARG001
    """Serve until a signal."""
    from engine.authorisation.execution import HardLimits  # noqa: PLC0415
    from terminal import executor_process  # noqa: PLC0415
    from terminal.desk_setup import desk_setup  # noqa: PLC0415
    from terminal.people_command import fingerprint_of  # noqa: PLC0415
    from terminal.pipeline import Endpoints  # noqa: PLC0415
    from terminal.settings import read_settings, settings_file  # noqa: PLC0415
    from terminal.transport import curve_of  # noqa: PLC0415

    if not 1 <= arguments.largest_order <= MOST_CONTRACTS:
        what = text("expected a whole number from {lowest} to {highest}", lowest=1, highest=MOST_CONTRACTS)
        raise BadInputError("palisade executor --largest-order", what, text("leave it out for {usual}", usual=10_000))
    endpoints = Endpoints(arguments.positions, arguments.snapshots, arguments.quotes)
    settings = read_settings(settings_file())
    desk = desk_setup(settings, arguments.parameters, arguments.convention, endpoints, "executor")
    setup = executor_process.ExecutorSetup(
        replace(desk, journal=arguments.journal),
        arguments.store,
        arguments.authority,
        fingerprint_of(arguments.founding, "--founding"),
        arguments.orders or _fix_line(arguments),
        HardLimits(arguments.drill, arguments.largest_order),
        curve_of(arguments),
    )
    return executor_process.serve(setup, exit_with_parent=arguments.exit_with_parent)


def _fix_line(arguments: argparse.Namespace) -> FixLine:
    from feeds.fix_gateway import FixLine  # noqa: PLC0415

    words, close_today = arguments.fix, arguments.fix_close_today
    parts = words.split(":")
    if len(parts) != 4 or not all(parts) or not parts[1].isdecimal() or not 1 <= int(parts[1]) <= 65_535:
        what = text("{words} is no FIX line", words=repr(words))
        raise BadInputError("palisade executor --fix", what, text("write HOST:PORT:SENDER:TARGET"))
    if len(close_today) > 1 or not (close_today.isascii() and close_today.isprintable()):
        what = text("{words} is not one character", words=repr(close_today))
        raise BadInputError("palisade executor --fix-close-today", what, text("write what the broker's manual says"))
    host, port, sender, target = parts
    folder = arguments.store / "fix"
    return FixLine(host, int(port), sender, target, folder, close_today=close_today, multileg=arguments.fix_multileg)
