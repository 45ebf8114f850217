"""A drill from the shock to the verified records, by real processes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from engine.text import UserFacingError, text
from terminal.drill_outcome import DrillStep, steps_of
from terminal.drill_processes import ServerProcess
from tests.end_to_end.forced_close import command

POSITIONS = """account,exchange,product,kind,expiry,right,strike,quantity
Client 7,SIM,ES,FUT,202612,,,20
House,SIM,NQ,FUT,202712,,,-27
House,SIM,ES,FUT,202612,,,12
"""


@pytest.fixture
def positions(tmp_path: Path) -> str:
    file = tmp_path / "positions.csv"
    file.write_text(POSITIONS)
    return str(file)


@pytest.mark.timeout(180)
def test_a_drill_takes_a_copied_account_over_its_line_and_back(qapp: object, positions: str, tmp_path: Path) -> None:
    files = ("--json", str(tmp_path / "drill.json"), "--pdf", str(tmp_path / "drill.pdf"))
    status, said, wrong = command("drill", "--positions", positions, "--account", "House", *files)
    assert (status, wrong) == (0, ""), said
    assert said.startswith("DRILL: ")
    found = json.loads((tmp_path / "drill.json").read_text("utf-8"))
    assert (found["kind"], found["drill"], found["came_through"], found["account"]) == ("DRILL", True, True, "House")
    assert [step["step"] for step in found["steps"]] == [step.key for step in steps_of(moving=False)]
    times = [step["wall_ns"] for step in found["steps"]]
    assert times == sorted(times)
    ratios = [float(found[name]["ratio"].removesuffix(" %")) for name in ("before", "after_shock", "at_the_end")]
    assert ratios[0] == pytest.approx(50, abs=1)
    assert ratios[1] > 120
    assert ratios[2] < 100
    assert [(each["store"], each["sound"]) for each in found["verified"]] == [("authority", True), ("executor", True)]
    (slippage,) = found["slippage"]
    assert (slippage["currency"], slippage["filled"]) == (found["currency"], found["contracts"])
    # One tick a side: the sample exchange fills at its bid and offer.
    assert float(slippage["against_arrival"]["money"]) > 0
    assert (tmp_path / "drill.pdf").read_bytes().startswith(b"%PDF-")


@pytest.mark.timeout(180)
def test_a_market_that_leaves_the_collar_is_quoted_again_and_another_instruction_is_signed_and_filled(
    positions: str, tmp_path: Path
) -> None:
    options = ("--positions", positions, "--account", "House", "--moving", "--seed", "3")
    status, said, wrong = command("drill", *options, "--json", str(tmp_path / "drill.json"))
    assert (status, wrong) == (0, ""), said
    found = json.loads((tmp_path / "drill.json").read_text("utf-8"))
    assert [step["step"] for step in found["steps"]] == [step.key for step in DrillStep]
    times = [step["wall_ns"] for step in found["steps"]]
    assert times == sorted(times)
    assert {step["told_by"] for step in found["steps"] if step["step"].endswith("_again")} == {"drill", "record"}
    requoted = found["requoted"]
    assert requoted["fingerprint"] not in ("", found["fingerprint"])
    assert "is outside the collar" in requoted["reason"]
    assert not float(requoted["collar"]["lowest"]) <= float(requoted["price"]) <= float(requoted["collar"]["highest"])
    assert (found["came_through"], found["moving"], found["seed"]) == (True, True, 3)
    assert float(found["at_the_end"]["ratio"].removesuffix(" %")) < 100
    assert [(each["store"], each["sound"]) for each in found["verified"]] == [("authority", True), ("executor", True)]


@pytest.mark.timeout(180)
def test_a_close_that_the_executor_gate_refuses_fails_the_drill_at_that_step(tmp_path: Path) -> None:
    file = tmp_path / "positions.csv"
    file.write_text(POSITIONS.splitlines()[0] + "\nHouse,SIM,ES,FUT,202612,,,40000\n")
    status, said, wrong = command("drill", "--positions", str(file), "--json", str(tmp_path / "drill.json"))
    assert (status, wrong) == (1, ""), said
    failed = json.loads((tmp_path / "drill.json").read_text("utf-8"))["failed"]
    assert failed["step"] == DrillStep.AT_EXCHANGE.key
    assert "an order of more than 10000 contracts" in failed["reason"]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ((), "the file has several accounts: Client 7, House"),
        (("--account", "Nobody"), "no account is called Nobody"),
        (("--account", "House", "--shock", "100"), "from 1 to 99"),
        (("--account", "House", "--moving", "--seed", "-1"), "--seed: expected a whole number from 0"),
    ],
)
def test_what_cannot_be_played_is_refused_before_anything_starts(
    positions: str, options: tuple[str, ...], said: str
) -> None:
    status, _, wrong = command("drill", "--positions", positions, *options)
    assert (status, said in wrong) == (2, True), wrong


def test_a_process_that_ends_is_named_with_its_last_words(tmp_path: Path) -> None:
    process = ServerProcess("feeds.simulator", ["--quotes=1"], text("the sample exchange"), tmp_path / "log")
    with pytest.raises(UserFacingError, match=r"the sample exchange has ended: .*from 10 to 50000"):
        process.said()
    process.stop()
