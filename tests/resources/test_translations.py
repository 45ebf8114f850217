"""Every sentence has its translation, and the catalogues are what the code and `make translations` say they are."""

from __future__ import annotations

from pathlib import Path

import pytest

from resources.translations import update


@pytest.fixture(scope="module")
def wanted() -> list[str]:
    return update.sentences()


@pytest.mark.parametrize("language", update.LANGUAGES)
def test_every_sentence_is_translated_and_none_is_left_over(language: str, wanted: list[str]) -> None:
    known = update.translations_in(update.source_of(language), language)
    assert list(update.complaints(wanted, known)) == []


@pytest.mark.parametrize("language", update.LANGUAGES)
def test_the_committed_catalogues_are_the_ones_that_would_be_written_now(language: str, wanted: list[str]) -> None:
    source = update.source_of(language)
    known = update.translations_in(source, language)
    expected = update.written(update.catalogue(language, wanted, known))
    up_to_date = (source.read_bytes(), source.with_suffix(".mo").read_bytes()) == expected
    assert up_to_date, "run make translations"


def test_all_three_marks_are_collected_and_nothing_else(tmp_path: Path) -> None:
    for package in update.PACKAGES:
        (tmp_path / package).mkdir()
    (tmp_path / "engine" / "a.py").write_text('text("first {a} "\n     "half", a=1)\nother("no")\n')
    (tmp_path / "widgets" / "b.py").write_text('self.tr("second")\nNAMES = [N_("third"), tr(NAME)]\n')
    assert update.sentences(tmp_path) == ["first {a} half", "second", "third"]


@pytest.mark.parametrize(
    ("known", "complaint"),
    [
        ({}, "not translated: 'a {name}'"),
        ({"a {name}": "甲"}, "different placeholders: 'a {name}' and '甲'"),
        ({"a {name}": "甲 {name}", "b": "乙"}, "no longer used: 'b'"),
    ],
)
def test_what_is_out_of_step_is_named(known: dict[str, str], complaint: str) -> None:
    assert list(update.complaints(["a {name}"], known)) == [complaint]


def test_a_fuzzy_translation_counts_as_missing(tmp_path: Path) -> None:
    file = tmp_path / "palisade.po"
    file.write_text('#, fuzzy\nmsgid "a"\nmsgstr "甲"\n\nmsgid "b"\nmsgstr "乙"\n', "utf-8")
    assert update.translations_in(file, "zh_Hans") == {"b": "乙"}
