"""Where the docks stand, in a file that names its schema: a layout of another release is not forced on this one."""

from __future__ import annotations

import json
from dataclasses import dataclass

from PySide6.QtCore import QByteArray, QFile, QIODevice, QSaveFile

SCHEMA = 2
LARGEST_FILE = 1_000_000


@dataclass(frozen=True, slots=True)
class Layout:
    """Geometry of the window and state of its docks, as Qt writes them; an empty state stands for the default."""

    geometry: QByteArray
    state: QByteArray


def write_layout(path: str, layout: Layout) -> bool:
    """Save a layout, whole or not at all; False where it cannot be written."""
    tree = {
        "palisade_layout": SCHEMA,
        "geometry": bytes(layout.geometry.data()).hex(),
        "state": bytes(layout.state.data()).hex(),
    }
    file = QSaveFile(path)
    if not file.open(QIODevice.OpenModeFlag.WriteOnly):
        return False
    file.write(json.dumps(tree).encode("ascii"))
    return file.commit()


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
        parts = [bytes.fromhex(tree[name]) for name in ("geometry", "state")]
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    return Layout(QByteArray(parts[0]), QByteArray(parts[1]))
