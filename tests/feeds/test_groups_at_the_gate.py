"""Orders that are one, from the second signature to the exchange: one message, one state, once; or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from engine.audit_events import Proposed, event_of
from engine.authorisation.moments import SECOND
from engine.authorisation.proposal import State
from engine.numbers import PRICE
from engine.text import text
from feeds.clock import SystemClock
from feeds.sample_orders import Rules
from tests.engine.authorisation.cast import order
from tests.feeds.authority_stage import Context, Stage
from tests.feeds.groups import PAIR, pair_of, path_of
from tests.feeds.test_kills import ENDS, victim


@pytest.fixture
def stage(zmq_context: Context, tmp_path: Path) -> Iterator[Stage]:
    stage = Stage(zmq_context, tmp_path, SystemClock())
    yield stage
    stage.close()


def test_a_group_leaves_as_one_message_beside_the_other_orders(stage: Stage) -> None:
    stage.open_executor()
    stage.ready()
    made = pair_of(stage, 1, order(2))
    stage.sign_twice(made)
    stage.until_state(made, State.DONE)
    (whole,) = stage.exchange.together
    assert [(leg.side, leg.effect, leg.quantity) for leg in whole.legs] == [("sell", "close", 4), ("sell", "open", 6)]
    assert [each.quantity for each in stage.exchange.arrived] == [2]
    view = stage.view(made)
    assert view is not None
    assert view.proposal.filled == (2, 4, 6)
    assert [report.average for report in view.orders] == [70 * PRICE] * 3
    events = [event_of(record) for record in stage.store.records.records()]
    (proposed,) = [event for event in events if isinstance(event, Proposed)]
    assert [planned.group for planned in proposed.orders] == [0, 1, 1]


def test_an_exchange_that_takes_no_groups_gets_nothing_of_the_instruction(stage: Stage) -> None:
    stage.exchange.rules = Rules(together=False)
    stage.open_executor()
    stage.ready()
    made = pair_of(stage, 1, order(2))
    stage.sign_twice(made)
    stage.until_state(made, State.REVOKED)
    view = stage.view(made)
    assert view is not None
    assert str(view.proposal.reason) == "the exchange takes no orders of several legs, all or none; nothing was sent"
    assert (stage.exchange.arrived, stage.exchange.together) == ([], [])


def test_a_group_that_is_refused_has_traded_nothing(stage: Stage) -> None:
    stage.exchange.fills_at_once = False
    stage.open_executor()
    stage.ready()
    made = pair_of(stage)
    stage.sign_twice(made)
    stage.until_state(made, State.SENT)
    stage.exchange.cancel(stage.exchange.together[0].identity)
    assert stage.executor is not None
    stage.executor.executions._ask(next(iter(stage.executor._store.open.values())))
    stage.until_state(made, State.PARTIAL)
    view = stage.view(made)
    assert view is not None
    assert (view.proposal.filled, str(view.proposal.reason)) == ((0, 0), "withdrawn")


def test_a_gate_that_starts_again_asks_for_the_whole_and_does_not_send_again(stage: Stage) -> None:
    stage.exchange.fills_at_once = False
    stage.open_executor()
    stage.ready()
    made = pair_of(stage)
    stage.sign_twice(made)
    stage.until_state(made, State.SENT)
    stage.close_executor()
    stage.exchange.fill_together(stage.exchange.together[0].identity)
    stage.until(lambda: not stage.client.picture().executor, "the gate's silence")
    stage.open_executor()
    stage.until_state(made, State.DONE)
    view = stage.view(made)
    assert view is not None
    assert (view.proposal.filled, len(stage.exchange.together)) == ((4, 6), 1)


def test_a_later_group_is_judged_and_sent_whole(stage: Stage) -> None:
    stage.open_executor()
    stage.ready()
    later = tuple(replace(each, after=SECOND // 2) for each in PAIR)
    made = stage.instruction(orders=(order(2), *later), path=path_of(3))
    stage.sign_twice(made)
    stage.until_state(made, State.SENT)
    assert stage.exchange.together == []
    stage.until_state(made, State.DONE)
    assert len(stage.exchange.together) == 1


def test_a_later_group_one_of_whose_markets_has_left_the_collar_stays_here_whole(stage: Stage) -> None:
    stage.open_executor()
    stage.ready()
    later = tuple(replace(each, after=SECOND // 2) for each in PAIR)
    made = stage.instruction(orders=(order(2), *later), path=path_of(3))
    stage.sign_twice(made)
    stage.until_state(made, State.SENT)
    stage.seen.price = 76 * PRICE
    stage.until_state(made, State.PARTIAL)
    view = stage.view(made)
    assert view is not None
    assert (view.proposal.filled, stage.exchange.together) == ((2, 0, 0), [])
    assert all("outside the collar" in report.reason for report in view.orders[1:])


def test_cancelling_everything_withdraws_a_group_whole(stage: Stage) -> None:
    stage.exchange.fills_at_once = False
    executor = stage.open_executor()
    stage.ready()
    made = pair_of(stage)
    stage.sign_twice(made)
    stage.until_state(made, State.SENT)
    executor.executions.cancel_all("", text("all orders were cancelled"))
    stage.until_state(made, State.PARTIAL)
    (group,) = stage.exchange.groups.values()
    assert [leg.state for leg in group.legs] == ["cancelled", "cancelled"]


@pytest.mark.parametrize(
    ("step", "when"),
    [("write", "after"), ("record", "after"), ("send", "before"), ("send", "after"), ("keep", "after")],
)
def test_a_gate_that_is_killed_leaves_a_group_whole_or_not_at_all(
    stage: Stage, tmp_path: Path, step: str, when: str
) -> None:
    places = (str(tmp_path / "executor"), stage.endpoints[1], stage.orders.endpoint)
    with victim("executor", *places, step, when) as running:
        stage.until(lambda: stage.client.picture().executor, "the executor")
        made = pair_of(stage)
        stage.sign_twice(made)
        stage.until(lambda: running.poll() is not None, "the kill")
    stage.until(lambda: not stage.client.picture().executor, "the gate's silence")
    stage.open_executor()
    stage.until_state(made, *ENDS)
    view, sent = stage.view(made), len(stage.exchange.together)
    assert view is not None
    # What was handed over just before the kill may have left or not.
    assert sent <= int((step, when) in (("send", "after"), ("keep", "after")))
    assert view.proposal.filled == ((4, 6) if sent else (0, 0))
    assert view.proposal.state is (State.DONE if sent else State.PARTIAL)
