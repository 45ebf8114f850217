"""A hundred terminals submit the same at the same time: one order, whoever was first."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.authorisation.approval import Act, SignedApproval
from engine.authorisation.instruction import Instruction
from engine.authorisation.proposal import State
from feeds.authority_client import AuthorityClient
from feeds.clock import SystemClock
from tests.engine.authorisation.cast import EXPECTED, INPUTS
from tests.feeds.authority_stage import Context, Stage

CLIENTS = 100


@pytest.fixture
def stage(zmq_context: Context, tmp_path: Path) -> Iterator[Stage]:
    stage = Stage(zmq_context, tmp_path, SystemClock())
    yield stage
    stage.close()


class Terminal(threading.Thread):
    """Submits everything at once on a socket of its own, and waits for the answers."""

    def __init__(self, stage: Stage, made: Instruction, words: list[SignedApproval], start: threading.Barrier) -> None:
        super().__init__(name="terminal")
        self._client = AuthorityClient(stage._context, stage.endpoints[0], stage.clock)
        self._made, self._words, self._barrier = made, words, start
        self.accepted: list[bool] = []

    def run(self) -> None:
        self._barrier.wait()
        client = self._client
        requests = [client.propose(self._made, self._words[0], EXPECTED, INPUTS)]
        requests += [client.sign(words) for words in self._words[1:]]
        answers: dict[bytes, bool] = {}
        while len(answers) < len(requests):
            client.poll_sockets()[0].poll(20)
            client.service()
            answers |= {answer.request: answer.accepted for answer in client.take_answers()}
        self.accepted = [answers[request] for request in requests]
        client.close()


def test_a_hundred_terminals_at_once_lead_to_one_order(stage: Stage) -> None:
    stage.open_executor()
    stage.ready()
    made = stage.instruction()
    words = [
        stage.words(made, act, person)
        for act, person in ((Act.PROPOSE, "maker"), (Act.APPROVE, "officer"), (Act.APPROVE, "director"))
    ]
    start = threading.Barrier(CLIENTS)
    terminals = [Terminal(stage, made, words, start) for _ in range(CLIENTS)]
    for terminal in terminals:
        terminal.start()
    stage.until(lambda: not any(terminal.is_alive() for terminal in terminals), "the terminals")
    stage.until_state(made, State.DONE)
    assert [sum(terminal.accepted[place] for terminal in terminals) for place in range(3)] == [1, 1, 1]
    assert len(stage.exchange.arrived) == 1
