"""Works through cases and says what came of each on standard output; dies of the first that is not in order.

``python -m tests.fuzz.worker SEED FIRST COUNT FOLDER``
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from random import Random

import psutil

from tests.fuzz.cases import Case, case_of, outcome_of
from tests.fuzz.seeds import seeds

MEMORY = 1 << 30
"""Bytes that reading and margining one file may take."""


def main(seed: int, first: int, count: int, folder: Path) -> None:
    """Judge ``count`` cases from the ``first``."""
    _warm_up(folder)
    _limit_memory()
    for number in range(first, first + count):
        started = time.process_time()
        case, rng = case_of(seed, number)
        tell({"started": number})
        suffix = "pa2" if case.seed.positional else "spn"
        outcome = outcome_of(case, rng, folder / f"case.{suffix}")
        took = time.process_time() - started
        told = {"number": number, "seed": case.seed.name, "outcome": outcome, "seconds": took, "done": case.done}
        tell(told)


def tell(what: dict[str, object]) -> None:
    """Write a line."""
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


def _warm_up(folder: Path) -> None:
    """Read and margin the files as they are, so that all is loaded and compiled before memory is limited."""
    for seed in seeds():
        assert outcome_of(Case(seed, (), seed.content), Random(0), folder / "case").endswith(", margined")


def _limit_memory() -> None:
    if os.name == "posix":
        import resource  # noqa: PLC0415  # other systems have none

        limit = psutil.Process().memory_info().vms + MEMORY
        resource.setrlimit(resource.RLIMIT_AS, (limit, resource.getrlimit(resource.RLIMIT_AS)[1]))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), Path(sys.argv[4]))
