"""Measures of concentration of any book: what a plain computation with fractions finds, and what always holds."""

from dataclasses import dataclass, replace
from fractions import Fraction
from types import SimpleNamespace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.classification import Dimension
from engine.concentration import Measures, Owners
from engine.numbers import MONEY, PRICE, RATIO
from tests.engine.concentration_desk import CONTRACTS, PARAMETERS, by_account, exposures_of, named
from tests.engine.desks import CALL, EURO, SmallDesk


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
