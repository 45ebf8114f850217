"""Which run of the machine this is, and how far its wall clock may be off: what records say about their times."""

from __future__ import annotations

import ctypes
import secrets
import sys
import uuid
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Final

from engine.audit import UNSYNCHRONISED

_BOOT_FILE: Final = Path("/proc/sys/kernel/random/boot_id")
_UNSYNCHRONISED_STATE: Final = 5
"""TIME_ERROR of adjtimex(2)."""


class _Timex(ctypes.Structure):
    """The beginning of ``struct timex`` of Linux; what follows is not read."""

    _fields_ = (
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("frequency", ctypes.c_long),
        ("largest_error", ctypes.c_long),
        ("rest", ctypes.c_byte * 256),
    )


@cache
def boot_id() -> bytes:
    """16 bytes that are the same for all processes of one run of the machine; of this process where there are none."""
    try:
        return uuid.UUID(_BOOT_FILE.read_text("ascii").strip()).bytes
    except (OSError, ValueError):
        return secrets.token_bytes(16)


def clock_error() -> int:
    """Largest error of the wall clock in microseconds as the kernel knows it; `UNSYNCHRONISED` where it does not."""
    if sys.platform != "linux":
        return UNSYNCHRONISED
    timex = _Timex()
    state = ctypes.CDLL(None).adjtimex(ctypes.byref(timex))
    if state in (-1, _UNSYNCHRONISED_STATE):
        return UNSYNCHRONISED
    return max(0, min(int(timex.largest_error), UNSYNCHRONISED - 1))


@dataclass(frozen=True, slots=True)
class Machine:
    """What a record says about the machine it was made on; tests give their own.

    Attributes:
        boot: `boot_id`.
    """

    boot: bytes = field(default_factory=boot_id)

    def clock_error(self) -> int:
        """Error of the wall clock now, in microseconds."""
        return clock_error()
