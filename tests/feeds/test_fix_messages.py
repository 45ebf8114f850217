import pytest
from fixcore.message.message import Message
from hypothesis import given
from hypothesis import strategies as st

from engine.authorisation.instruction import Effect, PriceType, Side
from engine.numbers import PRICE
from engine.routing import OrderState
from feeds.faults import BadMessageError
from feeds.fix_messages import cancel_request, new_order, report_of, stamp, status_request
from feeds.gateway import NotSentError
from tests.feeds.routed import routed

WALL = 1_795_000_000_123_456_789


def fields(message):
    return {**dict(message.header.items()), **message.body}


def report(**tags):
    message = Message()
    for tag, value in {"11": "one", "39": "2", "14": "10", "6": "68.25", **tags}.items():
        if value is not None:
            message[int(tag)] = value
    return message


def test_a_future_is_named_by_product_month_and_exchange():
    found = fields(new_order(routed(), WALL))
    assert (found[35], found[55], found[167], found[200], found[207]) == ("D", "CL", "FUT", "202701", "SIM")
    assert (found[11], found[1], found[38], found[54], found[77]) == ("one", "A", "10", "2", "C")


def test_an_option_carries_right_and_strike():
    found = fields(new_order(routed(contract="SIM:ES:OOF:202703:P:6000", side=Side.BUY), WALL))
    assert (found[167], found[201], found[202], found[54]) == ("OPT", "0", "6000", "1")


def test_a_limit_is_exact_decimal_text():
    assert fields(new_order(routed(), WALL))[44] == "68.25"


def test_a_market_order_has_no_price():
    found = fields(new_order(routed(price_type=PriceType.MARKET, limit=0), WALL))
    assert found[40] == "1"
    assert 44 not in found


def test_a_lock_opens():
    assert fields(new_order(routed(effect=Effect.LOCK), WALL))[77] == "O"


def test_what_closes_todays_positions_says_so_in_the_brokers_own_value():
    assert fields(new_order(routed(effect=Effect.CLOSE_TODAY), WALL, "T"))[77] == "T"
    assert fields(new_order(routed(effect=Effect.CLOSE_YESTERDAY), WALL, "T"))[77] == "C"
    with pytest.raises(NotSentError, match="no value to close today's positions with"):
        new_order(routed(effect=Effect.CLOSE_TODAY), WALL)


def test_a_cancel_request_has_a_name_of_its_own_and_names_the_order():
    found = fields(cancel_request(routed(), WALL))
    assert (found[35], found[11], found[41]) == ("F", "one-C", "one")


def test_a_status_request_names_the_order():
    assert fields(status_request(routed(), WALL))[11] == "one"


def test_times_are_written_to_the_millisecond():
    assert stamp(WALL) == "20261118-11:06:40.123"


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("0", OrderState.WORKING),
        ("1", OrderState.WORKING),
        ("2", OrderState.FILLED),
        ("3", OrderState.CANCELLED),
        ("4", OrderState.CANCELLED),
        ("8", OrderState.REJECTED),
        ("C", OrderState.CANCELLED),
    ],
)
def test_each_status_is_a_state(status, state):
    assert report_of(report(**{"39": status})).state is state


def test_a_report_on_a_withdrawal_is_about_the_order_withdrawn():
    assert report_of(report(**{"11": "one-C", "41": "one", "39": "4"})).identity == "one"


def test_an_unknown_order_is_not_known_rather_than_rejected():
    assert report_of(report(**{"39": "8", "103": "5"})).state is OrderState.NOT_KNOWN


def test_an_average_of_many_decimals_is_cut():
    assert report_of(report(**{"6": "68.123456789123"})).average == 6_812_345_678


@pytest.mark.parametrize(
    "tags", [{"11": None}, {"39": None}, {"39": "Z"}, {"14": "ten"}, {"14": "-1"}, {"6": "abc"}, {"14": "1.5"}]
)
def test_a_report_that_cannot_be_used_is_a_bad_message(tags):
    with pytest.raises(BadMessageError):
        report_of(report(**tags))


@given(st.dictionaries(st.sampled_from(["11", "41", "39", "14", "6", "58", "60", "103"]), st.text(max_size=30)))
def test_whatever_a_report_says_it_is_read_or_refused(tags):
    message = Message()
    for tag, value in tags.items():
        message[int(tag)] = value
    try:
        read = report_of(message)
    except BadMessageError:
        return
    assert read.identity
    assert read.filled >= 0


def test_limits_survive_the_way_there_and_back():
    order = routed(limit=123 * PRICE + 1)
    assert report_of(report(**{"6": fields(new_order(order, WALL))[44]})).average == order.limit
