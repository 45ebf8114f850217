"""This workstation's line to the authority, in a thread of its own: keeps the picture, signs, asks, and tells.

A signature takes as long as the keystore makes a guess take, a second or so: it has a thread of its own too, so that
the line stays alive meanwhile.
"""

from __future__ import annotations

import logging
import queue
import secrets
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

import zmq

from engine.authorisation.approval import Act, Approval, SignedApproval
from engine.authorisation.break_glass import CONTEXT as GLASS
from engine.authorisation.break_glass import REVIEW, BreakGlass, Measure, review_message
from engine.authorisation.keys import KeyCard
from engine.authorisation.moments import SIGNATURE_TIME
from engine.authorisation.people import Role
from engine.authorisation.picture import AuthorityAnswer, AuthorityPicture
from engine.text import Text, UserFacingError
from feeds.authority_client import AuthorityClient
from feeds.clock import Clock
from feeds.curve import CurveClient
from feeds.keystore import Keystore
from feeds.signing import HybridKey
from terminal.proposing import Drafted

TURN: Final = 20
"""Milliseconds of a wait for input."""

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class StationSetup:
    """Who sits here, and where the authority is.

    Attributes:
        endpoint: Where the authority takes terminals.
        keystore: The person's key.
        workstation: What this station is called in records.
        founding: Digest of the founding change that is trusted; None to trust the first that is seen.
        curve: How the line is encrypted; needed where it leaves the machine.
    """

    endpoint: str
    keystore: Path
    workstation: str
    founding: bytes | None = None
    curve: CurveClient | None = None


