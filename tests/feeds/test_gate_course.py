"""Whatever was decided, reported and interrupted: what the record gives is what the gate knew, at any cut."""

from __future__ import annotations

import copy
import tempfile
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.reservations import Reservations
from engine.span.parameters import ParameterSet
from feeds.clock import SECOND
from feeds.gate_messages import GateCancel
from feeds.sample_books import SampleMarket
from terminal.gate_files import take_up
from tests.feeds.gate_stage import GENEROUS, Context, SampleDesk
from tests.feeds.test_gate_taken_up import LARGE, SETTLING, Gates, Machine

EVENTS = st.one_of(
    st.tuples(st.just("check"), st.sampled_from((-3, 1, 2, 5)), st.integers(1, 20)),
    st.tuples(st.just("fill"), st.integers(1, 4), st.integers(0, 6)),
    st.tuples(st.just("cancel"), st.integers(1, 4), st.integers(0, 3)),
    st.tuples(st.just("wait"), st.integers(0, 8), st.integers(0, SECOND - 1)),
    st.tuples(st.just("start"), st.just(0), st.just(0)),
    st.tuples(st.just("reboot"), st.integers(0, 12), st.just(0)),
)

Standing = dict[bytes, tuple[object, ...]]


def standing(known: Reservations) -> Standing:
    """What becomes of everything that counts, but for when."""
    return {
        each.reserve.identity: (each.state, each.filled, each.remaining, each.reserve.client, each.reserve.orders)
        for each in known.counting()
    }


def working(known: Reservations, account: str) -> Counter[object]:
    """Contracts that may still be filled, by contract and side."""
    found: Counter[object] = Counter()
    for strategy in known.working(account):
        for order in strategy:
            found[order.contract, order.quantity > 0] += abs(order.quantity)
    return found


class Play:
    """A gate that is told events, and what its record gives compared with what it knows after each."""

    def __init__(self, gates: Gates) -> None:
        self.gates, self.machine = gates, gates.machine
        self.stage = gates.start()
        self.passed: list[bytes] = []

    def tell(self, kind: str, first: int, second: int) -> None:
        stage = self.stage
        if kind == "check":
            reply = stage.check(first, time_to_live=second * SECOND)
            assert reply.verdict == "passes"
            self.passed.append(reply.reservation)
        elif kind == "wait":
            self.machine.advance(first * SECOND + second)
        elif kind in ("start", "reboot"):
            self.start(self.machine.reboot if kind == "reboot" else self.machine.advance, first * SECOND)
        elif len(self.passed) >= first and kind == "fill":
            stage.filled(self.passed[-first], second)
        elif len(self.passed) >= first:
            stage.tell(GateCancel, self.passed[-first], client="algo" if second else "other")
        self.compare()

    def start(self, pass_time: object, nanoseconds: int) -> None:
        """Kill the gate; the next one knows what it would have known."""
        known = self.stage.gate.reservations
        now = self.machine.monotonic + nanoseconds
        assert callable(pass_time)
        pass_time(nanoseconds)
        self.stage = self.gates.start()
        self.alike(known, now, self.stage.gate.reservations, self.machine.monotonic)

    def compare(self) -> None:
        found = take_up(self.gates.folder, self.machine, GENEROUS, self.machine.boot)
        assert (found.torn, found.earlier.closed_until) == (b"", 0)
        self.alike(
            self.stage.gate.reservations, self.machine.monotonic, found.earlier.reservations, self.machine.monotonic
        )

    def alike(self, known: Reservations, then: int, found: Reservations, now: int) -> None:
        """At once nothing counts less, and once fills have settled all is the same."""
        known, found = copy.deepcopy(known), copy.deepcopy(found)
        account = self.gates.desk.account
        for later in (0, SETTLING):
            known.advance(then + later)
            found.advance(now + later)
            assert working(found, account) >= working(known, account)
        assert standing(found) == standing(known)
        assert working(found, account) == working(known, account)
        if self.gates.most_bytes == LARGE:
            # What is over is known as far back as there are files.
            assert all(found.find(each) for each in self.passed)


@pytest.fixture(scope="module")
def machine() -> Machine:
    return Machine()


@pytest.fixture(scope="module")
def desk(sample_parameters: ParameterSet, sample_market: SampleMarket, machine: Machine) -> SampleDesk:
    return SampleDesk(sample_parameters, sample_market, machine)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.lists(EVENTS, min_size=15, max_size=40), st.sampled_from((3_000, 12_000, LARGE)))
def test_the_record_gives_what_the_gate_knew_at_any_cut(
    zmq_context: Context, desk: SampleDesk, machine: Machine, events: list[tuple[str, int, int]], most_bytes: int
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        gates = Gates(zmq_context, desk, machine, Path(folder))
        gates.most_bytes, gates.most_files = most_bytes, 1
        try:
            play = Play(gates)
            for event in events:
                play.tell(*event)
        finally:
            gates.kill()
