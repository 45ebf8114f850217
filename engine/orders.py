"""Orders as a person types them: ``Buy 120 CL 2027-03``, ``Sell 60 CL C 82 2027-02``, ``+10 XU030 2016-06``.

``Sell close 60 CL 2027-03`` closes contracts held long, which tells it from a sale that opens (`Order.closes`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from engine.decision import Order
from engine.instruments import Contract, ContractList
from engine.numbers import PRICE_DECIMALS, format_scaled, parse_scaled
from engine.text import BadInputError, text

BUY = ("买入", "买", "BUY", "LONG", "B", "+")
SELL = ("卖出", "卖", "SELL", "SHORT", "S", "-", "\N{MINUS SIGN}")
CLOSE = ("CLOSE", "平仓", "平")
LARGEST_DIGITS = 9
EXAMPLE = "Buy 120 CL 2027-03"

_LINE = re.compile(
    r"\s*(?P<side>{sides})\s*(?P<close>{close})?\s*(?P<quantity>[\d,.]*\d)?(?:\s+(?P<contract>.*\S))?\s*$".format(
        sides="|".join(re.escape(word) for word in sorted(BUY + SELL, key=len, reverse=True)), close="|".join(CLOSE)
    ),
    re.IGNORECASE,
)
_JOINED_STRIKE = re.compile(r"([CP])(\d+(?:\.\d+)?)$|(\d+(?:\.\d+)?)([CP])$")

Key = tuple[str, ...]


class Directory:
    """Contracts by what a person types. Titles are made product by product, so that 100,000 contracts open at once."""

    def __init__(self, contracts: Iterable[Contract]) -> None:
        self._products: dict[str, list[Contract]] = {}
        for contract in contracts:
            self._products.setdefault(contract.product.upper(), []).append(contract)
        self._names = sorted(self._products)
        self._keys: dict[str, dict[Key, list[Contract]]] = {}
        self._titles: dict[str, list[tuple[str, Contract]]] = {}

    @classmethod
    def of(cls, parameters: ContractList) -> Directory:
        """The directory of every contract that a parameter set lists."""
        return cls(parameters.contract(row) for row in range(len(parameters)))

    def __len__(self) -> int:
        return sum(len(contracts) for contracts in self._products.values())

    def find(self, title: str) -> list[Contract]:
        """Every contract that ``title`` may mean: one where it is unique, several where exchange or kind differ.

        Takes titles as `Contract.title` writes them, in either case, strikes compared as numbers, the words after the
        product in any order; and the full ``EXCHANGE:PRODUCT:KIND:EXPIRY`` form.
        """
        if ":" in title:
            return self._by_identity(title.strip())
        words = title.upper().split()
        for length in range(1, len(words)):
            product = " ".join(words[:length])
            if product in self._products:
                found = self._by_words(product, words[length:])
                if found:
                    return found
        return []

    def search(self, fragment: str, limit: int = 20) -> list[Contract]:
        """Contracts whose title holds every word of ``fragment``, the likeliest first.

        A product named by the first word comes before products that start with it, and those before products that
        contain it; within a product futures come before options, near before far.
        """
        words = fragment.upper().split()
        found: list[Contract] = []
        for product in self._candidates(words[0] if words else ""):
            # The first word named the product, whole or in part; the others narrow its contracts down.
            found += self._matches(product, words[1:], limit - len(found))
            if len(found) >= limit:
                break
        return found

    def _candidates(self, word: str) -> Iterator[str]:
        if word in self._products:
            yield word
        starting = [name for name in self._names if name.startswith(word) and name != word]
        yield from starting
        yield from (name for name in self._names if word in name and not name.startswith(word))

    def _matches(self, product: str, words: list[str], limit: int) -> list[Contract]:
        found = []
        for title, contract in self._sorted_titles(product):
            rest = f"{title[len(product) :]} "
            # A single letter is a right and has to stand alone; C would else be found in every CL.
            if all((f" {word} " if len(word) == 1 else word) in rest for word in words):
                found.append(contract)
                if len(found) >= limit:
                    break
        return found

    def _sorted_titles(self, product: str) -> list[tuple[str, Contract]]:
        titles = self._titles.get(product)
        if titles is None:
            contracts = sorted(self._products[product], key=lambda each: (bool(each.right), *each[3:], each))
            titles = self._titles[product] = [(each.title.upper(), each) for each in contracts]
        return titles

    def _by_identity(self, identity: str) -> list[Contract]:
        contract = Contract.parse(identity)
        return [contract] if contract in self._products.get(contract.product.upper(), ()) else []

    def _by_words(self, product: str, words: list[str]) -> list[Contract]:
        keys = self._keys.get(product)
        if keys is None:
            keys = self._keys[product] = {}
            for title, contract in self._sorted_titles(product):
                keys.setdefault(_key(title[len(product) :].split()), []).append(contract)
        return keys.get(_key(words)) or keys.get(_key(_spelt_out(words))) or []


def parse_order(line: str, directory: Directory) -> Order:
    """Read one order.

    Args:
        line: A side, ``close`` where it closes, a quantity and a contract.
        directory: The contracts there are.

    Raises:
        BadInputError: Says which part is missing or unknown and what to type.
    """
    where = line.strip()
    remedy = text("type side, quantity and contract, such as {example}", example=EXAMPLE)
    match = _LINE.match(line)
    if match is None:
        raise BadInputError(where, text("no side: buy or sell"), remedy)
    sign = 1 if match["side"].upper() in BUY else -1
    if match["quantity"] is None:
        raise BadInputError(where, text("no quantity after the side"), remedy)
    quantity = _quantity(match["quantity"], where)
    if match["contract"] is None:
        raise BadInputError(where, text("no contract after the quantity"), remedy)
    return Order(_contract(match["contract"], where, directory), sign * quantity, match["close"] is not None)


def split_contract(line: str) -> tuple[str, str] | None:
    """The line up to its contract, and what there is of the contract; None before side and quantity are typed."""
    match = _LINE.match(line)
    if match is None or match["quantity"] is None:
        return None
    start = match.start("contract")
    return (line[:start], line[start:].rstrip()) if start >= 0 else (line, "")


def order_text(order: Order, directory: Directory) -> str:
    """The line that `parse_order` reads back: ``Buy 120 CL 2027-03``; the full form where the title is not enough."""
    contract = order.contract
    name = contract.title if directory.find(contract.title) == [contract] else str(contract)
    side = f"{'Buy' if order.quantity > 0 else 'Sell'}{' close' if order.closes else ''}"
    return f"{side} {abs(order.quantity)} {name}"


def _quantity(digits: str, where: str) -> int:
    whole = digits.replace(",", "")
    remedy = text("type a whole number of contracts, such as 120")
    if not whole.isdecimal():
        raise BadInputError(where, text("{quantity} is not a whole number", quantity=digits), remedy)
    if int(whole) == 0:
        raise BadInputError(where, text("the quantity is 0"), remedy)
    if len(whole) > LARGEST_DIGITS:
        raise BadInputError(where, text("the quantity has more than {digits} digits", digits=LARGEST_DIGITS), remedy)
    return int(whole)


def _contract(title: str, where: str, directory: Directory) -> Contract:
    found = directory.find(title)
    if len(found) == 1:
        return found[0]
    if found:
        identities = ", ".join(str(contract) for contract in found[:4])
        raise BadInputError(
            where,
            text("{contract} may mean several contracts", contract=title),
            text("type one of: {identities}", identities=identities),
        )
    close = directory.search(title, 3) or directory.search(title.split(maxsplit=1)[0], 3)
    remedy = (
        text("did you mean: {titles}", titles=", ".join(contract.title for contract in close))
        if close
        else text("choose a contract of the parameters in force, such as {example}", example=EXAMPLE)
    )
    raise BadInputError(where, text("no contract {contract} in the parameters", contract=title), remedy)


def _key(words: list[str]) -> Key:
    return tuple(sorted(_plain_number(word) for word in words))


def _plain_number(word: str) -> str:
    """A number without needless zeros, so that 82, 82.0 and 82.00 are one strike; other words as they are."""
    try:
        return format_scaled(parse_scaled(word, PRICE_DECIMALS), PRICE_DECIMALS)
    except ValueError:
        return word


def _spelt_out(words: list[str]) -> list[str]:
    """The words with ``C82`` and ``82C`` parted and ``202703`` hyphenated."""
    spelt: list[str] = []
    for word in words:
        joined = _JOINED_STRIKE.match(word)
        if joined:
            spelt += [part for part in joined.groups() if part]
        elif len(word) == 6 and word.isdecimal():
            spelt.append(f"{word[:4]}-{word[4:]}")
        else:
            spelt.append(word)
    return spelt
