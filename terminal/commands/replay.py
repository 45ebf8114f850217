"""``palisade replay``: its arguments."""

from __future__ import annotations

import argparse
from pathlib import Path

from engine.text import Translate, text
from terminal.commands.arguments import Commands, Said, add_command
from terminal.output import write_output

DIFFERENT = 1
"""Exit status where something else comes out than was recorded."""


def add(commands: Commands, said: Said) -> None:
    """What it takes."""
    replay = add_command(
        commands,
        "replay",
        run,
        said(text("replay recorded feeds and compare every digest")),
        said(
            text(
                "Replays what palisade connect --journal has recorded through the feeds' own code. Ends with 1 where "
                "a state or digest differs from the one recorded."
            )
        ),
    )
    replay.add_argument("folder", metavar="FOLDER", type=Path, help=said(text("folder of the journal")))
    replay.add_argument(
        "--parameters",
        metavar="FILE",
        type=Path,
        help=said(text("parameter file that was in force; only needed for books of more than 65,536 contracts")),
    )


def run(arguments: argparse.Namespace, translate: Translate) -> int:
    """Replay a journal."""
    from terminal.replay_command import replay_journal, replayed_as_text  # noqa: PLC0415

    done = replay_journal(arguments.folder, arguments.parameters)
    write_output(replayed_as_text(done, translate))
    return DIFFERENT if done.difference is not None else 0
