"""``palisade proposal``: its arguments."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from engine.text import BadInputError, Translate, text
from terminal.commands.arguments import Commands, Said, add_actions, add_command, add_transport


def add(commands: Commands, said: Said) -> None:
    """What it takes."""
    proposal = add_command(
        commands,
        "proposal",
        run,
        said(text("take a proposal to another workstation as a file, and its signature back")),
        said(
            text(
                "For a workstation that the network does not reach. The file holds the instruction, who has signed it "
                "and the chain of people; the other station checks all of it and shows the instruction from its bytes. "
                "The times of approvals run meanwhile."
            )
        ),
    )
    actions = add_actions(proposal, said)
    export = add_command(actions, "export", run, said(text("write a proposal that waits for signatures to a file")))
    meant = said(text("first digits of its identity; the only one that waits by default"))
    export.add_argument("identity", metavar="IDENTITY", nargs="?", default="", help=meant)
    show = add_command(actions, "show", run, said(text("show what a file proposes, and who has signed it")))
    sign = add_command(actions, "sign", run, said(text("show what a file proposes, and sign it")))
    hand_in = add_command(actions, "hand-in", run, said(text("take a signature to the authority")))
    for action, what in ((show, text("the proposal")), (sign, text("the proposal")), (hand_in, text("the signature"))):
        action.add_argument("file", metavar="FILE", type=Path, help=said(what))
    for action in (show, sign):
        help_text = said(text("digest of the founding change of people, as palisade people list shows it"))
        action.add_argument("--founding", metavar="DIGEST", required=True, help=help_text)
    key = said(text("key of the person who signs"))
    sign.add_argument("--sign", metavar="FILE", type=Path, required=True, help=key)
    acts = ("approve", "veto", "withdraw")
    sign.add_argument("--act", choices=acts, default="approve", help=said(text("what is signed; approve by default")))
    role = said(text("in which role, where there are several: maker, risk-officer, trading-director"))
    sign.add_argument("--role", metavar="ROLE", help=role)
    sign.add_argument("--reason", metavar="WORDS", default="", help=said(text("why, for the record")))
    for action in (export, sign):
        action.add_argument("--out", metavar="FILE", type=Path, required=True, help=said(text("file to write")))
    for action in (export, hand_in):
        action.add_argument("--authority", metavar="ENDPOINT", required=True, help=said(text("where the authority is")))
        add_transport(action, said)


def run(arguments: argparse.Namespace, translate: Translate) -> int:
    """Export, show, sign or hand in."""
    from terminal import proposal_command  # noqa: PLC0415
    from terminal.catalogue import language_of  # noqa: PLC0415
    from terminal.output import write_output  # noqa: PLC0415
    from terminal.people_command import fingerprint_of, roles_of  # noqa: PLC0415
    from terminal.transport import curve_of  # noqa: PLC0415

    if arguments.action is None:
        what = text("no action is given")
        raise BadInputError("palisade proposal", what, text("see {command} --help", command="palisade proposal"))
    if arguments.action in ("export", "hand-in"):
        place = (arguments.authority, curve_of(arguments))
        if arguments.action == "export":
            write_output(proposal_command.export(*place, arguments.identity, arguments.out, translate))
        else:
            write_output(proposal_command.hand_in(*place, arguments.file, translate))
        return 0
    founding, language = fingerprint_of(arguments.founding, "--founding"), language_of(os.environ)
    if arguments.action == "show":
        write_output(proposal_command.show(arguments.file, founding, language))
        return 0
    role = next(iter(roles_of(arguments.role))) if arguments.role else None
    act = proposal_command.ACTS[arguments.act]
    who = (arguments.sign, act, role, arguments.reason.strip(), arguments.out, language)
    write_output(proposal_command.sign(proposal_command.Wanted(arguments.file, founding, *who)))
    return 0
