import json
import time

import pytest

from engine.decision import Request
from engine.instruments import Contract
from engine.order import Order
from engine.reference import Reference, read_reference
from engine.scenarios.margins import finished
from engine.scenarios.named import ScenarioSet
from engine.scenarios.scenario_file import read_scenarios
from engine.scenarios.stress import Fate, changes_between, stress
from feeds.clock import MILLISECOND, SECOND, SystemClock
from terminal.stress_record import StressRecord, line_of
from terminal.stress_watch import Offered, StressSource, StressWatch
from tests.engine.scenarios.stress_desks import CL, ES_PUT, SAMPLE, StressDesk, calculation, model

TWO = """
[[scenario]]
id = "down"
title = "Down"
kind = "hypothetical"
[[scenario.move]]
all = true
price = "-20 %"

[[scenario]]
id = "energy"
title = "Energy up"
kind = "hypothetical"
[[scenario.move]]
sectors = ["Energy"]
price = "+30 %"
"""


def desk(cash=40_000) -> StressDesk:
    made = StressDesk()
    made.account("Long", cash, {CL: 4})
    made.account("Rich", 5_000_000, {CL: -1, ES_PUT: -2})
    return made


def offered(made: StressDesk, as_of=5) -> Offered:
    reference = read_reference(SAMPLE / "reference.toml")
    return Offered(made.state(), as_of, calculation().parameters, reference)


def source(folder, content=TWO, period=20 * MILLISECOND) -> StressSource:
    file = folder / "scenarios.toml"
    file.write_text(content, encoding="utf-8")
    return StressSource(file, folder / "records", period, 0)


@pytest.fixture
def watch(tmp_path):
    """A watch that looks fifty times a second, ended after the test."""
    made = StressWatch(source(tmp_path), SystemClock())
    yield made
    assert made.stop(10)


def until(condition, seconds=30.0):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.005)


def test_what_is_offered_is_looked_at_and_recorded(watch, tmp_path):
    watch.start()
    watch.offer(offered(desk()))
    until(lambda: watch.news().run is not None)
    run = watch.news().run
    line = json.loads((tmp_path / "records" / "stress.jsonl").read_text("utf-8").splitlines()[0])
    assert (line["as_of"], line["parameters"], line["scenarios"]["ids"]) == (5, run.parameters, ["down", "energy"])
    assert line["worst"][0]["account"] == "Long"
    assert (line["number"], run.count(Fate.SHORT)) == (1, 1)


def test_the_newest_state_wins_and_what_it_changed_is_recorded(watch, tmp_path):
    watch.start()
    watch.offer(offered(desk()))
    until(lambda: watch.news().run is not None)
    watch.offer(offered(desk(cash=4_000_000), as_of=6))
    until(lambda: watch.news().run.as_of == 6)
    news = watch.news()
    assert [past.short for past in (news.past[0], news.past[-1])] == [1, 0]
    assert watch.stop(10)
    lines = [json.loads(line) for line in (tmp_path / "records" / "stress.jsonl").read_text("utf-8").splitlines()]
    changes = [change for line in lines for change in line["changes"]]
    assert changes == [{"account": "Long", "before": "short", "after": "ok"}]


def test_other_scenarios_or_parameters_are_compared_with_nothing(watch):
    watch.start()
    watch.offer(Offered(desk().state(), 5, calculation().parameters, Reference()))
    until(lambda: watch.news().run is not None)
    # Without sectors nobody is in the energy scenario.
    assert watch.news().run.idle == {"energy"}
    assert watch.news().compared == 0


@pytest.mark.expects_log("scenarios.toml")
def test_scenarios_that_cannot_be_read_are_told_and_nothing_runs(tmp_path):
    watch = StressWatch(source(tmp_path, TWO.replace("-20 %", "-20")), SystemClock())
    watch.start()
    watch.offer(offered(desk()))
    until(lambda: watch.news().problem is not None)
    assert watch.stop(10)
    assert "price = -20 is no move" in str(watch.news().problem)
    assert watch.news().run is None


@pytest.mark.expects_log("cannot be recorded")
def test_results_that_cannot_be_recorded_are_shown_and_say_so(tmp_path):
    there = source(tmp_path)
    there.folder.write_text("a file where the folder should be", encoding="utf-8")
    watch = StressWatch(there, SystemClock())
    watch.start()
    watch.offer(offered(desk()))
    until(lambda: watch.news().run is not None)
    assert watch.stop(10)
    assert "cannot be recorded" in str(watch.news().problem)


def test_a_watch_that_nobody_offers_anything_stops_at_once(tmp_path):
    watch = StressWatch(source(tmp_path, period=15 * SECOND), SystemClock())
    watch.start()
    assert watch.stop(5)


def test_the_record_keeps_a_bounded_number_of_bytes(tmp_path):
    run = finished(stress(desk().state(), model(), read_scenarios(TWO, "file"), 5))
    size = len(json.dumps(line_of(run, ()), ensure_ascii=False, separators=(",", ":"))) + 1
    record = StressRecord(tmp_path, 3 * size)
    for _ in range(10):
        record.add(run, ())
    assert [len(file.read_text("utf-8").splitlines()) for file in (record.older, record.file)] == [3, 1]


def test_a_figure_that_is_not_computable_is_null_in_the_record():
    made = desk()
    made.book.remove_money(made.book.account("Long"), "USD")
    run = finished(stress(made.state(), model(), read_scenarios(TWO, "file"), 5))
    assert line_of(run, ())["firm"]["not_computable"] == [1, 1]


def test_changes_are_named_in_the_record():
    chosen: ScenarioSet = read_scenarios(TWO, "file")
    before = finished(stress(desk().state(), model(), chosen, 5))
    after = finished(stress(desk(4_000_000).state(), model(), chosen, 6))
    line = line_of(after, changes_between(before, after))
    assert line["changes"] == [{"account": "Long", "before": "short", "after": "ok"}]


def test_a_what_if_is_answered_and_taken_back(watch):
    watch.start()
    watch.offer(offered(desk()))
    request = Request(3, "Rich", (Order(Contract.parse(CL), 5),))
    watch.ask(request)
    until(lambda: watch.news().orders is not None)
    assert watch.news().orders.request is request
    watch.ask(None)
    until(lambda: watch.news().orders is None)


def test_the_chosen_account_is_told_its_distance_from_its_lines(watch):
    watch.start()
    watch.offer(offered(desk()))
    watch.look_at("Long")
    until(lambda: watch.news().reverse)
    assert {found.account for found in watch.news().reverse} == {"Long"}
