"""``palisade audit`` and ``palisade witness`` as a person runs them."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import zmq

from engine.audit import encode_payload
from feeds.checkpoints import Checkpoints
from feeds.clock import SystemClock
from feeds.curve import CurveClient, CurveKeys
from feeds.record_reading import FILE
from feeds.record_store import RecordStore
from feeds.witness_client import WitnessClient
from terminal.audit_command import moment_of, stamp
from terminal.audit_verifier import PROBLEMS
from terminal.audit_words import _SENTENCES
from terminal.cli import main
from tests.feeds.audit_trail import altered
from tests.feeds.driving import PATIENCE
from tests.terminal.archives import LOG, OTHER, Trail, make_trail


@pytest.fixture
def trail(tmp_path: Path) -> Iterator[Trail]:
    trail = make_trail(tmp_path, changes=10, checkpoint_every=5)
    yield trail
    trail.close()


@pytest.fixture
def archive(tmp_path: Path, trail: Trail) -> Path:
    (tmp_path / "archive").write_bytes(trail.archive)
    return tmp_path / "archive"


def run(*words: object) -> int:
    return main(["audit", *map(str, words)])


def test_a_store_is_verified_while_its_owner_has_it_open(
    tmp_path: Path, trail: Trail, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("verify", tmp_path / "store", "--newest", trail.newest_file) == 0
    said = capsys.readouterr().out
    assert said.startswith("Good: 10 records, 2 checkpoints of desk/log.\nRoot: ")
    assert f"Log key: {LOG.public.fingerprint.hex()}" in said


def test_an_exported_archive_is_verified_and_never_written_over(
    tmp_path: Path, trail: Trail, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("export", tmp_path / "store", tmp_path / "out") == 0
    assert run("verify", tmp_path / "out") == 0
    assert capsys.readouterr().out.startswith(f"{tmp_path / 'out'}: 10 records\nGood: 10 records")
    assert run("export", tmp_path / "store", tmp_path / "out") == 2
    assert "the file exists already" in capsys.readouterr().err


def test_records_that_are_not_signed_yet_are_left_out_and_counted(
    tmp_path: Path, trail: Trail, capsys: pytest.CaptureFixture[str]
) -> None:
    with trail.store.transaction(1, 1) as change:
        change.record("test", "more", {})
    assert run("export", tmp_path / "store", tmp_path / "out") == 0
    assert "10 records; 1 are not signed yet and were left out" in capsys.readouterr().out


def test_an_altered_store_is_bad_and_the_first_bad_record_is_named(
    tmp_path: Path, trail: Trail, capsys: pytest.CaptureFixture[str]
) -> None:
    trail.store.close()
    payload = encode_payload({"k": 99}).hex()
    altered(tmp_path / "store", f"UPDATE records SET payload = x'{payload}' WHERE number = 6")
    assert run("verify", tmp_path / "store") == 1
    assert capsys.readouterr().out == "BAD: record 6 is not the record that its hash was made of\n"


def test_a_key_that_was_not_expected_is_bad(tmp_path: Path, archive: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("verify", archive, "--log-key", OTHER.public.fingerprint.hex()) == 1
    assert "not by the one given" in capsys.readouterr().out


def test_a_database_that_is_damaged_is_bad_input(
    tmp_path: Path, trail: Trail, capsys: pytest.CaptureFixture[str]
) -> None:
    trail.store.close()
    file = tmp_path / "store" / FILE
    content = bytearray(file.read_bytes())
    content[4_096:] = b"\xff" * (len(content) - 4_096)
    file.write_bytes(content)
    assert run("verify", tmp_path / "store") == 2
    assert "the record store is damaged" in capsys.readouterr().err


@pytest.mark.parametrize("action", [["verify"], ["show"]])
def test_a_path_where_there_is_nothing_is_named(
    tmp_path: Path, action: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(*action, tmp_path / "nothing") == 2
    assert "it cannot be read: No such file" in capsys.readouterr().err
    assert run(*action, tmp_path) == 2
    assert "there is no record store" in capsys.readouterr().err


def test_a_store_without_a_checkpoint_cannot_be_exported(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    RecordStore(tmp_path / "store").close()
    assert run("export", tmp_path / "store", tmp_path / "out") == 2
    assert "no record is signed yet" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_records_are_shown_to_the_microsecond(archive: Path, trail: Trail, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("show", archive) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 10
    assert "2001-09-09 01:46:40.000000" in lines[0]
    assert lines[3].endswith('counter        count                  k=3 note="one of many records"')


def test_records_are_shown_by_kind_actor_words_and_time(
    tmp_path: Path, archive: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("show", archive, "--words", '"k":7', "--kind", "count", "--actor", "count", "--format", "json") == 0
    (line,) = capsys.readouterr().out.splitlines()
    assert json.loads(line)["payload"]["k"] == 7
    assert run("show", tmp_path / "store", "--since", "2001-09-09T01:46:41") == 0
    assert len(capsys.readouterr().out.splitlines()) == 5
    assert run("show", tmp_path / "store", "--until", "2001-09-09T01:46:41Z", "--kind", "other") == 0
    assert capsys.readouterr().out == ""


def test_a_moment_that_is_none_is_refused(archive: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("show", archive, "--since", "yesterday") == 2
    assert "yesterday is no moment; write it as 2026-11-28T14:05:00" in capsys.readouterr().err


def test_a_file_that_is_no_archive_is_bad_to_verify_and_not_shown(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_bytes(b"something else altogether, but long enough")
    assert run("verify", tmp_path / "file") == 1
    assert capsys.readouterr().out == "BAD: this is no audit archive\n"
    assert run("show", tmp_path / "file") == 2


def test_without_an_action_it_says_which_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    assert run() == 2
    assert "none of verify, export, show and report is given" in capsys.readouterr().err


def test_the_verifiers_sentences_are_those_that_are_translated() -> None:
    assert {kind: sentence.template for kind, sentence in _SENTENCES.items()} == PROBLEMS


def test_moments_are_read_and_written_to_the_microsecond() -> None:
    assert stamp(moment_of("2026-11-28T14:05:00.123456")) == "2026-11-28 14:05:00.123456"
    assert moment_of("2026-11-28T14:05:00+08:00") == moment_of("2026-11-28T06:05:00Z")


@pytest.mark.parametrize("encrypted", [False, True])
def test_a_witness_process_signs_a_log_and_leaves_what_verification_needs(
    tmp_path: Path,
    zmq_context: zmq.Context[zmq.Socket[bytes]],
    project_root: Path,
    capsys: pytest.CaptureFixture[str],
    encrypted: bool,
) -> None:
    arguments = ["--listen", "tcp://127.0.0.1:*", "--store", str(tmp_path / "w"), "--log-key"]
    command = [sys.executable, "-m", "terminal.cli", "witness", *arguments, LOG.public.fingerprint.hex()]
    own = CurveKeys.new()
    command += [f"--log-transport={own.public.decode()}"] if encrypted else []  # A key may begin with a dash.
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=project_root)
    assert process.stdout is not None
    with process:
        endpoint, key = process.stdout.readline().removeprefix("witness at ").strip().split(", key ")
        said = process.stdout.readline().removeprefix("transport key ").strip().encode() if encrypted else b""
        curve = CurveClient(own, said) if encrypted else None
        store = RecordStore(tmp_path / "store")
        clock = SystemClock()
        checkpoints = Checkpoints(store, LOG, "desk/log", clock)
        client = WitnessClient(zmq_context, endpoint, checkpoints, LOG.public, bytes.fromhex(key), clock, curve)
        with store.transaction(1, 1) as change:
            change.record("test", "something", {})
        checkpoints.sign()
        deadline = time.monotonic() + PATIENCE
        while client.size < 1:
            client.service()
            client.socket.poll(10)
            assert time.monotonic() < deadline
        client.close()
        store.close()
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE) == 0
    newest = tmp_path / "w" / "newest.checkpoint"
    assert run("verify", tmp_path / "store", "--newest", newest, "--witness-key", key) == 0
    assert "Counter-signed by a witness: the first 1 records." in capsys.readouterr().out


def test_a_witness_needs_the_fingerprint_of_its_log(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["witness", "--listen", "tcp://127.0.0.1:*", "--store", str(tmp_path / "w"), "--log-key", "ab"]) == 2
    assert "ab is no fingerprint; give its 64 hexadecimal digits" in capsys.readouterr().err


def test_a_witness_does_not_listen_beyond_the_machine_without_encryption(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = ["--log-key", LOG.public.fingerprint.hex()]
    assert main(["witness", "--listen", "tcp://0.0.0.0:5590", "--store", str(tmp_path / "w"), *log]) == 2
    assert "encrypt" in capsys.readouterr().err
    wrong = [*log, "--log-transport", "too short"]
    assert main(["witness", "--listen", "tcp://127.0.0.1:*", "--store", str(tmp_path / "w"), *wrong]) == 2
    assert "too short is no transport key; give its forty characters" in capsys.readouterr().err
