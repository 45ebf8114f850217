"""SIGKILL at each write and sync of executor gate and authority in a forced close: sent once or never, reconciled."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import zmq

from engine.authorisation.approval import Act
from engine.authorisation.proposal import State
from feeds.clock import SystemClock
from tests.crash.calls import SYNCS, WRITES
from tests.engine.authorisation.cast import EXPECTED, INPUTS
from tests.feeds.authority_stage import Stage

ENDS = (State.DONE, State.PARTIAL, State.EXPIRED)
WHICH = ("executor", "authority")


def killed_servers(folder: Path, which: str) -> list[str]:
    """What was wrong, at whichever call of the process ``which``."""
    faults = []
    for calls in (SYNCS, WRITES):
        when, reached = 0, True
        while reached:
            when += 1
            reached, found = killed_at(folder / f"{which}-{calls}-{when}", which, calls, when)
            faults += [f"{which}, {calls}, call {when}: {fault}" for fault in found]
    return faults


def killed_at(folder: Path, which: str, calls: str, when: int) -> tuple[bool, list[str]]:
    """Whether the process came to that call before the close was over, and what was wrong."""
    folder.mkdir(parents=True)
    carried_out = _executor_killed if which == "executor" else _authority_killed
    with zmq.Context() as context:
        stage = Stage(context, folder, SystemClock())
        try:
            return carried_out(stage, folder, calls, when), []
        except AssertionError as fault:
            return True, [str(fault)]
        finally:
            stage.close()


@contextmanager
def _victim(calls: str, when: int, *arguments: str) -> Iterator[Callable[[], bool]]:
    """A process that is killed at that call; whether it was."""
    strace = shutil.which("strace")
    assert strace is not None, "strace is needed: apt-get install strace"
    inject = ["-f", "-o", "/dev/null", "-e", f"trace={calls}", "-e", f"inject={calls}:signal=SIGKILL:when={when}"]
    command = [strace, *inject, sys.executable, "-m", "tests.feeds.victim", *arguments, "none", "never"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as running:
        assert running.stdout is not None
        running.stdout.readline()

        def is_killed() -> bool:
            assert running.poll() in (None, -signal.SIGKILL), f"it ended with {running.returncode}"
            return running.poll() is not None

        yield is_killed
        # The end of its input is its own: killing strace would leave it at work for a moment.
        assert running.stdin is not None
        running.stdin.close()
        running.wait(20)


def _executor_killed(stage: Stage, folder: Path, calls: str, when: int) -> bool:
    places = (str(folder / "executor"), stage.endpoints[1], stage.orders.endpoint)
    with _victim(calls, when, "executor", *places) as is_killed:
        made = stage.instruction()
        stage.until(lambda: stage.client.picture().executor or is_killed(), "the executor")
        stage.sign_twice(made)
        stage.until(lambda: is_killed() or stage.state(made) in ENDS, "the kill or the end")
        reached = is_killed()
    stage.until(lambda: not stage.client.picture().executor, "the gate's silence")
    stage.open_executor()
    stage.until_state(made, *ENDS)
    if stage.state(made) is not State.EXPIRED:
        stage.judge(made)
    return reached


def _authority_killed(stage: Stage, folder: Path, calls: str, when: int) -> bool:
    stage.close_authority()
    stage.open_executor()
    made, client = stage.instruction(), stage.client
    proposed = stage.words(made, Act.PROPOSE, made.maker)
    approvals = [stage.words(made, Act.APPROVE, person) for person in ("officer", "director")]
    asked = [lambda: client.propose(made, proposed, EXPECTED, INPUTS)]
    asked += [lambda words=words: client.sign(words) for words in approvals]  # type: ignore[misc]
    with _victim(calls, when, "authority", str(folder / "authority"), *stage.endpoints) as is_killed:
        stage.until(lambda: client.picture().executor or is_killed(), "the authority")
        waiting = None
        while asked and not is_killed():
            waiting = asked.pop(0)()
            stage.until(lambda request=waiting: request in stage.answers or is_killed(), "an answer")  # type: ignore[misc]
        stage.until(lambda: is_killed() or (not asked and stage.state(made) in ENDS), "the kill or the end")
        reached = is_killed()
    stage.open_authority()
    # What it had not answered is asked again, and is not done twice.
    for ask in [lambda: waiting, *asked] if waiting is not None else asked:
        stage.answer(ask())
    stage.until_state(made, *ENDS)
    stage.judge(made)
    return reached
