"""Everything the screens show of one account: its positions line by line and its margin explained."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from engine.classification import Classification, Dimension
from engine.instruments import Universe
from engine.limits import PARTICIPATION
from engine.numbers import NOT_COMPUTABLE, PRICE_DECIMALS, RATIO, divide_half_away, multiply_divide
from engine.snapshot import AccountDetail, BreakdownNode, PositionLine, PriceState, WorkingLine
from engine.span.arrays import Batch, SpanTable
from engine.span.breakdown import breakdown
from engine.span.requirement import margin
from engine.state import DeskState, price_of
from engine.text import Text, text
from engine.valuation import value_of


@dataclass(frozen=True, slots=True)
class Explained:
    """An account's margin explained, and what it was explained from.

    Attributes:
        table: What it is margined by; None where the parameters have no rates for it.
        batch: The account's margined positions.
        active: Active scenario, counted from 0, by commodity (row of the parameters) and whether it is the short side
            of a gross-margined account.
        breakdown: One tree a currency.
    """

    table: SpanTable | None
    batch: Batch
    active: Mapping[tuple[int, bool], int]
    breakdown: tuple[BreakdownNode, ...]

    def holds_for(self, table: SpanTable | None, batch: Batch) -> bool:
        """Whether ``batch`` is the same book on the same table, so that nothing need be computed again."""
        return self.table is table and self.batch.is_same(batch)


def explain(state: DeskState, account: int, earlier: Explained | None = None) -> Explained:
    """The margin of one account explained; ``earlier`` itself where it still holds.

    Args:
        state: The desk.
        account: Row of the account.
        earlier: An explanation under the same parameters.
    """
    table, batch = state.table_of(account), state.batch_of(account)
    if earlier is not None and earlier.holds_for(table, batch):
        return earlier
    if table is None:
        return Explained(table, batch, {}, ())
    result = margin(table, batch)
    figures = result.commodities
    middle = int(batch.middles[0]) if len(batch.middles) else -1
    short = [0 <= middle <= start for start in result.sums.starts[:-1].tolist()]
    sides = zip(figures.commodity.tolist(), short, strict=True)
    active = dict(zip(sides, (figures.active_scenario - 1).tolist(), strict=True))
    return Explained(table, batch, active, breakdown(table, batch))


def account_detail(state: DeskState, universe: Universe, account: int, explained: Explained) -> AccountDetail:
    """Positions and margin breakdown of one account.

    Args:
        state: The desk.
        universe: Names of the columns.
        account: Row of the account.
        explained: Its margin explained, as of ``state``.
    """
    positions = state.book.positions
    start, stop = (int(positions.starts[account + step]) for step in (0, 1))
    lines = [
        _line(state, universe, account, position, explained)
        for position in range(start, stop)
        if positions.long[position] or positions.short[position]
    ]
    return AccountDetail(
        state.sequence,
        state.book.accounts[account].name,
        state.book.accounts[account].currency,
        tuple(lines),
        explained.breakdown,
        _reasons(state, account, lines),
        state.calculation.parameters.origin.version,
        state.book.accounts[account].terms,
        tuple(
            WorkingLine(name, order.contract, order.quantity)
            for name, order in state.book.working.of(state.book.accounts[account].name).items()
        ),
    )


def with_market(detail: AccountDetail, classification: Classification) -> AccountDetail:
    """The same with each position against its market, as far as open interest and volume are known."""
    interest, volume = classification.market(Dimension.CONTRACT)
    lines = []
    for line in detail.positions:
        column = classification.universe.find(line.contract)
        if not 0 <= column < len(interest):
            lines.append(line)
            continue
        traded = line.long + line.short if detail.terms.gross else abs(line.net)
        days = _over(traded * RATIO, int(volume[column]) * PARTICIPATION)
        lines.append(replace(line, share_of_interest=_over(abs(line.net), int(interest[column])), days=days))
    return replace(detail, positions=tuple(lines))


def _over(part: int, whole: int) -> int:
    """part / whole in ratio scale; `NOT_COMPUTABLE` where the whole is not known."""
    return int(divide_half_away(part * RATIO, whole)) if whole > 0 else NOT_COMPUTABLE


def _line(state: DeskState, universe: Universe, account: int, position: int, explained: Explained) -> PositionLine:
    positions, table = state.book.positions, state.calculation.table
    column = int(positions.columns[position])
    long, short = int(positions.long[position]), int(positions.short[position])
    listed = column < len(table.usable)
    problem = _problem(state, account, explained, column) if listed else text("no parameters for this contract")
    margin_part = NOT_COMPUTABLE if problem is not None else _loss(explained, column, long, short)
    family = (
        state.calculation.parameters.families[int(state.calculation.parameters.contracts.family[column])]
        if listed
        else None
    )
    price, price_state, age = _price(state, column)
    return PositionLine(
        universe.contract(column),
        family.currency if family else "",
        long,
        short,
        long - short,
        price,
        family.price_decimals if family else PRICE_DECIMALS,
        price_state,
        age,
        int(state.profit.position[position]),
        margin_part,
        _share(state, account, column, price, long - short) if listed else NOT_COMPUTABLE,
        problem,
        today=state.book.today_of(account, column),
    )


def _problem(state: DeskState, account: int, explained: Explained, column: int) -> Text | None:
    """Why a listed contract is not in the account's margin, or None."""
    if explained.table is None:
        return state.calculation.tables.problem(state.book.accounts[account].terms)
    return explained.table.problem(column)


