"""Where a drill plays: exchange, authority and executor gate as processes on this machine, people, and a desk.

Everything is in one temporary folder, and nothing but its own processes is ever talked to.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec
import zmq

from engine.snapshot import Arrays, FeedState
from engine.text import UserFacingError, text
from feeds.clock import MILLISECOND, SECOND, Clock
from feeds.sample_exercise import Event
from terminal.cast import APPROVERS, MAKER, Cast, Colleague
from terminal.drill_processes import ServerProcess
from terminal.parameter_version import ParameterVersion
from terminal.pipeline import Endpoints, Pipeline, View
from terminal.settings import Settings
from terminal.station import Station, StationSetup

TURN: Final = 5 * MILLISECOND
PATIENCE: Final = 60
"""Seconds that a step may take."""
READING: Final = SECOND
"""How long the first colleague takes to read; the second takes twice as long."""
COMMAND: Final = "terminal.cli"


@dataclass(frozen=True, slots=True)
class StageSetup:
    """What a stage is set up with.

    Attributes:
        parameters: Parameter file.
        convention: Rounding convention; None for the clearing organisation's own.
        exchange: Arguments of the sample exchange: what it opens with.
        settings: Lines, and how old quotes may be.
    """

    parameters: Path
    convention: str | None
    exchange: Sequence[str]
    settings: Settings


class Stage:
    """Processes, people and the desk; ``close`` ends all of it.

    Args:
        setup: What it is set up with.
        folder: For keys and record stores; for nobody else.
        clock: Time.

    Attributes:
        maker: The maker's station.
        stores: Record stores of the authority and the executor gate.

    Raises:
        BadInputError: The parameters cannot be used.
        UserFacingError: A process does not start, or the authority refuses.
    """

    def __init__(self, setup: StageSetup, folder: Path, clock: Clock) -> None:
        self._clock, self._folder = clock, folder
        self._processes: list[ServerProcess] = []
        self._stations: list[Station] = []
        self._colleagues: list[Colleague] = []
        self.stores = [folder / "authority", folder / "executor"]
        self._version = ParameterVersion.load(setup.parameters, setup.convention)
        with ExitStack() as opened:
            opened.callback(self._end_processes)
            opened.callback(self._end_people)
            self._start(setup)
            self._context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
            opened.callback(self._context.destroy, linger=0)
            self._listener = self._context.socket(zmq.PULL)
            self._listener.bind("inproc://drill")
            endpoints = Endpoints(*(self._said[name] for name in ("positions", "snapshots", "quotes")))
            limit = setup.settings.quote_limit_seconds * SECOND
            lines = setup.settings.lines.lines()
            self._pipeline = Pipeline(self._context, endpoints, lines, limit, clock, self._version)
            opened.callback(self._pipeline.close)
            self._opened = opened.pop_all()

    def _start(self, setup: StageSetup) -> None:
        folder, convention = self._folder, [f"--convention={setup.convention}"] if setup.convention else []
        parameters = f"--parameters={setup.parameters}"
        arguments = [parameters, *convention, *setup.exchange]
        self._exchange = self._run("feeds.simulator", arguments, "exchange")
        authority = self._run(COMMAND, ["authority", f"--store={self.stores[0]}"], "authority").said()
        cast = Cast(folder, self._clock)
        endpoint = authority["authority"]
        founding = cast.introduce(endpoint)
        self._said = self._exchange.said()
        feeds = [f"--{name}={self._said[name]}" for name in ("positions", "snapshots", "quotes", "orders")]
        own = [f"--store={self.stores[1]}", f"--founding={founding.hex()}", f"--authority={authority['executor']}"]
        executor = self._run(COMMAND, ["executor", "--drill", parameters, *convention, *feeds, *own], "executor")

        def station(person: str) -> StationSetup:
            return StationSetup(endpoint, cast.key_of(person), f"DRILL station of the {person}", founding)

        self.maker = Station(station(MAKER), self._clock)
        self._man(self.maker)
        for number, (person, role) in enumerate(APPROVERS.items(), 1):
            colleague = Colleague(station(person), role, number * READING, self._clock)
            self._man(colleague.station)
            self._colleagues.append(colleague)
        executor.said()

    def _man(self, station: Station) -> None:
        self._stations.append(station)
        station.start()

    def _run(self, module: str, arguments: Sequence[str], log: str) -> ServerProcess:
        names = {
            "exchange": text("the sample exchange"),
            "authority": text("the authority"),
            "executor": text("the executor gate"),
        }
        process = ServerProcess(module, arguments, names[log], self._folder / f"{log}.log")
        self._processes.append(process)
        return process

    def view(self) -> View:
        """The desk as of now."""
        return self._pipeline.view(None, None, Arrays.EXCHANGE)

    @property
    def ready(self) -> bool:
        """Whether feeds are LIVE and the authority has its executor gate."""
        picture = self.maker.picture()
        return picture.executor and picture.state is FeedState.LIVE and self._pipeline.states == {FeedState.LIVE}

    def tell(self, event: Event) -> None:
        """Let something happen at the sample exchange."""
        self._exchange.tell(msgspec.json.encode(event))

    def hold_second(self, *, held: bool) -> None:
        """Whether the colleague who signs last reads on and signs nothing yet."""
        self._colleagues[-1].held = held

    def until(self, condition: Callable[[], bool], seconds: int = PATIENCE) -> None:
        """Keep feeds, people and processes going until ``condition`` holds.

        Raises:
            UserFacingError: It does not in time, a process has ended, or a signature does not count.
        """
        deadline = self._clock.monotonic_ns() + seconds * SECOND
        while True:
            for process in self._processes:
                process.check()
            for colleague in self._colleagues:
                colleague.look()
                if colleague.problem is not None:
                    raise UserFacingError(colleague.problem)
            refused = next((outcome.reason for outcome in self.maker.outcomes() if outcome.reason is not None), None)
            if refused is not None:
                raise UserFacingError(refused)
            self._pipeline.receive(self._listener, TURN)
            if condition():
                return
            if self._clock.monotonic_ns() > deadline:
                raise UserFacingError(text("not reached within {seconds} s", seconds=seconds))

    def end(self) -> None:
        """End people and processes, the last first; what is on record is signed then."""
        self._end_people()
        self._end_processes()

    def close(self) -> None:
        """End everything."""
        self._opened.close()

    def _end_people(self) -> None:
        while self._stations:
            self._stations.pop().stop(5.0)

    def _end_processes(self) -> None:
        while self._processes:
            self._processes.pop().stop()
