"""Speed and size of loading the real parameter file, in a process of its own so that memory is its own."""

from __future__ import annotations

import json
import subprocess
import sys

from tests.bench.large_books import TAKAS
from tests.bench.measure import Figure

RUNS = 7

CHILD = """
import gc, json, sys, time
from pathlib import Path
import psutil
from lxml import etree
from engine.span.reading import read_parameters
path = Path(sys.argv[1])
gc.collect()
before = psutil.Process().memory_info().rss
start = time.perf_counter(); parameters = read_parameters(path); taken = time.perf_counter() - start
gc.collect()
grown = psutil.Process().memory_info().rss - before
start = time.perf_counter(); etree.parse(path); bare = time.perf_counter() - start
print(json.dumps([taken, bare, grown / 2**20, len(parameters)]))
"""


def figures() -> list[Figure]:
    """load_takas_s and load_takas_mb; nothing where the reference data is not there."""
    if not TAKAS.exists():
        print(f"load_takas_s, load_takas_mb: left out, there is no {TAKAS}")
        return []
    runs = []
    for _ in range(RUNS):
        command = [sys.executable, "-c", CHILD, str(TAKAS)]
        runs.append(json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout))
    taken, bare, grown, count = sorted(runs)[RUNS // 2]
    bound = f"parsing the XML alone {bare:.3f} s"
    return [
        Figure("load_takas_s", taken, "s", 0.2, bound),
        Figure("load_takas_mb", grown, "MiB", 50, f"risk arrays alone {count * 16 * 8 / 2**20:.2f} MiB"),
    ]
