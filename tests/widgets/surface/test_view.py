"""The Risk surface dock: what it asks, what it says, and every state without a true figure to show."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog
from pytestqt.qtbot import QtBot

from engine.decision import Order, Request
from engine.numbers import NOT_COMPUTABLE
from engine.scenarios.results import Scope
from engine.surface import SurfaceAxes, SurfaceMeasure, SurfacePicture, SurfaceQuestion
from engine.text import text
from tests.widgets import sample_results
from tests.widgets.surface.generated_surface import picture
from widgets.language import Language
from widgets.numbers_text import money
from widgets.selection import Selected
from widgets.surface.plot_stack import Kind
from widgets.surface.view import SurfaceView
from widgets.theme import Theme, load_theme


def questions(view: SurfaceView) -> list[SurfaceQuestion | None]:
    heard: list[SurfaceQuestion | None] = []
    view.question_asked.connect(heard.append)
    return heard


def test_it_asks_for_the_selected_account(view: SurfaceView) -> None:
    assert view.asked == SurfaceQuestion(Scope.ACCOUNT, "Halden Energy")
    assert view.placeholder.headline.text() == "Computing the surface"


def test_without_an_account_it_says_what_to_do(qtbot: QtBot, theme: Theme) -> None:
    view = SurfaceView(theme)
    qtbot.addWidget(view)
    view.show()
    assert view.asked is None
    assert view.placeholder.headline.text() == "No account selected"


def test_nothing_is_computed_while_nobody_looks(view: SurfaceView) -> None:
    heard = questions(view)
    view.hide()
    view.show()
    assert heard == [None, SurfaceQuestion(Scope.ACCOUNT, "Halden Energy")]
    view.set_in_front(False)
    assert heard[-1] is None


def test_every_choice_asks_anew(view: SurfaceView) -> None:
    view.show_snapshot(sample_results.snapshot())
    heard = questions(view)
    view.axes.buttons[SurfaceAxes.PRICE_TIME].click()
    view.measures.buttons[SurfaceMeasure.VEGA].click()
    view.scopes.buttons[Scope.GROUP].click()
    view.scopes.buttons[Scope.FIRM].click()
    time, vega = SurfaceAxes.PRICE_TIME, SurfaceMeasure.VEGA
    assert heard == [
        SurfaceQuestion(Scope.ACCOUNT, "Halden Energy", time),
        SurfaceQuestion(Scope.ACCOUNT, "Halden Energy", time, vega),
        SurfaceQuestion(Scope.GROUP, "Halden group", time, vega),
        SurfaceQuestion(Scope.FIRM, "", time, vega),
    ]


def test_a_what_if_is_asked_of_its_own_account_only(view: SurfaceView) -> None:
    orders = (Order(sample_results.CRUDE, 5),)
    view.show_what_if(Request(1, "Boreal RV", orders))
    assert view.asked == SurfaceQuestion(Scope.ACCOUNT, "Halden Energy")
    request = Request(2, "Halden Energy", orders)
    view.show_what_if(request)
    assert view.asked is not None
    assert view.asked.what_if is request
    view.show_what_if(None)
    assert view.asked.what_if is None


def test_a_picture_of_the_last_question_stays_and_says_so(filled: SurfaceView) -> None:
    filled.measures.buttons[SurfaceMeasure.MARGIN].click()
    assert "Profit and loss" in filled.header.subtitle.text()
    assert filled.header.subtitle.text().endswith("computing …")
    filled.show_picture(picture(measure=SurfaceMeasure.MARGIN))
    assert filled.header.subtitle.text().startswith("Halden Energy · Margin · USD · as of ")
    assert not filled.header.subtitle.text().endswith("computing …")


def test_the_number_read_is_the_number_in_the_picture(filled: SurfaceView, shown: SurfacePicture) -> None:
    plot = filled.plots.space
    assert plot is not None
    assert plot.relief is not None
    node = (26, 9)
    x, y, _ = plot.projection.pixels(plot.relief.point(node)).tolist()
    QTest.mouseClick(plot, Qt.MouseButton.LeftButton, pos=QPoint(round(x), round(y)))
    value = money(int(shown.values[node]), signed=True)
    assert filled.reading.text() == f"price +6 %, volatility −2 points: {value}\N{NO-BREAK SPACE}USD"
    assert plot.accessibleDescription() == f"{value}\N{NO-BREAK SPACE}USD"


def test_the_cuts_go_through_the_node_and_pick_others(filled: SurfaceView) -> None:
    filled.plots.pick((10, 4))
    filled._show_node()
    assert filled.across.cut is not None
    assert filled.across.cut.title == "Over price, at volatility −12 points"
    QTest.mouseClick(filled.across, Qt.MouseButton.LeftButton, pos=QPoint(filled.across.width() - 20, 60))
    assert filled.plots.node is not None
    assert filled.plots.node[0] > 35
    assert filled.along.cut is not None
    assert filled.along.cut.title.startswith("Over volatility, at price +")


@pytest.mark.parametrize("size", [(1000, 640), (560, 760)])
def test_cuts_stand_beside_or_below(filled: SurfaceView, size: tuple[int, int]) -> None:
    filled.resize(*size)
    assert filled.width() == size[0]
    QApplication.processEvents()
    beside = filled.cuts.geometry().left() >= filled.plots.geometry().right()
    assert beside is (size[0] > 700)
    assert filled.cuts.isVisible()
    assert filled.drawn.rect().contains(filled.cuts.geometry())


def test_a_surface_that_cannot_be_computed_gives_its_reason(view: SurfaceView, shown: SurfacePicture) -> None:
    nothing = np.full_like(shown.values, NOT_COMPUTABLE)
    view.show_picture(replace(shown, values=nothing, gaps=(text("no price for {contract}", contract="HO"),)))
    assert (view.is_empty, view.placeholder.headline.text()) == (True, "Not computable")
    assert view.placeholder.hint.text() == "no price for HO"


def test_nodes_without_figure_are_counted_with_the_reason(view: SurfaceView) -> None:
    view.show_picture(picture(holes=True))
    assert "36 nodes not computable · no price for HO 2027-07" in view.header.subtitle.text()
    view.plots.pick((4, 3))
    view._show_node()
    assert view.reading.text().endswith("not computable")


def test_a_stale_surface_says_how_old_it_is(filled: SurfaceView) -> None:
    before = filled.plots.current.image()
    filled.show_age(12_000_000_000)
    assert filled.band.message.text() == "This surface is 12.0\N{NO-BREAK SPACE}s old."
    assert filled.plots.current.image() != before
    filled.set_outdated("Positions are STALE.")
    assert filled.band.message.text().endswith("s old. Positions are STALE.")
    filled.show_age(None)
    filled.set_outdated("")
    assert filled.band.isHidden()


def test_without_opengl_the_same_numbers_are_a_heat_map(
    no_opengl: None, qtbot: QtBot, theme: Theme, shown: SurfacePicture
) -> None:
    view = SurfaceView(theme)
    qtbot.addWidget(view)
    view.resize(1000, 640)
    view.show()
    view.show_selected(Selected(account="Halden Energy"))
    view.show_picture(shown)
    assert view.plots.notice.text() == "No OpenGL on this machine: the same figures as a heat map."
    assert not view.plots.notice.isHidden()
    assert not view.plots.kinds.buttons[Kind.SPACE].isEnabled()
    flat = view.plots.flat
    assert view.plots.current is flat
    middle = flat._at(flat.relief, (26, 9), flat._area())
    QTest.mouseClick(flat, Qt.MouseButton.LeftButton, pos=middle.toPoint())
    assert flat.node == (26, 9)
    assert money(int(shown.values[26, 9]), signed=True) in view.reading.text()
    flat.setFocus()
    QTest.keyClick(flat, Qt.Key.Key_Up)
    assert flat.node == (26, 10)


def test_the_map_takes_over_where_opengl_stops_drawing(
    filled: SurfaceView, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    plot = filled.plots.space
    assert plot is not None
    filled.plots.pick((5, 6))
    monkeypatch.setattr(plot._canvas, "draw", lambda *arguments, **options: None)
    filled.show_picture(picture(sequence=2))
    qtbot.waitUntil(lambda: filled.plots.current is filled.plots.flat)
    assert filled.plots.flat.node == (5, 6)
    assert not filled.plots.notice.isHidden()
    assert filled.reading.text().startswith("price −15 %")


def test_the_map_and_the_surface_keep_the_node(filled: SurfaceView) -> None:
    filled.plots.pick((5, 6))
    filled.plots.kinds.buttons[Kind.FLAT].click()
    assert filled.plots.current.node == (5, 6)
    assert filled.plots.current is filled.plots.flat
    filled.plots.kinds.buttons[Kind.SPACE].click()
    assert filled.plots.current.node == (5, 6)


@pytest.mark.parametrize("kind", list(Kind))
def test_both_plots_are_neither_blank_nor_clipped(filled: SurfaceView, kind: Kind) -> None:
    filled.plots.show_kind(kind)
    image = filled.plots.current.image()
    colours = {image.pixel(x, y) for x in range(0, image.width(), 3) for y in range(0, image.height(), 3)}
    assert len(colours) > 150
    panel = filled.theme.colours.panel.rgb()
    # The last row of pixels is the panel, but for words that nobody would cut.
    assert sum(image.pixel(x, image.height() - 1) == panel for x in range(image.width())) > image.width() * 0.95


def test_an_image_is_saved_where_a_person_says(filled: SurfaceView, tmp_path: Path, qtbot: QtBot) -> None:
    filled.plots.png.click()
    dialog = filled.findChild(QFileDialog, "surface_export")
    assert dialog is not None
    path = tmp_path / "surface.png"
    dialog.fileSelected.emit(str(path))
    dialog.close()
    image = QImage(str(path))
    assert image.width() == filled.drawn.width()
    assert image.height() > filled.drawn.height()
    assert len({image.pixel(x, image.height() // 2) for x in range(0, image.width(), 2)}) > 30


def test_an_image_that_cannot_be_written_is_told(filled: SurfaceView, tmp_path: Path) -> None:
    heard: list[object] = []
    filled.problem_found.connect(heard.append)
    filled.plots._save(QImage(4, 4, QImage.Format.Format_RGB32), str(tmp_path / "nowhere" / "surface.png"))
    assert [str(each) for each in heard] == ["surface.png cannot be written: choose another folder"]


def test_copying_yields_raw_values(filled: SurfaceView) -> None:
    filled.plots.current.setFocus()
    QTest.keyClick(filled.plots.current, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    lines = QGuiApplication.clipboard().text().split("\n")
    assert (len(lines), len(lines[0].split("\t"))) == (42, 22)


def test_every_text_follows_the_language(filled: SurfaceView, language: Language) -> None:
    language.install("zh_Hans")
    assert filled.header.title.text() == "风险曲面"
    assert filled.measures.buttons[SurfaceMeasure.PROFIT].text() == "盈亏"
    assert filled.plots.relief is not None
    assert filled.plots.relief.across.title == "价格变动，%"
    assert "盈亏" in filled.plots.relief.up.title
    assert filled.reading.text().startswith("当前：")


def test_another_theme_reaches_every_part(filled: SurfaceView) -> None:
    before = filled.body.grab().toImage()
    filled.set_theme(load_theme("light"))
    assert filled.body.grab().toImage() != before
    assert filled.plots.relief is not None
    light = load_theme("light").colours.even
    assert filled.plots.relief.scale.colours.shape[1] == 4
    assert filled.across.theme.colours.even == light
