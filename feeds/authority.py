"""The authority: what is proposed, who has signed, what may be sent. No sockets; every change is on the disk first.

Owned by one thread. A question is answered once: the same bytes get the same answer, and nothing is done twice.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from typing import Final

from engine.audit import Payload
from engine.audit_events import Event, Refused, Shown, StateChanged
from engine.authorisation.approval import Act
from engine.authorisation.break_glass import BreakGlass, check_break_glass, check_review
from engine.authorisation.expected import Expected
from engine.authorisation.instruction import Instruction
from engine.authorisation.keys import decode_signature
from engine.authorisation.people import CHANGE, ChangeKind, RefusedError
from engine.authorisation.proposal import Proposal, State
from engine.authorisation.rules import Jury, Languages
from engine.authorisation.statement import shown_digest
from engine.text import BadInputError, Text, text
from feeds.authority_events import order_events, proposed_event, shown_text, signed_event
from feeds.authority_messages import (
    Answer,
    BreakTheGlass,
    ChangePeople,
    Propose,
    Report,
    ReviewGlass,
    Saw,
    Sign,
    SignedChangeRow,
)
from feeds.authority_rows import RECENT, change_of, ended_first, signed_of
from feeds.authority_store import ACTOR, AuthorityStore, Broken, Kept
from feeds.messages import VERSION
from feeds.record_store import StoreFailedError
from feeds.sentences import optional_text, sentence_of
from feeds.signing import verify

REMEMBERED: Final = 20_000
UNDER_WAY: Final = (State.RESERVED, State.SENT)

Question = Propose | Sign | Saw | ChangePeople | BreakTheGlass | ReviewGlass


class Authority:
    """Judges what people and the executor gate ask for.

    Args:
        store: Its own.
        languages: Makes the texts that people were shown.

    Attributes:
        touched: Identities of proposals that have changed since somebody emptied this.
        staff_touched: Whether people have changed.
        glass_touched: Identities of break-glasses likewise.
    """

    def __init__(self, store: AuthorityStore, languages: Languages) -> None:
        self.store = store
        self._languages = languages
        self._by_fingerprint = {kept.proposal.instruction.fingerprint: key for key, kept in store.kept.items()}
        self._answered: dict[bytes, tuple[bytes, Answer]] = {}
        self.touched: list[bytes] = []
        self.staff_touched = False
        self.glass_touched: list[bytes] = []

    @property
    def jury(self) -> Jury:
        """What signatures are judged by, as of now."""
        return Jury(self.store.people, verify, self._languages)

    def answer(self, question: Question, body: bytes) -> Answer:
        """Do what is asked, or say why not.

        What was done by an authority that was killed before it could answer is not done again, and not refused either.

        Args:
            question: As it was read.
            body: Its bytes: the same bytes are the same question.
        """
        digest = sha256(body).digest()
        earlier = self._answered.get(question.request)
        if earlier is not None:
            known, answer = earlier
            reason = sentence_of(text("the request number was used for something else"))
            return answer if known == digest else Answer(VERSION, question.request, False, reason)
        reason_against = None if self.store.was_done(digest) else self._done(question, digest)
        said = None if reason_against is None else sentence_of(reason_against)
        answer = Answer(VERSION, question.request, reason_against is None, said)
        self._answered[question.request] = (digest, answer)
        if len(self._answered) > REMEMBERED:
            del self._answered[next(iter(self._answered))]
        return answer

    def _done(self, question: Question, digest: bytes) -> Text | None:
        """Do it; why it was not done."""
        try:
            if isinstance(question, Propose):
                self._propose(question, digest)
            elif isinstance(question, Sign):
                self._sign(question, digest)
            elif isinstance(question, ChangePeople):
                self._change_people(question, digest)
            elif isinstance(question, BreakTheGlass):
                self._break_glass(question, digest)
            elif isinstance(question, ReviewGlass):
                self._review_glass(question, digest)
            else:
                self._saw(question)
        except (RefusedError, BadInputError, StoreFailedError) as refused:
            return refused.message
        return None

    def _propose(self, message: Propose, digest: bytes) -> None:
        instruction = Instruction.read(message.content)
        signed = signed_of(message.words)
        with self._recording(instruction.identity.hex(), signed.approval.person, "propose"):
            if self.store.was_proposed(instruction.identity):
                raise RefusedError(text("it has been proposed before; make a new one"))
            _check_path(instruction, message)
            proposal = Proposal(instruction).propose(signed, self.jury, self.store.now())
            kept = Kept(proposal, message.expected)
            with self.store.doing(digest) as change:
                self.store.use_nonce(change, signed.approval.nonce)
                self.store.add(change, kept)
                references = change.keep(instruction.content), change.keep(message.inputs)
                events = (
                    proposed_event(kept, signed, *references),
                    signed_event(change, proposal, signed, self._languages),
                    _moved(State.DRAFT, proposal),
                )
                self.store.tell(change, events)
        self._by_fingerprint[instruction.fingerprint] = instruction.identity
        self._put(kept)

    def _sign(self, message: Sign, digest: bytes) -> None:
        signed = signed_of(message.words)
        identity = self._by_fingerprint.get(signed.approval.fingerprint, b"")
        kept = self.store.kept.get(identity)
        if kept is None:
            raise RefusedError(text("there is no such proposal"))
        act = signed.approval.act
        with self._recording(identity.hex(), signed.approval.person, act.name.lower()):
            if act is Act.PROPOSE:
                raise RefusedError(text("it has been proposed before; make a new one"))
            after = kept.proposal.sign(signed, self.jury, self.store.now())
            with self.store.doing(digest) as change:
                self.store.use_nonce(change, signed.approval.nonce)
                events = (signed_event(change, after, signed, self._languages), _moved(kept.proposal.state, after))
                fresh = Kept(after, kept.expected, kept.orders)
                self.store.update(change, fresh)
                self.store.tell(change, events)
        self._put(fresh)

    def _change_people(self, message: ChangePeople, digest: bytes) -> None:
        signed = change_of(SignedChangeRow(message.content, message.signatures))
        after = self.store.people.applied(signed, verify)
        change_made, who = signed.change, ", ".join(person for person, _, _ in signed.signatures)
        with self.store.doing(digest) as change:
            self.store.add_change(change, signed)
            payload: Payload = {
                "kind": change_made.kind.name.lower(),
                "sequence": change_made.sequence,
                "person": change_made.person,
                "roles": [role.name.lower() for role in sorted(change_made.roles)],
                "keys": [card.key.fingerprint.hex() for card in change_made.cards] or [change_made.key.hex()],
                "reason": change_made.reason,
                "context": CHANGE.decode(),
                "content": change.keep(message.content),
                "signers": who,
                "signatures": [change.keep(signature) for _, _, signature in message.signatures],
            }
            change.record(ACTOR, "people changed", payload)
        self.store.people, self.staff_touched = after, True
        self.store.changes.append(signed)
        if change_made.kind in (ChangeKind.REVOKE_KEY, ChangeKind.REVOKE_PERSON, ChangeKind.ROLES):
            self.tick()

    def _saw(self, message: Saw) -> None:
        identity = self._by_fingerprint.get(message.fingerprint)
        if identity is None:
            raise RefusedError(text("there is no such proposal"))
        instruction, translate = self.store.kept[identity].proposal.instruction, self._languages(message.language)
        same = message.shown == shown_digest(instruction, translate).hex()
        with self.store.change() as change:
            # Whoever was shown something else is on record with what their station says it was.
            shown = change.keep(shown_text(instruction, translate) if same else message.shown.encode())
            where = (message.role, message.workstation, message.language, shown)
            self.store.tell(change, [Shown(identity.hex(), message.person, *where)])

    def _break_glass(self, message: BreakTheGlass, digest: bytes) -> None:
        said, signature = BreakGlass.read(message.content), decode_signature(message.signature)
        with self._recording(said.identity.hex(), said.person, "break glass"):
            if said.identity in self.store.broken:
                raise RefusedError(text("this signature was used before"))
            check_break_glass(said, signature, self.store.people, verify, self.store.now().wall)
            broken = Broken(said, message.signature)
            with self.store.doing(digest) as change:
                self.store.use_nonce(change, said.identity)
                self.store.put_broken(change, broken)
                payload: Payload = {
                    "identity": said.identity.hex(),
                    "measure": said.measure.name.lower(),
                    "account": said.account,
                    "person": said.person,
                    "workstation": said.workstation,
                    "reason": said.reason,
                    "begins": said.begins,
                    "ends": said.ends,
                    "content": change.keep(message.content),
                    "signature": change.keep(message.signature),
                }
                change.record(ACTOR, "break glass", payload)
        self.store.broken[said.identity] = broken
        self.glass_touched.append(said.identity)

    def _review_glass(self, message: ReviewGlass, digest: bytes) -> None:
        broken = self.store.broken.get(message.identity)
        if broken is None or broken.reviewer:
            raise RefusedError(text("there is nothing of that name to review"))
        signature = decode_signature(message.signature)
        words = (message.person, message.key, message.words)
        check_review(broken.said, *words, signature, self.store.people, verify)
        reviewed = Broken(broken.said, broken.signature, message.person)
        with self.store.doing(digest) as change:
            self.store.put_broken(change, reviewed)
            payload: Payload = {
                "identity": message.identity.hex(),
                "person": message.person,
                "words": message.words,
                "signature": change.keep(message.signature),
            }
            change.record(ACTOR, "break glass reviewed", payload)
        self.store.broken[message.identity] = reviewed
        self.glass_touched.append(message.identity)

    def tick(self) -> None:
        """Let time pass: what is overdue expires. Call often."""
        now = self.store.now()
        for kept in [each for each in self.store.kept.values() if each.proposal.state.open_to_signatures]:
            after = kept.proposal.at(now)
            if after is not kept.proposal:
                self._move(kept, after)

    def reserve(self, identity: bytes) -> None:
        """Give a proposal to the executor gate; from here on it may have been sent.

        Raises:
            RefusedError: It may not be sent, or was given before.
            StoreFailedError: It cannot be put on record.
        """
        kept = self._known(identity)
        self._move(kept, kept.proposal.reserve(self.jury, self.store.now()))

    def wait(self, identity: bytes, reason: Text) -> None:
        """The executor gate says what keeps it back.

        Raises:
            RefusedError: It is not with the gate.
            StoreFailedError: It cannot be put on record.
        """
        kept = self._known(identity)
        after = kept.proposal.waits(reason)
        if after is not kept.proposal:
            self._move(kept, after, events=(Refused(identity.hex(), "executor", "send", str(reason)),))

    def report(self, message: Report) -> None:
        """Take in what the executor gate says.

        Raises:
            RefusedError: It contradicts what is known.
            StoreFailedError: It cannot be put on record.
        """
        kept, now = self._known(message.identity), self.store.now()
        reason = optional_text(message.reason)
        if message.state not in {state.value for state in State}:
            raise RefusedError(text("that is no report"))
        state = State(message.state)
        if state in (State.REQUOTE, State.REVOKED):
            self._move(kept, kept.proposal.decline(state, reason or text("refused by the executor gate"), now))
            return
        after = kept.proposal.report(state, message.filled, reason, now)
        if after is not kept.proposal or message.orders != kept.orders:
            fresh = Kept(after, kept.expected, message.orders)
            self._move(kept, after, fresh, order_events(kept, fresh))

    def lose_executor(self) -> None:
        """Another executor gate has begun: nobody knows what the last one has sent until this one has found out."""
        now = self.store.now()
        for kept in [each for each in self.store.kept.values() if each.proposal.state in UNDER_WAY]:
            reason = text("the executor gate was started again; the exchange is asked")
            self._move(kept, kept.proposal.report(State.UNKNOWN, kept.proposal.filled, reason, now))

    def _known(self, identity: bytes) -> Kept:
        kept = self.store.kept.get(identity)
        if kept is None:
            raise RefusedError(text("there is no such proposal"))
        return kept

    def _move(self, before: Kept, after: Proposal, fresh: Kept | None = None, events: tuple[Event, ...] = ()) -> None:
        """Put a proposal's next state on record, then take it for true."""
        fresh = fresh or Kept(after, before.expected, before.orders)
        moved = () if after.state is before.proposal.state else (_moved(before.proposal.state, after),)
        with self.store.change() as change:
            self.store.update(change, fresh)
            self.store.tell(change, (*events, *moved))
        self._put(fresh)

    def _put(self, kept: Kept) -> None:
        identity = kept.proposal.instruction.identity
        self.store.kept[identity] = kept
        self.touched.append(identity)
        if len(self.store.kept) > 2 * RECENT:
            self._let_go()

    def _let_go(self) -> None:
        """Of what has ended the newest stay at hand, as after a start; everything stays on the disk."""
        told = [each.proposal for identity, each in self.store.kept.items() if identity not in self.touched]
        for proposal in ended_first(told, RECENT):
            del self.store.kept[proposal.instruction.identity]
            del self._by_fingerprint[proposal.instruction.fingerprint]

    @contextmanager
    def _recording(self, instruction: str, person: str, attempt: str) -> Iterator[None]:
        """A block whose refusal is put on record before it goes on its way."""
        try:
            yield
        except RefusedError as refused:
            with self.store.change() as change:
                self.store.tell(change, [Refused(instruction, person, attempt, str(refused.message))])
            raise


def _check_path(instruction: Instruction, message: Propose) -> None:
    """What comes with an instruction is what it names."""
    if sha256(message.inputs).digest() != instruction.path.inputs:
        raise RefusedError(text("the input snapshot is not the one that the instruction names"))
    expected = Expected.read(message.expected)
    if expected.digest != instruction.path.outputs or len(expected.prices) != len(instruction.orders):
        raise RefusedError(text("the expected figures are not those that the instruction names"))


def _moved(before: State, after: Proposal) -> StateChanged:
    reason = "" if after.reason is None else str(after.reason)
    return StateChanged(after.instruction.identity.hex(), before.value, after.state.value, reason)
