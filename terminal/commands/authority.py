"""``palisade authority``: its arguments."""

from __future__ import annotations

import argparse
from pathlib import Path

from engine.text import BadInputError, Translate, text
from terminal.commands.arguments import Commands, Said, add_command

ANYWHERE = "tcp://127.0.0.1:*"


def add(commands: Commands, said: Said) -> None:
    """What it takes."""
    authority = add_command(
        commands,
        "authority",
        run,
        said(text("hold proposals, approvals and the audit of forced closes")),
        said(
            text(
                "A server process: terminals propose and sign here, the executor gate is told what two people have "
                "signed, and every step is on record. Prints one line of JSON with its endpoints."
            )
        ),
    )
    authority.add_argument(
        "--store", metavar="FOLDER", type=Path, required=True, help=said(text("folder of the record store; made anew"))
    )
    for option, meaning in (
        ("--endpoint", text("where terminals come in; by default any free port of this machine")),
        ("--executor-endpoint", text("where the executor gate comes in; likewise")),
    ):
        authority.add_argument(option, metavar="ENDPOINT", default=ANYWHERE, help=said(meaning))
    authority.add_argument("--witness", metavar="ENDPOINT", help=said(text("where a witness signs checkpoints")))
    authority.add_argument(
        "--witness-key", metavar="FINGERPRINT", default="", help=said(text("fingerprint of the witness's key"))
    )
    transport = text("transport key of the witness, as it says it; then that line is encrypted")
    authority.add_transport_key("--witness-transport", said(transport), default="")
    authority.add_argument(
        "--stations",
        metavar="FILE",
        type=Path,
        help=said(
            text("workstations that may come in, a line each: NAME terminal|executor KEY; then both ends are encrypted")
        ),
    )
    authority.add_argument(
        "--exit-with-parent", action="store_true", help=said(text("end when the standard input is closed"))
    )


def run(arguments: argparse.Namespace, translate: Translate) -> int:  # noqa: ARG001
    """Serve until a signal."""
    from feeds.curve import is_key  # noqa: PLC0415
    from terminal import authority_process  # noqa: PLC0415
    from terminal.people_command import fingerprint_of  # noqa: PLC0415

    key = fingerprint_of(arguments.witness_key, "--witness-key") if arguments.witness else b""
    transport = arguments.witness_transport.encode()
    if transport and not is_key(transport):
        what, remedy = text("{value} is no transport key", value=transport.decode()), text("give its forty characters")
        raise BadInputError("palisade authority --witness-transport", what, remedy)
    setup = authority_process.AuthoritySetup(
        arguments.store,
        arguments.endpoint,
        arguments.executor_endpoint,
        arguments.witness,
        key,
        arguments.stations,
        transport,
    )
    return authority_process.serve(setup, exit_with_parent=arguments.exit_with_parent)
