from dataclasses import dataclass, replace
from fractions import Fraction
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.classification import Classification, Dimension
from engine.concentration import Measures, Owners
from engine.exposures import Exposures, Gap, gap_sentences
from engine.numbers import LARGEST, MONEY, NOT_COMPUTABLE, PRICE, RATIO
from engine.reference import ProductReference, Reference
from tests.engine.desks import CALL, EURO, JULY, JUNE, SmallDesk, money, small_parameters

CONTRACTS = (JUNE, CALL, JULY, EURO)
REFERENCE = Reference({"A": ProductReference("Energy", "Commodities"), "E": ProductReference("Rates", "Rates")})


def parameters():
    """The small market with A's call on A's June future, at delta 0.4."""
    found = small_parameters()
    underlying = np.array([-1, 0, -1, -1], dtype=np.int32)
    families = tuple(replace(each, underlying=0) if each.kind == "OOP" else each for each in found.families)
    return replace(found, families=families, contracts=replace(found.contracts, underlying=underlying))


PARAMETERS = parameters()


@pytest.fixture
def desk():
    desk = SmallDesk(PARAMETERS)
    desk.quote_all()
    return desk


def exposures_of(desk, currency="USD"):
    classification = Classification.of(desk.universe, desk.parameters, REFERENCE)
    return Exposures.of(desk.state(), classification, currency)


def by_account(desk, dimension, currency="USD"):
    return Measures.of(exposures_of(desk, currency), Owners.accounts(desk.book.snapshot()), dimension)


def named(measures, desk, owner, figure):
    """A figure of an owner's cells, by name of the code."""
    names = Classification.of(desk.universe, desk.parameters, REFERENCE).names(measures.dimension)
    cells = range(int(measures.starts[owner]), int(measures.starts[owner + 1]))
    return {names[measures.codes[cell]]: int(getattr(measures, figure)[cell]) for cell in cells}


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


@dataclass(frozen=True)
class Holding:
    account: int
    contract: int
    long: int
    short: int


holdings = st.lists(
    st.builds(Holding, st.integers(0, 4), st.integers(0, 3), st.integers(0, 10**6), st.integers(0, 10**6)),
    max_size=20,
    unique_by=lambda each: (each.account, each.contract),
)
prices = st.lists(st.integers(1, 1000 * PRICE), min_size=4, max_size=4)
equities = st.lists(st.integers(-(10**9), 10**12), min_size=5, max_size=5)
GROUPS = ("North", "South", "North", "South", "North")


def filled(held, quoted):
    desk = SmallDesk(PARAMETERS)
    for account, group in enumerate(GROUPS):
        desk.account(str(account), cash=1000 * (account + 1))
        desk.book.set_account(replace(desk.book.snapshot().accounts[account], group=group))
    for contract, price in zip(CONTRACTS, quoted, strict=True):
        desk.market.apply(desk.universe.column_of(contract), price, 1, 1)
    for each in held:
        desk.hold_both(each.account, CONTRACTS[each.contract], each.long, each.short)
    return desk


def half_away(value):
    return int(abs(value) + Fraction(1, 2)) * (-1 if value < 0 else 1)


def plain(held, quoted):
    """Value and delta of one contract each, worked out with fractions as the definitions say."""
    unit = []
    for contract, price in zip(CONTRACTS, quoted, strict=True):
        rate = Fraction(5, 4) if contract == EURO else Fraction(1)
        below = quoted[0] if contract == CALL else price
        whole, part = (half_away(Fraction(each * 10 * MONEY, PRICE)) for each in (price, below))
        delta = half_away(part * (Fraction(2, 5) if contract == CALL else Fraction(1)))
        unit.append(SimpleNamespace(value=half_away(whole * rate), delta=half_away(delta * rate)))
    return unit


DIVISIONS = {
    Dimension.CONTRACT: CONTRACTS,
    Dimension.PRODUCT: ("A", "A", "A", "E"),
    Dimension.SECTOR: ("Energy", "Energy", "Energy", "Rates"),
    Dimension.ASSET_CLASS: ("Commodities", "Commodities", "Commodities", "Rates"),
    Dimension.CURRENCY: ("USD", "USD", "USD", "EUR"),
    Dimension.EXPIRY: ("Unclassified",) * 4,
}


@settings(deadline=None, max_examples=40)
@given(held=holdings, quoted=prices, dimension=st.sampled_from(Dimension))
def test_every_cell_is_what_a_plain_computation_finds(held, quoted, dimension):
    desk = filled(held, quoted)
    measures, unit = by_account(desk, dimension), plain(held, quoted)
    for account in range(len(GROUPS)):
        expected: dict[str, list[int]] = {}
        for each in held:
            if each.account == account and (each.long or each.short):
                sums = expected.setdefault(DIVISIONS[dimension][each.contract], [0, 0, 0])
                worth = unit[each.contract]
                sums[0] += each.long * worth.value
                sums[1] += each.short * worth.value
                sums[2] += (each.long - each.short) * worth.delta
        for index, figure in enumerate(("long", "short", "delta")):
            found = named(measures, desk, account, figure)
            # What is worth nothing may be left out, nothing else.
            assert {name: value for name, value in found.items() if value} == {
                name: sums[index] for name, sums in expected.items() if sums[index]
            }


