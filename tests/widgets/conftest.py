"""What tests of widgets share: a dressed application, a language that ends with the test, a filled window."""

from __future__ import annotations

import gettext
import os
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from engine.decision import Request
from tests.widgets import sample_results
from widgets.language import Language
from widgets.panel import View
from widgets.theme import Theme, apply_theme, load_theme
from widgets.window import MainWindow


def pytest_configure(config: pytest.Config) -> None:
    if os.environ.get("QT_QPA_PLATFORM") == "offscreen":
        # Where there is neither display nor Xvfb: this platform has no window manager to talk to, and says so.
        config.addinivalue_line(
            "qt_log_ignore", r"This plugin does not support (propagateSizeHints|raise|grabbing the keyboard)"
        )


class WordList(gettext.NullTranslations):
    """A catalogue of the words given, which the translation files cannot change."""

    def __init__(self, words: dict[str, str]) -> None:
        super().__init__()
        self._words = words

    def gettext(self, message: str) -> str:
        return self._words.get(message, message)


class PromptLanguage(Language):
    """Has every widget told at once instead of on the next turn of the event loop."""

    def install(self, code: str, catalogue: gettext.NullTranslations | None = None) -> None:
        super().install(code, catalogue)
        QCoreApplication.sendPostedEvents()


@pytest.fixture(autouse=True)
def prompt_views(monkeypatch: pytest.MonkeyPatch) -> None:
    """Views draw whatever arrives at once; tests of their pace set it themselves."""
    monkeypatch.setattr(View, "interval", 0)


@pytest.fixture
def theme(qapp: QApplication) -> Iterator[Theme]:
    dark = load_theme("dark")
    apply_theme(qapp, dark)
    yield dark
    qapp.setStyleSheet("")


@pytest.fixture
def language(qapp: QApplication) -> Iterator[Language]:
    """Switches the application's language; English again afterwards."""
    switch = PromptLanguage(qapp)
    yield switch
    switch.install("en")


@dataclass
class Asked:
    """What a window asked of the terminal."""

    accounts: list[str] = field(default_factory=list)
    requests: list[Request | None] = field(default_factory=list)


@pytest.fixture
def window(qtbot: QtBot, theme: Theme) -> MainWindow:
    """A window on screen that has seen nothing yet."""
    made = MainWindow(theme)
    qtbot.addWidget(made)
    made.resize(1456, 819)
    with qtbot.waitExposed(made):
        made.show()
    made.arrange_docks()
    made.set_directory(sample_results.directory())
    return made


@pytest.fixture
def asked(window: MainWindow) -> Asked:
    record = Asked()
    window.account_selected.connect(record.accounts.append)
    window.what_if_requested.connect(record.requests.append)
    return record
