"""The table of scenarios, worst first: what the firm gains and needs in each, and how many accounts end where."""

from __future__ import annotations

from enum import IntEnum
from typing import cast

import numpy as np
from PySide6.QtCore import QRect
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QAbstractItemView

from engine.numbers import NOT_COMPUTABLE, Integers
from engine.scenarios.stress import Fate, StressRun
from widgets.cells import Cell, CellDelegate, Index, Tone
from widgets.language import tr
from widgets.stress.tables import RunModel
from widgets.stress.words import amount_cell, count_cell, scenario_facts, scenario_title, some_cell
from widgets.tables import DenseTable, fit_columns, set_widths
from widgets.theme import Theme


class Column(IntEnum):
    """Columns, left to right."""

    SCENARIO = 0
    PROFIT = 1
    BAR = 2
    MARGIN = 3
    CALLED = 4
    CLOSED = 5
    SHORT = 6
    SHORTFALL = 7


WIDTHS = (240, 96, 120, 96, 56, 56, 84, 96)
NAME_WIDTH = 190


def worst_first(run: StressRun) -> Integers:
    """int64, scenarios by what they do: shortfall, accounts short, closed, called, then loss."""
    firm = run.firm
    profit = np.where(firm.profit == NOT_COMPUTABLE, 0, firm.profit)
    order: Integers = np.lexsort((profit, -firm.called, -firm.closed, -firm.short, -firm.shortfall)).astype(np.int64)
    return order


class ScenarioModel(RunModel[Column]):
    """Scenarios of the last run."""

    columns = tuple(Column)
    words = (Column.SCENARIO,)

    def __init__(self) -> None:
        super().__init__()
        self.run: StressRun | None = None
        self.order = np.zeros(0, dtype=np.int64)
        self.largest = 1

    def show(self, run: StressRun) -> None:
        """Take another run."""
        self.beginResetModel()
        self.run, self.order, self.currency = run, worst_first(run), run.currency
        known = run.firm.profit[run.firm.profit != NOT_COMPUTABLE]
        self.largest = max(int(np.abs(known).max(initial=0)), 1)
        self.endResetModel()

    def size(self) -> int:
        """One row a scenario."""
        return len(self.order)

    def titles(self) -> tuple[str, ...]:
        """Titles of the columns; the currency with the first amount."""
        profit = tr("P&L, {currency}").format(currency=self.currency) if self.currency else tr("P&L")
        short = tr("Shortfall")
        return (tr("Scenario"), profit, "", tr("Margin"), tr("Called"), tr("Closed"), tr("Below zero"), short)

    def hint(self, row: int) -> str:
        """What the scenario is and where it comes from."""
        if self.run is None:
            return ""
        scenario = self.run.scenarios[int(self.order[row])]
        lines = [scenario_title(scenario), scenario_facts(scenario)]
        if scenario.name in self.run.idle:
            lines.append(tr("Nothing that the parameters list is meant by it."))
        return "\n".join(lines)

    def cell_at(self, row: int, column: Column) -> Cell:
        """What a cell shows."""
        if self.run is None:
            return Cell()
        place, firm = int(self.order[row]), self.run.firm
        scenario = self.run.scenarios[place]
        idle = scenario.name in self.run.idle
        match column:
            case Column.SCENARIO:
                cell = Cell(scenario_title(scenario), Tone.FAINT if idle else Tone.TEXT, right=False, raw=scenario.name)
            case Column.PROFIT:
                cell = amount_cell(int(firm.profit[place]), signed=True)
            case Column.BAR:
                cell = Cell(raw="")
            case Column.MARGIN:
                cell = amount_cell(int(firm.margin[place]))
            case Column.CALLED:
                cell = count_cell(int(firm.called[place]), Fate.CALLED)
            case Column.CLOSED:
                cell = count_cell(int(firm.closed[place]), Fate.CLOSED)
            case Column.SHORT:
                cell = count_cell(int(firm.short[place]), Fate.SHORT)
            case Column.SHORTFALL:
                cell = some_cell(int(firm.shortfall[place]), Tone.NEGATIVE)
        return cell

    def profit(self, row: int) -> int:
        """Profit and loss of the firm in a row, money scale."""
        return int(self.run.firm.profit[int(self.order[row])]) if self.run is not None else NOT_COMPUTABLE


class BarDelegate(CellDelegate):
    """Paints profit and loss as a bar: losses to the left of the middle, gains to the right."""

    def paint_content(self, painter: QPainter, rect: QRect, index: Index, muted: bool) -> None:
        """One scenario's bar; texts as everywhere."""
        if index.column() != Column.BAR:
            super().paint_content(painter, rect, index, muted)
            return
        model = cast("ScenarioModel", index.model())
        profit, middle, colours = model.profit(index.row()), rect.center().x(), self.theme.colours
        painter.setPen(colours.line)
        painter.drawLine(middle, rect.top(), middle, rect.bottom())
        if profit in (0, NOT_COMPUTABLE):
            return
        length = max(1, (rect.width() // 2 - 6) * abs(profit) // model.largest)
        bar = QRect(middle + 1, rect.center().y() - 3, length, self.theme.metrics.bar)
        if profit < 0:
            bar.moveRight(middle - 1)
        painter.fillRect(bar, colours.gain if profit > 0 else colours.loss)


class ScenarioTable(DenseTable):
    """The table; one row is chosen."""

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme)
        self.setObjectName("stress_scenarios")
        self.scenarios = ScenarioModel()
        self.setModel(self.scenarios)
        self.setItemDelegate(BarDelegate(theme, self))
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        set_widths(self.horizontalHeader(), WIDTHS, Column.SCENARIO)
        self.resized.connect(self._fit)

    def show_run(self, run: StressRun) -> None:
        """Take another run; the chosen scenario stays chosen where it is still there."""
        name, place = self.chosen(), self.verticalScrollBar().value()
        self.scenarios.show(run)
        if name:
            self.choose(name)
        self.verticalScrollBar().setValue(place)

    def chosen(self) -> str:
        """Name of the scenario that is chosen; empty where none is."""
        run, rows = self.scenarios.run, self.selectionModel().selectedRows()
        return run.scenarios[int(self.scenarios.order[rows[0].row()])].name if run is not None and rows else ""

    def choose(self, name: str) -> None:
        """Choose a scenario; none for an empty name."""
        run = self.scenarios.run
        for row, place in enumerate(self.scenarios.order.tolist()):
            if run is not None and run.scenarios[place].name == name:
                self.setCurrentIndex(self.scenarios.index(row, 0))
                return
        self.selectionModel().clear()

    def retranslate(self) -> None:
        """Write every text in the language in force."""
        self.setAccessibleName(tr("Scenarios, worst first"))
        self.scenarios.retranslate()

    def _fit(self) -> None:
        fit_columns(self, WIDTHS, NAME_WIDTH, (Column.BAR, Column.MARGIN, Column.CALLED, Column.CLOSED))
