"""The market of the orders of an instruction, live, against the collars that were signed."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from PySide6.QtCore import QObject

from engine.authorisation.instruction import InstructionOrder, Side
from engine.instruments import Contract
from engine.numbers import MONEY_DECIMALS, NOT_COMPUTABLE, PRICE_DECIMALS
from widgets.cells import Cell, Index, Tone
from widgets.flat_model import FlatModel
from widgets.language import tr
from widgets.numbers_text import count, exact_price, money
from widgets.order_groups import bracket
from widgets.order_groups import words as group_words

WIDTHS = (58, 140, 72, 110, 88, 164, 88)


@dataclass(frozen=True, slots=True)
class MarketLine:
    """One order and its market.

    Attributes:
        order: As it is signed.
        price: Price scale: now; `NOT_COMPUTABLE` where there is no fresh quote.
        notional: Money scale: price x multiplier x quantity, in the currency of the contract; or `NOT_COMPUTABLE`.
        currency: Of the contract.
    """

    order: InstructionOrder
    price: int
    notional: int
    currency: str

    @property
    def is_inside(self) -> bool:
        """Whether the market is where it may be."""
        return self.price != NOT_COMPUTABLE and self.order.lowest <= self.price <= self.order.highest


class Column(IntEnum):
    """Columns of the table, left to right."""

    SIDE = 0
    CONTRACT = 1
    QUANTITY = 2
    NOTIONAL = 3
    PRICE = 4
    COLLAR = 5
    STATE = 6


ALL_COLUMNS = tuple(Column)
TEXTS = (Column.SIDE, Column.CONTRACT, Column.STATE)


class MarketModel(FlatModel):
    """Orders in the sequence in which they are sent."""

    columns, texts = Column, TEXTS

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.lines: tuple[MarketLine, ...] = ()

    def show(self, lines: tuple[MarketLine, ...]) -> None:
        """Take the market as it is now."""
        if len(lines) != len(self.lines):
            self.beginResetModel()
            self.lines = lines
            self.endResetModel()
        elif lines != self.lines:
            self.lines = lines
            self.dataChanged.emit(self.index(0, Column.NOTIONAL), self.index(len(lines) - 1, Column.STATE))

    def rows(self) -> int:
        """One row an order."""
        return len(self.lines)

    def titles(self) -> tuple[str, ...]:
        """Titles of the columns."""
        return (
            tr("Side"),
            tr("Contract"),
            tr("Quantity"),
            tr("Notional"),
            tr("Price now"),
            tr("Signed collar"),
            tr("Market"),
        )

    def tip(self, index: Index) -> str:
        """The contract, and with which orders it is one."""
        order = self.lines[index.row()].order
        return "\n".join([order.contract, *group_words(order.group)])

    def cell(self, index: Index) -> Cell:
        """What a cell shows."""
        line = self.lines[index.row()]
        order = line.order
        match ALL_COLUMNS[index.column()]:
            case Column.SIDE:
                side = tr("Buy") if order.side is Side.BUY else tr("Sell")
                mark = bracket([each.order.group for each in self.lines], index.row())
                cell = Cell(mark + side, Tone.DIM, right=False, raw=side)
            case Column.CONTRACT:
                cell = Cell(Contract.parse(order.contract).title, right=False, raw=order.contract)
            case Column.QUANTITY:
                cell = Cell(count(order.quantity), strong=True, raw=(order.quantity, 0))
            case Column.NOTIONAL:
                cell = Cell(tr("not computable"), Tone.FAINT)
                if line.notional != NOT_COMPUTABLE:
                    words = f"{money(line.notional)} {line.currency}"
                    cell = Cell(words, raw=(line.notional, MONEY_DECIMALS))
            case Column.PRICE:
                cell = Cell(tr("no quote"), Tone.CALL)
                if line.price != NOT_COMPUTABLE:
                    cell = Cell(exact_price(line.price), raw=(line.price, PRICE_DECIMALS))
            case Column.COLLAR:
                cell = Cell(f"{exact_price(order.lowest)} – {exact_price(order.highest)}", Tone.DIM)
            case Column.STATE:
                inside = Cell(tr("✓ inside"), Tone.OK, right=False)
                cell = inside if line.is_inside else Cell(tr("✕ outside"), Tone.CLOSE, right=False)
        return cell
