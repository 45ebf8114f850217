"""A short run of what ``make crash`` does for minutes: kills, errors of the disk, a full one, a read-only one."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from tests.crash.calls import SYNCS, WRITES, faults_at
from tests.crash.disks import faults_of_disks
from tests.crash.servers import killed_in_time

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="strace and mounts are Linux's")


def test_no_acknowledged_record_is_lost_in_sigkills(tmp_path: Path, project_root: Path) -> None:
    command = [sys.executable, "-m", "tests.crash.kills", str(tmp_path / "store"), "25", "3"]
    ran = subprocess.run(command, capture_output=True, text=True, cwd=project_root, timeout=100, check=False)
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "", "")


@pytest.mark.parametrize(
    ("calls", "what", "when"),
    [
        (SYNCS, "signal=SIGKILL", 4),
        (SYNCS, "signal=SIGKILL", 13),
        (WRITES, "signal=SIGKILL", 40),
        (SYNCS, "error=EIO", 3),
        (SYNCS, "error=EIO", 8),
        (SYNCS, "error=EIO", 14),
        (WRITES, "error=EIO", 45),
        (WRITES, "error=ENOSPC", 60),
    ],
)
def test_nothing_is_lost_and_no_sync_is_repeated_when_a_call_fails(
    tmp_path: Path, calls: str, what: str, when: int
) -> None:
    assert faults_at(tmp_path / "store", calls, what, when) == (True, [])


@pytest.mark.parametrize(("which", "when"), [("authority", 8), ("authority", 10), ("executor", 8), ("executor", 10)])
def test_a_server_that_is_killed_at_a_sync_sends_once_or_never(which: str, when: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        fate = killed_in_time(Path(folder), which, SYNCS, when)
    assert (fate.reached, fate.fault) == (True, "")


def test_full_and_read_only_disks_are_said_and_lose_nothing() -> None:
    with tempfile.TemporaryDirectory() as folder:
        assert faults_of_disks(Path(folder)) == []
