"""The tree behind the Margin breakdown view."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from PySide6.QtCore import QAbstractItemModel, QModelIndex, QObject, Qt

from engine.numbers import MONEY_DECIMALS, NOT_COMPUTABLE
from engine.snapshot import BreakdownNode
from widgets.cells import Cell, Index, Tone, cell_data, header_cell
from widgets.language import sentence, tr
from widgets.numbers_text import money

ROOT = QModelIndex()
OPEN_LEVELS = 2


class Column(IntEnum):
    """Columns of the tree, left to right."""

    STEP = 0
    AMOUNT = 1
    FIGURES = 2


@dataclass(frozen=True, slots=True)
class Entry:
    """A node in its place: parent's number in the list, or -1; row below the parent; depth; numbers of the children."""

    node: BreakdownNode
    parent: int
    row: int
    depth: int
    children: tuple[int, ...]


def flatten(nodes: tuple[BreakdownNode, ...]) -> list[Entry]:
    """All nodes in one list, parents before children: an index then needs no more than a number."""
    entries: list[Entry] = []

    def add(node: BreakdownNode, parent: int, row: int, depth: int) -> int:
        number = len(entries)
        entries.append(Entry(node, parent, row, depth, ()))
        children = tuple(add(child, number, place, depth + 1) for place, child in enumerate(node.children))
        entries[number] = Entry(node, parent, row, depth, children)
        return number

    for row, node in enumerate(nodes):
        add(node, -1, row, 0)
    return entries


