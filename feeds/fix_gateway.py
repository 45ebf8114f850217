"""The order gateway that speaks FIX 4.4, over a kept session library; its session lives in a thread of its own.

Messages that were lost with a line are never sent again by the session: sequence gaps are filled without them, and
whoever sent an order asks what became of it. Sequence numbers are kept on disk and survive a restart.

FIX has no encryption of its own. The line goes to this machine only, where a TLS tunnel carries it on.
"""

from __future__ import annotations

import asyncio
import logging
import queue
import threading
from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import TimeoutError as LateError
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from fixcore.application import Application
from fixcore.log.base import Log, LogFactory
from fixcore.message.message import Message
from fixcore.session.session import Session
from fixcore.session.session_id import SessionID
from fixcore.session.session_settings import SessionSettings
from fixcore.session.state import SessionState
from fixcore.store.base import MessageStore
from fixcore.store.factory import StoreFactory
from fixcore.store.file_store import FileStore
from fixcore.store.non_persistent import NonPersistentStore
from fixcore.transport.initiator import SocketInitiator

from engine.routing import OrderReport, Package, RoutedGroup
from engine.text import BadInputError, Text, text
from feeds.clock import SECOND, Clock
from feeds.faults import BadMessageError, FaultLog
from feeds.fix_messages import (
    BUSINESS_REJECT,
    EXECUTION_REPORT,
    MESSAGE_TYPE,
    cancel_request,
    is_of_single_leg,
    is_of_whole,
    new_multileg,
    new_order,
    problem_of,
    refusal_of,
    report_of,
    status_request,
)
from feeds.gateway import LineState, NotSentError
from feeds.sockets import Socket

PATIENCE: Final = 2.0
"""Seconds that handing a message to the session may take; beyond that nobody knows whether it has left."""
STOPPING: Final = 5.0
FAREWELL: Final = 1.0
LOCAL_HOSTS: Final = ("127.0.0.1", "localhost", "::1")

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class FixLine:
    """Where a FIX session goes and what it is called.

    Attributes:
        host: This machine, see above.
        port: Where the acceptor or the tunnel listens.
        sender: SenderCompID.
        target: TargetCompID.
        folder: Where sequence numbers are kept; created where missing.
        heartbeat: Seconds.
        reconnect: Seconds between attempts.
        close_today: The broker's PositionEffect (77) for closing today's positions, for which FIX has no value of its
            own; empty where it has none: such orders are not sent.
        multileg: Whether the broker takes orders of several legs, all or none (NewOrderMultileg). Where it does not, an
            instruction that needs one is not sent, rather than in pieces.
    """

    host: str
    port: int
    sender: str
    target: str
    folder: Path
    heartbeat: int = 5
    reconnect: int = 1
    close_today: str = ""
    multileg: bool = False


