"""Views of surfaces and landscapes on screen, with OpenGL and forced to do without."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytestqt.qtbot import QtBot

from engine.surface import SurfacePicture
from tests.widgets.surface.generated_landscape import landscape
from tests.widgets.surface.generated_surface import picture
from widgets.selection import Selected
from widgets.surface import stage
from widgets.surface.landscape_view import LandscapeView
from widgets.surface.stage import Stage
from widgets.surface.surface_relief import relief_of
from widgets.surface.view import SurfaceView
from widgets.theme import Theme


@pytest.fixture
def no_opengl(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a machine without OpenGL that draws."""
    monkeypatch.setattr(stage, "open_canvas", lambda: None)


@pytest.fixture
def plot(qtbot: QtBot, theme: Theme) -> Iterator[Stage]:
    """A surface in space on screen."""
    canvas = stage.open_canvas()
    assert canvas is not None, "these tests need OpenGL: Xvfb with Mesa's software driver has it"
    made = Stage("stage", theme, canvas)
    qtbot.addWidget(made)
    made.resize(800, 560)
    made.show_relief(relief_of(picture(), theme))
    with qtbot.waitExposed(made):
        made.show()
    yield made
    made.close_canvas()


@pytest.fixture
def view(qtbot: QtBot, theme: Theme) -> SurfaceView:
    """The dock's view on screen, with an account selected and no picture yet."""
    made = SurfaceView(theme)
    qtbot.addWidget(made)
    made.resize(1000, 640)
    with qtbot.waitExposed(made):
        made.show()
    made.show_selected(Selected(account="Halden Energy"))
    return made


@pytest.fixture
def shown() -> SurfacePicture:
    return picture()


@pytest.fixture
def filled(view: SurfaceView, shown: SurfacePicture) -> SurfaceView:
    view.show_picture(shown)
    return view


@pytest.fixture
def sandbox(qtbot: QtBot, theme: Theme) -> LandscapeView:
    """The landscape's view on screen, filled with a large desk."""
    made = LandscapeView(theme)
    qtbot.addWidget(made)
    made.resize(1000, 640)
    with qtbot.waitExposed(made):
        made.show()
    made.show_landscape(landscape())
    return made
