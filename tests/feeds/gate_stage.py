"""A gate on real sockets before a desk of the sample market, and clients that ask it."""

from __future__ import annotations

import time
import uuid
from dataclasses import replace

import msgspec
import numpy as np
import zmq

from engine.book import Account, PositionBook
from engine.decision import Order, Request
from engine.desk_limits import DeskLimits, StateLimits
from engine.instruments import Contract, Universe
from engine.limit_file import read_limits
from engine.market import MarketBook
from engine.numbers import RATIO
from engine.pre_trade import DeskCheck
from engine.reference import Reference
from engine.snapshot import Lines
from engine.span.conventions import named_convention
from engine.span.parameters import ParameterSet
from engine.state import Calculation, DeskState, MarginStore, value_desk
from engine.what_if import decide
from feeds.clock import SECOND, Clock
from feeds.gate import GateServer
from feeds.gate_history import Earlier
from feeds.gate_messages import (
    ANSWERS,
    GateAnswer,
    GateCancel,
    GateCheck,
    GateFilled,
    GateMessage,
    GateOrder,
    GateQuery,
    GateReply,
    GateReservation,
)
from feeds.gate_records import GateRecord
from feeds.gate_safety import GateLimits
from feeds.messages import VERSION
from feeds.sample_books import SampleMarket, make_accounts
from feeds.sockets import Socket
from terminal.gate_record import GateJournal
from tests.feeds.driving import PATIENCE

