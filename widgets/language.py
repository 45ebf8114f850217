"""The language on screen: English literals, translated through a gettext catalogue that can change while running."""

from __future__ import annotations

import gettext
from importlib.resources import files

from PySide6.QtCore import QCoreApplication, QLibraryInfo, QLocale, QTranslator

from engine.text import Text

CONTEXT = "palisade"
ENGLISH = "en"
CHINESE = "zh_Hans"
LANGUAGES = {ENGLISH: "EN", CHINESE: "中文"}
"""Languages by code, each under the name its readers look for."""


def tr(source: str) -> str:
    """``source``, an English literal, in the language in force."""
    return QCoreApplication.translate(CONTEXT, source)


def sentence(message: Text) -> str:
    """A sentence of the engine in the language in force."""
    return message.translated(tr)


class CatalogueTranslator(QTranslator):
    """Serves Qt's translation calls from a gettext catalogue."""

    def __init__(self, catalogue: gettext.NullTranslations) -> None:
        super().__init__()
        self._catalogue = catalogue

    def isEmpty(self) -> bool:  # noqa: N802
        """Never: Qt would not install an empty translator."""
        return False

    def translate(self, context: str, source: str, disambiguation: str | None = None, n: int = -1) -> str:  # noqa: ARG002
        """The translation, or English where there is none: an empty answer would be shown as an empty text."""
        return self._catalogue.gettext(source) if context == CONTEXT and source else source


def load_catalogue(language: str) -> gettext.NullTranslations:
    """The compiled catalogue of ``language``; an empty one, which is English, where there is none."""
    compiled = files("resources").joinpath("translations", language, "LC_MESSAGES", f"{CONTEXT}.mo")
    if not compiled.is_file():
        return gettext.NullTranslations()
    with compiled.open("rb") as file:
        return gettext.GNUTranslations(file)


class Language:
    """The language in force of one application; switching it sends LanguageChange to every widget."""

    def __init__(self, app: QCoreApplication) -> None:
        self._app = app
        self._installed: list[QTranslator] = []
        self.code = ENGLISH

    def install(self, code: str, catalogue: gettext.NullTranslations | None = None) -> None:
        """Switch to the language ``code``; ``catalogue`` stands in for the one in resources."""
        for translator in self._installed:
            self._app.removeTranslator(translator)
        self._installed = []
        self.code = code
        if code != ENGLISH:
            # Qt asks the translator installed last first, and ours answers everything it is asked.
            self._installed = [CatalogueTranslator(catalogue or load_catalogue(code)), _qt_translator()]
        for translator in self._installed:
            self._app.installTranslator(translator)


def install_language(app: QCoreApplication, code: str) -> Language:
    """Start ``app`` in the language ``code``; keep what is returned to switch later."""
    language = Language(app)
    language.install(code)
    return language


def _qt_translator() -> QTranslator:
    """Qt's own texts: buttons of file dialogs, menus of text fields."""
    translator = QTranslator()
    directory = QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)
    translator.load(QLocale(QLocale.Language.Chinese, QLocale.Country.China), "qtbase", "_", directory)
    return translator
