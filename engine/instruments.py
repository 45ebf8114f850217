"""Contract identity and the universe of contracts a desk knows: contract <-> column."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple, Protocol

from engine.numbers import PRICE_DECIMALS, format_scaled, parse_scaled
from engine.text import BadInputError, Text, text


class Kind(StrEnum):
    """What a contract is, in the parameter files' own codes."""

    FUTURE = "FUT"
    PHYSICAL = "PHY"
    FORWARD = "FWD"
    COMBINATION = "CMB"
    DEBT = "DEBT"
    OPTION_ON_FUTURE = "OOF"
    OPTION_ON_PHYSICAL = "OOP"
    OPTION_ON_COMBINATION = "OOC"
    OPTION_ON_EQUITY = "OOE"

    @property
    def is_option(self) -> bool:
        """Whether contracts of this kind have a right and a strike."""
        return self.value.startswith("OO")


KINDS = frozenset(kind.value for kind in Kind)
OPTION_KINDS = frozenset(kind.value for kind in Kind if kind.is_option)


class Contract(NamedTuple):
    """Who a contract is. Hashable, ordered, and written ``EXCHANGE:PRODUCT:KIND:EXPIRY[:RIGHT:STRIKE]``.

    Attributes:
        exchange: Exchange code of the parameter file.
        product: Product code of the parameter file (pfCode).
        kind: A `Kind` value.
        expiry: Contract period as the file writes it (CCYYMM and up to three more characters).
        right: ``C``, ``P`` or empty.
        strike: Scaled by 10**PRICE_DECIMALS; 0 where there is none.
    """

    exchange: str
    product: str
    kind: str
    expiry: str
    right: str = ""
    strike: int = 0

    def __str__(self) -> str:
        parts = [self.exchange, self.product, self.kind, self.expiry]
        if self.right:
            parts += [self.right, format_scaled(self.strike, PRICE_DECIMALS)]
        return ":".join(parts)

    @property
    def title(self) -> str:
        """How a person reads it: ``XU030 2016-06`` or ``XU030 C 100 2016-06``."""
        year_month, rest = self.expiry[:6], self.expiry[6:]
        date = f"{year_month[:4]}-{year_month[4:6]}" if year_month.isdecimal() and year_month[:4] != "0000" else "spot"
        if date != "spot" and rest not in ("", "S0", "00"):
            date = f"{date} {rest}"
        strike = f" {self.right} {format_scaled(self.strike, PRICE_DECIMALS)}" if self.right else ""
        return f"{self.product}{strike} {date}"

    @classmethod
    def parse(cls, identity: str) -> Contract:
        """Read the form that ``str`` writes.

        Raises:
            BadInputError: Not of that form; names the part that is wrong.
        """
        parts = identity.split(":")
        if len(parts) not in (4, 6) or not all(parts):
            raise _unreadable(identity, text("a contract has 4 or 6 parts, this has {count}", count=len(parts)))
        exchange, product, kind, expiry, *option = parts
        if kind not in KINDS:
            raise _unreadable(identity, text("unknown kind {kind}", kind=kind))
        if (kind in OPTION_KINDS) != bool(option):
            raise _unreadable(identity, text("only options have a right and a strike"))
        if not option:
            return cls(exchange, product, kind, expiry)
        right, strike = option
        if right not in ("C", "P"):
            raise _unreadable(identity, text("the right is {right}, not C or P", right=right))
        try:
            return cls(exchange, product, kind, expiry, right, parse_scaled(strike, PRICE_DECIMALS))
        except ValueError:
            raise _unreadable(identity, text("the strike {strike} is not a number", strike=strike)) from None


def _unreadable(identity: str, problem: Text) -> BadInputError:
    remedy = text("write EXCHANGE:PRODUCT:KIND:EXPIRY and, for an option, :RIGHT:STRIKE")
    return BadInputError(identity, problem, remedy)


class ContractList(Protocol):
    """Something that knows contracts by row, as a parameter set does."""

    def __len__(self) -> int: ...

    def find(self, contract: Contract) -> int:
        """The row of ``contract``, or -1."""
        ...

    def contract(self, row: int) -> Contract:
        """The contract of a row."""
        ...


class Universe:
    """All contracts a desk has met: contract <-> column.

    The contracts of the parameters in force come first, in the parameters' own order, so that a column below
    `listed` is a row of the parameter tables. Contracts that only feeds know are appended as they are met. Other
    parameters make another universe, and `ColumnMap` leads from one to the next.
    """

    def __init__(self, parameters: ContractList) -> None:
        self._parameters = parameters
        self._columns: dict[Contract, int] = {}
        self._identities: dict[str, int] = {}
        self._unlisted: list[Contract] = []

    @property
    def listed(self) -> int:
        """How many columns have parameters."""
        return len(self._parameters)

    def __len__(self) -> int:
        return self.listed + len(self._unlisted)

    def column(self, contract: Contract) -> int:
        """The column of ``contract``; a contract met for the first time gets one."""
        column = self._columns.get(contract)
        if column is None:
            column = self._parameters.find(contract)
            if column < 0:
                column = len(self)
                self._unlisted.append(contract)
            self._columns[contract] = column
        return column

    def find(self, contract: Contract) -> int:
        """The column of ``contract``, or -1 where it has none yet."""
        column = self._columns.get(contract)
        return self._parameters.find(contract) if column is None else column

    def column_of(self, identity: str) -> int:
        """The column of the contract that ``identity`` names.

        Raises:
            BadInputError: ``identity`` does not name a contract.
        """
        column = self._identities.get(identity)
        if column is None:
            column = self._identities[identity] = self.column(Contract.parse(identity))
        return column

    def contract(self, column: int) -> Contract:
        """The contract of a column."""
        listed = self.listed
        return self._parameters.contract(column) if column < listed else self._unlisted[column - listed]
