"""The picture of a desk: names, shares, use of limits, and everything that is not computable with its reason."""

from dataclasses import replace

import numpy as np
import pytest

from engine.classification import Classification, Dimension
from engine.concentration import Owners
from engine.concentration_basis import ConcentrationBasis
from engine.concentration_figures import concentration_picture
from engine.concentration_history import ConcentrationHistory
from engine.concentration_picture import NO_LIMIT, Choice, ExposureMeasure, GridColumns
from engine.covariance import Covariance
from engine.decision import Order, Request
from engine.exposures import Exposures
from engine.instruments import Contract
from engine.limit_file import read_limits
from engine.limit_use import LimitUse
from engine.margin_terms import MarginTerms
from engine.numbers import NOT_COMPUTABLE, RATIO
from engine.organisation import Organisation
from engine.owner_tree import OwnerTree
from engine.reference import ProductReference, Reference
from engine.returns import Returns
from tests.engine.concentration_desk import PARAMETERS, REFERENCE, two_accounts
from tests.engine.desks import CALL, EURO, JULY, JUNE, SmallDesk, money


@pytest.fixture
def desk():
    return two_accounts()


def basis_of(desk, limits="", reference=REFERENCE, returns=None):
    state = desk.state()
    classification = Classification.of(desk.universe, desk.parameters, reference).extended()
    in_force = LimitUse(read_limits(limits, "limits.toml"), 0, state.book, classification) if limits else None
    tree = OwnerTree.of(state.book, reference.organisation)
    covariance = Covariance.of(returns or Returns.none(), classification)
    return ConcentrationBasis.of(state, desk.market.depth(), classification, "USD", tree, covariance, in_force)


def picture_of(desk, choice=None, limits="", **more):
    return concentration_picture(basis_of(desk, limits, **more), choice or Choice(), 77)


def by_name(level, figure):
    return dict(zip(level.names, getattr(level, figure).tolist(), strict=True))


def test_contracts_add_up_to_products_and_these_to_sectors(desk):
    picture = picture_of(desk)
    sectors, products, contracts = picture.levels
    assert by_name(contracts, "value") == {
        "A 2026-06": money(3000),
        "A 2026-07": money(-2000),
        "A C 100 2026-06": money(350),
        "E 2026-06": money(2500),
    }
    assert by_name(products, "value") == {"A": money(1350), "E": money(2500)}
    assert by_name(sectors, "value") == {"Energy": money(1350), "Rates": money(2500)}
    assert [products.names[parent] for parent in contracts.parents] == ["A", "A", "A", "E"]
    assert by_name(products, "share") == {"A": 45_000, "E": 83_333}
    assert by_name(products, "short") == {"A": money(2000), "E": 0}


def test_the_measure_asked_for_is_the_one_shown(desk):
    gross = picture_of(desk, Choice(ExposureMeasure.GROSS))
    delta = picture_of(desk, Choice(ExposureMeasure.DELTA))
    assert by_name(gross.levels[1], "value")["A"] == money(5350)
    assert by_name(delta.levels[1], "value")["A"] == money(3000 + 5 * 0.4 * 1000 - 2000)
    assert (gross.choice.measure, delta.choice.measure) == (ExposureMeasure.GROSS, ExposureMeasure.DELTA)


def test_the_grid_has_a_row_for_every_account_and_nothing_where_it_holds_nothing(desk):
    desk.account("Flat", cash=1)
    grid = picture_of(desk).grid
    assert (grid.accounts, grid.columns) == (("One", "Two", "Flat"), ("A", "E"))
    assert grid.value.tolist() == [[money(3350), 0], [money(-2000), money(2500)], [0, 0]]
    assert grid.share.tolist() == [[335_000, 0], [100_000, 125_000], [0, 0]]
    sectors = picture_of(desk, Choice(columns=GridColumns.SECTOR)).grid
    assert (sectors.columns, sectors.value.tolist()) == (("Energy", "Rates"), grid.value.tolist())


