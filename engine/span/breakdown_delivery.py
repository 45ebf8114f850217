"""The delivery charge of a margin breakdown: each month in delivery, with the deltas left and those spreads used."""

from __future__ import annotations

from collections.abc import Iterator

from engine.numbers import DELTA, MONEY_DECIMALS, NOT_COMPUTABLE, Integers, divide_half_away, format_scaled
from engine.snapshot import BreakdownNode
from engine.span.breakdown_lines import AccountFigures, delta_text, line, rounded_off
from engine.text import text


def delivery_charge(account: AccountFigures, pair: int, so_far: int) -> Iterator[BreakdownNode]:  # noqa: ARG001
    """Step 8: the delivery charge, month by month."""
    charge, currency = int(account.margins.delivery_charge[pair]), account.commodity(pair).currency
    if not charge:
        return
    label = text("Delivery charge")
    if charge == NOT_COMPUTABLE:
        yield line(label, charge, currency)
        return
    members = account.members(pair)
    months = [month for member in members for month in _months(account, member)]
    yield line(
        label,
        charge,
        currency,
        None,
        rounded_off(charge, months, currency, len(members) * (account.table.money_unit // 2) + len(months)),
    )


def _months(account: AccountFigures, pair: int) -> Iterator[BreakdownNode]:
    table, currency = account.table, account.commodity(pair).currency
    before = _deltas(account, pair)
    for slot, left in _left(account, pair, dict(before)).items():
        month = table.parameters.periods[table.slot_period[slot]]
        outright, spread = int(table.delivery_outright[slot]), int(table.delivery_spread[slot])
        used = abs(before[slot] - left)
        if left and outright:
            figures = _figures(month, abs(left), outright)
            yield line(text("{month}: {delta} delta left at {rate}", **figures), _amount(left, outright), currency)
        if used and spread:
            figures = _figures(month, used, spread)
            yield line(text("{month}: {delta} delta in spreads at {rate}", **figures), _amount(used, spread), currency)


def _figures(month: str, delta: int, rate: int) -> dict[str, object]:
    return {"month": month, "delta": delta_text(delta), "rate": format_scaled(rate, MONEY_DECIMALS)}


def _amount(delta: int, rate: int) -> int:
    return int(divide_half_away(abs(delta) * rate, DELTA))


def _deltas(account: AccountFigures, pair: int) -> dict[int, int]:
    """Delta of each period slot of a pair, nearest month first, when the charge was taken."""
    merged = account.result.merged
    return _by_slot(account, pair, account.result.deltas.delta if merged is None else merged.delta)


def _by_slot(account: AccountFigures, pair: int, figures: Integers) -> dict[int, int]:
    """Figures of the runs of a pair by period slot."""
    deltas = account.result.deltas
    start, stop = (int(deltas.starts[pair + step]) for step in (0, 1))
    return dict(zip(deltas.slot[start:stop].tolist(), figures[start:stop].tolist(), strict=True))


def _left(account: AccountFigures, pair: int, deltas: dict[int, int]) -> dict[int, int]:
    """What super and intra-commodity spreads leave of ``deltas``: the legs written down, taken off again."""
    table, commodity = account.table, account.margins.commodity[pair]
    if account.result.merged is not None:
        return _by_slot(account, pair, account.result.merged.left)
    supers = account.result.inter_trace
    supers = supers[(supers[:, 1] < table.super_count) & (table.inter.leg_commodity[supers[:, 2]] == commodity)]
    own = account.result.intra_trace
    _take(deltas, supers, table.inter.leg_slots)
    _take(deltas, own[own[:, 0] == pair], table.intra.leg_slots)
    return deltas


def _take(deltas: dict[int, int], legs: Integers, leg_slots: Integers) -> None:
    """Take what each leg consumed off the deltas of its sign in its run of slots, nearest month first."""
    for leg, taken in zip(legs[:, 2].tolist(), legs[:, 4].tolist(), strict=True):
        first, last = leg_slots[leg].tolist()
        side, wanted = (1 if taken > 0 else -1), abs(taken)
        for slot, delta in deltas.items():
            if first <= slot < last and delta * side > 0:
                part = min(wanted, abs(delta))
                deltas[slot] -= part * side
                wanted -= part
