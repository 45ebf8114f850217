"""People of a demo or a drill: keys in a folder of their own, made known to an authority, and colleagues who sign.

Their keys are made cheaply and their passphrase is no secret: what they sign is an exercise.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from engine.authorisation.approval import Act
from engine.authorisation.people import CHANGE, ChangeKind, People, PeopleChange, Role, SignedChange
from engine.authorisation.picture import ProposalView
from engine.authorisation.statement import shown_digest
from engine.snapshot import FeedState
from engine.text import Text
from feeds.clock import Clock
from feeds.keystore import Cost, Keystore, new_keystore
from terminal.authority_line import AuthorityLine, authority_line
from terminal.catalogue import translator
from terminal.station import Signing, Station, StationSetup

PASSPHRASE: Final = "an exercise, no secret"
CHEAP: Final = Cost(1, 64, 1)
ADMINISTRATORS: Final = ("administrator 1", "administrator 2")
MAKER: Final = "maker"
APPROVERS: Final = {"risk officer": Role.RISK_OFFICER, "trading director": Role.TRADING_DIRECTOR}
LANGUAGE: Final = "en"


@dataclass(frozen=True, slots=True)
class Cast:
    """Everybody's keys.

    Attributes:
        folder: Where they are kept; for nobody else.
        clock: Time.
    """

    folder: Path
    clock: Clock

    def key_of(self, person: str) -> Path:
        """File of a person's key."""
        return self.folder / f"{person}.key"

    def introduce(self, endpoint: str) -> bytes:
        """Make keys, and everybody known to a new authority; digest of the founding. Takes seconds.

        Raises:
            UserFacingError: The authority does not answer, or refuses.
        """
        cards = {
            person: new_keystore(self.key_of(person), person, PASSPHRASE, CHEAP).card
            for person in (*ADMINISTRATORS, MAKER, *APPROVERS)
        }
        founding = PeopleChange(
            0, bytes(32), 0, ChangeKind.FOUND, cards=tuple(cards[name] for name in ADMINISTRATORS), reason="founding"
        )
        roles = {MAKER: Role.MAKER, **APPROVERS}
        with authority_line(endpoint) as line:
            self._change(line, founding)
            for person, role in roles.items():
                joined = PeopleChange(0, bytes(32), 0, ChangeKind.ADD, person, person, frozenset({role}))
                self._change(line, replace(joined, cards=(cards[person],), reason="exercise"))
            return line.picture().people.founding

    def _change(self, line: AuthorityLine, change: PeopleChange) -> None:
        people: People = line.picture().people
        time = self.clock.wall_ns()
        change = replace(change, sequence=people.sequence, previous=people.digest, time=time)
        signatures = []
        for name in ADMINISTRATORS:
            store = Keystore(self.key_of(name))
            key = store.unlock(PASSPHRASE, self.clock.wall_ns())
            signatures.append((name, store.card.key.fingerprint, key.sign(CHANGE, change.content)))
        before = people.sequence
        line.answer(line.client.change_people(SignedChange(change, tuple(signatures))))
        line.until(lambda: line.picture().people.sequence > before)


class Colleague:
    """Signs every proposal in one role, a while after it has come up. Call `look` often, in one thread.

    Args:
        setup: Their station.
        role: In which they sign.
        patience: Nanoseconds they take to read.
        clock: Time.
    """

    def __init__(self, setup: StationSetup, role: Role, patience: int, clock: Clock) -> None:
        self.station = Station(setup, clock)
        self._role, self._patience, self._clock = role, patience, clock
        self._seen: dict[bytes, int] = {}
        self._signed: set[bytes] = set()
        self.problem: Text | None = None
        """Why a signature did not count."""
        self.held = False
        """Whether they read on and sign nothing yet."""

    def look(self) -> None:
        """Read what is new, sign what has been read."""
        for outcome in self.station.outcomes():
            self.problem = outcome.reason or self.problem
        picture = self.station.picture()
        if picture.state is not FeedState.LIVE:
            return
        for view in picture.proposals:
            if self._role in {missing.role for missing in view.missing(picture.people)}:
                self._consider(view)

    def _consider(self, view: ProposalView) -> None:
        instruction, now = view.proposal.instruction, self._clock.wall_ns()
        shown = shown_digest(instruction, translator(LANGUAGE))
        if instruction.fingerprint not in self._seen:
            self._seen[instruction.fingerprint] = now
            self.station.saw(instruction.fingerprint, self._role, LANGUAGE, shown)
        seen = self._seen[instruction.fingerprint]
        if self.held or now - seen < self._patience or instruction.fingerprint in self._signed:
            return
        self._signed.add(instruction.fingerprint)
        words = (self._role, PASSPHRASE, seen, shown, LANGUAGE, "")
        self.station.sign(Signing(instruction.fingerprint, Act.APPROVE, *words))
