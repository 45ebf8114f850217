"""Messages that a forger or a fault has changed anywhere: refused, and neither authority nor gate falls over."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from random import Random

import msgspec
import pytest

from engine.authorisation.approval import Act
from engine.authorisation.encoding import Value, decoded, encoded
from engine.authorisation.instruction import Instruction
from engine.authorisation.proposal import State
from feeds.authority_messages import TO_EXECUTOR, Propose, Release, Reserved, Sign, Words
from feeds.authority_rows import words_of
from feeds.clock import SystemClock
from feeds.decoding import decode
from feeds.faults import BadMessageError
from feeds.messages import VERSION
from tests.engine.authorisation.cast import EXPECTED, INPUTS, secret
from tests.feeds.authority_stage import Context, Stage

CASES = 250
ODD: tuple[Value, ...] = (
    *(0, 1, -1, 2**63 - 1, -(2**63), b"", bytes(16), bytes(32), (), ((),)),
    *(
        "",
        "A",
        "X:A:FUT:²²²²²²",
        "::::",
        "X:A:OOP:202606:C:1e400",
        "SIM:CL:OOP:202701:C:-0",
        "\u202e",
        "e\u0301",
        "{x}",
    ),
)
_encode = msgspec.msgpack.Encoder().encode


@pytest.fixture
def stage(zmq_context: Context, tmp_path: Path) -> Iterator[Stage]:
    stage = Stage(zmq_context, tmp_path, SystemClock())
    yield stage
    stage.close()


def altered(value: Value, random: Random) -> Value:
    """Something else in one place of a decoded value."""
    if isinstance(value, tuple) and value and random.random() < 0.9:
        place = random.randrange(len(value))
        return (*value[:place], altered(value[place], random), *value[place + 1 :])
    if isinstance(value, bytes) and value and random.random() < 0.7:
        place = random.randrange(len(value))
        return value[:place] + bytes([value[place] ^ 1 << random.randrange(8)]) + value[place + 1 :]
    if isinstance(value, int) and random.random() < 0.7:
        return value + random.choice((-1, 1))
    return random.choice([odd for odd in ODD if odd != value])


def forged(content: bytes, random: Random) -> bytes:
    """Other canonical bytes."""
    return encoded(altered(decoded(content, "test"), random))


def signatures(stage: Stage, made: Instruction) -> list[Words]:
    acts = ((Act.PROPOSE, "maker"), (Act.APPROVE, "officer"), (Act.APPROVE, "director"))
    return [words_of(stage.words(made, act, person)) for act, person in acts]


def mixed_up(stage: Stage, whole: list[Words], random: Random) -> list[Words]:
    """Signatures of which one is changed, missing, of another instruction, act or person, or there twice."""
    place, kind = random.randrange(3), random.randrange(5)
    one, others = whole[place], [each for number, each in enumerate(whole) if number != place]
    if kind == 0:
        changed = Words(forged(one.content, random), one.signature)
    elif kind == 1:
        bit = random.randrange(8 * len(one.signature))
        raw = bytearray(one.signature)
        raw[bit // 8] ^= 1 << bit % 8
        changed = Words(one.content, bytes(raw))
    elif kind == 2:
        changed = words_of(stage.words(stage.instruction(10**6), Act.APPROVE, "director"))
    elif kind == 3:
        changed = random.choice(others)
    else:
        return others
    return [*whole[:place], changed, *whole[place + 1 :]]


@pytest.mark.expects_log("content", "no such proposal")
def test_the_gate_sends_nothing_that_was_changed_anywhere(stage: Stage) -> None:
    random, executor = Random(9), stage.open_executor()
    stage.ready()
    for number in range(CASES):
        made = stage.instruction(1_000 + number)
        content, words = made.content, signatures(stage, made)
        if random.random() < 0.4:
            content = forged(content, random)
        else:
            words = mixed_up(stage, words, random)
        release = Release(VERSION, State.SIGNED2.value, content, words[0], tuple(words[1:]))
        try:
            executor._take(decode(TO_EXECUTOR, _encode(release)))
        except BadMessageError:
            continue
        for identity, pending in list(executor._pending.items()):
            # An authority that is in the forger's hands gives everything away.
            pending.asked = True
            executor._take(Reserved(VERSION, identity, True, 0, None))
        if number % 25 == 0:
            stage.turn()
    for _ in range(20):
        stage.turn()
    assert stage.exchange.arrived == []
    assert executor._pending == {}


def test_the_authority_takes_nothing_that_was_changed_anywhere(stage: Stage) -> None:
    random, server = Random(5), stage.server
    assert server is not None
    stage.ready()
    made = stage.instruction()
    assert stage.propose(made).accepted
    for number in range(CASES):
        request = random.randbytes(16)
        other = stage.instruction(1_000 + number)
        maker, officer, _ = signatures(stage, other)
        if random.random() < 0.5:
            question: Propose | Sign = Propose(
                VERSION, request, forged(other.content, random), maker, EXPECTED.content, INPUTS
            )
        else:
            words = stage.words(made, Act.APPROVE, random.choice(("officer", "director", "maker")))
            content = forged(words.approval.content, random)
            question = Sign(VERSION, request, Words(content, officer.signature))
            if random.random() < 0.5:
                # Even where the forger has the person's key: for words that do not count.
                person = "maker" if random.random() < 0.5 else "admin 1"
                genuine = stage.words(made, Act.APPROVE, person)
                signed = secret(person).sign(genuine.approval.context, genuine.approval.content)
                question = Sign(VERSION, request, Words(genuine.approval.content, signed.encode()))
        try:
            server._take(server._terminals, [b"peer", _encode(question)])
        except BadMessageError:
            continue
    assert [(kept.proposal.state, kept.proposal.approvals) for kept in stage.store.kept.values()] == [
        (State.PROPOSED, ())
    ]
