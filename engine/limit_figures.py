"""The figures that limits bound, as they are and with trades in the positions, from the desk's exposures."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import NamedTuple

import numpy as np

from engine.classification import Dimension
from engine.concentration import Measures, Owners
from engine.conversion import Rates, converted
from engine.decision import Order
from engine.exposures import Exposures, Gap, gap_sentences
from engine.hypothetical import Hypothetical
from engine.instruments import Contract
from engine.limits import Basis, Measure
from engine.numbers import LARGEST, NOT_COMPUTABLE, RATIO, Integers, divide_half_away
from engine.state import DeskState
from engine.text import BadInputError, Text, text
from engine.traded import in_short_side
from engine.valuation import Flag

Statistics = Mapping[tuple[Dimension, str], int]
"""Contracts by dimension and name: open interest, or average daily volume."""


class Place(NamedTuple):
    """A position that trades change.

    Attributes:
        account: Row of the account.
        column: Column in the universe.
        side: 1 for the longs and -1 for the shorts of a gross-margined account; 0 in any other.
    """

    account: int
    column: int
    side: int = 0

    @classmethod
    def of(cls, state: DeskState, account: int, column: int, order: Order) -> Place:
        """Where ``order`` goes."""
        if not state.book.accounts[account].terms.gross:
            return cls(account, column)
        return cls(account, column, -1 if in_short_side(order) else 1)


class _Sum(NamedTuple):
    """What is held of a name, or of all names; money scale but for the contracts."""

    gross: int
    net: int
    delta: int
    contracts: int


class OwnerHoldings:
    """What an account, a group or the firm holds at one moment; each dimension is summed when it is first asked for.

    Args:
        state: The desk.
        exposures: Of that state.
        name: The owner's.
        members: int64, rows of its accounts.
        open_interest: What is known of it.
        daily_volume: What is known of the average daily volume.
    """

    def __init__(
        self,
        state: DeskState,
        exposures: Exposures,
        name: str,
        members: Integers,
        open_interest: Statistics | None = None,
        daily_volume: Statistics | None = None,
    ) -> None:
        self.state = state
        self.exposures = exposures
        self.name = name
        self.members = frozenset(members.tolist())
        self.statistics: Mapping[Basis | Measure, Statistics] = {
            Basis.OPEN_INTEREST: open_interest or {},
            Basis.DAILY_VOLUME: daily_volume or {},
        }
        self._owners = Owners((name,), np.array([0, len(members)], dtype=np.int64), np.asarray(members, dtype=np.int64))
        self._measures: dict[Dimension, Measures] = {}
        self._squares: dict[Dimension, int] = {}
        self._codes: dict[tuple[Dimension, str], int] = {}
        self._held: dict[tuple[Dimension, int], _Sum] = {}

    def measures(self, by: Dimension) -> Measures:
        """The owner's exposures along a dimension."""
        if by not in self._measures:
            self._measures[by] = Measures.of(self.exposures, self._owners, by)
        return self._measures[by]

    def code(self, by: Dimension, name: str) -> int:
        """Code of a name, or -1 where nothing is called so."""
        if (by, name) not in self._codes:
            self._codes[by, name] = self._find(by, name)
        return self._codes[by, name]

    def _find(self, by: Dimension, name: str) -> int:
        classification = self.exposures.classification
        if by is not Dimension.CONTRACT:
            names = classification.names(by)
            return names.index(name) if name in names else -1
        try:
            return classification.universe.find(Contract.parse(name))
        except BadInputError:
            return -1

    def worth(self, column: int) -> tuple[int, int]:
        """Value and delta of one contract; of one that came in after the exposures were made nothing is known."""
        units = self.exposures.units
        known = column < len(units.value)
        return (int(units.value[column]), int(units.delta[column])) if known else (NOT_COMPUTABLE, NOT_COMPUTABLE)

    def held(self, by: Dimension, code: int) -> _Sum:
        """What is held of a code."""
        found = self._held.get((by, code))
        if found is None:
            found = self._held[by, code] = self._summed(by, code)
        return found

    def _summed(self, by: Dimension, code: int) -> _Sum:
        measures = self.measures(by)
        cell = measures.cell(0, code)
        contracts = int(self._contracts[self.exposures.classification.codes(by) == code].sum())
        if cell < 0:
            return _Sum(0, 0, 0, contracts)
        return _Sum(int(measures.gross[cell]), int(measures.net[cell]), int(measures.delta[cell]), contracts)

    @cached_property
    def whole(self) -> _Sum:
        """What is held of everything."""
        all_of_it = self.measures(Dimension.PRODUCT)
        gross, net, delta = all_of_it.total_gross, all_of_it.total_net, all_of_it.total_delta
        return _Sum(int(gross[0]), int(net[0]), int(delta[0]), int(self._contracts.sum()))

    @cached_property
    def equity(self) -> int:
        """Money scale."""
        return int(self.measures(Dimension.PRODUCT).equity[0])

    def squares(self, by: Dimension) -> int:
        """Sum of squared gross exposures, or `NOT_COMPUTABLE`; a Python integer, as squares leave 63 bits."""
        if by not in self._squares:
            gross = self.measures(by).gross.tolist()
            self._squares[by] = NOT_COMPUTABLE if NOT_COMPUTABLE in gross else sum(each * each for each in gross)
        return self._squares[by]

    @cached_property
    def _contracts(self) -> Integers:
        """int64 [columns], contracts held net."""
        held = self.state.book.positions.of_all(self._owners.members)
        result = np.zeros(len(self.exposures.classification), dtype=np.int64)
        np.add.at(result, held.columns, held.net)
        return result

    def margin(self, trades: Mapping[Place, int]) -> int:
        """What the owner needs with ``trades``, money scale, currency of the exposures; or `NOT_COMPUTABLE`."""
        if (self.state.figures.flags[self._owners.members] & int(Flag.EXCLUDED)).any():
            # The desk's requirement leaves out positions without parameters; a limit must not.
            return NOT_COMPUTABLE
        needed = self._requirement.copy()
        for account in {place.account for place in trades}:
            change = _requirement_change(self.state, account, trades)
            if change is None or NOT_COMPUTABLE in needed:
                return NOT_COMPUTABLE
            needed += change
        rates = self._rates
        result = converted(np.array([[*needed.tolist(), 0]]), len(needed), rates.numerator, rates.denominator)
        return int(result[0])

    @cached_property
    def _requirement(self) -> Integers:
        """int64 [currencies of the desk], money scale; `NOT_COMPUTABLE` where an account's is."""
        each = self.state.figures.requirement[self._owners.members]
        unknown = (each == NOT_COMPUTABLE).any(axis=0)
        return np.where(unknown, NOT_COMPUTABLE, np.where(unknown, 0, each).sum(axis=0))

    @cached_property
    def _rates(self) -> Rates:
        state = self.state
        return Rates.of(state.calculation.parameters, (*state.figures.currencies, self.exposures.units.currency))

    def with_trades(self, trades: Mapping[Place, int]) -> OwnerFigures:
        """The owner with contracts added to its positions, positive bought; all places are of its accounts."""
        return OwnerFigures(self, trades) if trades else self._as_held

    @cached_property
    def _as_held(self) -> OwnerFigures:
        # What is held before an order is the same for all orders on a state, so its figures are found once.
        return OwnerFigures(self, {})


