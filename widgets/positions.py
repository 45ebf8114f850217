"""The Positions view: what the selected account holds, at which price and how old, and what it contributes."""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, Qt, Signal
from PySide6.QtWidgets import QVBoxLayout

from engine.decision import Order
from engine.instruments import Contract
from engine.numbers import MONEY_DECIMALS, NOT_COMPUTABLE, PRICE_DECIMALS, RATIO_DECIMALS
from engine.snapshot import AccountDetail, Freeing, PositionLine, PriceState
from engine.text import text
from widgets.cells import Cell, Index, Tone, cell_data, header_cell
from widgets.freeing_list import FreeingList
from widgets.language import sentence, tr
from widgets.numbers_text import age, count, fixed, money, percent, price
from widgets.panel import View
from widgets.selection import Selected
from widgets.tables import DenseTable, fit_columns, set_widths
from widgets.theme import Theme
from widgets.workspace.actions import KeyHint

ROOT = QModelIndex()
WIDTHS = (130, 46, 46, 50, 72, 78, 72, 76, 72, 68, 48, 66, 66)
TITLE_WIDTH = 124
MOST_WORKING = 20
"""Working orders that are named in the tool tip."""
"""Pixels that contracts keep; the columns of `GIVE_WAY` give way."""


class Column(IntEnum):
    """Columns of the view, left to right."""

    CONTRACT = 0
    LONG = 1
    SHORT = 2
    NET = 3
    PRICE = 4
    AGE = 5
    PROFIT = 6
    MARGIN = 7
    SHARE = 8
    INTEREST = 9
    DAYS = 10
    MORE = 11
    LESS = 12


ALL_COLUMNS = tuple(Column)
GIVE_WAY = (Column.INTEREST, Column.DAYS, Column.SHARE, Column.SHORT, Column.LONG, Column.LESS, Column.MORE, Column.AGE)
SORT_FIELDS = {
    Column.LONG: "long",
    Column.SHORT: "short",
    Column.NET: "net",
    Column.PRICE: "price",
    Column.AGE: "price_age",
    Column.PROFIT: "profit",
    Column.MARGIN: "margin",
    Column.SHARE: "share",
    Column.INTEREST: "share_of_interest",
    Column.DAYS: "days",
}


