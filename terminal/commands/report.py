"""``palisade report``: its arguments."""

from __future__ import annotations

import argparse
from pathlib import Path

from engine.text import BadInputError, Translate, text
from terminal.commands.arguments import Commands, Said, add_actions, add_command


def add(commands: Commands, said: Said) -> None:
    """What it takes."""
    report = add_command(commands, "report", run, said(text("write a report of a desk as a spreadsheet or as PDF")))
    actions = add_actions(report, said)
    concentration = add_command(
        actions,
        "concentration",
        run_concentration,
        said(text("where risk piles up, by owner and along every dimension, against the limits")),
        epilog=said(
            text(
                "Positions come from a file (valued at settlement prices) or from publishers that are running, as for "
                "palisade connect. The equity file is CSV with the header account,group,currency,equity; without it "
                "shares of equity are not computable."
            )
        ),
    )
    for option, metavar, needed, meaning in (
        ("--parameters", "FILE", True, text("parameter file of the clearing house")),
        ("--equity", "FILE.csv", False, text("groups and equity of the accounts in a positions file")),
        ("--limits", "FILE.toml", False, text("limits to compare with; by default those of the settings")),
        ("--reference", "FILE.toml", False, text("sectors, volumes, desks; by default that of the settings")),
        ("--xlsx", "FILE.xlsx", False, text("spreadsheet to write")),
        ("--pdf", "FILE.pdf", False, text("PDF to write")),
    ):
        concentration.add_argument(option, metavar=metavar, type=Path, required=needed, help=said(meaning))
    for option, metavar, needed, meaning in (
        ("--positions", "FILE.csv|ENDPOINT", True, text("positions of the accounts, or where they are published")),
        ("--snapshots", "ENDPOINT", False, text("where the whole book is answered")),
        ("--quotes", "ENDPOINT", False, text("where quotes are published")),
        ("--convention", "NAME", False, text("rounding convention")),
    ):
        concentration.add_argument(option, metavar=metavar, required=needed, help=said(meaning))


def run(arguments: argparse.Namespace, translate: Translate) -> int:  # noqa: ARG001
    """Without the name of a report there is nothing to write."""
    what = text("no report is named")
    raise BadInputError("palisade report", what, text("see {command} --help", command="palisade report"))


def run_concentration(arguments: argparse.Namespace, translate: Translate) -> int:
    """Write the concentration of a desk."""
    from terminal.limit_versions import LimitSource  # noqa: PLC0415
    from terminal.report_command import ReportRequest, run_concentration  # noqa: PLC0415
    from terminal.settings import read_settings, settings_file  # noqa: PLC0415

    settings = read_settings(settings_file())
    configured = settings.limits.source("report", settings_file().parent)
    limits = LimitSource(
        arguments.limits or configured.file, arguments.reference or configured.reference, "report", configured.folder
    )
    request = ReportRequest(
        arguments.parameters,
        arguments.positions,
        arguments.convention,
        arguments.equity,
        arguments.snapshots,
        arguments.quotes,
        limits,
        arguments.xlsx,
        arguments.pdf,
    )
    run_concentration(request, settings, translate)
    return 0
