"""What parameter files do not say: sectors, volumes, who belongs where. Example: resources/reference.toml."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from engine.instruments import Contract
from engine.numbers import LARGEST, MONEY_DECIMALS, PRICE_DECIMALS, RATIO, RATIO_DECIMALS, parse_scaled
from engine.organisation import Organisation
from engine.returns import Returns
from engine.returns_file import read_returns
from engine.text import BadInputError, Text, text

SHARE_DECIMALS: Final = 10
FEE_SHARE: Final = 10**SHARE_DECIMALS
"""Scale of a fee's share of turnover: 0.0045 % is 450,000."""
LARGEST_FEE: Final = 10**6
"""Money a contract: more is a mistake."""


@dataclass(frozen=True, slots=True)
class Fee:
    """What a trade costs at exchange and broker together; one of both is 0.

    Attributes:
        each: Money scale, in the contract's currency, for a contract.
        share: Of turnover, scale `FEE_SHARE`.
    """

    each: int = 0
    share: int = 0


@dataclass(frozen=True, slots=True)
class ProductReference:
    """One product. A field left empty is not known, and the product unclassified along it.

    Attributes:
        sector: What moves its price, as "Energy".
        asset_class: What it is a claim on, as "Commodities".
        open_interest: Contracts open on the whole market, all expiries together.
        average_daily_volume: Contracts traded on a usual day, all expiries together.
        price_limit: Ratio scale: how far futures may move from their settlement price in a day, either way.
        tick: Price scale: smallest price step of futures.
        option_tick: Likewise of options.
        fee: For any trade in any of its contracts.
        fee_close_today: For closing what was opened today; the same as any other where it is empty.
    """

    sector: str = ""
    asset_class: str = ""
    open_interest: int | None = None
    average_daily_volume: int | None = None
    price_limit: int | None = None
    tick: int | None = None
    option_tick: int | None = None
    fee: Fee | None = None
    fee_close_today: Fee | None = None


@dataclass(frozen=True, slots=True)
class ContractReference:
    """One contract. None where a figure is not known.

    Attributes:
        open_interest: Contracts open on the whole market.
        average_daily_volume: Contracts traded on a usual day.
        price_limit: Ratio scale: how far it may move from its settlement price in a day, either way.
        tick: Price scale: smallest price step.
        fee: For any trade.
        fee_close_today: For closing what was opened today; the same as any other where it is empty.
    """

    open_interest: int | None = None
    average_daily_volume: int | None = None
    price_limit: int | None = None
    tick: int | None = None
    fee: Fee | None = None
    fee_close_today: Fee | None = None


CONTRACT_FIELDS = tuple(each.name for each in fields(ContractReference))
PRODUCT_FIELDS = tuple(each.name for each in fields(ProductReference))
COUNTS = ("open_interest", "average_daily_volume")
TICKS = ("tick", "option_tick")
FEES = ("fee", "fee_close_today")


@dataclass(frozen=True, slots=True)
class Reference:
    """What is known of products and contracts.

    Attributes:
        products: By ``EXCHANGE:CODE`` or ``CODE`` of the product.
        contracts: By identity, as `Contract` writes it.
        organisation: Desks and strategies of the firm; None where accounts belong to their groups alone.
        returns: Daily returns of products; None where they are to be collected from prices.
    """

    products: Mapping[str, ProductReference] = field(default_factory=lambda: MappingProxyType({}))
    contracts: Mapping[str, ContractReference] = field(default_factory=lambda: MappingProxyType({}))
    organisation: Organisation | None = None
    returns: Returns | None = None

    def product(self, exchange: str, code: str) -> ProductReference:
        """What is known of a product; the entry that names its exchange goes before the one that does not."""
        known = self.products.get(f"{exchange}:{code}") or self.products.get(code)
        return known or ProductReference()


