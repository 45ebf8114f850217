"""SIGKILL at every step from the second signature to the acknowledgement: never sent twice, never lost, reconciled."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from engine.authorisation.approval import Act
from engine.authorisation.proposal import State
from feeds.clock import SystemClock
from tests.feeds.authority_stage import Context, Stage

ENDS = (State.DONE, State.PARTIAL, State.EXPIRED)


@contextmanager
def victim(*arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    """A process that kills itself; killed at the end of the test if it did not."""
    command = [sys.executable, "-m", "tests.feeds.victim", *arguments]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as running:
        assert running.stdout is not None
        assert running.stdout.readline()
        yield running
        if running.poll() is None:
            running.kill()


@pytest.fixture
def stage(zmq_context: Context, tmp_path: Path) -> Iterator[Stage]:
    stage = Stage(zmq_context, tmp_path, SystemClock())
    yield stage
    stage.close()


@pytest.mark.parametrize(
    ("step", "when"),
    [(step, when) for step in ("reserve", "write", "send", "keep", "report") for when in ("before", "after")]
    + [("record", "after")],
)
def test_an_executor_gate_that_is_killed_is_reconciled(stage: Stage, tmp_path: Path, step: str, when: str) -> None:
    places = (str(tmp_path / "executor"), stage.endpoints[1], stage.orders.endpoint)
    with victim("executor", *places, step, when) as running:
        stage.until(lambda: stage.client.picture().executor, "the executor")
        made = stage.instruction()
        stage.sign_twice(made)
        stage.until(lambda: running.poll() is not None, "the kill")
    assert running.returncode == -9
    # The authority listens to another gate once the last one has been silent.
    stage.until(lambda: not stage.client.picture().executor, "the gate's silence")
    # What the gate said last may have left before the kill, or died with it.
    was_given = stage.state(made) is not State.SIGNED2
    assert was_given or step == "reserve"
    stage.open_executor()
    stage.until_state(made, *ENDS)
    stage.judge(made)
    if step in ("reserve", "write", "record") or (step, when) == ("send", "before"):
        # Unless it was given away before the kill, the next gate may still send it within its time.
        assert len(stage.exchange.arrived) == int(not was_given)
    if step in ("keep", "report"):
        assert not stage.exchange.arrived or stage.state(made) is State.DONE


@pytest.mark.parametrize(
    ("step", "when"),
    [
        ("second signature", "before"),
        ("commit", "before"),
        ("release", "before"),
        ("release", "after"),
        ("reservation", "before"),
        ("commit", "after"),
        ("grant", "before"),
        ("grant", "after"),
        ("outcome", "before"),
        ("note", "before"),
        ("note", "after"),
    ],
)
def test_an_authority_that_is_killed_comes_back_with_what_it_knew(
    stage: Stage, tmp_path: Path, step: str, when: str
) -> None:
    stage.close_authority()
    places = (str(tmp_path / "authority"), *stage.endpoints)
    with victim("authority", *places, step, when) as running:
        stage.open_executor()
        stage.ready()
        made = stage.instruction()
        assert stage.propose(made).accepted
        assert stage.sign(made, Act.APPROVE, "officer").accepted
        second = stage.client.sign(stage.words(made, Act.APPROVE, "director"))
        stage.until(lambda: running.poll() is not None, "the kill")
    assert running.returncode == -9
    stage.open_authority()
    stage.answer(second)
    stage.until_state(made, *ENDS)
    stage.judge(made)
