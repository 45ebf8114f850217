"""The tree group → account behind the Accounts view."""

from __future__ import annotations

from enum import IntEnum

import numpy as np
from PySide6.QtCore import QAbstractItemModel, QModelIndex, QObject, Qt

from engine.numbers import MONEY_DECIMALS, NOT_COMPUTABLE, RATIO_DECIMALS, Integers
from engine.snapshot import AccountTable, Lines, Standing
from widgets.account_rows import Order, group_accounts, group_sums, wanted_rows, worst_first
from widgets.cells import Cell, Index, Tone, cell_data, header_cell
from widgets.language import sentence, tr
from widgets.numbers_text import money, percent, points

ROOT = QModelIndex()
# Made once: Qt asks for the flags of every row whenever rows move, and joining flags costs more than the rest.
GROUP_FLAGS = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
ACCOUNT_FLAGS = GROUP_FLAGS | Qt.ItemFlag.ItemNeverHasChildren
COLUMNS = 8
TONES = {
    Standing.OK: Tone.ACCENT,
    Standing.WARNING: Tone.WARNING,
    Standing.CALL: Tone.CALL,
    Standing.CLOSE: Tone.CLOSE,
    Standing.UNKNOWN: Tone.DIM,
}

# Small letters need more contrast than bars: plain text where all is well, the lighter red over the last line.
WORD_TONES = {Standing.OK: Tone.TEXT, Standing.CLOSE: Tone.NEGATIVE}


class Column(IntEnum):
    """Columns of the view, left to right."""

    ACCOUNT = 0
    CURRENCY = 1
    EQUITY = 2
    MARGIN = 3
    AVAILABLE = 4
    RATIO = 5
    TREND = 6
    TO_CALL = 7


ALL_COLUMNS = tuple(Column)
MONEY_COLUMNS = {
    Column.EQUITY: "equity",
    Column.MARGIN: "margin",
    Column.AVAILABLE: "available",
    Column.TO_CALL: "to_call",
}
NOTHING: Integers = np.zeros(0, dtype=np.int64)
EMPTY = AccountTable(
    (), (), (), NOTHING, NOTHING, NOTHING, NOTHING, NOTHING, NOTHING, NOTHING, np.zeros(0, dtype=np.int8), {}
)


def standing_word(standing: Standing) -> str:
    """What a standing is called."""
    return {
        Standing.OK: tr("within its lines"),
        Standing.WARNING: tr("near the call line"),
        Standing.CALL: tr("over the call line"),
        Standing.CLOSE: tr("over the forced close line"),
        Standing.UNKNOWN: tr("not computable"),
    }[standing]


