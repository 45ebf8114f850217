"""A view on screen, empty and filled with a large desk."""

from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from engine.concentration_picture import ConcentrationPicture
from tests.widgets.concentration.generated_desk import desk
from widgets.concentration.view import ConcentrationView
from widgets.theme import Theme


@pytest.fixture(scope="session")
def picture() -> ConcentrationPicture:
    return desk()


@pytest.fixture
def view(qtbot: QtBot, theme: Theme) -> ConcentrationView:
    """A view on screen that has seen nothing yet."""
    made = ConcentrationView(theme)
    qtbot.addWidget(made)
    made.resize(900, 600)
    with qtbot.waitExposed(made):
        made.show()
    return made


@pytest.fixture
def filled(view: ConcentrationView, picture: ConcentrationPicture) -> ConcentrationView:
    view.show_picture(picture)
    return view
