"""``palisade keys``: its arguments."""

from __future__ import annotations

import argparse
from pathlib import Path

from engine.text import BadInputError, Translate, text
from terminal.commands.arguments import Commands, Said, add_actions, add_command


def add(commands: Commands, said: Said) -> None:
    """What it takes."""
    keys = add_command(
        commands,
        "keys",
        run,
        said(text("make and show keys that sign forced closes")),
        said(text("Keeps a secret key in a file under a passphrase, and writes the card that administrators ask for.")),
    )
    actions = add_actions(keys, said)
    new = add_command(actions, "new", run, said(text("make a key")))
    new.add_argument("file", metavar="FILE", type=Path, help=said(text("where the key is kept")))
    new.add_argument("--person", metavar="NAME", required=True, help=said(text("whose key it is")))
    show = add_command(actions, "show", run, said(text("show whose key is in a file")))
    show.add_argument("file", metavar="FILE", type=Path, help=said(text("file of a key")))
    station = add_command(actions, "station", run, said(text("make or show the transport key of a workstation")))
    station.add_argument("file", metavar="FILE", type=Path, help=said(text("where the key is kept")))
    for action in (new, show):
        action.add_argument("--card", metavar="FILE", type=Path, help=said(text("where to write the key's card")))


def run(arguments: argparse.Namespace, translate: Translate) -> int:
    """Make or show a key."""
    from terminal import keys_command  # noqa: PLC0415
    from terminal.output import write_output  # noqa: PLC0415

    if arguments.action is None:
        what = text("no action is given")
        raise BadInputError("palisade keys", what, text("see {command} --help", command="palisade keys"))
    if arguments.action == "new":
        write_output(keys_command.make(arguments.file, arguments.person, arguments.card, translate))
    elif arguments.action == "station":
        write_output(keys_command.station(arguments.file))
    else:
        write_output(keys_command.show(arguments.file, arguments.card, translate))
    return 0
