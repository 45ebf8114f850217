"""People with real keys, an instruction of the sample market, and moments: what tests of authorisation are made of."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from hashlib import sha256, sha512

from engine.authorisation.approval import Act, Approval, SignedApproval
from engine.authorisation.encoding import encoded
from engine.authorisation.execution import Evidence
from engine.authorisation.expected import Expected
from engine.authorisation.instruction import (
    Effect,
    GenerationPath,
    Instruction,
    InstructionOrder,
    PriceType,
    Side,
    Stage,
)
from engine.authorisation.moments import SECOND, SIGNATURE_TIME, Moment
from engine.authorisation.people import CHANGE, ChangeKind, People, PeopleChange, Role, SignedChange
from engine.authorisation.proposal import Proposal
from engine.authorisation.rules import Jury
from engine.authorisation.statement import shown_digest
from engine.close_inputs import FORMAT
from feeds.signing import HybridKey, card_of, verify
from terminal.catalogue import translator

WALL = 1_900_000_000 * SECOND
START = Moment(WALL, 5_000 * SECOND, "boot")
ROLES = {
    "maker": Role.MAKER,
    "officer": Role.RISK_OFFICER,
    "officer 2": Role.RISK_OFFICER,
    "director": Role.TRADING_DIRECTOR,
    "director 2": Role.TRADING_DIRECTOR,
}
PRICE = 10**8
CENT = PRICE // 100
WORTH = ("USD", 10, 1)
"""Thousand barrels: money scale from price scale."""
OIL = "SIM:CL:FUT:202703"
INPUTS = encoded(
    (
        FORMAT,
        ("A-100", "Group", "USD", "net"),
        "sample",
        7,
        ("fastest", 900_000),
        (("USD", 400_000 * 10**6, 0),),
        ((OIL, 100, 0, 72 * PRICE, "", "", ""),),
        (
            (
                OIL,
                *(72 * PRICE, 72 * PRICE - 2 * CENT, 72 * PRICE + 4 * CENT, 5, 5, 20_000),
                *("", CENT, "", ""),
                *WORTH,
            ),
        ),
        (),
        ("USD", (("USD", 1, 1),)),
    )
)
"""The snapshot that the engine computed on, as `engine.liquidation.inputs` writes it."""
EXPECTED = Expected(1_300_000, 950_000, 400_000 * 10**6, 290_000 * 10**6, (72 * PRICE,))


def later(seconds: float, since: Moment = START) -> Moment:
    """So much after ``since``, by both clocks."""
    passed = int(seconds * SECOND)
    return Moment(since.wall + passed, since.monotonic + passed, since.boot)


@lru_cache
def secret(person: str) -> HybridKey:
    """The key of a person, the same in every test."""
    return HybridKey(sha512(person.encode()).digest())


def signed_by(change: PeopleChange, *administrators: str) -> SignedChange:
    """A change with the signatures of ``administrators``."""
    return SignedChange(
        change,
        tuple(
            (name, secret(name).public.fingerprint, secret(name).sign(CHANGE, change.content))
            for name in administrators
        ),
    )


@lru_cache
def founding() -> SignedChange:
    """The first change: two administrators."""
    cards = (card_of("admin 1", secret("admin 1")), card_of("admin 2", secret("admin 2")))
    return signed_by(PeopleChange(0, bytes(32), WALL, ChangeKind.FOUND, cards=cards), "admin 1", "admin 2")


def addition(people: People, person: str, *roles: Role) -> PeopleChange:
    """The change that adds ``person``."""
    card = card_of(person, secret(person))
    return PeopleChange(
        people.sequence, people.digest, WALL, ChangeKind.ADD, person, "", frozenset(roles), (card,), reason="hired"
    )


@lru_cache
def staff_changes() -> tuple[SignedChange, ...]:
    """The founding and everybody in `ROLES`."""
    people, changes = People(), [founding()]
    people = people.applied(changes[0], verify)
    for person, role in ROLES.items():
        changes.append(signed_by(addition(people, person, role), "admin 1", "admin 2"))
        people = people.applied(changes[-1], verify)
    return tuple(changes)


@lru_cache
def staff() -> People:
    """Everybody in `ROLES`, and two administrators."""
    people = People()
    for change in staff_changes():
        people = people.applied(change, verify)
    return people


def jury(people: People | None = None) -> Jury:
    """Real signatures and the catalogues of the product."""
    return Jury(people or staff(), verify, translator)


def order(quantity: int = 10, side: Side = Side.SELL, effect: Effect = Effect.CLOSE) -> InstructionOrder:
    return InstructionOrder(OIL, side, effect, quantity, PriceType.LIMIT, 70 * PRICE, 69 * PRICE, 75 * PRICE)


def path() -> GenerationPath:
    digests = [sha256(bytes((number,))).digest() for number in range(5)]
    stages = (Stage("snapshot", WALL - 2 * SECOND, WALL - SECOND), Stage("plan", WALL - SECOND, WALL))
    figures = digests[2], sha256(INPUTS).digest(), EXPECTED.digest
    return GenerationPath(b"s" * 16, 4711, b"d" * 8, digests[0], digests[1], "0.1.0", *figures, stages)


def instruction(number: int = 1, **changes: object) -> Instruction:
    made = Instruction(
        number.to_bytes(16, "big"),
        "maker",
        "A-100",
        (order(),),
        "USD",
        12_000 * 10**6,
        1_200_000,
        False,
        "over the forced-close line",
        WALL - SECOND,
        WALL + 3600 * SECOND,
        False,
        path(),
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def words(made: Instruction, act: Act, person: str, now: Moment = START, **changes: object) -> Approval:
    """What ``person`` signs, in the role of `ROLES`."""
    approval = Approval(
        made.fingerprint,
        act,
        ROLES.get(person, Role.ADMINISTRATOR),
        person,
        secret(person).public.fingerprint,
        f"station of {person}",
        now.wall + SIGNATURE_TIME,
        sha256(f"{person} {act} {now.wall} {made.identity.hex()}".encode()).digest()[:16],
        now.wall - SECOND,
        now.wall,
        "en",
        shown_digest(made, translator("en")),
    )
    return replace(approval, **changes)  # type: ignore[arg-type]


def signed(approval: Approval, by: str | None = None) -> SignedApproval:
    """The words with a signature, by their person if not by another."""
    return SignedApproval(approval, secret(by or approval.person).sign(approval.context, approval.content))


def proposed(made: Instruction, now: Moment = START) -> Proposal:
    return Proposal(made).propose(signed(words(made, Act.PROPOSE, made.maker, now)), jury(), now)


def approved_by(proposal: Proposal, person: str, now: Moment = START) -> Proposal:
    return proposal.sign(signed(words(proposal.instruction, Act.APPROVE, person, now)), jury(), now)


def signed_twice(made: Instruction, now: Moment = START) -> Proposal:
    return approved_by(approved_by(proposed(made, now), "officer", now), "director", now)


def evidence_of(proposal: Proposal) -> Evidence:
    """What the executor gate is given."""
    assert proposal.proposed is not None
    maker, *approvals = (
        (each.signed.approval.content, each.signed.signature) for each in (proposal.proposed, *proposal.approvals)
    )
    return Evidence(proposal.instruction.content, maker, tuple(approvals))
