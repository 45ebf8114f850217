"""What a desk is started with, from settings and arguments; no window needed."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from engine.snapshot import Lines
from feeds.clock import SECOND
from terminal.limit_versions import LimitSource
from terminal.pipeline import Endpoints
from terminal.settings import Settings, settings_file
from terminal.stress_watch import StressSource


@dataclass(frozen=True, slots=True)
class DeskSetup:
    """What a desk is started with.

    Attributes:
        parameters: Parameter file, or a folder whose file written last counts.
        convention: Name of a convention, or None for the clearing organisation's own.
        endpoints: Where the publishers are.
        lines: Warning, call and forced-close line.
        quote_limit: Nanoseconds after which a quote is stale.
        max_age_days: Age of the parameters from which on a warning lasts; None for never.
        limits: Where limits come from.
        stress: What accounts are looked at under.
        journal: Folder into which feeds are recorded; None for not at all.
    """

    parameters: Path
    convention: str | None
    endpoints: Endpoints
    lines: Lines
    quote_limit: int
    max_age_days: int | None = None
    limits: LimitSource = field(default_factory=LimitSource)
    stress: StressSource = field(default_factory=StressSource)
    journal: Path | None = None


def desk_setup(
    settings: Settings, parameters: Path, convention: str | None, endpoints: Endpoints, process: str = "terminal"
) -> DeskSetup:
    """The setup of a desk for what calls itself ``process`` in records."""
    limit = settings.quote_limit_seconds * SECOND
    oldest = settings.parameters.max_age_days
    folder = settings_file().parent
    limits, stress = settings.limits.source(process, folder), settings.stress.source(folder)
    return DeskSetup(parameters, convention, endpoints, settings.lines.lines(), limit, oldest, limits, stress)
