"""The sample exchange as a process of its own: announces itself, serves, and ends when told to or when orphaned."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import psutil
import pytest

from engine.book import PositionBook
from engine.instruments import Universe
from engine.market import MarketBook
from engine.numbers import NOT_COMPUTABLE
from engine.snapshot import FeedState
from engine.span.parameters import ParameterSet
from feeds.clock import SystemClock
from feeds.positions import PositionsFeed
from feeds.quotes import QuotesFeed
from tests.feeds.conftest import Context
from tests.feeds.driving import until

COMMAND = [sys.executable, "-m", "feeds.simulator", "--accounts", "40", "--positions", "10"]
PATIENCE = 30

PARENT = """
import subprocess, sys
child = subprocess.Popen(sys.argv[1:], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
child.stdout.readline()
print(child.pid, flush=True)
child.wait()
"""


@contextmanager
def process(command: list[str]) -> Iterator[subprocess.Popen[str]]:
    """A process with all its ends in pipes, killed at the end of the test if it still runs."""
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True) as running:
        yield running
        if running.poll() is None:
            running.kill()


def announcement(running: subprocess.Popen[str]) -> dict[str, str | int]:
    assert running.stdout is not None
    ready: dict[str, str | int] = json.loads(running.stdout.readline())
    return ready


def test_both_feeds_go_live_on_a_real_process(zmq_context: Context, sample_parameters: ParameterSet) -> None:
    universe = Universe(sample_parameters)
    book, market = PositionBook(universe), MarketBook(universe)
    with process([*COMMAND, "--fills", "100"]) as running:
        ready = announcement(running)
        ends = [str(ready[name]) for name in ("positions", "snapshots", "quotes")]
        positions = PositionsFeed(zmq_context, ends[0], ends[1], book, SystemClock())
        quotes = QuotesFeed(zmq_context, ends[2], market, SystemClock())
        until(lambda: {positions.state, quotes.state} == {FeedState.LIVE}, positions, quotes)
        start = positions.status().sequence
        until(lambda: positions.status().sequence > start + 50, positions, quotes)
        held = np.unique(book.snapshot().positions.columns)
        until(lambda: bool((market.snapshot().price[held] != NOT_COMPUTABLE).all()), positions, quotes)
        assert len(book) == ready["accounts"] == 40
        assert len(universe) == len(sample_parameters)
        assert positions.state is FeedState.LIVE
        positions.close()
        quotes.close()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows cannot freeze a process by a signal")
def test_a_frozen_exchange_is_stale_and_live_again_when_it_thaws(
    zmq_context: Context, sample_parameters: ParameterSet
) -> None:
    universe = Universe(sample_parameters)
    book, market = PositionBook(universe), MarketBook(universe)
    with process(COMMAND) as running:
        ready = announcement(running)
        ends = [str(ready[name]) for name in ("positions", "snapshots", "quotes")]
        positions = PositionsFeed(zmq_context, ends[0], ends[1], book, SystemClock())
        quotes = QuotesFeed(zmq_context, ends[2], market, SystemClock())
        for number, state in ((signal.SIGCONT, "LIVE"), (signal.SIGSTOP, "STALE"), (signal.SIGCONT, "LIVE")):
            running.send_signal(number)
            until(lambda state=state: {positions.state, quotes.state} == {FeedState(state)}, positions, quotes)
        positions.close()
        quotes.close()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_cleanly(number: signal.Signals) -> None:
    with process(COMMAND) as running:
        announcement(running)
        running.send_signal(number)
        assert running.wait(PATIENCE) == 0
        assert running.stderr is not None
        assert running.stderr.read() == ""


def test_it_ends_when_its_parent_dies() -> None:
    with process([sys.executable, "-c", PARENT, *COMMAND, "--exit-with-parent"]) as parent:
        assert parent.stdout is not None
        child = psutil.Process(int(parent.stdout.readline()))
        parent.kill()
        child.wait(PATIENCE)
        assert not child.is_running()


def test_without_the_option_a_closed_input_does_not_end_it() -> None:
    with process(COMMAND) as running:
        assert running.stdin is not None
        running.stdin.close()
        announcement(running)
        assert running.poll() is None


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (["--parameters", "no-such-file.spn"], "no-such-file.spn"),
        (["--convention", "NONE"], "unknown convention NONE"),
        (["--groups", "41"], "41 groups for 40 accounts"),
        (["--accounts", "9"], "a whole number from 10 to 10000"),
        (["--quotes", "50001"], "a whole number from 10 to 50000"),
        (["--positions-endpoint", "tcp://0.0.0.0:5555"], "encrypted transport is required"),
    ],
    ids=lambda value: value[0] if isinstance(value, list) else "",
)
def test_bad_input_ends_it_with_one_plain_line(options: list[str], complaint: str, tmp_path: Path) -> None:
    with process([*COMMAND, *options]) as running:
        out, error = running.communicate(timeout=PATIENCE)
    assert running.returncode == 2
    assert out == ""
    assert complaint in error.splitlines()[-1]
    assert "Traceback" not in error
