"""What a terminal had asked an authority that was killed: answered by the next start of it, and done once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.authorisation.approval import Act
from engine.authorisation.instruction import Instruction
from engine.authorisation.proposal import State
from feeds import authority_client
from feeds.authority_messages import TERMINAL_MESSAGES, Sign
from feeds.clock import SECOND, SystemClock
from feeds.decoding import decode
from tests.feeds.authority_stage import Context, Stage


@pytest.fixture
def stage(zmq_context: Context, tmp_path: Path) -> Iterator[Stage]:
    stage = Stage(zmq_context, tmp_path, SystemClock())
    stage.ready()
    yield stage
    stage.close()


@pytest.fixture
def proposed(stage: Stage) -> Instruction:
    made = stage.instruction()
    assert stage.propose(made).accepted
    return made


def test_a_question_that_died_with_the_authority_is_asked_again_before_anybody_falls_silent(
    stage: Stage, proposed: Instruction, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(authority_client, "SILENCE", 3_600 * SECOND)
    request = stage.client.sign(stage.words(proposed, Act.APPROVE, "officer"))
    assert stage.server is not None
    terminals = stage.server.poll_sockets()[0]
    while not isinstance(decode(TERMINAL_MESSAGES, terminals.recv_multipart()[1]), Sign):
        pass
    stage.close_authority()
    stage.open_authority()
    assert stage.answer(request).accepted
    stage.until_state(proposed, State.SIGNED1)


def test_what_was_done_and_not_answered_is_not_refused_by_the_next_start(stage: Stage, proposed: Instruction) -> None:
    approval = stage.words(proposed, Act.APPROVE, "officer")
    request = stage.client.sign(approval)
    body = stage.client._asked[request]
    assert stage.answer(request).accepted
    stage.close_authority()
    stage.open_authority()
    stage.ready()
    # As if the answer had been lost.
    stage.client._asked[request] = body
    stage.client._put(body)
    del stage.answers[request]
    assert stage.answer(request).accepted
    stage.until_state(proposed, State.SIGNED1)
    assert "was given before" in str(stage.answer(stage.client.sign(approval)).reason)
