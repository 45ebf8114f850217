"""Every event becomes a payload and is read back from it; what does not fit is refused."""

from __future__ import annotations

from dataclasses import fields

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.audit import Record, encode_payload
from engine.audit_events import KINDS, Event, OrderReported, StateChanged, event_of, told

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
st.register_type_strategy(str, texts)
events = st.one_of(*(st.from_type(kind) for kind in KINDS.values()))


def recorded(kind: str, payload: dict[str, object]) -> Record:
    return Record(0, 0, 0, bytes(16), 0, "test", kind, encode_payload(payload))  # type: ignore[arg-type]


@given(events)
def test_an_event_is_read_back_from_its_record(event: Event) -> None:
    kind, payload = told(event)
    assert event_of(recorded(kind, dict(payload))) == event


def test_kinds_are_told_apart() -> None:
    assert all(kind.kind == name and name for name, kind in KINDS.items())
    assert event_of(recorded("something else", {"a": 1})) is None


REPORT = OrderReported("ab", "ab-000", "filled", 3, 10**8, "", 5)


@pytest.mark.parametrize(
    "change",
    [{"filled": "3"}, {"filled": True}, {"filled": None}, {"order": 1}, {"order": ["a"]}, {"other": 1}],
    ids=str,
)
def test_a_payload_that_does_not_fit_its_kind_is_refused(change: dict[str, object]) -> None:
    kind, payload = told(REPORT)
    with pytest.raises(ValueError, match=r"wrong kind|the fields are not"):
        event_of(recorded(kind, {**payload, **change}))


@pytest.mark.parametrize("field", [field.name for field in fields(StateChanged)])
def test_a_payload_that_lacks_a_field_is_refused(field: str) -> None:
    kind, payload = told(StateChanged("ab", "proposed", "signed1", ""))
    with pytest.raises(ValueError, match="the fields are not"):
        event_of(recorded(kind, {name: value for name, value in payload.items() if name != field}))
