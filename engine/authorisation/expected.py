"""What the maker's station expected of an instruction, kept beside it: the path names the SHA-256 of these bytes."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256

from engine.authorisation.encoding import Fields, decoded, encoded, refusal
from engine.authorisation.instruction import LARGEST_PRICE, MOST_ORDERS
from engine.numbers import LARGEST, NOT_COMPUTABLE
from engine.text import text


@dataclass(frozen=True, slots=True)
class Expected:
    """Figures of the what-if.

    Attributes:
        ratio_before: Ratio scale; `NOT_COMPUTABLE` where it could not be computed, as in the other three.
        ratio_after: After all orders, as planned.
        margin_before: Money scale, in the currency of the worst cost.
        margin_after: After all orders, as planned.
        prices: Price scale: the market price that each order was planned on.
    """

    ratio_before: int
    ratio_after: int
    margin_before: int
    margin_after: int
    prices: tuple[int, ...]

    @property
    def content(self) -> bytes:
        """The canonical bytes."""
        figures = (self.ratio_before, self.ratio_after, self.margin_before, self.margin_after)
        return encoded((*figures, self.prices))

    @property
    def digest(self) -> bytes:
        """SHA-256 of the bytes: `GenerationPath.outputs`."""
        return sha256(self.content).digest()

    @classmethod
    def read(cls, content: bytes) -> Expected:
        """The figures whose canonical bytes these are.

        Raises:
            BadInputError: Not canonical, or a figure out of range.
        """
        where = "expected figures"
        fields = Fields(decoded(content, where), where, 5)
        ratios = fields.integer(NOT_COMPUTABLE, LARGEST), fields.integer(NOT_COMPUTABLE, LARGEST)
        margins = fields.integer(NOT_COMPUTABLE, LARGEST), fields.integer(NOT_COMPUTABLE, LARGEST)
        prices = []
        for price in fields.rows(MOST_ORDERS, 1):
            if not isinstance(price, int) or abs(price) > LARGEST_PRICE:
                raise refusal(where, text("a number is missing or out of range"))
            prices.append(price)
        return cls(*ratios, *margins, tuple(prices))
