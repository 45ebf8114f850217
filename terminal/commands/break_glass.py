"""``palisade break-glass``: its arguments."""

from __future__ import annotations

import argparse
from pathlib import Path

from engine.text import BadInputError, Translate, text
from terminal.commands.arguments import Commands, Said, add_actions, add_command, add_transport


def add(commands: Commands, said: Said) -> None:
    """What it takes."""
    glass = add_command(
        commands,
        "break-glass",
        run,
        said(text("cancel all orders or block opening ones at once, as one risk officer")),
        said(
            text(
                "For ten minutes one risk officer alone may hold orders back, and only that: cancel every working "
                "order of the executor gate, or let it open nothing. It is on record, and somebody else reviews it."
            )
        ),
    )
    actions = add_actions(glass, said)
    cancel = add_command(actions, "cancel-all", run, said(text("cancel every working order")))
    block = add_command(actions, "block-opens", run, said(text("let nothing open positions, for ten minutes")))
    review = add_command(actions, "review", run, said(text("say that it was looked at")))
    review.add_argument(
        "identity", metavar="IDENTITY", help=said(text("its 32 hexadecimal digits, as list shows them"))
    )
    listing = add_command(actions, "list", run, said(text("show what was done")))
    for action in (cancel, block):
        action.add_argument("--account", metavar="NAME", default="", help=said(text("in one account alone")))
    for action in (cancel, block, review):
        action.add_argument(
            "--sign", metavar="FILE", type=Path, required=True, help=said(text("key of the person who signs"))
        )
        action.add_argument("--reason", metavar="WORDS", required=True, help=said(text("why, for the record")))
    for action in (cancel, block, review, listing):
        action.add_argument("--authority", metavar="ENDPOINT", required=True, help=said(text("where the authority is")))
        add_transport(action, said)


def run(arguments: argparse.Namespace, translate: Translate) -> int:
    """Sign, review or list."""
    from engine.authorisation.break_glass import Measure  # noqa: PLC0415
    from terminal import break_glass_command  # noqa: PLC0415
    from terminal.output import write_output  # noqa: PLC0415
    from terminal.transport import curve_of  # noqa: PLC0415

    if arguments.action is None:
        what = text("no action is given")
        raise BadInputError("palisade break-glass", what, text("see {command} --help", command="palisade break-glass"))
    place = (arguments.authority, curve_of(arguments))
    if arguments.action == "list":
        write_output(break_glass_command.listed(*place, translate))
    elif arguments.action == "review":
        said = (arguments.identity, arguments.reason, arguments.sign)
        write_output(break_glass_command.review(*place, *said, translate))
    else:
        measure = Measure.CANCEL_ALL if arguments.action == "cancel-all" else Measure.BLOCK_OPENS
        endpoint, curve = place
        account, reason, key = arguments.account, arguments.reason, arguments.sign
        write_output(break_glass_command.act(endpoint, curve, measure, account, reason, key, translate))
    return 0
