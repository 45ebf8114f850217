import numpy as np
import pytest

from engine.numbers import NOT_COMPUTABLE, RATIO
from engine.snapshot import Standing
from engine.state import MarginStore
from engine.valuation import Flag, reasons_of, without
from tests.engine.desks import CALL, EURO, JULY, JUNE, SmallDesk, money, sentences_of


@pytest.fixture
def desk():
    return SmallDesk()


def test_equity_is_cash_and_what_open_futures_have_won(desk):
    row = desk.account("A", cash=10_000)
    desk.hold(row, JUNE, 3, at=100)
    desk.quote(JUNE, 104.5)
    accounts = desk.state().accounts
    assert accounts.equity[row] == money(10_000 + 3 * 4.5 * 10)
    assert accounts.margin[row] == money(900)
    assert accounts.available[row] == money(10_135 - 900)


def test_a_short_future_wins_when_the_price_falls(desk):
    row = desk.account("A", cash=1000)
    desk.hold(row, JUNE, -2, at=100)
    desk.quote(JUNE, 90)
    assert desk.state().accounts.equity[row] == money(1000 + 2 * 10 * 10)


def test_a_premium_option_does_not_move_equity_but_counts_as_option_value(desk):
    row = desk.account("A", cash=1000)
    desk.hold(row, CALL, 2, at=7)
    desk.hold(row, JUNE, 1)
    desk.quote_all()
    desk.quote(CALL, 9)
    state = desk.state()
    assert state.accounts.equity[row] == money(1000)
    assert state.profit.position.tolist().count(money(2 * 2 * 10)) == 1
    assert state.accounts.margin[row] == money(300 + 2 * 120 - 2 * 7 * 10)


@pytest.mark.parametrize(
    ("cash", "standing"),
    [(400, Standing.OK), (375, Standing.WARNING), (300, Standing.CALL), (250, Standing.CLOSE), (0, Standing.CLOSE)],
)
def test_an_account_stands_where_its_risk_ratio_puts_it(desk, cash, standing):
    row = desk.account("A", cash=cash)
    desk.hold(row, JUNE, 1)
    desk.quote_all()
    assert desk.state().accounts.standing[row] == standing


def test_the_distance_to_the_lines_is_the_equity_that_may_be_lost(desk):
    row = desk.account("A", cash=500)
    desk.hold(row, JUNE, 1)
    desk.quote_all()
    accounts = desk.state().accounts
    assert accounts.ratio[row] == 6 * RATIO // 10
    assert accounts.to_call[row] == money(200)
    assert accounts.to_close[row] == money(250)


def test_used_up_equity_has_no_ratio_and_says_so(desk):
    row = desk.account("A", cash=0)
    desk.hold(row, JUNE, 1)
    desk.quote_all()
    state = desk.state()
    assert state.accounts.ratio[row] == NOT_COMPUTABLE
    assert sentences_of(state, row) == ["equity is used up"]


def test_an_account_whose_money_never_came_is_not_computable(desk):
    row = desk.account("A")
    desk.hold(row, JUNE, 1)
    desk.quote_all()
    state = desk.state()
    assert state.accounts.equity[row] == state.accounts.available[row] == NOT_COMPUTABLE
    assert state.accounts.standing[row] == Standing.UNKNOWN
    assert state.accounts.margin[row] == money(300)
    assert sentences_of(state, row) == ["no account money has arrived"]


def test_a_position_without_a_quote_uses_the_settlement_price_and_says_so(desk):
    row = desk.account("A", cash=1000)
    desk.hold(row, JUNE, 1, at=99)
    state = desk.state()
    assert state.accounts.equity[row] == money(1010)
    assert sentences_of(state, row) == ["no quote yet for some positions: settlement price used"]
    assert state.blocked(row)


