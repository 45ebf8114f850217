"""The thread behind the Audit view: follows a store that grows, verifies, exports, and says what is wrong."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from feeds.clock import SystemClock
from terminal.audit_watch import AuditWatch
from tests.feeds.audit_trail import altered
from tests.feeds.driving import PATIENCE
from tests.terminal.archives import Trail, make_trail


@pytest.fixture
def trail(tmp_path: Path) -> Iterator[Trail]:
    trail = make_trail(tmp_path, changes=10, checkpoint_every=5)
    yield trail
    trail.close()


@pytest.fixture
def watch() -> Iterator[AuditWatch]:
    watch = AuditWatch(SystemClock())
    watch.start()
    yield watch
    assert watch.stop(PATIENCE)


def until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, "the condition did not come true in time"
        time.sleep(0.01)


def size(watch: AuditWatch) -> int:
    picture = watch.picture()
    return picture.size if picture is not None else -1


def test_it_shows_a_store_and_what_is_added_to_it(tmp_path: Path, trail: Trail, watch: AuditWatch) -> None:
    watch.open(tmp_path / "store")
    until(lambda: size(watch) == 10)
    with trail.store.transaction(1, 1) as change:
        change.record("test", "more", {})
    until(lambda: size(watch) == 11)
    picture = watch.picture()
    assert picture is not None
    assert [record.number for record in picture.records] == list(range(11))
    assert (picture.signed, picture.witnessed, picture.doing, picture.problem) == (10, 10, None, None)


def test_it_verifies_a_store_and_names_the_bad_record(tmp_path: Path, trail: Trail, watch: AuditWatch) -> None:
    watch.open(tmp_path / "store")
    watch.verify()
    until(lambda: (picture := watch.picture()) is not None and picture.verified)
    picture = watch.picture()
    assert picture is not None
    assert picture.verified is not None
    assert (picture.verified.sound, picture.verified.records) == (True, 10)
    altered(tmp_path / "store", "UPDATE records SET actor = 'other' WHERE number = 4")
    watch.verify()
    until(lambda: (picture := watch.picture()) is not None and picture.verified and not picture.verified.sound)
    picture = watch.picture()
    assert picture is not None
    assert picture.verified is not None
    assert "record 4 is not" in str(picture.verified.finding)


def test_it_exports_and_opens_an_archive(tmp_path: Path, trail: Trail, watch: AuditWatch) -> None:
    watch.open(tmp_path / "store")
    watch.export(tmp_path / "out")
    until(lambda: (picture := watch.picture()) is not None and picture.note)
    watch.open(tmp_path / "out")
    until(lambda: (picture := watch.picture()) is not None and picture.verified)
    picture = watch.picture()
    assert picture is not None
    assert (picture.size, picture.signed, picture.witnessed) == (10, 10, 10)
    watch.export(tmp_path / "again")
    until(lambda: (picture := watch.picture()) is not None and picture.problem)
    assert "it is an archive already" in str(watch.picture().problem)  # type: ignore[union-attr]


def test_one_that_was_never_started_is_stopped_at_once() -> None:
    assert AuditWatch(SystemClock()).stop(0)


def test_what_cannot_be_read_is_said(tmp_path: Path, watch: AuditWatch) -> None:
    watch.open(tmp_path)
    until(lambda: (picture := watch.picture()) is not None and picture.problem)
    assert "there is no record store" in str(watch.picture().problem)  # type: ignore[union-attr]
    watch.open(tmp_path / "nothing")
    until(lambda: "cannot be read" in str(watch.picture().problem))  # type: ignore[union-attr]
