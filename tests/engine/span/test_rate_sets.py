"""Rate sets: which one margins an account, by own arrays or by factors; never another one than it names."""

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest

from engine.instruments import Contract
from engine.margin_terms import USUAL, MarginTerms, terms_of
from engine.numbers import MONEY
from engine.span.arrays import SpanTable
from engine.span.conventions import named_convention
from engine.span.rate_sets import rates_of
from engine.span.rate_tables import RateTables
from engine.span.reading import read_parameters
from engine.span.requirement import margin
from engine.text import BadInputError
from tests.engine.span import small_positional
from tests.engine.span.books import batch_of_books, margin_of
from tests.engine.span.many_rate_sets import KINDS, write_market
from tests.engine.span.plain_span import PlainSpan
from tests.engine.span.test_gross_margin import assert_sides_agree, random_sides
from tests.engine.span.test_margin import assert_agrees, random_books

CRUDE, EMINI, GOLD = "SIM:CL:FUT:202701", "SIM:ES:FUT:202703", "SIM:GC:FUT:202702"


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    return write_market(tmp_path_factory.mktemp("market") / "market.spn")


@pytest.fixture(scope="module")
def parameters(file):
    return read_parameters(file)


@pytest.fixture
def tables(parameters):
    return RateTables(SpanTable(parameters, named_convention("NSE")))


def words(kind: tuple[str, str, str, str]) -> MarginTerms:
    customer, account_type, maintenance, bond_class = kind
    return MarginTerms(False, account_type, customer == "1", maintenance == "1", bond_class)


@pytest.mark.parametrize(("number", "arrays"), [("1", "1"), ("2", "1"), ("3", "1"), ("4", "1"), ("5", "5"), ("6", "5")])
def test_random_books_of_every_rate_set_agree_with_the_plain_computation(file, tables, number, arrays):
    table = tables.table_of(words(KINDS[number]))
    assert (table.rates.number, table.rates.arrays) == (int(number), int(arrays))
    plain = PlainSpan(file, "NSE", arrays, None if number == arrays else number)
    assert_agrees(table, plain, random_books(table, int(number), 12))
    assert_sides_agree(table, plain, random_sides(table, int(number), 6))


@pytest.mark.parametrize(
    ("margining", "account_type", "requirement", "number"),
    [
        ("", "", "", 1),
        ("gross", "", "", 1),
        ("", "hedger", "", 1),
        ("", "customer", "initial", 1),
        ("", "", "maintenance", 2),
        ("", "speculator", "", 4),
        ("", "speculator customer", "core maintenance", 3),
        ("net", "house member", "", 5),
        ("", "member house", "maintenance", 6),
    ],
)
def test_what_an_account_leaves_open_is_as_in_the_usual_rate_set(
    parameters, margining, account_type, requirement, number
):
    assert rates_of(parameters, terms_of(margining, account_type, requirement)).number == number


def test_a_chain_of_factors_is_their_product(parameters):
    rates = rates_of(parameters, terms_of("", "speculator", "initial"))
    assert set(rates.factors) == {Decimal("1.05") * Decimal("1.35")}


def test_a_rate_set_that_the_file_does_not_define_is_refused_by_name(parameters):
    with pytest.raises(BadInputError) as caught:
        rates_of(parameters, terms_of("", "house speculator", ""))
    assert str(caught.value.what) == "the parameters have no rate set for this account: house, speculator"
    assert "5: house, member, core, initial" in str(caught.value.remedy)


def test_a_rate_set_without_arrays_or_factors_is_refused_by_name(parameters):
    with pytest.raises(BadInputError) as caught:
        rates_of(parameters, terms_of("", "member", ""))
    assert str(caught.value.what) == ("the parameters have no rates for this account: customer, member, core, initial")


def test_contracts_of_a_commodity_without_a_factor_are_not_margined(tables):
    table = tables.table_of(terms_of("", "", "reserve"))
    rows = [table.parameters.find(Contract.parse(name)) for name in (CRUDE, EMINI, GOLD)]
    assert table.usable[rows].tolist() == [True, True, False]
    assert str(table.problem(rows[2])) == (f"{GOLD} has no rates for this account: customer, hedger, reserve, initial")


def test_rate_sets_that_fit_alike_are_refused_rather_than_chosen_from(parameters):
    twice = replace(parameters, rate_sets=(*parameters.rate_sets, replace(parameters.rate_sets[3], number=99)))
    with pytest.raises(BadInputError, match="several rate sets for this account: speculator"):
        rates_of(twice, terms_of("", "speculator", ""))


def test_a_file_that_defines_no_rate_set_margins_who_leaves_it_to_the_file_and_nobody_else(parameters):
    silent = replace(parameters, rate_sets=())
    assert rates_of(silent, USUAL).number == 1
    with pytest.raises(BadInputError, match="no rate set for this account: initial"):
        rates_of(silent, terms_of("", "", "initial"))


def test_takasbanks_factor_onto_itself_leads_to_maintenance(takas):
    tables = RateTables(SpanTable(takas, named_convention("TAKASBANK")))
    name = next(
        str(takas.contract(row)) for row in range(len(takas)) if ":XU030:FUT:201606S0" in str(takas.contract(row))
    )
    usual, kept = (margin_of(tables.table_of(terms), {name: 10}) for terms in (USUAL, MarginTerms(maintenance=True)))
    assert (usual.requirement, kept.requirement) == (9550, Fraction("7162.5"))
    assert usual.totals["TRY"]["maintenance"] == kept.totals["TRY"]["maintenance"] == Fraction("7162.5")


def test_the_factor_is_applied_to_each_commodity_and_rounded_there(tables):
    usual, speculator = (tables.table_of(terms_of("", kind, "")) for kind in ("", "speculator"))
    book = {CRUDE: 3, GOLD: -1}
    before, after = (margin(table, batch_of_books(table, [book])).commodities.risk for table in (usual, speculator))
    exact = [Fraction(int(risk), MONEY) * Fraction("1.4175") for risk in before]
    assert [Fraction(int(risk), MONEY) for risk in after] == [round(amount * 100) / Fraction(100) for amount in exact]


def test_tables_that_differ_by_factors_alone_share_all_else(tables):
    usual, other = tables.usual, tables.table_of(terms_of("", "speculator", ""))
    assert other.contracts is usual.contracts
    assert tables.arrays_in_use == (1,)


def test_kinds_of_accounts_that_are_margined_alike_share_a_table(tables):
    assert tables.table_of(terms_of("gross", "hedger", "")) is tables.table_of(terms_of("net", "hedger", ""))
    assert np.array_equal(tables.table_of(terms_of("", "hedger", "")).factors, tables.usual.factors)


def test_the_account_types_of_a_positional_file_are_factors_of_its_arrays():
    parameters = small_positional.read(small_positional.small())
    kinds = (("", ""), ("", "initial"), ("speculator", "maintenance"), ("speculator", "initial"), ("member", "initial"))
    factors = [rates_of(parameters, terms_of("", *words)).factors[0] for words in kinds]
    assert factors == [1, Decimal("1.1"), Decimal("1.05"), Decimal("1.4175"), 1]
