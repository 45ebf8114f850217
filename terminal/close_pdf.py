"""The review of a forced close as a report of tables, to be written as PDF."""

from __future__ import annotations

from collections.abc import Sequence

from engine.audit_events import Shown, Signed
from engine.close_review import Review
from engine.close_slippage import Cost, OrderSlippage, Slippage, Sum
from engine.text import Text, text
from terminal.audit_command import stamp
from terminal.close_json import Checked
from terminal.close_words import basis_points, money_text, price_text, ratio_text, word, words_of
from terminal.report_table import Column, Kind, Report, Table, Value

SHORT = 16
"""Digits of an identity or digest that a table shows."""
STEPS = {
    "first signature": text("First signature"),
    "second signature": text("Second signature"),
    "reserved": text("Reserved by the executor gate"),
    "first order sent": text("First order sent"),
    "last report": text("Last report"),
}


def review_as_report(review: Review, checked: Sequence[Checked]) -> Report:
    """All of it; what could not be verified stands first."""
    proposed = review.proposed
    title = text("DRILL: review of a forced close") if proposed.drill else text("Review of a forced close")
    ratio = f"{_known(ratio_text(proposed.ratio_before))} → {_known(ratio_text(proposed.ratio_after))}"
    margin = f"{_known(money_text(proposed.margin_before))} → {_known(money_text(proposed.margin_after))}"
    facts: list[tuple[Text, str | Text]] = [
        (text("Account"), proposed.account),
        (text("Instruction"), proposed.instruction),
        (text("Fingerprint"), proposed.fingerprint),
        (text("State"), word(review.state)),
        (text("Proposed by"), f"{proposed.maker}, {proposed.workstation}"),
        (text("Reason"), proposed.reason),
        (text("Risk ratio before → planned"), ratio),
        (text("Line"), _known(ratio_text(proposed.line))),
        (text("Margin before → planned"), f"{margin} {proposed.currency}"),
        (text("Worst cost"), f"{_known(money_text(proposed.worst_cost))} {proposed.currency}"),
    ]
    facts += [(text("Records of {source}", source=each.source), each.finding) for each in checked]
    tables = (_steps(review), _people(review), _orders(review), _slippage(review.slippage), _timeline(review))
    return Report(title, facts, tables, signs=proposed.fingerprint)


def _known(words: str | None) -> str:
    return words if words is not None else "?"


def _name(title: Text) -> Column:
    return Column(title, Kind.NAME)


def _figure(title: Text) -> Column:
    return Column(title, Kind.COUNT)


def _steps(review: Review) -> Table:
    columns = (_name(text("Step")), _name(text("Time (UTC)")), _figure(text("After the proposal, s")))
    rows = [(STEPS[step.name], stamp(step.wall), f"{step.since / 1e9:,.6f}") for step in review.steps]
    return Table(text("Steps"), columns, rows)


def _people(review: Review) -> Table:
    columns = (
        _name(text("Time (UTC)")),
        _name(text("Person")),
        _name(text("Role")),
        _name(text("Workstation")),
        _name(text("Saw or signed")),
        _name(text("What was shown")),
        _name(text("Key")),
        _name(text("Signature")),
        _figure(text("Record")),
    )
    rows: list[tuple[Value, ...]] = []
    for moment in review.moments:
        match moment.event:
            case Shown() as event:
                what, key, proof = text("saw ({language})", language=event.language), "", None
            case Signed() as event:
                what, key = text("signed: {act}", act=word(event.act)), event.key[:SHORT]
                proof = text("holds") if moment.unproven is None else moment.unproven
            case _:
                continue
        who = (event.person, word(event.role), event.workstation)
        shown = event.text.removeprefix("sha256:")[:SHORT]
        rows.append((stamp(moment.record.wall), *who, what, shown, key, proof, moment.record.number))
    note = text("What was shown is named by its SHA-256; the text itself is kept beside the records.")
    return Table(text("Who saw and signed what"), columns, rows, note)


