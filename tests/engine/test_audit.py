"""Records and checkpoints have one encoding each."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.audit import (
    UNSYNCHRONISED,
    Checkpoint,
    Record,
    decode_checkpoint,
    decode_payload,
    decode_record,
    encode_payload,
)

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)
payloads = st.dictionaries(texts, values, max_size=5)
names = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)
records = st.builds(
    Record,
    st.integers(0, 2**63),
    st.integers(-(2**63), 2**63 - 1),
    st.integers(-(2**63), 2**63 - 1),
    st.binary(min_size=16, max_size=16),
    st.integers(0, UNSYNCHRONISED),
    names,
    names,
    payloads.map(encode_payload),
)
checkpoints = st.builds(
    Checkpoint,
    names.filter(str.isprintable),
    st.integers(0, 2**62),
    st.binary(min_size=32, max_size=32),
    st.integers(0, 2**62),
)
RECORD = Record(3, 1_700_000_000_123_456_789, 55, bytes(range(16)), 250, "authority", "state", b'{"a":1}')


@given(records)
def test_a_record_is_read_back_from_its_bytes(record: Record) -> None:
    assert decode_record(record.encode()) == record


def test_the_bytes_of_a_record_are_those_that_the_format_says() -> None:
    assert RECORD.encode().hex() == (
        "01000000000000000317979cfe3a9d0d15".replace("17979cfe3a9d0d15", (1_700_000_000_123_456_789).to_bytes(8).hex())
        + "0000000000000037"
        + bytes(range(16)).hex()
        + "000000fa"
        "09"
        "05"
        "00000007" + b"authority".hex() + b"state".hex() + b'{"a":1}'.hex()
    )


@given(records, st.data())
def test_other_bytes_are_another_record_or_none(record: Record, data: st.DataObject) -> None:
    encoded = bytearray(record.encode())
    place = data.draw(st.integers(0, 8 * len(encoded) - 1))
    encoded[place // 8] ^= 1 << place % 8
    try:
        other = decode_record(bytes(encoded))
    except ValueError:
        return
    assert other != record
    assert other.leaf != record.leaf


@pytest.mark.parametrize("cut", range(1, 60))
def test_a_record_that_is_cut_off_is_none(cut: int) -> None:
    with pytest.raises(ValueError, match=r"no record|add up"):
        decode_record(RECORD.encode()[:-cut])


@pytest.mark.parametrize(
    "wrong",
    [
        {"actor": ""},
        {"kind": "x" * 256},
        {"boot": b"short"},
        {"payload": bytes(2**20 + 1)},
        {"number": -1},
        {"wall": 2**63},
    ],
    ids=lambda wrong: next(iter(wrong)),
)
def test_what_has_no_encoding_is_refused(wrong: dict[str, object]) -> None:
    fields = {name: getattr(RECORD, name) for name in Record.__dataclass_fields__} | wrong
    with pytest.raises(ValueError, match=r"bytes|too large|number|format|range"):
        Record(**fields).encode()


@given(payloads)
def test_a_payload_is_read_back_from_its_one_encoding(payload: dict[str, object]) -> None:
    assert decode_payload(encode_payload(payload)) == payload  # type: ignore[arg-type]


@pytest.mark.parametrize("payload", [{"a": 1.5}, {"a": b"bytes"}, {1: "a"}, {"a": {"b": [object()]}}])
def test_a_payload_holds_nothing_that_two_machines_could_write_differently(payload: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"cannot be part|no text"):
        encode_payload(payload)  # type: ignore[arg-type]


@pytest.mark.parametrize("data", [b'{"a": 1}', b'{"b":1,"a":2}', b'{"a":1,"a":1}', b"[1]", b'{"a":1.0}', b"{", b"\xff"])
def test_another_spelling_of_a_payload_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match=r"canonical|cannot be part|Expecting|decode"):
        decode_payload(data)


@given(checkpoints)
def test_a_checkpoint_is_read_back_from_its_text(checkpoint: Checkpoint) -> None:
    assert decode_checkpoint(checkpoint.encode()) == checkpoint


@given(checkpoints, st.data())
def test_another_text_is_another_checkpoint_or_none(checkpoint: Checkpoint, data: st.DataObject) -> None:
    encoded = bytearray(checkpoint.encode())
    place = data.draw(st.integers(0, 8 * len(encoded) - 1))
    encoded[place // 8] ^= 1 << place % 8
    with suppress(ValueError):
        assert decode_checkpoint(bytes(encoded)) != checkpoint


def test_an_origin_of_two_lines_is_refused() -> None:
    with pytest.raises(ValueError, match="origin of one line"):
        Checkpoint("a\nb", 1, bytes(32), 1).encode()
