"""Orders on their way, for tests of gateways."""

from __future__ import annotations

from engine.authorisation.instruction import Effect, PriceType, Side
from engine.numbers import PRICE
from engine.routing import RoutedOrder


def routed(identity: str = "one", account: str = "A", quantity: int = 10, **changes: object) -> RoutedOrder:
    fields: dict[str, object] = {
        "contract": "SIM:CL:FUT:202701",
        "side": Side.SELL,
        "effect": Effect.CLOSE,
        "price_type": PriceType.LIMIT,
        "limit": 68 * PRICE + PRICE // 4,
        **changes,
    }
    return RoutedOrder(identity, account, quantity=quantity, **fields)  # type: ignore[arg-type]
