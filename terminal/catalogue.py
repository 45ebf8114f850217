"""Sentences in the person's language, from the catalogues in resources/translations."""

from __future__ import annotations

import gettext
from collections.abc import Mapping
from functools import lru_cache
from importlib import resources

from engine.text import Translate

ENGLISH = "en"
SIMPLIFIED_CHINESE = "zh_Hans"
LANGUAGES = (ENGLISH, SIMPLIFIED_CHINESE)


def language_of(environment: Mapping[str, str]) -> str:
    """The language that the environment asks for, one of `LANGUAGES`; English where there is no catalogue for it.

    Args:
        environment: Environment variables; LC_ALL goes before LC_MESSAGES, which goes before LANG.
    """
    locale = next((environment[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if environment.get(name)), "")
    return SIMPLIFIED_CHINESE if locale.lower().startswith("zh") else ENGLISH


@lru_cache
def translator(language: str) -> Translate:
    """What turns an English template into ``language``; sentences that its catalogue lacks stay English.

    Args:
        language: One of `LANGUAGES`, or any locale name that begins like one (``zh_CN.UTF-8``).
    """
    if not language.lower().startswith("zh"):
        return _unchanged
    catalogue = resources.files("resources").joinpath("translations", SIMPLIFIED_CHINESE, "LC_MESSAGES", "palisade.mo")
    with catalogue.open("rb") as file:
        return gettext.GNUTranslations(file).gettext


def _unchanged(sentence: str) -> str:
    return sentence
