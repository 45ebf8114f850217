import tomllib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from engine.classification import Classification, Dimension
from engine.instruments import Contract, Universe
from engine.reference import ContractReference, ProductReference, Reference, read_reference
from engine.span.reading import read_parameters
from engine.text import BadInputError
from tests.engine.desks import CALL, EURO, JULY, JUNE, small_parameters

RESOURCES = Path(__file__).parents[2] / "resources"
SAMPLE = RESOURCES / "sample"
REFERENCE = Reference({"A": ProductReference("Energy", "Commodities"), "X:E": ProductReference("Rates")})


@pytest.fixture
def parameters():
    """The small market, its June future settled on the day of the file and July's a month later; A's call is on A."""
    found = small_parameters()
    settlement = np.array([20261120, 20261221, 20280101, 0], dtype=np.int32)
    families = tuple(replace(each, underlying=0) if each.kind == "OOP" else each for each in found.families)
    return replace(found, families=families, contracts=replace(found.contracts, settlement=settlement))


def classified(parameters, reference=REFERENCE):
    universe = Universe(parameters)
    return universe, Classification.of(universe, parameters, reference)


def name_of(universe, found, contract, dimension):
    return found.name(dimension, int(found.codes(dimension)[universe.column_of(contract)]))


def test_a_future_and_an_option_on_it_are_one_product(parameters):
    universe, found = classified(parameters)
    assert {name_of(universe, found, each, Dimension.PRODUCT) for each in (JUNE, JULY, CALL)} == {"A"}


def test_an_option_of_another_code_is_its_underlyings_product(parameters):
    families = tuple(replace(each, code="WEEKLY") if each.kind == "OOP" else each for each in parameters.families)
    universe, found = classified(replace(parameters, families=families))
    assert name_of(universe, found, "X:WEEKLY:OOP:202606:C:100", Dimension.PRODUCT) == "A"


def test_sector_and_asset_class_come_from_the_reference(parameters):
    universe, found = classified(parameters)
    assert name_of(universe, found, CALL, Dimension.SECTOR) == "Energy"
    assert name_of(universe, found, CALL, Dimension.ASSET_CLASS) == "Commodities"


def test_what_the_reference_leaves_out_is_unclassified(parameters):
    universe, found = classified(parameters)
    assert name_of(universe, found, EURO, Dimension.SECTOR) == "Rates"
    assert name_of(universe, found, EURO, Dimension.ASSET_CLASS) == "Unclassified"
    _, without = classified(parameters, Reference())
    assert without.names(Dimension.SECTOR) == ("Unclassified",)


def test_currencies_are_those_of_the_contracts(parameters):
    universe, found = classified(parameters)
    assert [name_of(universe, found, each, Dimension.CURRENCY) for each in (JUNE, EURO)] == ["USD", "EUR"]


def test_the_code_of_a_contract_is_its_column(parameters):
    universe, found = classified(parameters)
    assert found.codes(Dimension.CONTRACT).tolist() == list(range(len(universe)))
    assert found.names(Dimension.CONTRACT)[universe.column_of(CALL)] == CALL


@pytest.mark.parametrize(
    ("settlement", "bucket"),
    [
        (20261119, "Expired"),
        (20261120, "Up to 1 month"),
        (20261220, "Up to 1 month"),
        (20261221, "1 to 3 months"),
        (20270220, "1 to 3 months"),
        (20270521, "6 to 12 months"),
        (20271120, "6 to 12 months"),
        (20281120, "1 to 2 years"),
        (20281121, "Over 2 years"),
        (0, "Unclassified"),
    ],
)
def test_a_contract_is_in_the_bucket_of_its_settlement_date(parameters, settlement, bucket):
    contracts = replace(parameters.contracts, settlement=np.full(4, settlement, dtype=np.int32))
    universe, found = classified(replace(parameters, contracts=contracts))
    assert name_of(universe, found, JUNE, Dimension.EXPIRY) == bucket


def test_a_month_that_lacks_the_day_still_ends_its_bucket(parameters):
    origin = replace(parameters.origin, business_date="20270131")
    contracts = replace(parameters.contracts, settlement=np.array([20270228, 20270301, 0, 0], dtype=np.int32))
    _, found = classified(replace(parameters, origin=origin, contracts=contracts))
    names = [found.name(Dimension.EXPIRY, int(code)) for code in found.codes(Dimension.EXPIRY)[:2]]
    assert names == ["Up to 1 month", "1 to 3 months"]


def test_a_physical_has_no_expiry(parameters):
    families = tuple(replace(each, kind="PHY") if each.code == "E" else each for each in parameters.families)
    universe, found = classified(replace(parameters, families=families))
    assert name_of(universe, found, "X:E:PHY:202606", Dimension.EXPIRY) == "No expiry"


