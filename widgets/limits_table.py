"""Every limit that an order touches: before, after, bound and headroom, the worst first, under whose figure it is."""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum
from typing import NamedTuple

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QSize, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QAbstractItemView, QSizePolicy

from engine.classification import Dimension
from engine.limit_result import LimitResult, Outcome
from engine.limit_words import name_shown
from engine.limits import MONEY_MEASURES, PLAIN_RATIOS, Level, Measure
from engine.numbers import MONEY_DECIMALS, NOT_COMPUTABLE, RATIO, RATIO_DECIMALS
from widgets.cells import Cell, CellDelegate, Index, Tone, cell_data, header_cell
from widgets.language import sentence, tr
from widgets.numbers_text import compact, count, fixed, percent
from widgets.tables import DenseTable, fit_columns, set_widths
from widgets.theme import Theme

ROOT = QModelIndex()
WIDTHS = (140, 66, 82, 64, 76)
LEAST_NAME = 112
"""Pixels of a limit's name below which the headroom, which bound and figure after tell as well, is left out."""
FEWEST_ROWS, MOST_ROWS = 4, 60
"""Rows that the table is tall enough for, whatever else wants room, and at the most."""
SIGNS = {
    Outcome.PASS: "",
    Outcome.SHADOW: "◇",
    Outcome.SOFT: "⚠",
    Outcome.NOT_COMPUTABLE: "?",
    Outcome.REFUSED: "✕",
}
TONES = {
    Outcome.PASS: Tone.TEXT,
    Outcome.SHADOW: Tone.ACCENT,
    Outcome.SOFT: Tone.WARNING,
    Outcome.NOT_COMPUTABLE: Tone.WARNING,
    Outcome.REFUSED: Tone.NEGATIVE,
}
SEVERITY = {outcome: place for place, outcome in enumerate(Outcome)}


class Column(IntEnum):
    """Columns of the table, left to right."""

    LIMIT = 0
    BEFORE = 1
    AFTER = 2
    BOUND = 3
    HEADROOM = 4


class Row(NamedTuple):
    """A limit, or where there is none the heading of the limits of an owner."""

    level: Level
    owner: str
    place: int = -1
    """Of the limit among the results; -1 for a heading."""


def outcome_word(outcome: Outcome) -> str:
    """What a limit says of an order, in a word."""
    return {
        Outcome.PASS: tr("passes"),
        Outcome.SHADOW: tr("over its bound, in shadow: refuses nothing"),
        Outcome.SOFT: tr("over its soft bound"),
        Outcome.NOT_COMPUTABLE: tr("not computable: refuses"),
        Outcome.REFUSED: tr("over its bound: refuses"),
    }[outcome]


def owner_title(level: Level, owner: str) -> str:
    """Whose figures limits bound, so that nobody takes a group's for an account's."""
    if level is Level.FIRM:
        return tr("Whole firm")
    words = tr("Account {name}") if level is Level.ACCOUNT else tr("Related accounts: {name}")
    return words.format(name=owner)


