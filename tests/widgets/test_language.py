"""Texts follow the language; what has no translation stays English."""

from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from engine.text import text
from tests.widgets.conftest import WordList
from widgets.language import Language, install_language, load_catalogue, sentence, tr


def test_a_word_with_a_translation_is_translated(language: Language) -> None:
    language.install("zh_Hans", WordList({"Margin": "保证金"}))
    assert tr("Margin") == "保证金"


def test_a_word_without_a_translation_stays_english(language: Language) -> None:
    language.install("zh_Hans", WordList({}))
    assert tr("Margin") == "Margin"


def test_a_sentence_of_the_engine_is_translated_with_its_arguments(language: Language) -> None:
    language.install("zh_Hans", WordList({"no price for {contract}": "{contract} 没有价格"}))
    assert sentence(text("no price for {contract}", contract="CL 2027-03")) == "CL 2027-03 没有价格"


def test_qt_s_own_words_are_translated_too(language: Language) -> None:
    language.install("zh_Hans", WordList({}))
    assert QCoreApplication.translate("QPlatformTheme", "Cancel") == "取消"


def test_words_of_qt_that_nobody_translates_stay_english(language: Language) -> None:
    language.install("zh_Hans", WordList({}))
    assert QCoreApplication.translate("QDialog", "No such words") == "No such words"


def test_going_back_to_english_takes_every_translation_away(language: Language) -> None:
    language.install("zh_Hans", WordList({"Margin": "保证金"}))
    language.install("en")
    assert tr("Margin") == "Margin"


def test_a_language_without_a_catalogue_is_english(qtbot: QtBot) -> None:
    assert load_catalogue("tlh").gettext("Margin") == "Margin"


def test_the_catalogue_in_resources_speaks_chinese(qapp: QCoreApplication) -> None:
    language = install_language(qapp, "zh_Hans")
    try:
        assert tr("Margin") == "保证金"
    finally:
        language.install("en")


def test_switching_tells_every_widget(qtbot: QtBot, language: Language) -> None:
    told: list[QEvent.Type] = []

    class Listener(QLabel):
        def changeEvent(self, event: QEvent) -> None:  # noqa: N802
            told.append(event.type())

    listener = Listener()
    qtbot.addWidget(listener)
    language.install("zh_Hans", WordList({}))
    qtbot.waitUntil(lambda: QEvent.Type.LanguageChange in told)
