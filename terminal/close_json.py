"""The review of a forced close as JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from engine.audit_events import Shown, Signed
from engine.close_review import Moment, Review
from engine.close_slippage import Cost, OrderSlippage, Sum
from engine.text import Text
from terminal.audit_command import stamp
from terminal.close_words import basis_points, money_text, price_text, ratio_text, words_of


@dataclass(frozen=True, slots=True)
class Checked:
    """A store or archive that the report was made from, and what its verification found.

    Attributes:
        source: Its path.
        sound: Whether every record is the one that was signed.
        finding: In words.
        records: How many are signed.
    """

    source: str
    sound: bool
    finding: Text
    records: int


def review_as_json(review: Review, checked: Sequence[Checked]) -> str:
    """One document; amounts are decimal strings, times are UTC to the microsecond and nanoseconds beside."""
    proposed = review.proposed
    document = {
        "instruction": proposed.instruction,
        "fingerprint": proposed.fingerprint,
        "drill": proposed.drill,
        "account": proposed.account,
        "state": review.state,
        "reason": proposed.reason,
        "maker": proposed.maker,
        "workstation": proposed.workstation,
        "line": ratio_text(proposed.line),
        "ratio_before": ratio_text(proposed.ratio_before),
        "ratio_planned": ratio_text(proposed.ratio_after),
        "margin_before": money_text(proposed.margin_before),
        "margin_planned": money_text(proposed.margin_after),
        "currency": proposed.currency,
        "worst_cost": money_text(proposed.worst_cost),
        "not_before": _time(proposed.not_before),
        "expiry": _time(proposed.expiry),
        "content": proposed.content,
        "inputs": list(proposed.inputs),
        "steps": [
            {"step": step.name, "time": _time(step.wall), "microseconds_since_proposal": step.since // 1_000}
            for step in review.steps
        ],
        "seen_and_signed": [_person(moment) for moment in review.moments if isinstance(moment.event, Shown | Signed)],
        "orders": [_order(order) for order in review.slippage.orders],
        "slippage": {
            "by_contract": [{"contract": each.name, **sum_as_json(each)} for each in review.slippage.contracts],
            "by_currency": [sum_as_json(each) for each in review.slippage.currencies],
            "in_desk_currency": None if review.slippage.reporting is None else sum_as_json(review.slippage.reporting),
        },
        "timeline": [_moment(moment) for moment in review.moments],
        "verified": [{**asdict(each), "finding": str(each.finding)} for each in checked],
    }
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def _time(wall: int) -> str:
    return stamp(wall).replace(" ", "T") + "Z"


def _person(moment: Moment) -> dict[str, object]:
    event = moment.event
    fields: dict[str, object] = {"time": _time(moment.record.wall), "record": moment.record.number, **asdict(event)}
    for name in ("shown_at", "signed_at"):
        if name in fields:
            fields[name] = _time(int(str(fields[name])))
    fields["what"] = event.kind
    if isinstance(event, Signed):
        fields["signature_holds"] = moment.unproven is None
        fields["signature_problem"] = str(moment.unproven) if moment.unproven is not None else None
    return fields


def sum_as_json(found: Sum) -> dict[str, object]:
    """Slippage of several orders."""
    return {
        "currency": found.currency or None,
        "filled": found.filled,
        "against_expected": _cost(found.expected, "points_times_contracts"),
        "against_arrival": _cost(found.arrived, "points_times_contracts"),
    }


def _cost(cost: Cost, points: str) -> dict[str, object]:
    """Points are of a contract in one order, and summed over contracts for several."""
    problem = str(cost.reason) if cost.reason is not None else None
    return {points: price_text(cost.points), "money": money_text(cost.money), "problem": problem}


def _order(slippage: OrderSlippage) -> dict[str, object]:
    fill = slippage.fill
    planned = fill.planned
    return {
        "order": planned.order,
        "contract": planned.contract,
        "side": planned.side,
        "effect": planned.effect,
        "all_or_none_group": planned.group or None,
        "quantity": planned.quantity,
        "limit": price_text(planned.limit),
        "expected": price_text(planned.expected),
        "state": fill.state,
        "filled": fill.filled,
        "average": price_text(fill.average) if fill.is_priced else None,
        "slippage": price_text(fill.slippage),
        "slippage_basis_points": basis_points(fill),
        "currency": slippage.currency or None,
        "arrival": price_text(slippage.arrival),
        "against_expected": _cost(slippage.expected, "points"),
        "against_arrival": _cost(slippage.arrived, "points"),
        "sent": _time(fill.sent) if fill.sent is not None else None,
        "ended": _time(fill.ended) if fill.ended is not None else None,
    }


def _moment(moment: Moment) -> dict[str, object]:
    record = moment.record
    return {
        "time": _time(record.wall),
        "wall_ns": record.wall,
        "record": record.number,
        "actor": record.actor,
        "kind": record.kind,
        "words": str(words_of(moment)),
        "hash": record.leaf.hex(),
    }
