"""Encrypted transport for endpoints that leave the machine: CURVE, and a ZAP handler that knows who may come in.

CURVE without a ZAP handler lets any key in, and a handler that is missing or wrong says nothing. So before a server
binds an endpoint, `prove` sees on a socket of the same options that a known key gets through and that an unknown key
and a client without encryption do not.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import zmq
from zmq.auth.thread import ThreadAuthenticator

from engine.text import BadInputError, UserFacingError, text
from feeds.durable_files import write_new_file

Context = zmq.Context[zmq.Socket[bytes]]
Socket = zmq.Socket[bytes]

KEY: Final = 40
"""Characters of a key in Z85."""
PROOF_PATIENCE: Final = 5.0
"""Seconds for a known key to get through."""
STRANGER_PATIENCE: Final = 0.3
"""Seconds beyond that in which a stranger would have got through as well."""


@dataclass(frozen=True, slots=True)
class CurveKeys:
    """A key pair of the transport, Z85."""

    public: bytes
    secret: bytes = field(repr=False)

    @classmethod
    def new(cls) -> CurveKeys:
        """A fresh pair."""
        return cls(*zmq.curve_keypair())


@dataclass(frozen=True, slots=True)
class CurveClient:
    """How a client proves itself, and to whom.

    Attributes:
        keys: Its own.
        server: The server's public key.
    """

    keys: CurveKeys
    server: bytes

    def apply(self, socket: Socket) -> None:
        """Set the options of a socket before it connects."""
        socket.setsockopt(zmq.CURVE_SERVERKEY, self.server)
        socket.setsockopt(zmq.CURVE_PUBLICKEY, self.keys.public)
        socket.setsockopt(zmq.CURVE_SECRETKEY, self.keys.secret)


@dataclass(frozen=True, slots=True)
class CurveServer:
    """How a server lets known keys in.

    Attributes:
        keys: Its own.
        domain: Which of the allowed keys are meant.
    """

    keys: CurveKeys
    domain: str

    def apply(self, socket: Socket) -> None:
        """Set the options of a socket before it binds."""
        socket.setsockopt(zmq.CURVE_SERVER, 1)
        socket.setsockopt(zmq.CURVE_SECRETKEY, self.keys.secret)
        socket.setsockopt(zmq.ZAP_DOMAIN, self.domain.encode())
        # A handler that has died must not let anybody in.
        socket.setsockopt(zmq.ZAP_ENFORCE_DOMAIN, 1)


class _Allowed:
    """Which keys may come in at one domain; asked by the handler's thread."""

    def __init__(self, keys: frozenset[bytes]) -> None:
        self.keys = keys

    def callback(self, _domain: str, key: bytes) -> bool:
        """Whether a key, Z85, may come in."""
        return key in self.keys


