"""Labels of the lines in the margin curve."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from widgets.margin_curve import GAP, label_places

LEFT, RIGHT = 10.0, 330.0
PLACES = st.floats(LEFT, RIGHT)
WIDTHS = st.floats(8, 90)


@given(lines=st.tuples(PLACES, PLACES), widths=st.tuples(WIDTHS, WIDTHS))
def test_two_labels_are_never_one_over_the_other_and_stay_in_the_plot(
    lines: tuple[float, float], widths: tuple[float, float]
) -> None:
    (first, first_width), (last, last_width) = sorted(
        zip(label_places(lines, widths, LEFT, RIGHT), widths, strict=True)
    )
    assert first + first_width <= last
    assert first >= LEFT - 1e-9
    assert last + last_width <= RIGHT + 1e-9


def test_labels_stand_outside_of_their_lines_where_there_is_room() -> None:
    assert label_places((200.0, 100.0), (20.0, 50.0), LEFT, RIGHT) == [200.0 + GAP, 100.0 - GAP - 50.0]


def test_the_label_of_a_line_alone_is_on_the_side_with_more_room() -> None:
    assert label_places((100.0,), (20.0,), LEFT, RIGHT) == [100.0 + GAP]
    assert label_places((300.0,), (20.0,), LEFT, RIGHT) == [300.0 - GAP - 20.0]
