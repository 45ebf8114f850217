"""A what-if portfolio survives its file; a file that is none is refused by name."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.decision import Order
from engine.text import BadInputError
from tests.widgets.sample_results import CALL, CRUDE
from widgets.portfolio import Portfolio, load_portfolio, read_portfolio, save_portfolio, write_portfolio

QUANTITIES = st.integers(1 - 10**9, 10**9 - 1).filter(bool)
ORDERS = st.builds(Order, st.sampled_from([CRUDE, CALL]), QUANTITIES, st.booleans())
GOOD = write_portfolio(Portfolio("A-0417", (Order(CRUDE, 120),)))


@given(st.text(), st.lists(ORDERS, max_size=5))
def test_what_is_written_reads_back_as_itself(account: str, orders: list[Order]) -> None:
    portfolio = Portfolio(account, tuple(orders))
    assert read_portfolio(write_portfolio(portfolio), "a file") == portfolio


def test_a_file_holds_it(tmp_path: Path) -> None:
    portfolio = Portfolio("清风 7", (Order(CRUDE, 120), Order(CALL, -60)))
    save_portfolio(str(tmp_path / "legs.json"), portfolio)
    assert load_portfolio(str(tmp_path / "legs.json")) == portfolio


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("{", "", "not JSON"),
        ('"what_if_portfolio": 1', '"what_if_portfolio": 2', "schema 1"),
        ('"account": "A-0417"', '"account": 7', "account or legs are missing"),
        ('"quantity": 120', '"quantity": 1.5', "legs.0.: the quantity"),
        ('"quantity": 120', '"quantity": true', "legs.0.: the quantity"),
        ('"quantity": 120', '"quantity": 0', "legs.0.: the quantity"),
        ('"quantity": 120', '"quantity": 120, "closes": 1', "legs.0.: closes is neither"),
        ('"quantity": 120', '"quantity": 99999999999', "legs.0.: the quantity"),
        ('"contract": "NYMEX', '"contrakt": "NYMEX', "legs.0.: the contract is missing"),
        ("NYMEX:CL:FUT:202703", "NYMEX:CL", "4 or 6 parts"),
    ],
)
def test_what_is_no_portfolio_is_refused(old: str, new: str, complaint: str) -> None:
    with pytest.raises(BadInputError, match=complaint):
        read_portfolio(GOOD.replace(old, new, 1), "legs.json")


@pytest.mark.parametrize("content", [b"\xff\xfe", b"[]", b"x" * 1_000_001, b"[" * 100_000])
def test_a_damaged_file_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "legs.json").write_bytes(content)
    with pytest.raises(BadInputError, match=r"legs\.json"):
        load_portfolio(str(tmp_path / "legs.json"))


def test_a_file_that_is_not_there_or_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="cannot be read"):
        load_portfolio(str(tmp_path / "nothing.json"))
    with pytest.raises(BadInputError, match="cannot be written"):
        save_portfolio(str(tmp_path / "no folder" / "legs.json"), Portfolio("A", ()))
