"""Keeps the results of the stress runs: one line of JSON a run, appended, the oldest file dropped in time."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

from engine.numbers import MONEY_DECIMALS, NOT_COMPUTABLE, format_scaled
from engine.scenarios.stress import Change, Fate, StressRun
from engine.text import UserFacingError, text

NAME: Final = "stress.jsonl"
OLDER: Final = "stress.1.jsonl"
MOST_BYTES: Final = 16_000_000
"""Size at which the file becomes the older one: both together hold a day or two of runs every 15 seconds."""
MOST_ACCOUNTS: Final = 50
"""Worst accounts, and changes, that a line names; how many there are is said in any case."""


class StressRecord:
    """The record. Written by one thread.

    Args:
        folder: Where it is kept.
        most: Bytes after which a file is put aside.
    """

    def __init__(self, folder: Path, most: int = MOST_BYTES) -> None:
        self._folder = folder
        self._most = most

    @property
    def file(self) -> Path:
        """The newer file."""
        return self._folder / NAME

    @property
    def older(self) -> Path:
        """The file before; what was before that is gone."""
        return self._folder / OLDER

    def add(self, run: StressRun, changes: tuple[Change, ...]) -> None:
        """Append one run.

        Raises:
            UserFacingError: It cannot be written.
        """
        line = json.dumps(line_of(run, changes), ensure_ascii=False, separators=(",", ":")) + "\n"
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            if self.file.exists() and self.file.stat().st_size + len(line) > self._most:
                self.file.replace(self.older)
            with self.file.open("a", encoding="utf-8") as stream:
                stream.write(line)
        except OSError as error:
            raise UserFacingError(
                text("stress results cannot be recorded in {file}: {error}", file=str(self.file), error=error)
            ) from error


def line_of(run: StressRun, changes: tuple[Change, ...]) -> dict[str, Any]:
    """What the record says of a run: amounts are decimal texts, null where not computable."""
    accounts, firm = run.accounts, run.firm
    troubled = [row for row in run.order.tolist() if accounts.fate[row] >= int(Fate.CALLED)]
    return {
        "number": run.number,
        "as_of": run.as_of,
        "sequence": run.sequence,
        "authoritative": run.authoritative,
        "elapsed": run.elapsed,
        "parameters": run.parameters,
        "scenarios": {"version": run.scenario_version, "ids": [scenario.name for scenario in run.scenarios]},
        "accounts": len(accounts),
        "firm": {
            "currency": run.currency,
            "profit": [_money(amount) for amount in firm.profit.tolist()],
            "margin": [_money(amount) for amount in firm.margin.tolist()],
            "shortfall": [_money(amount) for amount in firm.shortfall.tolist()],
            "called": firm.called.tolist(),
            "closed": firm.closed.tolist(),
            "short": firm.short.tolist(),
            "not_computable": firm.unknown.tolist(),
        },
        "troubled": len(troubled),
        "worst": [_account(run, row) for row in troubled[:MOST_ACCOUNTS]],
        "changed": len(changes),
        "changes": [
            {"account": change.account, "before": change.before.name.lower(), "after": change.after.name.lower()}
            for change in changes[:MOST_ACCOUNTS]
        ],
    }


def _account(run: StressRun, row: int) -> dict[str, Any]:
    accounts = run.accounts
    return {
        "account": accounts.names[row],
        "fate": Fate(int(accounts.fate[row])).name.lower(),
        "scenario": run.scenarios[int(accounts.worst[row])].name,
        "currency": accounts.currencies[row],
        "profit": _money(int(accounts.profit[row])),
        "margin": _money(int(accounts.margin[row])),
        "equity": _money(int(accounts.equity[row])),
        "shortfall": _money(int(accounts.shortfall[row])),
    }


def _money(amount: int) -> str | None:
    return None if amount == NOT_COMPUTABLE else format_scaled(amount, MONEY_DECIMALS, 2)
