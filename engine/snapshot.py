"""What the screens show: frozen results of the engine. A screen draws these and asks for nothing else.

Money is scaled by 10**MONEY_DECIMALS, prices by 10**PRICE_DECIMALS, ratios by 10**RATIO_DECIMALS. A figure that cannot
be computed is `NOT_COMPUTABLE`, and a reason stands beside it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum

import numpy as np
import numpy.typing as npt

from engine.instruments import Contract
from engine.margin_terms import USUAL, MarginTerms
from engine.numbers import NOT_COMPUTABLE, Integers
from engine.opened_today import Today
from engine.text import Text


class FeedState(StrEnum):
    """How far a feed may be relied on; only LIVE permits signing or sending."""

    INIT = "INIT"
    SYNCING = "SYNCING"
    LIVE = "LIVE"
    SUSPECT = "SUSPECT"
    STALE = "STALE"


class Standing(IntEnum):
    """Where an account stands against its lines, best to worst; UNKNOWN where its ratio is not computable."""

    OK = 0
    WARNING = 1
    CALL = 2
    CLOSE = 3
    UNKNOWN = 4


@dataclass(frozen=True, slots=True)
class Lines:
    """Risk ratios at which an account is warned of, called (追保线) and closed (强平线); ratio scale."""

    warning: int
    call: int
    close: int


@dataclass(frozen=True, slots=True)
class FeedStatus:
    """State of one feed: nanoseconds since anything arrived, last sequence number, updates or quotes a second."""

    name: str
    state: FeedState
    age: int
    sequence: int
    rate: int


class Arrays(StrEnum):
    """Which risk arrays margin is computed from: the parameter file's, or its own rule at the newest prices."""

    EXCHANGE = "exchange"
    LIVE = "live"


@dataclass(frozen=True, slots=True)
class ParametersInForce:
    """Which parameter file made the figures, and whether its arrays did.

    Attributes:
        version: Short name of the file's version.
        clearing_organisation: Whose parameters they are.
        business_date: CCYYMMDD.
        convention: Whose rounding applies.
        file: Its name.
        sha256: Of its bytes.
        arrays: Whose arrays margin is computed from.
        contracts: Contracts with an array.
        kept: With live arrays, how many of them keep the exchange's array, because an input is missing.
        stale: With live arrays, how many are priced from an underlying whose price is stale.
        warnings: Why these are not the parameters that ought to be in force; none where they are.
    """

    version: str
    clearing_organisation: str
    business_date: str
    convention: str
    file: str
    sha256: str
    arrays: Arrays = Arrays.EXCHANGE
    contracts: int = 0
    kept: int = 0
    stale: int = 0
    warnings: tuple[Text, ...] = ()


