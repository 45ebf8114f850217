"""The table of accounts, worst first: under the scenario that is worst for each, or all under one."""

from __future__ import annotations

from enum import IntEnum

import numpy as np
from PySide6.QtWidgets import QAbstractItemView

from engine.numbers import LARGEST, NOT_COMPUTABLE, RATIO_DECIMALS, Integers
from engine.scenarios.stress import Fate, StressRun
from widgets.cells import Cell, Tone
from widgets.language import tr
from widgets.numbers_text import percent
from widgets.stress.tables import RunModel
from widgets.stress.words import amount_cell, fate_cell, fate_word, scenario_title, some_cell
from widgets.tables import DenseTable, fit_columns, set_widths
from widgets.theme import Theme


class Column(IntEnum):
    """Columns, left to right."""

    ACCOUNT = 0
    FATE = 1
    SCENARIO = 2
    PROFIT = 3
    MARGIN = 4
    RATIO = 5
    SHORTFALL = 6
    CURRENCY = 7


WIDTHS = (124, 104, 190, 92, 92, 76, 92, 44)
NAME_WIDTH = 140
GIVE_WAY = (Column.MARGIN, Column.CURRENCY, Column.RATIO, Column.PROFIT)
"""Hidden where there is no room, the first of them first."""


class AccountModel(RunModel[Column]):
    """Accounts of the last run."""

    columns = tuple(Column)
    words = (Column.ACCOUNT, Column.FATE, Column.SCENARIO, Column.CURRENCY)

    def __init__(self) -> None:
        super().__init__()
        self.run: StressRun | None = None
        self.under = -1
        self.order = np.zeros(0, dtype=np.int64)

    def show(self, run: StressRun, under: int) -> None:
        """Take another run.

        Args:
            run: The run.
            under: The scenario that all are looked at under; -1 for the one that is worst for each.
        """
        self.beginResetModel()
        self.run, self.under, self.order = run, under, _order(run, under)
        self.endResetModel()

    def size(self) -> int:
        """One row an account."""
        return len(self.order)

    def account(self, row: int) -> str:
        """Name of the account in a row."""
        return self.run.accounts.names[int(self.order[row])] if self.run is not None else ""

    def row_of(self, account: str) -> int:
        """Row of an account, or -1."""
        if self.run is None or account not in self.run.accounts.names:
            return -1
        place = self.run.accounts.names.index(account)
        return int(np.flatnonzero(self.order == place)[0])

    def titles(self) -> tuple[str, ...]:
        """Titles of the columns."""
        scenario = tr("Worst scenario") if self.under < 0 else tr("Scenario")
        margin, ratio, short = tr("Margin"), tr("Risk ratio"), tr("Shortfall")
        return (tr("Account"), tr("Ends"), scenario, tr("P&L"), margin, ratio, short, "")

    def hint(self, row: int) -> str:
        """How the account is now, and under how many scenarios it ends where."""
        if self.run is None:
            return ""
        place, accounts = int(self.order[row]), self.run.accounts
        now = tr("Now: {fate}").format(fate=fate_word(Fate(int(accounts.now[place]))))
        counts = tr("Of {count} scenarios: short in {short}, forced close in {closed}, called in {called}").format(
            count=len(self.run.scenarios),
            short=int(accounts.short_in[place]),
            closed=int(accounts.closed_in[place]) - int(accounts.short_in[place]),
            called=int(accounts.called_in[place]) - int(accounts.closed_in[place]),
        )
        return "\n".join((f"{accounts.names[place]} · {accounts.groups[place]}", now, counts))

    def cell_at(self, row: int, column: Column) -> Cell:
        """What a cell shows."""
        run = self.run
        if run is None:
            return Cell()
        place = int(self.order[row])
        scenario = self.under if self.under >= 0 else int(run.accounts.worst[place])
        match column:
            case Column.ACCOUNT:
                cell = Cell(run.accounts.names[place], right=False)
            case Column.CURRENCY:
                cell = Cell(run.accounts.currencies[place], Tone.DIM, right=False)
            case Column.SCENARIO:
                words = scenario_title(run.scenarios[scenario]) if scenario >= 0 else "–"
                cell = Cell(words, Tone.DIM, right=False)
            case Column.FATE:
                cell = fate_cell(Fate(int(run.fates[place, scenario])) if scenario >= 0 else Fate.UNKNOWN)
            case _ if scenario < 0:
                cell = Cell(tr("not computable"), Tone.DIM)
            case _:
                cell = self._figure(run, place, scenario, column)
        return cell

    @staticmethod
    def _figure(run: StressRun, place: int, scenario: int, column: Column) -> Cell:
        figures, at = run.figures, (place, scenario)
        if column is Column.PROFIT:
            return amount_cell(int(figures.profit[at]), signed=True)
        if column is Column.MARGIN:
            return amount_cell(int(figures.margin[at]))
        if column is Column.SHORTFALL:
            return some_cell(-min(0, int(figures.worth[at])), Tone.NEGATIVE)
        margin, equity = int(figures.margin[at]), int(figures.equity[at])
        if NOT_COMPUTABLE in (margin, equity):
            return Cell(tr("not computable"), Tone.DIM)
        if equity <= 0:
            return Cell(tr("no equity"), Tone.NEGATIVE) if margin else Cell("–", Tone.FAINT)
        ratio = margin * 10**RATIO_DECIMALS // equity
        return Cell(percent(ratio), raw=(ratio, RATIO_DECIMALS))


