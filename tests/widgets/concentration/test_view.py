"""The dock: what is chosen, and every state in which there is no true figure to show."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from engine.concentration_picture import NO_LIMIT, Choice, ConcentrationPicture, ExposureMeasure, GridColumns
from engine.numbers import NOT_COMPUTABLE
from engine.text import text
from tests.widgets import sample_results
from tests.widgets.concentration.generated_desk import desk
from widgets.concentration.largest import HEADING, ROW
from widgets.concentration.pages import Page
from widgets.concentration.scale import Shade, Step
from widgets.concentration.tile_image import box_rect
from widgets.concentration.view import ConcentrationView
from widgets.language import Language
from widgets.selection import Selected
from widgets.theme import load_theme


def test_before_the_first_figures_it_says_what_it_waits_for(view: ConcentrationView) -> None:
    assert view.is_empty
    assert view.placeholder.headline.text() == "No figures yet"
    view.show_waiting("Valuing positions.", 0.4)
    assert (view.placeholder.headline.text(), view.placeholder.loading.bar.value()) == ("Computing concentration", 40)


def test_a_desk_without_positions_is_said_to_hold_nothing(
    view: ConcentrationView, picture: ConcentrationPicture
) -> None:
    view.show_picture(replace(picture, levels=()))
    assert (view.is_empty, view.placeholder.headline.text()) == (True, "No positions")


def test_figures_that_cannot_be_computed_give_their_reason(
    view: ConcentrationView, picture: ConcentrationPicture
) -> None:
    view.show_picture(replace(picture, reason=text("no rate from {one} to {other}", one="JPY", other="USD")))
    assert view.is_empty
    assert view.placeholder.hint.text() == "no rate from JPY to USD"


def test_old_figures_are_hatched_and_say_how_old(filled: ConcentrationView) -> None:
    before = filled.treemap.grab().toImage()
    filled.show_age(12_400_000_000)
    assert filled.band.message.text() == "These figures are 12.4\N{NO-BREAK SPACE}s old."
    assert filled.treemap.grab().toImage() != before
    filled.show_age(None)
    assert filled.band.isHidden()


def test_the_reason_of_old_figures_stands_beside_their_age(filled: ConcentrationView) -> None:
    filled.set_outdated("Positions are STALE.")
    filled.show_age(2_000_000_000)
    assert filled.band.message.text() == "These figures are 2.0\N{NO-BREAK SPACE}s old. Positions are STALE."


def test_another_measure_is_asked_for_and_the_old_one_stays_named(filled: ConcentrationView) -> None:
    asked: list[Choice] = []
    filled.choice_made.connect(asked.append)
    filled.measures.buttons["delta"].click()
    assert asked == [Choice(ExposureMeasure.DELTA, GridColumns.PRODUCT)]
    assert filled.header.subtitle.text().startswith("net exposure")
    assert filled.header.subtitle.text().endswith("computing …")
    filled.show_picture(desk(measure=ExposureMeasure.DELTA))
    assert filled.header.subtitle.text() == "delta exposure · USD · 1,000 accounts"


def test_sectors_stand_across_when_chosen(filled: ConcentrationView) -> None:
    filled.show_page(Page.HEAT_MAP)
    filled.columns.buttons["sector"].click()
    filled.show_picture(desk(columns=GridColumns.SECTOR))
    assert filled.heat_map.grid is not None
    assert filled.heat_map.grid.columns[0] == "Energy"


def test_a_name_in_the_bars_is_selected(filled: ConcentrationView, picture: ConcentrationPicture) -> None:
    heard: list[str] = []
    filled.product_selected.connect(heard.append)
    filled.show_page(Page.LARGEST)
    filled.bars.setFocus(Qt.FocusReason.TabFocusReason)
    for key in (Qt.Key.Key_Down, Qt.Key.Key_Down, Qt.Key.Key_Return):
        QTest.keyClick(filled.bars, key)
    assert heard == [picture.largest.names[1]]
    assert "hard limit" in filled.bars.reading()


def test_a_name_says_how_far_its_narrowest_limit_is_used_whoever_comes_closest(
    filled: ConcentrationView, picture: ConcentrationPicture
) -> None:
    products = picture.levels[1]
    name = picture.largest.names[0]
    use = products.use.copy()
    use[products.names.index(name)] = 4_430_000
    filled.show_picture(replace(picture, levels=(picture.levels[0], replace(products, use=use), picture.levels[2])))
    filled.bars.marked = 0
    assert "443" in filled.bars.reading()
    assert "of the limit" in filled.bars.reading()
    filled.show_page(Page.LARGEST)
    image, fill = filled.bars.grab().toImage(), filled.bars._swatches.fills[Step.FULLEST]
    painted = [image.pixelColor(image.width() - 60, y) for y in range(HEADING, HEADING + ROW)]
    assert fill in painted


def test_names_without_room_are_counted(filled: ConcentrationView, picture: ConcentrationPicture) -> None:
    filled.show_page(Page.LARGEST)
    filled.resize(900, 320)
    shown = filled.bars.shown
    assert 0 < shown < len(picture.largest.names)


def test_a_bar_that_cannot_be_computed_is_not_a_zero(filled: ConcentrationView, picture: ConcentrationPicture) -> None:
    values = picture.largest.value.copy()
    values[0] = NOT_COMPUTABLE
    reasons = {0: text("no price for {contract}", contract="LIT 2027-02")}
    filled.show_picture(replace(picture, largest=replace(picture.largest, value=values, reasons=reasons)))
    filled.bars.marked = 0
    assert filled.bars.reading().endswith("not computable · no price for LIT 2027-02")


def test_the_largest_names_stand_beside_where_there_is_room(filled: ConcentrationView) -> None:
    assert filled.bars_chart.isHidden()
    filled.resize(1500, 700)
    assert not filled.bars_chart.isHidden()
    assert filled.bars_chart.geometry().left() > filled.stack.geometry().right()


@pytest.mark.parametrize("page", list(Page))
def test_every_page_is_painted_in_another_theme(filled: ConcentrationView, page: Page) -> None:
    filled.show_page(page)
    filled.show_picture(desk(with_owners=page is Page.OWNERS))
    before = filled.body.grab().toImage()
    filled.set_theme(load_theme("light"))
    assert filled.body.grab().toImage() != before


def test_every_text_follows_the_language(filled: ConcentrationView, language: Language) -> None:
    language.install("zh_Hans")
    assert filled.header.title.text() == "集中度"
    assert filled.pages.buttons["treemap"].text() != "Treemap"
    assert filled.treemap.accessibleName() != "Treemap of exposure"


def test_the_legend_takes_another_line_rather_than_clip(filled: ConcentrationView) -> None:
    filled.resize(480, 600)
    legend = filled.legend
    assert legend.height() > 30
    assert max(line for _, _, _, line in legend._places()) >= 1


def test_figures_are_asked_for_while_the_view_is_on_screen(view: ConcentrationView) -> None:
    asked: list[Choice | None] = []
    view.choice_made.connect(asked.append)
    view.hide()
    assert (asked, view.wanted) == ([None], None)
    view.show()
    assert (asked[1:], view.wanted) == ([view.choice], view.choice)


def test_without_limits_cells_are_coloured_by_share_of_equity(
    view: ConcentrationView, picture: ConcentrationPicture
) -> None:
    levels = tuple(replace(level, use=np.full(len(level), NO_LIMIT)) for level in picture.levels)
    grid = replace(picture.grid, use=np.full_like(picture.grid.use, NO_LIMIT))
    view.show_picture(replace(picture, levels=levels, grid=grid))
    assert view.shade is Shade.SHARE
    assert view.shades.buttons[Shade.SHARE].isChecked()
    view.show_picture(picture)
    assert view.shade is Shade.USE


def test_a_picture_that_lags_behind_the_desk_is_marked(
    filled: ConcentrationView, picture: ConcentrationPicture
) -> None:
    filled.show_snapshot(replace(sample_results.snapshot(), as_of=picture.as_of + 2 * 10**9))
    assert filled.band.isHidden()
    filled.show_snapshot(replace(sample_results.snapshot(), as_of=picture.as_of + 61 * 10**9))
    assert filled.band.message.text() == "These figures are 1\N{NO-BREAK SPACE}min old."


def test_the_account_selected_elsewhere_is_marked_and_in_view(
    filled: ConcentrationView, picture: ConcentrationPicture
) -> None:
    filled.show_page(Page.HEAT_MAP)
    last = picture.grid.accounts[int(filled.heat_map.order[-1])]
    before = filled.heat_map.grab().toImage()
    filled.show_selected(Selected(account=last))
    assert filled.heat_map.grab().toImage() != before
    row = filled.heat_map.cell_rect(len(filled.heat_map.order) - 1, 0)
    assert filled.heat_map.viewport().rect().contains(row)


def test_product_and_contract_selected_elsewhere_are_marked_in_every_chart(
    filled: ConcentrationView, picture: ConcentrationPicture
) -> None:
    sectors, products, contracts = picture.levels
    row = int(np.argmax(np.where(contracts.value == NOT_COMPUTABLE, 0, np.abs(contracts.value))))
    contract, title, above = picture.contracts[row], contracts.names[row], int(contracts.parents[row])
    product, sector = products.names[above], sectors.names[int(products.parents[above])]
    plain = filled.treemap.grab().toImage()
    filled.show_selected(Selected(product=product, contract=contract))
    assert filled.treemap.selected == (product, title)
    assert filled.treemap.grab().toImage() != plain
    assert (filled.bars.selected, filled.heat_map.column) == (product, product)
    whole, cell = filled.treemap.tiers[1], filled.treemap.selected_rect()
    filled.show_selected(Selected(product=product))
    around = box_rect(whole, int(np.flatnonzero(whole.rows == above)[0]))
    assert filled.treemap.selected_rect() == around
    assert cell is not None
    assert around.contains(cell)
    filled.show_picture(desk(columns=GridColumns.SECTOR))
    assert (filled.bars.selected, filled.heat_map.column) == (sector, sector)
    filled.show_selected(Selected(product="nothing of the kind"))
    assert (filled.treemap.selected_rect(), filled.bars.selected) == (None, "")


@pytest.mark.parametrize("form", ["xlsx", "pdf"])
def test_a_report_is_asked_for_with_the_file_it_goes_to(filled: ConcentrationView, tmp_path: Path, form: str) -> None:
    heard: list[str] = []
    filled.report_wanted.connect(heard.append)
    dialog = filled.report.choose(form)
    assert dialog.selectedFiles()[0].endswith(f".{form}")
    dialog.fileSelected.emit(str(tmp_path / f"out.{form}"))
    dialog.close()
    assert heard == [str(tmp_path / f"out.{form}")]
