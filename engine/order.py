"""A hypothetical order, a working one, or a leg of either."""

from __future__ import annotations

from typing import NamedTuple

from engine.instruments import Contract


class Order(NamedTuple):
    """A hypothetical order.

    Attributes:
        contract: What to trade.
        quantity: Positive buys, negative sells that many contracts.
        closes: Whether it closes contracts held on the other side. Otherwise it opens: in a gross-margined account a
            purchase adds to the longs and a sale to the shorts. For a net account it makes no difference, but that no
            more than is held can be closed.
    """

    contract: Contract
    quantity: int
    closes: bool = False
