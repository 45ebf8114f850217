"""How far limits on owners as a whole are used: margin, exposure of everything, evenness, cost of closing it all."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.classification import Dimension
from engine.concentration import Measures, Owners
from engine.concentration_basis import ConcentrationBasis
from engine.concentration_kernels import ratios
from engine.conversion import converted
from engine.limit_use import LimitUse, shares_of, use_of
from engine.limits import Basis, Limit, Measure
from engine.liquidity import Liquidity
from engine.numbers import NOT_COMPUTABLE, Integers
from engine.valuation import Flag


@dataclass(frozen=True, slots=True)
class OwnerUse:
    """What one limit on whole owners measures, for all of its level.

    Attributes:
        owners: They.
        figures: int64 [owners], in the measure's scale.
        bounds: int64 [owners], likewise.
        used: int64 [owners], ratio scale; `NO_LIMIT` of those that the limit does not concern.
    """

    owners: Owners
    figures: Integers
    bounds: Integers
    used: Integers

    @classmethod
    def of(cls, basis: ConcentrationBasis, limits: LimitUse, limit: Limit) -> OwnerUse:
        """Measure all owners of a limit's level.

        Args:
            basis: The desk.
            limits: In force on it.
            limit: One of them that has no dimension, or compares the names along it (`Measure.HHI`).
        """
        owners = limits.owners_of(limit.level)
        measures = Measures.of(basis.exposures, owners, limit.by or Dimension.PRODUCT)
        figures, bounds = _figures(basis, limit, measures), _bounds(limit, measures)
        concerned = np.array([limits.concerns(limit, limit.level, name) for name in owners.names], dtype=np.bool_)
        return cls(owners, figures, bounds, use_of(figures, bounds, concerned))


def _figures(basis: ConcentrationBasis, limit: Limit, measures: Measures) -> Integers:
    measure, nothing = limit.measure, measures.total_gross == 0
    if measure is Measure.MARGIN_RATIO:
        margin = _margins(basis, measures.owners)
        ratio = ratios(np.arange(len(margin) + 1), margin, measures.equity)
        return np.where((margin == 0) & (measures.equity >= 0), 0, ratio)
    if measure is Measure.HHI:
        return np.where(nothing, 0, measures.hhi)
    if measure is Measure.COST:
        classification = basis.exposures.classification
        return Liquidity.of(basis.closing, classification, measures.owners, Dimension.PRODUCT).total_cost
    of_all = {Measure.GROSS: measures.total_gross, Measure.NET: measures.total_net, Measure.DELTA: measures.total_delta}
    # The magnitude of `NOT_COMPUTABLE` is itself.
    return np.abs(of_all[measure])


def _bounds(limit: Limit, measures: Measures) -> Integers:
    bound = limit.hard if limit.hard is not None else limit.soft
    if bound is None or limit.basis is None:
        return np.full(len(measures.owners), NOT_COMPUTABLE if bound is None else bound)
    return shares_of(measures.equity if limit.basis is Basis.EQUITY else measures.total_gross, bound)


def _margins(basis: ConcentrationBasis, owners: Owners) -> Integers:
    """int64 [owners], money scale, in the currency of the exposures: what all accounts of each need together."""
    figures, rates = basis.state.figures, basis.exposures.rates
    amounts = np.zeros((len(owners), len(figures.currencies) + 1), dtype=np.int64)
    # The requirement leaves out positions without parameters; a limit must not.
    known = ((figures.flags & int(Flag.EXCLUDED)) == 0) & (figures.requirement != NOT_COMPUTABLE).all(axis=1)
    counted = np.ones(len(owners), dtype=np.bool_)
    for owner in range(len(owners)):
        members = owners.members[owners.starts[owner] : owners.starts[owner + 1]]
        counted[owner] = known[members].all()
        amounts[owner, :-1] = figures.requirement[members].sum(axis=0) if counted[owner] else 0
    needed = converted(amounts, len(figures.currencies), rates.numerator, rates.denominator)
    return np.where(counted, needed, NOT_COMPUTABLE)
