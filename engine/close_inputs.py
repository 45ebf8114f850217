"""What the input snapshot of an instruction says a price was worth: read back from the bytes kept beside the records.

`engine.liquidation.inputs` writes these bytes when a plan becomes an instruction. A review takes multipliers,
currencies, bid and offer from there and nowhere else: today's parameters may say something different.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from engine.authorisation.encoding import Fields, Value, decoded, refusal
from engine.authorisation.instruction import LARGEST_PRICE
from engine.numbers import LARGEST, divide_half_away
from engine.text import text

FORMAT: Final = 4
"""1 did not say what of the positions was opened today, 2 not what a price is worth, 3 not how orders might trade."""
READ: Final = (3, FORMAT)
"""Formats that say what a price was worth."""
LONGEST_CURRENCY: Final = 8
MOST_CONTRACTS: Final = 100_000
MOST_CURRENCIES: Final = 1_000
_WHERE: Final = "input snapshot"


@dataclass(frozen=True, slots=True)
class RecordedMarket:
    """A contract as it was when the plan was made.

    Attributes:
        bid: Price scale; None where nobody quoted.
        ask: Price scale; None where nobody quoted.
        currency: Of the contract; empty where the parameters did not list it.
        numerator: Money = price x contracts x numerator / denominator (money scale from price scale).
        denominator: 1 or more.
    """

    bid: int | None
    ask: int | None
    currency: str
    numerator: int
    denominator: int

    @property
    def middle(self) -> int | None:
        """Price scale: the middle of bid and offer, rounded to that scale half away from zero; None without both."""
        return None if self.bid is None or self.ask is None else int(divide_half_away(self.bid + self.ask, 2))


@dataclass(frozen=True, slots=True)
class RecordedInputs:
    """Of a snapshot, what money is made of.

    Attributes:
        markets: By contract, as written.
        reporting: The currency that most of the desk's accounts had.
        rates: By currency: what its money is multiplied with and divided by to become the reporting currency's.
    """

    markets: Mapping[str, RecordedMarket]
    reporting: str
    rates: Mapping[str, tuple[int, int]]

    @classmethod
    def read(cls, content: bytes) -> RecordedInputs:
        """The figures whose canonical bytes these are.

        Raises:
            BadInputError: Not canonical, of an earlier format, or a figure out of range.
        """
        value = decoded(content, _WHERE)
        if isinstance(value, tuple) and value and value[0] not in READ:
            raise refusal(_WHERE, text("it is of another format and does not say what a price was worth"))
        fields = Fields(value, _WHERE, 10)
        for _ in range(7):
            fields.skip()
        markets = dict(_market(row) for row in fields.rows(MOST_CONTRACTS))
        fields.skip()
        conversions = Fields(fields.rows(2, 2), _WHERE, 2)
        reporting = conversions.words(LONGEST_CURRENCY, 0)
        return cls(markets, reporting, dict(_rate(row) for row in conversions.rows(MOST_CURRENCIES)))


def _market(row: Value) -> tuple[str, RecordedMarket]:
    fields = Fields(row, _WHERE, 14)
    contract = fields.words(96)
    fields.skip()
    bid, ask = _known(fields), _known(fields)
    for _ in range(7):
        fields.skip()
    currency = fields.words(LONGEST_CURRENCY, 0)
    return contract, RecordedMarket(bid, ask, currency, fields.integer(0, LARGEST), fields.integer(1, LARGEST))


def _known(fields: Fields) -> int | None:
    return fields.integer_or_nothing(-LARGEST_PRICE, LARGEST_PRICE)


def _rate(row: Value) -> tuple[str, tuple[int, int]]:
    fields = Fields(row, _WHERE, 3)
    return fields.words(LONGEST_CURRENCY), (fields.integer(1, LARGEST), fields.integer(1, LARGEST))
