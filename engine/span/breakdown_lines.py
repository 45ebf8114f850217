"""What the lines of a margin breakdown are made of: the account's figures, lines that add up, figures as text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from engine.numbers import DELTA_DECIMALS, MONEY_DECIMALS, NOT_COMPUTABLE, format_scaled
from engine.snapshot import BreakdownNode
from engine.span.arrays import Batch, SpanTable
from engine.span.parameters import Commodity
from engine.span.requirement import CommodityMargins, Margins
from engine.text import Text, text


@dataclass(frozen=True)
class AccountFigures:
    """One account's margin and what it was made of. A pair is a row of its `CommodityMargins`.

    Attributes:
        table: The parameters, laid out.
        batch: The account, as a batch of one.
        result: Its margin, with the spreads formed.
    """

    table: SpanTable
    batch: Batch
    result: Margins

    @cached_property
    def margins(self) -> CommodityMargins:
        """Figures of each commodity."""
        return self.result.commodities

    def commodity(self, pair: int) -> Commodity:
        """Which commodity a pair is."""
        return self.table.parameters.commodities[int(self.margins.commodity[pair])]

    @property
    def gross(self) -> bool:
        """Whether longs and shorts are apart: then a commodity may be two pairs, one a side."""
        return bool((self.result.sums.middles >= 0).any())

    def is_short_side(self, pair: int) -> bool:
        """Whether a pair is the short side of a gross-margined account."""
        return self.gross and pair >= int(self.result.sums.middles[0])

    def held(self, pair: int) -> list[tuple[int, int]]:
        """Contract row and quantity of every position of a pair that is not flat."""
        start, stop = (int(self.result.sums.starts[pair + step]) for step in (0, 1))
        rows, quantities = self.batch.rows[start:stop].tolist(), self.batch.quantities[start:stop].tolist()
        return [(row, quantity) for row, quantity in zip(rows, quantities, strict=True) if quantity]

    def members(self, pair: int) -> list[int]:
        """A pair and all that are margined with it."""
        merged = self.result.merged
        return [pair] if merged is None else merged.members(pair)

    def held_together(self, pair: int) -> list[tuple[int, int]]:
        """Contract row and quantity of every position that is margined in a pair."""
        return [position for member in self.members(pair) for position in self.held(member)]

    def weighted_at(self, pair: int, written: int) -> int:
        """Weighted price risk of a pair when the spread leg ``written`` (a row of the trace) was formed."""
        merged = self.result.merged
        for formed in merged.formed if merged else ():
            if formed.written > written:
                return int(formed.weighted_price_risk[pair])
        return int(self.margins.weighted_price_risk[pair])

    def position(self, row: int, quantity: int, amount: int, currency: str) -> BreakdownNode:
        """The line of a position."""
        contract = self.table.parameters.contract(row)
        label = text("{quantity} {contract}", quantity=f"{quantity:+d}", contract=contract.title)
        return BreakdownNode(label, amount, currency, contract=contract)


def line(
    label: Text, amount: int | np.int64, currency: str, note: Text | None = None, children: Sequence[BreakdownNode] = ()
) -> BreakdownNode:
    """A line with an amount, or with the reason why there is none."""
    if amount == NOT_COMPUTABLE:
        return BreakdownNode(label, None, currency, text("not computable: a figure is too large"), tuple(children))
    return BreakdownNode(label, int(amount), currency, note, tuple(children))


def sum_of(lines: Iterable[BreakdownNode]) -> int:
    """Sum of the amounts of lines; lines without one do not count."""
    return sum(each.amount for each in lines if each.amount is not None)


def rounded_off(
    total: int | np.int64, lines: Sequence[BreakdownNode], currency: str, tolerance: int
) -> tuple[BreakdownNode, ...]:
    """``lines``, and what they lack of ``total`` as one more line.

    Args:
        total: Amount of the line above, money scale.
        lines: Its parts.
        currency: Currency of both.
        tolerance: Largest difference that rounding can make. Anything beyond says that it is not broken down.
    """
    rest = 0 if total == NOT_COMPUTABLE else int(total) - sum_of(lines)
    if not rest:
        return tuple(lines)
    label = text("rounding") if abs(rest) <= tolerance else text("not broken down")
    return (*lines, BreakdownNode(label, rest, currency))


def money_text(value: int | np.int64) -> str:
    """An amount with thousands separators and at least two decimals."""
    if value == NOT_COMPUTABLE:
        return "–"
    whole, _, fraction = format_scaled(int(value), MONEY_DECIMALS, 2).partition(".")
    return f"{int(whole):,}.{fraction}" if not whole.startswith("-0") else f"-0.{fraction}"


def delta_text(value: int | np.int64, signed: bool = False) -> str:
    """A delta; with a plus sign where ``signed``."""
    if value == NOT_COMPUTABLE:
        return "–"
    sign = "+" if signed and value > 0 else ""
    return sign + format_scaled(int(value), DELTA_DECIMALS)
