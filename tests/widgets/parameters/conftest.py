"""The sample market and an earlier version of it, for the Parameters view."""

from __future__ import annotations

from dataclasses import replace
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from engine.instruments import Contract
from engine.span.comparison import Comparison, compare
from engine.span.contract_search import ContractSearch
from engine.span.parameters import ParameterSet
from engine.span.reading import read_parameters
from widgets.parameters.view import ParametersView
from widgets.theme import Theme

PUT = Contract.parse("SIM:ES:OOF:202703:P:6000")
FUTURE = Contract.parse("SIM:CL:FUT:202703")


@pytest.fixture(scope="session")
def market() -> ParameterSet:
    return read_parameters(Path(str(files("resources") / "sample" / "market.spn")))


@pytest.fixture(scope="session")
def contracts(market: ParameterSet) -> ContractSearch:
    return ContractSearch(market)


def with_put(market: ParameterSet, share: int, **columns: int) -> ParameterSet:
    """The market with another array of `PUT`, in percent of its own, and other figures of it."""
    row, number = market.find(PUT), market.rate_set
    arrays = market.contracts.arrays[number]
    scenario = arrays.scenario.copy()
    scenario[row] = scenario[row] * share // 100
    changed = {name: getattr(market.contracts, name).copy() for name in columns}
    for name, value in columns.items():
        changed[name][row] = value
    table = replace(
        market.contracts, arrays={**market.contracts.arrays, number: replace(arrays, scenario=scenario)}, **changed
    )
    return replace(market, contracts=table)


@pytest.fixture(scope="session")
def comparison(market: ParameterSet) -> Comparison:
    """The market against the day before, when one put was cheaper."""
    before = with_put(market, 90, price=140 * 10**8)
    origin = replace(market.origin, business_date="20261119", sha256="0" * 64)
    return compare(replace(before, origin=origin), market)


@pytest.fixture
def view(qtbot: QtBot, theme: Theme) -> ParametersView:
    """A view on screen that has seen nothing yet."""
    made = ParametersView(theme)
    qtbot.addWidget(made)
    made.resize(760, 900)
    with qtbot.waitExposed(made):
        made.show()
    return made


@pytest.fixture
def filled(view: ParametersView, contracts: ContractSearch) -> ParametersView:
    """A view of the sample market with a put chosen."""
    view.show_parameters(contracts)
    view.select_contract(PUT)
    return view


@pytest.fixture(scope="session")
def huge(market: ParameterSet) -> ContractSearch:
    """The sample market with 500,000 contracts: the strikes of its longest series go on and on."""
    table = market.contracts
    row = market.find(PUT)
    rows = np.concatenate((np.arange(row), np.full(500_000 - len(market) + 1, row), np.arange(row + 1, len(market))))
    arrays = market.contracts.arrays[market.rate_set]
    given = {name: getattr(arrays, name) for name in arrays.__dataclass_fields__}
    longer = type(arrays)(**{name: column[rows] for name, column in given.items() if column is not None})
    columns = {name: getattr(table, name)[rows] for name in table.__dataclass_fields__ if name != "arrays"}
    copies = rows == row
    columns["strike"][copies] += np.arange(np.count_nonzero(copies)) * 10**6
    return ContractSearch(replace(market, contracts=type(table)(**columns, arrays={market.rate_set: longer})))
