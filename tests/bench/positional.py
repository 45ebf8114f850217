"""Speed and size of loading a generated positional file of 500,000 contracts, in processes of their own."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median

from tests.bench.large_files import write_positional
from tests.bench.measure import Figure, median_seconds

RUNS = 5
CONTRACTS = 500_000

LOAD = """
import gc, json, resource, sys, time
from pathlib import Path
import psutil
from engine.span.reading import read_parameters
gc.collect()
before = psutil.Process().memory_info().rss
start = time.perf_counter()
parameters = read_parameters(Path(sys.argv[1]))
taken = time.perf_counter() - start
most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 - before
gc.collect()
print(json.dumps([taken, most / 2**20, (psutil.Process().memory_info().rss - before) / 2**20, len(parameters)]))
"""


def figures() -> list[Figure]:
    """positional500k_s and model500k_mb: the most memory at once, while the file is read."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "large.pa2")
        write_positional(path, CONTRACTS)
        runs = [_load(path) for _ in range(RUNS)]
        hashed = median_seconds(lambda: _hash(path), RUNS)
        size = path.stat().st_size / 2**20
    taken, most, left, contracts = (median(figure) for figure in zip(*runs, strict=True))
    arrays = contracts * 17 * 8 / 2**20
    return [
        Figure("positional500k_s", taken, "s", 5, f"SHA-256 of the file alone {hashed:.3f} s ({size:.0f} MiB)"),
        Figure("model500k_mb", most, "MiB", 400, f"after loading {left:.0f} MiB, risk arrays alone {arrays:.0f} MiB"),
    ]


def _load(path: Path) -> list[float]:
    command = [sys.executable, "-c", LOAD, str(path)]
    figures: list[float] = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return figures


def _hash(path: Path) -> None:
    with path.open("rb") as stream:
        hashlib.file_digest(stream, "sha256")
