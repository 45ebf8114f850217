"""A store on a file system of 2 MB that fills up, and on one that is mounted read-only."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.crash.verdict import faults_of

TIME = 1_800


def faults_of_disks(folder: Path) -> list[str]:
    """What was wrong; needs the right to mount in a name space of its own."""
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
    command = ["unshare", "-rm", "sh", "-ec", script]
    ran = subprocess.run(command, check=False, timeout=TIME, capture_output=True, text=True)
    if ran.returncode:
        return [f"the disks could not be made: {ran.stderr[-300:]}"]
    faults = faults_of(folder / "full", (folder / "full.rows").stat().st_size // 8)
    for name, word in (("full", "the disk is full"), ("read-only", "Read-only file system")):
        said, status = (folder / f"{name}.said").read_text(), folder / f"{name}.status"
        if not status.exists() or status.read_text().strip() != "3" or word not in said:
            faults.append(f"{name}: {said[-300:]}")
    return faults
