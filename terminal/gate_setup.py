"""What `palisade gate` is started with: settings, and arguments that go before them."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path
from typing import Final

from engine.span.conventions import named_convention
from engine.text import BadInputError, text
from feeds.clock import MILLISECOND
from feeds.sockets import check_endpoint
from terminal.desk_setup import desk_setup
from terminal.gate_process import ANYWHERE, MEGABYTE, GateSetup
from terminal.pipeline import Endpoints
from terminal.settings import read_settings, settings_file

MOST: Final = 1_000_000


def setup_of(arguments: argparse.Namespace) -> GateSetup:
    """The setup that the arguments of `terminal.commands.gate` and the settings ask for.

    Raises:
        BadInputError: Bad settings, an unknown convention, an endpoint that may not be used, an impossible number.
    """
    settings = read_settings(settings_file())
    if arguments.convention is not None:
        named_convention(arguments.convention)
    for endpoint in (arguments.positions, arguments.snapshots, arguments.quotes, arguments.endpoint or ANYWHERE):
        check_endpoint(endpoint)
    endpoints = Endpoints(arguments.positions, arguments.snapshots, arguments.quotes)
    desk = desk_setup(settings, Path(arguments.parameters), arguments.convention, endpoints, "gate")
    source = desk.limits
    if arguments.limits is not None:
        source = replace(source, file=arguments.limits)
    if arguments.reference is not None:
        source = replace(source, reference=arguments.reference)
    if arguments.record is not None:
        source = replace(source, folder=arguments.record)
    gate = settings.gate
    limits = replace(
        gate.limits(),
        rate=_number("--rate", arguments.rate, gate.checks_a_second),
        burst=_number("--burst", arguments.burst, gate.burst),
        oldest=_number("--oldest", arguments.oldest, gate.oldest_milliseconds) * MILLISECOND,
        slowest=_number("--slowest", arguments.slowest, gate.slowest_milliseconds) * MILLISECOND,
        cooling=_number("--cooling", arguments.cooling, gate.cooling_milliseconds) * MILLISECOND,
        settling=_number("--settling", arguments.settling, gate.settling_milliseconds) * MILLISECOND,
    )
    return GateSetup(
        replace(desk, limits=source),
        arguments.endpoint or ANYWHERE,
        limits,
        arguments.record,
        gate.record_megabytes * MEGABYTE,
        gate.record_files,
        _number("--forced", arguments.forced, gate.forced_milliseconds, least=0) / 1_000,
        (arguments.scheduling or gate.scheduling) == "real-time",
    )


def _number(option: str, number: int | None, usual: int, least: int = 1) -> int:
    if number is None:
        return usual
    if not least <= number <= MOST:
        what = text("expected a whole number from {lowest} to {highest}", lowest=least, highest=MOST)
        raise BadInputError(f"palisade gate {option}", what, text("leave it out for {usual}", usual=usual))
    return number
