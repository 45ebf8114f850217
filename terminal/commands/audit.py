"""``palisade audit``: its arguments."""

from __future__ import annotations

import argparse
from pathlib import Path

from engine.text import BadInputError, Translate, text
from terminal.commands.arguments import Commands, Said, add_actions, add_command
from terminal.output import write_output

BAD = 1
"""Exit status where records are not those that were signed."""


def add(commands: Commands, said: Said) -> None:
    """What it takes."""
    audit = add_command(
        commands,
        "audit",
        _run_nothing,
        said(text("verify, export and show the audit records")),
        said(text("Verifies the records of a store or an archive, exports them, or shows them as a timeline.")),
    )
    actions = add_actions(audit, said)
    what = text("see that every record is the one that was signed; status 1 and the first bad record where not")
    verify = add_command(actions, "verify", _run_verify, said(what))
    verify.add_argument("path", metavar="PATH", type=Path, help=said(text("folder of a record store, or an archive")))
    key = text("fingerprint of the only key that may have signed the checkpoints")
    verify.add_argument("--log-key", metavar="FINGERPRINT", help=said(key))
    key = text("fingerprint of the witness that must have signed, too")
    verify.add_argument("--witness-key", metavar="FINGERPRINT", help=said(key))
    newest = text("the witness's file with the newest checkpoint: finds out what was cut off or rolled back")
    verify.add_argument("--newest", metavar="FILE", type=Path, help=said(newest))
    export = add_command(actions, "export", _run_export, said(text("write the signed records into one file")))
    export.add_argument("store", metavar="STORE", type=Path, help=said(text("folder of a record store")))
    export.add_argument("archive", metavar="ARCHIVE", type=Path, help=said(text("file to write; it must not exist")))
    _add_show(actions, said)
    _add_report(actions, said)


def _add_show(actions: Commands, said: Said) -> None:
    show = add_command(actions, "show", _run_show, said(text("print records in order, to the microsecond")))
    show.add_argument("path", metavar="PATH", type=Path, help=said(text("folder of a record store, or an archive")))
    for option, meaning in (
        ("--kind", text("only records whose kind holds these words")),
        ("--actor", text("only records whose actor holds these words")),
        ("--words", text("only records that hold these words, such as an instruction's identity")),
    ):
        show.add_argument(option, metavar="WORDS", default="", help=said(meaning))
    for option, meaning in (
        ("--since", text("only records from this moment on, such as 2026-11-28T14:05:00 (UTC)")),
        ("--until", text("only records before this moment")),
    ):
        show.add_argument(option, metavar="MOMENT", help=said(meaning))
    show.add_argument(
        "--format",
        choices=("table", "json"),
        default="table",
        help=said(text("form of the output; table by default")),
    )


def _add_report(actions: Commands, said: Said) -> None:
    what = text("review a forced close: who saw and signed what, when, and plan against fills")
    report = add_command(actions, "report", _run_report, said(what))
    identity = text("identity of the instruction, or the beginning of it")
    report.add_argument("instruction", metavar="INSTRUCTION", help=said(identity))
    source = text("record store or archive of the authority; give the executor gate's as well where it has its own")
    report.add_argument("--store", metavar="PATH", type=Path, action="append", required=True, help=said(source))
    report.add_argument("--json", metavar="FILE", type=Path, help=said(text("JSON to write; by default it is printed")))
    report.add_argument("--pdf", metavar="FILE", type=Path, help=said(text("PDF to write")))


def _run_report(arguments: argparse.Namespace, translate: Translate) -> int:
    from terminal.close_command import review, write_json  # noqa: PLC0415
    from terminal.close_json import review_as_json  # noqa: PLC0415

    found, checked = review(arguments.instruction, arguments.store)
    document = review_as_json(found, checked)
    if arguments.json is not None:
        write_json(arguments.json, document)
    elif arguments.pdf is None:
        write_output(document)
    if arguments.pdf is not None:
        from terminal.close_pdf import review_as_report  # noqa: PLC0415
        from terminal.pdf_report import gui_application, write_pdf  # noqa: PLC0415

        application = gui_application()
        write_pdf(review_as_report(found, checked), arguments.pdf, translate)
        del application
    holds = all(moment.unproven is None for moment in found.moments)
    return 0 if holds and all(each.sound for each in checked) else BAD


def _run_nothing(arguments: argparse.Namespace, translate: Translate) -> int:  # noqa: ARG001
    what = text("none of verify, export, show and report is given")
    raise BadInputError("palisade audit", what, text("see {command} --help", command="palisade audit"))


def _run_verify(arguments: argparse.Namespace, translate: Translate) -> int:
    from terminal.audit_command import Trust, verify_audit  # noqa: PLC0415
    from terminal.audit_timeline import verdict_as_text  # noqa: PLC0415
    from terminal.audit_verifier import Problem  # noqa: PLC0415

    trust = Trust(arguments.log_key, arguments.witness_key, arguments.newest)
    found = verify_audit(arguments.path, trust)
    write_output(verdict_as_text(found, translate))
    return BAD if isinstance(found, Problem) else 0


def _run_export(arguments: argparse.Namespace, translate: Translate) -> int:
    from terminal.audit_command import export_audit  # noqa: PLC0415

    written = export_audit(arguments.store, arguments.archive)
    said = text("{file}: {records} records", file=arguments.archive, records=written.records)
    if written.unsigned:
        said = text("{written}; {count} are not signed yet and were left out", written=said, count=written.unsigned)
    write_output(said.translated(translate) + "\n")
    return 0


def _run_show(arguments: argparse.Namespace, translate: Translate) -> int:  # noqa: ARG001
    from terminal.audit_command import Wanted, moment_of, read_audit  # noqa: PLC0415
    from terminal.audit_timeline import json_of, line_of  # noqa: PLC0415

    since, until = (moment_of(each) if each else None for each in (arguments.since, arguments.until))
    wanted = Wanted(arguments.kind, arguments.actor, arguments.words, since, until)
    write = json_of if arguments.format == "json" else line_of
    for record in read_audit(arguments.path, wanted):
        write_output(write(record))
    return 0
