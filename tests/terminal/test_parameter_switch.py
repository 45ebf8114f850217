"""Other parameters come into force while feeds run at rate: whole views of one version each, and nothing is lost."""

import json
import subprocess
import sys
import time
from contextlib import contextmanager

import pytest

from engine.decision import Order, Request, Verdict
from engine.instruments import Contract
from engine.numbers import NOT_COMPUTABLE
from engine.snapshot import Arrays, FeedState, Lines
from feeds.clock import SECOND, SystemClock
from terminal.desk import Desk
from terminal.desk_setup import DeskSetup
from terminal.pipeline import Endpoints
from tests.terminal.market_files import GONE, NEXT_VERSION, SAMPLE, VERSION, next_day, put, today

LINES = Lines(800_000, 1_000_000, 1_200_000)
EXCHANGE = ("--accounts", "40", "--positions", "30", "--quotes", "10000", "--fills", "200", "--seed", "5")
CONTRACT = Contract.parse(GONE)

pytestmark = pytest.mark.timeout(180)


@contextmanager
def exchange(*options):
    """A sample exchange in a process of its own, and where it publishes."""
    command = [sys.executable, "-m", "feeds.simulator", "--parameters", str(SAMPLE), *(options or EXCHANGE)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True) as running:
        try:
            said = json.loads(running.stdout.readline())
            yield Endpoints(said["positions"], said["snapshots"], said["quotes"])
        finally:
            running.terminate()
            running.wait(20)


@contextmanager
def desk_on(context, file, endpoints):
    desk = Desk(DeskSetup(file, None, endpoints, LINES, 15 * SECOND), SystemClock(), context)
    desk.start()
    try:
        until(lambda: states(desk) == {FeedState.LIVE}, "live feeds")
        yield desk
    finally:
        assert desk.stop(20)


def until(condition, what):
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline, f"waited in vain for {what}"
        time.sleep(0.001)


def states(desk):
    view = desk.view()
    return {feed.state for feed in view.snapshot.feeds} if view is not None else set()


def switch(desk, other, version):
    """Bring a file in, confirm it and wait until it is in force."""
    desk.versions.load(other)
    until(lambda: desk.versions.news().offer is not None, "the offer")
    desk.versions.accept(desk.versions.news().offer.number)
    until(lambda: desk.view().snapshot.parameters.version == version, version)


def one_version(view):
    """Whether every figure of a view was computed on one version."""
    version = view.snapshot.parameters.version
    return {
        version,
        *(part.parameters for part in (view.detail, view.decision, view.freeing) if part is not None),
    } == {version}


@pytest.fixture
def file(tmp_path):
    return put(tmp_path / "market.spn", today())


def test_switches_under_live_feeds_mix_no_versions_and_lose_no_position(zmq_context, file, tmp_path):
    other = put(tmp_path / "other.spn", next_day())
    with exchange() as endpoints, desk_on(zmq_context, file, endpoints) as desk:
        account = desk.view().snapshot.accounts.names[0]
        desk.select(account)
        desk.ask(Request(1, account, (Order(Contract.parse("SIM:ES:FUT:202612"), 1),)))
        until(lambda: desk.view().decision is not None and desk.view().freeing is not None, "an account in full")
        switch(desk, other, NEXT_VERSION)
        seen, feeds, last = set(), set(), None
        for _ in range(6):
            before = desk.view().snapshot.parameters.version
            desk.versions.switch_back(desk.versions.news().other.sha256)
            deadline = time.monotonic() + 1.0
            while time.monotonic() < deadline:
                view = desk.view()
                if view is not last:
                    last = view
                    assert one_version(view)
                    seen.add(view.snapshot.parameters.version)
                    feeds |= {feed.state for feed in view.snapshot.feeds}
                time.sleep(0.0005)
            assert desk.view().snapshot.parameters.version != before
        assert seen == {VERSION, NEXT_VERSION}
        # Neither a gap nor a doubt about the book's digest has followed.
        assert feeds == {FeedState.LIVE}


