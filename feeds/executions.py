"""Instructions in hand at the executor gate: written down, sent, followed to their end, reported. One thread.

An instruction is taken in hand once for ever. What an earlier start of the gate took in hand may have been sent: the
other side is asked, and nothing is sent again.
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Iterable
from typing import Final, Protocol

from engine.audit_events import Event, OrderReported
from engine.authorisation.execution import Circumstances, HardLimits, Verdict, judged
from engine.authorisation.instruction import Instruction
from engine.authorisation.proposal import State
from engine.routing import OrderReport, OrderState, Package, legs_of, reports_of
from engine.text import Text, UserFacingError, text
from feeds.authority_messages import Noted, OrderLine
from feeds.clock import MILLISECOND, SECOND, Clock
from feeds.execution_events import leaving_events
from feeds.execution_reports import ExecutionReports
from feeds.executor_link import ExecutorLink
from feeds.executor_store import Execution, ExecutorStore
from feeds.faults import FaultLog
from feeds.gateway import LineState, NotSentError, OrderGateway
from feeds.lanes import Against, Lane, Lanes, is_over
from feeds.working_orders import WorkingOrders

REPEAT: Final = 500 * MILLISECOND
"""How soon a report that is not noted is sent again, and an order that is not known is asked for again."""
SETTLING: Final = 2 * SECOND
"""How long an order may be on its way: before that nobody can say that it never arrived."""

_logger = logging.getLogger(__name__)


class ExecutorDesk(Protocol):
    """What the gate sees of positions, prices and risk, with its own eyes."""

    def circumstances(self, instruction: Instruction, working: WorkingOrders) -> Circumstances:
        """What holds now for an instruction."""
        ...


class Executions:
    """Everything in hand.

    Args:
        store: Remembers it.
        link: To the authority, for reports.
        gateway: The order line.
        desk: What the gate sees.
        clock: Time.
        limits: What no signature lifts.

    Attributes:
        lanes: Where each is.
        reports: What the authority is told.
        working: What may still change positions.
    """

    def __init__(
        self,
        store: ExecutorStore,
        link: ExecutorLink,
        gateway: OrderGateway,
        desk: ExecutorDesk,
        clock: Clock,
        limits: HardLimits,
    ) -> None:
        self._store = store
        self._gateway = gateway
        self._desk = desk
        self._clock = clock
        self._limits = limits
        self._line = LineState.CONNECTING
        self.faults = FaultLog(_logger, "executor", clock)
        self.lanes = Lanes(clock, self.faults)
        self.reports = ExecutionReports(link, self.lanes, clock)
        self.working = self.lanes.working
        for execution in list(store.open.values()):
            self._recover(execution)

    def is_known(self, identity: bytes) -> bool:
        """Whether an instruction was ever taken in hand."""
        return self._store.find(identity) is not None

    def follow(self, instruction: Instruction) -> None:
        """The authority says that this was given to the gate: tell what has become of it."""
        execution = self._store.find(instruction.identity)
        if execution is None:
            self._take_over(instruction)
            return
        if instruction.identity not in self._store.open:
            execution.noted = False
            self._store.open[instruction.identity] = execution
        self.reports.send(execution)

    def _take_over(self, instruction: Instruction) -> None:
        """It was given away and is not written down here: it has not left, unless by a gate with another store.

        The names of its orders follow from the instruction, so the other side can be asked.
        """
        reason = text("this executor gate did not send it; the exchange is asked whether another one did")
        execution = Execution(instruction, State.UNKNOWN, reason)
        if self._begin(execution, ()):
            self.lanes.of(execution).since = self._clock.monotonic_ns()

    def refuse(self, instruction: Instruction, reason: Text | None) -> None:
        """Something that was given to the gate is not sent after all: that is written down too."""
        self._begin(Execution(instruction, State.PARTIAL, reason), ())

    def send(self, instruction: Instruction, against: Against, seen: Circumstances) -> None:
        """Write down, durably; then send.

        Args:
            instruction: What is sent.
            against: Asked before each part that leaves later: why it must not, whatever the desk shows.
            seen: What held when it was judged.
        """
        execution, now, lane = Execution(instruction), self._clock.monotonic_ns(), Lane.of(instruction)
        pairs = [(package, instruction.orders[lane.place_of(package)[0]].after) for package in lane.packages.values()]
        due = [package for package, later in pairs if not later]
        if not self._begin(execution, leaving_events(instruction, due, seen) if due else ()):
            return
        lane = self.lanes.of(execution)
        lane.since, lane.against = now, against
        lane.put_off(pairs, now)
        for package in due:
            self._send(execution, package)
        execution.state = State.SENT
        self._changed(execution, execution.lines.values())

    def cancel_all(self, account: str, reason: Text) -> None:
        """Withdraw what works, in one account or (empty) in all; slices whose turn has not come are not sent."""
        for execution in list(self._store.open.values()):
            if execution.state.is_final or account not in ("", execution.instruction.account):
                continue
            lane = self.lanes.of(execution)
            execution.reason, execution.withdrawn = execution.reason or reason, True
            waiting, lane.waiting = lane.waiting, []
            news: list[OrderLine] = []
            for _, identity in waiting:
                news += self._settle(execution, lane.packages[identity], OrderState.CANCELLED, str(reason))
            self._changed(execution, news)
            self._withdraw(execution)

    def noted(self, message: Noted) -> None:
        """The authority has a report."""
        execution = self._store.open.get(message.identity)
        if execution is not None and execution.number == message.number and not execution.noted:
            execution.noted = True
            self._store.update(execution)
            self.lanes.let_go(self._store.open)

    def service(self) -> None:
        """Take in what the order line says and do what is due."""
        self._take_reports(self._gateway.service())
        self._watch_line()
        for execution in list(self._store.open.values()):
            self._look_after(execution)

    def _recover(self, execution: Execution) -> None:
        """An execution of an earlier start: whether it was sent is not known, so it is never sent again."""
        if not execution.state.is_final:
            execution.state = State.UNKNOWN
            execution.reason = text("the executor gate was started again; the exchange is asked")
            execution.number, execution.noted = execution.number + 1, False
            self._store.update(execution)
        lane = self.lanes.of(execution)
        lane.since = self._clock.monotonic_ns()

    def _withdraw(self, execution: Execution) -> None:
        """Tell the other side to withdraw what is left; again and again until nothing is, for a line may swallow it."""
        lane = self.lanes.of(execution)
        lane.withdrawn = self._clock.monotonic_ns()
        for package in lane.left(execution.lines):
            self._gateway.cancel(package)

    def _begin(self, execution: Execution, events: Iterable[Event]) -> bool:
        """Write an execution down, before anything leaves; False where that cannot be done."""
        instruction = execution.instruction
        execution.number = 1
        try:
            self._store.add(execution, *events)
        except sqlite3.IntegrityError:
            self.faults.alert("replay", f"{instruction.identity.hex()} was taken in hand before")
            return False
        except UserFacingError as failed:
            self.faults.note("store", str(failed), logging.ERROR)
            self.reports.decline(instruction, State.PARTIAL, text("it could not be written down, and was not sent"))
            return False
        self.reports.send(execution)
        return True

    def _send(self, execution: Execution, package: Package) -> None:
        lane = self.lanes.of(execution)
        lane.unanswered.add(package.identity)
        lane.asked = self._clock.monotonic_ns()
        try:
            self._gateway.send(package)
        except NotSentError as failed:
            lane.unanswered.discard(package.identity)
            self._settle(execution, package, OrderState.REJECTED, str(failed))

    def _settle(self, execution: Execution, package: Package, state: OrderState, reason: str) -> list[OrderLine]:
        """Say ourselves what became of something that has not left; what is kept of it."""
        report = OrderReport(package.identity, state, 0, 0, reason, self._clock.wall_ns())
        for each in reports_of(package, report):
            self.lanes.note(execution, each)
        return [execution.lines[leg.identity] for leg in legs_of(package) if leg.identity in execution.lines]

    def _take_reports(self, reports: Iterable[OrderReport]) -> None:
        for report in reports:
            identity = self.lanes.owner_of(report.identity)
            execution = self._store.open.get(identity) if identity is not None else None
            if execution is None and identity is not None and report.filled:
                # It was over, and is not: what was filled is told, however late.
                execution = self._store.find(identity)
            if execution is None:
                if report.filled or report.state is OrderState.WORKING:
                    self.faults.alert("order", f"{report.identity} is {report.state.value}, which nobody waits for")
                continue
            lane = self.lanes.of(execution)
            if report.state is OrderState.NOT_KNOWN and self._clock.monotonic_ns() - lane.since < SETTLING:
                # It may still be on its way: asked again later.
                continue
            lane.unanswered.discard(report.identity)
            told = reports_of(lane.packages[report.identity], report)
            news = [execution.lines[each.identity] for each in told if self.lanes.note(execution, each)]
            if news:
                self._changed(execution, news)

    def _changed(self, execution: Execution, news: Iterable[OrderLine]) -> None:
        """Conclude where every order is over; keep and report what there is."""
        lane = self.lanes.of(execution)
        lines = [execution.lines.get(identity) for identity in lane.orders]
        if not lane.waiting and all(map(is_over, lines)):
            filled = self.lanes.filled(execution)
            whole = filled == tuple(order.quantity for order in lane.orders.values())
            execution.state = State.DONE if whole else State.PARTIAL
            reasons = [line.reason for line in lines if line is not None and line.reason]
            execution.reason = (
                None if whole else Text("{reason}", {"reason": reasons[0]}) if reasons else execution.reason
            )
        execution.number, execution.noted = execution.number + 1, False
        self._store.open[execution.instruction.identity] = execution
        name = execution.instruction.identity.hex()
        told = (
            OrderReported(name, line.identity, line.state, line.filled, line.average, line.reason, line.time)
            for line in news
        )
        try:
            self._store.update(execution, *told)
        except UserFacingError as failed:
            self.faults.note("store", str(failed), logging.ERROR)
        self.reports.send(execution)

    def _look_after(self, execution: Execution) -> None:
        """Repeat reports that are not noted, send slices whose turn has come, ask for what is not known."""
        lane, now = self.lanes.of(execution), self._clock.monotonic_ns()
        if not execution.noted and now - lane.reported >= REPEAT:
            self.reports.send(execution)
        if execution.state.is_final:
            return
        while lane.waiting and lane.waiting[0][0] <= now:
            self._send_slice(execution, lane)
        if self._line is not LineState.LIVE:
            return
        patience = REPEAT if execution.state is State.UNKNOWN else SETTLING
        if (execution.state is State.UNKNOWN or lane.unanswered) and now - lane.asked >= patience:
            self._ask(execution)
        if execution.withdrawn and now - lane.withdrawn >= SETTLING:
            self._withdraw(execution)

    def _send_slice(self, execution: Execution, lane: Lane) -> None:
        """A later part of the instruction, which is judged by what holds now."""
        _, identity = lane.waiting.pop(0)
        package = lane.packages[identity]
        seen, reason = self._judged_slice(execution, package)
        if seen is not None:
            self._store.update(execution, *leaving_events(execution.instruction, [package], seen))
            lane.since = self._clock.monotonic_ns()
            self._send(execution, package)
        else:
            self._settle(execution, package, OrderState.REJECTED, str(reason))
        names = {leg.identity for leg in legs_of(package)}
        self._changed(execution, [line for line in execution.lines.values() if line.identity in names])

    def _judged_slice(self, execution: Execution, package: Package) -> tuple[Circumstances | None, Text | None]:
        """On what a slice may leave now; None, and why, where it must not: then it never does."""
        legs, lane = legs_of(package), self.lanes.of(execution)
        for leg in legs:
            self.working.drop(leg)
        try:
            alone = execution.instruction.only(lane.place_of(package))
            refused = lane.against(alone) if lane.against is not None else None
            if refused is not None:
                return None, refused
            seen = self._desk.circumstances(alone, self.working)
            judgement = judged(alone, seen, self._limits)
        finally:
            for leg in legs:
                self.working.put(leg, 0, False)
        return (seen, None) if judgement.verdict is Verdict.SEND else (None, judgement.reason)

    def _ask(self, execution: Execution) -> None:
        """Ask for what has left and is not over; what waits for its turn is known not to have left."""
        lane = self.lanes.of(execution)
        lane.asked, left = self._clock.monotonic_ns(), lane.left(execution.lines)
        lane.unanswered = {package.identity for package in left}
        for package in left:
            self._gateway.ask(package)

    def _watch_line(self) -> None:
        """After the order line was lost nobody knows what has become of orders meanwhile: ask."""
        before, self._line = self._line, self._gateway.state
        if self._line is LineState.LIVE and before is not LineState.LIVE:
            for execution in self._store.open.values():
                if not execution.state.is_final:
                    self.lanes.of(execution).since = self._clock.monotonic_ns()
                    self._ask(execution)
