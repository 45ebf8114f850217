"""The report of a drill, marked as one everywhere: as text, as JSON, and as tables to be written as PDF."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final

from engine.close_slippage import Sum
from engine.numbers import NOT_COMPUTABLE
from engine.text import Text, Translate, text
from terminal.audit_command import stamp
from terminal.close_json import sum_as_json
from terminal.close_words import money_text, price_text, ratio_text
from terminal.drill_outcome import Drilled, DrillStep, Reached, Requoted, Standing
from terminal.report_table import Column, Kind, Report, Table, Value, figure_of

MARK: Final = "DRILL"
NOTHING_TRADED: Final = text(
    "DRILL: everything happened on a copy of the book, on a sample exchange of this machine; nothing was traded"
)
MICROSECOND: Final = 1_000
UNKNOWN: Final = "?"


def took_of(drilled: Drilled) -> Iterator[tuple[DrillStep, Reached, int | None, int | None]]:
    """Each step that was reached: microseconds since the shock and since the step before; None before the shock."""
    shock = drilled.steps.get(DrillStep.SHOCKED)
    before: Reached | None = None
    for step in DrillStep:
        reached = drilled.steps.get(step)
        if reached is None:
            continue
        since = (reached.wall - shock.wall) // MICROSECOND if shock and step is not DrillStep.PREPARED else None
        took = (reached.wall - before.wall) // MICROSECOND if before and since is not None else None
        yield step, reached, since, took
        before = reached


def drill_as_json(drilled: Drilled) -> str:
    """One document; amounts are decimal strings, times UTC to the microsecond and nanoseconds beside."""
    standings = {"before": drilled.before, "after_shock": drilled.after, "at_the_end": drilled.final}
    failed = drilled.failed
    document = {
        "kind": MARK,
        "drill": True,
        "note": str(NOTHING_TRADED),
        "came_through": failed is None,
        "failed": None if failed is None else {"step": failed[0].key, "reason": str(failed[1])},
        "parameters": drilled.parameters,
        "positions": drilled.positions,
        "account": drilled.account,
        "currency": drilled.currency,
        "loss": money_text(drilled.loss),
        "lines": dict(zip(("warning", "call", "close"), map(ratio_text, drilled.lines), strict=True)),
        **{name: _standing(standing) for name, standing in standings.items()},
        "moving": drilled.seed is not None,
        "seed": drilled.seed,
        "requoted": None if drilled.requoted is None else _requoted(drilled.requoted),
        "orders": drilled.orders,
        "contracts": drilled.contracts,
        "fingerprint": drilled.fingerprint,
        "slippage": [sum_as_json(each) for each in drilled.slippage],
        "steps": [
            {
                "step": step.key,
                "time": _time(reached.wall),
                "wall_ns": reached.wall,
                "microseconds_since_shock": since,
                "microseconds_since_step_before": took,
                "told_by": reached.source.key,
            }
            for step, reached, since, took in took_of(drilled)
        ],
        "verified": [
            {"store": store, "sound": sound, "finding": str(finding)} for store, sound, finding in drilled.findings
        ],
    }
    return json.dumps(document, ensure_ascii=False, indent=2)


def drill_as_report(drilled: Drilled) -> Report:
    """All of it; a step that was not reached stands first."""
    facts: list[tuple[Text, str | Text]] = [(text("Kind"), NOTHING_TRADED), (text("Result"), result_of(drilled))]
    facts += [
        (text("Parameters"), drilled.parameters),
        (text("Positions"), drilled.positions or text("invented by the sample exchange")),
        (text("Account"), drilled.account),
        (text("Lines: warning, call, close"), ", ".join(map(Kind.PERCENT.shown, drilled.lines))),
    ]
    if drilled.loss is not None:
        facts.append((text("Simulated loss"), f"{Kind.MONEY.shown(drilled.loss)} {drilled.currency}"))
    if drilled.requoted is not None:
        said = text("DRILL: {reason}", reason=drilled.requoted.reason)
        facts.append((text("Not sent, to be quoted again"), said))
        facts.append((text("Fingerprint of that instruction"), drilled.requoted.fingerprint))
    if drilled.fingerprint:
        count = text("{orders} of {count} contracts", orders=drilled.orders, count=drilled.contracts)
        facts.append((text("Orders"), count))
        facts.append((text("Fingerprint"), drilled.fingerprint))
    facts += [
        (text("Slippage against plan and arrival price"), text("DRILL: {figures}", figures=_slipped(each)))
        for each in drilled.slippage
    ]
    facts += [
        (text("Records of {source}", source=store), text("DRILL: {finding}", finding=finding))
        for store, _, finding in drilled.findings
    ]
    tables = [_steps(drilled)]
    if drilled.before is not None:
        tables.append(_standings(drilled))
    title = text("DRILL: a forced close rehearsed")
    return Report(title, facts, tables, signs=f"{MARK} {drilled.fingerprint}".strip())


def result_of(drilled: Drilled) -> Text:
    """In one sentence."""
    if drilled.failed is not None:
        step, reason = drilled.failed
        return text("DRILL FAILED at the step “{step}”: {reason}", step=step.title, reason=reason)
    reached = drilled.steps
    took = f"{(reached[DrillStep.BACK].wall - reached[DrillStep.SHOCKED].wall) / 1e9:,.6f}"
    return text("DRILL came through: back under the line {seconds} s after the shock", seconds=took)


def drill_as_text(drilled: Drilled, translate: Translate) -> str:
    """For a terminal."""

    def said(words: str | Text) -> str:
        return words if isinstance(words, str) else words.translated(translate)

    report = drill_as_report(drilled)
    lines = [said(report.title), *(f"  {said(name)}: {said(value)}" for name, value in report.facts)]
    for table in report.tables:
        rows = [[said(column.title) for column in table.columns]]
        for values in table.rows:
            pairs = zip(values, table.columns, strict=True)
            rows.append([said(_cell(value, column.kind)) for value, column in pairs])
        widths = [max(map(_room, column)) for column in zip(*rows, strict=True)]
        lines += ["", said(table.title)]
        for row in rows:
            cells = zip(row, widths, table.columns, strict=True)
            lines.append("  ".join(_padded(*cell) for cell in cells).rstrip())
    return "\n".join(lines) + "\n"


def _cell(value: Value, kind: Kind) -> str | Text:
    if value is None or isinstance(value, str | Text):
        return value or ""
    figure = figure_of(value, kind)
    return UNKNOWN if figure.number == NOT_COMPUTABLE else figure.kind.shown(figure.number)


def _padded(words: str, width: int, column: Column) -> str:
    blanks = " " * (width - _room(words))
    return words + blanks if column.kind is Kind.NAME else blanks + words


def _room(words: str) -> int:
    """Columns of a terminal: ideographs take two."""
    return sum(2 if sign >= "\u2e80" else 1 for sign in words)


def _steps(drilled: Drilled) -> Table:
    columns = (
        Column(text("Step"), Kind.NAME),
        Column(text("Time (UTC)"), Kind.NAME),
        Column(text("After the shock, µs"), Kind.COUNT),
        Column(text("After the step before, µs"), Kind.COUNT),
        Column(text("Told by"), Kind.NAME),
    )
    rows: list[tuple[Value, ...]] = [
        (step.title, stamp(reached.wall), since, took, reached.source.title)
        for step, reached, since, took in took_of(drilled)
    ]
    if drilled.failed is not None:
        step, _ = drilled.failed
        rows.append((step.title, text("not reached"), None, None, None))
    note = text("Colleagues read for one and two seconds before they sign; prices stand still.")
    if drilled.seed is not None:
        note = text(
            "Colleagues read for one and two seconds before they sign; prices walk (seed {seed}) from the shock on "
            "to the end; they stand still only from where they left the collar until the gate had it quoted again.",
            seed=drilled.seed,
        )
    return Table(text("DRILL: steps"), columns, rows, note)


def _standings(drilled: Drilled) -> Table:
    columns = (
        Column(text("DRILL: the copy"), Kind.NAME),
        Column(text("Equity, {currency}", currency=drilled.currency), Kind.MONEY),
        Column(text("Margin, {currency}", currency=drilled.currency), Kind.MONEY),
        Column(text("Risk ratio"), Kind.PERCENT),
    )
    moments = (
        (text("before the shock"), drilled.before),
        (text("after the shock"), drilled.after),
        (text("at the end"), drilled.final),
    )
    rows = [(title, each.equity, each.margin, each.ratio) for title, each in moments if each is not None]
    return Table(text("DRILL: the account"), columns, rows)


def _slipped(found: Sum) -> str:
    """Both in money, ? where not known: the document says why."""
    costs = (found.expected, found.arrived)
    figures = (UNKNOWN if cost.money is None else Kind.MONEY.shown(cost.money) for cost in costs)
    return f"{', '.join(figures)} {found.currency}".strip()


def _figures(standing: Standing) -> tuple[str | None, str | None, str | None]:
    known = [None if each == NOT_COMPUTABLE else each for each in (standing.equity, standing.margin, standing.ratio)]
    return money_text(known[0]), money_text(known[1]), ratio_text(known[2])


def _standing(standing: Standing | None) -> dict[str, str | None] | None:
    if standing is None:
        return None
    return dict(zip(("equity", "margin", "ratio"), _figures(standing), strict=True))


def _requoted(requoted: Requoted) -> dict[str, object]:
    lowest, highest = map(price_text, requoted.collar)
    return {
        "fingerprint": requoted.fingerprint,
        "contract": requoted.contract,
        "price": price_text(requoted.price),
        "collar": {"lowest": lowest, "highest": highest},
        "reason": str(requoted.reason),
    }


def _time(wall: int) -> str:
    return f"{datetime.fromtimestamp(wall // 10**9, UTC):%Y-%m-%dT%H:%M:%S}.{wall % 10**9 // MICROSECOND:06d}Z"
