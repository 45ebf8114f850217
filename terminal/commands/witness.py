"""``palisade witness``: its arguments."""

from __future__ import annotations

import argparse
from pathlib import Path

from engine.text import Translate, text
from terminal.commands.arguments import Commands, Said, add_command


def add(commands: Commands, said: Said) -> None:
    """What it takes."""
    witness = add_command(
        commands,
        "witness",
        run,
        said(text("counter-sign the checkpoints of an audit log from another workstation")),
        said(
            text(
                "Receives the checkpoints of an audit log, signs those that follow on from all it has seen, and "
                "refuses a log that was cut off, rolled back or rewritten. Runs until it is interrupted."
            )
        ),
    )
    where = text("where to listen, such as tcp://127.0.0.1:5590")
    witness.add_argument("--listen", metavar="ENDPOINT", required=True, help=said(where))
    folder = text("folder of its own records, its key and the newest checkpoint; made where there is none")
    witness.add_argument("--store", metavar="FOLDER", type=Path, required=True, help=said(folder))
    key = text("fingerprint of the log's key, the only one it signs for")
    witness.add_argument("--log-key", metavar="FINGERPRINT", required=True, help=said(key))
    transport = text("transport key of the log's program, the only one that may come in; then the line is encrypted")
    witness.add_transport_key("--log-transport", said(transport))


def run(arguments: argparse.Namespace, translate: Translate) -> int:
    """Witness a log until interrupted."""
    from terminal.witness_command import run_witness  # noqa: PLC0415

    return run_witness(arguments.listen, arguments.store, arguments.log_key, arguments.log_transport, translate)
