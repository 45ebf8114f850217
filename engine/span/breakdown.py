"""Why the margin is what it is: a tree from requirement to commodities, steps, scenarios, spread legs and positions.

What adds up: wherever a line and lines below it have amounts, the amounts below add up exactly to the one above. That
holds because everything that moves money is a line of its own:

- charges and losses are positive; credits, gains, and the value of long options are negative;
- ``rounding`` stands wherever a step rounds, and where a share is finer than the scale of money (10**-6);
- a floor or a cap is the difference it makes: a loss below zero that does not count, the raise to the short option
  minimum, a risk never below zero, the limit to the value of long options, the premium cap, and option value beyond
  the risk.

Lines without an amount only inform (deltas, legs whose money stands with another commodity, a minimum that is not
reached): they are no part of any sum. A line whose figure is too large to compute has no amount and says so; then no
line above it has one either. ``not broken down`` would name what no step accounts for.

Each step is one function that yields its lines for one commodity, given the sum of the lines before it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction

from engine.numbers import NOT_COMPUTABLE
from engine.snapshot import BreakdownNode
from engine.span.arrays import Batch, SpanTable
from engine.span.breakdown_delivery import delivery_charge
from engine.span.breakdown_lines import AccountFigures, delta_text, line, money_text, rounded_off, sum_of
from engine.span.breakdown_scanning import losses_in, margined_elsewhere
from engine.span.breakdown_spreads import inter_credit, intra_charge
from engine.span.requirement import Margins, margin
from engine.text import Text, text

TRACE_CAPACITY = 4096
"""Spread legs written down at first; more where an account forms more."""

Step = Callable[[AccountFigures, int, int], Iterator[BreakdownNode]]


def breakdown(table: SpanTable, batch: Batch) -> tuple[BreakdownNode, ...]:
    """The margin of one account explained, one tree a currency.

    Args:
        table: The parameters, laid out.
        batch: The account, as a batch of one.
    """
    account = AccountFigures(table, batch, _traced(table, batch))
    present = account.result.totals.present[0]
    return tuple(_requirement(account, index) for index in range(len(table.currencies)) if present[index])


def _traced(table: SpanTable, batch: Batch) -> Margins:
    """The margin with every spread leg written down."""
    capacity = TRACE_CAPACITY
    result = margin(table, batch, capacity)
    while capacity in (len(result.intra_trace), len(result.inter_trace)):
        capacity *= 4
        result = margin(table, batch, capacity)
    return result


def _requirement(account: AccountFigures, index: int) -> BreakdownNode:
    totals, table = account.result.totals, account.table
    currency = table.currencies[index]
    pairs = [
        pair for pair, commodity in enumerate(account.margins.commodity.tolist()) if table.currency[commodity] == index
    ]
    pairs.sort(key=lambda pair: -int(account.margins.risk[pair]))
    requirement, excess = int(totals.requirement[0, index]), int(totals.excess_option_value[0, index])
    children = [
        *_kind_of_account(account),
        *_option_value(account, currency, pairs),
        *(_commodity(account, pair) for pair in pairs),
    ]
    so_far = sum_of(children)
    if requirement != NOT_COMPUTABLE and so_far < 0:
        children.append(line(text("Option value beyond the risk"), -so_far, currency))
    note = text("excess option value {amount}", amount=money_text(excess)) if excess > 0 else None
    return line(text("Requirement"), requirement, currency, note, rounded_off(requirement, children, currency, 0))


def _kind_of_account(account: AccountFigures) -> Iterator[BreakdownNode]:
    """How the account is margined, where that is not net by the file's usual rate set."""
    rates, usual = account.table.rates, account.table.parameters.rate_set
    if not account.gross and rates.number == usual and all(factor == 1 for factor in rates.factors):
        return
    note = text("{kind}; rate set {number}", kind=rates.terms.said, number=rates.number)
    if rates.arrays != rates.number:
        note = text("{note}, arrays of rate set {arrays}", note=note, arrays=rates.arrays)
    if not account.gross:
        yield BreakdownNode(text("Net-margined"), None, "", note)
        return
    note = text("longs and shorts apart, no spreads; {note}", note=note)
    yield BreakdownNode(text("Gross-margined"), None, "", note)


