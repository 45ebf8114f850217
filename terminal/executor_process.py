"""`palisade executor`: the process that alone holds the order line. No window, one thread beside the journal's."""

from __future__ import annotations

import gc
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from engine.authorisation.execution import HardLimits
from engine.text import UserFacingError
from feeds.checkpoints import Checkpoints
from feeds.clock import MILLISECOND, Clock, SystemClock
from feeds.curve import CurveClient
from feeds.executor import Executor
from feeds.executor_link import ExecutorLink
from feeds.executor_store import ACTOR, ExecutorStore
from feeds.fix_gateway import FixGateway, FixLine
from feeds.gateway import OrderGateway
from feeds.journal import Journal
from feeds.sample_gateway import SampleGateway
from feeds.signing import service_key
from feeds.sockets import Context
from terminal.catalogue import translator
from terminal.desk_setup import DeskSetup
from terminal.executor_desk import SeenDesk
from terminal.parameter_version import ParameterVersion
from terminal.pipeline import Pipeline
from terminal.server_process import announce, serving

TURN: Final = 10 * MILLISECOND
"""Longest wait for input."""
KEY_FILE: Final = "log.key"
ORIGIN: Final = "palisade executor"


@dataclass(frozen=True, slots=True)
class ExecutorSetup:
    """What an executor gate is started with.

    Attributes:
        desk: Files, publishers and lines, as for the window.
        store: Folder of its record store.
        authority: Where the authority takes its executor gate.
        founding: Digest of the founding change of people that it trusts.
        orders: Where the sample exchange takes orders, or a FIX line.
        limits: What no signature lifts.
        curve: How the line to the authority is encrypted.
    """

    desk: DeskSetup
    store: Path
    authority: str
    founding: bytes
    orders: str | FixLine
    limits: HardLimits
    curve: CurveClient | None = None


class ExecutorProcess:
    """The gate and the desk that it looks at.

    Args:
        setup: What it is started with.
        clock: Time.
        context: ZeroMQ context of the process.

    Raises:
        UserFacingError: Files or a store that cannot be used, an endpoint that may not be used.
    """

    def __init__(self, setup: ExecutorSetup, clock: Clock, context: Context) -> None:
        desk = setup.desk
        version = ParameterVersion.load(desk.parameters, desk.convention)
        with ExitStack() as opened:
            self._journal = Journal(desk.journal, clock) if desk.journal is not None else None
            if self._journal is not None:
                opened.callback(self._journal.close)
            self._pipeline = Pipeline(
                context, desk.endpoints, desk.lines, desk.quote_limit, clock, version, journal=self._journal
            )
            opened.callback(self._pipeline.close)
            self._executor, store = _executor(setup, clock, context, SeenDesk(self._pipeline.seen, clock))
            opened.callback(self._executor.close)
            self._records, self._clock, self._has_told = store.records, clock, False
            signer = service_key(setup.store / KEY_FILE)
            self._checkpoints = Checkpoints(self._records, signer, ORIGIN, clock)
            self.log_key = signer.public.fingerprint
            """Fingerprint of the key that signs the checkpoints of its record store."""
            # What is compiled at the first valuation would keep the first forced close waiting.
            self._pipeline.valued()
            self._opened = opened.pop_all()

    def run(self, stopped: Callable[[], bool]) -> None:
        """Serve until ``stopped`` says so.

        Raises:
            UserFacingError: Nothing can be recorded any more.
        """
        while not stopped():
            self._pipeline.wait(self._executor.poll_sockets(), TURN)
            self._pipeline.take_in()
            self._executor.service()
            if self._executor.failure is not None:
                raise UserFacingError(self._executor.failure)
            # Orders first: a checkpoint is never waited for.
            self._checkpoints.tick()
            self._records.maintain()
            self._tell_failure()

    def _tell_failure(self) -> None:
        """That its feeds are no longer recorded is on record; orders that reduce risk leave all the same."""
        failure = self._journal.failure if self._journal is not None else None
        if failure is not None and not self._has_told:
            self._has_told = True
            with self._records.transaction(self._clock.wall_ns(), self._clock.monotonic_ns()) as change:
                change.record(ACTOR, "feeds not recorded", {"reason": str(failure)})

    def close(self) -> None:
        """Sign what is on record and close everything; orders that work go on working."""
        with self._opened:
            if self._records.failure is None:
                self._checkpoints.sign()


def _executor(setup: ExecutorSetup, clock: Clock, context: Context, desk: SeenDesk) -> tuple[Executor, ExecutorStore]:
    with ExitStack() as opened:
        store = ExecutorStore(setup.store, clock)
        opened.callback(store.close)
        gateway: OrderGateway = (
            SampleGateway(context, setup.orders, clock)
            if isinstance(setup.orders, str)
            else FixGateway(setup.orders, clock)
        )
        opened.callback(gateway.close)
        link = ExecutorLink(context, setup.authority, clock, setup.curve)
        opened.callback(link.close)
        made = Executor(store, link, gateway, desk, translator, clock, setup.limits, setup.founding)
        opened.pop_all()
        return made, store


def serve(setup: ExecutorSetup, *, exit_with_parent: bool = False) -> int:
    """Run an executor gate until a signal, or with ``exit_with_parent`` the end of standard input, ends it.

    Returns:
        Exit status.

    Raises:
        UserFacingError: See `ExecutorProcess`.
    """
    with serving(exit_with_parent=exit_with_parent) as (context, stopped), ExitStack() as opened:
        process = ExecutorProcess(setup, SystemClock(), context)
        opened.callback(process.close)
        gc.collect()
        gc.freeze()
        announce({"executor": "ready", "drill": setup.limits.drill, "log_key": process.log_key.hex()})
        process.run(stopped)
    return 0
