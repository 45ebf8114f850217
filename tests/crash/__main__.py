"""All of it, for some minutes: ``python -m tests.crash [--kills 1000] [--seed 1]``; ends with 1 after any fault."""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from engine.authorisation.approval import Act
from engine.authorisation.keys import decode_signature
from feeds.signing import verify
from tests.crash.calls import SYNCS, WRITES, faults_at
from tests.crash.kills import kill_store
from tests.crash.servers import WHICH, killed_servers
from tests.engine.authorisation.cast import instruction, secret, signed, words
from tests.terminal.archives import flips_found, make_trail

MEGABYTE = 2**20


def main() -> int:
    """Kill, inject, flip; say what was wrong."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--kills", type=int, default=1_000)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    faults = list[str]()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        faults += _told(f"{arguments.kills} kills", kill_store(folder / "kills", arguments.kills, arguments.seed))
        for calls, what in (
            (SYNCS, "signal=SIGKILL"),
            (WRITES, "signal=SIGKILL"),
            (SYNCS, "error=EIO"),
            (WRITES, "error=EIO"),
            (WRITES, "error=ENOSPC"),
        ):
            faults += _every(folder, calls, what)
        for which in WHICH:
            faults += _told(f"SIGKILL at each write and sync of the {which}", killed_servers(folder / "servers", which))
        faults += _told("full and read-only disks", _disks(folder))
        faults += _flips(folder)
        faults += _signature_flips()
    return 1 if faults else 0


def _told(what: str, faults: list[str]) -> list[str]:
    say = sys.stdout.write
    say(f"{what}: {'nothing lost' if not faults else f'{len(faults)} FAULTS'}\n")
    say("".join(f"  {fault}\n" for fault in faults[:20]))
    sys.stdout.flush()
    return faults


def _every(folder: Path, calls: str, what: str) -> list[str]:
    """At the first call, the second, and so on until the process does not come so far."""
    faults, when, reached = list[str](), 0, True
    while reached:
        when += 1
        reached, found = faults_at(folder / f"{calls}-{what}-{when}", calls, what, when)
        faults += found
    return _told(f"{what} at each of {when - 1} calls of {calls}", faults)


def _disks(folder: Path) -> list[str]:
    """On a file system of 2 MB, and on one that is mounted read-only; both need the right to mount."""
    place = folder / "disk"
    place.mkdir()
    script = f"""
        work() {{
            {sys.executable} -m tests.crash.work {place}/store 100000 >{folder}/$1.rows 2>{folder}/$1.said ||
                echo $? >{folder}/$1.status
        }}
        mount -t tmpfs -o size=2m tmpfs {place}
        work full
        mount -o remount,ro {place}
        work read-only
        cp -r {place}/store {folder}/full
    """
    subprocess.run(["unshare", "-rm", "sh", "-ec", script], check=False, timeout=600)
    from tests.crash.verdict import faults_of  # noqa: PLC0415

    rows = (folder / "full.rows").stat().st_size // 8
    faults = faults_of(folder / "full", rows)
    for name, word in (("full", "the disk is full"), ("read-only", "Read-only file system")):
        said = (folder / f"{name}.said").read_text()
        if (folder / f"{name}.status").read_text().strip() != "3" or word not in said:
            faults.append(f"{name}: {said[-300:]}")
    return faults


def _flips(folder: Path) -> list[str]:
    (folder / "archive").mkdir()
    trail = make_trail(folder / "archive", changes=6_600, checkpoint_every=330)
    trail.close()
    size, start = len(trail.archive), time.monotonic()
    assert size >= MEGABYTE, size
    missed = flips_found(trail.archive)
    seconds = time.monotonic() - start
    return _told(f"each of {8 * size} bits of an archive flipped ({seconds:.0f} s)", [f"bit {bit}" for bit in missed])


def _signature_flips() -> list[str]:
    """Each bit of an approval's signature, both halves."""
    approval = words(instruction(), Act.APPROVE, "officer")
    key, genuine = secret("officer").public, signed(approval).signature.encode()
    accepted = []
    for bit in range(8 * len(genuine)):
        flipped = bytearray(genuine)
        flipped[bit // 8] ^= 1 << bit % 8
        if verify(key, approval.context, approval.content, decode_signature(bytes(flipped))):
            accepted.append(f"bit {bit}")
    return _told(f"each of {8 * len(genuine)} bits of a signature flipped", accepted)


if __name__ == "__main__":
    sys.exit(main())