def _option_value(account: AccountFigures, currency: str, pairs: list[int]) -> Iterator[BreakdownNode]:
    """Steps 13 and 14: the option value that counts, negative where options are long, and what the cap withholds."""
    table, margins = account.table, account.margins
    held = [
        account.position(row, quantity, -quantity * int(table.premium[row]), currency)
        for pair in pairs
        for row, quantity in account.held(pair)
        if table.is_premium[row]
    ]
    if not held:
        return
    values = [int(margins.net_option_value[pair]) for pair in pairs]
    if NOT_COMPUTABLE in (*values, *(int(margins.risk[pair]) for pair in pairs)):
        yield line(text("Net option value"), NOT_COMPUTABLE, currency, None, held)
        return
    caps = [
        line(text("premium cap, {code}", code=account.commodity(pair).code), withheld, currency)
        for pair, value in zip(pairs, values, strict=True)
        if table.capped[margins.commodity[pair]] and (withheld := value - min(value, int(margins.risk[pair])))
    ]
    used = sum_of(caps) - sum(values)
    yield line(text("Net option value"), used, currency, None, rounded_off(used, [*held, *caps], currency, 0))


def _commodity(account: AccountFigures, pair: int) -> BreakdownNode:
    margins, commodity = account.margins, account.commodity(pair)
    risk, maintenance = int(margins.risk[pair]), int(margins.maintenance[pair])
    children = _steps(account, pair)
    name = commodity.code if commodity.name == commodity.code else f"{commodity.code} {commodity.name}"
    label = text("{name}", name=name)
    if account.gross:
        label = (
            text("{name}, short side", name=name)
            if account.is_short_side(pair)
            else text("{name}, long side", name=name)
        )
    note = text("maintenance {amount}", amount=money_text(maintenance)) if maintenance != risk else None
    parts = rounded_off(risk, children, commodity.currency, 0)
    return line(label, risk, commodity.currency, note, parts)


def _steps(account: AccountFigures, pair: int) -> list[BreakdownNode]:
    """The steps of one commodity; of one that is margined with another, only where to look for them."""
    elsewhere = margined_elsewhere(account, pair)
    if elsewhere:
        return [elsewhere]
    found: list[BreakdownNode] = []
    for step in STEPS_MINIMUM_FIRST if account.table.convention.minimum_before_credits else STEPS:
        found += step(account, pair, sum_of(found))
    return [*found, *_type_factor(account, pair, sum_of(found))]


def _type_factor(account: AccountFigures, pair: int, so_far: int) -> Iterator[BreakdownNode]:
    """Step 12: what the factor of the account's type makes of the risk."""
    rates, risk = account.table.rates, int(account.margins.risk[pair])
    factor = rates.factors[int(account.margins.commodity[pair])]
    if factor is None or factor == 1 or NOT_COMPUTABLE in (risk, so_far) or risk == so_far:
        return
    label = text(
        "Factor {factor} of the account: {kind}", factor=format(factor.normalize(), "f"), kind=rates.terms.said
    )
    yield line(label, risk - so_far, account.commodity(pair).currency)


def _scan_risk(account: AccountFigures, pair: int, so_far: int) -> Iterator[BreakdownNode]:  # noqa: ARG001
    """Steps 1 to 3: the scan risk, its sixteen scenarios, and each position's loss in the active one.

    A commodity with scan tiers has such a line for each tier, below one that adds them up.
    """
    first, last = (int(account.result.sums.group_starts[pair + step]) for step in (0, 1))
    note = _scenario_note(account, pair)
    groups = list(range(first, last))
    if account.result.merged is not None:
        # Targets of scanning spreads have every tier, also those that nothing is in.
        groups = [group for group in groups if losses_in(account, pair, group, 0)] or groups[:1]
    tiers = [_tier_scan(account, pair, group, note if len(groups) == 1 else None) for group in groups]
    if len(tiers) == 1:
        yield tiers[0]
        return
    label = text("Scan risk of {count} tiers", count=len(tiers))
    yield line(label, account.margins.scan_risk[pair], account.commodity(pair).currency, note, tiers)


