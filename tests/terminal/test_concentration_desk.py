"""Pictures of a running desk: when they are drawn anew, and what comes in while it runs."""

import pytest

from engine.concentration_picture import Choice, ExposureMeasure
from engine.decision import Order, Request
from engine.instruments import Contract
from engine.numbers import NOT_COMPUTABLE
from terminal.concentration import PERIOD, ConcentrationDesk, usual_currency
from terminal.limit_versions import LimitSource, LimitVersions
from tests.engine.concentration_desk import PARAMETERS
from tests.engine.desks import JUNE, SmallDesk, money


class Clock:
    """Stands still."""

    def monotonic_ns(self):
        return 0

    def wall_ns(self):
        return 10**18


class RunningDesk:
    """A small desk whose time a test moves."""

    def __init__(self, folder, reference=""):
        self.desk = SmallDesk(PARAMETERS)
        self.desk.quote_all()
        self.row = self.desk.account("A", cash=10_000)
        self.desk.hold(self.row, JUNE, 3)
        self.watch = ConcentrationDesk(Clock())
        (folder / "reference.toml").write_text(reference)
        limits = LimitVersions(LimitSource(None, folder / "reference.toml", folder=folder), Clock())
        limits.start(strict=True)
        self.watch.rest_on(self.desk.parameters, self.desk.universe, limits)

    def picture(self, choice=Choice(), request=None, later=0):  # noqa: B008  # choices never change
        state = self.desk.state()
        object.__setattr__(state, "now", later)
        return self.watch.picture(state, self.desk.market, choice, request)


@pytest.fixture
def running(tmp_path):
    return RunningDesk(tmp_path)


def test_nothing_is_drawn_while_nobody_looks(running):
    assert running.picture(None) is None


def test_a_picture_stands_until_it_is_due_or_another_is_asked_for(running):
    first = running.picture()
    assert running.picture(later=PERIOD - 1) is first
    delta = running.picture(Choice(ExposureMeasure.DELTA), later=PERIOD - 1)
    assert delta.measure is ExposureMeasure.DELTA
    assert running.picture(Choice(ExposureMeasure.DELTA), later=2 * PERIOD) is not delta


def test_orders_are_looked_ahead_to_only_where_that_is_asked_for(running):
    request = Request(1, "A", (Order(Contract.parse(JUNE), 2),))
    assert running.picture(Choice(), request).after is None
    ahead = running.picture(Choice(after=True), request).after
    assert ahead.grid.value.tolist() == [[money(5000)]]


def test_a_product_that_comes_in_while_the_desk_runs_has_no_figures_but_a_place(running):
    running.picture()
    running.desk.hold(running.row, "X:NEW:FUT:202612", 5)
    picture = running.picture(Choice(with_owners=True), later=2 * PERIOD)
    assert "NEW" in picture.levels[1].names
    assert picture.owners.volatility[0] == NOT_COMPUTABLE


def test_related_accounts_are_the_owners_where_that_is_asked_for(tmp_path):
    running = RunningDesk(tmp_path, '[organisation]\nlevels = ["Desk"]\n[organisation.tree]\nOil = ["A", "B"]\n')
    running.desk.hold(running.desk.account("B", cash=10_000), JUNE, 1)
    assert running.picture(Choice(with_owners=True)).owners.levels == ("Firm", "Desk", "Account", "Account")
    owners = running.picture(Choice(with_owners=True, related=True)).owners
    assert (owners.names, owners.levels) == (("Firm", "Group", "A", "B"), ("Firm", "Group", "Account", "Account"))
    alone = running.picture(Choice(owner=("Group", "B"), related=True))
    assert (alone.grid.accounts, alone.grid.value.tolist()) == (("B",), [[money(1000)]])


def test_what_is_remembered_outlives_other_limits(running, tmp_path):
    running.picture()
    running.picture(later=6 * 10**9)
    limits = LimitVersions(LimitSource(folder=tmp_path), Clock())
    running.watch.rest_on(running.desk.parameters, running.desk.universe, limits)
    assert len(running.picture(later=12 * 10**9).history.times) == 3


def test_the_usual_currency_is_that_of_most_accounts():
    desk = SmallDesk(PARAMETERS)
    assert usual_currency(desk.book.snapshot()) == "USD"
    for name, currency in (("A", "EUR"), ("B", "EUR"), ("C", "USD")):
        desk.account(name, currency=currency)
    assert usual_currency(desk.book.snapshot()) == "EUR"
