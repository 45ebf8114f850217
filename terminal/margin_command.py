"""``palisade margin``: positions and parameters from files, margin of every account on standard output."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from engine.instruments import Contract, Kind
from engine.margin_terms import USUAL, MarginTerms
from engine.numbers import NOT_COMPUTABLE, Integers
from engine.span.arrays import ALL_NET, Batch, SpanTable
from engine.span.conventions import Convention, convention_of, named_convention
from engine.span.parameters import ParameterSet
from engine.span.rate_tables import RateTables
from engine.span.requirement import Margins, Totals, margin
from engine.span.supported import refuse_unsupported
from engine.text import BadInputError, Text, text
from terminal.accounts_file import read_accounts
from terminal.parameter_cache import load_parameters
from terminal.positions_file import PositionLine, read_positions


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked for.

    Attributes:
        parameters: The clearing house's parameter file.
        positions: The positions file.
        convention: Convention to round by; the one of the clearing organisation by default.
        skip_unknown: Leave out contracts that cannot be margined instead of refusing the file.
        accounts: The accounts file, or None.
        terms: How accounts that it does not name are margined, and what its empty fields mean.
    """

    parameters: Path
    positions: Path
    convention: str | None = None
    skip_unknown: bool = False
    accounts: Path | None = None
    terms: MarginTerms = USUAL


@dataclass(slots=True)
class Holding:
    """What one account holds.

    Attributes:
        terms: How it is margined.
        net: Contracts by parameter row; 0 where lines cancel. Of a gross-margined account, those held long.
        short: Contracts held short by a gross-margined account, negative.
        excluded: What was left out and why.
    """

    terms: MarginTerms
    net: dict[int, int] = field(default_factory=dict)
    short: dict[int, int] = field(default_factory=dict)
    excluded: list[str] = field(default_factory=list)

    def add(self, row: int, quantity: int) -> None:
        """Take one line in."""
        side = self.short if self.terms.gross and quantity < 0 else self.net
        side[row] = side.get(row, 0) + quantity


@dataclass(frozen=True, slots=True)
class Part:
    """Accounts that are margined by one table.

    Attributes:
        table: The table.
        accounts: Their names.
        batch: What they hold.
        margins: Their margin.
    """

    table: SpanTable
    accounts: tuple[str, ...]
    batch: Batch
    margins: Margins

    def batch_of(self, account: str) -> Batch:
        """One of the accounts, as a batch of one."""
        return one_of(self.batch, self.accounts.index(account))


@dataclass(frozen=True, slots=True)
class MarginRun:
    """The margin of all accounts of a positions file, and what it was computed from.

    Attributes:
        parameters: What the parameter file says.
        convention: Whose rounding applied.
        holdings: The accounts in the order of their first line.
        parts: The accounts by the table that margins them.
    """

    parameters: ParameterSet
    convention: Convention
    holdings: dict[str, Holding]
    parts: tuple[Part, ...]

    def part_of(self, account: str) -> Part:
        """The part that a named account is in."""
        return next(part for part in self.parts if account in part.accounts)


def run_margin(request: Request) -> MarginRun:
    """Read the files and compute.

    Raises:
        BadInputError: A file cannot be used, the parameters have no rates for an account, or a figure cannot be
            computed.
    """
    chosen = named_convention(request.convention) if request.convention else None
    positions = read_positions(request.positions)
    accounts = read_accounts(request.accounts, request.terms) if request.accounts else {}
    parameters = load_parameters(request.parameters)
    refuse_unsupported(parameters)
    convention = chosen or convention_of(parameters.origin.clearing_organisation)
    try:
        tables = RateTables(SpanTable(parameters, convention))
    except (ValueError, OverflowError):
        what = text("the rates and ratios together have too many digits to compute with")
        raise BadInputError(
            parameters.origin.file, what, text("fetch the file again from the clearing house")
        ) from None
    holdings: dict[str, Holding] = {}
    for line in positions:
        holding = holdings.setdefault(line.account, Holding(accounts.get(line.account, request.terms)))
        _take(table_of(tables, line.account, holding.terms), holding, line, request)
    parts = tuple(_parts(tables, holdings))
    for part in parts:
        _refuse_not_computable(parameters, part)
    return MarginRun(parameters, convention, holdings, parts)


