"""The three perspectives: who looks, how wide their columns are, and where in them a view stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from engine.text import Text, text


class Perspective(StrEnum):
    """Whose work the window is laid out for."""

    TRADER = "trader"
    RISK_OFFICER = "risk_officer"
    DESK_HEAD = "desk_head"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a view stands by default.

    Attributes:
        column: From the left, 0 first.
        row: In the column, from the top, 0 first. Views of one column and row are tabs of each other; the view that
            comes first in the table of views is in front.
        share: Height of the row in percent of the column's rows; the tallest tab decides.
    """

    column: int
    row: int = 0
    share: int = 50


@dataclass(frozen=True, slots=True)
class Layout:
    """One perspective's columns.

    Attributes:
        title: What it is called on screen.
        keys: What switches to it.
        widths: Share of each column, left to right, in percent of the window.
    """

    title: Text
    keys: str
    widths: tuple[int, ...]


LAYOUTS: Final[Mapping[Perspective, Layout]] = MappingProxyType(
    {
        Perspective.TRADER: Layout(text("Trader"), "F2", (40, 35, 25)),
        Perspective.RISK_OFFICER: Layout(text("Risk officer"), "F3", (36, 40, 24)),
        Perspective.DESK_HEAD: Layout(text("Desk head"), "F4", (60, 40)),
    }
)
