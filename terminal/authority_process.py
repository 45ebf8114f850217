"""`palisade authority`: the server process that holds proposals, people and the record store. One thread."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import zmq

from engine.text import UserFacingError
from feeds.authority import Authority
from feeds.authority_server import AuthorityServer
from feeds.authority_store import AuthorityStore
from feeds.checkpoints import Checkpoints
from feeds.clock import MILLISECOND, Clock, SystemClock
from feeds.curve import CurveClient, CurveKeys, CurveServer, Doorkeeper, allowed_keys, transport_key
from feeds.signing import service_key
from feeds.sockets import Context
from feeds.witness_client import WitnessClient
from terminal.catalogue import translator
from terminal.server_process import announce, serving

TURN: Final = 20
"""Longest wait for input, milliseconds."""
LONGEST_UNSIGNED: Final = 500 * MILLISECOND
"""How long a change may stand without a checkpoint while there is much to do."""
KEY_FILE: Final = "log.key"
TRANSPORT_FILE: Final = "transport.key"
DOMAINS: Final = ("terminal", "executor")
ORIGIN: Final = "palisade authority"


@dataclass(frozen=True, slots=True)
class AuthoritySetup:
    """What an authority is started with.

    Attributes:
        store: Folder of its record store and of the log's key.
        endpoint: Where terminals come in.
        executor_endpoint: Where the executor gate does.
        witness: Where a witness counter-signs; None for none.
        witness_key: Fingerprint of that witness's key.
        witness_transport: Transport key of the witness, where that line is encrypted.
        stations: File of the workstations that may come in; both endpoints are encrypted where it is given.
    """

    store: Path
    endpoint: str
    executor_endpoint: str
    witness: str | None = None
    witness_key: bytes = b""
    stations: Path | None = None
    witness_transport: bytes = b""


class AuthorityProcess:
    """Store, authority, sockets, checkpoints.

    Args:
        setup: What it is started with.
        clock: Time.
        context: ZeroMQ context of the process.

    Raises:
        BadInputError: A store that another process owns or that is damaged, an endpoint that cannot be used.
    """

    def __init__(self, setup: AuthoritySetup, clock: Clock, context: Context) -> None:
        self._clock = clock
        with ExitStack() as opened:
            self._store = AuthorityStore(setup.store, clock)
            opened.callback(self._store.close)
            signer = service_key(setup.store / KEY_FILE)
            self._checkpoints = Checkpoints(self._store.records, signer, ORIGIN, clock)
            curves: tuple[CurveServer | None, CurveServer | None] = (None, None)
            self._transport = b""
            if setup.stations is not None:
                doorkeeper = Doorkeeper(context, allowed_keys(setup.stations, frozenset(DOMAINS)))
                opened.callback(doorkeeper.close)
                curves, self._transport = _proven(doorkeeper, transport_key(setup.store / TRANSPORT_FILE))
            authority = Authority(self._store, translator)
            self._server = AuthorityServer(context, setup.endpoint, setup.executor_endpoint, authority, clock, curves)
            opened.callback(self._server.close)
            self._witness: WitnessClient | None = None
            if setup.witness is not None:
                own = transport_key(setup.store / TRANSPORT_FILE) if setup.witness_transport else None
                curve = CurveClient(own, setup.witness_transport) if own is not None else None
                self._witness = WitnessClient(
                    context, setup.witness, self._checkpoints, signer.public, setup.witness_key, clock, curve
                )
                opened.callback(self._witness.close)
            self._log_key = signer.public.fingerprint
            self._opened = opened.pop_all()

    @property
    def announcement(self) -> dict[str, object]:
        """What terminals, the executor gate and the witness have to know."""
        return {
            "authority": self._server.endpoint,
            "executor": self._server.executor_endpoint,
            "founding": self._store.people.founding.hex(),
            "log_key": self._log_key.hex(),
            "transport": self._transport.decode(),
        }

    def run(self, stopped: Callable[[], bool]) -> None:
        """Serve until ``stopped`` says so.

        Raises:
            UserFacingError: Nothing can be recorded any more.
        """
        signed, changed = 0, self._clock.monotonic_ns()
        while not stopped():
            poller = zmq.Poller()
            for socket in (*self._server.poll_sockets(), *([self._witness.socket] if self._witness else [])):
                poller.register(socket, zmq.POLLIN)
            is_idle = not poller.poll(TURN)
            self._server.service()
            now = self._clock.monotonic_ns()
            if self._server.sequence == signed:
                changed = now
                self._checkpoints.tick()
            elif is_idle or now - changed > LONGEST_UNSIGNED:
                # When nothing waits: between the second signature and the orders nobody waits for a checkpoint.
                signed = self._server.sequence
                self._checkpoints.sign()
            if self._witness is not None:
                self._witness.service()
            self._store.records.maintain()
            if self._store.records.failure is not None:
                raise UserFacingError(self._store.records.failure)

    def close(self) -> None:
        """Close sockets and store."""
        self._opened.close()


def _proven(doorkeeper: Doorkeeper, keys: CurveKeys) -> tuple[tuple[CurveServer, CurveServer], bytes]:
    """Both doors, each seen to keep strangers out, and the key that they show."""
    terminals, executor = (CurveServer(keys, domain) for domain in DOMAINS)
    for door in (terminals, executor):
        doorkeeper.prove(door)
    return (terminals, executor), keys.public


def serve(setup: AuthoritySetup, *, exit_with_parent: bool = False) -> int:
    """Run an authority until a signal, or with ``exit_with_parent`` the end of standard input, ends it.

    Returns:
        Exit status.

    Raises:
        UserFacingError: See `AuthorityProcess`.
    """
    with serving(exit_with_parent=exit_with_parent) as (context, stopped), ExitStack() as opened:
        process = AuthorityProcess(setup, SystemClock(), context)
        opened.callback(process.close)
        announce(process.announcement)
        process.run(stopped)
    return 0
