"""The trades that free margin, under the positions: one line each, a click or Enter takes it to the ticket."""

from __future__ import annotations

from enum import IntEnum
from typing import cast

from PySide6.QtCore import QAbstractTableModel, QEvent, QModelIndex, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractItemView, QFrame, QVBoxLayout

from engine.decision import Order
from engine.numbers import MONEY_DECIMALS, RATIO_DECIMALS
from engine.snapshot import Freeing, FreeingTrade
from widgets.cells import Cell, Index, Tone, cell_data, header_cell
from widgets.language import sentence, tr
from widgets.numbers_text import count, money, percent
from widgets.panel import ElidedLabel
from widgets.tables import DenseTable, fit_columns, set_widths
from widgets.theme import Theme

ROOT = QModelIndex()
ROWS = 5
"""Lines that are seen at once; the rest is scrolled to."""
WIDTHS = (170, 92, 76, 92, 92, 190)
TRADE_WIDTH = 150


class Column(IntEnum):
    """Columns of the list, left to right."""

    TRADE = 0
    FREES = 1
    PREMIUM = 2
    NOTIONAL = 3
    RATIO = 4
    REASON = 5


ALL_COLUMNS = tuple(Column)
ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


def trade_words(trade: FreeingTrade) -> str:
    """A trade as a person says it: ``Sell 24 CL 2027-01``."""
    words = tr("Buy {count} {contract}") if trade.quantity > 0 else tr("Sell {count} {contract}")
    if trade.closes:
        words = tr("Buy close {count} {contract}") if trade.quantity > 0 else tr("Sell close {count} {contract}")
    return words.format(count=count(abs(trade.quantity)), contract=trade.contract.title)


class FreeingModel(QAbstractTableModel):
    """Trades in the engine's order, the best first."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.trades: tuple[FreeingTrade, ...] = ()
        self._currency = ""

    def show(self, trades: tuple[FreeingTrade, ...], currency: str) -> None:
        """Take other trades."""
        self.beginResetModel()
        self.trades, self._currency = trades, currency
        self.endResetModel()

    def rowCount(self, parent: Index = ROOT) -> int:  # noqa: N802
        """One row a trade."""
        return 0 if parent.isValid() else len(self.trades)

    def columnCount(self, parent: Index = ROOT) -> int:  # noqa: N802
        """The same everywhere."""
        return 0 if parent.isValid() else len(Column)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = 0) -> object:  # noqa: N802
        """Titles of the columns; the amounts' currency with the first of them."""
        if orientation != Qt.Orientation.Horizontal or not 0 <= section < len(Column):
            return None
        frees = tr("Frees, {currency}").format(currency=self._currency) if self._currency else tr("Frees")
        titles = (tr("Trade"), frees, tr("Premium"), tr("Notional"), tr("Per notional"), tr("Why"))
        return header_cell(titles[section], section not in (Column.TRADE, Column.REASON), role)

    def data(self, index: Index, role: int = 0) -> object:
        """Qt's roles, answered from `cell`; the tool tip says it all in words."""
        if not index.isValid():
            return None
        if role == Qt.ItemDataRole.ToolTipRole:
            trade = self.trades[index.row()]
            hint = tr("Click or press Enter to put it into the order ticket.")
            return "\n".join([str(trade.contract), sentence(trade.reason), hint])
        return cell_data(self.cell(index), role)

    def raised(self, index: Index) -> bool:  # noqa: ARG002
        """No row heads others."""
        return False

    def cell(self, index: Index) -> Cell:
        """What a cell shows."""
        trade, column = self.trades[index.row()], ALL_COLUMNS[index.column()]
        match column:
            case Column.TRADE:
                cell = Cell(trade_words(trade), right=False, raw=f"{trade.quantity} {trade.contract}")
            case Column.FREES:
                cell = Cell(money(trade.freed), Tone.OK, strong=True, raw=(trade.freed, MONEY_DECIMALS))
            case Column.PREMIUM:
                cell = Cell("–", Tone.FAINT, raw="0")
                if trade.premium:
                    cell = Cell(money(trade.premium, signed=True), Tone.DIM, raw=(trade.premium, MONEY_DECIMALS))
            case Column.NOTIONAL:
                cell = Cell(money(trade.notional), raw=(trade.notional, MONEY_DECIMALS))
            case Column.RATIO:
                cell = Cell(percent(trade.ratio), raw=(trade.ratio, RATIO_DECIMALS))
            case Column.REASON:
                cell = Cell(sentence(trade.reason), Tone.DIM, right=False)
        return cell


class FreeingList(QFrame):
    """Heading and table; not to be seen while nothing frees margin."""

    trade_chosen = Signal(object)
    """The `Order` of a trade."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("freeing")
        self.heading = ElidedLabel()
        self.heading.setProperty("weight", "strong")
        self.heading.setProperty("size", "small")
        self.heading.setContentsMargins(10, 4, 10, 2)
        self.model = FreeingModel(self)
        self.table = DenseTable(theme)
        self.table.setObjectName("freeing_table")
        self.table.setModel(self.model)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        set_widths(self.table.horizontalHeader(), WIDTHS, Column.TRADE)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(0)
        rows.addWidget(self.heading)
        rows.addWidget(self.table)
        self.table.clicked.connect(self._on_chosen)
        # The table's own signal for Enter comes with a double click as well, after the click.
        self.table.installEventFilter(self)
        self.table.resized.connect(self._fit_columns)
        self.hide()
        self.retranslate()

    def show_freeing(self, freeing: Freeing | None) -> None:
        """Draw another account's or a newer list; None where it is not known yet."""
        trades = freeing.trades if freeing is not None else ()
        if trades != self.model.trades:
            self.model.show(trades, freeing.currency if freeing is not None else "")
            shown = min(len(trades), ROWS)
            self.table.setFixedHeight(self.table.horizontalHeader().height() + shown * self.table.theme.metrics.row + 2)
        self.setVisible(bool(trades))
        self._fit_columns()

    def retranslate(self) -> None:
        """Write every text in the language in force."""
        self.heading.setText(tr("What frees margin"))
        self.table.setAccessibleName(tr("What frees margin"))
        self.model.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, len(Column) - 1)

    def set_theme(self, theme: Theme) -> None:
        """Paint with the tokens of ``theme`` from now on."""
        self.table.set_theme(theme)

    def _fit_columns(self) -> None:
        fit_columns(self.table, WIDTHS, TRADE_WIDTH, (Column.PREMIUM, Column.NOTIONAL, Column.REASON))

    def _on_chosen(self, index: QModelIndex) -> None:
        trade = self.model.trades[index.row()]
        self.trade_chosen.emit(Order(trade.contract, trade.quantity, trade.closes))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        """Enter takes the current trade, as a click does."""
        if event.type() == QEvent.Type.KeyPress and cast("QKeyEvent", event).key() in ENTER:
            if self.table.currentIndex().isValid():
                self._on_chosen(self.table.currentIndex())
            return True
        return super().eventFilter(watched, event)
