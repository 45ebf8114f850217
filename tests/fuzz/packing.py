"""Packs a file as it is published, by gzip or zip, and damages the packed file; and files that are traps."""

from __future__ import annotations

import gzip
import io
import struct
import zipfile
import zlib
from random import Random

from tests.fuzz.mutations import cut_off, flip_bits, other_bytes

TRAP = 160_000_000
"""Bytes that a trap holds."""
FILLINGS = [
    b"\n",
    b" ",
    b"0",
    b"<x/>",
    b"<x>",
    b"<x>1</x>\n",
    b'<x a=""/>',
    b"<opt>",
    b"<fut>",
    b"<!-- -->",
    b"T \n",
    b"81\n",
    b"Z\n",
]


def packed(content: bytes, rng: Random) -> tuple[bytes, str]:
    """The content in a gzip or zip file, which is mostly damaged, and what was done."""
    method = rng.choice([_gzip, _gzip, _zip, _zip, _twice, _many])
    content = method(content, rng)
    damage = rng.choice([None, None, flip_bits, other_bytes, cut_off, _wrong_sizes, _rubbish_behind])
    if damage is None:
        return content, method.__name__.strip("_")
    return damage(content, rng), f"{method.__name__.strip('_')} {damage.__name__.strip('_')}"


def _gzip(content: bytes, rng: Random) -> bytes:
    parts = [content]
    if rng.random() < 0.2:
        place = rng.randrange(len(content) + 1)
        parts = [content[:place], content[place:]]
    return b"".join(gzip.compress(part, rng.choice([0, 1, 6]), mtime=0) for part in parts)


def _zip(content: bytes, rng: Random, count: int = 1) -> bytes:
    target = io.BytesIO()
    method = rng.choice([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2])
    with zipfile.ZipFile(target, "w", method) as archive:
        for number in range(count):
            archive.writestr(zipfile.ZipInfo(rng.choice(["a", "../a", "", "é" * 300]) + str(number)), content, method)
    return target.getvalue()


def _many(content: bytes, rng: Random) -> bytes:
    return _zip(content[:1000], rng, rng.choice([0, 2, 3]))


def _twice(content: bytes, rng: Random) -> bytes:
    return _gzip(rng.choice([_gzip, _zip])(content, rng), rng)


def _wrong_sizes(content: bytes, rng: Random) -> bytes:
    """Sizes and offsets that are not true, in the last bytes: where both formats keep them."""
    changed = bytearray(content)
    place = max(0, len(changed) - rng.randint(4, 60))
    changed[place : place + 4] = struct.pack("<I", rng.choice([0, 1, 2**31, 2**32 - 1, rng.randrange(2**32)]))
    return bytes(changed)


def _rubbish_behind(content: bytes, rng: Random) -> bytes:
    return content + rng.choice([b"\0" * 100, rng.randbytes(50), content[:40], b"\x1f\x8b"])


def trap(content: bytes, rng: Random) -> tuple[bytes, str]:
    """A small packed file that holds very much, written into the middle of a usable one."""
    short = [line for line in content.splitlines(keepends=True) if len(line) < 25] or [b"\n"]
    filling = rng.choice([*FILLINGS, rng.choice(short), rng.choice(short)])
    place = content.find(b"\n", rng.randrange(len(content) + 1)) + 1
    compressor = zlib.compressobj(9, zlib.DEFLATED, 31)
    chunk = filling * (1_000_000 // len(filling))
    pieces = [compressor.compress(content[:place])]
    pieces += [compressor.compress(chunk) for _ in range(TRAP // len(chunk))]
    pieces += [compressor.compress(content[place:]), compressor.flush()]
    return b"".join(pieces), f"trap of {filling!r}"