def _order(run: StressRun, under: int) -> Integers:
    """Worst first: fate, then what is missing, then how little is left."""
    if under < 0:
        return run.order
    worth, margin, equity = (each[:, under] for each in (run.figures.worth, run.figures.margin, run.figures.equity))
    known = (worth != NOT_COMPUTABLE) & (margin != NOT_COMPUTABLE) & (equity != NOT_COMPUTABLE)
    left = np.where(known, equity - margin, LARGEST)
    missing = np.where(known, np.minimum(worth, 0), 0)
    order: Integers = np.lexsort((left, missing, -run.fates[:, under].astype(np.int64))).astype(np.int64)
    return order


class AccountTable(DenseTable):
    """The table; one row is chosen."""

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme)
        self.setObjectName("stress_accounts")
        self.accounts = AccountModel()
        self.setModel(self.accounts)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        set_widths(self.horizontalHeader(), WIDTHS, Column.SCENARIO)
        self._one = False
        self.resized.connect(self._fit)

    def show_run(self, run: StressRun, under: int) -> None:
        """Take another run or look under another scenario; the view stays where it is, but for the rows."""
        place = self.verticalScrollBar().value()
        self.accounts.show(run, under)
        self._make_room(under >= 0)
        self.verticalScrollBar().setValue(place)

    def mark(self, account: str) -> None:
        """Mark an account, without telling that it was chosen."""
        row = self.accounts.row_of(account)
        model = self.selectionModel()
        before = model.blockSignals(True)
        if row >= 0:
            self.setCurrentIndex(self.accounts.index(row, 0))
        else:
            model.clear()
        model.blockSignals(before)
        self.viewport().update()

    def retranslate(self) -> None:
        """Write every text in the language in force."""
        self.setAccessibleName(tr("Accounts under stress, worst first"))
        self.accounts.retranslate()

    def _make_room(self, one: bool) -> None:
        """A scenario that all are under need not stand in every row; names then take what is left."""
        if one != self._one:
            self._one = one
            self.setColumnHidden(Column.SCENARIO, one)
            set_widths(self.horizontalHeader(), WIDTHS, Column.ACCOUNT if one else Column.SCENARIO)
            self._fit()

    def _fit(self) -> None:
        fit_columns(self, WIDTHS, NAME_WIDTH, GIVE_WAY)
