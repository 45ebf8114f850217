"""The sample market in both formats: the same parameter model but for what one format cannot say, the same margins."""

from dataclasses import replace
from pathlib import Path

import pytest

from engine.span.arrays import SpanTable
from engine.span.conventions import convention_of, named_convention
from engine.span.parameters import ParameterSet
from engine.span.reading import read_parameters
from engine.span.supported import refuse_unsupported
from resources.sample import positional
from tests.engine.span.books import margins_of
from tests.engine.span.sameness import differences
from tests.engine.span.test_margin import random_books

SAMPLE = Path(__file__).parents[3] / "resources" / "sample"


@pytest.fixture(scope="module")
def from_xml():
    return read_parameters(SAMPLE / "market.spn")


@pytest.fixture(scope="module")
def from_positional():
    return read_parameters(SAMPLE / "market.pa2")


def without_what_one_format_cannot_say(parameters: ParameterSet) -> ParameterSet:
    """Without the origin, which names file, digest and format, and without what no positional record holds.

    Those are the method in which requirements are finalised, which no step reads, names of currencies, and identifiers
    of families: XML numbers them, a positional file has exchange, code and kind only.
    """
    return replace(
        parameters,
        origin=replace(parameters.origin, file="", sha256="", name="", format=""),
        finalize_method="",
        currencies=tuple(sorted((replace(one, name="") for one in parameters.currencies), key=lambda one: one.code)),
        families=tuple(replace(family, identifier="") for family in parameters.families),
    )


def test_the_generator_writes_the_committed_bytes():
    assert positional.market().encode() == (SAMPLE / "market.pa2").read_bytes()


def test_both_formats_give_the_same_parameters(from_xml, from_positional):
    found = differences(
        without_what_one_format_cannot_say(from_xml), without_what_one_format_cannot_say(from_positional)
    )
    # Decimals compare by value: XML writes 0.900000 where the other format has 0.90.
    assert [path for path in found if "Decimal" not in path] == []


def test_rates_ratios_and_points_have_the_same_values(from_xml, from_positional):
    for name in ("conversions", "rate_sets", "scan_points", "delta_points", "commodities", "inter_spreads"):
        assert getattr(from_xml, name) == getattr(from_positional, name), name


def test_it_writes_prices_in_every_way(from_positional):
    """Whole, with decimals, in eighths, in 32nds and their eighths."""
    content = (SAMPLE / "market.pa2").read_text("ascii")
    alignments = {line[39] for line in content.splitlines() if line.startswith("P ")}
    assert alignments == {" ", "0", "C"}
    assert {family.price_decimals for family in from_positional.families} == {0, 1, 2, 3, 4, 5, 6}


def test_every_step_that_it_asks_for_is_calculated(from_positional):
    refuse_unsupported(from_positional)
    assert convention_of(from_positional.origin.clearing_organisation).name == "CME"


@pytest.mark.parametrize("convention", ["CME", "KDPW", "TAKASBANK"])
def test_both_formats_give_the_same_margins(from_xml, from_positional, convention):
    one, other = (SpanTable(each, named_convention(convention)) for each in (from_xml, from_positional))
    books = random_books(one, 3, 100)
    assert margins_of(one, books) == margins_of(other, books)
