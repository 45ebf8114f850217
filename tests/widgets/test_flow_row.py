"""A row of controls that wraps: nothing is cut, and what is low stands in the middle of what is high."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from widgets.flow_row import FlowRow

HEIGHTS = (20, 32, 20)
ONE, TWO, THREE = [0, 0, 0], [0, 0, 1], [0, 1, 2]


class Row:
    """Three boxes of 100 pixels; the second is higher than the others."""

    def __init__(self) -> None:
        self.root, self.layout = QWidget(), FlowRow(gap=10)
        self.layout.setContentsMargins(5, 5, 5, 5)
        self.boxes = [QWidget() for _ in HEIGHTS]
        for box, height in zip(self.boxes, HEIGHTS, strict=True):
            box.setFixedSize(100, height)
            self.layout.addWidget(box)
        self.root.setLayout(self.layout)


@pytest.fixture
def row(qtbot: QtBot) -> Row:
    made = Row()
    qtbot.addWidget(made.root)
    return made


@pytest.mark.parametrize(
    ("width", "height", "lines"), [(330, 42, ONE), (329, 66, TWO), (219, 90, THREE), (90, 90, THREE)]
)
def test_items_go_on_in_the_next_line_where_there_is_no_room(
    qtbot: QtBot, row: Row, width: int, height: int, lines: list[int]
) -> None:
    assert row.layout.heightForWidth(width) == height
    row.root.setMinimumSize(1, 1)
    row.root.resize(max(width, 110), height)
    with qtbot.waitExposed(row.root):
        row.root.show()
    row.layout.setGeometry(row.root.rect())
    middles = [box.geometry().center().y() for box in row.boxes]
    assert [sorted(set(middles)).index(middle) for middle in middles] == lines


def test_hidden_items_take_no_room(row: Row) -> None:
    row.boxes[1].hide()
    assert row.layout.heightForWidth(220) == 30
    for box in row.boxes:
        box.hide()
    assert row.layout.heightForWidth(220) == 10
