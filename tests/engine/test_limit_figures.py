import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.classification import Classification, Dimension
from engine.concentration import Measures, Owners
from engine.decision import Order, Request
from engine.exposures import Exposures
from engine.instruments import Contract
from engine.limit_figures import OwnerHoldings
from engine.limit_members import Members
from engine.limit_trades import Place
from engine.limited_desk import LimitedDesk
from engine.limits import Basis, Measure
from engine.margin_terms import USUAL
from engine.market_statistics import MarketStatistics
from engine.numbers import NOT_COMPUTABLE
from engine.what_if import decide
from tests.engine.concentration_desk import PARAMETERS, REFERENCE
from tests.engine.desks import CALL, EURO, JULY, JUNE, SmallDesk, money

CONTRACTS = (JUNE, CALL, JULY, EURO)
GROSS = USUAL._replace(gross=True)
CASH = 1_000_000


def desk_of(books, terms=USUAL):
    """Accounts A0, A1 ... holding (long, short) by contract, everything quoted."""
    desk = SmallDesk(PARAMETERS)
    desk.quote_all()
    for number, book in enumerate(books):
        row = desk.account(f"A{number}", cash=CASH, terms=terms)
        for contract, (long, short) in book.items():
            desk.hold_both(row, contract, long, short)
    return desk


def holdings_of(desk, members=None, **statistics):
    for contract in CONTRACTS:
        desk.universe.column(Contract.parse(contract))
    state = desk.state()
    exposures = Exposures.of(state, Classification.of(desk.universe, desk.parameters, REFERENCE), "USD")
    rows = np.arange(len(state.book.accounts)) if members is None else np.array(members)
    known = MarketStatistics(statistics.get("open_interest", {}), statistics.get("daily_volume", {}))
    return OwnerHoldings(LimitedDesk(state, exposures, known), "Alpha", Members(state.book, rows))


def column_of(desk, contract):
    return desk.universe.column(Contract.parse(contract))


def test_figures_without_trades_are_those_of_the_desk():
    holdings = holdings_of(desk_of([{JUNE: (3, 0), CALL: (5, 0)}, {JUNE: (0, 1)}]))
    figures = holdings.with_trades({})
    assert figures.figure(Measure.GROSS, Dimension.CONTRACT, JUNE) == money(4000)
    assert figures.figure(Measure.NET, Dimension.CONTRACT, JUNE) == money(2000)
    assert figures.figure(Measure.POSITION, Dimension.CONTRACT, JUNE) == 2
    assert figures.figure(Measure.POSITION, Dimension.PRODUCT, "A") == 7
    assert figures.figure(Measure.GROSS, None, "") == money(4350)
    assert figures.figure(Basis.EQUITY, None, "") == 2 * money(CASH)


NETS = st.integers(-30, 30).map(lambda count: (max(count, 0), max(-count, 0)))
TRADES = st.dictionaries(
    st.tuples(st.integers(0, 1), st.sampled_from(CONTRACTS)), st.integers(-40, 40), min_size=1, max_size=4
)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.dictionaries(st.sampled_from(CONTRACTS), NETS), min_size=2, max_size=2), TRADES)
def test_figures_with_trades_are_those_of_a_desk_that_holds_them(books, trades):
    desk = desk_of(books)
    holdings = holdings_of(desk)
    places = {Place(row, column_of(desk, contract)): count for (row, contract), count in trades.items()}
    figures = holdings.with_trades(places)
    booked = [dict(book) for book in books]
    for (row, contract), count in trades.items():
        long, short = booked[row].get(contract, (0, 0))
        net = long - short + count
        booked[row][contract] = (max(net, 0), max(-net, 0))
    after = holdings_of(desk_of(booked))
    owners = Owners(("Alpha",), np.array([0, 2]), np.array([0, 1]))
    for by in Dimension:
        measures = Measures.of(after.desk.exposures, owners, by)
        names = after.desk.exposures.classification.names(by)
        for code in measures.codes.tolist():
            cell = measures.cell(0, code)
            assert figures.figure(Measure.GROSS, by, names[code]) == measures.gross[cell]
            assert figures.figure(Measure.NET, by, names[code]) == measures.net[cell]
            assert figures.figure(Measure.DELTA, by, names[code]) == measures.delta[cell]
        if measures.total_gross[0]:
            assert abs(figures.figure(Measure.HHI, by, "") - measures.hhi[0]) <= 1
    assert figures.figure(Measure.GROSS, None, "") == after.whole.gross
    assert figures.figure(Measure.NET, None, "") == after.whole.net


def test_both_sides_of_a_gross_margined_account_are_kept_apart():
    desk = desk_of([{JUNE: (5, 2)}], GROSS)
    holdings = holdings_of(desk)
    column, state = column_of(desk, JUNE), holdings.desk.state
    opening = Place.of(state, 0, column, Order(Contract.parse(JUNE), -3))
    closing = Place.of(state, 0, column, Order(Contract.parse(JUNE), -3, closes=True))
    assert holdings.with_trades({opening: -3}).figure(Measure.GROSS, None, "") == money(10_000)
    assert holdings.with_trades({closing: -3}).figure(Measure.GROSS, None, "") == money(4_000)


