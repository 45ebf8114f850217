"""A what-if portfolio as a file: account and legs in JSON, checked when read."""

from __future__ import annotations

import json
from dataclasses import dataclass

from PySide6.QtCore import QFile, QIODevice, QSaveFile

from engine.decision import Order
from engine.instruments import Contract
from engine.text import BadInputError, text

SCHEMA = 1
LARGEST_FILE = 1_000_000
LARGEST_QUANTITY = 10**9


@dataclass(frozen=True, slots=True)
class Portfolio:
    """What a ticket holds."""

    account: str
    orders: tuple[Order, ...]


def write_portfolio(portfolio: Portfolio) -> str:
    """The portfolio as JSON text."""
    legs = [
        {"contract": str(order.contract), "quantity": order.quantity} | ({"closes": True} if order.closes else {})
        for order in portfolio.orders
    ]
    tree = {"what_if_portfolio": SCHEMA, "account": portfolio.account, "legs": legs}
    return json.dumps(tree, ensure_ascii=False, indent=2) + "\n"


def read_portfolio(source: str, where: str) -> Portfolio:
    """Read what `write_portfolio` wrote; ``where`` names it in errors.

    Raises:
        BadInputError: Not JSON, of another schema, or an account or leg is malformed.
    """
    remedy = text("choose a file that was saved from the order ticket")
    try:
        tree = json.loads(source)
    except (ValueError, RecursionError) as error:
        raise BadInputError(where, text("not JSON: {error}", error=str(error)), remedy) from None
    if not isinstance(tree, dict) or tree.get("what_if_portfolio") != SCHEMA:
        raise BadInputError(where, text("not a what-if portfolio of schema {schema}", schema=SCHEMA), remedy)
    account, legs = tree.get("account"), tree.get("legs")
    if not isinstance(account, str) or not isinstance(legs, list):
        raise BadInputError(where, text("account or legs are missing"), remedy)
    return Portfolio(account, tuple(_order(leg, f"{where}: legs[{place}]") for place, leg in enumerate(legs)))


def save_portfolio(path: str, portfolio: Portfolio) -> None:
    """Write the portfolio to ``path``, whole or not at all.

    Raises:
        BadInputError: The file cannot be written.
    """
    file = QSaveFile(path)
    written = file.open(QIODevice.OpenModeFlag.WriteOnly) and file.write(write_portfolio(portfolio).encode()) >= 0
    if not (written and file.commit()):
        what = text("cannot be written: {error}", error=file.errorString())
        raise BadInputError(path, what, text("choose a folder that you may write to"))


def load_portfolio(path: str) -> Portfolio:
    """Read a portfolio from ``path``.

    Raises:
        BadInputError: The file cannot be read, is too large, not UTF-8, or not a portfolio.
    """
    file, remedy = QFile(path), text("choose a file that was saved from the order ticket")
    if not file.open(QIODevice.OpenModeFlag.ReadOnly):
        raise BadInputError(path, text("cannot be read: {error}", error=file.errorString()), remedy)
    content = bytes(file.read(LARGEST_FILE + 1).data())
    file.close()
    if len(content) > LARGEST_FILE:
        raise BadInputError(path, text("larger than {size} bytes", size=LARGEST_FILE), remedy)
    try:
        return read_portfolio(content.decode("utf-8"), path)
    except UnicodeDecodeError:
        raise BadInputError(path, text("not UTF-8 text"), remedy) from None


def _order(leg: object, where: str) -> Order:
    remedy = text("choose a file that was saved from the order ticket")
    if not isinstance(leg, dict) or not isinstance(leg.get("contract"), str):
        raise BadInputError(where, text("the contract is missing"), remedy)
    quantity = leg.get("quantity")
    if type(quantity) is not int or not 0 < abs(quantity) < LARGEST_QUANTITY:
        raise BadInputError(where, text("the quantity is not a whole number other than 0"), remedy)
    closes = leg.get("closes", False)
    if type(closes) is not bool:
        raise BadInputError(where, text("closes is neither true nor false"), remedy)
    return Order(Contract.parse(leg["contract"]), quantity, closes)