Context = zmq.Context[zmq.Socket[bytes]]
LINES = Lines(8 * RATIO // 10, RATIO, 12 * RATIO // 10)
LIFE = 60 * SECOND

GOOD = ["gate-check", 1, "algo", b"r" * 16, "A", [["SIM:CL:FUT:202701", 1, False]], False, SECOND]
"""A check as it stands in a frame."""


class SampleDesk:
    """Accounts of the sample market, every quote fresh; ``account`` is one with headroom, ``contract`` it can buy.

    Attributes:
        checks: What the gate is to decide on; None as long as the desk has no figures.
        fails: What the next checks raise.
    """

    def __init__(self, parameters: ParameterSet, market: SampleMarket, clock: Clock) -> None:
        self._clock = clock
        self.universe = Universe(parameters)
        self.book, self._market = PositionBook(self.universe), MarketBook(self.universe)
        self._calculation = Calculation.of(parameters, named_convention("CME"))
        self._store = MarginStore(self._calculation)
        accounts = make_accounts(market, np.random.default_rng(1), 20, 5, 10)
        for account in accounts:
            row = self.book.set_account(Account(account.name, account.group, account.currency, account.terms))
            for currency, (balance, profit) in account.money.items():
                self.book.set_money(row, currency, balance, profit)
            for column, held in account.holdings.items():
                self.book.set_position(row, column, held.long, held.short, held.long_price, held.short_price)
        for column, price in enumerate(parameters.contracts.price.tolist()):
            self._market.apply(column, price, 1, 1)
        self.fails: list[Exception] = []
        self.takes = 0
        self._limited: DeskLimits | None = None
        self.state = self._value()
        self.checks: DeskCheck | None = Failing(self)
        self.account, self.contract = self._with_headroom(parameters)

    def hold(self, quantity: int) -> None:
        """Let the account hold so much of the contract, as the positions feed would."""
        row, column = self.book.account(self.account), self.universe.column(Contract.parse(self.contract))
        price = int(self._calculation.parameters.contracts.price[column])
        self.book.set_position(row, column, max(0, quantity), max(0, -quantity), price, price)
        self.renew()

    def work(self, name: str, quantity: int) -> None:
        """Let the account have a working order of the contract, as the positions feed would say."""
        self.book.set_working(self.book.account(self.account), name, Order(Contract.parse(self.contract), quantity))
        self.renew()

    def renew(self, authoritative: bool = True) -> None:
        """Value the desk as of now."""
        self.state = self._value(authoritative)
        self.checks = Failing(self)

    def limit(self, content: str) -> str:
        """Put limits in force; their version."""
        limits = read_limits(content, "limits.toml")
        self._limited = DeskLimits(limits, Reference(), self.universe, self._calculation.parameters)
        self.checks = Failing(self)
        return limits.version

    @property
    def limits(self) -> StateLimits | None:
        """Those in force, on the newest state."""
        return self._limited.on(self.state, 0) if self._limited is not None else None

    @property
    def relatives(self) -> list[str]:
        """The accounts of the group, the account itself first."""
        accounts = self.state.book.accounts
        group = accounts[self.state.book.row(self.account)].group
        return [self.account, *(each.name for each in accounts if each.group == group and each.name != self.account)]

    def fits(self, quantity: int) -> bool:
        """Whether the account could hold so many contracts more."""
        request = Request(0, self.account, (Order(Contract.parse(self.contract), quantity),), with_curve=False)
        return decide(self.state, self.universe, request).effects[0].after.available >= 0

    def most(self) -> int:
        """The largest quantity that fits."""
        low, high = 0, 1_000_000
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if self.fits(middle) else (low, middle)
        return low

    def _value(self, authoritative: bool = True) -> DeskState:
        book, prices = self.book.snapshot(), self._market.snapshot()
        self._store.update(book, self.book.take_touched())
        fresh = np.ones(len(self.universe), dtype=np.bool_)
        now = self._clock.monotonic_ns()
        return value_desk(
            7, self._calculation, book, self._store, prices.price, fresh, prices.received, now, LINES, authoritative
        )

    def _with_headroom(self, parameters: ParameterSet) -> tuple[str, str]:
        """The account with the most headroom, and a future that nobody of its group holds."""
        accounts = self.state.accounts
        row = int(np.argmax(np.where(self.state.figures.flags == 0, accounts.available, 0)))
        book = self.state.book
        family = [each for each, one in enumerate(book.accounts) if one.group == book.accounts[row].group]
        held = {column for each in family for column in book.positions.of(each).columns.tolist()}
        futures = np.flatnonzero((parameters.contracts.right == 0) & (parameters.contracts.price > 0))
        column = next(each for each in futures.tolist() if each not in held)
        return accounts.names[row], str(self.universe.contract(column))


class Failing(DeskCheck):
    """The real check, or what its desk says it shall die of."""

    def __init__(self, desk: SampleDesk) -> None:
        super().__init__(desk.state, desk.universe, desk.limits)
        self._desk = desk

    def check(self, request, working, everywhere=None, *, briefly=False):  # type: ignore[no-untyped-def]
        if self._desk.fails:
            raise self._desk.fails.pop()
        self._desk._clock.advance(self._desk.takes) if self._desk.takes else None  # type: ignore[attr-defined]
        return super().check(request, working, everywhere, briefly=briefly)


class Stage:
    """A gate, served by whoever waits for an answer."""

    def __init__(
        self,
        context: Context,
        desk: SampleDesk,
        clock: Clock,
        limits: GateLimits,
        journal: GateJournal | None = None,
        earlier: Earlier | None = None,
    ) -> None:
        self.desk = desk
        self._journal = journal
        self.records: list[GateRecord] = []
        self.refuses_record: list[OSError] = []
        self.refuses_commit: list[OSError] = []
        self._context = context
        self._sockets: list[Socket] = []
        self.gate = GateServer(
            context, "tcp://127.0.0.1:*", lambda: desk.checks, clock, self._record, limits, self._commit, earlier
        )
        self.socket = self.connect()

    def connect(self) -> Socket:
        """One more client's socket."""
        socket = self._context.socket(zmq.DEALER)
        socket.connect(self.gate.endpoint)
        self._sockets.append(socket)
        return socket

    def send(self, *frames: bytes) -> GateAnswer:
        """Send frames as they are; the answer."""
        self.socket.send_multipart(frames)
        return self.answer()

    def answer(self) -> GateAnswer:
        """The next answer to the first client."""
        deadline = time.monotonic() + PATIENCE
        while not self.socket.poll(1):
            self.gate.service()
            assert time.monotonic() < deadline, "no answer"
        return ANSWERS.decode(self.socket.recv())

    def ask(self, message: GateMessage) -> GateAnswer:
        """Send a message; the answer."""
        return self.send(msgspec.msgpack.encode(message))

    def check(self, quantity: int, **other: object) -> GateReply:
        """Ask for an order of the desk's account."""
        reply = self.ask(self.asking(quantity, **other))
        assert isinstance(reply, GateReply)
        return reply

    def asking(self, quantity: int, **other: object) -> GateCheck:
        """The question for an order of the desk's account."""
        orders = (GateOrder(self.desk.contract, quantity),)
        check = GateCheck(VERSION, "algo", uuid.uuid4().bytes, self.desk.account, orders, False, LIFE)
        return msgspec.structs.replace(check, **other)

    def tell(self, kind: type[GateCancel | GateQuery], reservation: bytes, client: str = "algo") -> GateReservation:
        """Cancel or ask after a reservation."""
        answer = self.ask(kind(VERSION, client, uuid.uuid4().bytes, reservation))
        assert isinstance(answer, GateReservation)
        return answer

    def filled(self, reservation: bytes, *filled: int, client: str = "algo") -> GateReservation:
        """Report what was filled."""
        answer = self.ask(GateFilled(VERSION, client, uuid.uuid4().bytes, reservation, filled))
        assert isinstance(answer, GateReservation)
        return answer

    def close(self) -> None:
        for socket in self._sockets:
            socket.close(linger=0)
        self.gate.close()

    def _record(self, record: GateRecord) -> None:
        if self.refuses_record:
            raise self.refuses_record[0]
        self.records.append(record)
        if self._journal is not None:
            self._journal.add(record)

    def _commit(self) -> None:
        if self.refuses_commit:
            raise self.refuses_commit[0]
        if self._journal is not None:
            self._journal.commit()


GENEROUS = replace(GateLimits(), oldest=3600 * SECOND, slowest=3600 * SECOND)
"""For tests on the machine's own clock, which are not about time."""
