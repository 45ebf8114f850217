"""Pictures of screens: small files, and what tells a blank or clipped one."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
from PySide6.QtGui import QFontMetrics, QImage
from PySide6.QtWidgets import QAbstractButton, QCheckBox, QLabel, QToolButton, QWidget

from widgets.panel import ElidedLabel

FEWEST_COLOURS = 12
"""A view with a few words of anti-aliased text has dozens."""
LARGEST_SHARE = 0.985
"""Of the pixels, in one colour: more is a view with next to nothing on it."""
PALETTE = 256
CELL = 4
"""Bits of each part of a colour in which its neighbours may differ: shades of one colour share its room."""
GIVE_WAY = ("find_button", "status_")
"""Names of what may be cut: a hint, and a line whose figures change while it is looked at."""
SLACK = 2
"""Pixels a text may lack: metrics round."""


def save_small(image: QImage, path: Path) -> None:
    """Write a PNG with 256 colours: a quarter of the size, and no difference a person sees."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not _with_palette(image).save(str(path), "PNG", 0):  # type: ignore[call-overload]
        raise OSError(f"{path} cannot be written")


def _with_palette(image: QImage) -> QImage:
    """The same picture; colours beyond those kept become the nearest of these. Dithering would undo the packing."""
    colours, places, counts = np.unique(pixels(image), return_inverse=True, return_counts=True)
    common = _kept(colours, counts)
    parts = colours[:, None] >> np.array([16, 8, 0], np.uint32) & np.uint32(255)
    nearest = np.concatenate(
        [
            ((chunk[:, None, :].astype(np.int32) - parts[common].astype(np.int32)) ** 2).sum(axis=2).argmin(axis=1)
            for chunk in np.array_split(parts, max(len(parts) // 4096, 1))
        ]
    )
    rows = nearest[places].astype(np.uint8).reshape(image.height(), image.width())
    padded = np.zeros((image.height(), -(-image.width() // 4) * 4), np.uint8)
    padded[:, : image.width()] = rows
    made = QImage(padded.tobytes(), image.width(), image.height(), padded.shape[1], QImage.Format.Format_Indexed8)
    made.setColorTable(colours[common].tolist())
    return made.copy()


def _kept(colours: npt.NDArray[np.uint32], counts: npt.NDArray[np.intp]) -> npt.NDArray[np.intp]:
    """Places of the colours to keep: half are the commonest, then come the commonest of neighbourhoods without any.

    Left to their counts alone, the greys around a thousand letters would crowd out a colour that only one word has.
    """
    mask = np.uint32(0x010101 * (0xFF >> CELL << CELL))
    ranked = np.argsort(-counts, kind="stable")
    _, firsts = np.unique(colours[ranked] & mask, return_index=True)
    common, heads = ranked[: PALETTE // 2], ranked[np.sort(firsts)]
    chosen = np.concatenate([common, heads[~np.isin(heads, common)]])
    return np.concatenate([chosen, ranked[~np.isin(ranked, chosen)]])[:PALETTE]


def complaints_about(image: QImage) -> list[str]:
    """What makes a picture look blank."""
    colours, counts = np.unique(pixels(image), return_counts=True)
    share = counts.max() / counts.sum()
    found = []
    if len(colours) < FEWEST_COLOURS:
        found.append(f"only {len(colours)} colours")
    if share > LARGEST_SHARE:
        found.append(f"{share:.1%} in one colour")
    return found


def pixels(image: QImage) -> npt.NDArray[np.uint32]:
    """uint32 of shape (height, width): 0xffRRGGBB."""
    plain = image.convertToFormat(QImage.Format.Format_RGB32)
    rows = np.frombuffer(plain.constBits(), np.uint32).reshape(plain.height(), plain.bytesPerLine() // 4)
    # A copy: the image lets its memory go at the end of this function.
    return rows[:, : plain.width()].copy()


def clipped_words(root: QWidget) -> list[str]:
    """Labels and buttons in sight whose text does not fit and is not cut with an ellipsis on purpose."""
    found = []
    for widget in root.findChildren(QWidget):
        if not widget.isVisible() or isinstance(widget, ElidedLabel):
            continue
        if isinstance(widget, QLabel) and not widget.wordWrap():
            lines, room = widget.text().splitlines(), widget.contentsRect().width()
        elif isinstance(widget, QAbstractButton) and not isinstance(widget, QCheckBox):
            lines, room = (
                [widget.text().partition("\t")[0]],
                widget.width() - (4 if isinstance(widget, QToolButton) else 6),
            )
        else:
            continue
        metrics = QFontMetrics(widget.font())
        widest = max((metrics.horizontalAdvance(line) for line in lines), default=0)
        if widest > room + SLACK and not widget.objectName().startswith(GIVE_WAY):
            found.append(f"{widget.objectName() or type(widget).__name__} {widget.text()!r}: {widest} px in {room}")
    return found
