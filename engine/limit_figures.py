"""The figures that limits bound, as they are and with trades in the positions, from the desk's exposures."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Final

import numpy as np

from engine.bounded import EXCLUDED, Bounded, bounded
from engine.classification import Dimension
from engine.compiled import Held
from engine.conversion import converted
from engine.exposures import Gap, gap_sentences
from engine.instruments import Contract
from engine.limit_members import Members
from engine.limit_trades import Place, Sum, Trades, exact
from engine.limit_words import name_shown
from engine.limited_desk import LimitedDesk
from engine.limits import Basis, Level, Measure
from engine.liquidity import Shortage, shortage_sentences
from engine.liquidity_kernels import days_to_trade
from engine.numbers import LARGEST, NOT_COMPUTABLE, RATIO, Integers, divide_half_away
from engine.owned import DELTA, GROSS, Owned, owned
from engine.passing import LEVELS, Bounds
from engine.text import BadInputError, Text, text

NOTHING: Final = Sum(0, 0, 0, 0, 0)
Known = dict[tuple[Measure | Basis, Dimension | None, str], int]
"""Figures by what they are and whose."""
Sums = dict[tuple[Dimension, int], Sum]
"""What is held of codes."""


class OwnerHoldings:
    """What an account, a group or the firm holds at one moment; summed when it is first asked for.

    Args:
        desk: That moment.
        name: The owner's.
        members: Its accounts.
    """

    def __init__(self, desk: LimitedDesk, name: str, members: Members) -> None:
        self.desk = desk
        self.name = name
        self.members = members
        self._for_kernels: dict[tuple[bool, bool], Held[Bounded]] = {}
        self._squares: dict[Dimension, int] = {}
        self._costs: dict[Dimension | None, dict[int, tuple[int, int]]] = {}
        self._codes: dict[tuple[Dimension, str], int] = {}
        self._known: Known = {}
        self._sums: Sums = {}

    @cached_property
    def owned(self) -> Owned:
        """Its sums along every dimension."""
        desk, with_equity = self.desk, True
        return owned(self.members.pooled, desk.worth, desk.exposures.classification.coding, with_equity)

    def for_kernels(self, level: Level, bounds: Bounds) -> Held[Bounded]:
        """What its limits see of it, for compiled code.

        Args:
            level: At which it is asked about.
            bounds: The limits.
        """
        asked = bool(bounds.equities[LEVELS[level]]), bool(bounds.margins[LEVELS[level]])
        found = self._for_kernels.get(asked)
        if found is None:
            found = self._for_kernels[asked] = bounded(self.members.for_kernels, self.desk.valued, *asked)
        return found

    def code(self, by: Dimension, name: str) -> int:
        """Code of a name, or -1 where nothing is called so."""
        if (by, name) not in self._codes:
            self._codes[by, name] = self._find(by, name)
        return self._codes[by, name]

    def _find(self, by: Dimension, name: str) -> int:
        classification = self.desk.exposures.classification
        if by is not Dimension.CONTRACT:
            names = classification.names(by)
            return names.index(name) if name in names else -1
        try:
            return classification.universe.find(Contract.parse(name))
        except BadInputError:
            return -1

    def held(self, by: Dimension, code: int) -> Sum:
        """What is held of a code."""
        sums = self.owned
        if by is not Dimension.CONTRACT:
            return Sum(*sums.by_code[self._starts[by] + code].tolist())
        place = int(np.searchsorted(sums.columns, code))
        known = place < len(sums.columns) and sums.columns[place] == code
        return Sum(*sums.by_column[place].tolist()) if known else NOTHING

    @property
    def _starts(self) -> Mapping[Dimension, int]:
        return self.desk.exposures.classification.code_starts

    @cached_property
    def whole(self) -> Sum:
        """What is held of everything."""
        return Sum(*self.owned.whole.tolist())

    @property
    def equity(self) -> int:
        """Money scale."""
        return self.owned.equity

    def squares(self, by: Dimension) -> int:
        """Sum of squared gross exposures, or `NOT_COMPUTABLE`; a Python integer, as squares leave 63 bits."""
        if by not in self._squares:
            sums, first = self.owned, self._starts[by]
            last = first + self.desk.exposures.classification.count(by)
            of_codes = sums.by_column if by is Dimension.CONTRACT else sums.by_code[first:last]
            gross = of_codes[:, GROSS].tolist()
            self._squares[by] = NOT_COMPUTABLE if NOT_COMPUTABLE in gross else sum(each * each for each in gross)
        return self._squares[by]

    def cost(self, by: Dimension | None, code: int, trades: Trades | None) -> tuple[int, int]:
        """What closing all of a code costs with ``trades``, and `Shortage` bits; along no dimension its code is -1."""
        if self.desk.closing is None:
            return NOT_COMPUTABLE, int(Shortage.NO_DEPTH)
        if by not in self._costs:
            self._costs[by] = self.desk.closing.of_owner(self.members.rows, by)
        return self.desk.closing.with_trades(self._costs[by].get(code, (0, 0)), by, code, trades)

    @cached_property
    def gaps(self) -> int:
        """`Gap` bits of all that is held and not computable."""
        sums = self.owned
        unknown = (sums.by_column[:, GROSS] == NOT_COMPUTABLE) | (sums.by_column[:, DELTA] == NOT_COMPUTABLE)
        each = self.desk.exposures.units.gaps[sums.columns[unknown]]
        return int(np.bitwise_or.reduce(np.where(each == 0, int(Gap.TOO_LARGE), each), initial=0))

    def margin(self, trades: Trades | None) -> int:
        """What the owner needs with ``trades``, money scale, currency of the exposures; or `NOT_COMPUTABLE`."""
        if trades is None:
            return self._margin
        change = trades.requirement()
        return NOT_COMPUTABLE if change is None else self._needing(change)

    @cached_property
    def _margin(self) -> int:
        """The same without any."""
        return self._needing(0)

    def _needing(self, change: Integers | int) -> int:
        """The same where so much more is required by currency."""
        needed = self._requirement
        if needed is None:
            return NOT_COMPUTABLE
        rates, amounts = self.desk.exposures.rates, np.zeros((1, len(needed) + 1), dtype=np.int64)
        amounts[0, :-1] = needed + change
        return int(converted(amounts, len(needed), rates.numerator, rates.denominator)[0])

    @cached_property
    def _requirement(self) -> Integers | None:
        """int64 [currencies of the desk], money scale; None where an account's is not computable."""
        figures = self.desk.state.figures
        if (figures.flags[self.members.rows] & EXCLUDED).any():
            # The desk's requirement leaves out positions without parameters; a limit must not.
            return None
        each = figures.requirement[self.members.rows]
        return None if (each == NOT_COMPUTABLE).any() else each.sum(axis=0)

    def with_trades(self, trades: Mapping[Place, int]) -> OwnerFigures:
        """The owner with contracts added to its positions, positive bought; all places are of its accounts."""
        return self.after(Trades(self.desk.state, self.desk.exposures.units, trades) if trades else None)

    def after(self, trades: Trades | None) -> OwnerFigures:
        """The owner with trades in its positions, all of them of its accounts."""
        if trades is not None:
            return OwnerFigures(self, trades, {}, {})
        # What is held before an order is the same for all orders on a state, so its figures are found once.
        return OwnerFigures(self, None, self._known, self._sums)


