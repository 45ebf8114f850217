"""Every perspective and dialog of the running terminal shows something, and no word on it is cut."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import cast

import numpy as np
import pytest
from PySide6.QtGui import QColor, QImage, QPixmap
from PySide6.QtWidgets import QApplication, QLabel, QWidget

from terminal.app import Terminal
from tests.end_to_end.stage import Stage, play
from tests.screens import staging
from tests.screens.picture import clipped_words, complaints_about, save_small
from tests.screens.scenes import WINDOW, ask_something, settle, shots
from tests.screens.staging import ATTEMPTS, ClosedError, SceneError, patiently


def test_no_screen_is_blank_or_clipped(qapp: QApplication, tmp_path: Path) -> None:
    complaints: list[str] = []

    async def scene(stage: Stage) -> None:
        stage.start_exchange()
        await ask_something(stage.terminal)
        stage.window.resize(WINDOW)
        for language, theme in (("en", "dark_safe"), ("zh_Hans", "light")):
            stage.window.language_chosen.emit(language)
            stage.window.theme_chosen.emit(theme)
            await settle()
            async for shot in shots(stage.terminal, docks=False):
                for view in stage.window.views:
                    if view.isVisible() and not view.is_empty:
                        found = complaints_about(view.grab().toImage())
                        complaints.extend(f"{shot.name} {view.objectName()}: {each}" for each in found)
                wrong = complaints_about(shot.image) + clipped_words(shot.widget)
                complaints.extend(f"{shot.name} {language} {theme}: {each}" for each in wrong)
        stage.window.language_chosen.emit("en")

    play(qapp, tmp_path, scene)
    assert complaints == []


def test_blank_and_clipped_screens_are_found(qapp: QApplication) -> None:
    blank = QImage(300, 200, QImage.Format.Format_RGB32)
    blank.fill(QColor("#151a21"))
    assert len(complaints_about(blank)) == 2
    root = QWidget()
    label = QLabel("a text that is much longer than its room", root)
    label.setFixedWidth(40)
    root.resize(200, 50)
    root.show()
    assert len(clipped_words(root)) == 1
    label.setPixmap(QPixmap())
    assert clipped_words(root) == []
    root.close()


def test_a_rare_colour_survives_the_palette_of_a_picture(qapp: QApplication, tmp_path: Path) -> None:
    shades = np.full((64, 64), 0xFF000000, np.uint32) + (np.arange(64 * 64, dtype=np.uint32).reshape(64, 64) % 4000)
    shades[5, 7] = 0xFFE5484D
    image = QImage(shades.tobytes(), 64, 64, QImage.Format.Format_RGB32)
    save_small(image, tmp_path / "rare.png")
    assert QImage(str(tmp_path / "rare.png")).pixelColor(7, 5) == QColor("#e5484d")


class Sitting:
    """A dialog that closes by itself so many times before it holds still."""

    def __init__(self, times: int) -> None:
        self.times, self.taken = times, 0

    async def take(self) -> None:
        self.taken += 1
        if self.taken <= self.times:
            raise ClosedError("'Approve' has closed by itself: a feed is not LIVE")


@pytest.mark.parametrize("times", [0, 1, ATTEMPTS - 1])
def test_a_dialog_that_closed_by_itself_is_pictured_again(monkeypatch: pytest.MonkeyPatch, times: int) -> None:
    monkeypatch.setattr(staging, "is_live", lambda _terminal: True)
    sitting = Sitting(times)
    asyncio.run(patiently(cast("Terminal", None), sitting.take))
    assert sitting.taken == times + 1


def test_a_picture_that_cannot_be_had_is_named_with_its_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(staging, "is_live", lambda _terminal: True)
    with pytest.raises(SceneError, match=f"'Approve' has closed by itself: a feed is not LIVE; {ATTEMPTS} attempts"):
        asyncio.run(patiently(cast("Terminal", None), Sitting(ATTEMPTS).take))


def test_feeds_that_do_not_come_back_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(staging, "is_live", lambda _terminal: False)
    monkeypatch.setattr(staging, "PATIENCE", 0.05)
    with pytest.raises(SceneError, match="in vain for: live feeds"):
        asyncio.run(patiently(cast("Terminal", None), Sitting(0).take))