class OwnerFigures:
    """The figures of an owner with trades in its positions; see `OwnerHoldings.with_trades`."""

    def __init__(self, holdings: OwnerHoldings, trades: Mapping[Place, int]) -> None:
        self._holdings = holdings
        self._trades = trades
        self._changes = _changes(holdings, trades)
        self._equity = _after_premium(holdings, trades)
        self._known: dict[tuple[Measure | Basis, Dimension | None, str], int] = {}
        self._sums: dict[tuple[Dimension, int], _Sum] = {}

    def figure(self, of: Measure | Basis, by: Dimension | None, name: str) -> int:
        """A figure in the scale of its measure; `NOT_COMPUTABLE` where `reason` says why."""
        key = (of, by, name)
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = self._figure(of, by, name)
        return found

    def _figure(self, of: Measure | Basis, by: Dimension | None, name: str) -> int:
        if of is Basis.OPEN_INTEREST or of is Basis.DAILY_VOLUME:
            return NOT_COMPUTABLE if by is None else self._holdings.statistics[of].get((by, name), NOT_COMPUTABLE)
        if of is Basis.EQUITY or of is Measure.MARGIN_RATIO:
            return self._equity if of is Basis.EQUITY else _ratio(self._margin, self._equity)
        if of is Measure.HHI:
            return NOT_COMPUTABLE if by is None else self._herfindahl(by)
        found = self._sum(by, name)
        return NOT_COMPUTABLE if found is None else self._of_sum(of, found)

    def _of_sum(self, of: Measure | Basis, found: _Sum) -> int:
        if of is Measure.SHARE_OF_EQUITY:
            return _ratio(found.gross, self._equity)
        if of is Measure.SHARE_OF_GROSS:
            return _ratio(found.gross, self._whole.gross)
        if of is Measure.GROSS or of is Basis.GROSS:
            return found.gross
        if of is Measure.POSITION:
            return found.contracts
        return found.net if of is Measure.NET else found.delta

    def reason(self, of: Measure | Basis, by: Dimension | None, name: str) -> Text:
        """Why that figure is not computable."""
        if of is Basis.OPEN_INTEREST:
            return text("the open interest of {name} is not known", name=name)
        if of is Basis.DAILY_VOLUME:
            return text("the average daily volume of {name} is not known", name=name)
        if by is not None and name and self._holdings.code(by, name) < 0:
            return text("nothing is called {name}", name=name)
        if of is Measure.MARGIN_RATIO and self._margin == NOT_COMPUTABLE:
            return text("margin is not computable")
        return gap_sentences(self._why(of in (Basis.EQUITY, Measure.MARGIN_RATIO, Measure.SHARE_OF_EQUITY)))[0]

    def _why(self, over_equity: bool) -> int:
        """`Gap` bits behind a figure; at least one."""
        if not over_equity or self._equity > 0:
            return self._gaps or int(Gap.TOO_LARGE)
        return self._gaps | int(Gap.NO_EQUITY) if self._equity == NOT_COMPUTABLE else int(Gap.USED_UP)

    @cached_property
    def _margin(self) -> int:
        return self._holdings.margin(self._trades)

    @property
    def _gaps(self) -> int:
        """`Gap` bits of all that is held or traded, but for equity."""
        found = self._holdings.measures(Dimension.PRODUCT).why(0) & ~int(Gap.NO_EQUITY | Gap.USED_UP | Gap.NOTHING_HELD)
        for column in self._changes:
            gaps = self._holdings.exposures.units.gaps
            found |= int(gaps[column]) if column < len(gaps) else int(Gap.NO_PARAMETERS)
        return found

    @cached_property
    def _whole(self) -> _Sum:
        return _plus(self._holdings.whole, self._changes.values())

    def _sum(self, by: Dimension | None, name: str) -> _Sum | None:
        """What is held of a name, or of all; None where nothing is called so."""
        if by is None:
            return self._whole
        code = self._holdings.code(by, name)
        return None if code < 0 else self._of(by, code)

    def _of(self, by: Dimension, code: int) -> _Sum:
        found = self._sums.get((by, code))
        if found is None:
            codes = self._holdings.exposures.classification.codes(by)
            moved = (each for at, each in self._changes.items() if at < len(codes) and codes[at] == code)
            found = self._sums[by, code] = _plus(self._holdings.held(by, code), moved)
        return found

    def _herfindahl(self, by: Dimension) -> int:
        """Sum of squared shares, ratio scale."""
        squares, whole = self._holdings.squares(by), self._whole.gross
        if NOT_COMPUTABLE in (squares, whole):
            return NOT_COMPUTABLE
        codes = self._holdings.exposures.classification.codes(by)
        for code in {int(codes[column]) for column in self._changes if column < len(codes)}:
            squares += self._of(by, code).gross ** 2 - self._holdings.held(by, code).gross ** 2
        result: int = divide_half_away(squares * RATIO, whole * whole) if whole else 0
        return result