def _loss(explained: Explained, column: int, long: int, short: int) -> int:
    """The position's own loss in the active scenario; of each side by its own where longs and shorts are apart."""
    table = explained.table
    if table is None:
        return NOT_COMPUTABLE
    commodity, apart = int(table.commodity[column]), bool(len(explained.batch.middles))
    sides = [(long, False), (-short, True)] if apart else [(long - short, False)]
    losses = [
        int(multiply_divide(held, int(table.scenario[column, explained.active[commodity, side]]), 1))
        for held, side in sides
        if held or not apart
    ]
    return NOT_COMPUTABLE if NOT_COMPUTABLE in losses else sum(losses)


def _price(state: DeskState, column: int) -> tuple[int, PriceState, int]:
    price = price_of(state, column)
    if column < len(state.price) and state.price[column] != NOT_COMPUTABLE:
        quoted = PriceState.LIVE if state.fresh[column] else PriceState.STALE
        return price, quoted, state.now - int(state.received[column])
    return price, PriceState.MISSING if price == NOT_COMPUTABLE else PriceState.SETTLEMENT, 0


def _share(state: DeskState, account: int, column: int, price: int, net: int) -> int:
    """Value held as a share of the account's equity, ratio scale."""
    equity = int(state.accounts.equity[account])
    if NOT_COMPUTABLE in (price, equity) or equity <= 0:
        return NOT_COMPUTABLE
    multiplier = int(state.calculation.parameters.contracts.multiplier[column])
    value = value_of(abs(price), abs(net), multiplier)
    source = state.figures.currencies.index(
        state.calculation.values.currencies[int(state.calculation.values.currency[column])]
    )
    home = state.figures.currencies.index(state.book.accounts[account].currency)
    numerator, denominator = int(state.rates.numerator[source, home]), int(state.rates.denominator[source, home])
    if value == NOT_COMPUTABLE or not numerator:
        return NOT_COMPUTABLE
    converted = multiply_divide(value, numerator, denominator)
    return int(multiply_divide(converted, RATIO, equity))


def _reasons(state: DeskState, account: int, lines: list[PositionLine]) -> tuple[Text, ...]:
    """Why the account's figures are incomplete, naming the first contracts left out."""
    reasons = list(state.accounts.reasons.get(account, ()))
    left_out = [line.contract.title for line in lines if line.reason is not None]
    if left_out and state.table_of(account) is not None:
        named = ", ".join(left_out[:3]) + (" …" if len(left_out) > 3 else "")
        reasons.append(text("excludes {count} positions: {contracts}", count=len(left_out), contracts=named))
    return tuple(reasons)
