"""Reads a positions file: one position a line, UTF-8 CSV."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

from engine.instruments import KINDS, Contract, Kind
from engine.numbers import PRICE_DECIMALS, parse_scaled
from engine.text import BadInputError, text
from terminal.csv_file import read_csv, require

COLUMNS = ("account", "exchange", "product", "kind", "expiry", "right", "strike", "quantity")
LARGEST_QUANTITY = 1_000_000_000
QUANTITY = re.compile(r"[+-]?[0-9]{1,12}")


class PositionLine(NamedTuple):
    """One line of the file: what an account holds of a contract, short if negative."""

    line: int
    account: str
    contract: Contract
    quantity: int


def read_positions(path: Path) -> list[PositionLine]:
    """Read all positions of a file.

    Args:
        path: The file; its header is exactly ``account,exchange,product,kind,expiry,right,strike,quantity``.

    Returns:
        The lines in the order of the file; a contract may come more than once.

    Raises:
        BadInputError: The file cannot be read, or a line is wrong; names file, line and field.
    """
    remedy = text("check the name of the positions file and your rights to it")
    rows = read_csv(path, COLUMNS, remedy)
    lines = [_line(f"{path.name}: line {number}", number, fields) for number, fields in rows]
    if not lines:
        raise BadInputError(path.name, text("the file has no positions"), text("write one position a line"))
    return lines


def _line(where: str, number: int, fields: dict[str, str]) -> PositionLine:
    require(where, fields, ("account", "exchange", "product", "kind", "expiry", "quantity"))
    right, strike = _option_fields(where, fields)
    contract = Contract(fields["exchange"], fields["product"], fields["kind"], fields["expiry"], right, strike)
    return PositionLine(number, fields["account"], contract, _quantity(f"{where}: quantity", fields["quantity"]))


def _option_fields(where: str, fields: dict[str, str]) -> tuple[str, int]:
    """Right and strike, which options have and nothing else."""
    kind, right, strike = fields["kind"], fields["right"], fields["strike"]
    if kind not in KINDS:
        raise BadInputError(
            f"{where}: kind",
            text("unknown kind {kind}", kind=ascii(kind)),
            text("write one of {kinds}", kinds=", ".join(sorted(KINDS))),
        )
    if not Kind(kind).is_option:
        for name, value in (("right", right), ("strike", strike)):
            if value:
                what = text("only options have a right and a strike")
                raise BadInputError(f"{where}: {name}", what, text("leave it empty for kind {kind}", kind=kind))
        return "", 0
    if right not in ("C", "P"):
        what = text("the right is {right}", right=ascii(right)) if right else text("the right is missing")
        raise BadInputError(f"{where}: right", what, text("write C or P"))
    try:
        return right, parse_scaled(strike, PRICE_DECIMALS)
    except ValueError:
        what = (
            text("the strike {strike} is not a number", strike=ascii(strike))
            if strike
            else text("the strike is missing")
        )
        raise BadInputError(f"{where}: strike", what, text("write the strike as a decimal number")) from None


def _quantity(where: str, value: str) -> int:
    if QUANTITY.fullmatch(value) is None:
        raise BadInputError(
            where,
            text("the quantity {quantity} is not a whole number", quantity=ascii(value[:40])),
            text("write contracts as a whole number, short ones negative"),
        )
    if abs(int(value)) > LARGEST_QUANTITY:
        raise BadInputError(
            where,
            text("the quantity {quantity} is out of range", quantity=value),
            text("write at most {largest} contracts", largest=LARGEST_QUANTITY),
        )
    return int(value)