def _ratio(part: int, whole: int) -> int:
    """part / whole in ratio scale; nothing is no share of anything, however little there is."""
    if NOT_COMPUTABLE in (part, whole):
        return NOT_COMPUTABLE
    if not part:
        return 0 if whole >= 0 else NOT_COMPUTABLE
    result: int = divide_half_away(part * RATIO, whole) if whole > 0 else NOT_COMPUTABLE
    return result if result <= LARGEST else NOT_COMPUTABLE


def _plus(total: _Sum, changes: Iterable[_Sum]) -> _Sum:
    for change in changes:
        total = _Sum(
            _exact(total.gross, change.gross),
            _exact(total.net, change.net),
            _exact(total.delta, change.delta),
            total.contracts + change.contracts,
        )
    return total


def _exact(one: int, other: int) -> int:
    if NOT_COMPUTABLE in (one, other):
        return NOT_COMPUTABLE
    return one + other if abs(one + other) <= LARGEST else NOT_COMPUTABLE


def _changes(holdings: OwnerHoldings, trades: Mapping[Place, int]) -> dict[int, _Sum]:
    """What the trades add, by column."""
    before: dict[tuple[int, int], tuple[int, int]] = {}
    after: dict[tuple[int, int], tuple[int, int]] = {}
    for place, quantity in trades.items():
        key = (place.account, place.column)
        if key not in before:
            before[key] = after[key] = holdings.state.book.positions.sides_of(*key)
        after[key] = _traded(*after[key], quantity, place.side)
    found: dict[int, _Sum] = {}
    for key, (long, short) in after.items():
        column, (had_long, had_short) = key[1], before[key]
        # What is held in all, net, net by delta, and in contracts: contracts times what one of them is worth.
        value, delta = holdings.worth(column)
        net = long - short - had_long + had_short
        added = abs(long) + abs(short) - had_long - had_short
        worth = value if value == NOT_COMPUTABLE else abs(value)
        change = _Sum(_times(added, worth), _times(net, value), _times(net, delta), net)
        found[column] = _plus(change, (found[column],)) if column in found else change
    return found


