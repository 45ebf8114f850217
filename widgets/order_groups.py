"""How tables of orders show which of them are one order: a bracket before the side, and words for its tool tip."""

from __future__ import annotations

from collections.abc import Sequence

from widgets.language import tr


def bracket(groups: Sequence[int], row: int) -> str:
    """What stands before an order: a part of a bracket around those of its group; nothing where it is alone.

    Args:
        groups: Group of each order, 0 where it is in none; those of a group stand together.
        row: The order.
    """
    group = groups[row]
    if not group:
        return ""
    above = row > 0 and groups[row - 1] == group
    below = row + 1 < len(groups) and groups[row + 1] == group
    return {(False, True): "┌ ", (True, True): "│ ", (True, False): "└ "}.get((above, below), "")


def words(group: int) -> list[str]:
    """Lines for the tool tip of an order."""
    return [tr("One order with those in the same bracket: all of them trade, or none.")] if group else []
