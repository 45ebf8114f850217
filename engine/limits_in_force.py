"""What a desk tells a person of the limits it checks orders against."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from engine.limits import LimitSet, Mode
from engine.text import Text


@dataclass(frozen=True)
class LimitsInForce:
    """The limits in force, and what is wrong with them. The same object until something changes.

    Attributes:
        file: Name of their file; empty where a desk has none.
        limits: None where none are in force: new risk is refused where there is a file, and unlimited where there is
            not.
        warnings: Why these are not the limits that ought to be in force, and what they name that nobody knows.
    """

    file: str = ""
    limits: LimitSet | None = None
    warnings: tuple[Text, ...] = ()

    @property
    def count(self) -> int:
        """How many limits there are."""
        return len(self.limits.limits) if self.limits is not None else 0

    @cached_property
    def in_shadow(self) -> int:
        """How many of them refuse nothing unless a rule says otherwise."""
        return sum(limit.mode is Mode.SHADOW for limit in self.limits.limits) if self.limits is not None else 0
