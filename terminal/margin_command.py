"""``palisade margin``: positions and parameters from files, margin of every account on standard output."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from engine.instruments import Contract, Kind
from engine.numbers import NOT_COMPUTABLE, Integers
from engine.span.arrays import Batch, SpanTable
from engine.span.conventions import Convention, convention_of, named_convention
from engine.span.parameters import ParameterSet
from engine.span.requirement import Margins, Totals, margin
from engine.span.supported import refuse_unsupported
from engine.text import BadInputError, Text, text
from terminal.parameter_cache import load_parameters
from terminal.positions_file import PositionLine, read_positions


@dataclass(frozen=True, slots=True)
class Holdings:
    """What the accounts of a positions file hold.

    Attributes:
        accounts: Names in the order of their first line.
        quantities: Net contracts by parameter row, for each account; 0 where lines cancel.
        excluded: What was left out of each account and why.
    """

    accounts: list[str] = field(default_factory=list)
    quantities: list[dict[int, int]] = field(default_factory=list)
    excluded: list[list[str]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class MarginRun:
    """The margin of all accounts of a positions file, and what it was computed from."""

    parameters: ParameterSet
    convention: Convention
    holdings: Holdings
    margins: Margins
    table: SpanTable


def run_margin(
    parameters_file: Path, positions_file: Path, convention_name: str | None, skip_unknown: bool
) -> MarginRun:
    """Read both files and compute.

    Args:
        parameters_file: The clearing house's parameter file.
        positions_file: The positions.
        convention_name: Convention to round by; the one of the clearing organisation by default.
        skip_unknown: Leave out contracts that cannot be margined instead of refusing the file.

    Raises:
        BadInputError: A file cannot be used, or a figure cannot be computed.
    """
    chosen = named_convention(convention_name) if convention_name else None
    positions = read_positions(positions_file)
    parameters = load_parameters(parameters_file)
    refuse_unsupported(parameters)
    convention = chosen or convention_of(parameters.origin.clearing_organisation)
    try:
        table = SpanTable(parameters, convention)
    except (ValueError, OverflowError):
        what = text("the rates and ratios together have too many digits to compute with")
        raise BadInputError(
            parameters.origin.file, what, text("fetch the file again from the clearing house")
        ) from None
    holdings = _holdings(table, positions, positions_file.name, skip_unknown)
    margins = margin(table, batch_of(holdings))
    _refuse_not_computable(parameters, holdings, margins)
    return MarginRun(parameters, convention, holdings, margins, table)


def batch_of(holdings: Holdings) -> Batch:
    """The holdings as the margin calculation takes them."""
    ordered = [sorted(quantities.items()) for quantities in holdings.quantities]
    starts = np.cumsum([0, *(len(quantities) for quantities in ordered)], dtype=np.int64)
    flat = np.array([pair for quantities in ordered for pair in quantities], dtype=np.int64).reshape(-1, 2)
    return Batch(starts, np.ascontiguousarray(flat[:, 0]), np.ascontiguousarray(flat[:, 1]))


def _holdings(table: SpanTable, positions: list[PositionLine], file: str, skip_unknown: bool) -> Holdings:
    holdings = Holdings()
    places: dict[str, int] = {}
    for line in positions:
        place = places.setdefault(line.account, len(places))
        if place == len(holdings.accounts):
            holdings.accounts.append(line.account)
            holdings.quantities.append({})
            holdings.excluded.append([])
        row = table.parameters.find(line.contract)
        problem = _problem(table, row)
        if problem is None:
            quantities = holdings.quantities[place]
            quantities[row] = quantities.get(row, 0) + line.quantity
        elif skip_unknown:
            holdings.excluded[place].append(f"line {line.line}: {line.contract}: {problem}")
        else:
            column = _unknown_column(table.parameters, line.contract) if row < 0 else "product"
            raise BadInputError(
                f"{file}: line {line.line}: {column}",
                text("{contract}: {problem}", contract=line.contract, problem=problem),
                text("correct the line, or leave such lines out with --skip-unknown"),
            )
    return holdings


def _problem(table: SpanTable, row: int) -> Text | None:
    """Why a position in the contract of ``row`` cannot be margined, or None."""
    if row < 0:
        return text("not in the parameters")
    if table.usable[row]:
        return None
    if table.commodity[row] < 0:
        return text("in no combined commodity")
    arrays = table.parameters.contracts.arrays[table.rate_set]
    return text("has no usable price") if arrays.present[row] else text("has no risk array")


def _unknown_column(parameters: ParameterSet, contract: Contract) -> str:
    """The first column by which the parameters do not know a contract."""
    families = {(family.exchange, family.code, family.kind) for family in parameters.families}
    if contract.exchange not in {exchange for exchange, _, _ in families}:
        return "exchange"
    if (contract.exchange, contract.product) not in {(exchange, code) for exchange, code, _ in families}:
        return "product"
    if (contract.exchange, contract.product, contract.kind) not in families:
        return "kind"
    if not Kind(contract.kind).is_option or contract.expiry not in parameters.periods:
        return "expiry"
    return "strike"


def _refuse_not_computable(parameters: ParameterSet, holdings: Holdings, margins: Margins) -> None:
    """A figure that left the exact range is no figure: say whose it is."""
    remedy = text("check the quantities of this account")
    rows = margins.commodities
    wrong = np.flatnonzero(np.logical_or.reduce([column == NOT_COMPUTABLE for column in rows]))
    if len(wrong):
        account = holdings.accounts[int(rows.account[wrong[0]])]
        code = parameters.commodities[int(rows.commodity[wrong[0]])].code
        what = text("the margin of combined commodity {code} cannot be computed: a figure is too large", code=code)
        raise BadInputError(f"account {account}", what, remedy)
    for row, column in np.argwhere(margins.totals.present).tolist():
        if NOT_COMPUTABLE in (int(figures[row, column]) for figures in _figures(margins.totals)):
            what = text(
                "the total in {currency} cannot be computed: a figure is too large", currency=margins.currencies[column]
            )
            raise BadInputError(f"account {holdings.accounts[row]}", what, remedy)


def _figures(totals: Totals) -> tuple[Integers, ...]:
    return (totals.risk, totals.net_option_value, totals.requirement, totals.excess_option_value, totals.maintenance)
