"""``palisade witness``: a process that counter-signs a log's checkpoints until it is told to end."""

from __future__ import annotations

import signal
from contextlib import ExitStack
from pathlib import Path
from typing import Final

import zmq

from engine.text import BadInputError, Translate, text
from feeds.clock import SystemClock
from feeds.curve import CurveServer, Doorkeeper, is_key, transport_key
from feeds.record_store import RecordStore
from feeds.signing import service_key
from feeds.witness import WITNESSED, Witness
from terminal.output import write_output

TURN: Final = 200
"""Milliseconds until it looks whether it shall end."""
KEY_FILE: Final = "witness.key"
TRANSPORT_FILE: Final = "transport.key"
DOMAIN: Final = "log"


def run_witness(endpoint: str, folder: Path, log_key: str, log_transport: str | None, translate: Translate) -> int:
    """Witness a log until SIGINT or SIGTERM.

    Args:
        endpoint: Where to listen.
        folder: Of its record store, its key and the file with the newest checkpoint.
        log_key: Fingerprint of the log's key, hexadecimal.
        log_transport: Transport key of the log's program, the only one that may come in; None for an open line, which
            must not leave the machine.
        translate: For what it says at the start.

    Returns:
        Exit status 0.

    Raises:
        BadInputError: A folder, key or endpoint that cannot be used.
        StoreFailedError: What was seen can no longer be kept.
    """
    log = _fingerprint(log_key)
    if log_transport is not None and not is_key(log_transport.encode()):
        what, remedy = text("{value} is no transport key", value=log_transport), text("give its forty characters")
        raise BadInputError("palisade witness --log-transport", what, remedy)
    ending: list[int] = []
    with ExitStack() as stack:
        for number in (signal.SIGINT, signal.SIGTERM):
            previous = signal.signal(number, lambda received, _: ending.append(received))
            stack.callback(signal.signal, number, previous)
        store = RecordStore(folder, WITNESSED, "palisade witness")
        stack.callback(store.close)
        signer = service_key(folder / KEY_FILE)
        context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        stack.callback(context.term)
        curve = None
        if log_transport is not None:
            doorkeeper = Doorkeeper(context, {DOMAIN: frozenset({log_transport.encode()})})
            stack.callback(doorkeeper.close)
            curve = CurveServer(transport_key(folder / TRANSPORT_FILE), DOMAIN)
            doorkeeper.prove(curve)
        witness = Witness(context, endpoint, folder, store, signer, log, SystemClock(), curve)
        stack.callback(witness.close)
        said = text("witness at {endpoint}, key {key}", endpoint=witness.endpoint, key=signer.public.fingerprint.hex())
        write_output(said.translated(translate) + "\n")
        if curve is not None:
            said = text("transport key {key}", key=curve.keys.public.decode())
            write_output(said.translated(translate) + "\n")
        while not ending:
            if witness.socket.poll(TURN):
                witness.service()
            store.maintain()
    return 0


def _fingerprint(typed: str) -> bytes:
    try:
        fingerprint = bytes.fromhex(typed)
    except ValueError:
        fingerprint = b""
    if len(fingerprint) != 32:
        what = text("{value} is no fingerprint", value=typed)
        raise BadInputError("palisade witness --log-key", what, text("give its 64 hexadecimal digits"))
    return fingerprint
