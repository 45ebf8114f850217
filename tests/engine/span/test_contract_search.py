"""Contracts found by parts of their names."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.span.contract_search import ContractSearch, split_words
from engine.span.parameters import ParameterSet
from engine.span.reading import read_parameters


@pytest.fixture(scope="module")
def market() -> ParameterSet:
    return read_parameters(Path(str(files("resources") / "sample" / "market.spn")))


@pytest.fixture(scope="module")
def search(market: ParameterSet) -> ContractSearch:
    return ContractSearch(market)


def titles(search: ContractSearch, fragment: str) -> list[str]:
    return [search.parameters.contract(row).title for row in search.rows(fragment).tolist()]


@pytest.mark.parametrize(
    "fragment",
    [
        "ES P 6000 2027-03",
        "es p6000 h27",
        "6000 p 202703 es",
        "es 6,000p mar27",
        "SIM:ES:OOF:202703:P:6000",
        "es put 6000 h7",
    ],
)
def test_words_find_a_contract_in_any_order_and_spelling(search: ContractSearch, fragment: str) -> None:
    assert titles(search, fragment) == ["ES P 6000 2027-03"]


def test_without_words_every_contract_is_found_once(search: ContractSearch) -> None:
    assert sorted(search.rows(" ").tolist()) == list(range(len(search)))


def test_futures_come_before_options_and_near_before_far(search: ContractSearch) -> None:
    found = titles(search, "es")
    assert found[:3] == ["ES 2026-12", "ES 2027-03", "ES 2027-06"]
    assert found.index("ES C 6000 2026-12") < found.index("ES C 6000 2027-03")


def test_a_product_named_in_full_comes_before_others_that_begin_so(search: ContractSearch) -> None:
    assert titles(search, "c")[0] == "CL 2027-01"
    assert titles(search, "fgbl")[0].startswith("FGBL ")


def test_the_middle_of_a_product_is_enough(search: ContractSearch) -> None:
    assert {title.split()[0] for title in titles(search, "dax")} == {"FDAX"}


def test_a_product_is_found_by_the_words_of_its_name(search: ContractSearch) -> None:
    assert {title.split()[0] for title in titles(search, "crude fut")} == {"CL"}


def test_a_number_is_a_strike_or_begins_one(search: ContractSearch) -> None:
    found = titles(search, "es c 61")
    assert found
    assert all(title.startswith("ES C 61") for title in found)


def test_a_single_letter_is_a_right_and_not_the_beginning_of_a_word(search: ContractSearch) -> None:
    assert all(" C " in title for title in titles(search, "cl c"))


def test_nothing_is_found_for_what_no_contract_has(search: ContractSearch) -> None:
    assert titles(search, "es q 6000") == []


def test_a_product_that_looks_like_a_strike_stays_whole() -> None:
    assert split_words("6c h27") == ["6C", "H27"]
    assert split_words("cl c82.5") == ["CL", "C", "82.5"]


@given(st.text(alphabet="cpes 0246:.,-hz", max_size=14))
def test_more_words_never_find_more(fragment: str) -> None:
    search = _sample()
    found = search.rows(fragment)
    assert len(np.unique(found)) == len(found)
    assert set(search.rows(f"{fragment} es").tolist()) <= set(found.tolist())


def _sample(kept: list[ContractSearch] = []) -> ContractSearch:  # noqa: B006  # read once
    if not kept:
        kept.append(ContractSearch(read_parameters(Path(str(files("resources") / "sample" / "market.spn")))))
    return kept[0]
