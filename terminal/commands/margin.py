"""``palisade margin``: its arguments."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from engine.text import BadInputError, Translate, text
from terminal.commands.arguments import Commands, Said, add_command
from terminal.output import write_output

if TYPE_CHECKING:
    from engine.margin_terms import MarginTerms
    from terminal.margin_command import MarginRun


def add(commands: Commands, said: Said) -> None:
    """What it takes."""
    margin = add_command(
        commands,
        "margin",
        run,
        said(text("compute the SPAN margin of the accounts in a positions file")),
        said(text("Computes the SPAN margin of every account in a positions file and prints it.")),
        said(
            text(
                "The positions file is CSV with the header account,exchange,product,kind,expiry,right,strike,quantity. "
                "Kind is FUT, PHY, OOP, OOF and so on; right is C or P for options and empty otherwise; expiry is "
                "written as in the parameter file (201606S0); quantity is a whole number, negative when short. "
                "Bad input ends with status 2 and one line that says where it is and what to do."
            )
        ),
    )
    margin.add_argument(
        "--parameters",
        metavar="FILE",
        type=Path,
        required=True,
        help=said(text("parameter file of the clearing house (SPAN XML .spn or positional .pa2, also as .gz or .zip)")),
    )
    margin.add_argument(
        "--positions", metavar="FILE.csv", type=Path, required=True, help=said(text("positions of the accounts"))
    )
    margin.add_argument(
        "--convention",
        metavar="NAME",
        help=said(text("rounding convention (CME, JSCC, KDPW, TAKASBANK, NSE); by default that of the clearing house")),
    )
    margin.add_argument(
        "--format",
        choices=("table", "json", "csv"),
        default="table",
        help=said(text("form of the output; table by default")),
    )
    margin.add_argument(
        "--skip-unknown",
        action="store_true",
        help=said(text("leave out contracts that the parameters do not cover, and list them, instead of stopping")),
    )
    margin.add_argument(
        "--accounts",
        metavar="FILE.csv",
        type=Path,
        help=said(text("how accounts are margined: CSV with the header account,margining,type,requirement")),
    )
    for option, words, meaning in (
        ("--margining", "net|gross", text("how accounts are margined that the accounts file does not name")),
        ("--account-type", "TYPE", text("likewise: member, hedger or speculator, customer or house, or both")),
        ("--requirement", "WORDS", text("likewise: initial or maintenance, core or reserve, or both")),
    ):
        margin.add_argument(option, metavar=words, default="", help=said(meaning))
    one_account = margin.add_mutually_exclusive_group()
    one_account.add_argument(
        "--explain",
        metavar="ACCOUNT",
        help=said(text("print why the margin of this account is what it is, down to positions and spread legs")),
    )
    one_account.add_argument(
        "--free",
        metavar="ACCOUNT",
        help=said(text("print which trades free margin of this account, and what one contract more or less changes")),
    )


def run(arguments: argparse.Namespace, translate: Translate) -> int:
    """Compute and print."""
    from terminal.margin_command import Request, run_margin  # noqa: PLC0415

    one_account = "--explain" if arguments.explain is not None else "--free" if arguments.free is not None else ""
    if one_account and arguments.format == "csv":
        what = text("{option} cannot be written as csv", option=one_account)
        raise BadInputError("palisade margin --format", what, text("use --format table or --format json"))
    request = Request(
        arguments.parameters,
        arguments.positions,
        arguments.convention,
        arguments.skip_unknown,
        arguments.accounts,
        _terms(arguments),
    )
    write_output(_report(run_margin(request), arguments, translate))
    return 0


def _terms(arguments: argparse.Namespace) -> MarginTerms:
    """How accounts are margined that no accounts file names."""
    from engine.margin_terms import terms_of  # noqa: PLC0415

    try:
        return terms_of(arguments.margining, arguments.account_type, arguments.requirement)
    except BadInputError as error:
        option = "account-type" if error.where == "type" else error.where
        raise BadInputError(f"palisade margin --{option}", error.what, error.remedy) from None


def _report(margins: MarginRun, arguments: argparse.Namespace, translate: Translate) -> str:
    """What is asked for of a margin run, in the form asked for."""
    from terminal.explain_report import explanation_as_json, explanation_as_text  # noqa: PLC0415
    from terminal.free_report import freeing_as_json, freeing_as_text  # noqa: PLC0415
    from terminal.margin_report import as_csv, as_json, as_table  # noqa: PLC0415

    readable = arguments.format == "table"
    if arguments.explain is not None:
        explain = explanation_as_text if readable else explanation_as_json
        return explain(margins, arguments.explain, translate)
    if arguments.free is not None:
        free = freeing_as_text if readable else freeing_as_json
        return free(margins, arguments.free, translate)
    if readable:
        return as_table(margins, translate)
    return as_json(margins) if arguments.format == "json" else as_csv(margins)
