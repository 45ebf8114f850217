"""The largest quantity of an order that still passes a check."""

from __future__ import annotations

from collections.abc import Callable, Iterable


def largest_quantity(passes: Callable[[int], bool], most: int, kinks: Iterable[int] = ()) -> int | None:
    """The largest magnitude of the first leg that passes, or None where none does, 0 included.

    Looks at doubling magnitudes and at the kinks between them, takes the largest that passes, and bisects behind it;
    at most two evaluations a doubling and one a kink. Exact where passing changes at most once between two neighbours
    of these; always a magnitude that passes, and below ``most`` one whose successor does not.

    Args:
        passes: Whether a magnitude passes.
        most: Largest magnitude of interest.
        kinks: Magnitudes at which a figure may turn: where the leg's position is flat, where another leg is offset.
    """
    doublings = (1 << power for power in range(most.bit_length()))
    probes = sorted({0, most, *(probe for each in kinks for probe in (each, each + 1)), *doublings})
    probes = [probe for probe in probes if 0 <= probe <= most]
    for place in range(len(probes) - 1, -1, -1):
        if passes(probes[place]):
            low = probes[place]
            high = probes[place + 1] if place + 1 < len(probes) else low + 1
            while high - low > 1:
                middle = (low + high) // 2
                low, high = (middle, high) if passes(middle) else (low, middle)
            return low
    return None
