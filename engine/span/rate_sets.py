"""Which of a file's rate sets margins an account (SPAN algorithm, step 12).

A parameter file gives arrays and rates for one or a few rate sets, and for others factors onto them: the requirement of
rate set 5 is 1.35 x that of rate set 1. An account is margined by the very rate set it names, by its own arrays or by
the file's factors. Where the file has neither, it is not margined at all: no other rate set takes its place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import partial, reduce

from engine.margin_terms import USUAL, MarginTerms
from engine.span.parameters import Commodity, ParameterSet, RateSet
from engine.text import BadInputError, Text, text

Factor = Decimal | None
"""From the risk by some arrays to a requirement; None where the file gives none."""
ONE = Decimal(1)


@dataclass(frozen=True, slots=True)
class AccountRates:
    """The rates of one kind of account.

    Attributes:
        terms: What the requirement is: those of the rate set that was chosen.
        number: Number of that rate set.
        arrays: Number of the rate set whose arrays and rates are used.
        factors: From the risk by these to the requirement, one a combined commodity.
        maintenance: From the risk by these to the maintenance requirement, one a combined commodity.
    """

    terms: MarginTerms
    number: int
    arrays: int
    factors: tuple[Factor, ...]
    maintenance: tuple[Decimal, ...]


def rates_of(parameters: ParameterSet, terms: MarginTerms) -> AccountRates:
    """Choose the rates of an account.

    What the account leaves open is as in the file's usual rate set (`ParameterSet.rate_set`); an account that says
    nothing is margined by that one's arrays as they are. Takasbank writes the factor to the maintenance requirement as
    one of the usual rate set onto itself (our reading): it applies where maintenance is asked for.

    Raises:
        BadInputError: The file has no such rate set, or gives neither arrays nor factors for it.
    """
    if terms.rates == USUAL:
        return own_rates(parameters, parameters.rate_set)
    usual = _defined(parameters, parameters.rate_set)
    wanted = _wanted(parameters, usual, terms)
    arrays = wanted.number if wanted.number in parameters.contracts.arrays else _base(parameters, wanted.number)
    if wanted.number == arrays and not terms.maintenance:
        # Its own arrays count as they are: a factor onto itself leads to the maintenance requirement.
        return own_rates(parameters, arrays)
    return _rates(parameters, _terms_of(wanted), wanted.number, arrays, partial(_factor, parameters, wanted, arrays))


def own_rates(parameters: ParameterSet, number: int) -> AccountRates:
    """A rate set by its own arrays as they are."""
    defined = _defined(parameters, number)
    return _rates(parameters, USUAL if defined is None else _terms_of(defined), number, number, lambda _: ONE)


def _defined(parameters: ParameterSet, number: int) -> RateSet | None:
    return next((one for one in parameters.rate_sets if one.number == number), None)


def _rates(
    parameters: ParameterSet, terms: MarginTerms, number: int, arrays: int, factor: Callable[[Commodity], Factor]
) -> AccountRates:
    factors = tuple(factor(commodity) for commodity in parameters.commodities)
    if all(one is None for one in factors) and factors:
        raise _refused(parameters, text("the parameters have no rates for this account: {kind}", kind=terms.said))
    kept = [_maintenance(parameters, commodity, number, arrays) for commodity in parameters.commodities]
    maintenance = tuple(
        next((each for each in (to_maintenance, one) if each is not None), ONE)
        for to_maintenance, one in zip(kept, factors, strict=True)
    )
    return AccountRates(terms, number, arrays, factors, maintenance)


def _wanted(parameters: ParameterSet, usual: RateSet | None, terms: MarginTerms) -> RateSet:
    """The rate set that an account names."""
    found = [one for one in parameters.rate_sets if _fits(one, terms, usual)]
    if len(found) == 1:
        return found[0]
    said = terms.said
    if found:
        raise _refused(parameters, text("the parameters have several rate sets for this account: {kind}", kind=said))
    raise _refused(parameters, text("the parameters have no rate set for this account: {kind}", kind=said))


def _refused(parameters: ParameterSet, what: Text) -> BadInputError:
    known = [text("{number}: {kind}", number=one.number, kind=_terms_of(one).said) for one in parameters.rate_sets]
    if not known:
        return BadInputError(parameters.origin.file, what, text("the file names no rate set"))
    listed = reduce(lambda first, second: text("{first}; {second}", first=first, second=second), known)
    return BadInputError(parameters.origin.file, what, text("the rate sets of the file are: {known}", known=listed))


def _fits(one: RateSet, terms: MarginTerms, usual: RateSet | None) -> bool:
    customer, maintenance = terms.customer, terms.maintenance
    account_type, bond_class = terms.account_type, terms.performance_bond_class
    if usual is not None:
        customer = usual.customer if customer is None else customer
        maintenance = usual.maintenance if maintenance is None else maintenance
        account_type, bond_class = account_type or usual.account_type, bond_class or usual.performance_bond_class
    return (
        customer in (None, one.customer)
        and maintenance in (None, one.maintenance)
        and account_type in ("", one.account_type)
        and bond_class in ("", one.performance_bond_class)
    )


def _terms_of(one: RateSet) -> MarginTerms:
    return MarginTerms(False, one.account_type, one.customer, one.maintenance, one.performance_bond_class)


def _chain(commodity: Commodity, number: int) -> Iterator[tuple[int, Decimal]]:
    """Rate sets that the requirement of ``number`` is a factor of, with that factor; itself first."""
    factor, met = ONE, {number}
    yield number, factor
    while step := next((one for one in commodity.adjustments if one.number == number and one.base not in met), None):
        number, factor = step.base, factor * step.factor
        met.add(number)
        yield number, factor


def _base(parameters: ParameterSet, number: int) -> int:
    """The rate set with arrays that factors lead to from ``number``: the usual one where any does, or none does."""
    arrays = parameters.contracts.arrays
    reached = {base for commodity in parameters.commodities for base, _ in _chain(commodity, number) if base in arrays}
    return parameters.rate_set if parameters.rate_set in reached or not reached else min(reached)


def _factor(parameters: ParameterSet, wanted: RateSet, arrays: int, commodity: Commodity) -> Factor:
    """From the risk by ``arrays`` to the requirement of ``wanted``, None where the file does not say."""
    if wanted.number != arrays:
        for base, factor in _chain(commodity, wanted.number):
            if base == arrays:
                return factor
    own = _defined(parameters, arrays) or wanted
    itself = _onto_itself(commodity, arrays)
    if wanted.maintenance and itself is not None and _same_kind(own, wanted):
        return itself
    return ONE if wanted.number == arrays else None


def _maintenance(parameters: ParameterSet, commodity: Commodity, number: int, arrays: int) -> Factor:
    """From the risk by ``arrays`` to the maintenance requirement of the accounts of rate set ``number``."""
    own = _defined(parameters, number)
    for one in parameters.rate_sets:
        if one.maintenance and (own is None or _same_kind(one, own)):
            factor = _factor(parameters, one, arrays, commodity)
            if factor is not None:
                return factor
    return _onto_itself(commodity, arrays)


def _onto_itself(commodity: Commodity, number: int) -> Factor:
    return next((one.factor for one in commodity.adjustments if one.number == one.base == number), None)


def _same_kind(one: RateSet, other: RateSet) -> bool:
    """Whether two rate sets are of the same accounts, initial and maintenance apart."""
    return (one.customer, one.account_type, one.performance_bond_class) == (
        other.customer,
        other.account_type,
        other.performance_bond_class,
    )
