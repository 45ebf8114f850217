"""Writes changed settings into settings.toml: whole or not at all, with every comment a person left in it."""

from __future__ import annotations

import os
import re
import tempfile
import tomllib
from collections.abc import Mapping
from pathlib import Path

import msgspec

from engine.text import BadInputError, text
from terminal.settings import Settings
from terminal.settings_form import changed
from widgets.settings_dialog import Value

_SECTION = re.compile(r"\s*\[\s*([A-Za-z0-9_-]+)\s*\]\s*(?:#.*)?$")
_COMMENT = re.compile(r"""((?:"(?:[^"\\]|\\.)*"|'[^']*'|[^#"'])*)(\s*#.*)$""")


def write_settings(path: Path, before: Settings, values: Mapping[str, Value]) -> Settings:
    """Put values into the file, by path.

    Args:
        path: The file; it is made where there is none.
        before: What the file says now.
        values: What it is to say, by section and name parted by a dot.

    Returns:
        The settings as they are in the file now.

    Raises:
        BadInputError: The values are impossible, or the file cannot be written.
    """
    after = changed(before, values)
    try:
        old = path.read_text(encoding="utf-8") if path.exists() else ""
        new = old
        for name, value in values.items():
            new = _with_value(new, name, value)
        if not _says(new, after):
            # Written in a way that cannot be changed line by line: the values count more than the comments.
            new = _written_anew(after)
        _replace(path, new)
    except OSError as error:
        remedy = text("see that the folder can be written to")
        raise BadInputError(str(path), text("{reason}", reason=error.strerror), remedy) from None
    return after


def _with_value(content: str, path: str, value: Value) -> str:
    """The text with one value set, where its section has it, or at the end of the section."""
    section, _, name = path.rpartition(".")
    lines = content.splitlines()
    start, stop = _extent(lines, section)
    if start < 0:
        lines += [*([""] if lines else []), f"[{section}]"]
        start = stop = len(lines)
    written = f"{name} = {_literal(value)}"
    key = re.compile(rf"\s*{re.escape(name)}\s*=")
    for place in range(start, stop):
        if key.match(lines[place]):
            comment = _COMMENT.match(lines[place])
            lines[place] = written + (lines[place][len(comment.group(1).rstrip()) :] if comment else "")
            return "\n".join(lines) + "\n"
    while stop > start and not lines[stop - 1].strip():
        stop -= 1
    lines.insert(stop, written)
    return "\n".join(lines) + "\n"


def _extent(lines: list[str], section: str) -> tuple[int, int]:
    """First line of a section's body and the line after its last; (-1, -1) where there is no such section."""
    heads = [(place, match.group(1)) for place, line in enumerate(lines) if (match := _SECTION.match(line))]
    starts = [(0, "")] if not section else [(place + 1, name) for place, name in heads if name == section]
    if not starts:
        return -1, -1
    start = starts[0][0]
    return start, next((place for place, _ in heads if place >= start), len(lines))


def _literal(value: Value) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    signs = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}
    return '"' + "".join(signs.get(letter, letter) for letter in value) + '"'


def _says(content: str, settings: Settings) -> bool:
    try:
        return msgspec.convert(tomllib.loads(content), Settings) == settings
    except (tomllib.TOMLDecodeError, msgspec.ValidationError):
        return False


def _written_anew(settings: Settings) -> str:
    tree = msgspec.to_builtins(settings)
    plain = [f"{name} = {_literal(value)}" for name, value in tree.items() if not isinstance(value, dict)]
    for name, section in tree.items():
        if isinstance(section, dict):
            plain += ["", f"[{name}]", *(f"{key} = {_literal(value)}" for key, value in section.items())]
    return "\n".join(plain) + "\n"


def _replace(path: Path, content: str) -> None:
    """Beside it, synced, then in its place."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".settings-", suffix=".toml")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise
