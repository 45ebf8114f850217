"""``palisade people``: its arguments."""

from __future__ import annotations

import argparse
from pathlib import Path

from engine.text import BadInputError, Text, Translate, text
from terminal.commands.arguments import ArgumentParser, Commands, Said, add_actions, add_command, add_transport


def add(commands: Commands, said: Said) -> None:
    """What it takes."""
    people = add_command(
        commands,
        "people",
        run,
        said(text("say who may propose and approve forced closes")),
        said(
            text(
                "Adds people to a running authority, changes their roles and revokes their keys. Two administrators "
                "sign each change; the first change, found, names the first two."
            )
        ),
    )
    actions = add_actions(people, said)
    found = _action(actions, said, "found", text("name the first two administrators"))
    found.add_argument(
        "--card",
        metavar="FILE",
        type=Path,
        action="append",
        required=True,
        help=said(text("card of each, given twice")),
    )
    new = _action(actions, said, "add", text("add a person, or a further key of a person"))
    new.add_argument("person", metavar="NAME", help=said(text("the name on the card")))
    new.add_argument("--card", metavar="FILE", type=Path, required=True, help=said(text("the card of the key")))
    new.add_argument("--name", metavar="WORDS", default="", help=said(text("full name")))
    roles = _action(actions, said, "roles", text("change what a person may do"))
    roles.add_argument("person", metavar="NAME", help=said(text("who")))
    for action, needed in ((new, False), (roles, True)):
        action.add_argument(
            "--roles",
            metavar="ROLES",
            required=needed,
            help=said(text("administrator, maker, risk-officer, trading-director, with commas between")),
        )
    revoke = _action(actions, said, "revoke", text("revoke a key, or a person with all keys"))
    revoke.add_argument("person", metavar="NAME", help=said(text("who")))
    revoke.add_argument("--key", metavar="FINGERPRINT", help=said(text("the key; all of them where not given")))
    sign = _action(actions, said, "sign", text("sign what another administrator has signed"))
    sign.add_argument("file", metavar="FILE", type=Path, help=said(text("file that the other administrator wrote")))
    listing = add_command(actions, "list", run, said(text("show people, roles and keys")))
    listing.add_argument("--authority", metavar="ENDPOINT", required=True, help=said(text("where the authority is")))
    add_transport(listing, said)


def _action(actions: Commands, said: Said, name: str, meaning: Text) -> ArgumentParser:
    parser = add_command(actions, name, run, said(meaning))
    parser.add_argument("--authority", metavar="ENDPOINT", required=True, help=said(text("where the authority is")))
    parser.add_argument(
        "--sign",
        metavar="FILE",
        type=Path,
        action="append",
        required=True,
        help=said(text("key of an administrator who signs here and now; once or twice")),
    )
    parser.add_argument(
        "--out", metavar="FILE", type=Path, help=said(text("where to write a change that the other has to sign yet"))
    )
    add_transport(parser, said)
    parser.add_argument("--reason", metavar="WORDS", default="", help=said(text("why, for the record")))
    return parser


def run(arguments: argparse.Namespace, translate: Translate) -> int:
    """Change or list people."""
    from terminal.output import write_output  # noqa: PLC0415

    if arguments.action is None:
        what = text("no action is given")
        raise BadInputError("palisade people", what, text("see {command} --help", command="palisade people"))
    write_output(_done(arguments, translate))
    return 0


def _done(arguments: argparse.Namespace, translate: Translate) -> str:
    from engine.authorisation.people import ChangeKind, People, PeopleChange  # noqa: PLC0415
    from feeds.keystore import read_card  # noqa: PLC0415
    from terminal import people_command  # noqa: PLC0415
    from terminal.transport import curve_of  # noqa: PLC0415

    if arguments.action == "list":
        return people_command.listed(arguments.authority, curve_of(arguments), translate)
    signing = people_command.Signing(arguments.authority, arguments.sign, arguments.out, curve_of(arguments))
    if arguments.action == "found":
        return people_command.found(arguments.card, signing, translate)
    if arguments.action == "sign":
        return people_command.sign_on(arguments.file, signing, translate)

    def make(people: People) -> PeopleChange:
        person, reason = arguments.person, arguments.reason
        if arguments.action == "roles":
            roles = people_command.roles_of(arguments.roles)
            return PeopleChange(0, b"", 0, ChangeKind.ROLES, person, roles=roles, reason=reason)
        if arguments.action == "revoke":
            key = people_command.fingerprint_of(arguments.key) if arguments.key else b""
            kind = ChangeKind.REVOKE_KEY if key else ChangeKind.REVOKE_PERSON
            return PeopleChange(0, b"", 0, kind, person, key=key, reason=reason)
        cards = (read_card(arguments.card),)
        if person in people.persons:
            return PeopleChange(0, b"", 0, ChangeKind.ADD_KEY, person, cards=cards, reason=reason)
        if not arguments.roles:
            raise BadInputError("--roles", text("a new person needs a role"), text("say which roles the person has"))
        roles = people_command.roles_of(arguments.roles)
        return PeopleChange(0, b"", 0, ChangeKind.ADD, person, arguments.name, roles, cards, reason=reason)

    return people_command.change(make, signing, translate)
