"""What one cell of a table shows, and the delegate that paints it: text, tone, weight, alignment, raw value."""

from __future__ import annotations

from enum import IntEnum, StrEnum
from typing import NamedTuple, Protocol, cast

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPointF, QRect, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QFontMetricsF, QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from engine.numbers import NOT_COMPUTABLE, format_scaled
from widgets.theme import Theme

Index = QModelIndex | QPersistentModelIndex
LEFT = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
RIGHT = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)


PARTING = " · "
"""Stands between the parts of a name."""
LONGEST_TAIL = 0.6
"""Share of the room up to which the last part of a name is kept whole."""


class Role(IntEnum):
    """Roles of our models beyond Qt's own."""

    RAW = Qt.ItemDataRole.UserRole + 1
    """What copying yields: the exact value, without separators."""


class Tone(StrEnum):
    """What a colour means; each is the token of that name, and a sign or word always says it too."""

    TEXT = "text"
    DIM = "dim"
    FAINT = "faint"
    ACCENT = "accent"
    OK = "ok"
    WARNING = "warning"
    CALL = "call"
    CLOSE = "close"
    NEGATIVE = "negative"


class Cell(NamedTuple):
    """One cell: display text, tone, weight, side, raw value, and what is spoken where the text alone is not enough.

    The raw value is a text, or a scaled integer and its decimals: it is written out only when it is copied.
    """

    text: str = ""
    tone: Tone = Tone.TEXT
    strong: bool = False
    right: bool = True
    raw: str | tuple[int, int] = ""
    spoken: str = ""


class CellModel(Protocol):
    """A model that says what each cell shows."""

    def cell(self, index: Index) -> Cell:
        """What the cell at ``index`` shows."""
        ...

    def raised(self, index: Index) -> bool:
        """Whether the row of ``index`` is a heading of the rows below it."""
        ...


def cell_data(cell: Cell, role: int) -> object:
    """What Qt's roles ask of a cell."""
    if role == Qt.ItemDataRole.DisplayRole:
        return cell.text
    if role == Qt.ItemDataRole.TextAlignmentRole:
        return RIGHT if cell.right else LEFT
    if role == Role.RAW:
        return _raw_text(cell.raw) or cell.text
    if role == Qt.ItemDataRole.AccessibleTextRole:
        return cell.spoken or cell.text
    return None


def _raw_text(raw: str | tuple[int, int]) -> str:
    if isinstance(raw, str):
        return raw
    value, decimals = raw
    return "" if value == NOT_COMPUTABLE else format_scaled(value, decimals)


def tone_colour(theme: Theme, tone: Tone) -> QColor:
    """The token a tone stands for."""
    return cast("QColor", getattr(theme.colours, tone.value))


class CellDelegate(QStyledItemDelegate):
    """Paints cells straight from the model: one call a cell, no style sheet, no round trip through variants."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self.set_theme(theme)

    def set_theme(self, theme: Theme) -> None:
        """Paint with the tokens of ``theme`` from now on."""
        self.theme = theme
        self._fonts = (theme.font(), theme.font(strong=True))
        for font in self._fonts:
            font.setKerning(False)
        self._advances = tuple(Advances(QFontMetricsF(font)) for font in self._fonts)
        self._tones = {tone: tone_colour(theme, tone) for tone in Tone}
        metrics = QFontMetrics(self._fonts[0])
        self._baseline = (theme.metrics.row + metrics.ascent() - metrics.descent()) // 2

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:  # noqa: ARG002, N802
        """One row of the theme; widths are set by the view, once."""
        return QSize(40, self.theme.metrics.row)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Background, then what the cell shows."""
        heading = cast("CellModel", index.model()).raised(index)
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        self.paint_background(painter, option.rect, selected, heading)
        muted = bool(cast("QWidget | None", option.widget) and option.widget.property("outdated"))
        self.paint_content(painter, option.rect, index, muted)

    def paint_background(self, painter: QPainter, rect: QRect, selected: bool, heading: bool) -> None:
        """Selection over heading over plain panel."""
        if selected:
            painter.fillRect(rect, self.theme.colours.selection)
        elif heading:
            painter.fillRect(rect, self.theme.colours.raised)

    def paint_content(self, painter: QPainter, rect: QRect, index: Index, muted: bool) -> None:
        """What the cell at ``index`` shows; ``muted`` where the figures are out of date."""
        self.paint_text(painter, rect, cast("CellModel", index.model()).cell(index), muted)

    def paint_text(self, painter: QPainter, rect: QRect, cell: Cell, muted: bool = False) -> None:
        """The text of ``cell`` inside ``rect``, elided where there is no room."""
        text = cell.text
        if not text:
            return
        advances = self._advances[cell.strong]
        width = sum(map(advances.__getitem__, text))
        left, right = rect.left() + (2 if cell.right else 4), rect.right() - self.theme.metrics.padding
        painter.setFont(self._fonts[cell.strong])
        painter.setPen(self._tones[Tone.DIM if muted and cell.tone is Tone.TEXT else cell.tone])
        if width > right - left:
            text = elided(painter.fontMetrics(), text, right - left)
            width = painter.fontMetrics().horizontalAdvance(text)
        # At a point, not in a rectangle: that way Qt lays out no paragraph, which costs more than all the rest.
        painter.drawText(QPointF(right - width if cell.right else left, rect.top() + self._baseline), text)


def elided(metrics: QFontMetrics, text: str, room: int) -> str:
    """As much of a text as has room: of ``Share of equity · SI`` the last part is kept, which tells it from others."""
    head, sign, tail = text.rpartition(PARTING)
    kept = sign + tail
    if head and metrics.horizontalAdvance(kept) < room * LONGEST_TAIL:
        text, room = head, room - metrics.horizontalAdvance(kept)
    else:
        kept = ""
    return metrics.elidedText(text, Qt.TextElideMode.ElideRight, room) + kept


class Advances(dict[str, float]):
    """Width of each character of a font without kerning, measured once."""

    def __init__(self, metrics: QFontMetricsF) -> None:
        super().__init__()
        self._metrics = metrics

    def __missing__(self, character: str) -> float:
        width = self[character] = self._metrics.horizontalAdvance(character)
        return width


def header_cell(section_title: str, right: bool, role: int) -> object:
    """What a header section answers to Qt's roles."""
    if role == Qt.ItemDataRole.DisplayRole:
        return section_title
    if role == Qt.ItemDataRole.TextAlignmentRole:
        return RIGHT if right else LEFT
    return None
