"""Writes the margin of accounts as JSON, as CSV or as a table to read."""

from __future__ import annotations

import csv
import io
import json
import unicodedata
from collections.abc import Iterator, Sequence
from typing import Any

from engine.margin_terms import USUAL
from engine.numbers import DELTA_DECIMALS, MONEY_DECIMALS, format_scaled
from engine.text import Text, Translate, text
from terminal.margin_command import MarginRun, Part

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
MARGINED = ("margining", "type", "requirement", "rate_set", "arrays")
COLUMNS_OF = {name: f"account_{name}" if name in ("type", "requirement") else name for name in MARGINED}
"""Columns of the CSV, where ``requirement`` is the amount."""
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
    figures = {account: content for part in run.parts for account, content in _accounts(run, part)}
    return {
        "parameters": parameters_document(run),
        "accounts": {
            account: {**figures[account], "excluded": holding.excluded, **margined_document(run, account)}
            for account, holding in run.holdings.items()
        },
    }


def margined_document(run: MarginRun, account: str) -> dict[str, dict[str, str | int]]:
    """How an account was margined, under ``margined``; nothing where it was left to the parameter file.

    In the words an accounts file says it with. ``rate_set`` is whose requirement it is, ``arrays`` the one whose arrays
    and rates were used.
    """
    terms, rates = run.holdings[account].terms, run.part_of(account).table.rates
    if terms == USUAL:
        return {}
    words = (terms.margining, rates.terms.type_words, rates.terms.requirement_words)
    return {"margined": dict(zip(MARGINED, (*words, rates.number, rates.arrays), strict=True))}


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

    Columns: account; row (commodity, total or excluded, and below the commodity of a gross-margined account its long
    side and short side); commodity; currency; the figures of a commodity; requirement, excess_option_value and
    maintenance of a total; excluded; where an account says how it is margined, that on its totals. What a row does
    not have is empty.
    """
    accounts = as_document(run)["accounts"]
    margined = tuple(COLUMNS_OF.values()) if any("margined" in content for content in accounts.values()) else ()
    columns = ("account", "row", "commodity", "currency", *FIGURES, *TOTALS[2:], "excluded", *margined)
    target = io.StringIO(newline="")
    writer = csv.DictWriter(target, columns, restval="", lineterminator="\n")
    writer.writeheader()
    for account, content in accounts.items():
        for code, figures in content["commodities"].items():
            sides = figures.pop("sides", {})
            writer.writerow({"account": account, "row": "commodity", "commodity": code, **figures})
            for side, parts in sides.items():
                writer.writerow({"account": account, "row": f"{side} side", "commodity": code, **parts})
        for currency, figures in content["totals"].items():
            writer.writerow(
                {"account": account, "row": "total", "currency": currency, **figures, **_margined_columns(content)}
            )
        for excluded in content["excluded"]:
            writer.writerow({"account": account, "row": "excluded", "excluded": excluded})
    return target.getvalue()


def _margined_columns(content: dict[str, Any]) -> dict[str, str | int]:
    return {COLUMNS_OF[name]: value for name, value in content.get("margined", {}).items()}


def as_table(run: MarginRun, translate: Translate) -> str:
    """A table for each account, totals below it."""
    document = as_document(run)
    lines = [parameters_title(run).translated(translate)]
    for account, content in document["accounts"].items():
        lines += ["", _account_line(run, account, translate)]
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


def _accounts(run: MarginRun, part: Part) -> Iterator[tuple[str, dict[str, Any]]]:
    """Figures of the commodities and totals of each account of a part."""
    rows, middles = part.margins.commodities, part.batch.middles
    pairs: list[dict[str, list[int]]] = [{} for _ in part.accounts]
    for pair, (account, number) in enumerate(zip(rows.account.tolist(), rows.commodity.tolist(), strict=True)):
        pairs[account].setdefault(run.parameters.commodities[number].code, []).append(pair)
    for account, name in enumerate(part.accounts):
        gross = len(middles) > 0 and middles[account] >= 0
        commodities = {
            code: _of_sides(run, part, mine, int(middles[account])) if gross else _figures(run, part, mine)
            for code, mine in pairs[account].items()
        }
        yield name, {"commodities": commodities, "totals": _totals(run, part, account)}


def _figures(run: MarginRun, part: Part, pairs: list[int]) -> dict[str, Any]:
    """Figures of one commodity: amounts and deltas of both sides added up, the rest those of the larger scan risk."""
    rows = part.margins.commodities
    largest = max(pairs, key=lambda pair: int(rows.scan_risk[pair]))
    figures: dict[str, Any] = {"currency": run.parameters.commodities[int(rows.commodity[largest])].currency}
    for name in FIGURES:
        column = getattr(rows, name)
        alone = name in ("active_scenario", "weighted_price_risk")
        value = int(column[largest]) if alone else sum(int(column[pair]) for pair in pairs)
        if name in AMOUNTS:
            figures[name] = format_scaled(value, MONEY_DECIMALS, run.convention.money)
        else:
            figures[name] = format_scaled(value, DELTA_DECIMALS, DELTA_DECIMALS) if name == "net_delta" else value
    return figures


def _of_sides(run: MarginRun, part: Part, pairs: list[int], middle: int) -> dict[str, Any]:
    """Figures of one commodity of a gross-margined account, and those of each side."""
    starts = part.margins.sums.starts
    sides = {"short" if starts[pair] >= middle else "long": _figures(run, part, [pair]) for pair in pairs}
    return {**_figures(run, part, pairs), "sides": sides}


def _totals(run: MarginRun, part: Part, account: int) -> dict[str, dict[str, str]]:
    totals = part.margins.totals
    return {
        currency: {
            name: format_scaled(int(getattr(totals, name)[account, column]), MONEY_DECIMALS, run.convention.money)
            for name in TOTALS
        }
        for column, currency in enumerate(part.margins.currencies)
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
        for side, parts in figures.get("sides", {}).items():
            name = text("long side") if side == "long" else text("short side")
            label = f"  {name.translated(translate)}"
            yield [label, figures["currency"], *(str(parts[name]) for name in TABLE_FIGURES)]


def _account_line(run: MarginRun, account: str, translate: Translate) -> str:
    """The account, and how it was margined where that is not net by the file's usual rates."""
    terms, rates = run.holdings[account].terms, run.part_of(account).table.rates
    line = text("Account {account}", account=account)
    if terms != USUAL:
        margining = text("gross") if terms.gross else text("net")
        line = text(
            "Account {account}: {margining}; {kind}; rate set {number}",
            account=account,
            margining=margining,
            kind=rates.terms.said,
            number=rates.number,
        )
    return line.translated(translate)


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
