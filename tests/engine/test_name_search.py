"""Names are found by their beginnings, words, insides, initials and letters, in that order."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from engine.name_search import BEGINS, EXACT, INITIALS, INSIDE, SCATTERED, WORD, NameSearch

NAMES = ("Meridian Macro II", "Halden Macro I", "Macro", "Macrodata", "Amacro", "Boreal Gas", "Qingfeng 清风 Gas")


def found(typed: str, limit: int = 10) -> list[tuple[str, int]]:
    search = NameSearch(NAMES)
    return [(search.names[one.row], one.fit) for one in search.find(typed, limit)]


def test_the_better_a_name_fits_the_earlier_it_comes() -> None:
    assert found("macro") == [
        ("Macro", EXACT),
        ("Macrodata", BEGINS),
        ("Meridian Macro II", WORD),
        ("Halden Macro I", WORD),
        ("Amacro", INSIDE),
    ]


def test_every_typed_word_has_to_be_in_the_name() -> None:
    assert found("ii mer") == [("Meridian Macro II", WORD)]


def test_initials_and_scattered_letters_find_a_name() -> None:
    assert found("mmi") == [("Meridian Macro II", INITIALS)]
    assert found("brls") == [("Boreal Gas", SCATTERED)]


def test_names_in_chinese_are_found() -> None:
    assert found("清风") == [("Qingfeng 清风 Gas", WORD)]


def test_nothing_typed_finds_nothing() -> None:
    assert found("  ") == []
    assert NameSearch(()).find("a", 5) == []


@given(st.lists(st.text(max_size=12), max_size=12), st.integers(0, 11), st.integers(0, 6), st.integers(1, 8))
def test_any_part_of_a_name_finds_it_unless_enough_others_fit(
    names: list[str], place: int, start: int, length: int
) -> None:
    search = NameSearch(names)
    words = names[place][start : start + length].split() if place < len(names) else []
    rows = {one.row for one in search.find(" ".join(words), len(names) or 1)}
    assert not words or place in rows


@given(st.lists(st.text("abc ", max_size=6), max_size=9), st.text("abc ", max_size=4), st.integers(1, 5))
def test_no_more_are_found_than_asked_for_and_none_twice(names: list[str], typed: str, limit: int) -> None:
    rows = [one.row for one in NameSearch(names).find(typed, limit)]
    assert len(rows) <= limit
    assert len(set(rows)) == len(rows)
