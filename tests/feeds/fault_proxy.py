"""A TCP proxy on loopback that misbehaves as told: cuts lines, swallows bytes, or sends garbage."""

from __future__ import annotations

import selectors
import socket
import threading
from enum import Enum
from types import TracebackType


class Mode(Enum):
    """What becomes of bytes, and of new connections."""

    PASS = "pass"
    BLACK_HOLE = "black hole"
    """Everything is swallowed; connections stay open."""
    CUT = "cut"
    """Connections are closed; new ones are closed at once."""
    GARBAGE = "garbage"
    """Bytes towards the client are replaced by others."""


class FaultProxy:
    """Forwards ``endpoint`` (tcp://HOST:PORT) to a port of its own until told otherwise. A context manager."""

    def __init__(self, target: str) -> None:
        host, _, port = target.removeprefix("tcp://").rpartition(":")
        self._target = (host, int(port))
        self._mode = Mode.PASS
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._wake, self._woken = socket.socketpair()
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._listener, selectors.EVENT_READ)
        self._selector.register(self._woken, selectors.EVENT_READ)
        self._peers: dict[socket.socket, socket.socket] = {}
        self._clients: set[socket.socket] = set()
        self._thread = threading.Thread(target=self._run, name="fault proxy")
        self.endpoint = f"tcp://127.0.0.1:{self._listener.getsockname()[1]}"

    def __enter__(self) -> FaultProxy:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._wake.send(b"q")
        self._thread.join()
        self._cut()
        self._selector.close()
        for one in (self._listener, self._wake, self._woken):
            one.close()

    def become(self, mode: Mode) -> None:
        """Behave so from now on."""
        self._mode = mode
        self._wake.send(b"m")

    def _run(self) -> None:
        while True:
            for key, _ in self._selector.select():
                ready = key.fileobj
                if ready is self._woken:
                    if b"q" in self._woken.recv(64):
                        return
                    if self._mode is Mode.CUT:
                        self._cut()
                elif ready is self._listener:
                    self._connect()
                elif isinstance(ready, socket.socket) and ready in self._peers:
                    self._forward(ready)

    def _connect(self) -> None:
        client, _ = self._listener.accept()
        if self._mode is Mode.CUT:
            client.close()
            return
        server = socket.create_connection(self._target)
        self._clients.add(client)
        for one, other in ((client, server), (server, client)):
            self._peers[one] = other
            self._selector.register(one, selectors.EVENT_READ)

    def _forward(self, source: socket.socket) -> None:
        peer = self._peers[source]
        try:
            chunk = source.recv(65536)
            if chunk and self._mode is Mode.GARBAGE and peer in self._clients:
                chunk = bytes(byte ^ 0xA5 for byte in chunk)
            if chunk and self._mode is not Mode.BLACK_HOLE:
                peer.sendall(chunk)
        except OSError:
            chunk = b""
        if not chunk:
            self._drop(source)

    def _drop(self, one: socket.socket) -> None:
        for end in (one, self._peers[one]):
            self._selector.unregister(end)
            self._clients.discard(end)
            del self._peers[end]
            end.close()

    def _cut(self) -> None:
        while self._peers:
            self._drop(next(iter(self._peers)))