def _orders(review: Review) -> Table:
    columns = (
        _name(text("Contract")),
        _name(text("Order")),
        _figure(text("Quantity")),
        _figure(text("Limit price")),
        _figure(text("Expected")),
        _figure(text("Filled")),
        _figure(text("Average")),
        _figure(text("Slippage")),
        _figure(text("Slippage, 0.01 %")),
        _name(text("State")),
    )
    rows: list[tuple[Value, ...]] = []
    for fill in review.fills:
        planned = fill.planned
        average = price_text(fill.average) if fill.is_priced else ""
        limit = price_text(planned.limit) if planned.limit is not None else text("market")
        prices = (limit, price_text(planned.expected), fill.filled, average)
        worse = (price_text(fill.slippage) or "", basis_points(fill) or "")
        side = text("{side} {effect}", side=word(planned.side), effect=word(planned.effect))
        if planned.group:
            side = text("{order}, all or none {group}", order=side, group=planned.group)
        rows.append(
            (
                planned.contract,
                side,
                planned.quantity,
                *prices,
                *worse,
                word(fill.state) if fill.state else text("not sent"),
            )
        )
    note = text("Slippage is how much worse a contract was filled than the price the plan was made on.")
    return Table(text("Plan against fills"), columns, rows, note)


def _slippage(slippage: Slippage) -> Table:
    """Orders, then the sums; where money is not known, the reason stands in its place."""
    columns = (
        _name(text("Contract")),
        _figure(text("Filled")),
        _figure(text("Average")),
        _figure(text("Expected")),
        _figure(text("Slippage, points")),
        _figure(text("Slippage, money")),
        _figure(text("Arrival price")),
        _figure(text("Against arrival, points")),
        _figure(text("Against arrival, money")),
        _name(text("Currency")),
    )
    rows = [_slipped(order) for order in slippage.orders if order.fill.filled]
    sums = [_summed(text("all {contract}", contract=each.name), each) for each in slippage.contracts]
    sums += [_summed(text("all in {currency}", currency=each.name or "?"), each) for each in slippage.currencies]
    if slippage.reporting is not None and [each.name for each in slippage.currencies] != [slippage.reporting.name]:
        sums.append(
            _summed(text("all exchanged into {currency}", currency=slippage.reporting.name), slippage.reporting)
        )
    note = text(
        "Money is points x contracts x multiplier in the contract's currency, by the input snapshot kept with the "
        "instruction; sums of points are points x contracts. The arrival price is the middle of bid and offer at the "
        "plan."
    )
    strong = frozenset(range(len(rows), len(rows) + len(sums)))
    return Table(text("Slippage in money"), columns, (*rows, *sums), note, strong)


def _slipped(order: OrderSlippage) -> tuple[Value, ...]:
    fill = order.fill
    prices = (price_text(fill.average) if fill.is_priced else "", price_text(fill.planned.expected))
    arrival = (price_text(order.arrival) or "", *_cost(order.arrived))
    return (fill.planned.contract, fill.filled, *prices, *_cost(order.expected), *arrival, order.currency)


def _summed(name: Text, found: Sum) -> tuple[Value, ...]:
    return (name, found.filled, "", "", *_cost(found.expected), "", *_cost(found.arrived), found.currency)


def _cost(cost: Cost) -> tuple[Value, Value]:
    return price_text(cost.points) or "", money_text(cost.money) or cost.reason or ""


def _timeline(review: Review) -> Table:
    columns = (
        _name(text("Time (UTC)")),
        _figure(text("Record")),
        _name(text("Actor")),
        _name(text("Kind")),
        _name(text("What")),
    )
    rows = [
        (stamp(moment.record.wall), moment.record.number, moment.record.actor, moment.record.kind, words_of(moment))
        for moment in review.moments
    ]
    return Table(text("Timeline"), columns, rows)
