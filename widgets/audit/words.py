"""What records are called and what they say, and their times."""

from __future__ import annotations

from datetime import UTC, datetime

from engine.audit import Record, Value
from engine.audit_events import (
    Event,
    OrderReported,
    OrderSent,
    OrdersJudged,
    Proposed,
    Refused,
    SegmentRemoved,
    SegmentWritten,
    Shown,
    Signed,
    StateChanged,
    event_of,
)
from engine.numbers import PRICE_DECIMALS, RATIO_DECIMALS, format_scaled
from widgets.language import tr

LONGEST_HEX = 10
"""Digits of an identity or digest that a line shows."""
_HEX = frozenset("0123456789abcdef")


def kind_word(kind: str) -> str:
    """A kind of record in the language in force; as it was recorded where it has no word here."""
    return {
        "instruction proposed": tr("Instruction proposed"),
        "instruction shown": tr("Instruction shown"),
        "instruction signed": tr("Instruction signed"),
        "attempt refused": tr("Attempt refused"),
        "instruction state": tr("Instruction state"),
        "orders judged": tr("Orders judged"),
        "order sent": tr("Order sent"),
        "order reported": tr("Order reported"),
        "people changed": tr("People changed"),
        "segment written": tr("Segment written"),
        "segment removed": tr("Segment removed"),
        "feeds not recorded": tr("Feeds not recorded"),
        "checkpoint witnessed": tr("Checkpoint witnessed"),
        "checkpoint refused": tr("Checkpoint refused"),
    }.get(kind, kind)


def microseconds(wall: int) -> str:
    """A moment in UTC, to the microsecond."""
    seconds, nanoseconds = divmod(wall, 10**9)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M:%S}.{nanoseconds // 1_000:06d}"


def content_line(record: Record) -> str:
    """What a record says, in one line: for kinds with words of their own what a person looks for, else every field."""
    try:
        event = event_of(record)
        if event is None:
            return " · ".join(
                f"{name} {_short(value)}" for name, value in record.content().items() if value not in ("", None)
            )
    except ValueError:
        return tr("not readable")
    parts = [part for part in _parts(event) if part]
    return " · ".join(parts)


def _parts(event: Event) -> tuple[str, ...]:
    """What to say of an event, the most important first."""
    parts: tuple[str, ...] = ()
    match event:
        case Proposed():
            orders = tr("orders: {count}").format(count=len(event.orders))
            ratios = f"{_ratio(event.ratio_before)} → {_ratio(event.ratio_after)}"
            drill = tr("DRILL") if event.drill else ""
            parts = (drill, event.account, orders, ratios, event.maker, event.reason, event.instruction)
        case Shown():
            parts = (event.person, tr(event.role), event.workstation, event.language, event.instruction)
        case Signed():
            parts = (tr(event.act), event.person, tr(event.role), event.workstation, event.reason, event.instruction)
        case Refused():
            parts = (tr(event.attempt), event.person, event.reason, event.instruction)
        case StateChanged():
            parts = (f"{tr(event.before)} → {tr(event.after)}", event.reason, event.instruction)
        case OrdersJudged():
            orders, ratio = tr("orders: {count}").format(count=len(event.orders)), _ratio(event.ratio)
            parts = (orders, tr("equity is used up") if event.used_up else ratio, event.instruction)
        case OrderSent():
            parts = (event.order, event.instruction)
        case OrderReported():
            price = format_scaled(event.average, PRICE_DECIMALS) if event.filled else ""
            filled = tr("{count} filled").format(count=event.filled)
            parts = (event.order, tr(event.state), f"{filled} @ {price}" if price else filled, event.reason)
        case SegmentWritten():
            parts = (
                event.segment,
                tr("complete") if event.complete else "",
                tr("{count} bytes").format(count=event.size),
            )
        case SegmentRemoved():
            parts = (event.segment,)
    return tuple(map(_short, parts))


def _ratio(ratio: int | None) -> str:
    return "?" if ratio is None else f"{format_scaled(ratio * 100, RATIO_DECIMALS)} %"


def _short(value: Value) -> str:
    if isinstance(value, str):
        bare = value.removeprefix("sha256:")
        return f"{bare[:LONGEST_HEX]}…" if len(bare) > 2 * LONGEST_HEX and _HEX.issuperset(bare) else value
    if isinstance(value, list | tuple):
        return str(len(value)) if value and isinstance(value[0], dict) else ", ".join(map(_short, value))
    return str(value)