def _tier_scan(account: AccountFigures, pair: int, group: int, note: Text | None) -> BreakdownNode:
    """The scan of one tier, or of the whole commodity where it has none."""
    table, result, currency = account.table, account.result, account.commodity(pair).currency
    active, risk = int(result.tier_scan.active[group]), int(result.tier_scan.risk[group])
    losses = losses_in(account, pair, group, active)
    worst = sum_of(losses)
    if risk != NOT_COMPUTABLE and worst < 0:
        losses.append(line(text("a gain does not count"), -worst, currency))
    label = text("Scan risk, scenario {number}", number=active + 1)
    scan = line(label, risk, currency, note, rounded_off(risk, losses, currency, table.money_unit // 2))
    sums = () if risk == NOT_COMPUTABLE else tuple(result.sums.scenario[group].tolist())
    return BreakdownNode(scan.label, scan.amount, currency, scan.note, scan.children, sums, active + 1)


def _scenario_note(account: AccountFigures, pair: int) -> Text:
    margins = account.margins
    point = account.table.parameters.scan_points[int(margins.active_scenario[pair]) - 1]
    move = Fraction(point.price_numerator) / Fraction(point.price_denominator or 1)
    return text(
        "price {move} of its range, volatility {shift}; time {time}, volatility {volatility}, price {price}",
        move=_signed(move),
        shift=_signed(Fraction(point.volatility_multiple)),
        time=money_text(margins.time_risk[pair]),
        volatility=money_text(margins.volatility_risk[pair]),
        price=money_text(margins.price_risk[pair]),
    )


def _signed(move: Fraction) -> str:
    return f"+{move}" if move > 0 else str(move)


def _net_delta(account: AccountFigures, pair: int, so_far: int) -> Iterator[BreakdownNode]:  # noqa: ARG001
    """Steps 4 and 5: the deltas that spreads can use, month by month, and the price risk of one."""
    deltas, table = account.result.deltas, account.table
    start, stop = (int(deltas.starts[pair + step]) for step in (0, 1))
    months = tuple(
        BreakdownNode(
            text(
                "{leg}: {delta} delta",
                leg=table.parameters.periods[table.slot_period[deltas.slot[run]]],
                delta=delta_text(deltas.delta[run], signed=True),
            ),
            None,
        )
        for run in range(start, stop)
        if deltas.delta[run]
    )
    if months:
        risk = money_text(account.margins.weighted_price_risk[pair])
        note = text("weighted price risk {risk}", risk=risk)
        yield BreakdownNode(
            text("Net delta {delta}", delta=delta_text(account.margins.net_delta[pair])), None, "", note, months
        )


def _short_option_minimum(account: AccountFigures, pair: int, so_far: int) -> Iterator[BreakdownNode]:
    """Step 10: what the short option minimum adds; where it adds nothing, a line without an amount that says so."""
    minimum, commodity = int(account.margins.short_option_minimum[pair]), account.commodity(pair)
    if not minimum:
        return
    if minimum == NOT_COMPUTABLE:
        yield line(text("Short option minimum"), NOT_COMPUTABLE, commodity.currency)
        return
    right = account.table.right
    shorts = [(row, -quantity) for row, quantity in account.held_together(pair) if quantity < 0]
    tiers = [tier for member in account.members(pair) for tier in account.commodity(member).short_option_tiers]
    rates = [tier.rates[account.table.rate_set] for tier in tiers if tier.rates]
    figures = {
        "amount": money_text(minimum),
        "calls": sum(count for row, count in shorts if right[row] == 1),
        "puts": sum(count for row, count in shorts if right[row] == 2),
        "rate": ", ".join(format(rate.normalize(), "f") for rate in rates),
    }
    if account.margins.risk[pair] != NOT_COMPUTABLE and minimum > max(0, so_far):
        note = text("{amount}: {calls} short calls, {puts} short puts at {rate}", **figures)
        yield line(text("Raised to the short option minimum"), minimum - so_far, commodity.currency, note)
    else:
        label = text("Short option minimum {amount}, not reached", amount=figures["amount"])
        yield BreakdownNode(label, None, "", text("{calls} short calls, {puts} short puts at {rate}", **figures))


def _not_below_zero(account: AccountFigures, pair: int, so_far: int) -> Iterator[BreakdownNode]:
    """Step 11: credits beyond the charges do not count."""
    if so_far < 0 and account.margins.risk[pair] != NOT_COMPUTABLE:
        yield line(text("a risk is never below zero"), -so_far, account.commodity(pair).currency)


def _no_more_than_value(account: AccountFigures, pair: int, so_far: int) -> Iterator[BreakdownNode]:
    """Step 11: what can at most be lost on paid-for options is their value."""
    held, value = account.held_together(pair), int(account.margins.net_option_value[pair])
    only_long = held and all(quantity > 0 and account.table.is_premium[row] for row, quantity in held)
    if only_long and account.margins.risk[pair] != NOT_COMPUTABLE and max(0, value) < so_far:
        less = max(0, value) - so_far
        yield line(text("no more than the options are worth"), less, account.commodity(pair).currency)


CHARGES: tuple[Step, ...] = (_scan_risk, _net_delta, intra_charge, delivery_charge)
LIMITS: tuple[Step, ...] = (_not_below_zero, _no_more_than_value)
STEPS = (*CHARGES, inter_credit, _short_option_minimum, *LIMITS)
STEPS_MINIMUM_FIRST = (*CHARGES, _short_option_minimum, inter_credit, *LIMITS)
