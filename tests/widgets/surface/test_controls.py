"""Controls above a plot: on one line where there is room, on more where there is not, never clipped."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from widgets.header_strip import Segments
from widgets.surface.controls import Controls
from widgets.theme import Theme


@pytest.fixture
def controls(qtbot: QtBot, theme: Theme) -> Controls:
    left = [Segments(f"left_{number}", {"one": "First choice", "two": "Second choice"}) for number in range(3)]
    made = Controls(left, [Segments("right", {"one": "3D", "two": "Map"})])
    qtbot.addWidget(made)
    made.resize(1200, 40)
    made.show()
    return made


def parts(controls: Controls) -> list[QWidget]:
    return [*controls._left, *controls._right]


def test_there_is_one_line_where_there_is_room(controls: Controls) -> None:
    assert len({part.geometry().center().y() for part in parts(controls)}) == 1
    assert controls._right[0].geometry().right() > 1150


@pytest.mark.parametrize("width", [900, 560, 320, 240])
def test_nothing_is_clipped_or_covered(controls: Controls, width: int) -> None:
    controls.resize(width, 40)
    rooms = [part.geometry() for part in parts(controls)]
    assert all(controls.rect().contains(room) for room in rooms)
    assert not any(one.intersects(other) for one in rooms for other in rooms if one is not other)


def test_longer_words_take_another_line(controls: Controls) -> None:
    controls.resize(620, 40)
    before = controls.height()
    for part in controls._left:
        assert isinstance(part, Segments)
        part.buttons["one"].setText("A choice that has become much longer in another language")
    controls._arrange()
    assert controls.height() > before
