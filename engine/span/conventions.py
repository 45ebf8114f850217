"""Clearing-house conventions: the decimals each step of the calculation keeps. Data: resources/conventions.toml."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources

from engine.numbers import DELTA_DECIMALS, MONEY_DECIMALS
from engine.text import BadInputError, text


@dataclass(frozen=True, slots=True)
class Convention:
    """Decimals kept at each rounding step, and where the short option minimum is compared.

    Attributes:
        name: Name of the convention, as ``--convention`` takes it.
        money: Decimals of money amounts (steps 2, 3, 7, 8, 9, 10, 12).
        delta: Decimals of deltas and spread counts (steps 4, 7, 9).
        weighted_price_risk: Decimals of step 5.
        leg_credit: Decimals of each leg's credit in step 9.
        minimum_before_credits: Step 11 compares the minimum before the inter-commodity credits.
        status: How well it is known: production, document or reading.
        clearing_organisations: Codes whose files follow it.
    """

    name: str
    money: int
    delta: int
    weighted_price_risk: int
    leg_credit: int
    minimum_before_credits: bool
    status: str
    clearing_organisations: tuple[str, ...]


@cache
def conventions() -> dict[str, Convention]:
    """All known conventions by name."""
    with resources.files("resources").joinpath("conventions.toml").open("rb") as file:
        table = tomllib.load(file)
    known = {}
    for name, row in table.items():
        if row["delta"] != DELTA_DECIMALS or row["money"] > MONEY_DECIMALS:
            raise ValueError(
                f"conventions.toml: {name}: deltas keep {DELTA_DECIMALS} decimals, money {MONEY_DECIMALS} at most"
            )
        known[name] = Convention(
            name=name,
            money=row["money"],
            delta=row["delta"],
            weighted_price_risk=row["weighted_price_risk"],
            leg_credit=row["leg_credit"],
            minimum_before_credits=row["short_option_minimum"] == "before-credits",
            status=row["status"],
            clearing_organisations=tuple(row["clearing_organisations"]),
        )
    return known


def named_convention(name: str) -> Convention:
    """The convention called ``name``, in any case.

    Raises:
        BadInputError: There is none; the error names the known ones.
    """
    known = conventions()
    if name.upper() not in known:
        raise BadInputError(
            "--convention",
            text("unknown convention {name}", name=name),
            text("choose one of {known}", known=", ".join(known)),
        )
    return known[name.upper()]


def convention_of(clearing_organisation: str) -> Convention:
    """The convention that files of ``clearing_organisation`` follow.

    Raises:
        BadInputError: No convention claims it; the error names the known ones.
    """
    for convention in conventions().values():
        if clearing_organisation in convention.clearing_organisations:
            return convention
    raise BadInputError(
        "clearingOrg/ec",
        text("no convention for clearing organisation {code}", code=clearing_organisation),
        text("choose one with --convention: {known}", known=", ".join(conventions())),
    )
