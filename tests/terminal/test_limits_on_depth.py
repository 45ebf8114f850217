"""The running desk gives limits the bids and offers that they ask for, as of the state that is checked."""

from __future__ import annotations

from pathlib import Path

from engine.book import Account, PositionBook
from engine.decision import Order, Request, Verdict
from engine.instruments import Universe
from engine.market import MarketBook
from engine.numbers import MONEY, RATIO
from engine.order_case import PreTrade
from engine.pre_trade import DeskCheck
from engine.snapshot import Arrays, Lines
from feeds.clock import SECOND
from terminal.limit_versions import LimitSource, LimitVersions
from terminal.parameter_version import ParameterVersion
from terminal.valuing import Valuing
from tests.end_to_end.stage import SAMPLE
from tests.feeds.driving import ManualClock

COST = 'currency = "USD"\n[[limit]]\nid = "Cost"\nmeasure = "cost to liquidate"\nof = "account"\nhard = {hard}\n'


class Desk:
    """One account of the sample market, whose first future is quoted two cents apart, five contracts on each side."""

    def __init__(self, folder: Path, hard: int) -> None:
        (folder / "limits.toml").write_text(COST.format(hard=hard))
        self.clock = ManualClock()
        limits = LimitVersions(LimitSource(folder / "limits.toml", None, "terminal", folder / "data"), self.clock)
        limits.start(strict=True)
        version = ParameterVersion.load(SAMPLE, None)
        self.universe = Universe(version.parameters)
        self.book, self.market = PositionBook(self.universe), MarketBook(self.universe)
        self.book.set_money(self.book.set_account(Account("A", "", "USD")), "USD", 10**9 * MONEY, 0)
        lines = Lines(8 * RATIO // 10, RATIO, 12 * RATIO // 10)
        self.valuing = Valuing(version, self.universe, self.clock, lines, 15 * SECOND, limits)
        self.column = int((version.parameters.contracts.right == 0).argmax())
        self._price = int(version.parameters.contracts.price[self.column])

    def quote(self, size: int) -> None:
        half, now = 10**6, self.clock.wall_ns()
        depth = (self._price - half, self._price + half, size, size)
        self.market.apply(self.column, self._price, now, self.clock.monotonic_ns(), depth)

    def check(self) -> DeskCheck:
        state = self.valuing.state(1, self.book, self.market, Arrays.EXCHANGE, authoritative=True)
        return self.valuing.check(state, self.market)

    def buy(self, check: DeskCheck, quantity: int) -> PreTrade:
        orders = (Order(self.universe.contract(self.column), quantity),)
        return check.check(Request(1, "A", orders, with_curve=False), ())


def test_the_cost_of_closing_rests_on_what_is_quoted(tmp_path: Path) -> None:
    desk = Desk(tmp_path, 10**6)
    assert any("no bid and offer" in str(reason) for reason in desk.buy(desk.check(), 1).reasons)
    desk.quote(5)
    answer = desk.buy(desk.check(), 5)
    assert answer.verdict is Verdict.PASSES
    assert answer.limits is not None
    (result,) = answer.limits.results
    (wider,) = desk.buy(desk.check(), 10).limits.results  # type: ignore[union-attr]
    # Five more at one and a half spreads, where the first five gave away half of one.
    assert wider.after == 4 * result.after > 0


def test_a_check_keeps_the_depth_it_was_made_with(tmp_path: Path) -> None:
    desk = Desk(tmp_path, 10**6)
    desk.quote(5)
    check = desk.check()
    desk.clock.advance(SECOND)
    desk.quote(1)
    before, after = desk.buy(check, 5), desk.buy(desk.check(), 5)
    assert before.limits is not None
    assert after.limits is not None
    assert before.limits.results[0].after < after.limits.results[0].after


def test_a_bid_and_offer_that_is_old_is_none(tmp_path: Path) -> None:
    desk = Desk(tmp_path, 10**6)
    desk.quote(5)
    desk.clock.advance(16 * SECOND)
    answer = desk.buy(desk.check(), 5)
    assert answer.verdict is Verdict.REFUSED
    assert any("a bid and offer is stale" in str(reason) for reason in answer.reasons)
