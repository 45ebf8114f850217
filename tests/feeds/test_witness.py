"""A witness on a real socket signs a log that only grows, and finds out one that was cut, rolled back or rewritten."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest
import zmq

from engine.text import BadInputError
from feeds.checkpoints import WITNESS_CONTEXT, Checkpoints, note_of, witnessed
from feeds.clock import SECOND
from feeds.record_store import RecordStore
from feeds.signing import HybridKey, verify
from feeds.witness import WITNESSED, Witness
from feeds.witness_client import LONGEST_SILENCE, PATIENCE, WitnessClient
from tests.feeds.audit_trail import COUNTERS, add, altered
from tests.feeds.driving import PATIENCE as SECONDS
from tests.feeds.driving import ManualClock

Context = zmq.Context[zmq.Socket[bytes]]
LOG, WITNESS, OTHER = (HybridKey(bytes(range(start, start + 64))) for start in (0, 1, 2))


class Scene:
    """A log, its witness, and both ends of the line between them."""

    def __init__(self, context: Context, folder: Path) -> None:
        self.context, self.folder = context, folder
        self.clock = ManualClock()
        (folder / "witness").mkdir()
        self.open_log()
        self.witness_store = RecordStore(folder / "witness", WITNESSED)
        self.witness = Witness(
            context,
            "tcp://127.0.0.1:*",
            folder / "witness",
            self.witness_store,
            WITNESS,
            LOG.public.fingerprint,
            self.clock,
        )
        self.connect()

    def open_log(self) -> None:
        self.store = RecordStore(self.folder / "log", COUNTERS)
        self.checkpoints = Checkpoints(self.store, LOG, "desk/log", self.clock)

    def connect(self, key: HybridKey = LOG, witness: HybridKey = WITNESS) -> None:
        self.client = WitnessClient(
            self.context, self.witness.endpoint, self.checkpoints, key.public, witness.public.fingerprint, self.clock
        )

    def grow(self, *numbers: int) -> None:
        add(self.store, *numbers)
        self.checkpoints.sign()

    def until(self, condition: Callable[[], bool]) -> None:
        deadline = time.monotonic() + SECONDS
        while not condition():
            self.client.service()
            self.witness.service()
            assert time.monotonic() < deadline, "it did not come to that"

    def until_witnessed(self) -> None:
        self.until(lambda: self.client.size == self.store.size)

    def end_log(self) -> None:
        self.client.close()
        self.store.close()

    def close(self) -> None:
        self.end_log()
        self.witness.close()
        self.witness_store.close()


@pytest.fixture
def scene(zmq_context: Context, tmp_path: Path) -> Iterator[Scene]:
    scene = Scene(zmq_context, tmp_path)
    yield scene
    scene.close()


def test_a_witness_signs_each_checkpoint_of_a_log_that_grows(scene: Scene) -> None:
    for number in range(5):
        scene.grow(number)
        scene.until_witnessed()
    signed = list(scene.store.checkpoints())
    assert [each.checkpoint.size for each in signed] == [1, 2, 3, 4, 5]
    for each in signed:
        (own,) = each.witnesses
        assert verify(WITNESS.public, WITNESS_CONTEXT, witnessed(each.checkpoint.encode(), own.wall), own.signature)


def test_the_newest_checkpoint_is_also_a_text_file(scene: Scene) -> None:
    scene.grow(1)
    scene.until_witnessed()
    newest = scene.store.newest_checkpoint()
    assert newest is not None
    assert (scene.folder / "witness" / "newest.checkpoint").read_bytes() == note_of(newest)


def test_it_goes_on_where_it_was_after_either_side_was_started_anew(scene: Scene) -> None:
    scene.grow(1, 2, 3)
    scene.until_witnessed()
    scene.end_log()
    scene.open_log()
    scene.connect()
    scene.grow(4)
    scene.until_witnessed()
    assert scene.client.alert is None


@pytest.mark.expects_log("rolled back or cut off")
def test_a_log_rolled_back_to_an_older_copy_is_found_out(scene: Scene) -> None:
    scene.grow(1)
    scene.end_log()
    shutil.copytree(scene.folder / "log", scene.folder / "older")
    scene.open_log()
    scene.connect()
    scene.grow(2, 3)
    scene.until_witnessed()
    scene.end_log()
    shutil.rmtree(scene.folder / "log")
    shutil.move(scene.folder / "older", scene.folder / "log")
    scene.open_log()
    scene.connect()
    scene.until(lambda: scene.client.alert is not None)
    assert "1 records after 3 had been signed" in str(scene.client.problem)


@pytest.mark.expects_log("are not ours")
def test_a_log_that_was_rewritten_is_found_out(scene: Scene) -> None:
    scene.grow(1, 2, 3)
    scene.until_witnessed()
    scene.end_log()
    shutil.rmtree(scene.folder / "log")
    scene.open_log()
    scene.connect()
    scene.grow(1, 2, 4, 5)
    scene.until(lambda: scene.client.alert is not None)
    assert "the witness has signed 3 records that are not ours" in str(scene.client.problem)


@pytest.mark.expects_log("are not those that were signed")
def test_a_log_that_claims_to_follow_on_without_proof_is_refused(scene: Scene) -> None:
    scene.grow(1, 2, 3)
    scene.until_witnessed()
    scene.end_log()
    shutil.rmtree(scene.folder / "log")
    scene.open_log()
    scene.connect()
    scene.grow(1, 2, 4, 5)
    scene.client._known = 3
    scene.until(lambda: scene.client.alert is not None)


@pytest.mark.expects_log("is not the log that is watched")
def test_another_log_is_refused(scene: Scene) -> None:
    scene.client.close()
    scene.connect(key=OTHER)
    scene.grow(1)
    scene.until(lambda: scene.client.alert is not None)
    assert [record.kind for record in scene.witness_store.records()] == ["checkpoint refused"]


@pytest.mark.expects_log("another witness signed it")
def test_another_witness_does_not_count(scene: Scene) -> None:
    scene.client.close()
    scene.connect(witness=OTHER)
    scene.grow(1)
    scene.until(lambda: scene.client.faults.counts["signature"] > 0)
    assert scene.client.size == 0
    (signed,) = scene.store.checkpoints()
    assert signed.witnesses == ()


def test_a_witness_that_is_away_holds_nothing_up_and_is_said_to_be_away(scene: Scene) -> None:
    scene.grow(1)
    scene.client.service()
    assert scene.client.problem is None
    scene.clock.advance(LONGEST_SILENCE)
    assert "has not signed the newest records for 10 s" in str(scene.client.problem)
    scene.clock.advance(PATIENCE)
    scene.until_witnessed()
    assert scene.client.problem is None


@pytest.mark.expects_log("witness feed")
def test_nonsense_is_not_answered(scene: Scene) -> None:
    with scene.context.socket(zmq.DEALER) as socket:
        socket.setsockopt(zmq.LINGER, 0)
        socket.connect(scene.witness.endpoint)
        for frames in ([b""], [b"\xc1"], [b"a", b"b"], [msgspec.msgpack.encode(["witness", 1])]):
            socket.send_multipart(frames)
        scene.until(lambda: sum(scene.witness.faults.counts.values()) == 4)
        assert not socket.poll(0)


def test_what_changed_is_signed_after_a_second_and_at_once_when_asked(scene: Scene) -> None:
    scene.grow(1)
    add(scene.store, 2)
    scene.checkpoints.tick()
    assert len(list(scene.store.checkpoints())) == 1
    scene.clock.advance(SECOND)
    scene.checkpoints.tick()
    scene.clock.advance(SECOND)
    scene.checkpoints.tick()
    sizes = [each.checkpoint.size for each in scene.store.checkpoints()]
    assert sizes == [1, 2]


@pytest.mark.parametrize(
    ("alteration", "said"),
    [
        ("UPDATE nodes SET hash = zeroblob(32)", "the first 3 records are not those that were signed"),
        ("DELETE FROM records WHERE number = 2", "2 records are there, 3 were signed"),
    ],
)
def test_a_store_that_is_not_what_was_signed_is_not_opened(scene: Scene, alteration: str, said: str) -> None:
    scene.grow(1, 2, 3)
    scene.store.close()
    altered(scene.folder / "log", alteration)
    with pytest.raises(BadInputError, match=said):
        scene.open_log()
