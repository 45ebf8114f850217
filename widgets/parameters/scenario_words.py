"""Scenarios in words: which way price and volatility move and how far, as shares of their scan ranges."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

from engine.numbers import NOT_COMPUTABLE
from engine.span.parameters import ScanPoint
from widgets.language import tr
from widgets.numbers_text import MINUS


def price_move(point: ScanPoint) -> Fraction:
    """The price move in price scan ranges, up or down."""
    if point.price_denominator:
        return Fraction(point.price_numerator) / Fraction(point.price_denominator)
    return Fraction(point.price_multiple)


def is_extreme(point: ScanPoint) -> bool:
    """Whether the price moves by more than its scan range, of which only a part counts."""
    return abs(price_move(point)) > 1


def move_words(move: Fraction) -> str:
    """``up 1/3``, ``down 1``, ``unchanged``."""
    if not move:
        return tr("unchanged")
    return (tr("up {share}") if move > 0 else tr("down {share}")).format(share=share_text(abs(move)))


def signed_share(move: Fraction) -> str:
    """``+1/3``, ``−1``, ``0``: short enough for an axis."""
    return f"{'+' if move > 0 else MINUS}{share_text(abs(move))}" if move else "0"


def share_text(share: Fraction) -> str:
    """A share as a fraction where it is a simple one, as a decimal where it is not."""
    return str(share) if share.denominator <= 10 else f"{float(share):.3g}"


def scenario_words(point: ScanPoint) -> str:
    """A whole scenario: ``price up 1/3, volatility down 1``."""
    return tr("price {price}, volatility {volatility}").format(
        price=move_words(price_move(point)), volatility=move_words(Fraction(point.volatility_multiple))
    )


def worst(losses: Iterable[int]) -> tuple[int, int]:
    """Numbers, from 1, of the scenarios in which a long and a short contract lose most; 0 where neither can lose.

    Of equal losses the first counts, as it does in the calculation.
    """
    known = [(loss, -number) for number, loss in enumerate(losses, start=1) if loss != NOT_COMPUTABLE]
    if not known:
        return 0, 0
    most, least = max(known), min(known, key=lambda one: (one[0], -one[1]))
    return (-most[1] if most[0] > 0 else 0), (-least[1] if least[0] < 0 else 0)


def places_needed(values: Iterable[int], decimals: int, least: int = 0) -> int:
    """Decimals that show every one of these scaled integers exactly."""
    known = [value for value in values if value != NOT_COMPUTABLE]
    places = decimals
    while places > least and all(value % 10 ** (decimals - places + 1) == 0 for value in known):
        places -= 1
    return places
