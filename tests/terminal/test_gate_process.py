"""The process behind `palisade gate`, without publishers and without clients."""

import gc
import sys

import pytest
import zmq

from feeds.clock import SystemClock
from terminal.cli import _parser
from terminal.gate_process import SWITCH, GateProcess, serve
from terminal.gate_setup import setup_of
from terminal.quiet_collector import QuietCollector
from tests.end_to_end.stage import SAMPLE

LIMITS = "[[limit]]\nid = 'Any'\nmeasure = 'position'\nof = 'account'\nby = 'contract'\nhard = 9\n"
NOBODY = [f"--{name}=tcp://127.0.0.1:{port}" for port, name in enumerate(("positions", "snapshots", "quotes"), 1)]


def setup_in(folder):
    (folder / "limits.toml").write_text(LIMITS)
    options = ["--scheduling", "normal", "--limits", str(folder / "limits.toml"), "--record", str(folder / "record")]
    return setup_of(_parser(str).parse_args(["gate", "--parameters", str(SAMPLE), *NOBODY, *options]))


def test_the_collector_is_tended_between_turns_and_told_when_somebody_asked_last(tmp_path):
    told = []

    class Told(QuietCollector):
        def tend(self, last_asked):
            told.append(last_asked)
            return False

    with zmq.Context() as context:
        process = GateProcess(setup_in(tmp_path), SystemClock(), context)
        try:
            process.gate.last_asked = 7
            process.run(lambda: len(told) == 3, Told(SystemClock()))
        finally:
            process.close()
    assert told == [7, 7, 7]


def test_while_it_serves_the_collector_does_not_walk_by_itself_and_threads_take_short_turns(tmp_path, monkeypatch):
    found = []
    monkeypatch.setattr(GateProcess, "run", lambda *_: found.append((gc.isenabled(), sys.getswitchinterval())))
    before = sys.getswitchinterval()
    assert serve(setup_in(tmp_path)) == 0
    assert found == [(False, pytest.approx(SWITCH))]
    assert (gc.isenabled(), sys.getswitchinterval()) == (True, before)
