"""Writes what frees margin of one account: trades, and one more and one less of each contract, as text or JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import numpy as np

from engine.freeing import Worth, free
from engine.numbers import MONEY_DECIMALS, NOT_COMPUTABLE, RATIO_DECIMALS, format_scaled
from engine.snapshot import Freeing, FreeingTrade
from engine.text import BadInputError, Translate, text
from terminal.explain_report import account_batch
from terminal.margin_command import MarginRun
from terminal.margin_report import aligned, margined_document, parameters_document, parameters_title


def freeing_of(run: MarginRun, account: str) -> Freeing:
    """What frees margin of the named account, at the prices of the parameter file.

    Raises:
        BadInputError: No such account, or its currencies cannot be converted into one another.
    """
    batch = account_batch(run, account)
    part = run.part_of(account)
    row, totals, names = part.accounts.index(account), part.margins.totals, part.margins.currencies
    currencies = [names[column] for column in np.flatnonzero(totals.present[row])] or list(names[:1])
    for currency in currencies:
        worth = Worth.at_settlement(run.parameters, part.table, currency)
        if worth.totals(totals.requirement[row : row + 1], names) != [NOT_COMPUTABLE]:
            return free(account, part.table, batch, worth)
    raise BadInputError(
        f"account {account}",
        text("the parameter file has no rate between {currencies}", currencies=", ".join(currencies)),
        text("split the account by currency"),
    )


def freeing_as_json(run: MarginRun, account: str, translate: Translate) -> str:
    """As JSON: amounts as decimal text, contracts as EXCHANGE:PRODUCT:KIND:EXPIRY[:RIGHT:STRIKE]."""
    freeing = freeing_of(run, account)
    document = {
        "parameters": parameters_document(run),
        "account": account,
        **margined_document(run, account),
        "currency": freeing.currency,
        "margin": _amount(run, freeing.margin),
        "trades": [_as_plain(run, trade, translate) for trade in freeing.trades],
        "one_more": {str(contract): _amount(run, change) for contract, change in freeing.more.items()},
        "one_less": {str(contract): _amount(run, change) for contract, change in freeing.less.items()},
        "excluded": run.holdings[account].excluded,
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def freeing_as_text(run: MarginRun, account: str, translate: Translate) -> str:
    """Two tables: the trades, the best first; and the change of margin for one contract bought and one sold."""
    freeing = freeing_of(run, account)
    title = text(
        "Account {account}, margin {margin} {currency}",
        account=account,
        margin=_amount(run, freeing.margin),
        currency=freeing.currency,
    )
    lines = [parameters_title(run).translated(translate), "", title.translated(translate)]
    if freeing.trades:
        lines += aligned(_trade_cells(run, freeing, translate), left=2)
    else:
        lines.append(f"  {text('no trade that was tried frees margin').translated(translate)}")
    if freeing.more:
        lines += ["", *aligned(_change_cells(run, freeing, translate), left=1)]
    excluded = run.holdings[account].excluded
    lines += [f"  {text('excluded: {line}', line=line).translated(translate)}" for line in excluded]
    return "\n".join(lines) + "\n"


def _as_plain(run: MarginRun, trade: FreeingTrade, translate: Translate) -> dict[str, Any]:
    return {
        "contract": str(trade.contract),
        "quantity": trade.quantity,
        "freed": _amount(run, trade.freed),
        "premium": _amount(run, trade.premium),
        "notional": _amount(run, trade.notional),
        "ratio": format_scaled(trade.ratio, RATIO_DECIMALS),
        "reason": trade.reason.translated(translate),
        **({"closes": True} if trade.closes else {}),
    }


def _trade_cells(run: MarginRun, freeing: Freeing, translate: Translate) -> Iterator[list[str]]:
    headings = (
        text("trade"),
        text("why"),
        text("frees"),
        text("premium"),
        text("notional"),
        text("per notional"),
    )
    yield [heading.translated(translate) for heading in headings]
    for trade in freeing.trades:
        percent = format_scaled((trade.ratio + 500) // 1000 * 1000, RATIO_DECIMALS - 2, 1)
        yield [
            f"{trade.quantity:+d} {trade.contract.title}",
            trade.reason.translated(translate),
            *(_amount(run, amount) for amount in (trade.freed, trade.premium, trade.notional)),
            f"{percent} %",
        ]


def _change_cells(run: MarginRun, freeing: Freeing, translate: Translate) -> Iterator[list[str]]:
    headings = (text("contract"), text("one bought"), text("one sold"))
    yield [heading.translated(translate) for heading in headings]
    for contract, change in freeing.more.items():
        yield [contract.title, _amount(run, change), _amount(run, freeing.less[contract])]


def _amount(run: MarginRun, amount: int) -> str:
    return "–" if amount == NOT_COMPUTABLE else format_scaled(amount, MONEY_DECIMALS, run.convention.money)