@settings(deadline=None, max_examples=40)
@given(held=holdings, quoted=prices, dimension=st.sampled_from(Dimension))
def test_totals_over_any_dimension_are_the_sum_over_contracts(held, quoted, dimension):
    desk = filled(held, quoted)
    measures, contracts = by_account(desk, dimension), by_account(desk, Dimension.CONTRACT)
    for figure in ("total_long", "total_short", "total_gross", "total_net", "total_delta", "equity", "owner_gaps"):
        assert getattr(measures, figure).tolist() == getattr(contracts, figure).tolist()


@settings(deadline=None, max_examples=20)
@given(held=holdings, quoted=prices)
def test_measures_along_all_dimensions_are_those_of_each_by_itself(held, quoted):
    desk = filled(held, quoted)
    owners = Owners.groups(desk.book.snapshot())
    for dimension, measures in Measures.along_all(exposures_of(desk), owners).items():
        alone = Measures.of(exposures_of(desk), owners, dimension)
        assert measures.owners is owners
        for figure in ("starts", "codes", "long", "short", "gross", "delta", "gaps", "equity", "hhi", "owner_gaps"):
            assert getattr(measures, figure).tolist() == getattr(alone, figure).tolist()


@settings(deadline=None, max_examples=40)
@given(held=holdings, quoted=prices, dimension=st.sampled_from(Dimension))
def test_gross_is_never_less_than_net_nor_the_index_outside_its_bounds(held, quoted, dimension):
    desk = filled(held, quoted)
    for measures in (found := by_account(desk, dimension), found.by(Owners.groups(desk.book.snapshot()))):
        assert (measures.gross >= np.abs(measures.net)).all()
        for owner in np.flatnonzero(measures.total_gross > 0).tolist():
            names = int(measures.starts[owner + 1] - measures.starts[owner])
            assert half_away(Fraction(RATIO, names)) <= measures.hhi[owner] <= RATIO
            assert RATIO <= measures.effective_number[owner] <= names * RATIO


@settings(deadline=None, max_examples=40)
@given(held=holdings, quoted=prices, dimension=st.sampled_from(Dimension))
def test_shares_and_index_are_those_of_exact_fractions(held, quoted, dimension):
    measures = by_account(filled(held, quoted), dimension)
    for owner in np.flatnonzero(measures.total_gross > 0).tolist():
        cells = range(int(measures.starts[owner]), int(measures.starts[owner + 1]))
        gross, whole = [int(measures.gross[cell]) for cell in cells], int(measures.total_gross[owner])
        assert [int(measures.share_of_gross[cell]) for cell in cells] == [
            half_away(Fraction(each * RATIO, whole)) for each in gross
        ]
        squares = sum(Fraction(each, whole) ** 2 for each in gross)
        assert abs(int(measures.hhi[owner]) - squares * RATIO) <= 1
        assert abs(int(measures.effective_number[owner]) - RATIO / squares) <= 1
        equity = int(measures.equity[owner])
        if equity > 0:
            for cell in cells:
                exact = Fraction(int(measures.delta[cell]) * RATIO, equity)
                assert measures.delta_share_of_equity[cell] == half_away(exact)


@settings(deadline=None, max_examples=40)
@given(held=holdings, quoted=prices, dimension=st.sampled_from(Dimension))
def test_groups_are_the_sums_of_their_accounts(held, quoted, dimension):
    desk = filled(held, quoted)
    owners = Owners.groups(desk.book.snapshot())
    accounts = by_account(desk, dimension)
    groups = accounts.by(owners)
    straight = Measures.of(exposures_of(desk), owners, dimension)
    for figure in ("long", "short", "gross", "delta"):
        assert getattr(groups, figure).tolist() == getattr(straight, figure).tolist()
        total = getattr(accounts, f"total_{figure}")
        assert getattr(groups, f"total_{figure}").tolist() == [int(total[[0, 2, 4]].sum()), int(total[[1, 3]].sum())]


@settings(deadline=None, max_examples=40)
@given(held=holdings, quoted=prices, dimension=st.sampled_from(Dimension), part=st.floats(0, 1))
def test_splitting_a_position_over_accounts_of_a_group_changes_nothing(held, quoted, dimension, part):
    """What one account of a group holds is split with another that holds nothing else."""
    one = [replace(each, account=0) for each in {each.contract: each for each in held}.values()]
    two = []
    for each in one:
        long, short = int(each.long * part), int(each.short * part)
        two += [replace(each, long=long, short=short)]
        two += [replace(each, account=2, long=each.long - long, short=each.short - short)]
    found = []
    for rows in (one, two):
        desk = filled(rows, quoted)
        found.append(by_account(desk, dimension).by(Owners.groups(desk.book.snapshot())))
    whole, split = found
    for figure in ("codes", "long", "short", "gross", "net", "delta", "share_of_equity", "hhi", "total_gross"):
        assert getattr(whole, figure).tolist() == getattr(split, figure).tolist()


def test_a_desk_without_accounts_has_measures_of_nobody(desk):
    exposures, book = exposures_of(desk), desk.book.snapshot()
    for owners in (Owners.accounts(book), Owners.groups(book), Owners.firm(book, "Firm")):
        for measures in Measures.along_all(exposures, owners).values():
            assert len(measures) == len(owners) == len(measures.hhi) == len(measures.largest(3)) == 0
