"""The largest names against their limits: a bar each, soft and hard limits as lines, index of concentration below."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRect, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from engine.concentration_picture import NO_LIMIT, LargestNames
from engine.numbers import NOT_COMPUTABLE, RATIO_DECIMALS
from widgets.cells import LEFT, RIGHT
from widgets.concentration.reading import with_before
from widgets.concentration.scale import Shade, Step, Swatches, steps
from widgets.concentration.sheets import largest_sheet
from widgets.concentration.squarify import STRIPE
from widgets.concentration.tile_image import MARK, Labels, paint_corner
from widgets.language import sentence, tr
from widgets.numbers_text import compact, fixed, money, percent
from widgets.sheet import Sheet
from widgets.tables import paint_hatch
from widgets.theme import Theme

HEADING, ROW, FOOT = 22, 24, 22
"""Heights in pixels."""
NAME_SHARE, SIDE, FIGURE, USE = 26, 10, 112, 62
"""Percent of the width that names may take; pixels beside everything, and those that figures and use of limits need."""
BAR = 11
NO_USES: Mapping[str, int] = MappingProxyType({})


class LargestBars(QWidget):
    """Painted; as many names as there is room for, the largest first. The rest is counted, never left out silently."""

    chosen = Signal(str)
    """Name a person selected."""
    pointed = Signal(str)
    """Exact figures under the mouse or the keyboard cursor; empty where there are none."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("largest_names")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.largest: LargestNames | None = None
        self.marked = self.hovered = -1
        self.selected = ""
        """Name that is selected everywhere else."""
        self._currency, self._outdated = "", False
        self._before: dict[int, int] = {}
        """Rows that orders change, and their exposure before."""
        self._uses: dict[str, int] = {}
        self.set_theme(theme)

    def sheet(self) -> Sheet:
        """Every name listed, whether there is room for it or not."""
        largest = self.largest
        return largest_sheet(largest, self._currency) if largest is not None else Sheet(tr("Largest names"), (), ())

    def show_largest(
        self,
        largest: LargestNames,
        currency: str,
        before: LargestNames | None = None,
        uses: Mapping[str, int] = NO_USES,
    ) -> None:
        """Draw names and limits; the cursor stays on its name.

        Args:
            largest: What to draw.
            currency: Of the amounts.
            before: The same without orders that ``largest`` looks ahead to; a hollow bar says where a name was.
            uses: Ratio scale: use of the narrowest limit on each name, of whoever comes closest to it.
        """
        was = dict(zip(before.names, before.value.tolist(), strict=True)) if before is not None else {}
        values = zip(largest.names, largest.value.tolist(), strict=True)
        self._before = {
            row: was.get(name, 0)
            for row, (name, value) in enumerate(values)
            if before is not None and was.get(name, 0) != value
        }
        name = self.largest.names[self.marked] if self.largest is not None and self.marked >= 0 else ""
        self.largest, self._currency, self.hovered = largest, currency, -1
        self._uses = {name: use for name, use in uses.items() if use != NO_LIMIT}
        self.marked = largest.names.index(name) if name in largest.names else -1
        self._say()

    def set_selected(self, name: str) -> None:
        """Mark the name that is selected everywhere else."""
        if name != self.selected:
            self.selected = name
            self.update()

    def set_theme(self, theme: Theme) -> None:
        """Paint with the tokens of ``theme`` from now on."""
        self.theme, self._labels, self._swatches = theme, Labels(theme), Swatches(theme)
        self.update()

    def set_outdated(self, outdated: bool) -> None:
        """Hatch everything while the figures may no longer be true."""
        self._outdated = outdated
        self.update()

    def retranslate(self) -> None:
        """Write every text in the language in force."""
        self.setAccessibleName(tr("Largest names"))
        self._say()

    @property
    def shown(self) -> int:
        """How many names have room."""
        if self.largest is None:
            return 0
        return max(min(len(self.largest.names), (self.height() - HEADING - FOOT) // ROW), 0)

    def reading(self) -> str:
        """Exact figures of the name under the mouse, or else of the cursor."""
        row, largest = self.hovered if self.hovered >= 0 else self.marked, self.largest
        if largest is None or row < 0:
            return ""
        value, reason = int(largest.value[row]), largest.reasons.get(row)
        if value == NOT_COMPUTABLE:
            why = f" · {sentence(reason)}" if reason is not None else ""
            return f"{largest.names[row]}: {tr('not computable')}{why}"
        parts = [f"{money(value, signed=True)} {self._currency}"]
        parts.append(tr("{share} of equity").format(share=percent(int(largest.share[row]))))
        for words, bound in (
            (tr("soft limit {amount}"), int(largest.soft[row])),
            (tr("hard limit {amount}"), int(largest.hard[row])),
        ):
            if bound not in (NO_LIMIT, NOT_COMPUTABLE):
                parts.append(words.format(amount=money(bound)))
        use = self._uses.get(largest.names[row])
        if use is not None:
            known = use != NOT_COMPUTABLE
            parts.append(tr("{use} of the limit").format(use=percent(use)) if known else tr("limit not computable"))
        elif int(largest.hard[row]) == int(largest.soft[row]) == NO_LIMIT:
            parts.append(tr("no limit"))
        parts += self._further(largest, row)
        return with_before(f"{largest.names[row]}: {' · '.join(parts)}", self._before.get(row))

    @staticmethod
    def _further(largest: LargestNames, row: int) -> list[str]:
        """Liquidity and volatility, as far as they are known."""
        figures = largest.figures
        if figures is None:
            return []
        days = fixed(int(figures.days[row]), RATIO_DECIMALS, 2)
        known = (
            (figures.share_of_interest, tr("{figure} of open interest"), percent(int(figures.share_of_interest[row]))),
            (figures.days, tr("{figure} days to liquidate"), days),
            (figures.cost, tr("cost to liquidate {figure}"), money(int(figures.cost[row]))),
            (figures.contribution, tr("{figure} of volatility"), percent(int(figures.contribution[row]))),
        )
        return [words.format(figure=shown) for column, words, shown in known if int(column[row]) != NOT_COMPUTABLE]

    def sizeHint(self) -> QSize:  # noqa: N802
        """Room for a dozen names."""
        return QSize(380, HEADING + FOOT + 12 * ROW)

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        """Room for a few names."""
        return QSize(240, HEADING + FOOT + 3 * ROW)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """Read the name under the mouse."""
        row = (int(event.position().y()) - HEADING) // ROW
        row = row if 0 <= row < self.shown else -1
        if row != self.hovered:
            self.hovered = row
            self._say()

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """Select the name under the mouse."""
        self.mouseMoveEvent(event)
        if self.hovered >= 0 and event.button() == Qt.MouseButton.LeftButton:
            self._choose(self.hovered)

    def leaveEvent(self, event: QEvent) -> None:  # noqa: ARG002, N802
        """Stop reading."""
        self.hovered = -1
        self._say()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Up and down move the cursor, Enter selects."""
        key, last = Qt.Key(event.key()), self.shown - 1
        ways = {
            Qt.Key.Key_Up: self.marked - 1,
            Qt.Key.Key_Down: self.marked + 1,
            Qt.Key.Key_Home: 0,
            Qt.Key.Key_End: last,
        }
        if key in ways and last >= 0:
            self.marked, self.hovered = min(max(ways[key], 0), last), -1
            self._say()
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space) and 0 <= self.marked <= last:
            self._choose(self.marked)
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:  # noqa: N802
        """Show where the cursor is."""
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:  # noqa: N802
        """Show the cursor faintly."""
        super().focusOutEvent(event)
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """A cursor on a name that no longer has room is let go."""
        super().resizeEvent(event)
        if self.marked >= self.shown:
            self.marked = -1
            self._say()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002, N802
        """Heading, bars, foot."""
        painter, largest = QPainter(self), self.largest
        if largest is not None:
            painter.setFont(self._labels.font)
            painter.setPen(self.theme.colours.dim)
            self._paint_heading(painter, largest)
            self._paint_bars(painter, largest)
            self._paint_foot(painter, largest)
        if self._outdated:
            paint_hatch(painter, self.rect(), self.theme)
        painter.end()

    def _paint_heading(self, painter: QPainter, largest: LargestNames) -> None:
        """What is shown; lines are explained where there are any."""
        bounded = any(bool((bounds[: self.shown] != NO_LIMIT).any()) for bounds in (largest.soft, largest.hard))
        title = (
            tr("Largest names, {currency} · ┆ soft limit  │ hard limit") if bounded else tr("Largest names, {currency}")
        )
        right = SIDE
        if self._uses:
            words = tr("Use of limit")
            right += int(self._labels.width(words)) + SIDE
            place = QRect(self.width() - right, 0, right - SIDE, HEADING)
            painter.drawText(place, RIGHT, words)
        self._write(
            painter, QRect(SIDE, 0, self.width() - SIDE - right, HEADING), title.format(currency=self._currency)
        )

    def _paint_bars(self, painter: QPainter, largest: LargestNames) -> None:
        rows = range(self.shown)
        names = min(
            int(max((self._labels.width(largest.names[row]) for row in rows), default=0)) + 10, self._most_name()
        )
        beside = USE if self._uses else 0
        left, right = SIDE + names, self.width() - SIDE - FIGURE - beside
        known = [
            abs(int(figure[row]))
            for figure in (largest.value, largest.soft, largest.hard)
            for row in rows
            if int(figure[row]) not in (NO_LIMIT, NOT_COMPUTABLE)
        ]
        full = max(known, default=1) or 1
        for row in rows:
            rect = QRect(0, HEADING + row * ROW, self.width(), ROW)
            selected = largest.names[row] == self.selected
            if selected or row in (self.marked, self.hovered):
                ground = self.theme.colours.selection if row == self.marked else self.theme.colours.hover
                painter.fillRect(rect, ground)
            if selected:
                painter.fillRect(QRect(0, rect.top(), 3, ROW), self.theme.colours.accent)
            painter.setPen(self.theme.colours.text)
            self._write(painter, QRect(SIDE, rect.top(), names - 8, ROW), largest.names[row])
            bar = QRect(left, rect.center().y() - BAR // 2, max(right - left, 1), BAR)
            self._paint_bar(painter, bar, largest, row, full)
            self._paint_figures(painter, QRect(right + 8, rect.top(), FIGURE - 8, ROW), largest, row)
            use = self._uses.get(largest.names[row])
            if use is not None:
                self._paint_use(painter, QRect(right + FIGURE + 8, rect.top() + 4, beside - 8, ROW - 8), use)
            if row == self.marked and self.hasFocus():
                painter.setPen(self.theme.colours.accent)
                painter.drawRect(rect.adjusted(1, 0, -2, -1))

    def _most_name(self) -> int:
        return self.width() * NAME_SHARE // 100

    def _paint_bar(self, painter: QPainter, bar: QRect, largest: LargestNames, row: int, full: int) -> None:
        """Length by magnitude; beyond the hard limit in the colour of a breach, striped where short."""
        colours, value = self.theme.colours, int(largest.value[row])
        painter.fillRect(bar, colours.track)
        if value == NOT_COMPUTABLE:
            paint_hatch(painter, bar, self.theme)
        else:
            length = bar.width() * abs(value) // full
            painter.fillRect(QRect(bar.left(), bar.top(), length, bar.height()), colours.accent)
            hard = int(largest.hard[row])
            if hard not in (NO_LIMIT, NOT_COMPUTABLE) and abs(value) > hard:
                start = bar.width() * hard // full
                painter.fillRect(QRect(bar.left() + start, bar.top(), length - start, bar.height()), colours.close)
            if value < 0:
                painter.setPen(colours.panel)
                for y in range(bar.top() + STRIPE - 2, bar.bottom(), STRIPE - 1):
                    painter.drawLine(bar.left(), y, bar.left() + length - 1, y)
        if row in self._before and self._before[row] != NOT_COMPUTABLE:
            length = bar.width() * abs(self._before[row]) // full
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(colours.hypothetical, 1.5, Qt.PenStyle.DashLine))
            painter.drawRect(QRect(bar.left(), bar.top() - 2, min(length, bar.width()), bar.height() + 3))
        for bound, style, reach in (
            (int(largest.soft[row]), Qt.PenStyle.DotLine, 3),
            (int(largest.hard[row]), Qt.PenStyle.SolidLine, 4),
        ):
            if bound not in (NO_LIMIT, NOT_COMPUTABLE):
                x = bar.left() + bar.width() * bound // full
                painter.setPen(QPen(colours.text, 1 if reach == 3 else 2, style))
                painter.drawLine(x, bar.top() - reach, x, bar.bottom() + reach)

    def _paint_figures(self, painter: QPainter, rect: QRect, largest: LargestNames, row: int) -> None:
        """The amount and, in words as well as colour, whether it is over its limit."""
        value, hard = int(largest.value[row]), int(largest.hard[row])
        colours = self.theme.colours
        over = value != NOT_COMPUTABLE and hard not in (NO_LIMIT, NOT_COMPUTABLE) and abs(value) > hard
        words = tr("not computable") if value == NOT_COMPUTABLE else compact(value)
        words = tr("{amount} over").format(amount=words) if over else words
        words = self._labels.elided(words, rect.width())
        painter.setPen(colours.negative if over else colours.warning if value == NOT_COMPUTABLE else colours.text)
        base = rect.top() + (rect.height() + self._labels.ascent - 3) / 2
        painter.drawText(QPointF(rect.right() - self._labels.width(words), base), words)

    def _paint_use(self, painter: QPainter, rect: QRect, use: int) -> None:
        """How far the narrowest limit on a name is used, on the colour of that; a corner where it is passed."""
        step = int(steps(Shade.USE, np.array([use]), np.array([1]))[0])
        painter.fillRect(rect, self._swatches.fills[step])
        painter.setPen(self._swatches.inks[step])
        words = percent(use, 0) if use != NOT_COMPUTABLE else "?"
        base = rect.top() + (rect.height() + self._labels.ascent - 3) / 2
        painter.drawText(QPointF(rect.right() - self._labels.width(words) - MARK, base), words)
        if step == Step.FULLEST:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self._swatches.inks[step])
            paint_corner(painter, rect)

    def _paint_foot(self, painter: QPainter, largest: LargestNames) -> None:
        """Index, effective number, and how many names have no bar."""
        if largest.herfindahl == NOT_COMPUTABLE:
            parts = [tr("HHI not computable")]
        else:
            parts = [tr("HHI {index}").format(index=fixed(largest.herfindahl, RATIO_DECIMALS, 3))]
            if largest.effective != NOT_COMPUTABLE:
                names = fixed(largest.effective, RATIO_DECIMALS, 1)
                parts.append(tr("{names} effective names").format(names=names))
        others = largest.others + len(largest.names) - self.shown
        parts += [tr("{count} more not shown").format(count=others)] if others else []
        painter.setPen(self.theme.colours.line)
        painter.drawLine(SIDE, self.height() - FOOT, self.width() - SIDE, self.height() - FOOT)
        painter.setPen(self.theme.colours.dim)
        self._write(painter, QRect(SIDE, self.height() - FOOT, self.width() - 2 * SIDE, FOOT), " · ".join(parts))

    def _write(self, painter: QPainter, rect: QRect, words: str) -> None:
        painter.drawText(rect, LEFT, self._labels.elided(words, rect.width()))

    def _choose(self, row: int) -> None:
        if self.largest is not None:
            self.marked = row
            self._say()
            self.chosen.emit(self.largest.names[row])

    def _say(self) -> None:
        reading = self.reading()
        self.setAccessibleDescription(reading)
        self.pointed.emit(reading)
        self.update()
