"""The sample market as other days' files: the same exchange, other dates, ranges and contracts."""

import os
import re
from pathlib import Path

SAMPLE = Path(__file__).parents[2] / "resources" / "sample" / "market.spn"
DATE = "20261120"
NEXT_DATE = "20261123"
VERSION, NEXT_VERSION = f"SAMPLE-{DATE}-final", f"SAMPLE-{NEXT_DATE}-final"
GONE = "SIM:ES:FUT:202803"
"""A contract that `next_day` no longer lists."""
RANGE = "<priceScan>17500.000000</priceScan>"


def today() -> str:
    """The sample market as it is."""
    return SAMPLE.read_text("utf-8")


def next_day(*, date: str = NEXT_DATE, scan: str = "21000.000000", remark: str = "") -> str:
    """The next day's file: a far future of ES is gone, the others of ES have a wider range."""
    content = today().replace(f"<date>{DATE}</date>", f"<date>{date}</date>")
    content = content.replace(RANGE, f"<priceScan>{scan}</priceScan>")
    gone = re.compile(r"<fut>\n<cId>\d+</cId>\n<pe>202803</pe>.*?</fut>\n", re.DOTALL)
    found = gone.sub("", content, count=1)
    assert found != content
    return found + (f"<!-- {remark} -->" if remark else "")


def put(path: Path, content: str) -> Path:
    """Put a file in place at once, as a careful publisher does."""
    unfinished = path.with_suffix(".part")
    unfinished.write_text(content, "utf-8")
    unfinished.replace(path)
    return path


def age(path: Path, seconds: int) -> None:
    """Let a file be as if written ``seconds`` ago."""
    then = path.stat().st_mtime_ns - seconds * 10**9
    os.utime(path, ns=(then, then))
