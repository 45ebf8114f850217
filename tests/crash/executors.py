"""SIGKILL at each write and sync of an executor gate during a forced close: sent once or never, reconciled."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import zmq

from engine.authorisation.proposal import State
from feeds.clock import SystemClock
from tests.crash.calls import SYNCS, WRITES
from tests.feeds.authority_stage import Stage

ENDS = (State.DONE, State.PARTIAL, State.EXPIRED)


def killed_executors(folder: Path) -> list[str]:
    """What was wrong, at whichever call."""
    faults = []
    for calls in (SYNCS, WRITES):
        when, reached = 0, True
        while reached:
            when += 1
            place = folder / f"{calls}-{when}"
            place.mkdir(parents=True)
            reached, found = _killed(place, calls, when)
            faults += [f"{calls}, call {when}: {fault}" for fault in found]
    return faults


def _killed(folder: Path, calls: str, when: int) -> tuple[bool, list[str]]:
    """Whether the gate came to that call before the close was over, and what was wrong."""
    with zmq.Context() as context:
        stage = Stage(context, folder, SystemClock())
        try:
            return _carried_out(stage, folder, calls, when)
        except AssertionError as fault:
            return True, [str(fault)]
        finally:
            stage.close()


def _carried_out(stage: Stage, folder: Path, calls: str, when: int) -> tuple[bool, list[str]]:
    strace = shutil.which("strace")
    assert strace is not None, "strace is needed: apt-get install strace"
    inject = ["-f", "-o", "/dev/null", "-e", f"trace={calls}", "-e", f"inject={calls}:signal=SIGKILL:when={when}"]
    places = [str(folder / "executor"), stage.endpoints[1], stage.orders.endpoint]
    command = [strace, *inject, sys.executable, "-m", "tests.feeds.victim", "executor", *places, "none", "never"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as running:
        made = stage.instruction()
        assert running.stdout is not None
        if running.stdout.readline():
            stage.until(lambda: stage.client.picture().executor or running.poll() is not None, "the executor")
        stage.sign_twice(made)
        stage.until(lambda: running.poll() is not None or stage.state(made) in ENDS, "the kill or the end")
        reached = running.poll() is not None
        running.kill()
    stage.until(lambda: not stage.client.picture().executor, "the gate's silence")
    stage.open_executor()
    stage.until_state(made, *ENDS)
    if stage.state(made) is not State.EXPIRED:
        stage.judge(made)
    return reached, []