def read_reference(path: Path) -> Reference:
    """Read a reference file.

    Raises:
        BadInputError: Not readable, not TOML, or an entry that is none; names the file and the entry.
    """
    try:
        content = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        remedy = text("give the path of a reference file")
        raise BadInputError(str(path), text("not readable: {error}", error=reason), remedy) from None
    try:
        tree = tomllib.loads(content)
    except (ValueError, RecursionError) as error:
        # Not only TOMLDecodeError: a number of thousands of digits is a plain ValueError.
        raise _refusal(path.name, text("not readable: {error}", error=error)) from None
    for key in tree.keys() - {"products", "contracts", "organisation", "returns"}:
        raise _refusal(f"{path.name}: {key}", text("unknown entry"))
    products = {
        code: ProductReference(**_checked(where, entry, PRODUCT_FIELDS))
        for where, code, entry in _entries(path.name, tree, "products")
    }
    contracts = {
        _identity(where, identity): ContractReference(**_checked(where, entry, CONTRACT_FIELDS))
        for where, identity, entry in _entries(path.name, tree, "contracts")
    }
    organisation = None
    if "organisation" in tree:
        organisation = Organisation.read(f"{path.name}: organisation", tree["organisation"])
    return Reference(MappingProxyType(products), MappingProxyType(contracts), organisation, _returns(path, tree))


def _returns(path: Path, tree: dict[str, Any]) -> Returns | None:
    """Returns of the file that the entry names, in the reference file's folder if it says no other."""
    file = tree.get("returns")
    if file is None:
        return None
    if not isinstance(file, str) or not file.strip():
        raise _refusal(f"{path.name}: returns", text("not the name of a file"))
    return read_returns(path.parent / file)


def _entries(file: str, tree: dict[str, Any], name: str) -> Iterator[tuple[str, str, object]]:
    """Where each entry of a table is, its key and what it says."""
    table = tree.get(name, {})
    if not isinstance(table, dict):
        raise _refusal(f"{file}: {name}", text("not a table"))
    for key, entry in table.items():
        yield f"{file}: {name}.{key}", key, entry


def _identity(where: str, identity: str) -> str:
    try:
        return str(Contract.parse(identity))
    except BadInputError as error:
        raise BadInputError(where, error.what, error.remedy) from error


def _checked(where: str, entry: object, known: tuple[str, ...]) -> dict[str, Any]:
    if not isinstance(entry, dict):
        raise _refusal(where, text("not a table"))
    for key, value in entry.items():
        if key not in known:
            raise _refusal(f"{where}.{key}", text("unknown entry"))
        if key in COUNTS and (type(value) is not int or not 0 < value <= LARGEST):
            raise _refusal(f"{where}.{key}", text("not a number of contracts"))
        if key not in (*CONTRACT_FIELDS, *TICKS) and (not isinstance(value, str) or not value.strip()):
            raise _refusal(f"{where}.{key}", text("not a name"))
    return {key: _figure(f"{where}.{key}", key, value) for key, value in entry.items()}


def _figure(where: str, key: str, value: Any) -> object:
    """What an entry stands for."""
    if key in FEES:
        return _fee(where, value)
    if key == "price_limit":
        return _share(where, value)
    if key in TICKS:
        return _tick(where, value)
    return value if key in COUNTS else value.strip()


def _fee(where: str, value: object) -> Fee:
    """A fee such as ``3.01`` a contract or ``0.0045 %`` of turnover."""
    number, percent, rest = str(value).partition("%")
    try:
        decimals = SHARE_DECIMALS - 2 if percent else MONEY_DECIMALS
        figure = parse_scaled(number.strip(), decimals)
    except ValueError:
        figure, rest = -1, ""
    largest = FEE_SHARE if percent else LARGEST_FEE * 10**MONEY_DECIMALS
    if not isinstance(value, str) or rest or not 0 <= figure < largest:
        raise _refusal(where, text('not a fee like "3.01" a contract or "0.0045 %" of turnover'))
    return Fee(share=figure) if percent else Fee(each=figure)


def _tick(where: str, value: object) -> int:
    """A price step such as ``0.25``, price scale."""
    try:
        step = parse_scaled(value, PRICE_DECIMALS) if isinstance(value, str) else 0
    except ValueError:
        step = 0
    if step <= 0:
        raise _refusal(where, text('not a price step like "0.25"'))
    return step


def _share(where: str, value: object) -> int:
    """A share such as ``7 %``, ratio scale."""
    try:
        number, percent, rest = str(value).partition("%")
        share = parse_scaled(number.strip(), RATIO_DECIMALS - 2)
    except ValueError:
        share, percent, rest = 0, "", ""
    if not isinstance(value, str) or not percent or rest or not 0 < share < RATIO:
        raise _refusal(where, text('not a share like "7 %"'))
    return share


def _refusal(where: str, what: Text) -> BadInputError:
    return BadInputError(where, what, text("write it as the example reference.toml does"))
