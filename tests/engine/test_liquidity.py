"""Days and cost of closing, shares of the market, and what is not computable of them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.classification import Classification, Dimension
from engine.concentration import Owners
from engine.exposures import Exposures
from engine.instruments import Contract
from engine.liquidity import Closing, Liquidity, Shortage, shortage_sentences
from engine.liquidity_kernels import close_positions
from engine.margin_terms import MarginTerms
from engine.numbers import NOT_COMPUTABLE, PRICE, RATIO
from engine.reference import ContractReference, ProductReference, Reference
from tests.engine.concentration_desk import PARAMETERS
from tests.engine.desks import EURO, JULY, JUNE, LIMIT, NOW, SmallDesk, money

REFERENCE = Reference(
    {"A": ProductReference("Energy", "Commodities", 1000, 100), "E": ProductReference("Rates", "Rates")},
    {JUNE: ContractReference(400, 40)},
)


@pytest.fixture
def desk():
    return SmallDesk(PARAMETERS)


def quote(desk, contract, bid, ask, sizes=(10, 20), age=0):
    scaled = (round(bid * PRICE), round(ask * PRICE), *sizes)
    column = desk.universe.column(Contract.parse(contract))
    desk.market.apply(column, scaled[0], NOW - age, NOW - age, scaled)


def liquidity_of(desk, dimension=Dimension.CONTRACT, owners=None, **more):
    state = desk.state()
    classification = Classification.of(desk.universe, desk.parameters, REFERENCE)
    exposures = Exposures.of(state, classification, "USD")
    closing = Closing.of(state, desk.market.depth(), exposures)
    owners = owners or Owners.accounts(state.book)
    return Liquidity.of(closing, exposures.classification, owners, dimension, **more), exposures.classification


def only(figures):
    (figure,) = figures.tolist()
    return figure


def test_within_the_quoted_quantity_closing_costs_half_the_spread(desk):
    desk.hold(desk.account("A", cash=1), JUNE, 8)
    quote(desk, JUNE, 99.9, 100.1)
    found, _ = liquidity_of(desk)
    assert only(found.cost) == money(8 * 0.1 * 10)
    assert only(found.total_cost) == money(8)


def test_beyond_it_each_further_layer_costs_a_spread_more(desk):
    desk.hold(desk.account("A", cash=1), JUNE, 25)
    quote(desk, JUNE, 99.9, 100.1)
    found, _ = liquidity_of(desk)
    # Ten at half a spread, ten at one and a half, five at two and a half; the spread is worth 2.
    assert only(found.cost) == money(2 * (10 * 0.5 + 10 * 1.5 + 5 * 2.5))


def test_a_short_position_is_bought_back_from_the_offers(desk):
    desk.hold(desk.account("A", cash=1), JUNE, -20)
    quote(desk, JUNE, 99.9, 100.1)
    found, _ = liquidity_of(desk)
    assert (only(found.cost), only(found.net), only(found.contracts)) == (money(20), -20, 20)


def test_both_sides_of_a_gross_margined_account_are_closed_apart(desk):
    desk.hold_both(desk.account("A", cash=1), JUNE, 5, 3)
    desk.hold_both(desk.account("B", cash=1, terms=MarginTerms(gross=True)), JUNE, 5, 3)
    quote(desk, JUNE, 99.9, 100.1)
    found, _ = liquidity_of(desk)
    assert found.contracts.tolist() == [2, 8]
    assert found.cost.tolist() == [money(2), money(8)]
    assert found.net.tolist() == [2, 2]


def test_days_are_contracts_over_what_may_be_traded_a_day(desk):
    desk.hold(desk.account("A", cash=1), JUNE, -30)
    quote(desk, JUNE, 99.9, 100.1)
    found, _ = liquidity_of(desk)
    assert only(found.days) == 30 * RATIO * 5 // 40
    assert only(found.share_of_volume) == 75 * RATIO // 100
    assert only(found.share_of_interest) == 75 * RATIO // 1000
    half, _ = liquidity_of(desk, participation=RATIO // 10)
    assert only(half.days) == 2 * only(found.days)


def test_all_contracts_of_a_product_are_traded_but_their_net_is_the_share_of_interest(desk):
    row = desk.account("A", cash=1)
    desk.hold(row, JUNE, 30)
    desk.hold(row, JULY, -20)
    found, classification = liquidity_of(desk, Dimension.PRODUCT)
    assert (only(found.contracts), only(found.net)) == (50, 10)
    assert (only(found.days), only(found.share_of_interest)) == (50 * 5 * RATIO // 100, RATIO // 100)
    sectors = found.along(Dimension.SECTOR, classification)
    assert only(sectors.days) == only(found.days)


def test_the_slowest_product_decides_how_long_the_whole_takes(desk):
    row = desk.account("A", cash=1)
    desk.hold(row, JUNE, 10)
    found, _ = liquidity_of(desk, Dimension.PRODUCT)
    assert only(found.total_days) == 10 * 5 * RATIO // 100
    desk.hold(row, EURO, 1)
    unknown, _ = liquidity_of(desk, Dimension.PRODUCT)
    assert only(unknown.total_days) == NOT_COMPUTABLE
    assert int(unknown.owner_shortages[0]) & Shortage.NO_VOLUME


def test_related_accounts_close_each_their_own(desk):
    desk.hold(desk.account("A", cash=1), JUNE, 10)
    desk.hold(desk.account("B", cash=1), JUNE, -10)
    quote(desk, JUNE, 99.9, 100.1)
    alone, classification = liquidity_of(desk)
    groups = Owners.groups(desk.book.snapshot())
    together = alone.by(groups, classification)
    assert (only(together.contracts), only(together.net), only(together.cost)) == (20, 0, money(20))
    direct, _ = liquidity_of(desk, owners=groups)
    assert direct.days.tolist() == together.days.tolist()
    assert direct.cost.tolist() == together.cost.tolist()


@pytest.mark.parametrize(
    ("says", "make"),
    [
        ("not computable: a position has no bid and offer", lambda desk: None),
        ("not computable: a position has no bid and offer", lambda desk: quote(desk, JUNE, 99.9, 100.1, (0, 20))),
        ("not computable: a bid and offer is stale", lambda desk: quote(desk, JUNE, 99.9, 100.1, age=2 * LIMIT)),
    ],
)
def test_a_cost_without_recent_depth_says_why(desk, says, make):
    desk.hold(desk.account("A", cash=1), JUNE, 1)
    make(desk)
    found, _ = liquidity_of(desk)
    assert (only(found.cost), only(found.total_cost)) == (NOT_COMPUTABLE, NOT_COMPUTABLE)
    assert [str(each) for each in shortage_sentences(only(found.shortages))] == [says]


def test_what_the_parameters_do_not_list_has_no_cost(desk):
    desk.hold(desk.account("A", cash=1), "X:A:FUT:209912", 1)
    found, _ = liquidity_of(desk)
    assert int(found.shortages[0]) & Shortage.NO_PARAMETERS


@given(st.integers(1, 10**6), st.integers(1, 10**4), st.integers(0, 10**9))
def test_the_cost_is_that_of_walking_the_layers_one_by_one(contracts, size, spread):
    one = np.ones(1, dtype=np.int64)
    figures = close_positions(
        np.array([0, 1]), 0 * one, contracts * one, 0 * one, one > 1, spread * one, 0 * one, size * one, size * one
    )
    halves, rest, layer = 0, contracts, 1
    if contracts // size < 5000:
        while rest:
            taken = min(rest, size)
            halves, rest, layer = halves + taken * (2 * layer - 1), rest - taken, layer + 1
        expected = (halves * spread + 1) // 2
        assert int(figures[2][0]) in ((expected,) if halves * spread < 8 * 10**18 else (expected, NOT_COMPUTABLE))
