"""Records as a timeline for people, and as one JSON object a line for programs."""

from __future__ import annotations

import json

from engine.audit import UNSYNCHRONISED, Record, Value
from engine.text import Text, Translate, text
from terminal.audit_command import stamp
from terminal.audit_verifier import Problem, Report
from terminal.audit_words import sentence_of

LONGEST = 20
"""Signs of an identity or digest that a timeline shows."""
_HEX = frozenset("0123456789abcdef")


def line_of(record: Record) -> str:
    """A record in one line: number, UTC to the microsecond with the clock's error, who, what, and the particulars."""
    error = record.clock_error
    clock = (
        "       ?" if error == UNSYNCHRONISED else f"±{error:>5} µs" if error < 100_000 else f"±{error // 1000:>5} ms"
    )
    who = f"{_plain(record.actor):<14} {_plain(record.kind):<22}"
    return f"{record.number:>8}  {stamp(record.wall)} {clock}  {who} {particulars(record)}".rstrip() + "\n"


def particulars(record: Record) -> str:
    """What a record's payload says, shortened."""
    try:
        content = record.content()
    except ValueError:
        return record.payload[:200].hex()
    return " ".join(f"{name}={_short(value)}" for name, value in content.items() if value not in ("", None))


def json_of(record: Record) -> str:
    """A record as one JSON object in one line."""
    content: object
    try:
        content = record.content()
    except ValueError:
        content = record.payload.hex()
    error = None if record.clock_error == UNSYNCHRONISED else record.clock_error
    fields = {
        "number": record.number,
        "time": stamp(record.wall).replace(" ", "T") + "Z",
        "wall_ns": record.wall,
        "monotonic_ns": record.monotonic,
        "boot": record.boot.hex(),
        "clock_error_us": error,
        "actor": record.actor,
        "kind": record.kind,
        "payload": content,
        "hash": record.leaf.hex(),
    }
    return json.dumps(fields, ensure_ascii=False) + "\n"


def verdict_as_text(found: Report | Problem, translate: Translate) -> str:
    """What verification found, in a few lines."""
    if isinstance(found, Problem):
        return _said(text("BAD: {problem}", problem=sentence_of(found)), translate)
    lines = [
        text(
            "Good: {records} records, {checkpoints} checkpoints of {origin}.",
            records=found.records,
            checkpoints=found.checkpoints,
            origin=found.origin or "-",
        ),
        text("Root: {root}", root=found.root.hex()),
        text("Counter-signed by a witness: the first {count} records.", count=found.witnessed),
    ]
    keys = [text("Log key: {key}", key=key) for key in sorted(found.log_keys)]
    keys += [text("Witness key: {key}", key=key) for key in sorted(found.witness_keys)]
    if keys:
        keys.append(text("Compare the keys with those that were announced."))
    return "".join(_said(line, translate) for line in [*lines, *keys])


def _said(sentence: Text, translate: Translate) -> str:
    return sentence.translated(translate) + "\n"


def _short(value: Value) -> str:
    if isinstance(value, str):
        shown = _plain(value)
        if len(shown) > LONGEST and _HEX.issuperset(shown.removeprefix("sha256:")):
            shown = f"{shown[:LONGEST]}…"
        return f'"{shown}"' if " " in shown else shown
    if isinstance(value, list | tuple):
        return f"[{len(value)}]" if value and isinstance(value[0], dict) else f"[{' '.join(map(_short, value))}]"
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict) else str(value)


def _plain(words: str) -> str:
    """Without signs that would turn or break the line."""
    return "".join(sign if sign.isprintable() else "�" for sign in words)
