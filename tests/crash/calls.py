"""SIGKILL and errors at each single write and sync, injected by strace into a process that commits."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.crash.verdict import faults_of

SYNCS = "fsync,fdatasync"
WRITES = "pwrite64"
ROWS = 12
TIME = 1_200
"""Seconds after which a process hangs, on the slowest machine too."""


@dataclass(frozen=True)
class Outcome:
    """What became of a process into which something was injected.

    Attributes:
        injected: Whether the process came to that call at all.
        on_store: Whether the call was on a file of the store; SQLite itself ignores errors of its syncs of folders,
            which the store syncs once more.
        acknowledged: Rows that it had acknowledged.
        status: Its exit status; negative for a signal.
        said: On standard error.
        syncs_after: Syncs of the store's files after the injected call; not those of what was written anew after it, as
            SQLite does when it takes back the making of an empty store.
    """

    injected: bool
    on_store: bool
    acknowledged: int
    status: int
    said: str
    syncs_after: int


def inject(folder: Path, calls: str, what: str, when: int) -> Outcome:
    """Let a process commit `ROWS` rows, with ``what`` (such as ``error=EIO``) at call ``when`` of ``calls``."""
    trace = folder.with_suffix(".trace")
    strace = shutil.which("strace")
    assert strace is not None, "strace is needed: apt-get install strace"
    options = [
        "-f",
        "-y",
        "-o",
        str(trace),
        "-e",
        f"trace={SYNCS},{WRITES},ftruncate",
        "-e",
        f"inject={calls}:{what}:when={when}",
    ]
    command = [strace, *options, sys.executable, "-m", "tests.crash.work", str(folder), str(ROWS)]
    ran = subprocess.run(command, capture_output=True, timeout=TIME, check=False)
    lines = trace.read_text().splitlines()
    place = next((place for place, line in enumerate(lines) if _is_hit(line, what)), None)
    syncs = _repeated_syncs(lines[place + 1 :]) if place is not None else 0
    on_store = place is not None and "records.sqlite" in lines[place]
    said = ran.stderr.decode(errors="replace")
    return Outcome(place is not None, on_store, len(ran.stdout) // 8, ran.returncode, said, syncs)


def _repeated_syncs(lines: list[str]) -> int:
    written, repeated = set[str](), 0
    for line in lines:
        call = re.search(r"\b(pwrite64|ftruncate|fsync|fdatasync)\(\d+<(.*records\.sqlite[^>]*)>", line)
        if call is None:
            continue
        if call[1] in ("pwrite64", "ftruncate"):
            written.add(call[2])
        elif call[2] not in written or call[2].endswith("-wal"):
            repeated += 1
    return repeated


def _is_hit(line: str, what: str) -> bool:
    return "(INJECTED)" in line if what.startswith("error") else "killed by SIGKILL" in line


def faults_at(folder: Path, calls: str, what: str, when: int) -> tuple[bool, list[str]]:
    """Whether the process came that far, and what was wrong with the store afterwards."""
    try:
        outcome = inject(folder, calls, what, when)
    except subprocess.TimeoutExpired:
        return True, [f"{what} at {calls} {when}: it hangs"]
    faults = list[str]()
    if (folder / "records.sqlite").exists():
        faults += faults_of(folder, outcome.acknowledged)
    elif outcome.acknowledged:
        faults.append("the store is gone")
    if outcome.on_store and what.startswith("error"):
        # A store that could not be opened, or one that stopped, says why; it does not sync again what failed once.
        if outcome.status != 3 and outcome.acknowledged < ROWS:
            faults.append(f"status {outcome.status}: {outcome.said[-300:]}")
        if calls == SYNCS and outcome.syncs_after:
            faults.append(f"{outcome.syncs_after} syncs after a sync had failed")
    return outcome.injected, [f"{what} at {calls} {when}: {fault}" for fault in faults]