class BreakdownModel(QAbstractItemModel):
    """The breakdown tree. Figures change in place while its shape stays the same."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._entries: list[Entry] = []
        self._roots: list[int] = []
        self._currencies: frozenset[str] = frozenset()

    def show(self, nodes: tuple[BreakdownNode, ...]) -> bool:
        """Take a new tree; True where its shape changed and every index is new."""
        entries = flatten(nodes)
        self._currencies = frozenset(entry.node.currency for entry in entries if entry.node.currency)
        if _shape(entries) == _shape(self._entries):
            self._entries = entries
            for parent in [ROOT, *self.every_index()]:
                last = self.rowCount(parent) - 1
                if last >= 0:
                    self.dataChanged.emit(self.index(0, 0, parent), self.index(last, len(Column) - 1, parent))
            return False
        self.beginResetModel()
        self._entries = entries
        self._roots = [number for number, entry in enumerate(entries) if entry.parent < 0]
        self.endResetModel()
        return True

    def node(self, index: Index) -> BreakdownNode:
        """The node at ``index``."""
        return self._entries[index.internalId()].node

    def depth(self, index: Index) -> int:
        """How far below the top the node at ``index`` is."""
        return self._entries[index.internalId()].depth

    def path(self, index: Index) -> tuple[str, ...]:
        """What lines are about, from the top down to ``index``: the same line in the next tree has the same path."""
        keys, number = [], index.internalId()
        while number >= 0:
            entry = self._entries[number]
            keys.append(_key(entry.node))
            number = entry.parent
        return tuple(reversed(keys))

    def every_index(self) -> list[QModelIndex]:
        """All nodes, parents before children."""
        return [self.createIndex(entry.row, 0, number) for number, entry in enumerate(self._entries)]

    def scan_of(self, index: Index) -> tuple[BreakdownNode, BreakdownNode] | None:
        """The scan that belongs to ``index`` and what it is a scan of: on the line, above it, or the first below."""
        number = index.internalId()
        while number >= 0 and not self._entries[number].node.scenarios:
            below = [child for child in self._entries[number].children if self._entries[child].node.scenarios]
            number = below[0] if below else self._entries[number].parent
        if number < 0:
            return None
        entry = self._entries[number]
        return (self._entries[entry.parent].node if entry.parent >= 0 else entry.node), entry.node

    def largest_scan(self) -> QModelIndex:
        """The scan with the largest amount; invalid where there is none."""
        scans = [number for number, entry in enumerate(self._entries) if entry.node.scenarios]
        if not scans:
            return ROOT
        number = max(scans, key=lambda each: self._entries[each].node.amount or 0)
        return self.createIndex(self._entries[number].row, 0, number)

    def currencies(self) -> set[str]:
        """Every currency an amount is in."""
        return set(self._currencies)

    @property
    def has_notes(self) -> bool:
        """Whether any line has figures behind its amount."""
        return any(entry.node.note is not None for entry in self._entries)

    def index(self, row: int, column: int, parent: Index = ROOT) -> QModelIndex:
        """Qt's way in."""
        if row < 0 or not 0 <= column < len(Column) or (parent.isValid() and parent.column()):
            return ROOT
        siblings = self._entries[parent.internalId()].children if parent.isValid() else self._roots
        return self.createIndex(row, column, siblings[row]) if row < len(siblings) else ROOT

    def parent(self, index: Index) -> QModelIndex:  # type: ignore[override]
        """The line above."""
        number = self._entries[index.internalId()].parent if index.isValid() else -1
        return self.createIndex(self._entries[number].row, 0, number) if number >= 0 else ROOT

    def rowCount(self, parent: Index = ROOT) -> int:  # noqa: N802
        """Children of a line."""
        if not parent.isValid():
            return len(self._roots)
        return 0 if parent.column() else len(self._entries[parent.internalId()].children)

    def columnCount(self, parent: Index = ROOT) -> int:  # noqa: ARG002, N802
        """The same everywhere."""
        return len(Column)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = 0) -> object:  # noqa: N802
        """Titles of the columns; the amounts' currency where it is one."""
        if orientation != Qt.Orientation.Horizontal or not 0 <= section < len(Column):
            return None
        currencies = self.currencies()
        amount = tr("Amount, {currency}").format(currency=currencies.pop()) if len(currencies) == 1 else tr("Amount")
        return header_cell((tr("Step"), amount, tr("Figures"))[section], section == Column.AMOUNT, role)

    def data(self, index: Index, role: int = 0) -> object:
        """Qt's roles, answered from `cell`; the tool tip shows the whole line."""
        if not index.isValid():
            return None
        if role == Qt.ItemDataRole.ToolTipRole:
            node = self.node(index)
            return "\n".join([sentence(node.label), *([sentence(node.note)] if node.note else [])])
        return cell_data(self.cell(index), role)

    def raised(self, index: Index) -> bool:
        """Totals and commodities head what leads to them."""
        entry = self._entries[index.internalId()]
        return entry.depth < OPEN_LEVELS and bool(entry.children)

    def cell(self, index: Index) -> Cell:
        """What a cell shows."""
        node, strong = self.node(index), self.raised(index)
        if index.column() == Column.STEP:
            tone = Tone.ACCENT if node.active else Tone.TEXT
            return Cell(sentence(node.label), tone, strong, right=False)
        if index.column() == Column.FIGURES:
            return Cell(sentence(node.note) if node.note else "", Tone.DIM, right=False)
        if node.amount is None:
            return Cell()
        if node.amount == NOT_COMPUTABLE:
            return Cell(money(node.amount), Tone.WARNING)
        text = money(node.amount)
        if len(self._currencies) > 1:
            text = f"{text} {node.currency}"
        tone = Tone.NEGATIVE if node.amount < 0 else Tone.TEXT
        return Cell(text, tone, strong, raw=(node.amount, MONEY_DECIMALS))


def _shape(entries: list[Entry]) -> list[tuple[int, str]]:
    return [(entry.parent, _key(entry.node)) for entry in entries]


def _key(node: BreakdownNode) -> str:
    """What a line is about, without the figures in its label, which may change while the line stays the same."""
    arguments = node.label.arguments
    about = [arguments[name] for name in ("code", "name", "legs", "leg") if name in arguments]
    return f"{node.label.template} {about} {node.currency} {node.contract or ''}"
