"""What stands in a frame is a message of the gate, or said to be none; whatever it is."""

from __future__ import annotations

import contextlib

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.faults import BadMessageError
from feeds.gate_messages import decode_gate
from tests.feeds.gate_stage import GOOD


@given(st.binary(max_size=200))
def test_random_bytes_never_escape_as_another_error(frame: bytes) -> None:
    with pytest.raises(BadMessageError):
        decode_gate(frame)


@given(st.lists(st.tuples(st.integers(0, 200), st.integers(0, 255)), min_size=1, max_size=4))
def test_damaged_messages_never_escape_as_another_error(changes: list[tuple[int, int]]) -> None:
    frame = bytearray(msgspec.msgpack.encode(GOOD))
    for place, byte in changes:
        frame[place % len(frame)] = byte
    with contextlib.suppress(BadMessageError):
        decode_gate(bytes(frame))