def test_the_largest_names_come_with_how_even_all_are(desk):
    largest = picture_of(desk).largest
    assert (largest.names, largest.others) == (("E", "A"), 0)
    whole = 2500 + 1350
    assert abs(largest.herfindahl - RATIO * (2500**2 + 1350**2) / whole**2) < 2
    assert abs(largest.effective - RATIO * whole**2 / (2500**2 + 1350**2)) < 2


def test_a_contract_without_parameters_is_seen_with_its_reason(desk):
    desk.hold(0, "X:A:FUT:209912", 1)
    picture = picture_of(desk)
    products, contracts = picture.levels[1:]
    unknown = contracts.names.index("A 2099-12")
    assert contracts.value[unknown] == NOT_COMPUTABLE
    assert str(contracts.reasons[unknown]) == "not computable: no parameters for a contract"
    assert str(products.reasons[products.names.index("A")]) == "not computable: no parameters for a contract"
    assert str(picture.grid.reasons[0, 0]) == "not computable: no parameters for a contract"
    assert (1, 0) not in picture.grid.reasons
    assert picture.largest.names[0] == "A"
    assert str(picture.largest.reasons[0]) == "not computable: no parameters for a contract"


def test_an_exposure_without_equity_has_no_share_and_says_why(desk):
    row = desk.account("Three")
    desk.hold(row, JUNE, 1)
    grid = picture_of(desk).grid
    assert (grid.value[2, 0], grid.share[2, 0]) == (money(1000), NOT_COMPUTABLE)
    assert str(grid.reasons[2, 0]) == "not computable: equity is not known"


def test_a_name_leads_to_its_contracts_the_largest_first(desk):
    picture = picture_of(desk)
    assert picture.contracts_of("product", "A") == tuple(Contract.parse(each) for each in (JUNE, JULY, CALL))
    assert picture.contracts_of(GridColumns.SECTOR, "Rates") == (Contract.parse(EURO),)
    assert picture.contracts_of("contract", "E 2026-06") == (Contract.parse(EURO),)
    assert picture.contracts_of("product", "Z") == ()


SHARES = """
[[limit]]
id = "name"
measure = "share of equity"
of = "account"
by = "product"
hard = "50 %"
soft = "10 %"
"""


def test_use_of_a_limit_is_that_of_whoever_comes_closest(desk):
    picture = picture_of(desk, limits=SHARES)
    assert picture.grid.use.tolist() == [[670_000, NO_LIMIT], [200_000, 250_000]]
    assert by_name(picture.levels[1], "use") == {"A": 670_000, "E": 250_000}
    assert set(picture.levels[0].use.tolist()) == {NO_LIMIT}


def test_the_narrowest_of_several_limits_counts(desk):
    narrower = SHARES + SHARES.replace('"name"', '"narrower"').replace("50 %", "40 %") + 'accounts = ["One"]\n'
    assert picture_of(desk, limits=narrower).grid.use[:, 0].tolist() == [837_500, 200_000]


def test_a_limit_in_shadow_or_out_of_its_hours_does_not_count(desk):
    assert set(picture_of(desk, limits=SHARES + 'mode = "shadow"\n').grid.use.ravel().tolist()) == {NO_LIMIT}
    night = SHARES + 'windows = ["21:00-23:00"]\n'
    assert set(picture_of(desk, limits=night).grid.use.ravel().tolist()) == {NO_LIMIT}


def test_positions_are_counted_in_contracts(desk):
    limit = '[[limit]]\nid = "p"\nmeasure = "position"\nof = "group"\nby = "product"\nhard = 10\n'
    # Three and five bought, two sold: net six of ten.
    assert by_name(picture_of(desk, limits=limit).levels[1], "use") == {"A": 600_000, "E": 400_000}


def test_a_bound_that_is_not_known_makes_the_use_unknown(desk):
    limit = (
        '[[limit]]\nid = "p"\nmeasure = "position"\nof = "firm"\nby = "product"\nnames = ["A"]\n'
        'relative_to = "open interest"\nhard = "10 %"\n'
    )
    assert by_name(picture_of(desk, limits=limit).levels[1], "use") == {"A": NOT_COMPUTABLE, "E": NO_LIMIT}


