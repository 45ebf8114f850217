"""SIGKILL at any moment: a child commits and acknowledges, the parent kills it after a random number or time."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from random import Random
from select import select

from tests.crash.verdict import faults_of
from tests.crash.work import work

MOST = 40
"""Acknowledgements after which a child is killed at the latest."""
PATIENCE = 300
"""Seconds after which a child is killed though it has acknowledged less: on the slowest machine it would have."""


def kill_store(folder: Path, kills: int, seed: int) -> tuple[int, list[str]]:
    """Kill the store in ``folder`` again and again; how many records were acknowledged, and what was wrong afterwards.

    Args:
        folder: Of one store, which every child takes up where the last left it.
        kills: How often.
        seed: Of the moments.
    """
    random, acknowledged = Random(seed), 0
    faults = list[str]()
    for number in range(kills):
        told, status = _one_life(folder, random)
        acknowledged = max(acknowledged, told)
        if not os.WIFSIGNALED(status):
            faults.append(f"kill {number}: the store had ended by itself, with {os.waitstatus_to_exitcode(status)}")
        # Judging reads everything: each time while the store is small, then now and then.
        if number < 5 or number % 20 == 0 or number == kills - 1:
            faults += [f"kill {number}: {fault}" for fault in faults_of(folder, acknowledged)]
    return acknowledged, faults


def _one_life(folder: Path, random: Random) -> tuple[int, int]:
    """Start a child, read what it acknowledges, kill it; how many rows are acknowledged altogether, and its status."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        status = 1
        try:
            work(folder, 10**6, writing)
        finally:
            os._exit(status)
    os.close(writing)
    wanted, patience, told = random.randrange(MOST), random.uniform(0.0, 0.08), b""
    while len(told) < 8 * wanted and select([reading], [], [], PATIENCE)[0]:
        piece = os.read(reading, 4096)
        if not piece:
            break
        told += piece
    # Somewhere inside the next commit or two.
    select([], [], [], patience * random.random() ** 3)
    os.kill(child, signal.SIGKILL)
    while piece := os.read(reading, 4096):
        told += piece
    os.close(reading)
    _, status = os.waitpid(child, 0)
    last = told[: len(told) // 8 * 8][-8:]
    return int.from_bytes(last, "big") + 1 if last else 0, status


if __name__ == "__main__":
    _, found = kill_store(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
    sys.stdout.write("".join(f"{fault}\n" for fault in found))
    sys.exit(1 if found else 0)
