"""A small desk with sectors, and its exposures and measures, for tests of concentration."""

from dataclasses import replace

import numpy as np

from engine.classification import Classification
from engine.concentration import Measures, Owners
from engine.exposures import Exposures
from engine.reference import ProductReference, Reference
from tests.engine.desks import CALL, EURO, JULY, JUNE, SmallDesk, small_parameters

CONTRACTS = (JUNE, CALL, JULY, EURO)
REFERENCE = Reference({"A": ProductReference("Energy", "Commodities"), "E": ProductReference("Rates", "Rates")})


def parameters():
    """The small market with A's call on A's June future, at delta 0.4."""
    found = small_parameters()
    underlying = np.array([-1, 0, -1, -1], dtype=np.int32)
    families = tuple(replace(each, underlying=0) if each.kind == "OOP" else each for each in found.families)
    return replace(found, families=families, contracts=replace(found.contracts, underlying=underlying))


PARAMETERS = parameters()


def two_accounts():
    """Every contract quoted; one account long a future and its call, another short and long across products."""
    desk = SmallDesk(PARAMETERS)
    desk.quote_all()
    first, second = desk.account("One", cash=10_000), desk.account("Two", cash=20_000)
    desk.hold(first, JUNE, 3)
    desk.hold(first, CALL, 5)
    desk.hold(second, JULY, -2)
    desk.hold(second, EURO, 4, at=50)
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