def test_a_stale_quote_is_used_and_blocks_new_risk(desk):
    row = desk.account("A", cash=1000)
    desk.hold(row, JUNE, 1)
    desk.quote(JUNE, 101, age=2 * 10**9)
    state = desk.state()
    assert state.accounts.equity[row] == money(1010)
    assert sentences_of(state, row) == ["some prices are stale"]
    assert state.blocked(row)


def test_a_position_without_parameters_is_left_out_and_named(desk):
    row = desk.account("A", cash=1000)
    desk.hold(row, JUNE, 1)
    desk.hold(row, "X:UNKNOWN:FUT:202606", 5)
    desk.quote_all()
    state = desk.state()
    assert state.accounts.margin[row] == money(300)
    assert sentences_of(state, row) == ["positions without parameters are left out"]


def test_a_position_marked_at_an_unknown_price_is_not_computable(desk):
    row = desk.account("A", cash=1000)
    column = desk.universe.column_of(JUNE)
    desk.book.set_position(row, column, 1, 0)
    desk.quote_all()
    state = desk.state()
    assert state.accounts.equity[row] == NOT_COMPUTABLE
    assert sentences_of(state, row) == ["not computable: a position has no price"]


def test_currencies_are_rolled_up_by_the_files_own_rate(desk):
    row = desk.account("A", cash=10_000)
    desk.hold(row, JUNE, 1)
    desk.hold(row, EURO, 2, at=50)
    desk.quote_all()
    desk.quote(EURO, 54)
    accounts = desk.state().accounts
    assert accounts.margin[row] == money(300 + 1000 * 1.25)
    assert accounts.equity[row] == money(10_000 + 2 * 4 * 10 * 1.25)


def test_an_account_in_a_currency_without_a_rate_is_not_computable(desk):
    row = desk.account("A", cash=1000, currency="JPY")
    desk.hold(row, JUNE, 1)
    desk.quote_all()
    state = desk.state()
    assert state.accounts.margin[row] == NOT_COMPUTABLE
    assert sentences_of(state, row) == ["not computable: no exchange rate in the parameters"]


def test_only_changed_accounts_are_margined_again(desk):
    first, second = desk.account("A", cash=1000), desk.account("B", cash=1000)
    for row in (first, second):
        desk.hold(row, JUNE, 1)
    store = MarginStore(desk.calculation)
    store.update(desk.book.snapshot(), desk.book.take_touched())
    desk.hold(first, JULY, -1)
    desk.hold(second, JULY, -1)
    before = store.requirement
    store.update(desk.book.snapshot(), [first])
    assert store.requirement[:, 1].tolist() == [money(40), money(300)]
    assert before[:, 1].tolist() == [money(300), money(300)]


def test_an_empty_desk_has_no_rows(desk):
    assert len(desk.state().accounts) == 0


def test_an_account_with_nothing_is_fine(desk):
    row = desk.account("A", cash=0)
    accounts = desk.state().accounts
    assert accounts.ratio[row] == 0
    assert accounts.standing[row] == Standing.OK
    assert np.array_equal(accounts.margin, [0])


def test_an_account_that_is_gone_is_not_shown_and_comes_back_when_it_is_named_again(desk):
    first, second = desk.account("A"), desk.account("B", cash=5)
    desk.book.remove_account(first)
    state = desk.state()
    shown = without(state.accounts, state.book.gone)
    assert shown.names == ("B",)
    assert shown.reasons == {}
    assert state.book.row("A") == -1
    assert state.book.row("B") == second
    desk.account("A")
    assert desk.state().book.gone == frozenset()


def test_reasons_are_told_anew_only_where_flags_have_changed():
    flags = np.array([0, int(Flag.STALE_PRICE), 0, int(Flag.NO_MONEY)])
    reasons = reasons_of(flags)
    assert {row: len(sentences) for row, sentences in reasons.items()} == {1: 1, 3: 1}
    assert reasons_of(flags.copy()) is reasons
    flags[1] = 0
    assert list(reasons_of(flags)) == [3]