def test_figures_after_a_switch_are_those_of_a_desk_started_on_the_new_file(zmq_context, file, tmp_path):
    other = put(tmp_path / "other.spn", next_day())
    quiet = ("--accounts", "30", "--positions", "40", "--quotes", "2000", "--fills", "0", "--seed", "9")
    with exchange(*quiet) as endpoints:
        with desk_on(zmq_context, file, endpoints) as desk:
            first = desk.view().snapshot.accounts
            switch(desk, other, NEXT_VERSION)
            switched = desk.view().snapshot.accounts
            desk.versions.switch_back(desk.versions.news().other.sha256)
            until(lambda: desk.view().snapshot.parameters.version == VERSION, "the first version")
            back = desk.view().snapshot.accounts
        with desk_on(zmq_context, other, endpoints) as desk:
            fresh = desk.view().snapshot.accounts
    assert dict(zip(switched.names, switched.margin.tolist(), strict=True)) == dict(
        zip(fresh.names, fresh.margin.tolist(), strict=True)
    )
    assert switched.margin.tolist() != first.margin.tolist()
    assert back.margin.tolist() == first.margin.tolist()


def test_a_position_whose_contract_is_gone_stays_in_sight(zmq_context, file, tmp_path):
    other = put(tmp_path / "other.spn", next_day())
    holding = ("--accounts", "10", "--positions", "300", "--quotes", "2000", "--fills", "0", "--seed", "5")
    with exchange(*holding) as endpoints, desk_on(zmq_context, file, endpoints) as desk:
        names = iter(desk.view().snapshot.accounts.names)

        def holds():
            name = next(names)
            desk.select(name)
            until(lambda: desk.view().detail is not None and desk.view().detail.account == name, name)
            return any(line.contract == CONTRACT for line in desk.view().detail.positions)

        while not holds():
            pass
        before = {line.contract: line.net for line in desk.view().detail.positions}
        switch(desk, other, NEXT_VERSION)
        detail = desk.view().detail
        assert {line.contract: line.net for line in detail.positions} == before
        line = next(line for line in detail.positions if line.contract == CONTRACT)
        assert str(line.reason) == "no parameters for this contract"
        assert line.margin == NOT_COMPUTABLE
        assert any("excludes 1 positions" in str(reason) for reason in detail.reasons)


def test_an_order_in_a_contract_that_is_gone_is_not_computable(zmq_context, file, tmp_path):
    other = put(tmp_path / "other.spn", next_day())
    with exchange() as endpoints, desk_on(zmq_context, file, endpoints) as desk:
        account = desk.view().snapshot.accounts.names[0]
        desk.ask(Request(1, account, (Order(CONTRACT, 1_000),)))
        until(lambda: desk.view().decision is not None, "an answer")
        assert desk.view().decision.verdict is not Verdict.NOT_COMPUTABLE
        switch(desk, other, NEXT_VERSION)
        decision = desk.view().decision
        assert (decision.parameters, decision.verdict) == (NEXT_VERSION, Verdict.NOT_COMPUTABLE)
        assert "no parameters for" in str(decision.reasons[0])
        assert desk.view().version.directory.find(str(CONTRACT)) == []


def test_live_arrays_go_on_over_a_switch(zmq_context, file, tmp_path):
    other = put(tmp_path / "other.spn", next_day())
    with exchange() as endpoints, desk_on(zmq_context, file, endpoints) as desk:
        desk.use_arrays(Arrays.LIVE)
        until(lambda: desk.view().snapshot.parameters.arrays is Arrays.LIVE, "live arrays")
        switch(desk, other, NEXT_VERSION)
        parameters = desk.view().snapshot.parameters
        assert (parameters.version, parameters.arrays) == (NEXT_VERSION, Arrays.LIVE)
        desk.use_arrays(Arrays.EXCHANGE)
        until(lambda: desk.view().snapshot.parameters.arrays is Arrays.EXCHANGE, "the exchange's arrays")
        assert desk.view().snapshot.parameters.version == NEXT_VERSION


def test_the_snapshot_carries_the_warnings(zmq_context, file):
    with exchange() as endpoints, desk_on(zmq_context, file, endpoints) as desk:
        assert desk.view().snapshot.parameters.warnings == ()
        file.unlink()
        until(lambda: desk.view().snapshot.parameters.warnings, "the warning")
        assert str(desk.view().snapshot.parameters.warnings[0]).endswith(f"is missing; {VERSION} stays in force")
