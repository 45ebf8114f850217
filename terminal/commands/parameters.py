"""``palisade parameters``: its arguments."""

from __future__ import annotations

import argparse
from pathlib import Path

from engine.text import BadInputError, Translate, text
from terminal.commands.arguments import Commands, Said, add_actions, add_command
from terminal.output import write_output

DIFFERENT = 1
"""Exit status where compared files differ enough for a warning."""


def add(commands: Commands, said: Said) -> None:
    """What it takes."""
    parameters = add_command(
        commands,
        "parameters",
        _run_nothing,
        said(text("show, check and compare parameter files")),
        said(text("Shows what a parameter file says, checks that it can be used, or compares two of them.")),
    )
    actions = add_actions(parameters, said)
    what = text("show a file, or one contract of it")
    show = add_command(actions, "show", _run_show, said(what))
    show.add_argument("file", metavar="FILE", type=Path, help=said(text("parameter file of the clearing house")))
    show.add_argument(
        "contract",
        metavar="CONTRACT",
        nargs="*",
        help=said(text("EXCHANGE:PRODUCT:KIND:EXPIRY[:RIGHT:STRIKE], or words to search for, such as CL C 82")),
    )
    what = text("read a file and see that margin can be computed by it; status 2 where it cannot")
    check = add_command(actions, "check", _run_check, said(what))
    check.add_argument("file", metavar="FILE", type=Path, help=said(text("parameter file of the clearing house")))
    check.add_argument("--convention", metavar="NAME", help=said(text("rounding convention")))
    what = text("tell what changed between two files; status 1 where there are warnings or errors")
    diff = add_command(actions, "diff", _run_diff, said(what))
    diff.add_argument("old", metavar="OLD", type=Path, help=said(text("the file in force until now")))
    diff.add_argument("new", metavar="NEW", type=Path, help=said(text("the file to come")))
    diff.add_argument(
        "--threshold",
        metavar="PERCENT",
        help=said(text("largest move of a range or rate, and drop of a count, that is no warning; 25 by default")),
    )
    for action in (show, diff):
        action.add_argument(
            "--format",
            choices=("table", "json"),
            default="table",
            help=said(text("form of the output; table by default")),
        )


def _run_nothing(arguments: argparse.Namespace, translate: Translate) -> int:  # noqa: ARG001
    what = text("neither show nor check nor diff is given")
    raise BadInputError("palisade parameters", what, text("see {command} --help", command="palisade parameters"))


def _run_show(arguments: argparse.Namespace, translate: Translate) -> int:
    from engine.span.inspection import inspect  # noqa: PLC0415
    from terminal import contract_report, parameters_command, parameters_report  # noqa: PLC0415
    from terminal.parameter_cache import load_parameters  # noqa: PLC0415

    parameters, plain = load_parameters(arguments.file), arguments.format == "json"
    if not arguments.contract:
        overview = parameters_command.overview_of(parameters)
        write_output(
            parameters_report.overview_as_json(overview)
            if plain
            else parameters_report.overview_as_table(overview, translate)
        )
        return 0
    wanted = " ".join(arguments.contract)
    found = parameters_command.find_contracts(parameters, wanted)
    if len(found) > 1:
        write_output(
            parameters_report.matches_as_json(found)
            if plain
            else parameters_report.matches_as_table(found, wanted, translate)
        )
        return 0
    one = inspect(parameters, parameters.find(found[0]))
    write_output(contract_report.contract_as_json(one) if plain else contract_report.contract_as_table(one, translate))
    return 0


def _run_check(arguments: argparse.Namespace, translate: Translate) -> int:
    from terminal import parameters_command, parameters_report  # noqa: PLC0415

    overview = parameters_command.check(arguments.file, arguments.convention)
    write_output(parameters_report.check_as_table(overview, translate))
    return 0


def _run_diff(arguments: argparse.Namespace, translate: Translate) -> int:
    from terminal import parameters_command, parameters_report  # noqa: PLC0415

    comparison = parameters_command.diff(arguments.old, arguments.new, arguments.threshold)
    report = parameters_report.diff_as_json if arguments.format == "json" else parameters_report.diff_as_table
    write_output(report(comparison, translate))
    return 0 if comparison.is_calm else DIFFERENT
