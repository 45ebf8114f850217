"""Writes the margin of accounts as JSON, as CSV or as a table to read."""

from __future__ import annotations

import csv
import io
import json
import unicodedata
from collections.abc import Iterator, Sequence
from typing import Any

from engine.numbers import DELTA_DECIMALS, MONEY_DECIMALS, format_scaled
from engine.text import Text, Translate, text
from terminal.margin_command import MarginRun

AMOUNTS = (
    "scan_risk",
    "time_risk",
    "volatility_risk",
    "price_risk",
    "weighted_price_risk",
    "intra_commodity_charge",
    "delivery_charge",
    "inter_commodity_credit",
    "short_option_minimum",
    "net_option_value",
    "risk",
)
FIGURES = (
    "scan_risk",
    "active_scenario",
    "time_risk",
    "volatility_risk",
    "price_risk",
    "net_delta",
    "weighted_price_risk",
    "intra_commodity_charge",
    "delivery_charge",
    "inter_commodity_credit",
    "short_option_minimum",
    "net_option_value",
    "risk",
)
TOTALS = ("risk", "net_option_value", "requirement", "excess_option_value", "maintenance")
TABLE_FIGURES = (
    "net_delta",
    "scan_risk",
    "active_scenario",
    "intra_commodity_charge",
    "inter_commodity_credit",
    "short_option_minimum",
    "net_option_value",
    "risk",
)


def as_document(run: MarginRun) -> dict[str, Any]:
    """The result as plain data: amounts as decimal text, scenario numbers as integers, accounts by name."""
    return {
        "parameters": parameters_document(run),
        "accounts": {
            account: {
                "commodities": commodities,
                "totals": _totals(run, row),
                "excluded": run.holdings.excluded[row],
            }
            for row, (account, commodities) in enumerate(zip(run.holdings.accounts, _commodities(run), strict=True))
        },
    }


def parameters_document(run: MarginRun) -> dict[str, str]:
    """What the figures were computed from."""
    origin = run.parameters.origin
    return {
        "file": origin.file,
        "sha256": origin.sha256,
        "clearing_organisation": origin.clearing_organisation,
        "business_date": origin.business_date,
        "convention": run.convention.name,
    }


def as_json(run: MarginRun) -> str:
    """The document as JSON."""
    return json.dumps(as_document(run), indent=2, ensure_ascii=False) + "\n"


def as_csv(run: MarginRun) -> str:
    """One row an account and commodity, then one an account and currency, then one an excluded line.

    Columns: account; row (commodity, total or excluded); commodity; currency; the figures of a commodity; requirement,
    excess_option_value and maintenance of a total; excluded. What a row does not have is empty.
    """
    columns = ("account", "row", "commodity", "currency", *FIGURES, *TOTALS[2:], "excluded")
    target = io.StringIO(newline="")
    writer = csv.DictWriter(target, columns, restval="", lineterminator="\n")
    writer.writeheader()
    for account, content in as_document(run)["accounts"].items():
        for code, figures in content["commodities"].items():
            writer.writerow({"account": account, "row": "commodity", "commodity": code, **figures})
        for currency, figures in content["totals"].items():
            writer.writerow({"account": account, "row": "total", "currency": currency, **figures})
        for excluded in content["excluded"]:
            writer.writerow({"account": account, "row": "excluded", "excluded": excluded})
    return target.getvalue()


def as_table(run: MarginRun, translate: Translate) -> str:
    """A table for each account, totals below it."""
    document = as_document(run)
    lines = [parameters_title(run).translated(translate)]
    for account, content in document["accounts"].items():
        lines += ["", text("Account {account}", account=account).translated(translate)]
        if content["commodities"]:
            lines += aligned(_commodity_cells(content["commodities"], translate), left=2)
        lines += [_total_line(currency, figures, translate) for currency, figures in content["totals"].items()]
        lines += [f"  {text('excluded: {line}', line=line).translated(translate)}" for line in content["excluded"]]
    return "\n".join(lines) + "\n"


def parameters_title(run: MarginRun) -> Text:
    """One line that says what the figures were computed from."""
    source = parameters_document(run)
    return text(
        "{house} {date}, convention {convention}, {file} (sha256 {digest})",
        house=source["clearing_organisation"],
        date=source["business_date"],
        convention=source["convention"],
        file=source["file"],
        digest=source["sha256"][:12],
    )


def _commodities(run: MarginRun) -> list[dict[str, dict[str, Any]]]:
    """Figures of each commodity by code, for each account."""
    rows = run.margins.commodities
    accounts: list[dict[str, dict[str, Any]]] = [{} for _ in run.holdings.accounts]
    for place, (account, number) in enumerate(zip(rows.account.tolist(), rows.commodity.tolist(), strict=True)):
        commodity = run.parameters.commodities[number]
        figures: dict[str, Any] = {"currency": commodity.currency}
        for name in FIGURES:
            value = int(getattr(rows, name)[place])
            if name in AMOUNTS:
                figures[name] = format_scaled(value, MONEY_DECIMALS, run.convention.money)
            else:
                figures[name] = format_scaled(value, DELTA_DECIMALS, DELTA_DECIMALS) if name == "net_delta" else value
        accounts[account][commodity.code] = figures
    return accounts


def _totals(run: MarginRun, account: int) -> dict[str, dict[str, str]]:
    totals = run.margins.totals
    return {
        currency: {
            name: format_scaled(int(getattr(totals, name)[account, column]), MONEY_DECIMALS, run.convention.money)
            for name in TOTALS
        }
        for column, currency in enumerate(run.margins.currencies)
        if totals.present[account, column]
    }


def _commodity_cells(commodities: dict[str, dict[str, Any]], translate: Translate) -> Iterator[list[str]]:
    headings = (
        text("commodity"),
        text("currency"),
        text("net delta"),
        text("scan risk"),
        text("scenario"),
        text("intra charge"),
        text("inter credit"),
        text("short option min."),
        text("net option value"),
        text("risk"),
    )
    yield [heading.translated(translate) for heading in headings]
    for code, figures in commodities.items():
        yield [code, figures["currency"], *(str(figures[name]) for name in TABLE_FIGURES)]


def _total_line(currency: str, figures: dict[str, str], translate: Translate) -> str:
    line = text(
        "total {currency}: risk {risk}, net option value {net_option_value}, requirement {requirement}, "
        "excess option value {excess_option_value}, maintenance {maintenance}",
        currency=currency,
        **figures,
    )
    return f"  {line.translated(translate)}"


def aligned(rows: Iterator[list[str]], left: int) -> list[str]:
    """Cells in columns, the first ``left`` of them to the left, figures to the right."""
    cells = list(rows)
    widths = [max(text_width(row[column]) for row in cells) for column in range(len(cells[0]))]
    return ["  " + "  ".join(_padded(row, widths, left)).rstrip() for row in cells]


def _padded(row: Sequence[str], widths: Sequence[int], left: int) -> Iterator[str]:
    for column, (cell, width) in enumerate(zip(row, widths, strict=True)):
        blanks = " " * (width - text_width(cell))
        yield cell + blanks if column < left else blanks + cell


def text_width(cell: str) -> int:
    """Columns of a terminal that ``cell`` takes: Chinese signs take two."""
    return sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in cell)
