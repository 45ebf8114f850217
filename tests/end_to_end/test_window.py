"""The main job on real processes, sockets and windows."""

import csv
import json
from decimal import Decimal

import pytest
from PySide6.QtCore import Qt

from engine.decision import Verdict
from engine.numbers import MONEY, NOT_COMPUTABLE
from engine.snapshot import FeedState
from terminal.cli import main
from terminal.pipeline import Endpoints
from tests.end_to_end.stage import SAMPLE, Stage, play, until

pytestmark = pytest.mark.timeout(180)


def test_every_account_of_the_exchange_appears_with_its_margin(qapp, tmp_path):
    async def scene(stage: Stage) -> None:
        stage.start_exchange()
        await stage.live()
        accounts = stage.view().snapshot.accounts
        assert len(accounts) == 12
        assert NOT_COMPUTABLE not in accounts.margin.tolist() + accounts.equity.tolist()
        await until(lambda: stage.window.accounts.model.rowCount() > 0, "rows in the window")

    play(qapp, tmp_path, scene)


def test_a_what_if_is_typed_and_answered_without_the_mouse(qapp, tmp_path):
    async def scene(stage: Stage) -> None:
        stage.start_exchange()
        await stage.live()
        await until(lambda: stage.window.positions.model.rowCount() > 0, "positions")
        stage.press(Qt.Key.Key_N, Qt.KeyboardModifier.ControlModifier)
        stage.type("Buy 3 CL 2027-01")
        stage.press(Qt.Key.Key_Return)
        await until(lambda: stage.view().decision is not None, "a decision")
        decision = stage.view().decision
        assert str(decision.request.orders[0].contract) == "SIM:CL:FUT:202701"
        assert decision.request.orders[0].quantity == 3
        assert decision.authoritative
        assert decision.verdict in (Verdict.PASSES, Verdict.REFUSED)
        assert decision.curve is not None
        assert decision.effects[0].after.margin != NOT_COMPUTABLE

    play(qapp, tmp_path, scene)


def test_the_margin_on_screen_is_the_command_lines_to_the_last_digit(qapp, tmp_path, capsys):
    shown = {}

    async def scene(stage: Stage) -> None:
        stage.start_exchange()
        await stage.live()
        accounts = stage.view().snapshot.accounts
        rows = []
        for name in accounts.names:
            stage.window.accounts.choose(name)
            await until(lambda name=name: stage.view().detail.account == name, f"detail of {name}")
            detail = stage.view().detail
            shown[name] = {tree.currency: Decimal(tree.amount) / MONEY for tree in detail.breakdown}
            for line in detail.positions:
                exchange, product, kind, expiry, right, strike = line.contract
                strike = str(Decimal(strike) / 10**8) if right else ""
                rows.append([name, exchange, product, kind, expiry, right, strike, line.net])
        header = ["account", "exchange", "product", "kind", "expiry", "right", "strike", "quantity"]
        with (tmp_path / "positions.csv").open("w", newline="") as file:
            csv.writer(file).writerows([header, *rows])

    play(qapp, tmp_path, scene)
    positions = str(tmp_path / "positions.csv")
    assert main(["margin", "--parameters", str(SAMPLE), "--positions", positions, "--format", "json"]) == 0
    accounts = json.loads(capsys.readouterr().out)["accounts"]
    for name, margins in shown.items():
        totals = accounts[name]["totals"]
        assert {currency: Decimal(total["requirement"]) for currency, total in totals.items()} == margins


def test_a_dead_exchange_is_seen_and_a_new_one_is_taken_up(qapp, tmp_path):
    async def scene(stage: Stage) -> None:
        first = stage.start_exchange()
        await stage.live()
        stage.press(Qt.Key.Key_N, Qt.KeyboardModifier.ControlModifier)
        stage.type("Sell 1 ES 2026-12")
        stage.press(Qt.Key.Key_Return)
        await until(lambda: stage.view().decision is not None, "a decision")
        first.stop()
        await until(lambda: stage.feed_states() == {FeedState.STALE}, "stale feeds")
        await until(lambda: not stage.view().decision.authoritative, "a decision that is not authoritative")
        assert len(stage.view().snapshot.accounts) == 12
        ends = stage.endpoints
        fixed = ("--positions-endpoint", ends.positions, "--snapshot-endpoint", ends.snapshots)
        stage.start_exchange("--accounts", "14", "--seed", "6", *fixed, "--quotes-endpoint", ends.quotes)
        await until(lambda: stage.feed_states() == {FeedState.LIVE}, "live feeds again")
        await until(lambda: len(stage.view().snapshot.accounts) == 14, "the new exchange's accounts")

    play(qapp, tmp_path, scene)


@pytest.mark.parametrize("content", [b"", b"<spanFile><fileFormat>4.00</fileFormat>", b"\x00\x01"])
def test_a_damaged_parameter_file_is_told_in_the_window(qapp, tmp_path, content):
    broken = tmp_path / "broken.spn"
    broken.write_bytes(content)

    async def scene(stage: Stage) -> None:
        stage.connect(Endpoints(*(f"inproc://nobody-{number}" for number in range(3))))
        await until(stage.window.banner.isVisible, "the banner")
        assert "broken.spn" in str(stage.window.banner.problem)

    play(qapp, tmp_path, scene, parameters=broken)


def test_without_a_publisher_the_window_says_what_it_waits_for(qapp, tmp_path):
    async def scene(stage: Stage) -> None:
        stage.connect(Endpoints(*(f"tcp://127.0.0.1:{port}" for port in (1, 2, 3))))
        await until(lambda: stage.view() is not None, "a view")
        assert len(stage.view().snapshot.accounts) == 0
        assert not stage.view().snapshot.authoritative

    play(qapp, tmp_path, scene)


def test_the_windows_layout_comes_back(qapp, tmp_path):
    async def first(stage: Stage) -> None:
        stage.window.docks["ticket"].setFloating(True)

    async def second(stage: Stage) -> None:
        assert stage.window.docks["ticket"].isFloating()

    play(qapp, tmp_path, first)
    play(qapp, tmp_path, second)
