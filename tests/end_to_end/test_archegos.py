"""The Archegos story with real processes: exchange, gate, router and window.

A book grows into two names across four accounts of one controller. Each account by itself stays modest, margin stays
calm; each limit of the related accounts fires where it should, and the gate refuses the order that crosses.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from engine.decision import Verdict
from engine.limit_result import Outcome
from engine.limits import Level
from engine.numbers import RATIO
from terminal.limit_versions import LimitSource
from terminal.scenes.archegos import WATCHED, ArchegosScene, scene
from tests.end_to_end.stage import SAMPLE, Stage, play, until

pytestmark = pytest.mark.timeout(180)
RESOURCES = SAMPLE.parent.parent
ACCOUNTS = 4
SPEED = 3.0


class Story:
    """What became of the orders, limit by limit."""

    def __init__(self, orders: list[Mapping[str, object]]) -> None:
        self.orders = orders

    def fires(self, limit: str) -> int:
        """Place of the first order that a limit warned of."""
        return next(
            place
            for place, order in enumerate(self.orders)
            if any(said.startswith(limit) for said in order["warnings"])  # type: ignore[attr-defined]
        )

    @property
    def passed(self) -> list[Mapping[str, object]]:
        return [order for order in self.orders if order["verdict"] == "passes"]

    @property
    def refused(self) -> list[Mapping[str, object]]:
        return [order for order in self.orders if order["verdict"] != "passes"]

    @property
    def reducing(self) -> list[Mapping[str, object]]:
        return [order for order in self.orders if order["note"] == "reducing"]


def shortened(folder: Path) -> ArchegosScene:
    """The scene, sped up, with its record in ``folder``."""
    written = scene(RESOURCES / "scenes", SAMPLE.parent)
    return ArchegosScene(RESOURCES / "scenes" / "archegos.toml", written.setting, SPEED, folder / "record")


def test_each_limit_fires_where_it_should_and_the_gate_refuses_the_order_that_crosses(qapp, tmp_path):
    told = shortened(tmp_path)
    limits = LimitSource(told.setting.limits, told.setting.reference, folder=tmp_path / "data")

    async def play_scene(stage: Stage) -> None:
        exchange = stage.start_exchange(*told.setting.exchange)
        exchange.said.connect(lambda said: told.start(stage.terminal, stage.parameters, said))
        try:
            await until(lambda: stage.window.accounts.account == WATCHED, "the watched account")
            await until(lambda: told.over or told.failures, "the end of the scene", 120)
            assert told.failures == []
            check_orders(Story(told.orders))
            await check_window(stage)
        finally:
            told.stop()

    play(qapp, tmp_path, play_scene, limits=limits)
    check_record(tmp_path / "record" / "gate.jsonl", told.orders)


def check_orders(story: Story) -> None:
    """The limits of the related accounts fire in turn; those of one account never do; only the last refuses."""
    warned = ("in shadow: Evenness", "Share of daily volume", "Large trader")
    shadow, daily, report = map(story.fires, warned)
    interest, name = story.fires("Share of open interest"), story.fires("Name, related accounts")
    leverage = story.fires("Leverage")
    assert shadow < report < daily < interest
    assert report < name < interest
    said = [*story.orders]
    assert not any("Name, one account" in str(order) or "Risk ratio" in str(order) for order in said)
    assert story.refused
    for order in story.refused:
        (reason,) = order["reasons"]  # type: ignore[misc]
        assert reason.startswith("Name, related accounts: share of equity in ")
        assert "of Cobalt Row (one controller) would be 10" in reason
    crossing = said.index(story.refused[0])
    assert max(interest, name, leverage) < crossing
    # Four rounds are in by then: no single account has come near its own limit of 150 %.
    assert crossing >= 4 * 2 * ACCOUNTS
    # The next account of the same controller is refused as well: the room is used up for all of them.
    again = [order for order in story.refused if order["note"] == "again, in another account"]
    assert {order["account"] for order in again} == {"Cobalt Row Capital", "Cobalt Row Partners"}
    assert [order["verdict"] for order in story.reducing] == ["passes", "passes"]
    assert story.orders[-1]["verdict"] == "passes"
    assert all(order["filled"] == abs(int(str(order["quantity"]))) for order in story.passed)


async def check_window(stage: Stage) -> None:
    """The window shows the same: calm margin, and the limit of the related accounts against the ticket's order."""

    def settled() -> bool:
        decision = stage.view().decision
        return decision is not None and decision.limits is not None and decision.verdict is not Verdict.NOT_COMPUTABLE

    await until(settled, "the ticket's answer")
    decision = stage.view().decision
    assert decision.effects[0].after.ratio < RATIO // 2
    group = [each for each in decision.limits.results if each.level is Level.GROUP]
    own = [each for each in decision.limits.results if each.level is Level.ACCOUNT]
    assert {each.outcome for each in own} == {Outcome.PASS}
    (name,) = [each for each in group if each.limit is not None and each.limit.name == "Name, related accounts"]
    assert name.outcome in (Outcome.SOFT, Outcome.REFUSED)
    assert name.after > 9 * RATIO // 10
    model = stage.window.ticket.limits.table.limits
    await until(lambda: model.rowCount() > 0, "the limits in the ticket")
    titles = [model.cell(model.index(row, 0)).text for row in range(model.rowCount())]
    assert titles[0] == "Related accounts: Cobalt Row (one controller)"
    assert stage.window.banner.isVisible()
    assert "The gate refused" in stage.window.banner.words.text()


def check_record(file: Path, orders: list[Mapping[str, object]]) -> None:
    """Every order's decision is on disk as the router had it."""
    lines = file.read_text().splitlines()
    entries = [entry for line in lines if "message" in (entry := json.loads(line))]
    decided = [
        (entry["message"]["account"], entry["answer"]["verdict"])
        for entry in entries
        if entry["message"]["type"] == "gate-check"
        and (entry["answer"]["verdict"] == "passes" or "gate is closed" not in str(entry["answer"]["reasons"]))
    ]
    assert decided == [(order["account"], order["verdict"]) for order in orders]
