"""Canonical bytes: what msgpack writes in its smallest form, one form of every value, nothing else is read."""

from __future__ import annotations

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.authorisation.encoding import decoded, encoded
from engine.text import BadInputError

EDGES = [
    edge + step for power in (5, 7, 8, 15, 16, 31, 32, 63) for edge in (2**power, -(2**power)) for step in (-1, 0, 1)
]
integers = st.integers(-(2**63), 2**63 - 1) | st.sampled_from([each for each in EDGES if -(2**63) <= each < 2**63])
leaves = integers | st.binary(max_size=300) | st.text(max_size=300)
values = st.recursive(leaves, lambda inner: st.lists(inner, max_size=20).map(tuple), max_leaves=40)


def depth(value: object) -> int:
    return 1 + max(map(depth, value), default=0) if isinstance(value, tuple) else 0


@given(values)
def test_the_bytes_are_those_that_msgpack_writes(value: object) -> None:
    assert encoded(value) == msgpack.packb(value)  # type: ignore[arg-type]


@given(values.filter(lambda value: depth(value) < 8))
def test_what_was_written_is_read(value: object) -> None:
    assert decoded(encoded(value), "here") == value  # type: ignore[arg-type]


@pytest.mark.parametrize("size", [2**8 - 1, 2**8, 2**16 - 1, 2**16])
def test_lengths_at_their_edges_are_written_as_msgpack_does(size: int) -> None:
    for value in (bytes(size), "a" * size, (0,) * size):
        assert encoded(value) == msgpack.packb(value)
        assert decoded(encoded(value), "here") == value


@given(st.binary(max_size=60))
def test_any_bytes_are_read_in_their_one_form_or_refused(content: bytes) -> None:
    try:
        value = decoded(content, "here")
    except BadInputError:
        return
    assert encoded(value) == content


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xcc\x05",
        b"\xd9\x01a",
        b"\xc0",
        b"\xc3",
        b"\xcb" + bytes(8),
        b"\x91",
        b"\x05\x05",
        b"\xdd\xff\xff\xff\xff",
        b"\x91" * 20 + b"\x01",
        b"\xa1\xff",
        b"\xcf" + b"\xff" * 8,
    ],
)
def test_other_forms_and_kinds_are_refused(content: bytes) -> None:
    with pytest.raises(BadInputError, match="here"):
        decoded(content, "here")


@pytest.mark.parametrize("value", [True, None, 1.5, [1], 2**63, -(2**63) - 1])
def test_values_of_other_kinds_cannot_be_written(value: object) -> None:
    with pytest.raises(ValueError, match=r"form|64 bits"):
        encoded(value)  # type: ignore[arg-type]
