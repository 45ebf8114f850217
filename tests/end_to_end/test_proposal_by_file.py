"""A proposal travels to a second workstation as a file, is rendered from its bytes, signed there, and handed in."""

from __future__ import annotations

import io
import sys
import time
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import pytest

from engine.authorisation.approval import Act
from engine.authorisation.moments import SECOND
from engine.authorisation.proposal import State
from engine.snapshot import FeedState
from feeds.authority_client import AuthorityClient
from feeds.clock import SystemClock
from terminal.cli import main
from tests.end_to_end.forced_close import WORDS, Processes
from tests.end_to_end.test_forced_close import signed, until
from tests.engine.authorisation.cast import EXPECTED, INPUTS, instruction
from tests.feeds.conftest import Context


@pytest.fixture
def processes(tmp_path: Path) -> Iterator[Processes]:
    processes = Processes(tmp_path)
    yield processes
    processes.close()


def typed(lines: str, *arguments: object) -> tuple[int, str, str]:
    """A command of the second workstation with what a person types; status, output and error."""
    said, wrong, keyboard = io.StringIO(), io.StringIO(), sys.stdin
    sys.stdin = io.StringIO(lines)
    try:
        with redirect_stdout(said), redirect_stderr(wrong):
            status = main(["proposal", *map(str, arguments)])
    finally:
        sys.stdin = keyboard
    return status, said.getvalue(), wrong.getvalue()


def test_the_second_signature_comes_from_a_workstation_without_network(
    processes: Processes, zmq_context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, endpoint = processes.folder, processes.authority()["authority"]
    founding = processes.found_people(endpoint)
    client = AuthorityClient(zmq_context, endpoint, SystemClock(), bytes.fromhex(founding))

    def serve() -> None:
        client.poll_sockets()[0].poll(5)
        client.service()

    def states() -> list[State]:
        return [view.proposal.state for view in client.picture().proposals]

    until(lambda: client.state is FeedState.LIVE, "the authority", serve)
    now = time.time_ns()
    made = instruction(not_before=now - SECOND, expiry=now + 600 * SECOND)
    client.propose(made, signed(folder, made, Act.PROPOSE, "maker"), EXPECTED, INPUTS)
    client.sign(signed(folder, made, Act.APPROVE, "officer"))
    until(lambda: states() == [State.SIGNED1], "the first signature", serve)

    proposal, signature = folder / "proposal", folder / "signature"
    place = ("--authority", endpoint)
    assert "0 proposals are meant" in typed("", "export", "ff", *place, "--out", proposal)[2]
    status, said, wrong = typed("", "export", *place, "--out", proposal)
    assert (status, wrong) == (0, "")
    code = said.split()[-1]
    assert code.replace("-", "") == made.code

    # From here on the second workstation, which has the file, the founding digest and a key.
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    status, said, _ = typed("", "show", proposal, "--founding", founding)
    assert status == 0
    assert f"指纹: {made.fingerprint.hex()}" in said
    assert code not in said
    assert "交易总监 (director)" in said
    sign = ("sign", proposal, "--founding", founding, "--out", signature, "--sign")
    assert "另一个" in typed(f"0000-0000\n{WORDS}\n", *sign, folder / "director.key")[2]
    assert "officer" in typed(f"{code}\n{WORDS}\n", *sign, folder / "officer.key")[2]
    assert "director.key" in typed(f"{code}\nanother phrase\n", *sign, folder / "director.key")[2]
    assert not signature.exists()
    status, said, wrong = typed(f"{code.lower()}\n{WORDS}\n", *sign, folder / "director.key")
    assert (status, wrong) == (0, "")

    # Back where the network is: it counts, once.
    monkeypatch.setenv("LC_ALL", "C")
    assert typed("", "hand-in", signature, *place) == (0, "director: the signature counts\n", "")
    assert typed("", "hand-in", signature, *place)[0] == 1
    until(lambda: states() == [State.SIGNED2], "the second signature", serve)
    assert client.picture().proposals[0].proposal.approvals[1].signed.approval.language == "zh_Hans"
    client.close()


@pytest.mark.parametrize(
    ("content", "why"), [(b"", "another format"), (b"palisade proposal 1\nx", "damaged or cut off")]
)
def test_a_file_that_is_no_proposal_is_named(tmp_path: Path, content: bytes, why: str) -> None:
    (tmp_path / "proposal").write_bytes(content)
    status, _, wrong = typed("", "show", tmp_path / "proposal", "--founding", "00" * 32)
    assert status == 2
    assert why in wrong
