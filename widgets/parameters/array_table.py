"""The risk array as numbers: each scenario in words, what a long contract loses, and the same on live arrays."""

from __future__ import annotations

from enum import IntEnum
from fractions import Fraction

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, Qt

from engine.numbers import MONEY_DECIMALS, NOT_COMPUTABLE
from engine.span.inspection import Inspection
from engine.span.parameters import ScanPoint
from widgets.cells import Cell, Index, Tone, cell_data, header_cell
from widgets.language import tr
from widgets.numbers_text import SPACE, money
from widgets.parameters.scenario_words import (
    is_extreme,
    move_words,
    places_needed,
    price_move,
    scenario_words,
    share_text,
    worst,
)

ROOT = QModelIndex()
WIDTHS = (44, 78, 80, 56, 96, 84, 74)
EXTREME = "◆"


class Column(IntEnum):
    """Columns of the array, left to right."""

    NUMBER = 0
    PRICE = 1
    VOLATILITY = 2
    WEIGHT = 3
    LOSS = 4
    LIVE = 5
    CHANGE = 6


ALL_COLUMNS = tuple(Column)
MONEY_COLUMNS = (Column.LOSS, Column.LIVE, Column.CHANGE)


class ArrayModel(QAbstractTableModel):
    """One row a scenario."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.losses: tuple[int, ...] = ()
        self.live: tuple[int, ...] = ()
        self.worst = 0
        self._points: dict[int, ScanPoint] = {}
        self._words: dict[tuple[int, Column, bool], Cell] = {}
        self._currency = ""
        self._places = 0

    def show(self, one: Inspection | None, live: tuple[int, ...]) -> None:
        """Take the array of a contract, and its live array where there is one; no contract empties the table."""
        losses = one.scenarios if one is not None else ()
        longer = len(losses) != len(self.losses)
        if longer:
            self.beginResetModel()
        self.losses, self.live = losses, live if len(live) == len(losses) else ()
        self.worst = worst(losses)[0]
        points = {point.number: point for point in one.points} if one is not None else {}
        if points != self._points:
            self._points = points
            self.retranslate()
        self._currency = one.family.currency if one is not None else ""
        self._places = places_needed(losses, MONEY_DECIMALS)
        if longer:
            self.endResetModel()
        elif losses:
            self.dataChanged.emit(self.index(0, 0), self.index(len(losses) - 1, len(Column) - 1))
        self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, len(Column) - 1)

    def retranslate(self) -> None:
        """Write the scenarios' words anew: they are kept, for they are the same for every contract."""
        self._words = {}
        self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, len(Column) - 1)

    def rowCount(self, parent: Index = ROOT) -> int:  # noqa: N802
        """One row a scenario."""
        return 0 if parent.isValid() else len(self.losses)

    def columnCount(self, parent: Index = ROOT) -> int:  # noqa: N802
        """The same everywhere."""
        return 0 if parent.isValid() else len(Column)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = 0) -> object:  # noqa: N802
        """Titles of the columns; tool tips say what the figures are shares of."""
        if orientation != Qt.Orientation.Horizontal or not 0 <= section < len(Column):
            return None
        if role == Qt.ItemDataRole.ToolTipRole:
            return self._explained()[section]
        loss = tr("Loss, {currency}").format(currency=self._currency)
        titles = ("#", tr("Price"), tr("Volatility"), tr("Weight"), loss, tr("Live"), tr("Change"))
        return header_cell(titles[section], section not in (Column.PRICE, Column.VOLATILITY), role)

    def data(self, index: Index, role: int = 0) -> object:
        """Qt's roles, answered from `cell`; the tool tip says the scenario in a sentence."""
        if not index.isValid():
            return None
        if role == Qt.ItemDataRole.ToolTipRole:
            point = self._points.get(index.row() + 1)
            return scenario_words(point) if point is not None else None
        return cell_data(self.cell(index), role)

    def raised(self, index: Index) -> bool:
        """The scenario a long contract loses most in stands out."""
        return index.row() + 1 == self.worst

    def cell(self, index: Index) -> Cell:
        """What a cell shows."""
        number, column = index.row() + 1, ALL_COLUMNS[index.column()]
        point, strong = self._points.get(number), number == self.worst
        if column in MONEY_COLUMNS:
            return self._money_cell(index.row(), column, strong)
        if column is Column.NUMBER:
            extreme = point is not None and is_extreme(point)
            mark = "▸" if strong else EXTREME if extreme else ""
            spoken = tr("{number}, largest loss") if strong else tr("{number}, extreme move") if extreme else ""
            tone = Tone.TEXT if strong else Tone.DIM
            return Cell(f"{mark}{number}", tone, strong, raw=str(number), spoken=spoken.format(number=number))
        if point is None:
            return Cell("–", Tone.FAINT, right=column is Column.WEIGHT, raw="", spoken=tr("not defined by the file"))
        key = (number, column, strong)
        found = self._words.get(key)
        if found is None:
            found = self._words[key] = _point_cell(point, column, strong)
        return found

    def _money_cell(self, row: int, column: Column, strong: bool) -> Cell:
        loss = self.losses[row]
        if column is Column.LOSS:
            tone = Tone.NEGATIVE if loss > 0 else Tone.TEXT
            return Cell(money(loss, self._places), tone, strong, raw=(loss, MONEY_DECIMALS))
        if not self.live:
            return Cell()
        live = self.live[row]
        if column is Column.LIVE:
            return Cell(money(live, self._places), Tone.WARNING, strong, raw=(live, MONEY_DECIMALS))
        if NOT_COMPUTABLE in (live, loss):
            return Cell("–", Tone.FAINT, spoken=tr("not computable"))
        change = live - loss
        return Cell(
            money(change, self._places, signed=True), Tone.TEXT if change else Tone.DIM, raw=(change, MONEY_DECIMALS)
        )

    @staticmethod
    def _explained() -> tuple[str, ...]:
        return (
            tr("Scenario; ▸ the largest loss of a long contract, ◆ an extreme move"),
            tr("Price move in price scan ranges"),
            tr("Volatility move in volatility scan ranges"),
            tr("Share of the loss that counts"),
            tr("What one long contract loses; a gain is negative"),
            tr("The same, computed from live prices and volatilities"),
            tr("Live less exchange"),
        )


def _point_cell(point: ScanPoint, column: Column, strong: bool) -> Cell:
    if column is Column.WEIGHT:
        whole = point.weight == 1
        words = f"{share_text(Fraction(point.weight * 100))}{SPACE}%"
        return Cell(words, Tone.DIM if whole else Tone.TEXT, strong, raw=f"{point.weight.normalize():f}")
    move = price_move(point) if column is Column.PRICE else Fraction(point.volatility_multiple)
    tone = Tone.TEXT if move else Tone.DIM
    return Cell(move_words(move), tone, strong, right=False, raw=_raw(move))


def _raw(move: Fraction) -> str:
    return str(move) if move.denominator <= 10 else f"{float(move):.6g}"
