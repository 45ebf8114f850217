"""Where the docks stand, in a file that names its schema: a layout of another release is not forced on this one."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QByteArray, QFile, QIODevice, QSaveFile

SCHEMA = 3
LARGEST_FILE = 1_000_000


@dataclass(frozen=True, slots=True)
class Arrangement:
    """How one perspective was left: the state of its docks, as Qt writes it, and the names of all docks there were."""

    state: QByteArray
    docks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Layout:
    """What a window is restored from.

    Attributes:
        geometry: Of the window, as Qt writes it.
        perspective: Name of the one that was in force.
        arrangements: By name of the perspective; those that stood by default are not in it.
        release: Of Palisade, that wrote it.
        recent: What was chosen lately in the command palette, the latest first.
    """

    geometry: QByteArray
    perspective: str
    arrangements: Mapping[str, Arrangement]
    release: str = ""
    recent: tuple[str, ...] = ()


def write_layout(path: str, layout: Layout) -> bool:
    """Save a layout, whole or not at all; False where it cannot be written."""
    tree = {
        "palisade_layout": SCHEMA,
        "release": layout.release,
        "geometry": _hex(layout.geometry),
        "perspective": layout.perspective,
        "recent": list(layout.recent),
        "perspectives": {
            name: {"state": _hex(arrangement.state), "docks": list(arrangement.docks)}
            for name, arrangement in layout.arrangements.items()
        },
    }
    file = QSaveFile(path)
    if not file.open(QIODevice.OpenModeFlag.WriteOnly):
        return False
    file.write(json.dumps(tree, indent=1).encode("ascii"))
    return file.commit()


def has_layout(path: str) -> bool:
    """Whether there is a file at all."""
    return QFile.exists(path)


def read_layout(path: str) -> Layout | None:
    """The layout in a file; None where there is none, or it is damaged or of another schema."""
    file = QFile(path)
    if not file.open(QIODevice.OpenModeFlag.ReadOnly):
        return None
    content = bytes(file.read(LARGEST_FILE).data())
    file.close()
    try:
        tree = json.loads(content)
        if not isinstance(tree, dict) or tree.get("palisade_layout") != SCHEMA:
            return None
        return Layout(
            _bytes(tree["geometry"]),
            str(tree["perspective"]),
            {str(name): _arrangement(one) for name, one in tree["perspectives"].items()},
            str(tree["release"]),
            tuple(str(each) for each in tree.get("recent", ())),
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def _arrangement(tree: dict[str, Any]) -> Arrangement:
    return Arrangement(_bytes(tree["state"]), tuple(str(name) for name in tree["docks"]))


def _hex(content: QByteArray) -> str:
    return bytes(content.data()).hex()


def _bytes(written: str) -> QByteArray:
    return QByteArray(bytes.fromhex(written))
