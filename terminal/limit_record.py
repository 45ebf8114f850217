"""Keeps what a desk must not forget of its limits: every change, and the last good content of their file.

The record is one line of JSON a change, only ever appended to. The content in force is kept beside it, for the day
the file is missing or broken at the start, and to tell what changed while nothing ran.
"""

from __future__ import annotations

import getpass
import hashlib
import logging
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import msgspec
import platformdirs

from engine.limits import (
    MONEY_MEASURES,
    PLAIN_RATIOS,
    RATIO_MEASURES,
    Limit,
    LimitChange,
    Measure,
    ModeRule,
    Required,
    Window,
)
from engine.numbers import MONEY_DECIMALS, RATIO_DECIMALS, format_scaled
from engine.text import UserFacingError, text
from feeds.clock import SECOND
from feeds.durable_files import replace_file
from feeds.line_file import open_to_append

RECORD: Final = "limits.jsonl"
KEPT: Final = ".limits.toml"

_logger = logging.getLogger(__name__)


def data_folder() -> Path:
    """Where this user's records live."""
    return Path(platformdirs.user_data_dir("palisade", appauthor=False))


def user_name() -> str:
    """Who runs this process."""
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        # No entry for the user, and no variable that names one.
        return str(os.getuid()) if hasattr(os, "getuid") else "unknown"


class LimitRecord:
    """The record of one file of limits.

    Args:
        folder: Where records are kept.
        place: The file of limits.
        process: What keeps it: ``terminal`` or ``gate``.
    """

    def __init__(self, folder: Path, place: Path, process: str) -> None:
        self._folder = folder
        self._place = str(place.absolute())
        self._process = process

    @property
    def file(self) -> Path:
        """The record."""
        return self._folder / RECORD

    @property
    def _kept(self) -> Path:
        digest = hashlib.sha256(self._place.encode(errors="surrogateescape")).hexdigest()
        return self._folder / f"{digest[:32]}{KEPT}"

    def kept(self) -> str | None:
        """The content last in force for this file; None where there is none that can be read."""
        try:
            return self._kept.read_text(encoding="utf-8")
        except FileNotFoundError:
            return None
        except (OSError, UnicodeDecodeError) as error:
            _logger.warning("the limits last in force cannot be read: %s", error)
            return None

    def add(self, change: LimitChange, content: str) -> None:
        """Record a change and keep the new content.

        Raises:
            UserFacingError: It cannot be written; then the change must not come into force.
        """
        line = msgspec.json.encode(_as_written(change, self._place, self._process)) + b"\n"
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._append(line)
            replace_file(self._kept, content.encode("utf-8"))
        except OSError as error:
            raise UserFacingError(
                text(
                    "the change of limits cannot be recorded in {folder}: {reason}",
                    folder=self._folder,
                    reason=error.strerror or error,
                )
            ) from None

    def _append(self, line: bytes) -> None:
        """One write at the end of the file: lines of several processes do not mix."""
        handle = open_to_append(self.file)
        try:
            os.write(handle, line)
            os.fsync(handle)
        finally:
            os.close(handle)


def _as_written(change: LimitChange, place: str, process: str) -> dict[str, object]:
    """A change as the record has it: figures as a person writes them."""
    entry: dict[str, object] = {
        "when": datetime.fromtimestamp(change.when // SECOND, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "who": change.who,
        "process": process,
        "file": place,
        "before": change.before,
        "after": change.after,
        "added": [_limit(limit) for limit in change.added],
        "removed": [_limit(limit) for limit in change.removed],
        "altered": [{"before": _limit(before), "after": _limit(after)} for before, after in change.altered],
    }
    if change.rules is not None:
        entry["modes"] = {"before": list(map(_rule, change.rules[0])), "after": list(map(_rule, change.rules[1]))}
    if change.required is not None:
        before, after = change.required
        entry["required"] = {"before": list(map(_required, before)), "after": list(map(_required, after))}
    if change.currency is not None:
        entry["currency"] = {"before": change.currency[0], "after": change.currency[1]}
    return entry


def _limit(limit: Limit) -> dict[str, object]:
    words = {
        "id": limit.name,
        "measure": limit.measure.value,
        "of": limit.level.value,
        "accounts": list(limit.accounts),
        "groups": list(limit.groups),
        "by": limit.by.value if limit.by is not None else "",
        "names": list(limit.names),
        "hard": _bound(limit, limit.hard),
        "soft": _bound(limit, limit.soft),
        "relative_to": limit.basis.value if limit.basis is not None else "",
        "participation": _percent(limit.participation) if limit.measure is Measure.DAYS else "",
        "windows": [_window(window) for window in limit.windows],
        "mode": limit.mode.value,
        "note": limit.note,
    }
    return {key: value for key, value in words.items() if value}


def _bound(limit: Limit, bound: int | None) -> str:
    """A bound as the file writes it."""
    if bound is None:
        return ""
    if limit.basis is not None or limit.measure in RATIO_MEASURES - {Measure.HHI}:
        return _percent(bound)
    if limit.measure in PLAIN_RATIOS:
        return format_scaled(bound, RATIO_DECIMALS)
    return format_scaled(bound, MONEY_DECIMALS if limit.measure in MONEY_MEASURES else 0)


def _percent(ratio: int) -> str:
    return f"{format_scaled(ratio, RATIO_DECIMALS - 2)} %"


def _window(window: Window) -> str:
    return "-".join(f"{second // 3600:02}:{second // 60 % 60:02}" for second in (window.start, window.stop))


def _rule(rule: ModeRule) -> dict[str, object]:
    named = {dimension.value: list(names) for dimension, names in rule.names}
    words = {"limits": list(rule.limits), "accounts": list(rule.accounts), "groups": list(rule.groups), **named}
    return {"mode": rule.mode.value, **{key: value for key, value in words.items() if value}}


def _required(required: Required) -> dict[str, str]:
    by = required.by.value if required.by is not None else ""
    return {"measure": required.measure.value, "of": required.level.value, "by": by}
