"""Languages of the command line."""

from __future__ import annotations

import pytest

from engine.text import text
from terminal.catalogue import language_of, translator


@pytest.mark.parametrize(
    ("environment", "language"),
    [
        ({}, "en"),
        ({"LANG": "zh_CN.UTF-8"}, "zh_Hans"),
        ({"LANG": "C.UTF-8"}, "en"),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": "en_US.UTF-8"}, "en"),
        ({"LANG": "en_US.UTF-8", "LC_MESSAGES": "zh_SG"}, "zh_Hans"),
        ({"LC_ALL": "", "LC_MESSAGES": "zh"}, "zh_Hans"),
    ],
)
def test_the_language_comes_from_the_environment(environment: dict[str, str], language: str) -> None:
    assert language_of(environment) == language


def test_a_sentence_is_translated_with_its_arguments() -> None:
    sentence = text("unknown convention {name}", name="XYZ")
    assert sentence.translated(translator("zh_CN.UTF-8")) == "未知的规则 XYZ"
    assert sentence.translated(translator("en")) == "unknown convention XYZ"


def test_a_sentence_without_translation_stays_english() -> None:
    assert translator("zh_Hans")("never written anywhere") == "never written anywhere"