def test_an_order_in_a_net_account_closes_before_it_opens():
    desk = desk_of([{JUNE: (5, 0)}])
    holdings = holdings_of(desk)
    place = Place.of(holdings.desk.state, 0, column_of(desk, JUNE), Order(Contract.parse(JUNE), -8))
    figures = holdings.with_trades({place: -8})
    assert figures.figure(Measure.GROSS, None, "") == money(3_000)
    assert figures.figure(Measure.POSITION, Dimension.CONTRACT, JUNE) == -3


def test_premium_paid_lowers_equity_and_futures_do_not():
    desk = desk_of([{}])
    holdings = holdings_of(desk)
    call, june = column_of(desk, CALL), column_of(desk, JUNE)
    assert holdings.with_trades({Place(0, call): 10}).figure(Basis.EQUITY, None, "") == money(CASH - 700)
    assert holdings.with_trades({Place(0, june): 10}).figure(Basis.EQUITY, None, "") == money(CASH)


def test_what_is_missing_is_not_computable_and_says_why():
    desk = desk_of([{"X:Z:FUT:202609": (1, 0)}])
    figures = holdings_of(desk).with_trades({})
    for of, by, name, reason in (
        (Measure.GROSS, None, "", "not computable: no parameters for a contract"),
        (Measure.HHI, Dimension.PRODUCT, "", "not computable: no parameters for a contract"),
        (Measure.MARGIN_RATIO, None, "", "margin is not computable"),
        (Measure.NET, Dimension.PRODUCT, "Q", "nothing is called Q"),
        (Measure.NET, Dimension.CONTRACT, "nonsense", "nothing is called nonsense"),
        (Basis.OPEN_INTEREST, Dimension.PRODUCT, "A", "the open interest of A is not known"),
        (Basis.DAILY_VOLUME, Dimension.PRODUCT, "A", "the average daily volume of A is not known"),
    ):
        assert figures.figure(of, by, name) == NOT_COMPUTABLE
        assert str(figures.reason(of, by, name)).startswith(reason)


def test_shares_of_equity_that_is_used_up_are_not_computable():
    desk = SmallDesk(PARAMETERS)
    desk.quote_all()
    row = desk.account("A", cash=-5)
    desk.hold(row, JUNE, 1)
    figures = holdings_of(desk).with_trades({})
    assert figures.figure(Measure.SHARE_OF_EQUITY, Dimension.PRODUCT, "A") == NOT_COMPUTABLE
    assert str(figures.reason(Measure.SHARE_OF_EQUITY, Dimension.PRODUCT, "A")) == "equity is used up"


def test_open_interest_is_what_was_given():
    holdings = holdings_of(desk_of([{}]), open_interest={(Dimension.PRODUCT, "A"): 900})
    assert holdings.with_trades({}).figure(Basis.OPEN_INTEREST, Dimension.PRODUCT, "A") == 900


@pytest.mark.parametrize("measure", list(Measure))
def test_an_owner_that_holds_nothing_uses_nothing(measure):
    figures = holdings_of(desk_of([{}])).with_trades({})
    by = None if measure is Measure.MARGIN_RATIO else Dimension.PRODUCT
    assert figures.figure(measure, by, "" if measure in (Measure.HHI, Measure.MARGIN_RATIO) else "A") == 0


@pytest.mark.parametrize(("contract", "count"), [(JUNE, 5), (JUNE, -20), (CALL, 7), (JULY, -4)])
def test_margin_with_trades_is_that_of_the_what_if(contract, count):
    desk = desk_of([{JUNE: (10, 0), CALL: (0, 3)}, {JULY: (4, 0)}])
    alone, family = holdings_of(desk, [0]), holdings_of(desk)
    order = Order(Contract.parse(contract), count)
    decision = decide(alone.desk.state, desk.universe, Request(1, "A0", (order,), with_curve=False))
    trades = {Place.of(alone.desk.state, 0, column_of(desk, contract), order): count}
    assert alone.with_trades({}).margin == decision.effects[0].before.margin
    assert alone.with_trades(trades).margin == decision.effects[0].after.margin
    assert alone.with_trades(trades).figure(Measure.MARGIN_RATIO, None, "") == decision.effects[0].after.ratio
    assert family.with_trades(trades).margin - family.with_trades({}).margin == decision.effects[0].change.margin


def test_margin_with_a_contract_without_parameters_is_not_computable():
    desk = desk_of([{JUNE: (10, 0)}])
    column = column_of(desk, "X:Z:FUT:202609")
    assert holdings_of(desk).with_trades({Place(0, column): 1}).margin == NOT_COMPUTABLE
