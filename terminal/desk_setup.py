"""What a desk is started with, from settings and arguments; no window needed."""

from __future__ import annotations

from pathlib import Path

from feeds.clock import SECOND
from terminal.desk import DeskSetup
from terminal.pipeline import Endpoints
from terminal.settings import Settings, settings_file


def desk_setup(
    settings: Settings, parameters: Path, convention: str | None, endpoints: Endpoints, process: str = "terminal"
) -> DeskSetup:
    """The setup of a desk for what calls itself ``process`` in records."""
    limit = settings.quote_limit_seconds * SECOND
    oldest = settings.parameters.max_age_days
    folder = settings_file().parent
    limits, stress = settings.limits.source(process, folder), settings.stress.source(folder)
    return DeskSetup(parameters, convention, endpoints, settings.lines.lines(), limit, oldest, limits, stress)
