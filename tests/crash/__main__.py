"""All of it, for some minutes: ``python -m tests.crash [--kills 1000] [--seed 1] [--parts NAME,…]``; 1 if at fault."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Final

from engine.authorisation.approval import Act
from engine.authorisation.keys import decode_signature
from feeds.signing import verify
from tests.crash.calls import SYNCS, WRITES, faults_at
from tests.crash.disks import faults_of_disks
from tests.crash.kills import kill_store
from tests.crash.servers import killed_servers
from tests.engine.authorisation.cast import instruction, secret, signed, words
from tests.terminal.archives import flips_found, make_trail

MEGABYTE = 2**20


@dataclass(frozen=True, slots=True)
class Told:
    """What was tried, and what was wrong."""

    what: str
    faults: list[str]


def _kills(folder: Path, arguments: argparse.Namespace) -> Iterator[Told]:
    acknowledged, faults = kill_store(folder, arguments.kills, arguments.seed)
    yield Told(f"{arguments.kills} kills, {acknowledged} records acknowledged", faults)


def _calls(folder: Path, _: argparse.Namespace) -> Iterator[Told]:
    for calls, what in (
        (SYNCS, "signal=SIGKILL"),
        (WRITES, "signal=SIGKILL"),
        (SYNCS, "error=EIO"),
        (WRITES, "error=EIO"),
        (WRITES, "error=ENOSPC"),
    ):
        yield _every(folder, calls, what)


def _every(folder: Path, calls: str, what: str) -> Told:
    """At the first call, the second, and so on until the process does not come so far."""
    faults, when, reached = list[str](), 0, True
    while reached:
        when += 1
        reached, found = faults_at(folder / f"{calls}-{what}-{when}", calls, what, when)
        faults += found
    return Told(f"{what} at each of {when - 1} calls of {calls}", faults)


def _executor(folder: Path, _: argparse.Namespace) -> Iterator[Told]:
    yield _servers(folder, "executor")


def _authority(folder: Path, _: argparse.Namespace) -> Iterator[Told]:
    yield _servers(folder, "authority")


def _servers(folder: Path, which: str) -> Told:
    ends, faults = killed_servers(folder, which)
    counts = ", ".join(f"{count} {end}" for end, count in sorted(ends.items()))
    return Told(f"SIGKILL at each write and sync of the {which} ({counts})", faults)


def _disks(folder: Path, _: argparse.Namespace) -> Iterator[Told]:
    yield Told("full and read-only disks", faults_of_disks(folder))


def _flips(folder: Path, _: argparse.Namespace) -> Iterator[Told]:
    trail = make_trail(folder, changes=6_600, checkpoint_every=330)
    trail.close()
    size = len(trail.archive)
    assert size >= MEGABYTE, size
    shares = os.cpu_count() or 1
    with ProcessPoolExecutor(shares, get_context("spawn")) as processes:
        found = [processes.submit(flips_found, trail.archive, share=(each, shares)) for each in range(shares)]
        missed = sorted(bit for each in found for bit in each.result())
    yield Told(f"each of {8 * size} bits of an archive flipped", [f"bit {bit}" for bit in missed])


def _signatures(_: Path, __: argparse.Namespace) -> Iterator[Told]:
    """Each bit of an approval's signature, both halves."""
    approval = words(instruction(), Act.APPROVE, "officer")
    key, genuine = secret("officer").public, signed(approval).signature.encode()
    accepted = []
    for bit in range(8 * len(genuine)):
        flipped = bytearray(genuine)
        flipped[bit // 8] ^= 1 << bit % 8
        if verify(key, approval.context, approval.content, decode_signature(bytes(flipped))):
            accepted.append(f"bit {bit}")
    yield Told(f"each of {8 * len(genuine)} bits of a signature flipped", accepted)


PARTS: Final[dict[str, Callable[[Path, argparse.Namespace], Iterator[Told]]]] = {
    "kills": _kills,
    "calls": _calls,
    "executor": _executor,
    "authority": _authority,
    "disks": _disks,
    "signatures": _signatures,
    "flips": _flips,
}


def main() -> int:
    """Kill, inject, flip; say what was wrong."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--kills", type=int, default=1_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--parts", default=",".join(PARTS), help=f"of {', '.join(PARTS)}; all where it is left out")
    arguments = parser.parse_args()
    parts = arguments.parts.split(",")
    unknown = sorted(set(parts) - set(PARTS))
    if unknown:
        parser.error(f"no such part: {', '.join(unknown)}; there are {', '.join(PARTS)}")
    return 1 if sum(_carry_out(part, arguments) for part in parts) else 0


def _carry_out(part: str, arguments: argparse.Namespace) -> int:
    """One part, in a folder of its own; how many faults it found."""
    found, start = 0, time.monotonic()
    with tempfile.TemporaryDirectory(prefix="crash-") as folder:
        try:
            for told in PARTS[part](Path(folder), arguments):
                _say(part, told, time.monotonic() - start)
                found, start = found + len(told.faults), time.monotonic()
        except (AssertionError, OSError, subprocess.SubprocessError) as error:
            # The other parts go on.
            _say(part, Told("it could not be carried out", [str(error)]), time.monotonic() - start)
            found += 1
    return found


def _say(part: str, told: Told, seconds: float) -> None:
    say, faults = sys.stdout.write, told.faults
    say(f"{part}, {seconds:.0f} s: {told.what}: {'nothing wrong' if not faults else f'{len(faults)} FAULTS'}\n")
    say("".join(f"  {fault}\n" for fault in faults[:20]))
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