class PositionModel(QAbstractTableModel):
    """Positions in the order a person asked for, the largest margin contribution first until they ask."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._lines: tuple[PositionLine, ...] = ()
        self._rows: list[int] = []
        self._changes: dict[Column, Mapping[Contract, int]] = {Column.MORE: {}, Column.LESS: {}}
        self._sorted_by = Column.MARGIN
        self._descending = True

    def show(self, lines: tuple[PositionLine, ...]) -> None:
        """Take new figures: in place where the contracts are the same, else from the start."""
        same = [line.contract for line in lines] == [line.contract for line in self._lines]
        if same:
            self._lines = lines
            if lines:
                self.dataChanged.emit(self.index(0, 0), self.index(len(lines) - 1, len(Column) - 1))
            return
        self.beginResetModel()
        self._lines = lines
        self._rows = self._order()
        self.endResetModel()

    def show_changes(self, more: Mapping[Contract, int], less: Mapping[Contract, int]) -> None:
        """Take the change of margin for buying one more of each contract and for selling one."""
        self._changes = {Column.MORE: more, Column.LESS: less}
        if self._lines:
            self.dataChanged.emit(self.index(0, Column.MORE), self.index(len(self._lines) - 1, Column.LESS))

    def line(self, row: int) -> PositionLine:
        """The position in a row of the view."""
        return self._lines[self._rows[row]]

    def row_of(self, contract: Contract) -> int:
        """Row of the view that shows ``contract``, or -1."""
        for row, place in enumerate(self._rows):
            if self._lines[place].contract == contract:
                return row
        return -1

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.DescendingOrder) -> None:
        """Sort by a column; rows keep their place afterwards while figures change."""
        self._sorted_by, self._descending = ALL_COLUMNS[column], order == Qt.SortOrder.DescendingOrder
        self.layoutAboutToBeChanged.emit()
        held = self.persistentIndexList()
        places = [self._rows[index.row()] for index in held]
        self._rows = self._order()
        row_of = {place: row for row, place in enumerate(self._rows)}
        moved = [self.index(row_of[place], index.column()) for index, place in zip(held, places, strict=True)]
        self.changePersistentIndexList(held, moved)
        self.layoutChanged.emit()

    def rowCount(self, parent: Index = ROOT) -> int:  # noqa: N802
        """One row a position."""
        return 0 if parent.isValid() else len(self._lines)

    def columnCount(self, parent: Index = ROOT) -> int:  # noqa: N802
        """The same everywhere."""
        return 0 if parent.isValid() else len(Column)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = 0) -> object:  # noqa: N802
        """Titles of the columns."""
        if orientation != Qt.Orientation.Horizontal or not 0 <= section < len(Column):
            return None
        if role == Qt.ItemDataRole.ToolTipRole and section in (Column.MORE, Column.LESS):
            bought = tr("Change of margin when one more contract is bought")
            return bought if section == Column.MORE else tr("Change of margin when one contract is sold")
        if role == Qt.ItemDataRole.ToolTipRole and section in (Column.INTEREST, Column.DAYS):
            days = tr("Days to liquidate at a fifth of the contract's average daily volume")
            return days if section == Column.DAYS else tr("Net contracts as a share of the contract's open interest")
        return header_cell(self._titles()[section], section != Column.CONTRACT, role)

    def data(self, index: Index, role: int = 0) -> object:
        """Qt's roles, answered from `cell`; the tool tip gives the full identity and what is missing."""
        if not index.isValid():
            return None
        if role == Qt.ItemDataRole.ToolTipRole:
            line = self.line(index.row())
            words = [str(line.contract)]
            if line.today is not None and index.column() in (Column.LONG, Column.SHORT):
                words.append(tr("{count} opened today").format(count=count(line.today[index.column() == Column.SHORT])))
            return "\n".join([*words, *([sentence(line.reason)] if line.reason else [])])
        return cell_data(self.cell(index), role)

    def raised(self, index: Index) -> bool:  # noqa: ARG002
        """No row heads others."""
        return False

    def cell(self, index: Index) -> Cell:
        """What a cell shows."""
        line, column = self.line(index.row()), ALL_COLUMNS[index.column()]
        match column:
            case Column.CONTRACT:
                cell = Cell(line.contract.title, right=False, raw=str(line.contract))
            case Column.PRICE:
                text = "–" if line.price == NOT_COMPUTABLE else price(line.price, line.price_decimals)
                cell = Cell(text, _price_tone(line), raw=(line.price, PRICE_DECIMALS))
            case Column.AGE:
                cell = _age_cell(line)
            case Column.PROFIT | Column.MARGIN:
                cell = _money_cell(getattr(line, SORT_FIELDS[column]), signed=column is Column.PROFIT)
            case Column.SHARE:
                tone = Tone.FAINT if line.share == NOT_COMPUTABLE else Tone.TEXT
                cell = Cell(percent(line.share), tone, raw=(line.share, RATIO_DECIMALS))
            case Column.INTEREST:
                cell = _market_cell(percent(line.share_of_interest), line.share_of_interest)
            case Column.DAYS:
                cell = _market_cell(fixed(line.days, RATIO_DECIMALS, 2), line.days)
            case Column.MORE | Column.LESS:
                cell = _change_cell(self._changes[column].get(line.contract))
            case _:
                cell = _quantity_cell(getattr(line, SORT_FIELDS[column]), column)
        return cell

    def _order(self) -> list[int]:
        if self._sorted_by in self._changes:
            changes = self._changes[self._sorted_by]
            keys = [changes.get(line.contract, NOT_COMPUTABLE) for line in self._lines]
            return sorted(range(len(keys)), key=keys.__getitem__, reverse=self._descending)
        field = SORT_FIELDS.get(self._sorted_by)
        if field is None:
            return sorted(range(len(self._lines)), key=lambda row: self._lines[row].contract, reverse=self._descending)
        return sorted(
            range(len(self._lines)), key=lambda row: getattr(self._lines[row], field), reverse=self._descending
        )

    @staticmethod
    def _titles() -> tuple[str, ...]:
        return (
            tr("Contract"),
            tr("Long"),
            tr("Short"),
            tr("Net"),
            tr("Price"),
            tr("Age"),
            tr("P&L"),
            tr("Margin"),
            tr("Equity %"),
            tr("OI %"),
            tr("Days"),
            tr("+1"),
            tr("−1"),
        )


