"""Where risk piles up, live in the window, and linked with the other views."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from engine.concentration_picture import ExposureMeasure
from engine.numbers import NOT_COMPUTABLE
from tests.end_to_end.stage import Stage, play, until
from widgets.concentration.pages import Page
from widgets.workspace.views import CONCENTRATION

pytestmark = pytest.mark.timeout(180)


def test_concentration_is_computed_while_it_is_on_screen_and_selects_everywhere(qapp, tmp_path):
    async def scene(stage: Stage) -> None:
        stage.start_exchange()
        await stage.live()
        window = stage.window
        await until(lambda: stage.view().concentration is None, "nobody looking")
        stage.press(Qt.Key.Key_7, Qt.KeyboardModifier.ControlModifier)
        view = window.view(CONCENTRATION)
        await until(lambda: view.picture is not None and view.treemap.tiers, "a picture")
        first = view.picture
        assert len(first.grid.accounts) == 12
        assert NOT_COMPUTABLE not in first.levels[1].value
        await until(lambda: view.picture is not first, "the next picture")
        view.measures.buttons["delta"].click()
        await until(lambda: view.picture.measure is ExposureMeasure.DELTA, "delta exposure")
        view.show_page(Page.HEAT_MAP)
        place = next(place for place, row in enumerate(view.heat_map.order) if view.picture.grid.value[row].any())
        column = int(view.picture.grid.value[view.heat_map.order[place]].nonzero()[0][0])
        account = view.picture.grid.accounts[view.heat_map.order[place]]
        product = view.picture.grid.columns[column]
        spot = view.heat_map.cell_rect(place, column).center()
        QTest.mouseClick(view.heat_map.viewport(), Qt.MouseButton.LeftButton, pos=spot)
        assert (window.selection.current.account, window.selection.current.product) == (account, product)
        assert view.heat_map.account == account
        window.docks["positions"].raise_()
        await until(lambda: stage.view().concentration is None, "nobody looking")
        await until(lambda: window.positions.table.currentIndex().isValid(), "a selected position")
        line = window.positions.model.line(window.positions.table.currentIndex().row())
        assert line.contract.product == product

    play(qapp, tmp_path, scene)


def test_a_report_of_the_running_desk_is_written_beside_its_work(qapp, tmp_path):
    async def scene(stage: Stage) -> None:
        stage.start_exchange()
        await stage.live()
        view = stage.window.view(CONCENTRATION)
        for form in ("xlsx", "pdf"):
            file = tmp_path / f"desk.{form}"
            view.report.report_wanted.emit(str(file))
            await until(file.exists, f"the {form} report")
            await until(lambda form=form: form in stage.window.banner.words.text(), "word of it")
        assert stage.window.banner.words.text().endswith("desk.pdf")

    play(qapp, tmp_path, scene)