class FixGateway:
    """Orders over FIX 4.4; see `feeds.gateway.OrderGateway`.

    Args:
        line: Where it goes.
        clock: Time.

    Attributes:
        faults: What was wrong with messages of the other side.

    Raises:
        BadInputError: A host that is not this machine.
    """

    def __init__(self, line: FixLine, clock: Clock) -> None:
        if line.host not in LOCAL_HOSTS:
            raise BadInputError(
                line.host, text("FIX is not encrypted"), text("run a TLS tunnel on this machine and name its local end")
            )
        self._line = line
        self._clock = clock
        self._arrived: queue.SimpleQueue[Message] = queue.SimpleQueue()
        self._asked: dict[str, tuple[Package, int]] = {}
        self._ask_again = clock.monotonic_ns()
        self._logons = threading.Event()
        self.faults = FaultLog(_logger, "fix", clock)
        # What the library says of every failed attempt to connect is no news to anyone.
        logging.getLogger("fixcore").setLevel(logging.ERROR)
        self._loop = asyncio.new_event_loop()
        self._numbers = _Numbers(line.folder)
        self._initiator: SocketInitiator | None = None
        self._session: Session | None = None
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, name="fix", daemon=True)
        self._thread.start()
        self._ready.wait(STOPPING)

    @property
    def state(self) -> LineState:
        """Whether the session is logged on."""
        session = self._session
        if session is not None and session.is_logged_on:
            return LineState.LIVE
        return LineState.DOWN if self._logons.is_set() else LineState.CONNECTING

    def poll_sockets(self) -> list[Socket]:
        """None: call `service` often."""
        return []

    def service(self) -> Sequence[OrderReport]:
        """What has arrived since the last call; every second asks again what has not been answered."""
        now = self._clock.monotonic_ns()
        if self.state is LineState.LIVE and now >= self._ask_again:
            self._ask_again = now + SECOND
            for package, since in list(self._asked.values()):
                if now - since >= SECOND:
                    self._hand_over(status_request(package, self._clock.wall_ns()))
        reports = []
        while not self._arrived.empty():
            report = self._report(self._arrived.get_nowait())
            if report is not None:
                self._asked.pop(report.identity, None)
                reports.append(report)
        return reports

    def _report(self, message: Message) -> OrderReport | None:
        """What a message says of an order; None where nothing that counts."""
        if message.header.get_or(MESSAGE_TYPE) == BUSINESS_REJECT:
            return refusal_of(message)
        if is_of_single_leg(message):
            return None
        try:
            report = report_of(message)
        except BadMessageError as bad:
            self.faults.note(bad.kind, bad.detail)
            return None
        if report.filled and not report.legs and is_of_whole(message):
            self.faults.note("prices", f"{report.identity} is filled, and no price of its legs is told")
        return report

    def problem(self, package: Package) -> Text | None:
        """Why the line cannot carry it; None where it can."""
        if isinstance(package, RoutedGroup) and not self._line.multileg:
            return text("this FIX line takes no orders of several legs, all or none (--fix-multileg); nothing was sent")
        return problem_of(package, self._line.close_today)

    def send(self, package: Package) -> None:
        """Send an order, one of several legs by one message; it is asked for until something is heard of it.

        Raises:
            NotSentError: The session is not logged on, or cannot carry the order.
        """
        problem = self.problem(package)
        if problem is not None:
            raise NotSentError(problem)
        if self.state is not LineState.LIVE:
            raise NotSentError(text("the FIX session is not logged on; nothing was sent"))
        wall, close_today = self._clock.wall_ns(), self._line.close_today
        self._await(package)
        if isinstance(package, RoutedGroup):
            self._hand_over(new_multileg(package, wall, close_today))
        else:
            self._hand_over(new_order(package, wall, close_today))

    def cancel(self, package: Package) -> None:
        """Ask for what is left of an order to be withdrawn."""
        self._await(package)
        self._hand_over(cancel_request(package, self._clock.wall_ns()))

    def ask(self, package: Package) -> None:
        """Ask where an order stands, until it has been answered."""
        self._await(package)
        self._hand_over(status_request(package, self._clock.wall_ns()))

    def close(self) -> None:
        """Log out and end the thread; sequence numbers are kept."""
        if self._loop.is_running():
            self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(STOPPING)

    def _await(self, package: Package) -> None:
        """Ask for an order until something is heard of it: what a sequence gap has swallowed is not sent again."""
        self._asked[package.identity] = (package, self._clock.monotonic_ns())

    def _hand_over(self, message: Message) -> bool:
        """Give a message to the session; False where it has not, or perhaps not, left."""
        session = self._session
        if session is None or not session.is_logged_on:
            return False
        try:
            self._call(session.send_app(message))
        except (LateError, OSError, RuntimeError) as error:
            self.faults.note("line", f"a message may not have left: {error}")
            return False
        return True

    def _call(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(PATIENCE)

    # Runs in the session's thread --------------------------------------------------------------------------------

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_until_complete(self._start())
            self._loop.run_forever()
            self._loop.run_until_complete(self._end())
        finally:
            self._ready.set()
            self._loop.close()

    async def _start(self) -> None:
        line = self._line
        line.folder.mkdir(parents=True, exist_ok=True)
        settings = SessionSettings()
        name = SessionID("FIX.4.4", line.sender, line.target)
        settings.set_session(
            name,
            {
                "ConnectionType": "initiator",
                "SocketConnectHost": line.host,
                "SocketConnectPort": str(line.port),
                "HeartBtInt": str(line.heartbeat),
                "ReconnectInterval": str(line.reconnect),
                # Only a dictionary tells the legs of a report apart; brokers' own fields are not refused.
                "UseDataDictionary": "Y",
                "DataDictionary": "FIX44.xml",
                "ValidateIncomingMessage": "N",
            },
        )
        self._initiator = SocketInitiator(
            settings, _Receiver(self._arrived.put, self._logons.set), self._numbers, _Logs()
        )
        self._session = self._initiator.sessions[name]
        await self._initiator.start()
        self._ready.set()

    async def _end(self) -> None:
        if self._initiator is not None:
            await self._initiator.logout()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._logged_off(), FAREWELL)
            await self._initiator.stop()
        self._numbers.close()

    async def _logged_off(self) -> None:
        """The other side's farewell, whose number has to be kept."""
        while self._session is not None and self._session.state is not SessionState.DISCONNECTED:
            await asyncio.sleep(0.01)


class _Numbers(StoreFactory):  # type: ignore[misc]  # the library has no types here
    """Keeps sequence numbers in files, and no messages: an order is never sent again, the gap is filled without it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._files: list[FileStore] = []

    def create(self, session_id: SessionID) -> MessageStore:
        """The numbers of a session."""
        self._files.append(FileStore(self._folder, session_id))
        return NonPersistentStore(self._files[-1])

    def close(self) -> None:
        """Close the files; the library's own store leaves them open."""
        for each in self._files:
            each.close()


class _Receiver(Application):  # type: ignore[misc]  # the library has no types here
    """Passes reports on. Runs in the session's thread."""

    def __init__(self, take: Callable[[Message], None], logged_on: Callable[[], None]) -> None:
        self._take = take
        self._logged_on = logged_on

    def on_logon(self, session_id: SessionID) -> None:  # noqa: ARG002
        """Remember that the line has been live."""
        self._logged_on()

    def from_app(self, message: Message, session_id: SessionID) -> None:  # noqa: ARG002
        """Keep what is said of an order for the owner's next look."""
        if message.header.get_or(MESSAGE_TYPE) in (EXECUTION_REPORT, BUSINESS_REJECT):
            self._take(message)


class _Logs(LogFactory):  # type: ignore[misc]  # the library has no types here
    """Sends a session's log to the program's."""

    def create(self, session_id: SessionID) -> Log:  # noqa: ARG002
        """The same for every session: there is one."""
        return _SessionLog()


class _SessionLog(Log):  # type: ignore[misc]  # the library has no types here
    def on_incoming(self, message: str) -> None:
        """Messages are no matter for the program's log: they carry accounts and orders."""

    def on_outgoing(self, message: str) -> None:
        """Likewise."""

    def on_event(self, text: str) -> None:
        """Tell what the session does."""
        _logger.info("fix session: %s", text)
