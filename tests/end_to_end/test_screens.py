"""Every perspective and dialog of the running terminal shows something, and no word on it is cut."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QApplication

from tests.end_to_end.stage import Stage, play
from tests.screens.picture import clipped_words, complaints_about
from tests.screens.scenes import WINDOW, ask_something, settle, shots


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
    from PySide6.QtGui import QColor, QImage, QPixmap  # noqa: PLC0415
    from PySide6.QtWidgets import QLabel, QWidget  # noqa: PLC0415

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
