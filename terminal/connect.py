"""`palisade connect`: the terminal on publishers that are running already."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from PySide6.QtWidgets import QApplication

from engine.span.conventions import named_convention
from engine.text import BadInputError, text
from feeds.clock import SystemClock
from feeds.sockets import check_endpoint
from terminal.app import Terminal, close_on_signals, run_terminal
from terminal.desk_setup import DeskSetup, desk_setup
from terminal.pipeline import Endpoints
from terminal.settings import Settings, read_settings, settings_file
from terminal.virtual_display import has_display


def run(parameters: Path, convention: str | None, endpoints: Endpoints, journal: Path | None = None) -> int:
    """Show the terminal until its window is closed.

    Args:
        parameters: Parameter file.
        convention: Name of a convention, or None for the clearing organisation's own.
        endpoints: Where the publishers are.
        journal: Folder into which the feeds are recorded; None for not at all.

    Returns:
        Exit status.

    Raises:
        BadInputError: Bad settings, an unknown convention, an endpoint that may not be used, or no display.
    """
    settings = read_settings(settings_file())
    if convention is not None:
        named_convention(convention)
    for endpoint in (endpoints.positions, endpoints.snapshots, endpoints.quotes):
        check_endpoint(endpoint)
    if not has_display():
        raise BadInputError("DISPLAY", text("there is no display"), text("run it in a graphical session"))
    setup = replace(desk_setup(settings, parameters, convention, endpoints), journal=journal)
    return run_terminal(lambda app: _show(app, settings, setup))


async def _show(app: QApplication, settings: Settings, setup: DeskSetup) -> int:
    terminal = Terminal(app, settings, SystemClock())
    close_on_signals(terminal)
    terminal.show()
    terminal.connect_desk(setup)
    try:
        await terminal.closed
    finally:
        terminal.shut_down()
    return 0
