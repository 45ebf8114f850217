"""``palisade drill``: its arguments."""

from __future__ import annotations

import argparse
from importlib import resources
from pathlib import Path

from engine.text import BadInputError, Translate, text
from terminal.commands.arguments import Commands, Said, add_command
from terminal.output import write_output

MOST_SHOCK = 99
LARGEST_SEED = 2**63 - 1


def add(commands: Commands, said: Said) -> None:
    """What it takes."""
    drill = add_command(
        commands,
        "drill",
        run,
        said(text("rehearse a forced close on a copy of the book, and time every step")),
        said(
            text(
                "Copies the book to a sample exchange on this machine, lets one account lose money until it is over "
                "its forced-close line, and goes through plan, proposal, two signatures, fills and verification by "
                "real processes. Real publishers and order lines are never talked to; everything is marked DRILL."
            )
        ),
        said(
            text(
                "Accounts of a positions file start with twice their margin as equity. Status 0: it came through; "
                "1: a step was not reached; 2: bad input."
            )
        ),
    )
    for option, metavar, meaning in (
        ("--parameters", "FILE", text("parameter file of the clearing house; by default the sample market")),
        (
            "--positions",
            "FILE.csv",
            text("positions to copy, as for palisade margin; by default invented ones"),
        ),
        ("--pdf", "FILE.pdf", text("report to write as PDF")),
        ("--json", "FILE.json", text("report to write as JSON")),
    ):
        drill.add_argument(option, metavar=metavar, type=Path, help=said(meaning))
    drill.add_argument("--account", metavar="NAME", help=said(text("whose shortfall is played")))
    drill.add_argument(
        "--shock",
        metavar="PERCENT",
        type=int,
        help=said(text("share of its equity that the account loses; by default as much as it takes")),
    )
    drill.add_argument(
        "--moving",
        action="store_true",
        help=said(
            text(
                "let prices walk while people decide and leave the signed collar once: the executor gate has it quoted "
                "again, and another instruction is planned, signed and filled"
            )
        ),
    )
    drill.add_argument(
        "--seed",
        metavar="NUMBER",
        type=int,
        help=said(text("of the walk and of what is invented; the same seed, the same walk")),
    )
    drill.add_argument("--convention", metavar="NAME", help=said(text("rounding convention")))


def run(arguments: argparse.Namespace, translate: Translate) -> int:
    """Play it, and tell."""
    from feeds.clock import SystemClock  # noqa: PLC0415
    from terminal.close_command import write_json  # noqa: PLC0415
    from terminal.drill import run_drill  # noqa: PLC0415
    from terminal.drill_copy import SEED, DrillRequest  # noqa: PLC0415
    from terminal.drill_report import drill_as_json, drill_as_report, drill_as_text  # noqa: PLC0415
    from terminal.report_command import write_report  # noqa: PLC0415
    from terminal.settings import read_settings, settings_file  # noqa: PLC0415

    shock = arguments.shock
    if shock is not None and not 1 <= shock <= MOST_SHOCK:
        what = text("expected a whole number from {lowest} to {highest}", lowest=1, highest=MOST_SHOCK)
        raise BadInputError("palisade drill --shock", what, text("leave it out for as much as it takes"))
    seed = SEED if arguments.seed is None else arguments.seed
    if not 0 <= seed <= LARGEST_SEED:
        what = text("expected a whole number from {lowest} to {highest}", lowest=0, highest=LARGEST_SEED)
        raise BadInputError("palisade drill --seed", what, text("leave it out for the usual one"))
    settings = read_settings(settings_file())
    with resources.as_file(resources.files("resources").joinpath("sample", "market.spn")) as sample:
        request = DrillRequest(
            arguments.parameters or sample,
            arguments.positions,
            arguments.account,
            shock,
            arguments.convention,
            arguments.moving,
            seed,
        )
        drilled = run_drill(request, settings, SystemClock())
    write_output(drill_as_text(drilled, translate))
    if arguments.json is not None:
        write_json(arguments.json, drill_as_json(drilled))
    if arguments.pdf is not None:
        write_report(drill_as_report(drilled), None, arguments.pdf, translate)
    return 0 if drilled.failed is None else 1
