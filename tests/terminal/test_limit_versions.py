"""The file of limits of a running desk: whole or not at all, recorded, and the last good one against trouble."""

import json
import os
from pathlib import Path

import pytest

from engine.limits import LimitSet
from engine.text import BadInputError, UserFacingError
from feeds.clock import SECOND
from terminal.limit_record import LimitRecord
from terminal.limit_versions import LOOK, LimitSource, LimitVersions
from tests.feeds.driving import ManualClock

BODY = '[[limit]]\nid = "size"\nmeasure = "position"\nof = "account"\nby = "contract"\nhard = {hard}\n'


class Files:
    """A file of limits, the record beside it, and whoever looks at both."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.file = folder / "limits.toml"
        self.clock = ManualClock()
        self.written = 0

    def write(self, content: str) -> None:
        self.file.write_text(content)
        self.written += 1
        os.utime(self.file, ns=(self.written * SECOND, self.written * SECOND))

    def limit(self, hard: int) -> None:
        self.write(BODY.format(hard=hard))

    def versions(self, process: str = "terminal", strict: bool = False) -> LimitVersions:
        versions = LimitVersions(LimitSource(self.file, None, process, self.folder / "data"), self.clock)
        versions.start(strict=strict)
        return versions

    def look(self, versions: LimitVersions) -> bool:
        """Look until a file that holds still has been seen."""
        changed = False
        for _ in range(3):
            self.clock.advance(LOOK)
            changed = versions.tick() or changed
        return changed

    def record(self) -> list[dict[str, object]]:
        return [json.loads(line) for line in (self.folder / "data" / "limits.jsonl").read_text().splitlines()]


@pytest.fixture
def files(tmp_path: Path) -> Files:
    files = Files(tmp_path)
    files.limit(10)
    return files


def hard(limits: LimitSet | None) -> int | None:
    assert limits is not None
    return limits.limits[0].hard


def test_the_first_use_is_recorded_with_who_and_every_limit(files: Files) -> None:
    versions = files.versions()
    (entry,) = files.record()
    assert versions.limits is not None
    assert (entry["before"], entry["after"], entry["process"]) == ("", versions.limits.version, "terminal")
    assert entry["who"]
    assert entry["added"] == [
        {"id": "size", "measure": "position", "of": "account", "by": "contract", "hard": "10", "mode": "enforce"}
    ]


def test_a_changed_file_comes_into_force_and_the_change_is_recorded(files: Files) -> None:
    versions = files.versions()
    files.limit(12)
    assert files.look(versions)
    assert hard(versions.limits) == 12
    (altered,) = files.record()[-1]["altered"]  # type: ignore[misc]
    assert (altered["before"]["hard"], altered["after"]["hard"]) == ("10", "12")


def test_an_unchanged_file_is_neither_taken_nor_recorded_again(files: Files) -> None:
    versions = files.versions()
    assert not files.look(versions)
    files.limit(10)
    files.look(versions)
    files.versions("gate")
    assert len(files.record()) == 1


@pytest.mark.expects_log("unknown key")
def test_a_broken_file_leaves_the_old_limits_and_a_warning_until_it_is_mended(files: Files) -> None:
    versions = files.versions()
    before = versions.limits
    files.write(BODY.format(hard=5) + "colour = 'red'\n")
    assert not files.look(versions)
    assert versions.limits is before
    (warning,) = versions.in_force.warnings
    assert "limits.toml: size: unknown key colour" in str(warning)
    assert f"limits {before and before.version} stay in force" in str(warning)
    files.limit(5)
    assert files.look(versions)
    assert versions.in_force.warnings == ()
    assert hard(versions.limits) == 5


@pytest.mark.expects_log("not readable")
def test_a_file_that_goes_away_leaves_the_old_limits(files: Files) -> None:
    versions = files.versions()
    files.file.unlink()
    files.look(versions)
    assert hard(versions.limits) == 10
    assert "No such file" in str(versions.in_force.warnings[0])


@pytest.mark.expects_log("unknown key", "falling back")
def test_a_broken_file_at_the_start_falls_back_on_what_was_in_force_last(files: Files) -> None:
    files.versions()
    files.write("colour = 'red'\n")
    versions = files.versions()
    assert hard(versions.limits) == 10
    assert "stay in force" in str(versions.in_force.warnings[0])


@pytest.mark.expects_log("unknown key")
def test_a_broken_file_at_the_first_start_refuses_new_risk(files: Files) -> None:
    files.write("colour = 'red'\n")
    versions = files.versions()
    assert versions.has_file
    assert versions.limits is None
    assert "new risk is refused" in str(versions.in_force.warnings[0])


def test_a_process_that_must_have_limits_does_not_start_on_a_broken_file(files: Files) -> None:
    files.write("colour = 'red'\n")
    with pytest.raises(BadInputError, match="unknown key colour"):
        files.versions(strict=True)


def test_what_changed_while_nothing_ran_is_recorded_at_the_next_start(files: Files) -> None:
    files.versions()
    files.limit(7)
    files.versions()
    (altered,) = files.record()[-1]["altered"]  # type: ignore[misc]
    assert (altered["before"]["hard"], altered["after"]["hard"]) == ("10", "7")


@pytest.mark.expects_log("cannot be recorded")
def test_a_change_that_cannot_be_recorded_does_not_come_into_force(
    files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    versions = files.versions()

    def full(record: LimitRecord, *_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(LimitRecord, "_append", full)
    files.limit(12)
    files.look(versions)
    assert hard(versions.limits) == 10
    assert "data: No space left on device" in str(versions.in_force.warnings[0])


def test_half_a_line_in_the_record_does_not_spoil_the_next(files: Files) -> None:
    versions = files.versions()
    record = files.folder / "data" / "limits.jsonl"
    record.write_bytes(record.read_bytes() + b'{"when": ')
    files.limit(12)
    files.look(versions)
    *_, half, whole = record.read_text().splitlines()
    assert half == '{"when": '
    assert json.loads(whole)["altered"]


def test_every_key_of_a_limit_is_in_the_record_as_the_file_writes_it(files: Files) -> None:
    files.write(
        'currency = "USD"\n'
        '[[limit]]\nid = "a"\nmeasure = "share of equity"\nof = "account"\naccounts = ["A"]\nby = "product"\n'
        'names = ["CL"]\nhard = "25 %"\nsoft = "20.5 %"\nwindows = ["21:00-06:30"]\nmode = "shadow"\nnote = "Why."\n'
        '[[limit]]\nid = "b"\nmeasure = "net exposure"\nof = "group"\nhard = "5000000.50"\n'
        '[[limit]]\nid = "c"\nmeasure = "HHI"\nof = "account"\nby = "product"\nhard = "0.18"\n'
        '[[limit]]\nid = "d"\nmeasure = "position"\nof = "firm"\nby = "product"\nrelative_to = "open interest"\n'
        'hard = "5 %"\n'
        '[[limit]]\nid = "e"\nmeasure = "days to liquidate"\nof = "group"\nby = "product"\nparticipation = "12.5 %"\n'
        'hard = "2.5"\n'
        '[[mode]]\nmode = "shadow"\nlimits = ["b"]\nproducts = ["CL"]\n'
        '[[required]]\nmeasure = "position"\nof = "account"\nby = "contract"\n'
    )
    files.versions()
    (entry,) = files.record()
    first, second, third, fourth, fifth = entry["added"]  # type: ignore[misc]
    assert first == {
        "id": "a", "measure": "share of equity", "of": "account", "accounts": ["A"], "by": "product", "names": ["CL"],
        "hard": "25 %", "soft": "20.5 %", "windows": ["21:00-06:30"], "mode": "shadow", "note": "Why.",
    }  # fmt: skip
    assert [each["hard"] for each in (second, third, fourth, fifth)] == ["5000000.5", "0.18", "5 %", "2.5"]
    assert fifth["participation"] == "12.5 %"
    assert entry["modes"] == {"before": [], "after": [{"mode": "shadow", "limits": ["b"], "product": ["CL"]}]}
    assert entry["currency"] == {"before": "", "after": "USD"}


def test_a_changed_reference_is_taken_and_a_broken_one_is_not(files: Files, tmp_path: Path) -> None:
    reference = tmp_path / "reference.toml"
    reference.write_text('[products.CL]\nsector = "Energy"\n')
    versions = LimitVersions(LimitSource(files.file, reference, "gate", tmp_path / "data"), files.clock)
    versions.start()
    assert versions.reference.products["CL"].sector == "Energy"
    reference.write_text('[products.CL]\nsector = "Oil and gas"\n')
    assert files.look(versions)
    assert versions.reference.products["CL"].sector == "Oil and gas"


def test_without_a_file_nothing_is_recorded_and_nothing_warned_of(tmp_path: Path) -> None:
    versions = LimitVersions(LimitSource(folder=tmp_path), ManualClock())
    versions.start()
    assert (versions.has_file, versions.limits, versions.in_force.warnings) == (False, None, ())
    assert not versions.tick()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.expects_log("Not a directory")
def test_an_error_of_the_record_is_one_for_a_person(files: Files) -> None:
    (files.folder / "data").write_text("a file where the folder should be")
    with pytest.raises(UserFacingError, match="cannot be recorded"):
        files.versions(strict=True)
