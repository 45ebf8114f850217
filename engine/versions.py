"""What the screens show of parameter versions: which file is being read, offered, or kept at hand to go back to."""

from __future__ import annotations

from dataclasses import dataclass

from engine.span.comparison import Comparison
from engine.span.findings import Finding, Severity
from engine.span.parameters import Origin
from engine.text import Text


@dataclass(frozen=True, slots=True)
class Loading:
    """A file that is being read beside the version in force.

    Attributes:
        file: Its name.
        share: How much of it is read, 0 to 1, where that can be told and is worth it.
    """

    file: str
    share: float | None = None


@dataclass(frozen=True, slots=True)
class Offer:
    """A version that has been read and compared and waits for a person's word.

    Attributes:
        number: Counts offers; the answer names it, so that no answer meets another offer.
        in_force: The version it was compared with.
        new: The version offered.
        findings: What differs, the worst first.
        asked_for: Whether a person asked for this file, who then waits for it.
    """

    number: int
    in_force: Origin
    new: Origin
    findings: tuple[Finding, ...]
    asked_for: bool

    @property
    def blocked(self) -> bool:
        """Whether a finding forbids to put it in force."""
        return any(finding.severity is Severity.ERROR for finding in self.findings)


@dataclass(frozen=True, slots=True)
class ParameterNews:
    """Everything about parameter versions besides the one in force, at one moment.

    Attributes:
        in_force: Where the version in force comes from.
        other: The version that was in force before, which can be put in force again; None where there is none.
        loading: The file that is being read.
        offer: The version that waits to be put in force.
        problem: Why a file that a person asked for is not offered.
        since: What has changed since the version before; None where that is not known.
    """

    in_force: Origin
    other: Origin | None = None
    loading: Loading | None = None
    offer: Offer | None = None
    problem: Text | None = None
    since: Comparison | None = None
