"""A plot in three dimensions, or a flat map: which one a person sees, what both are told, and images of them."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QImage, QPainter, QShowEvent
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QPushButton, QStackedLayout, QVBoxLayout, QWidget

from engine.text import text
from widgets.header_strip import Segments
from widgets.language import tr
from widgets.panel import label
from widgets.surface import stage
from widgets.surface.flat_map import FlatMap
from widgets.surface.plot import Node, ReliefPlot
from widgets.surface.relief import Relief
from widgets.surface.stage import Stage
from widgets.theme import Theme

TITLE = 34
"""Pixels of the title of an exported image."""


class Kind(StrEnum):
    """Which plot is in front."""

    SPACE = "space"
    FLAT = "flat"


class PlotStack(QWidget):
    """OpenGL is looked for when the stack is first seen: without it the flat map is shown, with a notice."""

    pointed = Signal(object)
    """The node under the mouse, or None."""
    picked = Signal(object)
    """The node a person picked."""
    chosen = Signal(object)
    """The node a person wants to go to."""
    export_requested = Signal()
    """An image is wanted."""
    problem_found = Signal(object)
    """A `Text` for the banner."""

    def __init__(self, name: str, theme: Theme) -> None:
        super().__init__()
        self._name, self.theme = name, theme
        self.kinds = Segments(f"{name}_kind", dict.fromkeys(Kind, ""))
        self.flat = FlatMap(f"{name}_map", theme)
        self.space: Stage | None = None
        self.relief: Relief | None = None
        self.kind = Kind.SPACE
        self._looked = False
        self.reset = QPushButton(autoDefault=False)
        self.png = QPushButton("PNG", autoDefault=False)
        self.buttons = QWidget()
        row = QHBoxLayout(self.buttons)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        for button, done in ((self.reset, self._on_reset), (self.png, self.export_requested.emit)):
            button.setProperty("quiet", "true")
            button.clicked.connect(lambda _checked=False, done=done: done())
            row.addWidget(button)
        self.reset.setObjectName(f"{name}_reset")
        self.png.setObjectName(f"{name}_png")
        self.notice = label(tone="warning", small=True, name=f"{name}_notice")
        self.notice.setContentsMargins(10, 0, 10, 2)
        self.notice.hide()
        self._pages = QStackedLayout()
        self._pages.addWidget(self.flat)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(0)
        rows.addWidget(self.notice)
        rows.addLayout(self._pages, 1)
        self._connect(self.flat)
        self.kinds.chosen.connect(lambda code: self.show_kind(Kind(code)))
        self.retranslate()

    @property
    def current(self) -> ReliefPlot:
        """The plot in front."""
        return self.space if self.kind is Kind.SPACE and self.space is not None else self.flat

    @property
    def node(self) -> Node | None:
        """The node under the mouse, else the picked one."""
        return self.current.hovered or self.current.node

    def show_relief(self, relief: Relief | None) -> None:
        """Draw another relief."""
        self.relief = relief
        self.current.show_relief(relief)

    def show_kind(self, kind: Kind) -> None:
        """Bring one of the plots to the front."""
        node, self.kind = self.current.node, kind
        if kind is Kind.SPACE and self.space is None:
            self.kind = Kind.FLAT
        self.kinds.set_current(self.kind)
        self._pages.setCurrentWidget(self.current)
        self.current.show_relief(self.relief)
        self.current.pick(node)
        self.reset.setEnabled(self.kind is Kind.SPACE)
        self.pointed.emit(None)

    def pick(self, node: Node | None) -> None:
        """Mark a node in the plot in front."""
        self.current.hovered = None
        self.current.pick(node)

    def say_node(self, words: str) -> None:
        """What stands beside the node that is read."""
        self.current.say_node(words)

    def set_outdated(self, outdated: bool) -> None:
        """Hatch the plots while the figures may no longer be true."""
        for plot in self._plots():
            plot.set_outdated(outdated)

    def set_theme(self, theme: Theme) -> None:
        """Paint with the tokens of ``theme`` from now on."""
        self.theme = theme
        for plot in self._plots():
            plot.set_theme(theme)

    def retranslate(self) -> None:
        """Write every text in the language in force."""
        self.kinds.setAccessibleName(tr("Plot"))
        self.kinds.buttons[Kind.SPACE].setText(tr("3D"))
        self.kinds.buttons[Kind.FLAT].setText(tr("Map"))
        self.kinds.buttons[Kind.FLAT].setToolTip(tr("Heat map with contours"))
        self.kinds.buttons[Kind.SPACE].setToolTip(
            tr("Drag turns, Shift+drag moves, the wheel zooms; Shift+arrows turn, plus and minus zoom")
        )
        self.reset.setText(tr("Reset view"))
        self.reset.setToolTip(tr("Back to the first point of view (R)"))
        self.png.setToolTip(tr("Save as an image"))
        self.notice.setText(tr("No OpenGL on this machine: the same figures as a heat map."))
        for plot in self._plots():
            plot.retranslate()

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802
        """Look for OpenGL when first seen."""
        super().showEvent(event)
        if self._looked:
            return
        self._looked = True
        canvas = stage.open_canvas()
        if canvas is not None:
            self.space = Stage(f"{self._name}_stage", self.theme, canvas)
            self.space.retranslate()
            self.destroyed.connect(canvas.close)
            self._connect(self.space)
            self.space.lost.connect(self._on_lost)
            self._pages.addWidget(self.space)
            self.show_kind(self.kind)
        else:
            self._do_without()

    def image(self, title: str, shown: QWidget) -> QImage:
        """A widget with the plot in it as it is on screen, below a title."""
        ratio = self.devicePixelRatioF()
        pixels = shown.grab().toImage()
        image = QImage(pixels.width(), pixels.height() + round(TITLE * ratio), QImage.Format.Format_RGB32)
        image.setDevicePixelRatio(ratio)
        image.fill(self.theme.colours.panel)
        painter = QPainter(image)
        painter.setFont(self.theme.font(strong=True))
        painter.setPen(self.theme.colours.text)
        room = QRectF(10, 0, image.width() / ratio - 20, TITLE)
        words = painter.fontMetrics().elidedText(title, Qt.TextElideMode.ElideRight, int(room.width()))
        painter.drawText(room, int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter), words)
        painter.drawImage(0, TITLE, pixels)
        painter.end()
        return image

    def export(self, over: QWidget, title: str, shown: QWidget) -> None:
        """Ask where to, and save an image of what ``shown`` shows now."""
        image = self.image(title, shown)
        dialog = QFileDialog(over, tr("Save as an image"), "", "PNG (*.png)")
        dialog.setObjectName(f"{self._name}_export")
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix("png")
        dialog.selectFile(f"palisade-{self._name}.png")
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(lambda path: self._save(image, path))
        dialog.open()

    def _save(self, image: QImage, path: str) -> None:
        if not image.save(path):
            self.problem_found.emit(text("{file} cannot be written: choose another folder", file=Path(path).name))

    def _plots(self) -> list[ReliefPlot]:
        return [self.flat] if self.space is None else [self.flat, self.space]

    def _connect(self, plot: ReliefPlot) -> None:
        plot.pointed.connect(self.pointed)
        plot.picked.connect(self.picked)
        plot.chosen.connect(self.chosen)

    def _on_lost(self) -> None:
        """The driver has been taken away, or its memory has run out: the flat map needs neither."""
        lost, self.space = self.space, None
        if lost is not None:
            self.flat.show_relief(self.relief)
            self.flat.pick(lost.node)
            self._pages.removeWidget(lost)
            lost.close_canvas()
            lost.deleteLater()
            self._do_without()

    def _do_without(self) -> None:
        self.kinds.buttons[Kind.SPACE].setEnabled(False)
        self.notice.show()
        self.show_kind(Kind.FLAT)

    def _on_reset(self) -> None:
        if self.space is not None:
            self.space.reset()
