"""Authority, executor gate, order line and a terminal on real sockets and real stores, served by whoever waits."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import zmq

from engine.authorisation.approval import Act, SignedApproval
from engine.authorisation.execution import Circumstances, Grounds, HardLimits, Standing
from engine.authorisation.instruction import Effect, Instruction, Side
from engine.authorisation.moments import SECOND, Moment
from engine.authorisation.people import People
from engine.authorisation.picture import AuthorityAnswer, ProposalView
from engine.authorisation.proposal import State
from engine.snapshot import FeedState
from engine.text import Text
from feeds.authority import Authority
from feeds.authority_client import AuthorityClient
from feeds.authority_server import AuthorityServer
from feeds.authority_store import AuthorityStore
from feeds.boot import Machine
from feeds.clock import Clock
from feeds.executor import Executor
from feeds.executor_link import ExecutorLink
from feeds.executor_store import ExecutorStore
from feeds.gateway import OrderGateway
from feeds.order_messages import OrderNew, OrderTogether
from feeds.order_server import OrderServer
from feeds.sample_gateway import SampleGateway
from feeds.sample_orders import Rules, SampleGroup, SampleOrder
from feeds.working_orders import WorkingOrders
from terminal.catalogue import translator
from tests.engine.authorisation.cast import EXPECTED, INPUTS, PRICE, instruction, signed, staff_changes, words

PATIENCE = 20.0
"""Seconds that everybody is served for until what is waited for counts as hanging."""
LONGEST_TURN = 1.0
"""Seconds that one turn counts for: a machine that stands still in between uses up nobody's patience."""

GROUNDS = Grounds(b"s" * 16, 7, b"p" * 8, "a" * 64)
"""What the gate's look at its desk rests on."""

Context = zmq.Context[zmq.Socket[bytes]]


@dataclass
class Exchange:
    """Takes orders once each, remembers every order that arrived, fills when it is told to."""

    arrived: list[OrderNew] = field(default_factory=list)
    together: list[OrderTogether] = field(default_factory=list)
    fills_at_once: bool = True
    orders: dict[str, SampleOrder] = field(default_factory=dict)
    groups: dict[str, SampleGroup] = field(default_factory=dict)
    rules: Rules = field(default_factory=Rules)

    def take(self, order: OrderNew) -> tuple[SampleOrder, bool]:
        self.arrived.append(order)
        known = self.orders.setdefault(order.identity, SampleOrder(order))
        if self.fills_at_once:
            self.fill(order.identity, order.quantity)
        return known, True

    def fill(self, identity: str, filled: int) -> None:
        order = self.orders[identity]
        order.filled, order.paid = filled, filled * order.order.limit if order.order.limit else 0
        order.state = "filled" if filled == order.order.quantity else "working"

    def take_together(self, order: OrderTogether) -> SampleGroup:
        self.together.append(order)
        known = self.groups.setdefault(order.identity, SampleGroup.of(order, 1))
        if self.fills_at_once:
            self.fill_together(order.identity)
        return known

    def fill_together(self, identity: str) -> None:
        for leg in self.groups[identity].legs:
            leg.filled, leg.paid = leg.order.quantity, leg.order.quantity * (leg.order.limit or 0)
            leg.state = "filled"

    def find(self, identity: str) -> SampleOrder | SampleGroup | None:
        return self.orders.get(identity) or self.groups.get(identity)

    def cancel(self, identity: str) -> SampleOrder | SampleGroup | None:
        for leg in self.groups[identity].legs if identity in self.groups else ():
            leg.state, leg.reason = "cancelled", "withdrawn"
        order = self.orders.get(identity)
        if order is None:
            return self.groups.get(identity)
        if order.state == "working":
            order.state, order.reason = "cancelled", "withdrawn"
        return order

    def step(self) -> Sequence[SampleOrder | SampleGroup]:
        return []


@dataclass
class Seen:
    """What the gate sees: as the test says; by default everything holds."""

    long: int = 100
    short: int = 0
    price: int | None = 72 * PRICE
    ratio: int = 1_300_000
    obstacle: Text | None = None

    def circumstances(self, made: Instruction, working: WorkingOrders) -> Circumstances:
        opened = {order.contract for order in made.orders if order.effect is Effect.LOCK}
        names = {order.contract for order in made.orders} | {order.covers for order in made.orders} - {""}
        standings = {
            name: Standing(
                0 if name in opened else self.long,
                0 if name in opened else self.short,
                working.of(made.account, name, Side.SELL),
                working.of(made.account, name, Side.BUY),
                self.price,
                delta=1,
            )
            for name in names
        }
        return Circumstances(self.obstacle, self.ratio, standings, grounds=GROUNDS)


