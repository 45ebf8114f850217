"""``palisade parameters``: what a parameter file says, whether it can be used, and what changed since another one."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path

import numpy as np

from engine.instruments import Contract
from engine.numbers import NOT_COMPUTABLE
from engine.orders import Directory
from engine.span.comparison import THRESHOLD, Comparison, compare
from engine.span.conventions import Convention, convention_of, named_convention
from engine.span.parameters import ParameterSet
from engine.span.reading import read_parameters
from engine.text import BadInputError, text
from terminal.parameter_cache import load_parameters
from terminal.parameter_version import lay_out

MATCHES = 20
"""Contracts that a search lists."""


@dataclass(frozen=True, slots=True)
class Overview:
    """A parameter file and the convention that its figures are rounded by; None where none is known.

    Attributes:
        parameters: The file.
        convention: The convention of its clearing organisation, or the one asked for.
        without_array: Contracts without a risk array.
        without_price: Contracts without a price.
        without_commodity: Contracts that no combined commodity takes.
    """

    parameters: ParameterSet
    convention: Convention | None
    without_array: int
    without_price: int
    without_commodity: int


def overview_of(parameters: ParameterSet, convention: Convention | None = None) -> Overview:
    """The file, with what cannot be margined counted; by default the convention of its clearing organisation."""
    if convention is None:
        try:
            convention = convention_of(parameters.origin.clearing_organisation)
        except BadInputError:
            convention = None
    table = parameters.contracts
    present = table.arrays[parameters.rate_set].present
    return Overview(
        parameters,
        convention,
        int(np.count_nonzero(~present)),
        int(np.count_nonzero(table.price == NOT_COMPUTABLE)),
        int(np.count_nonzero(table.commodity < 0)),
    )


def check(file: Path, convention_name: str | None) -> Overview:
    """Read a file anew, whatever the cache holds, and see that accounts can be margined by it.

    Args:
        file: The clearing house's parameter file.
        convention_name: Convention to round by; the one of the clearing organisation by default.

    Raises:
        BadInputError: The file is damaged, asks for what is not supported, or its rounding is not known.
    """
    if convention_name:
        # A name that is none is told before a large file is read.
        named_convention(convention_name)
    calculation = lay_out(read_parameters(file), convention_name)
    return overview_of(calculation.parameters, calculation.table.convention)


def find_contracts(parameters: ParameterSet, wanted: str) -> list[Contract]:
    """Contracts that ``wanted`` may mean: one where it is clear, up to `MATCHES` where it is not.

    Args:
        parameters: Where to look.
        wanted: ``EXCHANGE:PRODUCT:KIND:EXPIRY[:RIGHT:STRIKE]``, a title such as ``CL C 82 2027-02``, or parts of one.

    Raises:
        BadInputError: There is no such contract.
    """
    if ":" in wanted:
        contract = Contract.parse(wanted.strip())
        found = [contract] if parameters.find(contract) >= 0 else []
    else:
        directory = Directory.of(parameters)
        found = directory.find(wanted) or (directory.search(wanted, MATCHES) if wanted.strip() else [])
    if not found:
        raise BadInputError(
            wanted,
            text("{file} lists no such contract", file=parameters.origin.file),
            text("give EXCHANGE:PRODUCT:KIND:EXPIRY[:RIGHT:STRIKE] or a product code to search for"),
        )
    return found


def diff(old: Path, new: Path, threshold: str | None) -> Comparison:
    """Compare two files.

    Args:
        old: The older one.
        new: The newer one.
        threshold: Percentage as typed, or None for the usual one.

    Raises:
        BadInputError: A file cannot be used, or the threshold is no percentage.
    """
    percent = THRESHOLD if threshold is None else _percentage(threshold)
    return compare(load_parameters(old), load_parameters(new), percent)


def _percentage(typed: str) -> Decimal:
    where, remedy = "palisade parameters diff --threshold", text("give a percentage such as 25")
    try:
        percent = Decimal(typed.removesuffix("%").strip())
    except InvalidOperation:
        raise BadInputError(where, text("{value} is not a number", value=typed), remedy) from None
    if not percent.is_finite() or not 0 <= percent <= 1_000_000 or percent != round(percent, 4):
        what = text("{value} is not between 0 and 1000000 with four decimals at most", value=typed)
        raise BadInputError(where, what, remedy)
    return percent
