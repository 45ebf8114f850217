"""`palisade gate` as a process on a real exchange process, asked by the example client."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from feeds.sample_names import sample_names
from terminal.real_time import BEHIND, real_time
from tests.end_to_end.stage import SAMPLE
from tests.end_to_end.test_demo import COMMAND, ROOT, environment, wait_for

pytestmark = pytest.mark.timeout(180)
ACCOUNTS, SEED = 20, 3
SIZE = ("--accounts", str(ACCOUNTS), "--seed", str(SEED), "--fills", "0")
CRUDE = "SIM:CL:FUT:202701"
NOBODY = [f"--{name}=tcp://127.0.0.1:{port}" for port, name in enumerate(("positions", "snapshots", "quotes"), 1)]
"""Publishers that are not there."""
LIMITS = """
[[limit]]
id = "Crude"
measure = "position"
of = "account"
by = "product"
names = ["CL"]
hard = {crude}

[[limit]]
id = "Anything"
measure = "position"
of = "account"
by = "contract"
hard = 100000
"""


@contextmanager
def exchange() -> Iterator[list[str]]:
    """A sample exchange; the options that name it."""
    command = [sys.executable, "-m", "feeds.simulator", "--exit-with-parent", *SIZE]
    with subprocess.Popen(command, env=environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE) as publisher:
        assert publisher.stdin is not None
        assert publisher.stdout is not None
        ends = json.loads(publisher.stdout.readline())
        try:
            yield [f"--{name}={ends[name]}" for name in ("positions", "snapshots", "quotes")]
        finally:
            publisher.stdin.close()


class Gate:
    """The running command."""

    def __init__(self, ends: list[str], folder: Path, *options: str) -> None:
        self.record = folder / "record"
        command = [*COMMAND, "gate", "--parameters", str(SAMPLE), *ends, "--record", str(self.record), *options]
        self.process = subprocess.Popen(
            command, cwd=folder, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        assert self.process.stdout is not None
        self.said: dict[str, Any] = json.loads(self.process.stdout.readline())

    def ask(self, account: str, contract: str, quantity: int) -> str:
        """What the example client prints."""
        program = [sys.executable, "-W", "error", str(ROOT / "docs" / "gate_client.py")]
        arguments = [self.said["gate"], account, contract, str(quantity)]
        done = subprocess.run([*program, *arguments], capture_output=True, text=True, timeout=60, check=False)
        assert done.stderr == ""
        return done.stdout

    def records(self) -> list[dict[str, Any]]:
        """What is on the disk, but for what a file begins with."""
        lines = (self.record / "gate.jsonl").read_text().splitlines()
        return [entry for line in lines if "message" in (entry := json.loads(line))]

    def end(self, number: int = signal.SIGTERM) -> dict[str, Any]:
        """End it; what it counted."""
        self.process.send_signal(number)
        said, errors = self.process.communicate(timeout=30)
        assert self.process.returncode == 0, errors
        return dict(json.loads(said.splitlines()[-1]))

    def kill(self) -> None:
        self.process.kill()
        self.process.communicate()


@pytest.fixture
def limits(tmp_path: Path) -> Path:
    file = tmp_path / "limits.toml"
    file.write_text(LIMITS.format(crude=100_000))
    return file


def test_the_example_client_is_answered_and_the_record_has_it(tmp_path: Path, limits: Path) -> None:
    with exchange() as ends:
        gate = Gate(ends, tmp_path, "--limits", str(limits))
        try:
            assert gate.said["limits"]
            assert Path(gate.said["record"]) == gate.record / "gate.jsonl"
            said = ""

            def opens() -> bool:
                nonlocal said
                said = gate.ask("nobody", CRUDE, 1)
                return "no account is called nobody" in said

            wait_for(opens, "a gate that is open")
            answers = (gate.ask(name, CRUDE, 1) for name in names())
            assert any(answer.splitlines()[-1] == "reservation: filled" for answer in answers)
            limits.write_text(LIMITS.format(crude=0))

            def refuses() -> bool:
                # Where an account is short of crude, a purchase reduces and passes.
                return any("Crude: position in CL" in gate.ask(name, CRUDE, 1) for name in names())

            wait_for(refuses, "the new limits")
            verdicts = [entry["answer"].get("verdict") for entry in gate.records()]
            counted = gate.end()
            assert counted["decided"]["passes"] == verdicts.count("passes") > 0
            assert counted["decided"]["refused"] == verdicts.count("refused") > 0
        finally:
            gate.kill()


def names() -> list[str]:
    """Some accounts of the exchange."""
    return [name for name, _ in sample_names(ACCOUNTS, 2, np.random.default_rng(SEED).spawn(4)[0])][:8]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_gate_whether_or_not_there_are_publishers(
    tmp_path: Path, limits: Path, number: signal.Signals
) -> None:
    gate = Gate(NOBODY, tmp_path, "--limits", str(limits))
    try:
        assert "the gate is closed" in gate.ask("A", CRUDE, 1)
        assert gate.end(number)["decided"] == {"refused": 1}
    finally:
        gate.kill()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has real time")
@pytest.mark.parametrize("wanted", ["real-time", "normal"])
def test_the_gate_goes_first_where_it_may_and_shall_but_not_what_values_the_desk(
    tmp_path: Path, limits: Path, wanted: str
) -> None:
    with real_time() as allowed:
        pass
    gate = Gate(NOBODY, tmp_path, "--limits", str(limits), "--scheduling", wanted)
    try:
        wait_for(lambda: gate.ask("A", CRUDE, 1), "the first answer")
        first = gate.process.pid
        others = {int(each.name) for each in Path(f"/proc/{first}/task").iterdir()} - {first}
        goes_first = allowed and wanted == "real-time"
        assert gate.said["scheduling"] == ("real-time" if goes_first else "normal")
        assert os.sched_getscheduler(first) == (os.SCHED_RR if goes_first else os.SCHED_OTHER)
        niceness = [os.getpriority(os.PRIO_PROCESS, each) for each in others]
        assert niceness.count(BEHIND) == int(goes_first)
    finally:
        gate.kill()


BAD = {
    "no limits": ([], "no file of limits is named"),
    "no such file": (["--limits", "nothing.toml"], "not readable: No such file or directory"),
    "a rate of nothing": (["--limits", "limits.toml", "--rate", "0"], "expected a whole number from 1 to 1000000"),
    "an endpoint elsewhere": (["--limits", "limits.toml", "--endpoint", "tcp://0.0.0.0:5610"], "0.0.0.0"),
}


@pytest.mark.parametrize("what", BAD)
def test_what_keeps_the_gate_from_starting_is_one_line(tmp_path: Path, limits: Path, what: str) -> None:
    options, said = BAD[what]
    command = [*COMMAND, "gate", "--parameters", str(SAMPLE), *NOBODY, "--record", "record", *options]
    done = subprocess.run(
        command, cwd=limits.parent, env=environment(), capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stdout) == (2, "")
    (line,) = done.stderr.splitlines()
    assert said in line