def table_of(tables: RateTables, account: str, terms: MarginTerms) -> SpanTable:
    """The table that margins an account.

    Raises:
        BadInputError: The parameters have no rates for it.
    """
    table = tables.table_of(terms)
    error = tables.error(terms)
    if table is None or error is not None:
        what = error.what if error else text("the parameters have no rates for this account")
        remedy = error.remedy if error else text("the file names no rate set")
        raise BadInputError(f"account {account}", what, remedy)
    return table


def _parts(tables: RateTables, holdings: dict[str, Holding]) -> Iterator[Part]:
    alike: dict[MarginTerms, list[str]] = {}
    for account, holding in holdings.items():
        alike.setdefault(holding.terms.rates, []).append(account)
    for rates, accounts in alike.items():
        table = table_of(tables, accounts[0], rates)
        batch = batch_of([holdings[account] for account in accounts])
        yield Part(table, tuple(accounts), batch, margin(table, batch))


def batch_of(holdings: Sequence[Holding]) -> Batch:
    """The holdings as the margin calculation takes them."""
    ordered = [(sorted(each.net.items()), sorted(each.short.items())) for each in holdings]
    starts = np.cumsum([0, *(len(first) + len(short) for first, short in ordered)], dtype=np.int64)
    flat = np.array([pair for sides in ordered for side in sides for pair in side], dtype=np.int64).reshape(-1, 2)
    lengths = np.array([len(first) for first, _ in ordered], dtype=np.int64)
    gross = np.array([each.terms.gross for each in holdings], dtype=np.bool_)
    middles = np.where(gross, starts[:-1] + lengths, -1) if gross.any() else ALL_NET
    return Batch(starts, np.ascontiguousarray(flat[:, 0]), np.ascontiguousarray(flat[:, 1]), middles)


def one_of(batch: Batch, account: int) -> Batch:
    """One account of a batch, as a batch of one."""
    start, stop = batch.starts[account], batch.starts[account + 1]
    middles = ALL_NET
    if len(batch.middles) and batch.middles[account] >= 0:
        middles = batch.middles[account : account + 1] - start
    return Batch(np.array([0, stop - start]), batch.rows[start:stop], batch.quantities[start:stop], middles)


def _take(table: SpanTable, holding: Holding, line: PositionLine, request: Request) -> None:
    """Add a line to what its account holds, or to what is left out."""
    row = table.parameters.find(line.contract)
    problem = _problem(table, row)
    if problem is None:
        holding.add(row, line.quantity)
    elif request.skip_unknown:
        holding.excluded.append(f"line {line.line}: {line.contract}: {problem}")
    else:
        column = _unknown_column(table.parameters, line.contract) if row < 0 else "product"
        raise BadInputError(
            f"{request.positions.name}: line {line.line}: {column}",
            text("{contract}: {problem}", contract=line.contract, problem=problem),
            text("correct the line, or leave such lines out with --skip-unknown"),
        )


def _problem(table: SpanTable, row: int) -> Text | None:
    """Why a position in the contract of ``row`` cannot be margined, or None."""
    if row < 0:
        return text("not in the parameters")
    if table.usable[row]:
        return None
    if table.commodity[row] < 0:
        return text("in no combined commodity")
    if table.rates.factors[table.commodity[row]] is None:
        return text("has no rates for this account: {kind}", kind=table.rates.terms.said)
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


def _refuse_not_computable(parameters: ParameterSet, part: Part) -> None:
    """A figure that left the exact range is no figure: say whose it is."""
    remedy, margins = text("check the quantities of this account"), part.margins
    rows = margins.commodities
    wrong = np.flatnonzero(np.logical_or.reduce([column == NOT_COMPUTABLE for column in rows]))
    if len(wrong):
        account = part.accounts[int(rows.account[wrong[0]])]
        code = parameters.commodities[int(rows.commodity[wrong[0]])].code
        what = text("the margin of combined commodity {code} cannot be computed: a figure is too large", code=code)
        raise BadInputError(f"account {account}", what, remedy)
    for row, column in np.argwhere(margins.totals.present).tolist():
        if NOT_COMPUTABLE in (int(figures[row, column]) for figures in _figures(margins.totals)):
            what = text(
                "the total in {currency} cannot be computed: a figure is too large", currency=margins.currencies[column]
            )
            raise BadInputError(f"account {part.accounts[row]}", what, remedy)


def _figures(totals: Totals) -> tuple[Integers, ...]:
    return (totals.risk, totals.net_option_value, totals.requirement, totals.excess_option_value, totals.maintenance)
