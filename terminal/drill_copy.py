"""The copy of a book that a drill plays on: what the sample exchange opens with, and errors about accounts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

from engine.text import BadInputError, text
from feeds.sample_exercise import BookAccount, BookFile
from terminal.margin_command import Request, run_margin

SAMPLE_BOOK: Final = ("--accounts", "12", "--positions", "8")
SEED: Final = 11
"""Of the invented book, and of the walk of prices."""
GROUP: Final = "DRILL"
COMMAND: Final = "palisade drill"


@dataclass(frozen=True, slots=True)
class DrillRequest:
    """What is to be played.

    Attributes:
        parameters: Parameter file.
        positions: Positions file that is copied; None for what the sample exchange invents.
        account: Whose shortfall; None for the only one of the file, or the sample's nearest to its lines.
        shock: Percent of its equity that it loses; None for as much as it takes.
        convention: Rounding convention; None for the clearing organisation's own.
        moving: Whether prices walk while people decide, and leave the collar once it is signed by one.
        seed: Of the walk, and of what the sample exchange invents.
    """

    parameters: Path
    positions: Path | None = None
    account: str | None = None
    shock: int | None = None
    convention: str | None = None
    moving: bool = False
    seed: int = SEED


def copied(request: DrillRequest, folder: Path) -> tuple[str, Sequence[str]]:
    """Whose shortfall is played, empty where that is to be seen; and what the sample exchange opens with.

    Raises:
        BadInputError: A file or an account that cannot be used.
    """
    seed = f"--seed={request.seed}"
    if request.positions is None:
        return request.account or "", (*SAMPLE_BOOK, seed)
    margins = run_margin(Request(request.parameters, request.positions, request.convention))
    named = list(margins.holdings)
    if request.account is None and len(named) > 1:
        what = text("the file has several accounts: {names}", names=", ".join(named[:5]))
        raise BadInputError(f"{COMMAND} --account", what, text("say whose shortfall is played"))
    account = request.account or named[0]
    if account not in margins.holdings:
        raise unknown_account(account, named)
    accounts = []
    for name, holding in margins.holdings.items():
        held = {
            str(margins.parameters.contract(row)): (max(quantity, 0), max(-quantity, 0))
            for row, quantity in holding.net.items()
            if quantity
        }
        if held:
            accounts.append(BookAccount(name, GROUP, held))
    if account not in {each.name for each in accounts}:
        raise without_margin(account)
    copy = folder / "book.json"
    copy.write_bytes(msgspec.json.encode(BookFile(tuple(accounts))))
    return account, (f"--book={copy}", seed)


def unknown_account(account: str, known: list[str]) -> BadInputError:
    """The error about an account that is not there."""
    what = text("no account is called {name}", name=account)
    return BadInputError(f"{COMMAND} --account", what, text("there are {names}", names=", ".join(known[:5])))


def without_margin(account: str) -> BadInputError:
    """The error about an account that nothing can happen to."""
    what = text("{account} needs no margin: no shock brings it over its line", account=account)
    return BadInputError(f"{COMMAND} --account", what, text("choose another account"))
