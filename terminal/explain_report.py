"""Writes why one account's margin is what it is: an indented tree to read, or the same tree as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from engine.numbers import MONEY_DECIMALS, format_scaled
from engine.snapshot import BreakdownNode
from engine.span.arrays import Batch
from engine.span.breakdown import breakdown
from engine.text import BadInputError, Text, Translate, text
from terminal.margin_command import MarginRun
from terminal.margin_report import margined_document, parameters_document, parameters_title, text_width

NAMED = 5
"""Accounts that an error names."""
SCENARIOS_A_LINE = 8


def account_batch(run: MarginRun, account: str) -> Batch:
    """The named account, as a batch of one.

    Raises:
        BadInputError: The positions file has no such account.
    """
    accounts = list(run.holdings)
    if account not in accounts:
        known = ", ".join(accounts[:NAMED]) + (" …" if len(accounts) > NAMED else "")
        what = text("no account is called {name}", name=account)
        remedy = text("name one of: {accounts}", accounts=known) if accounts else text("the positions file is empty")
        raise BadInputError("palisade margin", what, remedy)
    return run.part_of(account).batch_of(account)


def explanation_as_json(run: MarginRun, account: str, translate: Translate) -> str:
    """The tree as JSON: label, amount (decimal text or null), currency, note and children of each line.

    A scan has its sixteen scenario sums and the active one beside that, a position its contract.
    """
    batch = account_batch(run, account)
    trees = breakdown(run.part_of(account).table, batch)
    document = {
        "parameters": parameters_document(run),
        "account": account,
        **margined_document(run, account),
        "explanation": [_as_plain(tree, run.convention.money, translate) for tree in trees],
        "excluded": run.holdings[account].excluded,
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def explanation_as_text(run: MarginRun, account: str, translate: Translate) -> str:
    """The tree as indented lines with amounts in one column; figures behind an amount follow it."""
    batch = account_batch(run, account)
    trees = breakdown(run.part_of(account).table, batch)
    rows = [row for tree in trees for row in _rows(tree, 1, translate)]
    places = max((len(row.amount.partition(".")[2]) for row in rows), default=0)
    amounts = [_grouped(row.amount, places) for row in rows]
    left = max((text_width(row.label) for row in rows), default=0)
    right = max((len(amount) for amount in amounts), default=0)
    lines = [parameters_title(run).translated(translate), ""]
    lines.append(text("Account {account}", account=account).translated(translate))
    for row, amount in zip(rows, amounts, strict=True):
        blanks = " " * (left - text_width(row.label))
        lines.append(f"{row.label}{blanks}  {amount:>{right}}  {row.currency:3}  {row.note}".rstrip())
    excluded = run.holdings[account].excluded
    lines += [f"  {text('excluded: {line}', line=line).translated(translate)}" for line in excluded]
    return "\n".join(lines) + "\n"


def _as_plain(node: BreakdownNode, places: int, translate: Translate) -> dict[str, Any]:
    def amount(value: int) -> str:
        return format_scaled(value, MONEY_DECIMALS, places)

    plain: dict[str, Any] = {
        "label": node.label.translated(translate),
        "amount": None if node.amount is None else amount(node.amount),
        "currency": node.currency,
        "note": _said(node.note, translate),
    }
    if node.contract is not None:
        plain["contract"] = str(node.contract)
    if node.scenarios:
        plain |= {"scenarios": [amount(value) for value in node.scenarios], "active": node.active}
    return plain | {"children": [_as_plain(child, places, translate) for child in node.children]}


class _Row:
    """One line of the text: its label with the indent, the amount ungrouped, currency and note."""

    def __init__(self, depth: int, label: str, note: str, amount: int | None = None, currency: str = "") -> None:
        self.label = "  " * depth + label
        self.note = note
        self.amount = "" if amount is None else format_scaled(amount, MONEY_DECIMALS)
        self.currency = "" if amount is None else currency


def _rows(node: BreakdownNode, depth: int, translate: Translate) -> Iterator[_Row]:
    yield _Row(depth, node.label.translated(translate), _said(node.note, translate), node.amount, node.currency)
    sums = [_grouped(format_scaled(value, MONEY_DECIMALS), 0) for value in node.scenarios]
    width = max(map(len, sums), default=0)
    for first in range(0, len(sums), SCENARIOS_A_LINE):
        last = first + SCENARIOS_A_LINE
        label = text("scenarios {first} to {last}", first=first + 1, last=last).translated(translate)
        yield _Row(depth + 1, label, "  ".join(f"{loss:>{width}}" for loss in sums[first:last]))
    for child in node.children:
        yield from _rows(child, depth + 1, translate)


def _said(note: Text | None, translate: Translate) -> str:
    return note.translated(translate) if note is not None else ""


def _grouped(amount: str, places: int) -> str:
    """Decimal text with thousands separators and at least ``places`` decimals."""
    if not amount:
        return ""
    whole, _, fraction = amount.partition(".")
    sign, digits = ("-", whole[1:]) if whole.startswith("-") else ("", whole)
    fraction = fraction.ljust(places, "0")
    return f"{sign}{int(digits):,}" + (f".{fraction}" if fraction else "")
