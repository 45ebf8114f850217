"""The plans found for an account, one line each: what each is best at, what it frees, what it costs."""

from __future__ import annotations

from enum import IntEnum

from PySide6.QtCore import QModelIndex, QObject

from engine.liquidation.plan import Plan
from engine.numbers import MONEY_DECIMALS, NOT_COMPUTABLE, RATIO_DECIMALS
from widgets.cells import Cell, Index, Tone
from widgets.flat_model import FlatModel
from widgets.forced_close.words import aim_word, time_needed
from widgets.language import sentence, tr
from widgets.numbers_text import count, money, percent

WIDTHS = (150, 62, 104, 90, 96, 84, 96)


class Column(IntEnum):
    """Columns of the table, left to right."""

    AIM = 0
    ORDERS = 1
    FREES = 2
    COST = 3
    WORST = 4
    TIME = 5
    RATIO = 6


ALL_COLUMNS = tuple(Column)


class AlternativesModel(FlatModel):
    """Plans in the sequence in which they were found."""

    columns, texts = Column, (Column.AIM,)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.plans: tuple[Plan, ...] = ()

    def show(self, plans: tuple[Plan, ...]) -> None:
        """Take other plans; those that are there already stay, so that what is selected does."""
        known = len(self.plans)
        if plans[:known] == self.plans:
            if len(plans) > known:
                self.beginInsertRows(QModelIndex(), known, len(plans) - 1)
                self.plans = plans
                self.endInsertRows()
            return
        self.beginResetModel()
        self.plans = plans
        self.endResetModel()

    def rows(self) -> int:
        """One row a plan."""
        return len(self.plans)

    def titles(self) -> tuple[str, ...]:
        """Titles of the columns."""
        return (
            tr("Plan"),
            tr("Orders"),
            tr("Frees"),
            tr("Cost"),
            tr("At worst"),
            tr("Takes"),
            tr("Ratio after"),
        )

    def tip(self, index: Index) -> str:
        """The reasons."""
        return "\n".join(sentence(reason) for reason in self.plans[index.row()].reasons)

    def cell(self, index: Index) -> Cell:
        """What a cell shows."""
        plan = self.plans[index.row()]
        match ALL_COLUMNS[index.column()]:
            case Column.AIM:
                sign = "✓" if plan.reached else "✕"
                state = tr("reaches the target") if plan.reached else tr("does not reach the target")
                tone = Tone.TEXT if plan.reached else Tone.CALL
                cell = Cell(f"{sign} {aim_word(plan.aim)}", tone, right=False, raw=plan.aim, spoken=state)
            case Column.ORDERS:
                cell = Cell(count(len(plan.orders)), raw=(len(plan.orders), 0))
            case Column.FREES:
                cell = Cell(
                    money(plan.freed), Tone.OK if plan.freed > 0 else Tone.TEXT, raw=(plan.freed, MONEY_DECIMALS)
                )
            case Column.COST:
                cell = Cell(money(plan.cost), raw=(plan.cost, MONEY_DECIMALS))
            case Column.WORST:
                cell = Cell(money(plan.worst_cost), Tone.DIM, raw=(plan.worst_cost, MONEY_DECIMALS))
            case Column.TIME:
                cell = Cell(time_needed(plan.duration), Tone.DIM, raw=(plan.duration // 10**9, 0))
            case Column.RATIO:
                cell = ratio_cell(plan.after.ratio, plan.reached)
        return cell


def ratio_cell(ratio: int, reached: bool) -> Cell:
    """A risk ratio against the target."""
    if ratio == NOT_COMPUTABLE:
        return Cell(tr("not computable"), Tone.CALL)
    return Cell(percent(ratio), Tone.OK if reached else Tone.CALL, strong=True, raw=(ratio, RATIO_DECIMALS))
