"""The pages of the Concentration view, and what is looked at in them."""

from __future__ import annotations

from enum import StrEnum

from engine.concentration_picture import OwnerTable
from engine.owner_tree import ACCOUNT, FIRM, GROUP
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


class Tree(StrEnum):
    """How accounts are brought together as owners."""

    DESKS = "desks"
    RELATED = "related"


def has_desks(owners: OwnerTable) -> bool:
    """Whether somebody has said which desk an account belongs to."""
    return not {*owners.levels} <= {str(FIRM), str(GROUP), str(ACCOUNT)}


def page_words(width: int) -> tuple[str, ...]:
    """What the pages are called in a view of this width."""
    if width >= ROOMY:
        return tr("Treemap"), tr("Heat map"), tr("Largest"), tr("Over time"), tr("Owners")
    return tr("Tree"), tr("Heat"), tr("Largest"), tr("Time"), tr("Owners")


def control_words(width: int) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """What is chosen above the charts of a view of this width: what each choice is about, and its alternatives."""
    return (
        (tr("Chart"), page_words(width)),
        (tr("Measure of exposure"), (tr("Net"), tr("Gross"), tr("Delta"))),
        (tr("Names"), (tr("Products"), tr("Sectors"))),
        (tr("Colour by"), (tr("Use of limit"), tr("Share of equity"))),
        (tr("Positions as they are, or with the ticket's orders"), (tr("Now"), tr("After order"))),
        (tr("Owners"), (tr("Desks"), tr("Related accounts"))),
    )
