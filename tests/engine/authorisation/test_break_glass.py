"""When a break-glass is in force, and who may look at it after."""

from __future__ import annotations

import pytest

from engine.authorisation.break_glass import DURATION, BreakGlass, Measure
from tests.engine.authorisation.cast import SECOND, WALL, staff

SAID = BreakGlass(b"i" * 16, Measure.CANCEL_ALL, "A-100", "officer", b"k" * 32, "station", "the venue is down", WALL)


@pytest.mark.parametrize(
    ("wall", "holds"), [(WALL - 2 * SECOND, False), (WALL, True), (WALL + DURATION - 1, True), (WALL + DURATION, False)]
)
def test_it_is_in_force_for_ten_minutes(wall: int, holds: bool) -> None:
    assert SAID.is_in_force(wall) is holds
    assert SAID.holds_for("A-100", wall) is holds
    assert not SAID.holds_for("A-200", wall)


@pytest.mark.parametrize(
    ("person", "may"),
    [
        ("officer", False),
        ("officer 2", True),
        ("director", True),
        ("admin 1", True),
        ("maker", False),
        ("nobody", False),
    ],
)
def test_it_is_reviewed_by_somebody_else_in_a_role_for_it(person: str, may: bool) -> None:
    assert SAID.may_be_reviewed_by(staff().persons.get(person)) is may