@dataclass(frozen=True, slots=True)
class Signing:
    """What a person signs, as a dialog took it down.

    Attributes:
        fingerprint: Of the instruction.
        act: Propose, approve, veto or withdraw.
        role: In which role.
        passphrase: As typed.
        shown_at: Wall nanoseconds at which it was first shown.
        shown: Digest of the lines that were on screen.
        language: In which they were.
        reason: In the person's words.
        draft: What is proposed, where it is.
    """

    fingerprint: bytes
    act: Act
    role: Role
    passphrase: str
    shown_at: int
    shown: bytes
    language: str
    reason: str
    draft: Drafted | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a signing: accepted where there is no reason."""

    fingerprint: bytes
    act: Act
    reason: Text | None


@dataclass(frozen=True, slots=True)
class GlassOutcome:
    """What came of breaking the glass, or of reviewing it: accepted where there is no reason."""

    reason: Text | None


class Station:
    """The threads, and the places where they and the window leave things for each other.

    Args:
        setup: Who and where.
        clock: Time.

    Attributes:
        card: The person's public key and name.

    Raises:
        BadInputError: A keystore that cannot be used, or an endpoint that may not.
    """

    def __init__(self, setup: StationSetup, clock: Clock) -> None:
        self._setup, self._clock = setup, clock
        self._keystore = Keystore(setup.keystore)
        self.card: KeyCard = self._keystore.card
        self._context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        self._client = AuthorityClient(self._context, setup.endpoint, clock, setup.founding, setup.curve)
        self._work: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._outcomes: queue.SimpleQueue[Outcome] = queue.SimpleQueue()
        self._glass_outcomes: queue.SimpleQueue[GlassOutcome] = queue.SimpleQueue()
        self._asked: dict[bytes, Signing] = {}
        self._glass_asked: set[bytes] = set()
        self._picture = self._client.picture()
        self._stopping = threading.Event()
        self._signer = ThreadPoolExecutor(1, thread_name_prefix="signing")
        self._thread = threading.Thread(target=self._run, name="station", daemon=True)

    # Called by the window's thread -----------------------------------------------------------------------------

    def start(self) -> None:
        """Start the line."""
        self._thread.start()

    def stop(self, seconds: float) -> bool:
        """End the line; False where it did not end in time."""
        self._stopping.set()
        self._signer.shutdown(wait=True, cancel_futures=True)
        if self._thread.is_alive():
            self._thread.join(seconds)
        else:
            self._client.close()
        self._context.destroy(linger=0)
        return not self._thread.is_alive()

    def picture(self) -> AuthorityPicture:
        """The newest picture, the same object until something changes."""
        return self._picture

    def roles(self, wanted: tuple[Role, ...]) -> tuple[Role, ...]:
        """Which of these roles the person who sits here has."""
        known = self._picture.people.persons.get(self.card.person)
        return tuple(role for role in wanted if known is not None and role in known.roles)

    def outcomes(self) -> list[Outcome]:
        """What has come of signings since the last call."""
        found = []
        while not self._outcomes.empty():
            found.append(self._outcomes.get_nowait())
        return found

    def sign(self, *signings: Signing) -> None:
        """Sign and send, each by itself, under the passphrase of the first; an outcome follows for each."""
        self._signer.submit(self._signed, signings)

    def break_glass(self, measure: Measure, account: str, reason: str, passphrase: str) -> None:
        """Sign a break-glass and hand it in, in force from the signature on; a glass outcome follows."""
        self._signer.submit(self._guarded, passphrase, partial(self._break, measure, account, reason))

    def review_glass(self, said: BreakGlass, words: str, passphrase: str) -> None:
        """Sign that the person has looked at a break-glass; a glass outcome follows."""
        self._signer.submit(self._guarded, passphrase, partial(self._review, said, words))

    def glass_outcomes(self) -> list[GlassOutcome]:
        """What has come of them since the last call."""
        found = []
        while not self._glass_outcomes.empty():
            found.append(self._glass_outcomes.get_nowait())
        return found

    def saw(self, fingerprint: bytes, role: Role, language: str, shown: bytes) -> None:
        """Tell for the record that the person is being shown an instruction."""
        who = (self.card.person, role.name.lower().replace("_", " "), self._setup.workstation)
        self._work.put(lambda: self._saw(fingerprint, who, language, shown))

    def _saw(self, fingerprint: bytes, who: tuple[str, str, str], language: str, shown: bytes) -> None:
        self._client.saw(fingerprint, *who, language, shown.hex())

    # Runs in the signing thread --------------------------------------------------------------------------------

    def _signed(self, signings: tuple[Signing, ...]) -> None:
        """The keystore makes every guess take its time, on purpose."""
        try:
            key = self._keystore.unlock(signings[0].passphrase, self._clock.wall_ns())
        except UserFacingError as error:
            for signing in signings:
                self._outcomes.put(Outcome(signing.fingerprint, signing.act, error.message))
            return
        for signing in signings:
            self._sign_with(key, signing)

    def _sign_with(self, key: HybridKey, signing: Signing) -> None:
        now = self._clock.wall_ns()
        words = Approval(
            signing.fingerprint,
            signing.act,
            signing.role,
            self.card.person,
            self.card.key.fingerprint,
            self._setup.workstation,
            now + SIGNATURE_TIME,
            secrets.token_bytes(16),
            signing.shown_at,
            now,
            signing.language,
            signing.shown,
            signing.reason,
        )
        signed = SignedApproval(words, key.sign(words.context, words.content))
        self._work.put(lambda: self._send(signing, signed))

    def _guarded(self, passphrase: str, sign: Callable[[HybridKey], None]) -> None:
        try:
            sign(self._keystore.unlock(passphrase, self._clock.wall_ns()))
        except UserFacingError as error:
            self._glass_outcomes.put(GlassOutcome(error.message))

    def _break(self, measure: Measure, account: str, reason: str, key: HybridKey) -> None:
        words = (account, self.card.person, self.card.key.fingerprint, self._setup.workstation, reason)
        said = BreakGlass(secrets.token_bytes(16), measure, *words, self._clock.wall_ns())
        # Words that nobody could read are refused before they are signed.
        BreakGlass.read(said.content)
        signature = key.sign(GLASS, said.content)
        self._work.put(lambda: self._glass_asked.add(self._client.break_glass(said, signature)))

    def _review(self, said: BreakGlass, words: str, key: HybridKey) -> None:
        person, fingerprint = self.card.person, self.card.key.fingerprint
        signature = key.sign(REVIEW, review_message(said.identity, person, fingerprint, words))
        reviewed = (said.identity, person, fingerprint, words, signature)
        self._work.put(lambda: self._glass_asked.add(self._client.review_glass(*reviewed)))

    # Runs in the station's thread ------------------------------------------------------------------------------

    def _run(self) -> None:
        try:
            while not self._stopping.is_set():
                self._turn()
        finally:
            self._client.close()

    def _turn(self) -> None:
        self._client.poll_sockets()[0].poll(TURN)
        while not self._work.empty():
            self._work.get_nowait()()
        self._client.service()
        for answer in self._client.take_answers():
            self._answered(answer)
        self._picture = self._client.picture()

    def _send(self, signing: Signing, signed: SignedApproval) -> None:
        draft = signing.draft
        if draft is None:
            request = self._client.sign(signed)
        else:
            request = self._client.propose(draft.instruction, signed, draft.expected, draft.inputs)
        self._asked[request] = signing

    def _answered(self, answer: AuthorityAnswer) -> None:
        signing = self._asked.pop(answer.request, None)
        if signing is not None:
            self._outcomes.put(Outcome(signing.fingerprint, signing.act, answer.reason))
        elif answer.request in self._glass_asked:
            self._glass_asked.discard(answer.request)
            self._glass_outcomes.put(GlassOutcome(answer.reason))
        elif not answer.accepted:
            _logger.info("the authority refused: %s", answer.reason)
