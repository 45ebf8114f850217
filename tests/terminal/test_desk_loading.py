"""Loading in the desk thread: how far it is, and its end on request."""

import time
from contextlib import contextmanager
from pathlib import Path

from engine.snapshot import Lines
from feeds.clock import SECOND, SystemClock
from terminal import desk as desk_module
from terminal.desk import Desk
from terminal.desk_setup import DeskSetup
from terminal.pipeline import Endpoints

SAMPLE = Path(__file__).parents[2] / "resources" / "sample" / "market.spn"
LINES = Lines(800_000, 1_000_000, 1_200_000)


@contextmanager
def desk_on(context, folder):
    endpoints = Endpoints(*(f"ipc://{folder / name}" for name in ("positions", "snapshots", "quotes")))
    desk = Desk(DeskSetup(folder / "market.spn", None, endpoints, LINES, 15 * SECOND), SystemClock(), context)
    try:
        yield desk
    finally:
        assert desk.stop(20)


def until(condition, what):
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline, f"waited in vain for {what}"
        time.sleep(0.005)


def fresh_file(folder, remark):
    """The sample market in other bytes, so that no cache has it."""
    (folder / "market.spn").write_text(SAMPLE.read_text("utf-8") + f"<!-- {remark} -->", "utf-8")


def test_a_cancelled_load_ends_and_says_so(zmq_context, tmp_path, monkeypatch):
    monkeypatch.setattr(desk_module, "LONG", 0)
    fresh_file(tmp_path, "cancelled")
    with desk_on(zmq_context, tmp_path) as desk:
        desk.cancel_loading()
        desk.start()
        until(lambda: desk.progress().problem is not None, "the end")
        progress = desk.progress()
    assert str(progress.problem) == "reading market.spn was cancelled; start again to read it"
    assert progress.share is not None
    assert 0 < progress.share <= 1


def test_a_load_that_is_over_shows_no_share(zmq_context, tmp_path, monkeypatch):
    monkeypatch.setattr(desk_module, "LONG", 0)
    fresh_file(tmp_path, "whole")
    with desk_on(zmq_context, tmp_path) as desk:
        desk.start()
        until(lambda: desk.view() is not None, "a view")
        assert desk.progress().share is None
        desk.cancel_loading()
        first = desk.view()
        until(lambda: desk.view() is not first, "another view")
        assert desk.progress().problem is None
