"""The desk looks for what frees margin step by step, and only when there is something new to find."""

from dataclasses import replace

import pytest

from engine.freeing import Worth, free
from engine.state import batch_of
from terminal.freeing_search import PERIOD, FreeingSearch
from tests.engine.desks import JULY, JUNE, SmallDesk
from tests.engine.desks import NOW as START


@pytest.fixture
def desk():
    desk = SmallDesk()
    for name in ("A", "B"):
        desk.hold(desk.account(name, cash=10_000), JUNE, 10)
    desk.quote_all()
    return desk


class Looking:
    """A search that a test drives, with its own time."""

    def __init__(self, desk):
        self.desk, self.search, self.now = desk, FreeingSearch(), START

    def step(self, account=0):
        state = replace(self.desk.state(), calculation=self.desk.calculation, now=self.now)
        batch, _ = batch_of(state.calculation.table, state.book.positions.of(account))
        return self.search.advance(state, account, batch)

    def finish(self, account=0, steps=20):
        results = [self.step(account) for _ in range(steps)]
        assert results[-1] is results[-2] is not None
        return results[-1]


@pytest.fixture
def looking(desk):
    return Looking(desk)


def test_the_result_comes_after_a_few_steps_and_is_that_of_one_go(looking, desk):
    assert looking.step() is None
    result = looking.finish()
    state = desk.state()
    batch, _ = batch_of(state.calculation.table, state.book.positions.of(0))
    assert result == free("A", state.calculation.table, batch, Worth.on_desk(state, 0))


def test_the_same_book_is_not_searched_again(looking):
    result = looking.finish()
    looking.now += 10 * PERIOD
    assert looking.finish() is result


def test_another_book_is_searched_but_not_too_often(looking, desk):
    result = looking.finish()
    desk.hold(0, JULY, 3)
    assert looking.finish() is result
    looking.now += PERIOD
    renewed = looking.finish()
    assert renewed.margin != result.margin
    assert len(renewed.more) == 2


def test_another_account_is_searched_at_once_and_the_last_ones_result_let_go(looking):
    looking.finish()
    assert looking.step(1) is None
    assert looking.finish(1).account == "B"
