"""Reads damaged parameter files for some minutes: ``python -m tests.fuzz [--seconds 600] [--seed N] [--cases N]``.

Every case follows from the seed and its number. What is not in order is written to build/fuzz with what is wrong;
``python -m tests.fuzz --seed N --first M --cases 1`` repeats it.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty, Queue
from random import SystemRandom

import psutil

from tests.fuzz.cases import case_of

FAILURES = Path("build/fuzz")
CASE_SECONDS = 20.0
"""Processor time that one case may take."""
START_SECONDS = 600.0
"""Processor time that a worker may take before its first case: it compiles what no cache has."""
ALL = 10**9


@dataclass
class Run:
    """What came of the cases so far."""

    seed: int
    outcomes: Counter[tuple[str, str]] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)
    slowest: float = 0.0
    started: int = -1

    @property
    def cases(self) -> int:
        """How many were judged, the failed ones among them."""
        return sum(self.outcomes.values()) + len(self.failures)

    def take(self, told: dict[str, object]) -> None:
        """Count what a worker told."""
        if "started" in told:
            self.started = int(str(told["started"]))
            return
        seconds = float(str(told["seconds"]))
        self.slowest = max(self.slowest, seconds)
        if seconds > CASE_SECONDS:
            self.fail(f"took {seconds:.1f} s")
        else:
            self.outcomes[str(told["seed"]), str(told["outcome"])] += 1

    def fail(self, why: str) -> None:
        """Keep the case that was last started, with what is wrong."""
        case, _ = case_of(self.seed, self.started)
        FAILURES.mkdir(parents=True, exist_ok=True)
        path = FAILURES / f"{self.seed}-{self.started}-{case.seed.name}"
        path.write_bytes(case.content)
        repeat = f"{sys.executable} -m tests.fuzz --seed {self.seed} --first {self.started} --cases 1"
        path.with_name(f"{path.name}.txt").write_text(f"{repeat}\n{', '.join(case.done)}\n\n{why}\n", "utf-8")
        self.failures.append(f"{path}: {', '.join(case.done)}: {why.strip().splitlines()[-1][:200]}")
        tell(self.failures[-1])


def work(run: Run, first: int, count: int, deadline: float) -> None:
    """Have workers judge the cases, one after the other; a worker that died is followed by another one."""
    stop = first + count
    while first < stop and time.monotonic() < deadline:
        with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryFile("w+", encoding="utf-8") as errors:
            arguments = command(run, first, stop, folder)
            with subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=errors, text=True) as worker:
                ended = follow(run, worker, deadline)
            errors.seek(0)
            if ended and run.started < first:
                raise RuntimeError(f"the worker does not start: {errors.read()}")
            if ended and worker.returncode:
                run.fail(f"{errors.read()}\nended with {worker.returncode}")
            first = run.started + 1


def command(run: Run, first: int, stop: int, folder: str) -> list[str]:
    """How a worker is started."""
    return [sys.executable, "-m", "tests.fuzz.worker", *(str(one) for one in (run.seed, first, stop - first)), folder]


def in_seconds(seconds: float) -> float:
    """A deadline."""
    return time.monotonic() + seconds


def follow(run: Run, worker: subprocess.Popen[str], deadline: float) -> bool:
    """Take what a worker tells until it ends; False where it was ended because time is up."""
    told: Queue[str] = Queue()
    reader = threading.Thread(target=pass_on, args=(worker, told), name="what the worker tells")
    reader.start()
    began, used, limit = 0.0, 0.0, START_SECONDS
    while time.monotonic() < deadline and used - began < limit:
        try:
            line = told.get(timeout=0.5)
        except Empty:
            used = processor_seconds(worker.pid) or used
            continue
        if not line:
            reader.join()
            return True
        run.take(json.loads(line))
        began = used = processor_seconds(worker.pid)
        limit = CASE_SECONDS * 1.5
    worker.kill()
    reader.join()
    if used - began >= limit:
        run.fail(f"hangs: {used - began:.0f} s of processor time")
    return False


def pass_on(worker: subprocess.Popen[str], told: Queue[str]) -> None:
    """Lines of the worker, and an empty one at their end."""
    assert worker.stdout is not None
    for line in worker.stdout:
        told.put(line)
    told.put("")


def tell(line: str) -> None:
    """Write a line."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def processor_seconds(pid: int) -> float:
    """Processor time that a process has taken; 0 where it is gone."""
    try:
        times = psutil.Process(pid).cpu_times()
    except psutil.NoSuchProcess:
        return 0.0
    return float(times.user + times.system)


def report(run: Run, seconds: float) -> None:
    """What came of the run, by file and outcome."""
    outcomes = sorted({outcome for _, outcome in run.outcomes})
    rows = [["", *outcomes]]
    for name in sorted({name for name, _ in run.outcomes}):
        rows.append([name, *(str(run.outcomes[name, outcome]) for outcome in outcomes)])
    rows.append(["all", *(str(sum(run.outcomes[key] for key in run.outcomes if key[1] == one)) for one in outcomes)])
    for row in rows:
        tell(row[0].ljust(18) + "".join(cell.rjust(28) for cell in row[1:]))
    told = f"{run.cases} cases in {seconds:.0f} s, seed {run.seed}, slowest {run.slowest:.2f} s of processor time"
    tell(f"{told}; {len(run.failures)} not in order")


def main(arguments: list[str]) -> int:
    """Run and report; 1 where anything was not in order."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--seconds", type=float, default=600.0, help="how long (600)")
    parser.add_argument("--cases", type=int, default=ALL, help="how many cases at most")
    parser.add_argument("--seed", type=int, default=None, help="what all cases follow from; any other one by default")
    parser.add_argument("--first", type=int, default=0, help="number of the first case")
    options = parser.parse_args(arguments)
    run = Run(SystemRandom().randrange(10**6) if options.seed is None else options.seed)
    started = time.monotonic()
    work(run, options.first, options.cases, in_seconds(options.seconds))
    report(run, time.monotonic() - started)
    return 1 if run.failures else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