@dataclass(frozen=True, slots=True)
class AccountTable:
    """One row an account, converted to the account's own currency; columns of equal length.

    Attributes:
        names: Account names.
        groups: Group of each account.
        currencies: Currency of each row's money.
        equity: int64, money scale.
        margin: int64, money scale: the requirement.
        available: int64, money scale: equity less margin.
        ratio: int64, ratio scale: margin / equity.
        trend: int64, ratio scale: change of the ratio over the trend window.
        to_call: int64, money scale: equity that may be lost before the call line; negative past it.
        to_close: int64, money scale: likewise for the forced-close line.
        standing: int8, a `Standing`.
        reasons: Why a row is incomplete, by row.
        terms: How the account is margined, by row, where that is not left to the parameter file.
    """

    names: tuple[str, ...]
    groups: tuple[str, ...]
    currencies: tuple[str, ...]
    equity: Integers
    margin: Integers
    available: Integers
    ratio: Integers
    trend: Integers
    to_call: Integers
    to_close: Integers
    standing: npt.NDArray[np.int8]
    reasons: Mapping[int, tuple[Text, ...]]
    terms: Mapping[int, MarginTerms] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.names)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The desk at one moment."""

    sequence: int
    as_of: int
    """Wall nanoseconds."""
    parameters: ParametersInForce
    feeds: tuple[FeedStatus, ...]
    lines: Lines
    accounts: AccountTable

    @property
    def authoritative(self) -> bool:
        """Whether every feed is LIVE."""
        return bool(self.feeds) and all(feed.state is FeedState.LIVE for feed in self.feeds)


class PriceState(StrEnum):
    """Where a price comes from."""

    LIVE = "live"
    STALE = "stale"
    SETTLEMENT = "settlement"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class PositionLine:
    """One position of the selected account.

    Attributes:
        contract: Which contract.
        currency: Currency of the money figures.
        long, short, net: Contracts.
        price: Price scale.
        price_decimals: Decimals the contract is quoted in.
        price_state: Where the price comes from.
        price_age: Nanoseconds since it arrived; 0 where it never did.
        profit: Money scale: open profit and loss since the last settlement.
        margin: Money scale: the position's own loss in its commodity's active scenario.
        share: Ratio scale: value held (price x multiplier x net, in magnitude) as a share of equity.
        reason: Why a figure is missing.
        share_of_interest: Ratio scale: net contracts, in magnitude, over the contract's open interest.
        days: Ratio scale: days to liquidate at the usual participation in the contract's average daily volume.
        today: Contracts of both sides opened today; None where the publisher does not tell.
    """

    contract: Contract
    currency: str
    long: int
    short: int
    net: int
    price: int
    price_decimals: int
    price_state: PriceState
    price_age: int
    profit: int
    margin: int
    share: int
    reason: Text | None = None
    share_of_interest: int = NOT_COMPUTABLE
    days: int = NOT_COMPUTABLE
    today: Today = None


@dataclass(frozen=True, slots=True)
class BreakdownNode:
    """One line of the margin breakdown; the amounts of children add up to or lead to their parent's.

    Attributes:
        label: What the line is.
        amount: Money scale, or None where the line carries no money.
        currency: Currency of the amount, empty where there is none.
        note: The figures behind the amount.
        children: Lines below.
        scenarios: The 16 scenario sums (money scale) where the line is a scan; empty otherwise.
        active: Number of the active scenario, 0 where there is none.
        contract: The position a leaf leads back to.
    """

    label: Text
    amount: int | None
    currency: str = ""
    note: Text | None = None
    children: tuple[BreakdownNode, ...] = ()
    scenarios: tuple[int, ...] = ()
    active: int = 0
    contract: Contract | None = None


@dataclass(frozen=True, slots=True)
class AccountDetail:
    """Everything the screens show of one account, computed on the parameters whose version it names."""

    sequence: int
    account: str
    currency: str
    positions: tuple[PositionLine, ...]
    breakdown: tuple[BreakdownNode, ...]
    reasons: tuple[Text, ...]
    parameters: str
    terms: MarginTerms = USUAL
    """How it is margined."""
    working: tuple[WorkingLine, ...] = ()
    """Its working orders, as far as the publisher tells."""


@dataclass(frozen=True, slots=True)
class WorkingLine:
    """What is left of a working order.

    Attributes:
        name: Of the order.
        contract: What it trades.
        quantity: Contracts, positive buys.
    """

    name: str
    contract: Contract
    quantity: int


@dataclass(frozen=True, slots=True)
class FreeingTrade:
    """A trade that lowers the margin of an account.

    Attributes:
        contract: What to trade.
        quantity: Positive buys, negative sells that many contracts.
        freed: Money scale: margin before less margin after.
        premium: Money scale: what the trade costs in cash, negative where it brings cash in; 0 for futures.
        notional: Money scale: price x multiplier x quantity, in magnitude.
        ratio: Ratio scale: funds made available (freed less premium) per notional.
        reason: What the trade does to the book.
        closes: Whether it closes contracts of a gross-margined account, where a trade otherwise opens.
    """

    contract: Contract
    quantity: int
    freed: int
    premium: int
    notional: int
    ratio: int
    reason: Text
    closes: bool = False

    @property
    def available(self) -> int:
        """Funds made available, money scale: margin freed less the premium paid for it."""
        return self.freed - self.premium


@dataclass(frozen=True, slots=True)
class Freeing:
    """What frees margin of one account, everything in the account's own currency.

    Attributes:
        account: Whose.
        currency: Currency of the amounts.
        margin: Money scale: the margin as it is.
        more: Change of margin for buying one of each held contract, money scale.
        less: Change of margin for selling one of each.
        trades: Trades that free margin, the most available funds per notional first.
        parameters: Version of the parameters it was computed on.
    """

    account: str
    currency: str
    margin: int
    more: Mapping[Contract, int]
    less: Mapping[Contract, int]
    trades: tuple[FreeingTrade, ...]
    parameters: str
