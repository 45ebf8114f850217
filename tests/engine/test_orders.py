"""What a person types becomes an order, or an error that says what to type."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.decision import Order
from engine.instruments import Contract
from engine.numbers import PRICE
from engine.orders import Directory, order_text, parse_order, split_contract
from engine.text import BadInputError

CRUDE_MARCH = Contract("NYMEX", "CL", "FUT", "202703")
CRUDE_CALL = Contract("NYMEX", "CL", "OOF", "202702", "C", 82 * PRICE)
CRUDE_PUT = Contract("NYMEX", "CL", "OOF", "202702", "P", 78 * PRICE + PRICE // 2)
INDEX = Contract("VOB", "XU030", "FUT", "201606S0")
SPOT = Contract("VOB", "XU030", "PHY", "000000")
CLEAN = Contract("ICE", "CLX", "FUT", "202703")
TWIN_A = Contract("A", "TT", "FUT", "202703")
TWIN_B = Contract("B", "TT", "FUT", "202703")
CONTRACTS = (CRUDE_MARCH, CRUDE_CALL, CRUDE_PUT, INDEX, SPOT, CLEAN, TWIN_A, TWIN_B)
DIRECTORY = Directory(CONTRACTS)


@pytest.mark.parametrize(
    ("line", "order"),
    [
        ("Buy 120 CL 2027-03", Order(CRUDE_MARCH, 120)),
        ("sell 60 cl c 82.00 2027-02", Order(CRUDE_CALL, -60)),
        ("Sell 60 CL 2027-02 C 82", Order(CRUDE_CALL, -60)),
        ("s 1 CL C82 202702", Order(CRUDE_CALL, -1)),
        ("b 1 CL 78.5P 2027-02", Order(CRUDE_PUT, 1)),
        ("+10 XU030 2016-06", Order(INDEX, 10)),
        ("-10 XU030 2016-06", Order(INDEX, -10)),
        ("−10 XU030 spot", Order(SPOT, -10)),
        ("买 5 CL 2027-03", Order(CRUDE_MARCH, 5)),
        ("Sell close 5 CL 2027-03", Order(CRUDE_MARCH, -5, closes=True)),
        ("buy CLOSE 1,000 CL 2027-03", Order(CRUDE_MARCH, 1000, closes=True)),
        ("卖平5 CL 2027-03", Order(CRUDE_MARCH, -5, closes=True)),
        ("买入平仓 5 CL 2027-03", Order(CRUDE_MARCH, 5, closes=True)),
        ("卖出5 CL 2027-03", Order(CRUDE_MARCH, -5)),
        ("  Buy 1,200  NYMEX:CL:FUT:202703 ", Order(CRUDE_MARCH, 1200)),
    ],
)
def test_an_order_is_read_the_way_people_write_it(line: str, order: Order) -> None:
    assert parse_order(line, DIRECTORY) == order


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("", "no side"),
        ("120 CL 2027-03", "no side"),
        ("Bu 120 CL 2027-03", "no side"),
        ("Buy", "no quantity"),
        ("Buy CL 2027-03", "no quantity"),
        ("Buy 0 CL 2027-03", "quantity is 0"),
        ("Buy 1.5 CL 2027-03", "not a whole number"),
        ("Buy 1234567890 CL 2027-03", "more than 9 digits"),
        ("Buy 1", "no contract"),
        ("Buy 1 CL", "did you mean: CL 2027-03"),
        ("Buy 1 CL 2027-04", "did you mean: CL 2027-03"),
        ("Buy 1 ZZ 2027-04", "no contract ZZ 2027-04"),
        ("Buy 1 TT 2027-03", "type one of: A:TT:FUT:202703, B:TT:FUT:202703"),
        ("Buy 1 A:B", "4 or 6 parts"),
        ("Buy 1 NYMEX:CL:FUT:209901", "no contract NYMEX:CL:FUT:209901"),
    ],
)
def test_what_is_no_order_is_refused_with_what_to_type(line: str, complaint: str) -> None:
    with pytest.raises(BadInputError, match=complaint):
        parse_order(line, DIRECTORY)


@given(st.sampled_from(CONTRACTS), st.integers(-(10**9) + 1, 10**9 - 1).filter(bool), st.booleans())
def test_an_order_written_out_reads_back_as_itself(contract: Contract, quantity: int, closes: bool) -> None:
    order = Order(contract, quantity, closes)
    assert parse_order(order_text(order, DIRECTORY), DIRECTORY) == order


@given(st.text(max_size=40))
def test_no_text_breaks_the_reader(line: str) -> None:
    with suppress(BadInputError):
        assert parse_order(line, DIRECTORY).contract in CONTRACTS


def test_the_product_named_in_full_comes_before_products_that_start_with_it() -> None:
    assert DIRECTORY.search("cl") == [CRUDE_MARCH, CRUDE_CALL, CRUDE_PUT, CLEAN]


def test_later_words_narrow_the_search() -> None:
    assert DIRECTORY.search("cl 82") == [CRUDE_CALL]


def test_a_right_is_not_found_inside_other_words() -> None:
    assert DIRECTORY.search("cl p") == [CRUDE_PUT]
    assert DIRECTORY.search("cl c") == [CRUDE_CALL]


def test_a_search_stops_at_its_limit() -> None:
    assert len(DIRECTORY.search("", 3)) == 3


def test_a_directory_of_a_hundred_thousand_contracts_finds_one_by_its_title() -> None:
    strikes = [Contract("X", f"P{n % 50:02d}", "OOF", "202701", "C", n * PRICE) for n in range(100_000)]
    directory = Directory(strikes)
    assert len(directory) == 100_000
    assert parse_order("Buy 1 P07 C 99957 2027-01", directory).contract == strikes[99_957]


@pytest.mark.parametrize(
    ("line", "parts"),
    [("Bu", None), ("Buy", None), ("Buy 120 ", ("Buy 120 ", "")), ("Buy 120 cl 20 ", ("Buy 120 ", "cl 20"))],
)
def test_the_contract_is_completed_once_side_and_quantity_stand(line: str, parts: tuple[str, str] | None) -> None:
    assert split_contract(line) == parts
