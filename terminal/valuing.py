"""What a desk computes from its books on one parameter version, and what it keeps so as to compute nothing twice.

Another version means another of these: nothing in it outlives the parameters it was computed on.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import replace
from typing import Final

import numpy as np

from engine.book import BookSnapshot, PositionBook
from engine.decision import Decision, Request
from engine.desk_limits import DeskLimits
from engine.detail import Explained, account_detail, explain
from engine.instruments import Universe
from engine.market import MarketBook
from engine.numbers import NOT_COMPUTABLE, Integers
from engine.pre_trade import DeskCheck
from engine.preview import preview
from engine.snapshot import AccountDetail, AccountTable, Arrays, Freeing, Lines, ParametersInForce
from engine.span.parameters import ParameterSet
from engine.state import DeskState, MarginStore, value_desk
from feeds.clock import MILLISECOND, SECOND, Clock
from terminal.freeing_search import FreeingSearch
from terminal.limit_versions import LimitVersions
from terminal.live_margin import LiveMargin
from terminal.parameter_version import ParameterVersion

DECISION_PERIOD: Final = 400 * MILLISECOND
"""Time between two answers to a what-if that only prices have changed."""
TREND_WINDOW: Final = 60 * SECOND
TREND_STEP: Final = 5 * SECOND


class Valuing:
    """Margin of every account, the selected one explained, the what-if answered. Lives in the desk thread.

    Args:
        version: The parameters in force.
        universe: Names of the columns under them.
        clock: Time.
        lines: Warning, call and forced-close line.
        quote_limit: Nanoseconds after which a quote is stale.
        limits: Those in force.
    """

    def __init__(
        self,
        version: ParameterVersion,
        universe: Universe,
        clock: Clock,
        lines: Lines,
        quote_limit: int,
        limits: LimitVersions,
    ) -> None:
        self._universe = universe
        self._clock = clock
        self._lines = lines
        self._quote_limit = quote_limit
        self._margin = LiveMargin(version.calculation, in_force_of(version), clock, quote_limit)
        self._store = MarginStore(version.calculation)
        self._trend = _Trend()
        self._freeing = FreeingSearch()
        self._explained: Explained | None = None
        self._decision: Decision | None = None
        self._decided, self._decided_on = 0, (0, False, Arrays.EXCHANGE, "")
        self._parameters = version.parameters
        self._limited: DeskLimits | None = None
        self._named: BookSnapshot | None = None
        self.limit(limits)

    @property
    def in_force(self) -> ParametersInForce:
        """What the screens are told of the parameters, as of the last state."""
        return self._margin.in_force

    @property
    def live(self) -> ParameterSet | None:
        """The parameters with live arrays in them, as of the last state; None where margin is on the exchange's."""
        on_live = self._margin.in_force.arrays is Arrays.LIVE
        return self._margin.calculation.parameters if on_live else None

    def state(
        self, sequence: int, book: PositionBook, market: MarketBook, arrays: Arrays, *, authoritative: bool
    ) -> DeskState:
        """Every account valued as of now."""
        held, prices = book.snapshot(), market.snapshot()
        touched = book.take_touched()
        if self._margin.update(arrays, prices):
            # Other arrays: nothing that was computed from the last ones holds.
            self._store, self._explained = MarginStore(self._margin.calculation), None
            touched = list(range(len(held.accounts)))
        self._store.update(held, touched)
        now, wall = self._clock.monotonic_ns(), self._clock.wall_ns()
        return value_desk(
            sequence,
            self._margin.calculation,
            held,
            self._store,
            prices.price,
            prices.fresh(now, wall, self._quote_limit),
            prices.received,
            now,
            self._lines,
            authoritative,
        )

    def with_trend(self, state: DeskState) -> AccountTable:
        """The accounts of ``state``, with which way each moves."""
        return replace(state.accounts, trend=self._trend.of(state.accounts, state.now))

    def detail(self, state: DeskState, selected: str | None) -> tuple[AccountDetail | None, Freeing | None]:
        """The selected account in full, and what frees margin of it once that is known."""
        row = state.book.row(selected) if selected is not None else -1
        if row < 0:
            return None, None
        self._explained = explain(state, row, self._explained)
        detail = account_detail(state, self._universe, row, self._explained)
        return detail, self._freeing.advance(state, row, self._explained.batch)

    def decide(self, state: DeskState, request: Request | None, market: MarketBook) -> Decision | None:
        """The what-if on ``state``: anew where the request, the book, feeds or arrays changed, else at intervals."""
        if request is None:
            self._decision = None
            return None
        earlier = self._decision
        check = self.check(state, market)
        version = (state.book.version, state.authoritative, self._margin.in_force.arrays, check.basis.limits)
        due = state.now - self._decided >= DECISION_PERIOD or version != self._decided_on
        if earlier is None or earlier.request is not request or due:
            self._decided, self._decided_on = state.now, version
            self._decision = earlier = self._timed(lambda: preview(check, request))
        return earlier

    def limit(self, limits: LimitVersions) -> None:
        """Check orders against these limits from now on."""
        self._limits, self._named = limits, None
        if self._limited is not None and self._limited.reference is limits.reference:
            self._limited.replace(limits.limits)
        elif limits.has_file:
            self._limited = DeskLimits(limits.limits, limits.reference, self._universe, self._parameters)

    def look_for_unknown_names(self, book: BookSnapshot) -> None:
        """Say what the limits name that nobody knows; ``book`` has to be whole."""
        # Accounts of a book are the same while its kinds are the same object.
        named, self._named = self._named, book
        if self._limited is None or (named is not None and named.kinds is book.kinds and named.gone == book.gone):
            return
        self._limits.know(self._limited.unknown_names(book))

    def check(self, state: DeskState, market: MarketBook) -> DeskCheck:
        """The check of orders on ``state``, which rests on ``market``: the ticket's and the gate's."""
        limited = self._limited
        if limited is None:
            return DeskCheck(state, self._universe)
        # Who checks may do so in another thread, while quotes go on: only a copy holds still.
        depth = market.depth() if limited.limits is not None and limited.limits.needs_depth else None
        return DeskCheck(state, self._universe, limited.on(state, self._clock.wall_ns(), depth))

    def _timed(self, compute: Callable[[], Decision]) -> Decision:
        before = self._clock.monotonic_ns()
        decision = compute()
        return replace(decision, elapsed=self._clock.monotonic_ns() - before)


class _Trend:
    """Remembers risk ratios for a minute, to tell which way each account moves."""

    def __init__(self) -> None:
        self._history: deque[tuple[int, Integers]] = deque()

    def of(self, accounts: AccountTable, now: int) -> Integers:
        """Change of each ratio over the window, ratio scale; 0 where either end is unknown."""
        history = self._history
        if not history or now - history[-1][0] >= TREND_STEP:
            history.append((now, accounts.ratio))
        while len(history) > 1 and now - history[0][0] > TREND_WINDOW:
            history.popleft()
        earlier = history[0][1]
        known = np.full(len(accounts.ratio), NOT_COMPUTABLE, dtype=np.int64)
        known[: len(earlier)] = earlier
        both = (known != NOT_COMPUTABLE) & (accounts.ratio != NOT_COMPUTABLE)
        return np.where(both, accounts.ratio - known, 0)


def in_force_of(version: ParameterVersion) -> ParametersInForce:
    """What a person is told of a version."""
    origin = version.origin
    return ParametersInForce(
        origin.version,
        origin.clearing_organisation,
        origin.business_date,
        version.calculation.table.convention.name,
        origin.file,
        origin.sha256,
    )