class Doorkeeper:
    """The ZAP handler of a context, in a thread of its own.

    Args:
        context: Whose sockets it guards.
        allowed: Public keys by domain.
    """

    def __init__(self, context: Context, allowed: Mapping[str, frozenset[bytes]]) -> None:
        self._context = context
        self._doors = {domain: _Allowed(keys) for domain, keys in allowed.items()}
        self._handler = ThreadAuthenticator(context)
        self._handler.start()
        for domain, door in self._doors.items():
            self._handler.configure_curve_callback(domain=domain, credentials_provider=door)

    def prove(self, server: CurveServer) -> None:
        """See that only known keys get through; to be called before the endpoint is bound.

        Raises:
            UserFacingError: A stranger got through, or a known key did not.
        """
        door, known = self._doors[server.domain], CurveKeys.new()
        before, door.keys = door.keys, door.keys | {known.public}
        try:
            arrived = self._arrivals(server, known)
        finally:
            door.keys = before
        if arrived != {b"known"}:
            raise UserFacingError(
                text("the encrypted endpoint does not tell known keys from strangers; it is not opened")
            )

    def close(self) -> None:
        """End the handler; from now on nobody comes in."""
        self._handler.stop()

    def _arrivals(self, server: CurveServer, known: CurveKeys) -> set[bytes]:
        """Whose messages get through."""
        clients = {
            b"known": CurveClient(known, server.keys.public),
            b"unknown": CurveClient(CurveKeys.new(), server.keys.public),
            b"null": None,
        }
        arrived: set[bytes] = set()
        with _socket(self._context, zmq.ROUTER) as router, ExitStack() as opened:
            server.apply(router)
            port = router.bind_to_random_port("tcp://127.0.0.1")
            for name, curve in clients.items():
                client = opened.enter_context(_socket(self._context, zmq.DEALER))
                if curve is not None:
                    curve.apply(client)
                client.connect(f"tcp://127.0.0.1:{port}")
                client.send(name)
            deadline = time.monotonic() + PROOF_PATIENCE
            while (left := deadline - time.monotonic()) > 0:
                if router.poll(int(1_000 * left) + 1):
                    arrived.add(router.recv_multipart()[1])
                    deadline = min(deadline, time.monotonic() + STRANGER_PATIENCE)
        return arrived


@contextmanager
def _socket(context: Context, kind: int) -> Iterator[Socket]:
    socket = context.socket(kind)
    socket.setsockopt(zmq.LINGER, 0)
    try:
        yield socket
    finally:
        socket.close(linger=0)


def transport_key(path: Path) -> CurveKeys:
    """The transport's key pair in a file that its owner alone may read; made where there is none.

    Raises:
        BadInputError: The file is damaged, others may read it, or it cannot be made or read.
    """
    try:
        if not path.exists():
            made = CurveKeys.new()
            write_new_file(path, made.public + b"\n" + made.secret + b"\n")
        if os.name == "posix" and path.stat().st_mode & 0o077:
            what = text("others may read this key")
            raise BadInputError(str(path), what, text("make a new key; this one may be known"))
        lines = path.read_bytes().split(b"\n")
    except OSError as error:
        what = text("the key cannot be used: {reason}", reason=error.strerror)
        raise BadInputError(str(path), what, text("give its owner the right to read and write it")) from None
    if len(lines) != 3 or lines[2] or not all(map(is_key, lines[:2])) or zmq.curve_public(lines[1]) != lines[0]:
        remedy = text("restore it from a copy, or make a new one and announce it")
        raise BadInputError(str(path), text("the key is damaged"), remedy)
    return CurveKeys(lines[0], lines[1])


def allowed_keys(path: Path, domains: frozenset[str]) -> dict[str, frozenset[bytes]]:
    """Who may come in: a text file with a line for each workstation: its name, a domain, its public key.

    Args:
        path: The file; empty lines and those that begin with ``#`` mean nothing.
        domains: Those that there are.

    Raises:
        BadInputError: The file cannot be read, or a line is none of these; names it.
    """
    try:
        lines = path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        what = text("it cannot be read: {reason}", reason=error)
        raise BadInputError(str(path), what, text("see to the file and its folder")) from None
    found: dict[str, set[bytes]] = {domain: set() for domain in domains}
    for number, line in enumerate(lines, 1):
        words = line.split()
        if not words or words[0].startswith("#"):
            continue
        if len(words) != 3 or words[1] not in domains or not is_key(words[2].encode()):
            remedy = text("write NAME {domains} KEY", domains="|".join(sorted(domains)))
            raise BadInputError(f"{path}:{number}", text("it names no workstation"), remedy)
        found[words[1]].add(words[2].encode())
    return {domain: frozenset(keys) for domain, keys in found.items()}


def is_key(words: bytes) -> bool:
    """Whether these are the forty characters of a key."""
    if len(words) != KEY:
        return False
    try:
        return len(zmq.utils.z85.decode(words)) == 32
    except (KeyError, ValueError, OverflowError):
        return False
