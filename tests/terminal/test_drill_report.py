"""The report of a drill: marked as one wherever it is read, exact to the microsecond, and plain about what failed."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from engine.close_slippage import Cost, Sum
from engine.numbers import MONEY, NOT_COMPUTABLE, PRICE, RATIO
from engine.text import text
from terminal.catalogue import translator
from terminal.drill_outcome import Drilled, DrillStep, Reached, Requoted, Source, Standing, steps_of
from terminal.drill_report import drill_as_json, drill_as_report, drill_as_text
from terminal.pdf_report import write_pdf

START = 1_790_000_000_000_000_000
WHOLE = Drilled(
    "market.spn",
    None,
    "House",
    "USD",
    250_000 * MONEY,
    (8 * RATIO // 10, RATIO, 12 * RATIO // 10),
    Standing(500_000 * MONEY, 300_000 * MONEY, 6 * RATIO // 10),
    Standing(250_000 * MONEY, 300_000 * MONEY, 12 * RATIO // 10),
    Standing(250_000 * MONEY, NOT_COMPUTABLE, NOT_COMPUTABLE),
    2,
    57,
    "ab" * 32,
    {step: Reached(START + number * 1_234_567) for number, step in enumerate(steps_of(moving=False))},
    None,
    (("authority", True, text("every record is the one that was signed")),),
)
WITHOUT = replace(
    WHOLE,
    steps={step: WHOLE.steps[step] for step in list(DrillStep)[:4]},
    failed=(DrillStep.ALL_PLANS, text("no plan comes under the warning line")),
    after=None,
    final=None,
    fingerprint="",
)
MOVING = replace(
    WHOLE,
    steps={step: Reached(START + number) for number, step in enumerate(DrillStep)},
    seed=5,
    requoted=Requoted(
        "cd" * 32, "SIM:CL:FUT:202701", 71 * PRICE, (72 * PRICE, 74 * PRICE), text("the market has left the collar")
    ),
    slippage=(Sum("USD", 57, "USD", Cost(None, 1_500 * MONEY), Cost(reason=text("nobody quoted"))),),
)


@pytest.mark.parametrize("language", ["en", "zh_Hans"])
@pytest.mark.parametrize("drilled", [WHOLE, WITHOUT, MOVING])
def test_every_heading_of_the_report_says_that_it_is_a_drill(drilled: Drilled, language: str) -> None:
    report, translate = drill_as_report(drilled), translator(language)
    mark = {"en": "DRILL", "zh_Hans": "演练"}[language]
    headings = [report.title, report.facts[0][1], report.facts[1][1], *(table.title for table in report.tables)]
    words = [each if isinstance(each, str) else each.translated(translate) for each in headings]
    assert [each for each in words if mark not in each] == []
    assert report.signs.startswith("DRILL")


def test_steps_are_timed_from_the_shock_and_from_the_step_before() -> None:
    steps = json.loads(drill_as_json(WHOLE))["steps"]
    since = [step["microseconds_since_shock"] for step in steps]
    took = [step["microseconds_since_step_before"] for step in steps]
    assert since[:4] == [None, 0, 1234, 2469]
    assert took[:4] == [None, 1234, 1234, 1234]
    assert steps[1]["time"].endswith(".001234Z")


def test_who_tells_a_step_is_in_the_document() -> None:
    told = {**WHOLE.steps, DrillStep.FIRST_FILL: Reached(START, Source.EXCHANGE)}
    steps = json.loads(drill_as_json(replace(WHOLE, steps=told)))["steps"]
    assert {step["told_by"] for step in steps} == {"drill", "exchange"}


def test_a_step_that_failed_is_named_with_its_reason() -> None:
    found = json.loads(drill_as_json(WITHOUT))
    assert found["failed"] == {"step": "all_plans", "reason": "no plan comes under the warning line"}
    assert found["came_through"] is False
    said = drill_as_text(WITHOUT, translator("en"))
    assert "DRILL FAILED at the step “All plans”: no plan comes under the warning line" in said
    assert "All plans                                 not reached" in said.splitlines()


def test_what_the_market_left_is_told_with_its_collar_and_the_gates_words() -> None:
    found = json.loads(drill_as_json(MOVING))
    assert found["requoted"] == {
        "fingerprint": "cd" * 32,
        "contract": "SIM:CL:FUT:202701",
        "price": "71",
        "collar": {"lowest": "72", "highest": "74"},
        "reason": "the market has left the collar",
    }
    said = drill_as_text(MOVING, translator("en"))
    assert "Not sent, to be quoted again: DRILL: the market has left the collar" in said
    assert [line.split("  ")[0] for line in said.splitlines() if line.startswith("Executor gate")] == [
        "Executor gate: to be quoted again"
    ]
    assert json.loads(drill_as_json(WHOLE))["requoted"] is None


def test_slippage_is_told_in_money_with_the_reason_where_it_is_not_known() -> None:
    assert "Slippage against plan and arrival price: DRILL: 1,500, ? USD" in drill_as_text(MOVING, translator("en"))
    (found,) = json.loads(drill_as_json(MOVING))["slippage"]
    assert (found["against_expected"]["money"], found["against_arrival"]["problem"]) == ("1500.00", "nobody quoted")


def test_a_figure_that_is_unknown_is_not_shown_as_one() -> None:
    assert json.loads(drill_as_json(WHOLE))["at_the_end"] == {"equity": "250000.00", "margin": None, "ratio": None}
    assert drill_as_text(WHOLE, translator("en")).splitlines()[-1].split()[-2:] == ["?", "?"]


def test_the_report_is_written_as_pdf(qapp: object, tmp_path: Path) -> None:
    write_pdf(drill_as_report(WHOLE), tmp_path / "drill.pdf", translator("zh_Hans"))
    content = (tmp_path / "drill.pdf").read_bytes()
    assert content.startswith(b"%PDF-")
    assert len(content) > 10_000
