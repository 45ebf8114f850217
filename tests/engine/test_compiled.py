"""Steps of kernels that borrow the arrays they are given use them without being counted, and make none."""

import sys

import numpy as np
import pytest
from numba.core.errors import NumbaError

from engine.compiled import borrowing, compiled
from engine.numbers import Integers


@borrowing
def add_up(numbers: Integers) -> int:
    total = 0
    for number in numbers:
        total += number
    return total


@borrowing
def double(numbers: Integers) -> Integers:
    return numbers * 2


@compiled
def rest_of(numbers: Integers) -> Integers:
    """An array made of one that was lent out before and after."""
    rest = numbers[1:].copy()
    rest[0] = add_up(numbers) + add_up(rest)
    return rest


def test_a_borrowed_array_has_as_many_users_afterwards_as_before() -> None:
    numbers = np.arange(5)
    users = sys.getrefcount(numbers)
    for _ in range(100):
        assert add_up(numbers) == 10
    assert sys.getrefcount(numbers) == users


def test_what_a_kernel_makes_outlives_the_steps_it_was_lent_to() -> None:
    made = [rest_of(np.arange(1_000)) for _ in range(100)]
    assert {int(each.sum()) for each in made} == {1_000 * 999 - 1 + 500 * 999}


def test_a_step_that_borrows_may_not_make_an_array() -> None:
    with pytest.raises(NumbaError):
        double(np.arange(5))
