from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from engine.working_orders import Fill, Order, fills

ORDERS = st.lists(st.builds(Order, st.integers(0, 2), st.integers(-20, 20)), max_size=5)
HELD = st.dictionaries(st.integers(0, 2), st.integers(-30, 30))
SIGNS = st.dictionaries(st.integers(0, 2), st.sampled_from([-1, 1]))


def test_one_order_beside_no_others_is_filled_or_not():
    assert fills([], [Order(3, 5)], {}, {}) == (Fill({}, {3: 5}),)


def test_the_legs_of_a_combination_fill_together():
    assert fills([], [Order(1, 5), Order(2, -5)], {}, {}, together=True) == (Fill({}, {1: 5, 2: -5}),)


def test_ways_that_the_order_leaves_alone_are_left_out():
    ways = fills([Order(1, -7)], [Order(1, 5)], {}, {})
    assert all(way.before != way.after for way in ways)
    assert Fill({}, {1: 5}) in ways


def test_an_order_of_nothing_has_one_way():
    assert len(fills([], [Order(1, 0)], {}, {})) == 1


def every_filling(orders):
    """What positions change by, for every choice of orders that fill."""
    for chosen in product([0, 1], repeat=len(orders)):
        change = dict.fromkeys(range(3), 0)
        for fill, (column, quantity) in zip(chosen, orders, strict=True):
            change[column] += fill * quantity
        yield change


def figures(held, change, signs):
    """Magnitudes of each contract's position, of their sum, of the gross and of the delta."""
    total = {column: held.get(column, 0) + change.get(column, 0) for column in range(3)}
    delta = sum(signs.get(column, 1) * count for column, count in total.items())
    gross = sum(abs(count) for count in total.values())
    return (*(abs(count) for count in total.values()), abs(sum(total.values())), gross, abs(delta))


@given(ORDERS, ORDERS, HELD, SIGNS)
def test_no_way_of_filling_is_worse_than_the_worst_of_the_ways(working, new, held, signs):
    ways = fills(working, new, held, signs)
    before = [figures(held, way, signs) for way in every_filling(working)]
    worst_before = [max(column) for column in zip(*before, strict=True)]
    worst = [max(column) for column in zip(*(figures(held, way.after, signs) for way in ways), strict=True)]
    for change in every_filling([*working, *new]):
        for place, figure in enumerate(figures(held, change, signs)):
            # What was as bad before the order is not the order's doing.
            assert figure <= max(worst[place], worst_before[place])