class OwnerFigures:
    """The figures of an owner with trades in its positions; see `OwnerHoldings.after`.

    Args:
        holdings: What it holds.
        trades: Those in its positions.
        known: Figures that were found already; others are added.
        sums: Likewise, sums.

    Attributes:
        trades: The trades; None for the owner as it is.
        changes: What they add, by column.
        equity: Money scale.
    """

    def __init__(self, holdings: OwnerHoldings, trades: Trades | None, known: Known, sums: Sums) -> None:
        self._holdings = holdings
        self.trades = trades
        self.changes: Mapping[int, Sum] = trades.changes if trades is not None else {}
        self.equity = exact(holdings.equity, _negative(trades.paid)) if trades is not None else holdings.equity
        self._known, self._sums = known, sums

    def figure(self, of: Measure | Basis, by: Dimension | None, name: str) -> int:
        """A figure in the scale of its measure; `NOT_COMPUTABLE` where `reason` says why."""
        key = (of, by, name)
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = self._figure(of, by, name)
        return found

    def _figure(self, of: Measure | Basis, by: Dimension | None, name: str) -> int:
        if of is Basis.OPEN_INTEREST or of is Basis.DAILY_VOLUME:
            return self._holdings.desk.statistics.get(of, by, name)
        if of is Basis.EQUITY or of is Measure.MARGIN_RATIO:
            return self.equity if of is Basis.EQUITY else _ratio(self.margin, self.equity)
        if of is Measure.HHI:
            return NOT_COMPUTABLE if by is None else self._herfindahl(by)
        if of is Measure.COST:
            return self._cost(by, name)[0]
        found = self._sum(by, name)
        return NOT_COMPUTABLE if found is None else self._of_sum(of, found)

    def _cost(self, by: Dimension | None, name: str) -> tuple[int, int]:
        """What closing costs, and `Shortage` bits."""
        found = self._sum(by, name)
        if found is None or not found.to_trade:
            return NOT_COMPUTABLE if found is None else 0, 0
        return self._holdings.cost(by, -1 if by is None else self._holdings.code(by, name), self.trades)

    def days(self, by: Dimension | None, name: str, participation: int) -> int:
        """Days to trade all that is held of a name at a share of its volume, ratio scale; or `NOT_COMPUTABLE`."""
        found, volume = self._sum(by, name), self._holdings.desk.statistics.get(Basis.DAILY_VOLUME, by, name)
        return NOT_COMPUTABLE if found is None else int(days_to_trade(found.to_trade, volume, participation))

    def _of_sum(self, of: Measure | Basis, found: Sum) -> int:
        if of is Measure.SHARE_OF_EQUITY:
            return _ratio(found.gross, self.equity)
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
            return text("the open interest of {name} is not known", name=name_shown(name, by))
        if of is Basis.DAILY_VOLUME:
            return text("the average daily volume of {name} is not known", name=name_shown(name, by))
        if by is not None and name and self._holdings.code(by, name) < 0:
            return text("nothing is called {name}", name=name)
        if of is Measure.DAYS or of is Measure.COST:
            return self._why_not_closed(of, by, name)
        if of is Measure.MARGIN_RATIO and self.margin == NOT_COMPUTABLE:
            return text("margin is not computable")
        return gap_sentences(self._why(of in (Basis.EQUITY, Measure.MARGIN_RATIO, Measure.SHARE_OF_EQUITY)))[0]

    def _why_not_closed(self, of: Measure, by: Dimension | None, name: str) -> Text:
        if of is Measure.COST:
            return shortage_sentences(self._cost(by, name)[1] or int(Shortage.TOO_LARGE))[0]
        known = self._holdings.desk.statistics.get(Basis.DAILY_VOLUME, by, name) > 0
        return gap_sentences(int(Gap.TOO_LARGE))[0] if known else self.reason(Basis.DAILY_VOLUME, by, name)

    def _why(self, over_equity: bool) -> int:
        """`Gap` bits behind a figure; at least one."""
        if not over_equity or self.equity > 0:
            return self._gaps or int(Gap.TOO_LARGE)
        return self._gaps | int(Gap.NO_EQUITY) if self.equity == NOT_COMPUTABLE else int(Gap.USED_UP)

    @cached_property
    def margin(self) -> int:
        """Money scale."""
        return self._holdings.margin(self.trades)

    @property
    def _gaps(self) -> int:
        """`Gap` bits of all that is held or traded, but for equity."""
        found = self._holdings.gaps
        for column in self.changes:
            gaps = self._holdings.desk.exposures.units.gaps
            found |= int(gaps[column]) if column < len(gaps) else int(Gap.NO_PARAMETERS)
        return found

    @cached_property
    def _whole(self) -> Sum:
        return self._holdings.whole.plus(self.changes.values())

    def _sum(self, by: Dimension | None, name: str) -> Sum | None:
        """What is held of a name, or of all; None where nothing is called so."""
        if by is None:
            return self._whole
        code = self._holdings.code(by, name)
        return None if code < 0 else self._of(by, code)

    def _of(self, by: Dimension, code: int) -> Sum:
        found = self._sums.get((by, code))
        if found is None:
            codes = self._holdings.desk.exposures.classification.codes(by)
            moved = (each for at, each in self.changes.items() if at < len(codes) and codes[at] == code)
            found = self._sums[by, code] = self._holdings.held(by, code).plus(moved)
        return found

    def _herfindahl(self, by: Dimension) -> int:
        """Sum of squared shares, ratio scale."""
        squares, whole = self._holdings.squares(by), self._whole.gross
        if NOT_COMPUTABLE in (squares, whole):
            return NOT_COMPUTABLE
        codes = self._holdings.desk.exposures.classification.codes(by)
        for code in {int(codes[column]) for column in self.changes if column < len(codes)}:
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


def _negative(amount: int) -> int:
    return amount if amount == NOT_COMPUTABLE else -amount
