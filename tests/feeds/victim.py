"""An executor gate or an authority as a process that kills itself at a named step; started by test_kills.py."""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import zmq

from engine.authorisation.execution import HardLimits
from feeds import authority_server
from feeds.authority import Authority
from feeds.authority_messages import Noted, Release, Report, Reserve, Reserved
from feeds.authority_server import AuthorityServer
from feeds.authority_store import AuthorityStore
from feeds.clock import SystemClock
from feeds.executor import Executor
from feeds.executor_link import ExecutorLink
from feeds.executor_store import ExecutorStore
from feeds.record_store import Transaction
from feeds.sample_gateway import SampleGateway
from terminal.catalogue import translator
from tests.feeds.authority_stage import Seen


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def deadly(owner: Any, name: str, when: str, is_meant: Callable[..., bool] = lambda *_: True) -> None:
    """Let a method kill the process before or after it has run."""
    original = getattr(owner, name)

    def replaced(*arguments: Any) -> Any:
        meant = is_meant(*arguments)
        if meant and when == "before":
            die()
        result = original(*arguments)
        if meant and when == "after":
            die()
        return result

    setattr(owner, name, replaced)


def executor(folder: str, authority: str, orders: str, step: str, when: str) -> Any:
    clock, context = SystemClock(), zmq.Context()
    store = ExecutorStore(Path(folder), clock)
    link, gateway = ExecutorLink(context, authority, clock), SampleGateway(context, orders, clock)
    made = Executor(store, link, gateway, Seen(), translator, clock, HardLimits())
    if step == "reserve":
        deadly(link, "send", when, lambda message: isinstance(message, Reserve))
    elif step == "report":
        deadly(link, "send", when, lambda message: isinstance(message, Report) and message.state == "sent")
    elif step == "write":
        deadly(store, "add", when)
    elif step == "record":
        deadly(Transaction, "record", when)
    elif step == "send":
        deadly(gateway, "send", when)
    else:
        deadly(store, "update", when)
    return made


def authority(folder: str, endpoint: str, gate: str, step: str, when: str) -> Any:
    clock, context = SystemClock(), zmq.Context()
    store = AuthorityStore(Path(folder), clock)
    made = AuthorityServer(context, endpoint, gate, Authority(store, translator), clock)
    states = {"second signature": "signed twice", "reservation": "reserved", "outcome": "sent"}
    kinds = {"release": Release, "grant": Reserved, "note": Noted}
    if step in states:
        deadly(store, "update", when, lambda _, kept: kept.proposal.state.value == states[step])
    elif step == "commit":
        deadly(
            authority_server.Authority,
            "_put",
            "before",
            lambda _, kept: kept.proposal.state.value == ("signed twice" if when == "before" else "reserved"),
        )
    elif step in kinds:
        deadly(made, "_send", when, lambda _, __, message: isinstance(message, kinds[step]))
    return made


def main() -> None:
    made = {"executor": executor, "authority": authority}[sys.argv[1]](*sys.argv[2:])
    # The test's end is ours.
    threading.Thread(target=lambda: (sys.stdin.read(), die()), daemon=True).start()
    sys.stdout.write(json.dumps({"ready": True}) + "\n")
    sys.stdout.flush()
    while True:
        poller = zmq.Poller()
        for socket in made.poll_sockets():
            poller.register(socket, zmq.POLLIN)
        poller.poll(5)
        made.service()


if __name__ == "__main__":
    main()
