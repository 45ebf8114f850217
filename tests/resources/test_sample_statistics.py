"""What is given beside the sample market: reproducible, and good for every figure that needs it."""

from pathlib import Path

import numpy as np
import pytest

from engine.reference import read_reference
from resources.sample import statistics

SAMPLE = Path(__file__).parents[2] / "resources" / "sample"


@pytest.mark.parametrize(
    ("file", "make"), [("reference.toml", statistics.reference), ("returns.csv", statistics.returns)]
)
def test_the_generator_writes_the_committed_bytes(file, make):
    assert make().encode() == (SAMPLE / file).read_bytes()


def test_every_product_has_a_sector_volumes_and_returns():
    reference = read_reference(SAMPLE / "reference.toml")
    assert reference.returns is not None
    assert set(reference.returns.products) == set(reference.products) == set(statistics.products())
    assert np.isfinite(reference.returns.values).all()
    assert all(each.average_daily_volume and each.open_interest for each in reference.products.values())


def test_every_product_has_a_fee():
    reference = read_reference(SAMPLE / "reference.toml")
    assert all(each.fee is not None for each in reference.products.values())


def test_the_volumes_of_a_products_expiries_add_up_to_its_own():
    reference = read_reference(SAMPLE / "reference.toml")
    for code, product in reference.products.items():
        of_it = [each for name, each in reference.contracts.items() if name.split(":")[1] == code]
        assert sum(each.average_daily_volume or 0 for each in of_it) == product.average_daily_volume


def test_accounts_of_every_trade_have_a_place():
    reference = read_reference(SAMPLE / "reference.toml")
    assert reference.organisation is not None
    (path,) = reference.organisation.paths(("Halden Refining",))
    assert path == ("Commodity desk", "Energy")
