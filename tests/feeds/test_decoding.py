"""Whatever bytes arrive, decoding ends in a message or in a BadMessageError."""

from __future__ import annotations

import contextlib

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.decoding import CHUNK, POSITIONS, QUOTES, REQUEST, ROWS, UPDATE, decode, decode_published
from feeds.faults import BadMessageError
from feeds.messages import (
    TOPIC_POSITIONS,
    AccountUpdate,
    Heartbeat,
    MoneyUpdate,
    PositionUpdate,
    Quote,
    Quotes,
    StateUpdate,
    WorkingUpdate,
)

DECODERS = (POSITIONS, QUOTES, CHUNK, REQUEST, UPDATE, ROWS)
SESSION = b"0123456789abcdef"
GOOD = [
    AccountUpdate(1, SESSION, 1, 2, "acme", "Acme group", "EUR"),
    AccountUpdate(1, SESSION, 1, 2, "acme", "Acme group", "EUR", "gross", "house member", "core initial"),
    PositionUpdate(1, SESSION, 2, 3, "acme", "X:GOLD:OOF:202612:C:1850.5", 4, 0, 5, None),
    PositionUpdate(2, SESSION, 2, 3, "acme", "X:GOLD:FUT:202612", 4, 9, 5, 6, 0, 9),
    WorkingUpdate(1, SESSION, 3, 4, "acme", "first", "X:GOLD:FUT:202612", -(10**9), True),
    MoneyUpdate(1, SESSION, 3, 4, "acme", "EUR", -(10**18), 10**18),
    Heartbeat(1, SESSION, 3, 5, bytes(8)),
    Quotes(1, SESSION, 4, 6, (Quote("X:GOLD:FUT:202612", 1, 2, None, 4, 5, 6),)),
]


@given(st.binary(max_size=300))
def test_random_bytes_never_escape_as_another_error(frame: bytes) -> None:
    for decoder in DECODERS:
        with contextlib.suppress(BadMessageError):
            decode(decoder, frame)


@given(st.sampled_from(GOOD), st.lists(st.tuples(st.integers(0, 200), st.integers(0, 255)), max_size=4), st.integers(0))
def test_damaged_messages_never_escape_as_another_error(
    message: msgspec.Struct, changes: list[tuple[int, int]], length: int
) -> None:
    frame = bytearray(msgspec.msgpack.encode(message))
    for place, byte in changes:
        frame[place % len(frame)] = byte
    for decoder in DECODERS:
        with contextlib.suppress(BadMessageError):
            decode(decoder, bytes(frame[: length % (len(frame) + 1)] if length else frame))


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats() | st.text() | st.binary(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        max_leaves=20,
    )
)
def test_well_formed_msgpack_of_any_shape_never_escapes_as_another_error(value: object) -> None:
    frame = msgspec.msgpack.encode(value)
    for decoder in DECODERS:
        with contextlib.suppress(BadMessageError):
            decode(decoder, frame)


@given(st.sampled_from(GOOD[:5]))
def test_a_good_message_arrives_as_it_was_sent(message: StateUpdate | Heartbeat) -> None:
    body = msgspec.msgpack.encode(message)
    assert decode_published(POSITIONS, TOPIC_POSITIONS, [TOPIC_POSITIONS, body]) == (message, body)


@pytest.mark.parametrize("frames", [[], [b"positions"], [b"positions", b"", b""]])
def test_other_than_two_frames_are_refused(frames: list[bytes]) -> None:
    with pytest.raises(BadMessageError, match="frames"):
        decode_published(POSITIONS, TOPIC_POSITIONS, frames)


def test_only_a_position_has_a_second_version() -> None:
    later = msgspec.structs.replace(GOOD[5], version=2)
    with pytest.raises(BadMessageError, match="version 2 is not understood"):
        decode_published(POSITIONS, TOPIC_POSITIONS, [TOPIC_POSITIONS, msgspec.msgpack.encode(later)])


def test_text_that_is_not_utf8_is_refused() -> None:
    frame = msgspec.msgpack.encode(GOOD[0]).replace(b"acme", b"ac\xffe")
    with pytest.raises(BadMessageError, match="encoding"):
        decode(POSITIONS, frame)