def test_bounds_of_the_firm_are_drawn_in_money_beside_the_exposure_they_bound(desk):
    limits = (
        'currency = "USD"\n'
        '[[limit]]\nid = "g"\nmeasure = "gross exposure"\nof = "firm"\nby = "product"\nhard = 4000\nsoft = 3000\n'
        '[[limit]]\nid = "s"\nmeasure = "share of equity"\nof = "firm"\nby = "product"\nhard = "10 %"\n'
    )
    gross = picture_of(desk, Choice(ExposureMeasure.GROSS), limits).largest
    assert (gross.soft.tolist(), gross.hard.tolist()) == ([money(3000)] * 2, [money(3000)] * 2)
    net = picture_of(desk, Choice(ExposureMeasure.NET), limits).largest
    assert set(net.hard.tolist()) == {NO_LIMIT}


def test_a_bound_of_nothing_is_passed_by_anything(desk):
    limit = '[[limit]]\nid = "n"\nmeasure = "net exposure"\nof = "account"\nby = "product"\nhard = 0\n'
    limit = 'currency = "USD"\n' + limit
    use = picture_of(desk, limits=limit).grid.use
    assert (use[0, 0] > RATIO, use[0, 1]) == (True, NO_LIMIT)


def test_what_is_held_at_no_price_still_counts_in_contracts(desk):
    desk.quote(JULY, 0)
    limit = '[[limit]]\nid = "p"\nmeasure = "position"\nof = "account"\nby = "product"\nhard = 10\n'
    assert picture_of(desk, limits=limit).grid.use[1].tolist() == [NO_LIMIT, 400_000]


def test_a_desk_without_accounts_has_an_empty_picture():
    empty = SmallDesk(PARAMETERS)
    picture = picture_of(empty)
    assert ([len(level) for level in picture.levels], picture.grid.value.shape) == ([0, 0, 0], (0, 0))
    assert (picture.largest.herfindahl, picture.largest.names) == (NOT_COMPUTABLE, ())


def test_exposures_by_sector_are_the_same_by_way_of_products(desk):
    state = desk.state()
    exposures = Exposures.of(state, Classification.of(desk.universe, desk.parameters, REFERENCE), "USD")
    sectors = picture_of(desk, Choice(columns=GridColumns.SECTOR)).grid
    codes = exposures.classification.codes(Dimension.SECTOR)[exposures.columns]
    sums = np.bincount(codes, exposures.net.astype(float))
    assert sectors.value.sum(axis=0).tolist() == sums[sums != 0].tolist()


ORGANISATION = Organisation((), ((("Left",), ("One",)), (("Right",), ("Two",))))
ORGANISED = replace(REFERENCE, organisation=ORGANISATION)


def test_a_picture_of_a_desk_is_of_its_accounts_alone(desk):
    picture = picture_of(desk, Choice(owner=("Left",)), reference=ORGANISED)
    assert (picture.choice.owner, picture.grid.accounts) == (("Left",), ("One",))
    assert by_name(picture.levels[1], "value") == {"A": money(3350)}
    gone = picture_of(desk, Choice(owner=("Elsewhere",)), reference=ORGANISED)
    assert (gone.choice.owner, len(gone.grid.accounts)) == ((), 2)


def test_owners_stand_side_by_side_with_all_their_figures(desk):
    owners = picture_of(desk, Choice(with_owners=True), reference=ORGANISED).owners
    assert owners.names == ("Firm", "Left", "One", "Right", "Two")
    assert owners.parents.tolist() == [-1, 0, 1, 0, 3]
    assert owners.path(2) == ("Left", "One")
    assert owners.equity.tolist() == [money(30_000), *[money(10_000)] * 2, *[money(20_000)] * 2]
    assert owners.net.tolist()[0] == owners.net[1] + owners.net[3]
    assert owners.largest == ("A", "A", "A", "E", "E")
    assert owners.herfindahl[1] == RATIO
    assert (owners.days[0], owners.volatility[0]) == (NOT_COMPUTABLE, NOT_COMPUTABLE)
    assert "not computable: too few returns of a product" in [str(each) for each in owners.reasons[0]]
    alone = picture_of(desk, reference=ORGANISED).owners
    assert (alone.names, alone.parents.tolist()) == (("Firm",), [-1])


