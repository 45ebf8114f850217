"""A close on an exchange that tells today's positions apart, one month at its price limit: planned, signed, filled.

Every process is real. What hedges the locked month is closed, earlier and today's contracts apart, and the lock opened,
by one order of three legs.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import zmq

from engine.authorisation.approval import Act
from engine.authorisation.instruction import Effect, Instruction, PriceType, Side
from engine.authorisation.moments import SECOND
from engine.authorisation.proposal import State
from engine.instruments import Contract
from engine.liquidation.closing import Closing
from engine.liquidation.plan import Aim, Execution
from engine.liquidation.proposal import Wish
from engine.liquidation.search import plans
from engine.liquidation.trading_cost import TradingCost, known_of
from engine.numbers import PRICE, RATIO
from engine.reference import ProductReference, Reference
from engine.routing import RoutedOrder
from engine.snapshot import FeedState, Lines
from engine.state import DeskState
from feeds.authority_client import AuthorityClient
from feeds.clock import SystemClock
from feeds.gateway import LineState
from feeds.sample_gateway import SampleGateway
from terminal.parameter_version import ParameterVersion
from terminal.pipeline import Endpoints, Pipeline
from terminal.planning import Basis
from terminal.proposing import Drafted, drafted
from terminal.valuing import Arrays
from tests.end_to_end.forced_close import SAMPLE, Processes
from tests.end_to_end.test_forced_close import signed, until
from tests.feeds.conftest import Context

NEAR, HEDGE, OTHER = (f"SHFE:CL:FUT:{month}" for month in ("202701", "202703", "202706"))
CENT = PRICE // 100
REFERENCE = Reference({"CL": ProductReference(price_limit=RATIO // 10)})
BOOK = {
    "accounts": [
        {"name": "Acme", "group": "Acme", "positions": {NEAR: [20, 0], HEDGE: [0, 12]}},
        {"name": "Other", "group": "Other", "positions": {OTHER: [3, 0]}},
    ]
}


@dataclass
class Desk:
    """What a maker's station has: positions, prices, the authority, and (for once) an order line of its own."""

    pipeline: Pipeline
    client: AuthorityClient
    gateway: SampleGateway
    listener: zmq.Socket[bytes]

    def serve(self) -> None:
        self.pipeline.receive(self.listener, 5)
        self.client.service()
        self.gateway.service()

    @property
    def state(self) -> DeskState:
        return self.pipeline.valued()[0]

    def held(self, contract: str) -> tuple[tuple[int, int], tuple[int, int] | None]:
        """Contracts of both sides that Acme holds, and those of today."""
        state, universe = self.pipeline.valued()
        row, column = state.book.row("Acme"), universe.find(Contract.parse(contract))
        return state.book.positions.sides_of(row, column), state.book.today_of(row, column)

    def draft(self) -> Drafted:
        """The plan that closes what can be closed, as it is proposed."""
        view, started = self.pipeline.view(None, None, Arrays.EXCHANGE), time.time_ns()
        trading = TradingCost.of(view.state, view.depth, **known_of(view.version.parameters, REFERENCE))
        closing = Closing(view.state, view.universe, "Acme", trading, Execution(RATIO // 100))
        (plan,) = [each for each in plans(closing) if each.aim is Aim.FASTEST]
        now = time.time_ns()
        wish = Wish(bytes(16), "maker", 0, "locked", now - SECOND, now + 600 * SECOND, even_if_cured=True)
        return drafted(plan, Basis(view, trading, started, now), wish, b"settings", now)


@pytest.fixture
def processes(tmp_path: Path) -> Iterator[Processes]:
    processes = Processes(tmp_path)
    yield processes
    processes.close()


@pytest.fixture
def market(tmp_path: Path) -> Path:
    """The sample market on an exchange that asks."""
    file = tmp_path / "market.spn"
    file.write_text(SAMPLE.read_text(encoding="utf-8").replace("<exch>SIM</exch>", "<exch>SHFE</exch>"))
    return file


def exchange_of(processes: Processes, market: Path, *options: str) -> dict[str, str]:
    """The month to be sold first stands ten per cent below its settlement price, where nobody bids."""
    book = processes.folder / "book.json"
    book.write_text(json.dumps(BOOK))
    version = ParameterVersion.load(market, None)
    settlement = int(version.parameters.contracts.price[version.parameters.find(Contract.parse(NEAR))])
    lowest = -(-settlement * 9 // (10 * CENT)) * CENT
    shown = f"{lowest // PRICE}.{lowest % PRICE // CENT:02d}"
    told = ("--parameters", str(market), "--book", str(book), "--still", "--limit-down", f"{NEAR}={shown}")
    return processes.exchange(*told, *options)


@pytest.fixture
def desk(processes: Processes, market: Path, zmq_context: Context, request: pytest.FixtureRequest) -> Iterator[Desk]:
    exchange = exchange_of(processes, market, *getattr(request, "param", ()))
    authority = processes.authority()
    founding = processes.found_people(authority["authority"])
    processes.executor(exchange, authority, founding, market)
    clock, ends = SystemClock(), Endpoints(exchange["positions"], exchange["snapshots"], exchange["quotes"])
    version, lines = ParameterVersion.load(market, None), Lines(RATIO, 2 * RATIO, 3 * RATIO)
    listener = zmq_context.socket(zmq.PULL)
    listener.bind("inproc://listener")
    desk = Desk(
        Pipeline(zmq_context, ends, lines, 15 * SECOND, clock, version),
        AuthorityClient(zmq_context, authority["authority"], clock, bytes.fromhex(founding)),
        SampleGateway(zmq_context, exchange["orders"], clock),
        listener,
    )
    until(lambda: desk.pipeline.states == {FeedState.LIVE}, "the feeds", desk.serve)
    until(lambda: desk.client.picture().executor and desk.client.state is FeedState.LIVE, "the gate", desk.serve)
    until(lambda: desk.gateway.state is LineState.LIVE, "the order line", desk.serve)
    yield desk
    desk.pipeline.close()
    desk.client.close()
    desk.gateway.close()
    listener.close(linger=0)


def propose_and_sign(desk: Desk, folder: Path) -> Instruction:
    """Five more of the hedge are opened today; then the plan is proposed and signed twice."""
    more = (HEDGE, Side.SELL, Effect.LOCK, 5, PriceType.MARKET, 0)
    desk.gateway.send(RoutedOrder("more", "Acme", *more))
    until(lambda: desk.held(HEDGE) == ((0, 17), (0, 5)), "what was opened today", desk.serve)
    until(lambda: bool((desk.state.price >= 0).sum() >= 3), "prices", desk.serve)
    draft = desk.draft()
    made = draft.instruction
    desk.client.propose(made, signed(folder, made, Act.PROPOSE, "maker"), draft.expected, draft.inputs)
    for person in ("officer", "director"):
        desk.client.sign(signed(folder, made, Act.APPROVE, person))
    return made


def ending(desk: Desk, *states: State) -> str:
    """Wait for the end of the proposal; why it ended so."""
    until(lambda: [view.proposal.state for view in desk.client.picture().proposals][:1] in [[each] for each in states],
          " or ".join(states), desk.serve)  # fmt: skip
    return str(desk.client.picture().proposals[0].proposal.reason)


def test_todays_and_earlier_hedges_and_the_lock_are_filled_as_one_order(desk: Desk, processes: Processes) -> None:
    made = propose_and_sign(desk, processes.folder)
    assert [(order.contract, order.side, order.effect, order.quantity, order.group) for order in made.orders] == [
        (HEDGE, Side.BUY, Effect.CLOSE_YESTERDAY, 12, 1),
        (HEDGE, Side.BUY, Effect.CLOSE_TODAY, 5, 1),
        (OTHER, Side.SELL, Effect.LOCK, 20, 1),
    ]
    assert (made.orders[2].covers, made.orders[2].covered) == (NEAR, 20)
    ending(desk, State.DONE)
    until(lambda: desk.held(OTHER) == ((0, 20), (0, 20)), "the lock", desk.serve)
    assert (desk.held(HEDGE), desk.held(NEAR)) == (((0, 0), (0, 0)), ((20, 0), (0, 0)))
    stores = [part for name in ("authority", "executor") for part in ("--store", str(processes.folder / name))]
    review = json.loads(processes.run("audit", "report", made.identity.hex(), *stores))
    assert [(each["effect"], each["filled"], each["all_or_none_group"]) for each in review["orders"]] == [
        ("close yesterday", 12, 1),
        ("close today", 5, 1),
        ("lock", 20, 1),
    ]
    assert len({each["sent"] for each in review["orders"]}) == 1


@pytest.mark.parametrize("desk", [("--no-legs",)], indirect=True)
def test_an_exchange_that_takes_no_such_order_is_sent_nothing(desk: Desk, processes: Processes) -> None:
    propose_and_sign(desk, processes.folder)
    assert ending(desk, State.REVOKED).startswith("the exchange takes no orders of several legs")
    assert desk.held(HEDGE) == ((0, 17), (0, 5))