def _traded(long: int, short: int, quantity: int, side: int) -> tuple[int, int]:
    """Contracts held long and short after a trade; in a net account it closes before it opens."""
    if side:
        return (long + quantity, short) if side > 0 else (long, short - quantity)
    if quantity > 0:
        closed = min(quantity, short)
        return long + quantity - closed, short - closed
    closed = min(-quantity, long)
    return long - closed, short - quantity - closed


def _times(quantity: int, unit: int) -> int:
    if not quantity:
        return 0
    return NOT_COMPUTABLE if unit == NOT_COMPUTABLE or abs(quantity * unit) > LARGEST else quantity * unit


def _requirement_change(state: DeskState, account: int, trades: Mapping[Place, int]) -> Integers | None:
    """int64 [currencies of the desk], what ``account`` needs more with its trades; None where not computable."""
    prepared, own = state.prepare(account), state.figures.requirement[account]
    places = [place for place in trades if place.account == account]
    if prepared is None or NOT_COMPUTABLE in own:
        return None
    usable = prepared.table.usable
    if not all(place.column < len(usable) and usable[place.column] for place in places):
        return None
    columns, shorts = [place.column for place in places], [place.side < 0 for place in places]
    changes = np.array([[trades[place] for place in places]], dtype=np.int64)
    needed = Hypothetical(state, account, prepared, columns, shorts).outcomes(changes)[1, 1, :-1]
    return None if NOT_COMPUTABLE in needed else needed - own


def _after_premium(holdings: OwnerHoldings, trades: Mapping[Place, int]) -> int:
    """Equity after what is bought is paid for; what is settled daily costs nothing."""
    equity, marked = holdings.equity, holdings.state.calculation.values.marked
    for place, quantity in trades.items():
        if place.column >= len(marked) or not marked[place.column]:
            equity = _exact(equity, _times(-quantity, holdings.worth(place.column)[0]))
    return equity
