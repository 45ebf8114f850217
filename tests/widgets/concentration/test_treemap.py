"""Going into sectors and products and back, by mouse and by keyboard."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest

from engine.concentration_picture import ConcentrationPicture
from engine.numbers import RATIO
from tests.widgets.concentration.generated_desk import desk
from widgets.concentration.scale import Shade, Step
from widgets.concentration.tile_image import box_rect
from widgets.concentration.treemap import Treemap
from widgets.concentration.view import ConcentrationView


def centre(treemap: Treemap, cell: int, tier: int = 0) -> QPoint:
    return box_rect(treemap.tiers[tier], cell).center()


def test_a_click_goes_into_a_sector(filled: ConcentrationView) -> None:
    sector = filled.treemap.name_of(0)
    QTest.mouseClick(filled.treemap, Qt.MouseButton.LeftButton, pos=centre(filled.treemap, 0))
    assert filled.treemap.path_names() == [sector]


def test_keys_go_in_down_to_a_contract_and_back(filled: ConcentrationView) -> None:
    treemap, heard = filled.treemap, []
    filled.product_selected.connect(heard.append)
    filled.contract_selected.connect(heard.append)
    treemap._set_cursor(0)
    for _ in range(3):
        QTest.keyClick(treemap, Qt.Key.Key_Return)
    product, contract = heard
    assert (product, contract.product) == (treemap.path_names()[1], product)
    assert len(treemap.path) == 2
    within = treemap.path_names()[1]
    QTest.keyClick(treemap, Qt.Key.Key_Escape)
    assert treemap.name_of(treemap.marked) == within
    QTest.keyClick(treemap, Qt.Key.Key_Escape)
    assert treemap.path == ()


def test_arrows_reach_every_sector(filled: ConcentrationView) -> None:
    treemap = filled.treemap
    seen, waiting = {0}, [0]
    while waiting:
        start = waiting.pop()
        for key in (Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down):
            treemap.marked = start
            QTest.keyClick(treemap, key)
            if treemap.marked not in seen:
                seen.add(treemap.marked)
                waiting.append(treemap.marked)
    assert seen == set(range(9))


def test_crumbs_lead_back(filled: ConcentrationView) -> None:
    filled.treemap.go_into(0)
    filled.treemap.go_into(0)
    buttons = filled.treemap_chart.crumbs.buttons
    assert [button.text() for button in buttons] == ["All sectors", *filled.treemap.path_names()]
    assert [button.isEnabled() for button in buttons] == [True, True, False]
    buttons[0].click()
    assert filled.treemap.path == ()


def test_new_figures_keep_the_place_and_the_cursor(filled: ConcentrationView) -> None:
    filled.treemap.go_into(0)
    names = filled.treemap.path_names()
    filled.treemap._set_cursor(2)
    marked = filled.treemap.name_of(2)
    filled.show_picture(desk(seed=2))
    assert filled.treemap.path_names() == names
    assert filled.treemap.name_of(filled.treemap.marked) == marked


def test_pointing_reads_the_exact_figures(filled: ConcentrationView, picture: ConcentrationPicture) -> None:
    treemap, level = filled.treemap, picture.levels[2]
    row = int(treemap.tiers[2].rows[0])
    treemap._point(QPointF(centre(treemap, 0, tier=2)))
    figure = f"{abs(int(level.value[row])) // 10**6:,}"
    assert level.names[row] in filled.treemap_chart.reading.text()
    assert figure in filled.treemap_chart.reading.text()


def test_a_figure_that_is_missing_is_read_with_its_reason(filled: ConcentrationView) -> None:
    treemap = filled.treemap
    energy = [treemap.name_of(cell) for cell in range(9)].index("Energy")
    treemap._set_cursor(energy)
    assert "not computable · no price for HO 2027-07" in treemap.reading()


def test_a_product_over_its_limit_has_the_colour_of_it_in_its_band(
    filled: ConcentrationView, picture: ConcentrationPicture
) -> None:
    treemap = filled.treemap
    fullest = treemap._painter.swatches.fills[Step.FULLEST]
    chosen, level = treemap.tiers[1], picture.levels[1]
    cell = int(np.argmax(np.where(chosen.band > 0, chosen.boxes.right - chosen.boxes.left, 0)))
    row = int(chosen.rows[cell])
    for used, coloured in ((RATIO // 10, False), (3 * RATIO, True)):
        use = level.use.copy()
        use[row] = used
        filled.show_picture(replace(picture, levels=(picture.levels[0], replace(level, use=use), picture.levels[2])))
        rect = box_rect(treemap.tiers[1], cell)
        image, middle = treemap.grab().toImage(), rect.top() + int(chosen.band[cell]) // 2
        found = {image.pixelColor(x, middle).name() for x in range(rect.left(), rect.right())}
        assert (fullest.name() in found) is coloured


def test_short_cells_are_striped(filled: ConcentrationView, picture: ConcentrationPicture) -> None:
    treemap = filled.treemap
    rows = treemap.tiers[2].rows
    short = next(cell for cell, row in enumerate(rows.tolist()) if picture.levels[2].value[row] < 0)
    rect, image = box_rect(treemap.tiers[2], short), treemap.grab().toImage()
    column = {image.pixel(rect.right() - 3, y) for y in range(rect.top() + 1, rect.bottom() - 1)}
    assert len(column) == 2


def test_the_share_of_equity_colours_another_way(filled: ConcentrationView, picture: ConcentrationPicture) -> None:
    before = filled.treemap.grab().toImage()
    filled.treemap.show_levels(picture.levels, "USD", Shade.SHARE)
    assert filled.treemap.grab().toImage() != before
