"""The pages of the Concentration view, and what is looked at in them."""

from __future__ import annotations

from enum import StrEnum

from widgets.language import tr

ROOMY = 420
"""Width in pixels from which on pages have their whole names."""


class Page(StrEnum):
    """Which chart is in front."""

    TREEMAP = "treemap"
    HEAT_MAP = "heat_map"
    LARGEST = "largest"
    OVER_TIME = "over_time"
    OWNERS = "owners"


class Moment(StrEnum):
    """Whether the ticket's orders are in the positions."""

    NOW = "now"
    AFTER = "after"


def page_words(width: int) -> tuple[str, ...]:
    """What the pages are called in a view of this width."""
    if width >= ROOMY:
        return tr("Treemap"), tr("Heat map"), tr("Largest"), tr("Over time"), tr("Owners")
    return tr("Tree"), tr("Heat"), tr("Largest"), tr("Time"), tr("Owners")