class Stage:
    """Everything in one thread; ``until`` serves all of it.

    Args:
        context: Of all sockets.
        folder: For the stores.
        clock: Time.
        with_people: Whether the cast is known already.
        patience: Seconds of service.
    """

    def __init__(
        self,
        context: Context,
        folder: Path,
        clock: Clock,
        *,
        with_people: bool = True,
        patience: float = PATIENCE,
    ) -> None:
        self._context, self._folder, self.clock, self._patience = context, folder, clock, patience
        folder.mkdir(parents=True, exist_ok=True)
        # Not by ports: whatever else runs on the machine takes one while an authority is away, or asks for it.
        terminals, gate, orders = (f"ipc://{folder}/{name}.socket" for name in ("terminals", "gate", "orders"))
        self.exchange, self.seen = Exchange(), Seen()
        self.limits = HardLimits()
        self.founding: bytes | None = None
        self.orders = OrderServer(context, orders, self.exchange, bytes(16), clock)  # type: ignore[arg-type]
        self._places = terminals, gate
        self.server: AuthorityServer | None = None
        self.open_authority()
        self.executor: Executor | None = None
        self.client = AuthorityClient(context, self.endpoints[0], clock)
        self.answers: dict[bytes, AuthorityAnswer] = {}
        if with_people:
            self.add_people()

    def open_authority(self) -> None:
        """In this process, on the store and at the endpoints of the one before."""
        self.store = AuthorityStore(self._folder / "authority", self.clock)
        self.authority = Authority(self.store, translator)
        self.server = AuthorityServer(self._context, *self._places, self.authority, self.clock)
        self._places = (self.server.endpoint, self.server.executor_endpoint)

    def close_authority(self) -> None:
        if self.server is not None:
            self.server.close()
            self.store.close()
            self.server = None

    @property
    def endpoints(self) -> tuple[str, str]:
        """Of the authority: for terminals and for the executor gate; the same after it was opened again."""
        return self._places

    def open_executor(self, gateway: OrderGateway | None = None) -> Executor:
        store = ExecutorStore(self._folder / "executor", self.clock)
        link = ExecutorLink(self._context, self.endpoints[1], self.clock)
        gateway = gateway or SampleGateway(self._context, self.orders.endpoint, self.clock)
        self.executor = Executor(store, link, gateway, self.seen, translator, self.clock, self.limits, self.founding)
        return self.executor

    def close_executor(self) -> None:
        if self.executor is not None:
            self.executor.close()
            self.executor = None

    def close(self) -> None:
        self.client.close()
        self.close_executor()
        self.close_authority()
        self.orders.close()

    def add_people(self) -> None:
        for change in staff_changes():
            with self.store.change() as transaction:
                self.store.add_change(transaction, change)
            self.store.changes.append(change)
            self.store.people = self.store.people.applied(change, self.authority.jury.verify)
        self.authority.staff_touched = True

    @property
    def people(self) -> People:
        return self.store.people

    def turn(self) -> None:
        """Everybody once."""
        parties = [each for each in (self.server, self.orders, self.executor, self.client) if each is not None]
        poller = zmq.Poller()
        for party in parties:
            for socket in party.poll_sockets():
                poller.register(socket, zmq.POLLIN)
        poller.poll(5)
        for party in parties:
            party.service()
        self.answers |= {answer.request: answer for answer in self.client.take_answers()}

    def until(self, condition: Callable[[], object], what: str = "the condition") -> None:
        left, now = self._patience, time.monotonic()
        while not condition():
            assert left > 0, f"waited in vain for {what}"
            self.turn()
            before, now = now, time.monotonic()
            left -= min(LONGEST_TURN, now - before)

    def ready(self) -> None:
        """Wait until the terminal is LIVE and, where there is one, the executor is known."""
        self.until(lambda: self.client.picture().state is FeedState.LIVE, "a live picture")
        if self.executor is not None:
            self.until(lambda: self.client.picture().executor, "the executor")

    def now(self) -> Moment:
        return Moment(self.clock.wall_ns(), self.clock.monotonic_ns(), Machine().boot.hex())

    def instruction(self, number: int = 1, **changes: object) -> Instruction:
        now = self.clock.wall_ns()
        times = {"not_before": now - SECOND, "expiry": now + 600 * SECOND}
        return instruction(number, **{**times, **changes})

    def words(self, made: Instruction, act: Act, person: str, **changes: object) -> SignedApproval:
        return signed(words(made, act, person, self.now(), **changes))

    def answer(self, request: bytes) -> AuthorityAnswer:
        self.until(lambda: request in self.answers, "an answer")
        return self.answers[request]

    def propose(self, made: Instruction) -> AuthorityAnswer:
        expected = EXPECTED if len(made.orders) == 1 else replace(EXPECTED, prices=EXPECTED.prices * len(made.orders))
        path = replace(made.path, outputs=expected.digest)
        assert path == made.path, "build it with the digest of what is expected"
        return self.answer(self.client.propose(made, self.words(made, Act.PROPOSE, made.maker), expected, INPUTS))

    def sign(self, made: Instruction, act: Act, person: str, **changes: object) -> AuthorityAnswer:
        return self.answer(self.client.sign(self.words(made, act, person, **changes)))

    def sign_twice(self, made: Instruction) -> None:
        assert self.propose(made).accepted
        assert self.sign(made, Act.APPROVE, "officer").accepted
        assert self.sign(made, Act.APPROVE, "director").accepted

    def view(self, made: Instruction) -> ProposalView | None:
        views = self.client.picture().proposals
        return next((view for view in views if view.proposal.instruction.identity == made.identity), None)

    def state(self, made: Instruction) -> State | None:
        view = self.view(made)
        return view.proposal.state if view else None

    def has_ended(self, made: Instruction) -> bool:
        """Whether the terminal sees that nothing more happens to it."""
        state = self.state(made)
        return state is not None and state.is_final

    @property
    def is_at_rest(self) -> bool:
        """Whether the gate has nothing in hand, and nothing that it may still take in hand."""
        return self.executor is None or not (self.executor._pending or self.executor._store.open)

    def judge(self, made: Instruction) -> None:
        """What the authority says in the end is what the exchange did, and that was at most one order."""
        view, arrived = self.view(made), len(self.exchange.arrived)
        assert view is not None
        assert arrived <= 1
        traded = sum(order.filled for order in self.exchange.orders.values())
        assert view.proposal.filled == (traded,)
        assert view.proposal.state is (State.DONE if arrived else State.PARTIAL)

    def until_state(self, made: Instruction, *states: State) -> None:
        self.until(lambda: self.state(made) in states, " or ".join(states))