def test_what_else_is_known_of_a_name_stands_in_its_row(desk):
    reference = Reference({"A": ProductReference("Energy", "Commodities", 1000, 100)})
    chance = np.random.default_rng(2)
    returns = Returns(("A", "E"), chance.normal(0, 0.01, (50, 2)), 1.0)
    figures = picture_of(desk, reference=reference, returns=returns).largest.figures
    # E first: its volume is not known. Of A eight are bought and two sold: ten to trade, six net.
    assert figures.days.tolist() == [NOT_COMPUTABLE, 10 * 5 * RATIO // 100]
    assert figures.share_of_interest.tolist() == [NOT_COMPUTABLE, 6 * RATIO // 1000]
    assert abs(int(figures.contribution.sum()) - RATIO) < 4
    sectors = picture_of(desk, Choice(columns=GridColumns.SECTOR), reference=reference, returns=returns).largest
    assert abs(int(sectors.figures.contribution.sum()) - RATIO) < 4


@pytest.mark.parametrize(
    ("orders", "a", "equity"),
    [
        (((JUNE, 2),), 3350 + 2000, 10_000),
        (((JUNE, -5),), 3350 - 5000, 10_000),
        (((CALL, 10),), 3350 + 700, 10_000 - 700),
        (((JUNE, -3), (CALL, -5)), 0, 10_000 + 350),
    ],
)
def test_after_orders_the_picture_is_that_of_a_desk_that_holds_them(desk, orders, a, equity):
    request = Request(1, "One", tuple(Order(Contract.parse(each), quantity) for each, quantity in orders))
    basis = basis_of(desk)
    picture = concentration_picture(basis.after(request), Choice(with_owners=True), 77)
    row = picture.grid.accounts.index("One")
    assert picture.grid.value[row, picture.grid.columns.index("A")] == money(a)
    assert int(picture.owners.equity[picture.owners.names.index("One")]) == money(equity)
    assert concentration_picture(basis, Choice(), 77).grid.value[row, 0] == money(3350)


def test_in_a_gross_margined_account_orders_open_unless_they_close():
    desk = SmallDesk(PARAMETERS)
    desk.quote_all()
    desk.hold_both(desk.account("G", cash=1, terms=MarginTerms(gross=True)), JUNE, 3, 2)
    june = Contract.parse(JUNE)
    orders = (Order(june, -4), Order(june, 1, closes=True))
    found = basis_of(desk).after(Request(1, "G", orders)).state.book.positions
    assert (found.long.tolist(), found.short.tolist()) == ([3], [5])


def test_orders_of_nobody_have_no_picture(desk):
    basis = basis_of(desk)
    assert basis.after(Request(1, "Nobody", (Order(Contract.parse(JUNE), 1),))) is None
    assert basis.after(Request(1, "One", ())) is None
    assert basis.after(Request(1, "One", (Order(Contract.parse("X:Z:FUT:202606"), 1),))) is None


def test_history_keeps_the_largest_names_and_the_bounds_of_now(desk):
    limits = """
[[limit]]
id = "s"
measure = "share of gross"
of = "firm"
by = "product"
hard = "80 %"
soft = "45 %"
"""
    history = ConcentrationHistory()
    for step in range(3):
        desk.hold(0, JUNE, 3 + step)
        basis = basis_of(desk, limits)
        assert history.is_due(step * 5 * 10**9)
        history.observe(step * 5 * 10**9, step, basis.exposures, Owners.firm(basis.state.book, "f"))
        assert not history.is_due(step * 5 * 10**9 + 1)
    line = history.line(Dimension.PRODUCT, basis.limits)
    assert (line.times.tolist(), line.names) == ([0, 1, 2], ("A", "E"))
    assert line.shares[:, 0].tolist() == sorted(line.shares[:, 0].tolist())
    assert line.shares.sum(axis=1).tolist() == [RATIO] * 3
    assert (line.share_bounds.soft, line.share_bounds.hard) == (450_000, 800_000)
    assert history.line(Dimension.SECTOR, None).names == ("Energy", "Rates")