def working_words(detail: AccountDetail) -> str:
    """Each working order of an account on a line of its own; the largest first, and not too many for a screen."""
    largest = sorted(detail.working, key=lambda line: -abs(line.quantity))
    lines = [
        f"{count(line.quantity, signed=True)} {line.contract.title} · {line.name}" for line in largest[:MOST_WORKING]
    ]
    if len(largest) > MOST_WORKING:
        lines.append(tr("and {count} more").format(count=count(len(largest) - MOST_WORKING)))
    return "\n".join(lines)


class PositionsView(View):
    """Positions of the selected account."""

    hints = (KeyHint(text("Ask what closing the position does"), ("Return",)),)
    close_requested = Signal(object)
    """The `Order` that would close a position, when a person presses Enter on its row; one for each side of it where
    the account is gross-margined."""
    trade_chosen = Signal(object)
    """The `Order` of one of the trades that free margin."""

    def __init__(self, theme: Theme) -> None:
        super().__init__("positions", theme)
        self.model = PositionModel(self)
        self.table = DenseTable(theme)
        self.table.setObjectName("position_table")
        self.table.setModel(self.model)
        header = self.table.horizontalHeader()
        set_widths(header, WIDTHS, Column.CONTRACT)
        header.setSortIndicator(Column.MARGIN, Qt.SortOrder.DescendingOrder)
        header.setSectionsClickable(True)
        self.table.setSortingEnabled(True)
        rows = QVBoxLayout(self.body)
        rows.setContentsMargins(0, 0, 0, 4)
        rows.setSpacing(0)
        rows.addWidget(self.table, 1)
        self.freeing = FreeingList(theme)
        self.freeing.trade_chosen.connect(self.trade_chosen)
        rows.addWidget(self.freeing)
        self._detail: AccountDetail | None = None
        self._freeing: Freeing | None = None
        self._drawn: Freeing | None = None
        self._loading = ""
        self._wanted = ""
        self.table.selectionModel().currentRowChanged.connect(self._on_current_changed)
        self.table.activated.connect(self._on_activated)
        self.table.resized.connect(self._fit_columns)
        self.retranslate()

    def show_detail(self, detail: AccountDetail) -> None:
        """Draw an account's positions."""
        another = self._detail is None or self._detail.account != detail.account
        self._detail = detail
        self.refresh_when_visible(at_once=another)

    def show_freeing(self, freeing: Freeing | None) -> None:
        """Draw what frees margin of an account: at once where it is the one shown, else later; None for none."""
        self._freeing = freeing
        self.refresh_when_visible(at_once=True)

    def show_selected(self, selected: Selected) -> None:
        """Wait for the figures of the account that was chosen, and move to the contract."""
        self.show_loading(selected.account)
        if selected.contract is not None:
            self.select_contract(selected.contract)
        else:
            self._wanted = selected.product
            self._select_wanted()

    def show_loading(self, account: str) -> None:
        """An account was chosen whose figures are on their way."""
        if self._detail is None or self._detail.account != account:
            self._loading = account
            self._describe()

    def select_contract(self, contract: Contract) -> None:
        """Move to the row of ``contract``, where there is one."""
        row = self.model.row_of(contract)
        if row >= 0:
            self.table.selectRow(row)

    def _select_wanted(self) -> None:
        """Move to the first position in the product that is wanted, once its account's figures are there."""
        if self._wanted and not self._loading:
            product, self._wanted = self._wanted, ""
            rows = range(self.model.rowCount())
            row = next((row for row in rows if self.model.line(row).contract.product == product), -1)
            if row >= 0:
                self.table.selectRow(row)

    def refresh(self) -> None:
        """Draw the newest detail."""
        if self._detail is not None:
            if self._detail.account == self._loading:
                self._loading = ""
            self.model.show(self._detail.positions)
            self._draw_freeing(self._detail.account)
            self._select_wanted()
        self._describe()

    def _draw_freeing(self, account: str) -> None:
        freeing = self._freeing if self._freeing is not None and self._freeing.account == account else None
        if freeing is not self._drawn:
            self._drawn = freeing
            self.model.show_changes(*((freeing.more, freeing.less) if freeing is not None else ({}, {})))
            self.freeing.show_freeing(freeing)

    def retranslate(self) -> None:
        """Write every text in the language in force."""
        self.header.title.setText(tr("Positions"))
        self.table.setAccessibleName(tr("Positions"))
        self.freeing.retranslate()
        self.model.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, len(Column) - 1)
        self._describe()

    def set_theme(self, theme: Theme) -> None:
        """Paint with the tokens of ``theme`` from now on."""
        super().set_theme(theme)
        self.table.set_theme(theme)
        self.freeing.set_theme(theme)

    def set_outdated(self, message: str) -> None:
        """Hatch the figures and say why."""
        super().set_outdated(message)
        for table in (self.table, self.freeing.table):
            if bool(table.property("outdated")) != bool(message):
                table.setProperty("outdated", bool(message))
                table.viewport().update()

    def _fit_columns(self) -> None:
        fit_columns(self.table, WIDTHS, TITLE_WIDTH, GIVE_WAY)

    def _describe(self) -> None:
        detail = self._detail
        if self._loading or detail is None:
            self.header.subtitle.setText(self._loading)
            headline = tr("Computing…") if self._loading else tr("No account selected")
            self.show_placeholder(headline, self._loading or tr("Select an account on the left (Ctrl+1)."))
            return
        held = tr("{count} positions").format(count=count(len(detail.positions)))
        working = (tr("working orders: {count}").format(count=count(len(detail.working))),) if detail.working else ()
        self.header.subtitle.setText(" · ".join((detail.account, held, *working, detail.currency, detail.parameters)))
        self.header.subtitle.setToolTip(working_words(detail))
        if detail.positions:
            self.show_body()
        else:
            self.show_placeholder(tr("No positions"), tr("{account} holds nothing.").format(account=detail.account))

    def _on_current_changed(self, current: QModelIndex, _previous: QModelIndex) -> None:
        if current.isValid():
            self.contract_selected.emit(self.model.line(current.row()).contract)

    def _on_activated(self, index: QModelIndex) -> None:
        line = self.model.line(index.row())
        apart = self._detail is not None and self._detail.terms.gross
        for quantity in (-line.long, line.short) if apart else (-line.net,):
            if quantity:
                self.close_requested.emit(Order(line.contract, quantity, closes=apart))