class AccountModel(QAbstractItemModel):
    """Groups and their accounts. Figures change in place; the order changes only when `sort_again` is called.

    An index of a group carries the id 0, an index of an account the code of its group plus 1: ids stay true while
    rows move.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.table = EMPTY
        self.lines = Lines(0, 0, 0)
        self.grouping = group_accounts(EMPTY)
        self._pattern = ""
        self._arrange(worst_first(EMPTY, self.grouping, np.ones(0, dtype=np.bool_)))
        self._sums: dict[str, Integers] = {}

    def show(self, table: AccountTable, lines: Lines) -> None:
        """Take new figures: in place where the accounts are the same, else from the start."""
        before, self.lines = self.table, lines
        if (before.names, before.groups, before.currencies) != (table.names, table.groups, table.currencies):
            self.beginResetModel()
            self.table, self.grouping = table, group_accounts(table)
            self._add_up()
            self._arrange(self._wanted_order())
            self.endResetModel()
            return
        changed = before.standing != table.standing
        for name in ("equity", "margin", "available", "ratio", "trend", "to_call"):
            changed |= getattr(before, name) != getattr(table, name)
        self.table = table
        self._add_up()
        self._announce(changed)

    def sort_again(self) -> None:
        """Put the worst first again; indexes that views hold follow their rows."""
        order = self._wanted_order()
        if order == self.order:
            return
        if not order.same_rows(self.order):
            self.beginResetModel()
            self._arrange(order)
            self.endResetModel()
            return
        self.layoutAboutToBeChanged.emit()
        held = self.persistentIndexList()
        places = [(self.group_of(index), self.row_of(index)) for index in held]
        self._arrange(order)
        moved = [
            self._group_index(code, index.column()) if row < 0 else self.index_of_row(row, index.column())
            for index, (code, row) in zip(held, places, strict=True)
        ]
        self.changePersistentIndexList(held, moved)
        self.layoutChanged.emit()

    def set_pattern(self, pattern: str) -> None:
        """Show only accounts that match ``pattern`` (see `wanted_rows`)."""
        self._pattern = pattern
        self.sort_again()

    def row_of(self, index: Index) -> int:
        """Row of the table that an index of an account shows; -1 for a group."""
        code = index.internalId() - 1
        return -1 if code < 0 else int(self.order.members[self._places[code]][index.row()])

    def group_of(self, index: Index) -> int:
        """Code of the group that an index belongs to."""
        code = index.internalId() - 1
        return int(self.order.groups[index.row()]) if code < 0 else int(code)

    def account_of(self, index: Index) -> str:
        """Name of the account that an index shows, empty for a group."""
        row = self.row_of(index) if index.isValid() else -1
        return self.table.names[row] if row >= 0 else ""

    def index_of(self, account: str) -> QModelIndex:
        """Where an account is shown; invalid where it is not."""
        return self.index_of_row(self.table.names.index(account)) if account in self.table.names else ROOT

    def index_of_row(self, row: int, column: int = 0) -> QModelIndex:
        """Where a row of the table is shown; invalid where it is not."""
        code, position = int(self.grouping.codes[row]), int(self._positions[row])
        return self.createIndex(position, column, code + 1) if position >= 0 else ROOT

    def index(self, row: int, column: int, parent: Index = ROOT) -> QModelIndex:
        """Qt's way in."""
        if row < 0 or not 0 <= column < COLUMNS:
            return ROOT
        if not parent.isValid():
            return self.createIndex(row, column, 0) if row < len(self._codes) else ROOT
        place = parent.row()
        if parent.internalId() or row >= self._sizes[place]:
            return ROOT
        return self.createIndex(row, column, self._codes[place] + 1)

    def parent(self, index: Index) -> QModelIndex:  # type: ignore[override]
        """The group of an account."""
        code = index.internalId() - 1 if index.isValid() else -1
        return self.createIndex(self._places[code], 0, 0) if code >= 0 else ROOT

    def rowCount(self, parent: Index = ROOT) -> int:  # noqa: N802
        """Groups, or accounts of a group."""
        if not parent.isValid():
            return len(self._codes)
        return 0 if parent.internalId() or parent.column() else self._sizes[parent.row()]

    def columnCount(self, parent: Index = ROOT) -> int:  # noqa: ARG002, N802
        """The same everywhere."""
        return COLUMNS

    def hasChildren(self, parent: Index = ROOT) -> bool:  # noqa: N802
        """Groups have; Qt would count rows."""
        return self.rowCount(parent) > 0

    def flags(self, index: Index) -> Qt.ItemFlag:
        """Accounts say that they never have children, which spares Qt the question."""
        if not index.isValid():
            return Qt.ItemFlag.NoItemFlags
        return ACCOUNT_FLAGS if index.internalId() else GROUP_FLAGS

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = 0) -> object:  # noqa: N802
        """Titles of the columns."""
        if orientation != Qt.Orientation.Horizontal or not 0 <= section < COLUMNS:
            return None
        return header_cell(self._titles()[section], Column(section) not in (Column.ACCOUNT, Column.CURRENCY), role)

    def data(self, index: Index, role: int = 0) -> object:
        """Qt's roles, answered from `cell`; the tool tip names standing, distance and reasons."""
        if not index.isValid():
            return None
        row = self.row_of(index)
        if role in (Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleDescriptionRole):
            return self._tip(row) if row >= 0 else None
        return cell_data(self.cell(index), role)

    def raised(self, index: Index) -> bool:
        """Groups head the accounts below them."""
        return index.internalId() == 0

    def cell(self, index: Index) -> Cell:
        """What a cell shows."""
        row, column = self.row_of(index), ALL_COLUMNS[index.column()]
        return self._group_cell(self.group_of(index), column) if row < 0 else self._account_cell(row, column)

    def _account_cell(self, row: int, column: Column) -> Cell:
        table = self.table
        if column is Column.ACCOUNT:
            return Cell(table.names[row], right=False)
        if column is Column.CURRENCY:
            return Cell(table.currencies[row], Tone.DIM, right=False)
        if column is Column.RATIO:
            standing = Standing(int(table.standing[row]))
            ratio = int(table.ratio[row])
            text = percent(ratio)
            tone = WORD_TONES.get(standing, TONES[standing])
            return Cell(text, tone, raw=(ratio, RATIO_DECIMALS), spoken=f"{text}, {standing_word(standing)}")
        if column is Column.TREND:
            return _trend_cell(int(table.trend[row]))
        return _money_cell(int(getattr(table, MONEY_COLUMNS[column])[row]))

    def _group_cell(self, code: int, column: Column) -> Cell:
        if column is Column.ACCOUNT:
            return Cell(self.grouping.names[code] or tr("no group"), strong=True, right=False)
        currency = self.grouping.currencies[code]
        if column is Column.CURRENCY:
            return Cell(currency or tr("mixed"), Tone.DIM, right=False)
        name = MONEY_COLUMNS.get(column)
        if name not in self._sums or not currency:
            return Cell()
        return _money_cell(int(self._sums[name][code]))

    def _tip(self, row: int) -> str:
        table = self.table
        currency = table.currencies[row]
        facts = [
            f"{table.names[row]} · {table.groups[row]} · {standing_word(Standing(int(table.standing[row])))}",
            tr("To call line: {amount} {currency}").format(amount=money(table.to_call[row], 2), currency=currency),
            tr("To forced close line: {amount} {currency}").format(
                amount=money(table.to_close[row], 2), currency=currency
            ),
            tr("Trend: {change}").format(change=points(table.trend[row], 2)),
        ]
        if row in table.terms:
            facts.insert(1, sentence(table.terms[row].title))
        return "\n".join(facts + [sentence(reason) for reason in table.reasons.get(row, ())])

    @staticmethod
    def _titles() -> tuple[str, ...]:
        return (
            tr("Account"),
            tr("Ccy"),
            tr("Equity"),
            tr("Margin"),
            tr("Available"),
            tr("Risk ratio"),
            tr("Trend"),
            tr("To call line"),
        )

    def _wanted_order(self) -> Order:
        wanted = wanted_rows(self.table, self.grouping, self._pattern)
        return worst_first(self.table, self.grouping, wanted)

    def _arrange(self, order: Order) -> None:
        self.order = order
        self._codes: list[int] = order.groups.tolist()
        self._sizes = [len(members) for members in order.members]
        self._places = {code: place for place, code in enumerate(self._codes)}
        self._positions = np.full(len(self.table), -1, dtype=np.int64)
        for members in order.members:
            self._positions[members] = np.arange(len(members))

    def _add_up(self) -> None:
        columns = ("equity", "margin", "available")
        self._sums = {name: group_sums(getattr(self.table, name), self.grouping) for name in columns}

    def _announce(self, changed: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> None:
        """Name the narrowest run of rows of each group that has changed, and the group itself for its sums."""
        last = COLUMNS - 1
        for place, members in enumerate(self.order.members):
            touched = np.flatnonzero(changed[members])
            if len(touched):
                group = self.createIndex(place, 0, 0)
                first_row, last_row = int(touched[0]), int(touched[-1])
                self.dataChanged.emit(self.index(first_row, 0, group), self.index(last_row, last, group))
                self.dataChanged.emit(group, self.createIndex(place, last, 0))

    def _group_index(self, code: int, column: int) -> QModelIndex:
        return self.createIndex(self._places[code], column, 0)


def _money_cell(value: int) -> Cell:
    if value == NOT_COMPUTABLE:
        return Cell(money(value), Tone.FAINT)
    return Cell(money(value), Tone.NEGATIVE if value < 0 else Tone.TEXT, raw=(value, MONEY_DECIMALS))


def _trend_cell(trend: int) -> Cell:
    """An arrow: which way the ratio moves; up is worse."""
    if trend in (NOT_COMPUTABLE, 0):
        return Cell("", raw="" if trend else "0")
    arrow, tone = ("▲", Tone.CALL) if trend > 0 else ("▼", Tone.OK)
    # Less than a tenth of a point is noise and keeps the calm of the column.
    tone = tone if abs(trend) >= 10 ** (RATIO_DECIMALS - 3) else Tone.FAINT
    return Cell(arrow, tone, raw=(trend, RATIO_DECIMALS), spoken=points(trend))