def figure_text(measure: Measure, figure: int) -> str:
    """A figure short enough for a narrow column."""
    if figure == NOT_COMPUTABLE:
        return "–"
    if measure in PLAIN_RATIOS:
        return fixed(figure, RATIO_DECIMALS, 2)
    if measure is Measure.POSITION:
        return count(figure)
    if measure in MONEY_MEASURES:
        return compact(figure)
    # Shares of several times the equity need no tenths, nor do whole ones.
    whole = abs(figure) >= 10 * RATIO or not figure % (RATIO // 100)
    return percent(figure, 0 if whole else 1)


def decimals_of(measure: Measure) -> int:
    """Scale of a figure, for copying it."""
    if measure is Measure.POSITION:
        return 0
    return MONEY_DECIMALS if measure in MONEY_MEASURES else RATIO_DECIMALS


class LimitsModel(QAbstractTableModel):
    """Limits under a heading an owner: owners by their worst limit, limits by how bad and how far used."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.rows: list[Row] = []
        self.results: tuple[LimitResult, ...] = ()

    def show(self, results: tuple[LimitResult, ...]) -> None:
        """Take what the limits say; rows keep their places while no limit says something else."""
        before, self.results = self.results, results
        if list(map(_identity, before)) == list(map(_identity, results)):
            if self.rows:
                self.dataChanged.emit(self.index(0, 0), self.index(len(self.rows) - 1, Column.HEADROOM))
            return
        self.beginResetModel()
        self.rows = _arranged(results)
        self.endResetModel()

    def rowCount(self, parent: Index = ROOT) -> int:  # noqa: N802
        """Limits and headings."""
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: Index = ROOT) -> int:  # noqa: N802
        """Limit, before, after, bound, headroom."""
        return 0 if parent.isValid() else len(Column)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = 0) -> object:  # noqa: N802
        """Titles."""
        if orientation != Qt.Orientation.Horizontal or not 0 <= section < len(Column):
            return None
        titles = (tr("Limit"), tr("Before"), tr("After"), tr("Bound"), tr("Headroom"))
        return header_cell(titles[section], section > 0, role)

    def data(self, index: Index, role: int = 0) -> object:
        """Qt's roles, answered from `cell`; a tool tip says all of it."""
        if not index.isValid():
            return None
        if role == Qt.ItemDataRole.ToolTipRole:
            return self.explained(index.row())
        return cell_data(self.cell(index), role)

    def raised(self, index: Index) -> bool:
        """An owner heads its limits."""
        return self.rows[index.row()].place < 0

    def result(self, row: int) -> LimitResult | None:
        """The limit that a row shows; None for a heading."""
        place = self.rows[row].place
        return self.results[place] if place >= 0 else None

    def cell(self, index: Index) -> Cell:
        """What a cell shows."""
        row = self.rows[index.row()]
        result = self.result(index.row())
        if result is None:
            first = index.column() == Column.LIMIT
            return Cell(owner_title(row.level, row.owner) if first else "", strong=True, right=False)
        if index.column() == Column.LIMIT:
            return Cell(_name(result), Tone.DIM if result.outcome is Outcome.PASS else Tone.TEXT, right=False)
        if result.limit is None:
            return self._missing_cell(result, index.column())
        return self._figure_cell(result, result.limit.measure, index.column())

    def _missing_cell(self, result: LimitResult, column: int) -> Cell:
        sign = SIGNS[result.outcome] if column == Column.AFTER else "–"
        return Cell(sign, TONES[result.outcome], spoken=outcome_word(result.outcome))

    def _figure_cell(self, result: LimitResult, measure: Measure, column: int) -> Cell:
        figure = (result.before, result.after, result.bound, result.headroom)[column - 1]
        words, raw = figure_text(measure, figure), (figure, decimals_of(measure))
        if column == Column.BEFORE:
            return Cell(words, Tone.TEXT, raw=raw)
        if column == Column.BOUND:
            return Cell(words, Tone.DIM, raw=raw)
        tone = TONES[result.outcome]
        if column == Column.HEADROOM:
            return Cell(words, tone if figure < 0 else Tone.DIM, raw=raw)
        sign = SIGNS[result.outcome]
        spoken = f"{words}, {outcome_word(result.outcome)}"
        return Cell(f"{words} {sign}" if sign else words, tone, strong=True, raw=raw, spoken=spoken)

    def explained(self, row: int) -> str:
        """A limit in full."""
        level, owner, _ = self.rows[row]
        result = self.result(row)
        if result is None:
            return owner_title(level, owner)
        lines = [f"{_name(result)} · {owner_title(level, owner)}", outcome_word(result.outcome)]
        if result.reason is not None:
            lines.append(sentence(result.reason))
        limit = result.limit
        if limit is not None:
            bounds = ((tr("hard"), result.hard), (tr("soft"), result.soft))
            lines += [f"{word} {figure_text(limit.measure, bound)}" for word, bound in bounds if bound is not None]
            if limit.note:
                lines.append(limit.note)
        return "\n".join(lines)


class LimitsTable(DenseTable):
    """The table; as tall as its rows where there is room, with a scroll bar where there is not."""

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme)
        self.setObjectName("limits_table")
        self.limits = LimitsModel(self)
        self.setModel(self.limits)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ContiguousSelection)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        set_widths(self.horizontalHeader(), WIDTHS, Column.LIMIT)
        self.resized.connect(self._show_what_fits)
        self.limits.modelReset.connect(self._fit)
        self._fit()

    def sizeHint(self) -> QSize:  # noqa: N802
        """Its fewest rows: whatever room there is beyond that is given by stretch."""
        return QSize(sum(WIDTHS), self.minimumHeight())

    def _paint_row(
        self,
        painter: QPainter,
        delegate: CellDelegate,
        row: int,
        columns: Sequence[tuple[int, int, int]],
        muted: bool,
    ) -> None:
        """A heading takes the whole width."""
        if self.limits.result(row) is None:
            columns = [(Column.LIMIT, 0, self.viewport().width())]
        super()._paint_row(painter, delegate, row, columns, muted)

    def _show_what_fits(self) -> None:
        fit_columns(self, WIDTHS, LEAST_NAME, (Column.HEADROOM,))

    def _fit(self) -> None:
        rows = self.limits.rowCount()
        self.setMinimumHeight(self._height(min(rows, FEWEST_ROWS)))
        self.setMaximumHeight(self._height(min(rows, MOST_ROWS)))
        self.updateGeometry()
        self.scrollToTop()

    def _height(self, rows: int) -> int:
        return self.horizontalHeader().height() + rows * self.theme.metrics.row + 2


def _name(result: LimitResult) -> str:
    """The limit's id and what it is about."""
    title = result.limit.name if result.limit is not None else tr("no limit is defined")
    by = result.limit.by if result.limit is not None else Dimension.CONTRACT
    return f"{title} · {name_shown(result.name, by)}" if result.name else title


def _arranged(results: tuple[LimitResult, ...]) -> list[Row]:
    owners: dict[tuple[Level, str], list[int]] = {}
    for place in sorted(range(len(results)), key=lambda place: _urgency(results[place]), reverse=True):
        owners.setdefault((results[place].level, results[place].owner), []).append(place)
    rows: list[Row] = []
    for (level, owner), places in owners.items():
        rows += [Row(level, owner), *(Row(level, owner, place) for place in places)]
    return rows


def _identity(result: LimitResult) -> tuple[object, ...]:
    return result.limit, result.owner, result.name, result.outcome


def _urgency(result: LimitResult) -> tuple[int, int]:
    return SEVERITY[result.outcome], result.use
