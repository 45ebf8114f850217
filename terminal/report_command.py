"""``palisade report``: reads a desk from files or from running publishers, and writes what there is to say of it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
import zmq

from engine.book import Account, PositionBook
from engine.classification import Classification
from engine.concentration_basis import ConcentrationBasis
from engine.covariance import Covariance
from engine.instruments import Universe
from engine.limit_use import LimitUse
from engine.market import Depth
from engine.numbers import MONEY_DECIMALS, NOT_COMPUTABLE, parse_scaled
from engine.owner_tree import OwnerTree
from engine.returns import Returns
from engine.snapshot import FeedState, Lines
from engine.span.parameters import ParameterSet
from engine.state import DeskState, MarginStore, value_desk
from engine.text import BadInputError, Translate, UserFacingError, text
from feeds.clock import MILLISECOND, SECOND, Clock, SystemClock
from feeds.sockets import check_endpoint
from terminal.concentration import usual_currency
from terminal.concentration_report import concentration_report
from terminal.csv_file import read_csv, require
from terminal.limit_versions import LimitSource, LimitVersions
from terminal.parameter_version import ParameterVersion
from terminal.pipeline import Endpoints, Pipeline
from terminal.positions_file import read_positions
from terminal.report_table import Report
from terminal.settings import Settings
from terminal.valuing import in_force_of

EQUITY_COLUMNS: Final = ("account", "group", "currency", "equity")
PATIENCE: Final = 30 * SECOND
"""Time that publishers have to say everything."""
SETTLED: Final = SECOND
"""Time for quotes to come in once the book is whole."""
ENDPOINT: Final = re.compile(r"[a-z]+://")


@dataclass(frozen=True, slots=True)
class ReportRequest:
    """What is asked for.

    Attributes:
        parameters: The clearing house's parameter file.
        positions: A positions file, or where positions are published.
        convention: Convention to round by; the one of the clearing organisation by default.
        equity: A file of accounts with their groups and equity, beside a positions file.
        snapshots: Where the whole book is answered, with published positions.
        quotes: Where quotes are published, likewise.
        limits: Limits and reference; those of the settings by default.
        xlsx: Spreadsheet to write.
        pdf: Document to write.
    """

    parameters: Path
    positions: str
    convention: str | None
    equity: Path | None
    snapshots: str | None
    quotes: str | None
    limits: LimitSource
    xlsx: Path | None
    pdf: Path | None

    @property
    def live(self) -> bool:
        """Whether positions are published rather than in a file."""
        return ENDPOINT.match(self.positions) is not None


class EquityLine(NamedTuple):
    """One line of the equity file."""

    account: str
    group: str
    currency: str
    equity: int


def run_concentration(request: ReportRequest, settings: Settings, translate: Translate) -> None:
    """Read the desk and write the files asked for.

    Raises:
        BadInputError: Nothing is to be written, or a file, endpoint or argument cannot be used.
        UserFacingError: Publishers do not answer, or a file cannot be written.
    """
    if request.xlsx is None and request.pdf is None:
        what = text("neither --xlsx nor --pdf is given")
        raise BadInputError("palisade report concentration", what, text("name a file to write"))
    version = ParameterVersion.load(request.parameters, request.convention)
    clock = SystemClock()
    limits = LimitVersions(request.limits, clock)
    limits.start(strict=True)
    if request.live:
        report = _live(request, settings, version, limits, clock)
    else:
        report = _filed(request, version, limits, clock)
    write_report(report, request.xlsx, request.pdf, translate)


def write_report(report: Report, xlsx: Path | None, pdf: Path | None, translate: Translate) -> None:
    """Write a report as a spreadsheet, as PDF, or both.

    Raises:
        UserFacingError: A file cannot be written.
    """
    if xlsx is not None:
        from terminal.xlsx_report import write_xlsx  # noqa: PLC0415  # an expensive import, for those who want it

        write_xlsx(report, xlsx, translate)
    if pdf is not None:
        from terminal.pdf_report import gui_application, write_pdf  # noqa: PLC0415

        application = gui_application()
        write_pdf(report, pdf, translate)
        del application


def _live(
    request: ReportRequest, settings: Settings, version: ParameterVersion, limits: LimitVersions, clock: Clock
) -> Report:
    """From publishers: once the book is whole and quotes have had their time."""
    named = {"--positions": request.positions, "--snapshots": request.snapshots, "--quotes": request.quotes}
    for option, endpoint in named.items():
        if endpoint is None:
            what = text("{option} is missing", option=option)
            raise BadInputError("palisade report concentration", what, text("give all three endpoints"))
        check_endpoint(endpoint)
    context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
    listener = context.socket(zmq.PULL)
    listener.bind("inproc://report")
    endpoints = Endpoints(*(endpoint for endpoint in named.values() if endpoint is not None))
    limit = settings.quote_limit_seconds * SECOND
    pipeline = Pipeline(context, endpoints, settings.lines.lines(), limit, clock, version, limits)
    try:
        _wait(pipeline, listener, clock)
        basis, in_force = pipeline.concentration_basis()
    finally:
        pipeline.close()
        listener.close(linger=0)
        context.destroy(linger=0)
    source = text("published at {endpoint}, bids and offers too", endpoint=request.positions)
    return concentration_report(basis, clock.wall_ns(), in_force, source)


def _wait(pipeline: Pipeline, listener: zmq.Socket[bytes], clock: Clock) -> None:
    deadline, settled = clock.monotonic_ns() + PATIENCE, 0
    while True:
        pipeline.receive(listener, 10 * MILLISECOND)
        now = clock.monotonic_ns()
        if pipeline.states == {FeedState.LIVE}:
            settled = settled or now + SETTLED
            if now >= settled:
                return
        if now > deadline:
            told = ", ".join(sorted(state.value for state in pipeline.states))
            raise UserFacingError(text("the publishers do not answer in time (feeds are {states})", states=told))


def _filed(request: ReportRequest, version: ParameterVersion, limits: LimitVersions, clock: Clock) -> Report:
    """From files: settlement prices, and no bids and offers."""
    universe = Universe(version.parameters)
    book = _book(request, universe, version.parameters)
    store = MarginStore(version.calculation)
    held = book.snapshot()
    store.update(held, list(range(len(held.accounts))))
    state = _state(version, book, store, clock)
    classification = Classification.of(universe, version.parameters, limits.reference).extended()
    wall = clock.wall_ns()
    in_force = LimitUse(limits.limits, wall, state.book, classification) if limits.limits is not None else None
    currency = limits.limits.currency if limits.limits is not None else ""
    basis = ConcentrationBasis.of(
        state,
        Depth.unknown(len(universe)),
        classification,
        currency or usual_currency(state.book),
        OwnerTree.of(state.book, limits.reference.organisation),
        Covariance.of(limits.reference.returns or Returns.none(), classification),
        in_force,
    )
    source = text("{file}, at the settlement prices of the parameter file", file=Path(request.positions).name)
    return concentration_report(basis, wall, in_force_of(version), source)


def _state(version: ParameterVersion, book: PositionBook, store: MarginStore, clock: Clock) -> DeskState:
    columns = len(book.universe)
    unknown = np.full(columns, NOT_COMPUTABLE, dtype=np.int64)
    never = np.zeros(columns, dtype=np.int64)
    lines = Lines(1, 1, 1)
    return value_desk(
        1,
        version.calculation,
        book.snapshot(),
        store,
        unknown,
        never > 0,
        never,
        clock.monotonic_ns(),
        lines,
        True,
    )


def _book(request: ReportRequest, universe: Universe, parameters: ParameterSet) -> PositionBook:
    book, marked = PositionBook(universe), parameters.contracts.price
    known = _read_equity(request.equity) if request.equity is not None else []
    for each in known:
        row = book.set_account(Account(each.account, each.group, each.currency))
        book.set_money(row, each.currency, each.equity, 0)
    currencies = [family.currency for family in parameters.families]
    # Of an account that no file gives a currency: that of most families.
    home = max(sorted(set(currencies)), key=currencies.count)
    held: dict[tuple[int, int], int] = {}
    for line in read_positions(Path(request.positions)):
        row = book.account(line.account)
        if row < 0:
            row = book.set_account(Account(line.account, "", home))
        place = (row, universe.column(line.contract))
        held[place] = held.get(place, 0) + line.quantity
    for (row, column), quantity in held.items():
        # Marked at the settlement price, so that the equity of the file is the equity.
        price = int(marked[column]) if column < len(marked) else NOT_COMPUTABLE
        book.set_position(row, column, max(quantity, 0), max(-quantity, 0), price, price)
    return book


def _read_equity(path: Path) -> list[EquityLine]:
    """All lines of an equity file.

    Raises:
        BadInputError: The file cannot be read, or a line is wrong; names file, line and field.
    """
    lines: dict[str, EquityLine] = {}
    remedy = text("check the name of the equity file and your rights to it")
    for number, fields in read_csv(path, EQUITY_COLUMNS, remedy):
        where = f"{path.name}: line {number}"
        require(where, fields, ("account", "currency", "equity"))
        if fields["account"] in lines:
            raise BadInputError(f"{where}: account", text("the account is named twice"), text("give one line to each"))
        try:
            equity = parse_scaled(fields["equity"], MONEY_DECIMALS)
        except ValueError as error:
            what = text("{reason}", reason=error)
            raise BadInputError(f"{where}: equity", what, text("write an amount such as 1250000.50")) from None
        lines[fields["account"]] = EquityLine(fields["account"], fields["group"], fields["currency"], equity)
    return list(lines.values())
