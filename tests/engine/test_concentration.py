"""Concentration of a desk, measure by measure, with figures worked out by hand."""

from dataclasses import replace

import pytest

from engine.classification import Dimension
from engine.concentration import Measures, Owners
from engine.exposures import Gap, gap_sentences
from engine.numbers import LARGEST, NOT_COMPUTABLE, RATIO
from tests.engine.concentration_desk import PARAMETERS, by_account, exposures_of, named
from tests.engine.desks import CALL, EURO, JULY, JUNE, SmallDesk, money


@pytest.fixture
def desk():
    desk = SmallDesk(PARAMETERS)
    desk.quote_all()
    return desk


def test_a_future_is_worth_price_times_multiplier(desk):
    row = desk.account("A", cash=10_000)
    desk.hold_both(row, JUNE, 3, 1)
    measures = by_account(desk, Dimension.CONTRACT)
    assert named(measures, desk, row, "long") == {JUNE: money(3000)}
    assert named(measures, desk, row, "short") == {JUNE: money(1000)}
    assert named(measures, desk, row, "gross") == {JUNE: money(4000)}
    assert named(measures, desk, row, "net") == {JUNE: money(2000)}
    assert named(measures, desk, row, "share_of_equity") == {JUNE: 4 * RATIO // 10}


def test_options_count_by_their_delta_at_the_price_of_their_underlying(desk):
    row = desk.account("A", cash=10_000)
    desk.hold(row, CALL, 5)
    measures = by_account(desk, Dimension.CONTRACT)
    assert named(measures, desk, row, "gross") == {CALL: money(5 * 7 * 10)}
    assert named(measures, desk, row, "delta") == {CALL: money(5 * 0.4 * 100 * 10)}


def test_a_future_sold_against_calls_of_the_same_delta_leaves_no_exposure(desk):
    row = desk.account("A", cash=10_000)
    desk.hold(row, CALL, 5)
    desk.hold(row, JUNE, -2)
    measures = by_account(desk, Dimension.PRODUCT)
    assert named(measures, desk, row, "delta") == {"A": 0}
    assert named(measures, desk, row, "gross") == {"A": money(350 + 2000)}
    assert named(measures, desk, row, "net") == {"A": money(350 - 2000)}


def test_the_newest_price_counts(desk):
    row = desk.account("A", cash=10_000)
    desk.hold(row, CALL, 1)
    desk.quote(JUNE, 110)
    desk.quote(CALL, 12)
    measures = by_account(desk, Dimension.CONTRACT)
    assert named(measures, desk, row, "gross") == {CALL: money(120)}
    assert named(measures, desk, row, "delta") == {CALL: money(440)}


def test_other_currencies_are_converted_by_the_files_own_rate(desk):
    row = desk.account("A", cash=1000, currency="EUR")
    desk.hold(row, EURO, 2, at=50)
    measures = by_account(desk, Dimension.CURRENCY)
    assert named(measures, desk, row, "long") == {"EUR": money(2 * 50 * 10 * 1.25)}
    assert measures.equity[row] == money(1250)
    assert named(measures, desk, row, "share_of_equity") == {"EUR": RATIO}


def test_two_equal_names_are_as_concentrated_as_two(desk):
    row = desk.account("A", cash=1000)
    desk.hold(row, JUNE, 1)
    desk.hold(row, JULY, -1)
    measures = by_account(desk, Dimension.CONTRACT)
    assert measures.hhi[row] == RATIO // 2
    assert measures.effective_number[row] == 2 * RATIO
    assert by_account(desk, Dimension.PRODUCT).hhi[row] == RATIO


def test_shares_of_one_to_three_have_the_index_of_the_textbook(desk):
    row = desk.account("A", cash=1000)
    desk.hold(row, JUNE, 1)
    desk.hold(row, JULY, 3)
    measures = by_account(desk, Dimension.CONTRACT)
    assert named(measures, desk, row, "share_of_gross") == {JUNE: RATIO // 4, JULY: 3 * RATIO // 4}
    assert measures.hhi[row] == 625_000
    assert measures.effective_number[row] == 1_600_000


def test_the_largest_names_come_first(desk):
    row = desk.account("A", cash=1000)
    for contract, quantity in ((JUNE, 2), (CALL, 1), (JULY, -3)):
        desk.hold(row, contract, quantity)
    measures = by_account(desk, Dimension.CONTRACT)
    largest = measures.largest(2)[row]
    assert measures.codes[largest].tolist() == [desk.universe.column_of(each) for each in (JULY, JUNE)]
    assert measures.largest(4)[row].tolist()[3] == -1


def test_a_name_that_is_not_computable_is_taken_for_the_largest(desk):
    row = desk.account("A", cash=1000)
    desk.hold(row, JUNE, 2)
    desk.hold(row, "X:A:FUT:209912", 1)
    measures = by_account(desk, Dimension.CONTRACT)
    assert measures.gross[measures.largest(2)[row]].tolist() == [NOT_COMPUTABLE, money(2000)]


def test_a_contract_without_parameters_makes_what_it_is_part_of_not_computable(desk):
    row = desk.account("A", cash=1000)
    desk.hold(row, "X:A:FUT:209912", 1)
    desk.hold(row, EURO, 1)
    measures = by_account(desk, Dimension.PRODUCT)
    assert named(measures, desk, row, "gross") == {"A": NOT_COMPUTABLE, "E": money(625)}
    assert named(measures, desk, row, "share_of_gross") == {"A": NOT_COMPUTABLE, "E": NOT_COMPUTABLE}
    assert measures.hhi[row] == NOT_COMPUTABLE
    assert measures.why(row) == Gap.NO_PARAMETERS
    assert [str(each) for each in gap_sentences(measures.why(row))] == ["not computable: no parameters for a contract"]


def test_a_contract_without_any_price_is_not_computable(desk):
    prices = PARAMETERS.contracts.price.copy()
    prices[0] = NOT_COMPUTABLE
    desk = SmallDesk(replace(PARAMETERS, contracts=replace(PARAMETERS.contracts, price=prices)))
    row = desk.account("A", cash=1000)
    desk.hold(row, JUNE, 1)
    desk.hold(row, CALL, 1)
    measures = by_account(desk, Dimension.CONTRACT)
    assert named(measures, desk, row, "gross") == {JUNE: NOT_COMPUTABLE, CALL: money(70)}
    assert named(measures, desk, row, "delta") == {JUNE: NOT_COMPUTABLE, CALL: NOT_COMPUTABLE}
    assert named(measures, desk, row, "gaps") == {JUNE: Gap.NO_PRICE | Gap.NO_DELTA, CALL: Gap.NO_DELTA}


def test_an_option_whose_underlying_nobody_names_has_a_value_but_no_delta():
    desk = SmallDesk()
    row = desk.account("A", cash=1000)
    desk.hold(row, CALL, 1)
    measures = by_account(desk, Dimension.CONTRACT)
    assert named(measures, desk, row, "gross") == {CALL: money(70)}
    assert named(measures, desk, row, "delta") == {CALL: NOT_COMPUTABLE}


def test_without_an_exchange_rate_nothing_is_guessed(desk):
    row = desk.account("A", cash=1000)
    desk.hold(row, JUNE, 1)
    measures = by_account(desk, Dimension.CONTRACT, "CNY")
    assert named(measures, desk, row, "gross") == {JUNE: NOT_COMPUTABLE}
    assert measures.why(row) == Gap.NO_CONVERSION | Gap.NO_EQUITY


def test_a_position_too_large_for_the_scale_says_so(desk):
    row = desk.account("A", cash=1000)
    desk.hold(row, JUNE, 10**12)
    measures = by_account(desk, Dimension.CONTRACT)
    assert named(measures, desk, row, "gross") == {JUNE: NOT_COMPUTABLE}
    assert measures.why(row) == Gap.TOO_LARGE


def test_a_sum_too_large_for_the_scale_says_so(desk):
    for name in ("A", "B"):
        row = desk.account(name, cash=1000)
        desk.hold(row, JUNE, 3 * 10**9)
    firm = by_account(desk, Dimension.CONTRACT).by(Owners.firm(desk.book.snapshot(), "Firm"))
    assert firm.gross.tolist() == firm.total_gross.tolist() == [NOT_COMPUTABLE]
    assert firm.why(0, 0) == Gap.TOO_LARGE
    assert 2 * money(3 * 10**12) > LARGEST


@pytest.mark.parametrize(("cash", "gap"), [(None, Gap.NO_EQUITY), (0, Gap.USED_UP), (-5, Gap.USED_UP)])
def test_without_equity_there_is_no_share_of_it(desk, cash, gap):
    row = desk.account("A", cash=cash)
    desk.hold(row, JUNE, 1)
    measures = by_account(desk, Dimension.CONTRACT)
    assert named(measures, desk, row, "share_of_equity") == {JUNE: NOT_COMPUTABLE}
    assert named(measures, desk, row, "share_of_gross") == {JUNE: RATIO}
    assert measures.why(row) == gap


def test_an_account_that_holds_nothing_has_no_index_and_says_so(desk):
    row = desk.account("A", cash=1000)
    desk.hold(row, JUNE, 0)
    measures = by_account(desk, Dimension.CONTRACT)
    assert len(measures) == 0
    assert measures.hhi[row] == measures.effective_number[row] == NOT_COMPUTABLE
    assert measures.why(row) == Gap.NOTHING_HELD


def test_a_negative_price_counts_towards_gross_by_its_magnitude(desk):
    row = desk.account("A", cash=10_000)
    desk.hold(row, JUNE, 2)
    desk.quote(JUNE, -5)
    measures = by_account(desk, Dimension.CONTRACT)
    assert named(measures, desk, row, "net") == {JUNE: money(-100)}
    assert named(measures, desk, row, "gross") == {JUNE: money(100)}


def test_groups_are_in_the_order_of_their_first_account_and_leave_out_who_is_gone(desk):
    for name, group in (("A", "North"), ("B", "South"), ("C", "North"), ("D", "East")):
        row = desk.account(name, cash=1000)
        desk.book.set_account(replace(desk.book.snapshot().accounts[row], group=group))
        desk.hold(row, JUNE, 1)
    desk.book.remove_account(3)
    book = desk.book.snapshot()
    groups = by_account(desk, Dimension.CONTRACT).by(Owners.groups(book))
    assert groups.owners.names == ("North", "South")
    assert groups.total_gross.tolist() == [money(2000), money(1000)]
    assert groups.equity.tolist() == [money(2000), money(1000)]
    assert Owners.accounts(book).starts.tolist() == [0, 1, 2, 3, 3]


def test_a_cell_is_found_by_owner_and_code(desk):
    row = desk.account("A", cash=1000)
    desk.hold(row, JULY, 1)
    measures = by_account(desk, Dimension.CONTRACT)
    assert measures.cell(row, desk.universe.column_of(JULY)) == 0
    assert measures.cell(row, desk.universe.column_of(EURO)) == -1
    assert measures.cell(row, desk.universe.column_of(JUNE)) == -1


def test_a_desk_without_accounts_has_measures_of_nobody(desk):
    exposures, book = exposures_of(desk), desk.book.snapshot()
    for owners in (Owners.accounts(book), Owners.groups(book), Owners.firm(book, "Firm")):
        for measures in Measures.along_all(exposures, owners).values():
            assert len(measures) == len(owners) == len(measures.hhi) == len(measures.largest(3)) == 0