def test_a_contract_that_only_a_feed_knows_is_its_product_and_else_unclassified(parameters):
    universe, before = classified(parameters)
    later = universe.column(Contract.parse("X:A:FUT:202712"))
    found = before.extended()
    assert found.name(Dimension.PRODUCT, int(found.codes(Dimension.PRODUCT)[later])) == "A"
    assert found.name(Dimension.SECTOR, int(found.codes(Dimension.SECTOR)[later])) == "Energy"
    for dimension in (Dimension.CURRENCY, Dimension.EXPIRY):
        assert found.name(dimension, int(found.codes(dimension)[later])) == "Unclassified"


def test_codes_and_names_stay_when_contracts_come_in(parameters):
    universe, before = classified(parameters)
    universe.column(Contract.parse("Y:A:FUT:202712"))
    found = before.extended()
    for dimension in Dimension:
        assert found.codes(dimension)[: len(before)].tolist() == before.codes(dimension).tolist()
        kept = found.names(dimension)[: before.count(dimension)]
        assert kept == before.names(dimension)
    assert found.names(Dimension.PRODUCT)[-1] == "Y:A"
    assert found.extended() is found


def test_every_product_of_the_sample_market_has_its_sector_and_asset_class():
    parameters = read_parameters(SAMPLE / "market.spn")
    reference = read_reference(SAMPLE / "reference.toml")
    products = tomllib.loads((SAMPLE / "products.toml").read_text("utf-8"))
    found = Classification.of(Universe(parameters), parameters, reference)
    assert {code: entry["sector"] for code, entry in products.items()} == {
        code: entry.sector for code, entry in reference.products.items()
    }
    for dimension in (Dimension.SECTOR, Dimension.ASSET_CLASS):
        assert found.count(dimension) - 1 not in found.codes(dimension)


def test_the_example_reference_can_be_read():
    reference = read_reference(RESOURCES / "reference.toml")
    assert (reference.product("ANY", "CL").sector, reference.product("ANY", "CL").price_limit) == ("Energy", 100_000)
    assert reference.contracts["SIM:CL:FUT:202701"].open_interest == 310_000


def test_the_entry_that_names_the_exchange_goes_first():
    reference = Reference({"A": ProductReference("Energy"), "X:A": ProductReference("Metals")})
    assert [reference.product(exchange, "A").sector for exchange in "XY"] == ["Metals", "Energy"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("products = 3", "products: not a table"),
        ("[sectors]", "sectors: unknown entry"),
        ("[products]\nA = 3", "products.A: not a table"),
        ('[products.A]\nsektor = "x"', "products.A.sektor: unknown entry"),
        ("[products.A]\nsector = 3", "products.A.sector: not a name"),
        ('[products.A]\nsector = " "', "products.A.sector: not a name"),
        ("contracts = 3", "contracts: not a table"),
        ('[contracts."X:A:FUT:202606"]\nsector = "x"', "contracts.X:A:FUT:202606.sector: unknown entry"),
        ("[products.A]\nopen_interest = 0", "products.A.open_interest: not a number of contracts"),
        ("[products.A]\nprice_limit = 7", 'products.A.price_limit: not a share like "7 %"'),
        ('[products.A]\nprice_limit = "7"', 'products.A.price_limit: not a share like "7 %"'),
        ('[products.A]\nprice_limit = "0 %"', 'products.A.price_limit: not a share like "7 %"'),
        ('[products.A]\nprice_limit = "7 %%"', 'products.A.price_limit: not a share like "7 %"'),
        ("[products.A]\ntick = 0.25", 'products.A.tick: not a price step like "0.25"'),
        ('[products.A]\noption_tick = "0"', 'products.A.option_tick: not a price step like "0.25"'),
        ('[contracts."X:A:FUT:202606"]\noption_tick = "1"', "contracts.X:A:FUT:202606.option_tick: unknown entry"),
        ("[products.A]\nopen_interest = true", "products.A.open_interest: not a number of contracts"),
        ("[products.A]\naverage_daily_volume = 1.5", "products.A.average_daily_volume: not a number of contracts"),
        ("[products", "not readable"),
    ],
)
def test_a_wrong_reference_is_refused_and_says_where(tmp_path, content, said):
    path = tmp_path / "mine.toml"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(BadInputError, match=r"mine\.toml") as refused:
        read_reference(path)
    assert said in str(refused.value)


def test_a_contract_that_is_none_is_refused(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text('[contracts."X:A"]\nopen_interest = 3', encoding="utf-8")
    with pytest.raises(BadInputError, match=r"mine\.toml: contracts\.X:A: a contract has 4 or 6 parts"):
        read_reference(path)


def test_open_interest_and_volume_are_known_of_what_the_reference_names(parameters):
    products = {"A": ProductReference("Energy", open_interest=500), "OTHER": ProductReference(open_interest=7)}
    reference = Reference(products, {JUNE: ContractReference(average_daily_volume=30)})
    _, found = classified(parameters, reference)
    assert dict(found.open_interest) == {(Dimension.PRODUCT, "A"): 500}
    assert dict(found.average_daily_volume) == {(Dimension.CONTRACT, JUNE): 30}


def test_a_reference_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(BadInputError, match="not readable"):
        read_reference(tmp_path / "none.toml")