def _quantity_cell(value: int, column: Column) -> Cell:
    """A number of contracts; a dash for a side that is not held."""
    if column is not Column.NET:
        return Cell(count(value), raw=str(value)) if value else Cell("–", Tone.FAINT, raw="0")
    return Cell(count(value, signed=True), Tone.NEGATIVE if value < 0 else Tone.TEXT, strong=True, raw=str(value))


def _age_cell(line: PositionLine) -> Cell:
    """How old the price is; a word where it is not a live one."""
    if line.price_state is PriceState.LIVE:
        return Cell(age(line.price_age), Tone.DIM, raw=str(line.price_age))
    if line.price_state is PriceState.STALE:
        return Cell(tr("stale {age}").format(age=age(line.price_age)), Tone.WARNING, raw=str(line.price_age))
    if line.price_state is PriceState.SETTLEMENT:
        return Cell(tr("settlement"), Tone.DIM, raw="settlement")
    return Cell(tr("no price"), Tone.WARNING, raw="missing")


def _price_tone(line: PositionLine) -> Tone:
    return Tone.TEXT if line.price_state in (PriceState.LIVE, PriceState.SETTLEMENT) else Tone.WARNING


def _market_cell(words: str, value: int) -> Cell:
    """A figure against the market; a dash where open interest or volume is not known."""
    if value == NOT_COMPUTABLE:
        return Cell("–", Tone.FAINT, raw="", spoken=tr("not computable"))
    return Cell(words, raw=(value, RATIO_DECIMALS))


def _change_cell(value: int | None) -> Cell:
    """A change of margin; its sign says whether margin is freed, colour only underlines it."""
    if value is None or value == NOT_COMPUTABLE:
        return Cell("–", Tone.FAINT, raw="")
    tone = Tone.OK if value < 0 else Tone.TEXT if value > 0 else Tone.DIM
    return Cell(money(value, signed=True), tone, raw=(value, MONEY_DECIMALS))


def _money_cell(value: int, *, signed: bool = False) -> Cell:
    if value == NOT_COMPUTABLE:
        return Cell(money(value), Tone.FAINT)
    tone = Tone.NEGATIVE if value < 0 else Tone.TEXT
    return Cell(money(value, signed=signed), tone, raw=(value, MONEY_DECIMALS))
