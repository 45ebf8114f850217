"""Invented names of accounts and their groups: firms that do not exist, no persons."""

from __future__ import annotations

from itertools import product
from typing import Final

import numpy as np


def _words(line: str) -> tuple[str, ...]:
    return tuple(line.split())


HEADS: Final = _words(
    "Hal Nor Brim Kes Tor Mel Vas Ost Ard Lun Quer Fen "
    "Gar Hest Ilm Jor Kel Lor Mar Nes Or Pel Ras Sund "
    "Tal Ul Ver Wes Yar Zel Bel Cor Dun El Fal Grim "
    "Hol Is Kam Lin"
)
TAILS: Final = _words(
    "den vik mont ley haven ford mark stad berg bridge croft dale "
    "field gate holm land mere moor ness port ridge stone thorpe wald "
    "wick worth wood by bury cliffe"
)
TRADES: Final = (
    "Energy",
    "Trading",
    "Metals",
    "Grain",
    "Capital",
    "Commodities",
    "Partners",
    "Foods",
    "Shipping",
    "Asset Management",
    "Pension Fund",
    "Utilities",
    "Treasury",
    "Arbitrage",
    "Refining",
    "Milling",
)


def group_stems(count: int, random: np.random.Generator) -> list[str]:
    """``count`` different words that name groups."""
    stems = [head + tail for head, tail in product(HEADS, TAILS)]
    drawn = [stems[place] for place in random.permutation(len(stems))]
    rounds = -(-count // len(drawn))
    numbered = [stem if not turn else f"{stem} {turn + 1}" for turn in range(rounds) for stem in drawn]
    return numbered[:count]


def sample_names(accounts: int, groups: int, random: np.random.Generator) -> list[tuple[str, str]]:
    """Account and group names: ``("Halden Energy", "Halden group")``.

    Args:
        accounts: How many accounts; every name is different.
        groups: How many groups, 1 to ``accounts``; each has at least one account.
        random: Decides which.
    """
    stems = group_stems(groups, random)
    owners = np.concatenate((np.arange(groups), random.integers(0, groups, accounts - groups)))
    orders = [random.permutation(len(TRADES)) for _ in range(groups)]
    counts = [0] * groups
    names = []
    for owner in owners.tolist():
        number, place = divmod(counts[owner], len(TRADES))
        counts[owner] += 1
        name = f"{stems[owner]} {TRADES[orders[owner][place]]}" + (f" {number + 1}" if number else "")
        names.append((name, f"{stems[owner]} group"))
    return names
