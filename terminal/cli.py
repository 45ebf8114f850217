"""The command ``palisade``: reads its arguments and starts what they ask for."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn, TypeAlias

from engine.text import BadInputError, Text, Translate, UserFacingError, text
from terminal.catalogue import language_of, translator

if TYPE_CHECKING:
    from engine.margin_terms import MarginTerms
    from terminal.margin_command import MarginRun

Demo = Callable[[Path | None], int]
Said = Callable[[Text], str]

BAD_INPUT = 2
OUTPUT_FAILED = 1
DIFFERENT = 1
INTERRUPTED = 130


Commands: TypeAlias = "argparse._SubParsersAction[ArgumentParser]"


class ArgumentParser(argparse.ArgumentParser):
    """A parser whose errors are ours: one line that ends with a remedy."""

    def error(self, message: str) -> NoReturn:
        """Raise what is wrong with the arguments as a `BadInputError`."""
        raise BadInputError(
            self.prog, text("{problem}", problem=message), text("see {command} --help", command=self.prog)
        )


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
        return _run(arguments, translate)
    except UserFacingError as error:
        print(_one_line(error.message.translated(translate)), file=sys.stderr)  # noqa: T201  # the command line's voice
        return BAD_INPUT if isinstance(error, BadInputError) else OUTPUT_FAILED
    except BrokenPipeError:
        _let_go_of_output()
        return OUTPUT_FAILED
    except KeyboardInterrupt:
        return INTERRUPTED


def _run(arguments: argparse.Namespace, translate: Translate) -> int:
    """Everything heavy is imported where it is wanted: the version and the help come at once."""
    if arguments.version:
        from importlib.metadata import version  # noqa: PLC0415

        _write(f"palisade {version('palisade')}\n")
        return 0
    if arguments.command == "margin":
        return _margin(arguments, translate)
    if arguments.command == "parameters":
        return _parameters(arguments, translate)
    if arguments.command == "demo":
        demo: Demo = import_module("terminal.demo").run
        return demo(arguments.parameters)
    if arguments.command == "connect":
        return _connect(arguments)
    raise BadInputError("palisade", text("no command is given"), text("see {command} --help", command="palisade"))


def _margin(arguments: argparse.Namespace, translate: Translate) -> int:
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
    run = run_margin(request)
    _write(_margin_report(run, arguments, translate))
    return 0


def _terms(arguments: argparse.Namespace) -> MarginTerms:
    """How accounts are margined that no accounts file names."""
    from engine.margin_terms import terms_of  # noqa: PLC0415

    try:
        return terms_of(arguments.margining, arguments.account_type, arguments.requirement)
    except BadInputError as error:
        option = "account-type" if error.where == "type" else error.where
        raise BadInputError(f"palisade margin --{option}", error.what, error.remedy) from None


def _margin_report(run: MarginRun, arguments: argparse.Namespace, translate: Translate) -> str:
    """What is asked for of a margin run, in the form asked for."""
    from terminal.explain_report import explanation_as_json, explanation_as_text  # noqa: PLC0415
    from terminal.free_report import freeing_as_json, freeing_as_text  # noqa: PLC0415
    from terminal.margin_report import as_csv, as_json, as_table  # noqa: PLC0415

    readable = arguments.format == "table"
    if arguments.explain is not None:
        explain = explanation_as_text if readable else explanation_as_json
        return explain(run, arguments.explain, translate)
    if arguments.free is not None:
        free = freeing_as_text if readable else freeing_as_json
        return free(run, arguments.free, translate)
    if readable:
        return as_table(run, translate)
    return as_json(run) if arguments.format == "json" else as_csv(run)


def _parameters(arguments: argparse.Namespace, translate: Translate) -> int:
    from terminal import parameters_command, parameters_report  # noqa: PLC0415

    if arguments.action == "show":
        return _show_parameters(arguments, translate)
    if arguments.action == "check":
        overview = parameters_command.check(arguments.file, arguments.convention)
        _write(parameters_report.check_as_table(overview, translate))
        return 0
    if arguments.action == "diff":
        comparison = parameters_command.diff(arguments.old, arguments.new, arguments.threshold)
        report = parameters_report.diff_as_json if arguments.format == "json" else parameters_report.diff_as_table
        _write(report(comparison, translate))
        return 0 if comparison.is_calm else DIFFERENT
    what = text("neither show nor check nor diff is given")
    raise BadInputError("palisade parameters", what, text("see {command} --help", command="palisade parameters"))


def _show_parameters(arguments: argparse.Namespace, translate: Translate) -> int:
    from engine.span.inspection import inspect  # noqa: PLC0415
    from terminal import contract_report, parameters_command, parameters_report  # noqa: PLC0415
    from terminal.parameter_cache import load_parameters  # noqa: PLC0415

    parameters, plain = load_parameters(arguments.file), arguments.format == "json"
    if not arguments.contract:
        overview = parameters_command.overview_of(parameters)
        _write(
            parameters_report.overview_as_json(overview)
            if plain
            else parameters_report.overview_as_table(overview, translate)
        )
        return 0
    wanted = " ".join(arguments.contract)
    found = parameters_command.find_contracts(parameters, wanted)
    if len(found) > 1:
        _write(
            parameters_report.matches_as_json(found)
            if plain
            else parameters_report.matches_as_table(found, wanted, translate)
        )
        return 0
    one = inspect(parameters, parameters.find(found[0]))
    _write(contract_report.contract_as_json(one) if plain else contract_report.contract_as_table(one, translate))
    return 0


def _connect(arguments: argparse.Namespace) -> int:
    from terminal.connect import run  # noqa: PLC0415
    from terminal.pipeline import Endpoints  # noqa: PLC0415

    endpoints = Endpoints(arguments.positions, arguments.snapshots, arguments.quotes)
    return run(arguments.parameters, arguments.convention, endpoints)


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
    commands = parser.add_subparsers(dest="command", metavar=said(text("COMMAND")), parser_class=ArgumentParser)
    _add_margin(commands, said)
    _add_parameters(commands, said)
    _add_demo(commands, said)
    _add_connect(commands, said)
    return parser


def _add_margin(commands: Commands, said: Said) -> None:
    margin = commands.add_parser(
        "margin",
        allow_abbrev=False,
        help=said(text("compute the SPAN margin of the accounts in a positions file")),
        description=said(text("Computes the SPAN margin of every account in a positions file and prints it.")),
        epilog=said(
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


def _add_parameters(commands: Commands, said: Said) -> None:
    parameters = commands.add_parser(
        "parameters",
        allow_abbrev=False,
        help=said(text("show, check and compare parameter files")),
        description=said(
            text("Shows what a parameter file says, checks that it can be used, or compares two of them.")
        ),
    )
    actions = parameters.add_subparsers(dest="action", metavar=said(text("COMMAND")), parser_class=ArgumentParser)
    what = text("show a file, or one contract of it")
    show = actions.add_parser("show", allow_abbrev=False, help=said(what), description=said(what))
    show.add_argument("file", metavar="FILE", type=Path, help=said(text("parameter file of the clearing house")))
    show.add_argument(
        "contract",
        metavar="CONTRACT",
        nargs="*",
        help=said(text("EXCHANGE:PRODUCT:KIND:EXPIRY[:RIGHT:STRIKE], or words to search for, such as CL C 82")),
    )
    what = text("read a file and see that margin can be computed by it; status 2 where it cannot")
    check = actions.add_parser("check", allow_abbrev=False, help=said(what), description=said(what))
    check.add_argument("file", metavar="FILE", type=Path, help=said(text("parameter file of the clearing house")))
    check.add_argument("--convention", metavar="NAME", help=said(text("rounding convention")))
    what = text("tell what changed between two files; status 1 where there are warnings or errors")
    diff = actions.add_parser("diff", allow_abbrev=False, help=said(what), description=said(what))
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


def _add_demo(commands: Commands, said: Said) -> None:
    demo = commands.add_parser(
        "demo",
        allow_abbrev=False,
        help=said(text("show the terminal on a simulated exchange")),
        description=said(text("Starts a simulated exchange and the terminal on it. Closing the window ends both.")),
    )
    demo.add_argument(
        "--parameters",
        metavar="FILE",
        type=Path,
        help=said(text("parameter file to trade; by default the sample market that comes with Palisade")),
    )


def _add_connect(commands: Commands, said: Said) -> None:
    connect = commands.add_parser(
        "connect",
        allow_abbrev=False,
        help=said(text("show the terminal on position and quote publishers that are running")),
        description=said(text("Shows the terminal on publishers of positions and quotes on this machine.")),
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


def _write(output: str) -> None:
    """Write to standard output, in UTF-8 whatever the machine's habit, and find out now whether anybody reads it."""
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace")
    try:
        sys.stdout.write(output)
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        _let_go_of_output()
        reason = text("standard output cannot be written: {reason}", reason=error.strerror)
        raise UserFacingError(reason) from None


def _let_go_of_output() -> None:
    """What is still buffered would fail again while Python shuts down."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _one_line(message: str) -> str:
    """The message without line breaks and control characters that file names and contents may bring along."""
    return "".join(sign if sign.isprintable() else " " for sign in message)


if __name__ == "__main__":
    sys.exit(main())
