"""Before, change and after of the order ticket, currency by currency."""

from __future__ import annotations

from typing import NamedTuple

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, Qt
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QSizePolicy

from engine.decision import Effect, Figures
from engine.numbers import MONEY_DECIMALS, NOT_COMPUTABLE, RATIO_DECIMALS
from engine.snapshot import Lines
from widgets.cells import Cell, Index, Tone, cell_data, header_cell
from widgets.language import tr
from widgets.numbers_text import money, percent, points
from widgets.tables import DenseTable
from widgets.theme import Theme

ROOT = QModelIndex()
FIGURES = ("margin", "equity", "available", "ratio")
WORSE_WHEN_HIGHER = ("margin", "ratio")
BEFORE, CHANGE, AFTER = 1, 2, 3


class Row(NamedTuple):
    """A row: one figure of one effect; a heading with the currency where the figure is empty."""

    effect: Effect
    figure: str


class EffectsModel(QAbstractTableModel):
    """Rows margin, equity, available, risk ratio; of an account of several currencies first all of it, then each."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: list[Row] = []
        self._lines: Lines | None = None

    def show(self, effects: tuple[Effect, ...], lines: Lines | None) -> None:
        """Take the effects of a what-if; ``lines`` colour the ratio."""
        figures = ("", *FIGURES) if len(effects) > 1 else FIGURES
        rows = [Row(effect, figure) for effect in effects for figure in figures]
        self._lines = lines
        if _shape(rows) == _shape(self._rows):
            self._rows = rows
            if rows:
                self.dataChanged.emit(self.index(0, 0), self.index(len(rows) - 1, AFTER))
            return
        self.beginResetModel()
        self._rows = rows
        self.endResetModel()

    def rowCount(self, parent: Index = ROOT) -> int:  # noqa: N802
        """Figures and headings."""
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = ROOT) -> int:  # noqa: N802
        """Name, before, change, after."""
        return 0 if parent.isValid() else 4

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = 0) -> object:  # noqa: N802
        """Titles; the currency in the corner where there is one."""
        if orientation != Qt.Orientation.Horizontal or not 0 <= section < 4:
            return None
        currencies = {row.effect.currency for row in self._rows}
        corner = next(iter(currencies)) if len(currencies) == 1 else ""
        return header_cell((corner, tr("Before"), tr("Change"), tr("After"))[section], section > 0, role)

    def data(self, index: Index, role: int = 0) -> object:
        """Qt's roles, answered from `cell`."""
        return cell_data(self.cell(index), role) if index.isValid() else None

    def raised(self, index: Index) -> bool:
        """A currency heads its figures."""
        return not self._rows[index.row()].figure

    def cell(self, index: Index) -> Cell:
        """What a cell shows."""
        effect, figure = self._rows[index.row()]
        column = index.column()
        if not figure:
            whole = index.row() == 0
            words = tr("All in {currency}").format(currency=effect.currency) if whole else effect.currency
            return Cell(words if column == 0 else "", strong=True, right=False)
        if column == 0:
            return Cell(_figure_name(figure), Tone.DIM, right=False)
        figures = (effect.before, effect.change, effect.after)[column - 1]
        return self._figure_cell(figures, figure, column)

    def _figure_cell(self, figures: Figures, figure: str, column: int) -> Cell:
        value: int = getattr(figures, figure)
        is_ratio, is_change = figure == "ratio", column == CHANGE
        if value == NOT_COMPUTABLE:
            return Cell(money(value), Tone.FAINT)
        ratio_text = points if is_change else percent
        shown = ratio_text(value) if is_ratio else money(value, signed=is_change)
        tone = _change_tone(value, figure) if is_change else self._tone(value, figure)
        raw = (value, RATIO_DECIMALS if is_ratio else MONEY_DECIMALS)
        return Cell(shown, tone, strong=column == AFTER, raw=raw)

    def _tone(self, value: int, figure: str) -> Tone:
        if figure != "ratio":
            return Tone.NEGATIVE if value < 0 else Tone.TEXT
        lines = self._lines
        if lines is None or value < lines.warning:
            return Tone.TEXT
        return Tone.WARNING if value < lines.call else Tone.CALL if value < lines.close else Tone.NEGATIVE


class EffectsTable(DenseTable):
    """The table, as tall as its rows; for reading, copying with a selection."""

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme)
        self.setObjectName("effects_table")
        self.effects = EffectsModel(self)
        self.setModel(self.effects)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ContiguousSelection)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self.effects.modelReset.connect(self._fit)
        self._fit()

    def _fit(self) -> None:
        rows = self.effects.rowCount()
        self.setFixedHeight(self.horizontalHeader().height() + rows * self.theme.metrics.row + 2)


def _shape(rows: list[Row]) -> list[tuple[str, str]]:
    return [(row.effect.currency, row.figure) for row in rows]


def _figure_name(figure: str) -> str:
    names = {
        "margin": tr("Margin"),
        "equity": tr("Equity"),
        "available": tr("Available"),
        "ratio": tr("Risk ratio"),
    }
    return names[figure]


def _change_tone(value: int, figure: str) -> Tone:
    """Red where the change is for the worse, green where it is for the better; its sign says which way it went."""
    if value == 0:
        return Tone.DIM
    return Tone.NEGATIVE if (value > 0) == (figure in WORSE_WHEN_HIGHER) else Tone.OK
