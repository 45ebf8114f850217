"""The orders of a plan in sequence, with where the account stands after each of them; quantities can be edited."""

from __future__ import annotations

from enum import IntEnum

from PySide6.QtCore import QObject, Qt, Signal

from engine.liquidation.plan import Draft, Effect, Plan
from engine.numbers import MONEY_DECIMALS, NOT_COMPUTABLE, PRICE_DECIMALS, RATIO, RATIO_DECIMALS
from widgets.cells import Cell, Index, Tone
from widgets.flat_model import FlatModel
from widgets.forced_close.words import effect_word, fee_words, limit_words, price_places
from widgets.language import tr
from widgets.numbers_text import count, money, percent, price
from widgets.order_groups import bracket
from widgets.order_groups import words as group_words

WIDTHS = (58, 170, 72, 110, 92, 92, 104, 84, 62, 80)


class Column(IntEnum):
    """Columns of the table, left to right."""

    SIDE = 0
    CONTRACT = 1
    QUANTITY = 2
    EFFECT = 3
    PRICE = 4
    LIMIT = 5
    FREES = 6
    COST = 7
    SLICES = 8
    RATIO = 9


ALL_COLUMNS = tuple(Column)
TEXTS = (Column.SIDE, Column.CONTRACT, Column.EFFECT)


class OrdersModel(FlatModel):
    """A plan's orders."""

    columns, texts = Column, TEXTS

    edited = Signal(object)
    """The orders that a person wants instead: a tuple of `Draft`."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.plan: Plan | None = None

    def show(self, plan: Plan | None) -> None:
        """Take another plan."""
        self.beginResetModel()
        self.plan = plan
        self.endResetModel()

    def drafts_with(self, row: int, quantity: int) -> tuple[Draft, ...]:
        """The plan's orders with another quantity in one of them, contracts without a sign; 0 takes it out."""
        if self.plan is None:
            return ()
        wanted = {number: order.quantity for number, order in enumerate(self.plan.orders)}
        wanted[row] = quantity if wanted[row] > 0 else -quantity
        drafts: dict[tuple[object, ...], Draft] = {}
        for number, order in enumerate(self.plan.orders):
            # What an exchange wants in two orders, today's and earlier positions, is one draft.
            key = (order.contract, order.quantity > 0, order.lock_for)
            earlier = drafts[key].quantity if key in drafts else 0
            kept = (order.bundle, order.lock_for, order.covered)
            drafts[key] = Draft(order.contract, earlier + wanted[number], *kept)
        return tuple(draft for draft in drafts.values() if draft.quantity)

    def rows(self) -> int:
        """One row an order."""
        return len(self.plan.orders) if self.plan is not None else 0

    def titles(self) -> tuple[str, ...]:
        """Titles of the columns."""
        return (
            tr("Side"),
            tr("Contract"),
            tr("Quantity"),
            tr("Effect"),
            tr("Price now"),
            tr("Limit price"),
            tr("Frees"),
            tr("Cost"),
            tr("Slices"),
            tr("Ratio after"),
        )

    def flags(self, index: Index) -> Qt.ItemFlag:
        """Quantities can be edited."""
        flags = super().flags(index)
        editable = index.isValid() and index.column() == Column.QUANTITY
        return flags | Qt.ItemFlag.ItemIsEditable if editable else flags

    def data(self, index: Index, role: int = 0) -> object:
        """The editor gets the bare quantity."""
        if role == Qt.ItemDataRole.EditRole and index.isValid() and self.plan is not None:
            return abs(self.plan.orders[index.row()].quantity)
        return super().data(index, role)

    def tip(self, index: Index) -> str:
        """The contract, and what the figure is made of."""
        if self.plan is None:
            return ""
        order = self.plan.orders[index.row()]
        words = [str(order.contract)]
        if order.lock_for is not None:
            words.append(tr("opens a position that covers {contract}").format(contract=order.lock_for.title))
        words += group_words(order.bundle)
        if index.column() == Column.COST:
            words.append(fee_words(order.fee))
        if index.column() == Column.LIMIT:
            words += limit_words(order, self.plan.execution)
        if index.column() == Column.QUANTITY:
            words.append(tr("Type a number or double-click to change it; Delete takes the order out."))
        return "\n".join(words)

    def setData(self, index: Index, value: object, role: int = int(Qt.ItemDataRole.EditRole)) -> bool:  # noqa: N802
        """Ask for the plan with another quantity; the model changes when it has been evaluated."""
        if role != Qt.ItemDataRole.EditRole or self.plan is None or not isinstance(value, int) or value < 0:
            return False
        if value != abs(self.plan.orders[index.row()].quantity):
            self.edited.emit(self.drafts_with(index.row(), value))
        return True

    def cell(self, index: Index) -> Cell:
        """What a cell shows."""
        plan = self.plan
        if plan is None:
            return Cell()
        order, step = plan.orders[index.row()], plan.steps[index.row()]
        match ALL_COLUMNS[index.column()]:
            case Column.SIDE:
                side = tr("Buy") if order.quantity > 0 else tr("Sell")
                mark = bracket([each.bundle for each in plan.orders], index.row())
                cell = Cell(mark + side, Tone.DIM, right=False, raw=side)
            case Column.CONTRACT:
                cell = Cell(order.contract.title, right=False, raw=str(order.contract))
            case Column.QUANTITY:
                cell = Cell(count(abs(order.quantity)), strong=True, raw=(order.quantity, 0))
            case Column.EFFECT:
                tone = Tone.WARNING if order.effect is Effect.LOCK else Tone.DIM
                cell = Cell(effect_word(order.effect), tone, right=False, raw=order.effect)
            case Column.PRICE:
                cell = Cell(
                    price(order.reference, price_places(order)), Tone.DIM, raw=(order.reference, PRICE_DECIMALS)
                )
            case Column.LIMIT:
                cell = Cell(price(order.limit, price_places(order)), raw=(order.limit, PRICE_DECIMALS))
            case Column.FREES:
                cell = freed_cell(step.freed)
            case Column.COST:
                cell = Cell(money(order.cost), raw=(order.cost, MONEY_DECIMALS))
            case Column.SLICES:
                cell = Cell(count(len(order.slices)), Tone.DIM, raw=(len(order.slices), 0))
            case Column.RATIO:
                cell = self._ratio(step.figures.ratio)
        return cell

    def _ratio(self, ratio: int) -> Cell:
        if ratio == NOT_COMPUTABLE or self.plan is None:
            return Cell(tr("not computable"), Tone.FAINT)
        under = ratio <= self.plan.target
        tone = Tone.OK if under else Tone.CLOSE if ratio >= RATIO else Tone.TEXT
        return Cell(percent(ratio), tone, strong=under, raw=(ratio, RATIO_DECIMALS))


def freed_cell(freed: int) -> Cell:
    """Margin freed by one order; a dash where nothing is, and in so many signs where margin rises."""
    if not freed:
        return Cell("–", Tone.FAINT, raw="0")
    return Cell(money(freed), Tone.OK if freed > 0 else Tone.NEGATIVE, raw=(freed, MONEY_DECIMALS))
