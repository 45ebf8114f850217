"""SIGKILL at each write and sync of executor gate and authority in a forced close: sent once or never, reconciled."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import zmq

from engine.authorisation.approval import Act
from engine.text import UserFacingError
from feeds.clock import SystemClock
from tests.crash.calls import SYNCS, WRITES
from tests.crash.fates import PATIENCE, Fate, fate_of
from tests.engine.authorisation.cast import EXPECTED, INPUTS
from tests.feeds.authority_stage import Stage

WHICH: Final = ("executor", "authority")
ATTEMPTS: Final = 5
"""How often a call is tried while timers end the close: that proves nothing, however right it is on a slow machine."""


def killed_servers(folder: Path, which: str) -> tuple[Counter[str], list[str]]:
    """How the close ended, and what was wrong, at whichever call of the process ``which``."""
    ends, faults = Counter[str](), []
    for calls in (SYNCS, WRITES):
        when, reached = 0, True
        while reached:
            when += 1
            fate = killed_in_time(folder / f"{which}-{calls}-{when}", which, calls, when)
            reached = fate.reached
            ends[fate.end] += 1
            faults += [f"{which}, {calls}, call {when}: {fate.fault}"] if fate.fault else []
    return ends, faults


def killed_in_time(folder: Path, which: str, calls: str, when: int) -> Fate:
    """What became of a close whose process ``which`` was killed at that call, before the time of the close was over."""
    for attempt in range(ATTEMPTS):
        fate = _killed_at(folder / str(attempt), which, calls, when)
        if fate.fault or not fate.is_late:
            return fate
    return Fate(fate.reached, fate.end, True, f"{fate.end}, {ATTEMPTS} times: the machine is too slow to tell")


def _killed_at(folder: Path, which: str, calls: str, when: int) -> Fate:
    folder.mkdir(parents=True)
    carried_out = _executor_killed if which == "executor" else _authority_killed
    with zmq.Context() as context:
        stage = Stage(context, folder, SystemClock(), patience=PATIENCE)
        try:
            return carried_out(stage, folder, calls, when)
        except (AssertionError, UserFacingError, subprocess.TimeoutExpired) as fault:
            return Fate(True, "fault", False, f"{fault}; {_seen(stage)}")
        finally:
            stage.close()


def _seen(stage: Stage) -> str:
    """What can be told after a fault."""
    picture = stage.client.picture()
    gate = "a gate" if picture.executor else "no gate"
    proposals = [f"{each.proposal.state}: {each.proposal.reason}" for each in picture.proposals]
    refused = [str(answer.reason) for answer in stage.answers.values() if not answer.accepted]
    return f"{picture.state}, {gate}, {proposals}, refused: {refused}, {len(stage.exchange.arrived)} orders arrived"


@contextmanager
def _victim(calls: str, when: int, *arguments: str) -> Iterator[Callable[[], bool]]:
    """A process that is killed at that call; whether it was."""
    strace = shutil.which("strace")
    assert strace is not None, "strace is needed: apt-get install strace"
    inject = ["-f", "-o", "/dev/null", "-e", f"trace={calls}", "-e", f"inject={calls}:signal=SIGKILL:when={when}"]
    command = [strace, *inject, sys.executable, "-m", "tests.feeds.victim", *arguments, "none", "never"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as running:
        assert running.stdin is not None
        assert running.stdout is not None
        running.stdout.readline()

        def is_killed() -> bool:
            assert running.poll() in (None, -signal.SIGKILL), f"it ended with {running.returncode}"
            return running.poll() is not None

        try:
            yield is_killed
        finally:
            # The end of its input is its own: killing strace would leave it at work for a moment.
            running.stdin.close()
            running.wait(PATIENCE)


def _executor_killed(stage: Stage, folder: Path, calls: str, when: int) -> Fate:
    with _victim(calls, when, "executor", str(folder / "executor"), *stage.endpoints[1:], stage.orders.endpoint) as hit:
        stage.until(lambda: stage.client.picture().executor or hit(), "the executor")
        made = stage.instruction()
        stage.sign_twice(made)
        stage.until(lambda: hit() or stage.has_ended(made), "the kill or the end")
        reached = hit()
    stage.until(lambda: not stage.client.picture().executor, "the gate's silence")
    stage.open_executor()
    return fate_of(stage, made, reached)


def _authority_killed(stage: Stage, folder: Path, calls: str, when: int) -> Fate:
    stage.close_authority()
    stage.open_executor()
    made, client, waiting = stage.instruction(), stage.client, None
    asks: list[Callable[[], bytes]] = [
        lambda: client.propose(made, stage.words(made, Act.PROPOSE, made.maker), EXPECTED, INPUTS),
        lambda: client.sign(stage.words(made, Act.APPROVE, "officer")),
        lambda: client.sign(stage.words(made, Act.APPROVE, "director")),
    ]
    with _victim(calls, when, "authority", str(folder / "authority"), *stage.endpoints) as hit:
        stage.until(lambda: client.picture().executor or hit(), "the authority")
        while asks and not hit():
            waiting = asks.pop(0)()
            stage.until(lambda request=waiting: request in stage.answers or hit(), "an answer")  # type: ignore[misc]
        stage.until(lambda: hit() or (not asks and stage.has_ended(made)), "the kill or the end")
        reached, acknowledged = hit(), sum(answer.accepted for answer in stage.answers.values())
    stage.open_authority()
    # What it had not answered is asked again, and is not done twice.
    for ask in [lambda: waiting, *asks] if waiting is not None else asks:
        stage.answer(ask())
    fate = fate_of(stage, made, reached, acknowledged)
    refused = [str(answer.reason) for answer in stage.answers.values() if not answer.accepted]
    assert fate.is_late or not refused, f"it was accepted, and is refused: {refused}"
    return fate
