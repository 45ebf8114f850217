"""A short run of ``make fuzz``, the same each time: both readers take whatever comes, or say what is wrong with it."""

import subprocess
import sys

import pytest

from tests.fuzz import __main__ as fuzz
from tests.fuzz.cases import case_of
from tests.fuzz.seeds import seeds

CASES = 300


def test_damaged_files_are_read_or_refused_and_nothing_else(project_root):
    command = [sys.executable, "-m", "tests.fuzz", "--seed", "1", "--cases", str(CASES)]
    run = subprocess.run(command, cwd=project_root, capture_output=True, text=True, timeout=110, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
    assert f"{CASES} cases" in run.stdout
    assert "0 not in order" in run.stdout


def test_a_case_follows_from_its_numbers_alone():
    cases = [case_of(5, number)[0] for number in range(30)]
    assert cases == [case_of(5, number)[0] for number in range(30)]
    assert len({case.content for case in cases}) > 25
    assert {case.seed.positional for case in cases} == {True, False}


@pytest.mark.parametrize(
    ("worker", "why"),
    [
        ("print('{\"started\": 7}', flush=True); raise KeyError('lost')", "KeyError: 'lost'"),
        ("print('{\"started\": 7}', flush=True); import os; os.abort()", "ended with"),
        ("print('{\"started\": 7}', flush=True)\nwhile True: pass", "hangs"),
    ],
)
def test_a_case_that_ends_or_holds_up_the_worker_is_kept_with_what_was_wrong(tmp_path, monkeypatch, worker, why):
    monkeypatch.setattr(fuzz, "FAILURES", tmp_path)
    monkeypatch.setattr(fuzz, "CASE_SECONDS", 1.0)
    monkeypatch.setattr(fuzz, "command", lambda run, first, stop, folder: [sys.executable, "-c", worker])
    run = fuzz.Run(5)
    fuzz.work(run, 7, 1, fuzz.in_seconds(60))
    case, _ = case_of(5, 7)
    name = f"5-7-{case.seed.name}"
    assert (tmp_path / name).read_bytes() == case.content
    assert why in (tmp_path / f"{name}.txt").read_text("utf-8")
    assert run.cases == len(run.failures) == 1


def test_the_files_that_it_starts_from_are_whole():
    assert {seed.name for seed in seeds()} >= {"small.spn", "every-step.spn", "market.spn", "small.pa2", "market.pa2"}
