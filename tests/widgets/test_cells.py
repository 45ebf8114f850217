"""Texts that have no room."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QFontMetrics

from widgets.cells import elided
from widgets.theme import Theme


@pytest.fixture
def metrics(theme: Theme) -> QFontMetrics:
    return QFontMetrics(theme.font())


def test_of_a_name_in_parts_the_last_is_kept(metrics: QFontMetrics) -> None:
    name = "Name, related accounts · SI"
    short = elided(metrics, name, metrics.horizontalAdvance(name) * 3 // 4)
    assert short.startswith("Name, rel")
    assert short.endswith("\N{HORIZONTAL ELLIPSIS} · SI")
    assert metrics.horizontalAdvance(short) <= metrics.horizontalAdvance(name) * 3 // 4


@pytest.mark.parametrize("name", ["Firm gross exposure of all", "Delta · a contract of a very long name indeed"])
def test_any_other_text_is_cut_at_its_end(metrics: QFontMetrics, name: str) -> None:
    short = elided(metrics, name, metrics.horizontalAdvance(name) * 2 // 3)
    assert short.endswith("\N{HORIZONTAL ELLIPSIS}")
    assert name.startswith(short[:-1].rstrip())
