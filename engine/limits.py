"""Limits as data: what is measured of whom, along which dimension, how far it may go, when, and how seriously.

A limit bounds one figure of every account, of every group, or of the firm. Limits are inherited by being true together:
what the firm sets for all accounts, what it sets for the accounts of a group and what it sets for one account all hold,
so that the narrowest of them decides (`engine.limit_check.narrowest` finds it).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from engine.classification import Dimension
from engine.numbers import NOT_COMPUTABLE, RATIO
from engine.text import Text, text

PARTICIPATION: Final = RATIO // 5
"""Share of a day's volume that may be traded without moving the market much, ratio scale."""
DAY: Final = 86_400
SECOND: Final = 10**9


class Measure(StrEnum):
    """What a limit bounds; a magnitude where the figure has a sign."""

    MARGIN_RATIO = "margin ratio"
    """Margin over equity, ratio scale."""
    SHARE_OF_EQUITY = "share of equity"
    """Exposure in a name over the owner's equity, ratio scale."""
    SHARE_OF_GROSS = "share of gross"
    """Exposure in a name over the owner's gross exposure, ratio scale."""
    GROSS = "gross exposure"
    """Long and short added, money scale, desk currency."""
    NET = "net exposure"
    """Long less short, money scale, desk currency."""
    DELTA = "delta exposure"
    """Delta-equivalent exposure, money scale, desk currency."""
    POSITION = "position"
    """Contracts held net."""
    HHI = "HHI"
    """Herfindahl index of the names along a dimension, ratio scale: 1 where one name is all."""
    DAYS = "days to liquidate"
    """Days to trade all that is held at a share of the average daily volume, ratio scale."""
    COST = "cost to liquidate"
    """What closing gives away against the middle of bid and offer, money scale, desk currency."""


class Basis(StrEnum):
    """What a relative bound is a share of."""

    EQUITY = "equity"
    """Of the owner, money scale."""
    GROSS = "gross exposure"
    """Of the owner over all names, money scale."""
    OPEN_INTEREST = "open interest"
    """Of the contract or product, contracts."""
    DAILY_VOLUME = "average daily volume"
    """Of the contract or product, contracts."""


MONEY_MEASURES: Final = frozenset({Measure.GROSS, Measure.NET, Measure.DELTA, Measure.COST})
RATIO_MEASURES: Final = frozenset({Measure.MARGIN_RATIO, Measure.SHARE_OF_EQUITY, Measure.SHARE_OF_GROSS, Measure.HHI})

PLAIN_RATIOS: Final = frozenset({Measure.HHI, Measure.DAYS})
"""Measures in ratio scale that are no percentages."""


class Level(StrEnum):
    """Whose figure a limit bounds."""

    ACCOUNT = "account"
    GROUP = "group"
    FIRM = "firm"


class Mode(StrEnum):
    """Whether a limit refuses, or only tells what it would have done."""

    ENFORCE = "enforce"
    SHADOW = "shadow"


@dataclass(frozen=True, slots=True)
class Window:
    """A time of day, UTC, in seconds after midnight: ``start`` is in it, ``stop`` not; may lead over midnight."""

    start: int
    stop: int

    def holds(self, second: int) -> bool:
        """Whether ``second`` of the day is in it."""
        if self.start < self.stop:
            return self.start <= second < self.stop
        return second >= self.start or second < self.stop

    def __str__(self) -> str:
        return "-".join(f"{second // 3_600:02}:{second // 60 % 60:02}" for second in (self.start, self.stop))


@dataclass(frozen=True, slots=True)
class Limit:
    """One limit.

    Attributes:
        name: Its id, unique in its file.
        measure: What it bounds.
        level: Whose figure.
        accounts: Of which accounts; all where empty. Only for `Level.ACCOUNT`.
        groups: Of which groups, or of the accounts of which groups; all where empty. Not for `Level.FIRM`.
        by: Dimension of the names it is about; None for the owner as a whole. For `Measure.HHI` the names compared.
        names: Which names along ``by``; each on its own; all where empty.
        hard: Figure at which it still passes, in the measure's scale, or as a ratio of ``basis``; or None.
        soft: Likewise; above it a person is warned.
        basis: What the bounds are a share of; None where they are absolute.
        windows: Times of day at which it holds; always where empty.
        mode: Where no `ModeRule` says otherwise.
        note: Why it is there, for a person.
        participation: Share of a day's volume that may be traded, ratio scale, above 0. Only for `Measure.DAYS`.
    """

    name: str
    measure: Measure
    level: Level
    accounts: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    by: Dimension | None = None
    names: tuple[str, ...] = ()
    hard: int | None = None
    soft: int | None = None
    basis: Basis | None = None
    windows: tuple[Window, ...] = ()
    mode: Mode = Mode.ENFORCE
    note: str = ""
    participation: int = PARTICIPATION

    def concerns(self, account: str, group: str) -> bool:
        """Whether it bounds ``account``, its ``group`` (empty where it has none) or the firm both belong to."""
        if self.level is Level.GROUP and not group:
            return False
        return (not self.accounts or account in self.accounts) and (not self.groups or group in self.groups)

    def covers(self, name: str) -> bool:
        """Whether it is about ``name`` along its dimension."""
        return not self.names or name in self.names

    def in_force(self, time: int) -> bool:
        """Whether it holds at ``time``, wall nanoseconds since 1970 UTC."""
        second = time // SECOND % DAY
        return not self.windows or any(window.holds(second) for window in self.windows)

    def bound(self, limit: int | None, basis: int) -> int | None:
        """A bound in the measure's scale; `NOT_COMPUTABLE` where what it is a share of is.

        Args:
            limit: `hard` or `soft`.
            basis: Figure of the limit's basis; of no account to an absolute limit.
        """
        if limit is None or self.basis is None:
            return limit
        # Rounded down: a whole figure is at most a fraction exactly where it is at most the whole number below it.
        return NOT_COMPUTABLE if basis == NOT_COMPUTABLE else basis * limit // RATIO


@dataclass(frozen=True, slots=True)
class ModeRule:
    """Puts some limits, accounts or instruments in shadow, or back in force; what is empty means all.

    Attributes:
        mode: What it puts them in.
        limits: Names of limits.
        accounts: Accounts whose orders it is about.
        groups: Groups of such accounts.
        names: Contracts, products, sectors and so on that an order is about, by dimension.
    """

    mode: Mode
    limits: tuple[str, ...] = ()
    accounts: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    names: tuple[tuple[Dimension, tuple[str, ...]], ...] = ()

    def fits(self, limit: str, account: str, group: str, names: Mapping[Dimension, str]) -> bool:
        """Whether it speaks of ``limit`` for an order of ``account`` whose contract has ``names``."""
        return (
            (not self.limits or limit in self.limits)
            and (not self.accounts or account in self.accounts)
            and (not self.groups or group in self.groups)
            and all(names.get(dimension) in chosen for dimension, chosen in self.names)
        )


@dataclass(frozen=True, slots=True)
class Required:
    """A measure that must be bounded for whatever is ordered: an order that no such limit covers is refused."""

    measure: Measure
    level: Level
    by: Dimension | None


@dataclass(frozen=True, slots=True)
class LimitSet:
    """All limits of a desk, as of one version of their file. Never changes.

    Attributes:
        version: Names the version.
        currency: Of bounds in money; empty where there are none.
        limits: In the file's order.
        rules: Later ones win.
        required: What has to be limited.
    """

    version: str
    currency: str
    limits: tuple[Limit, ...]
    rules: tuple[ModeRule, ...] = ()
    required: tuple[Required, ...] = ()

    @property
    def needs_depth(self) -> bool:
        """Whether figures rest on bids and offers."""
        return any(limit.measure is Measure.COST for limit in self.limits)

    def mode(self, limit: Limit, account: str, group: str, names: Mapping[Dimension, str]) -> Mode:
        """How seriously ``limit`` is taken for an order of ``account`` in a contract of ``names``."""
        mode = limit.mode
        for rule in self.rules:
            if rule.fits(limit.name, account, group, names):
                mode = rule.mode
        return mode

    def unknown_names(
        self, accounts: frozenset[str], groups: frozenset[str], names: Mapping[Dimension, frozenset[str]]
    ) -> tuple[Text, ...]:
        """What limits and rules name that nobody knows, such as a product misspelt, which would never be limited.

        Args:
            accounts: Those of the desk.
            groups: Likewise.
            names: Those known along each dimension; a dimension left out is not looked at.
        """
        found: list[Text] = []
        for limit in self.limits:
            about = [(limit.by, limit.names)] if limit.by is not None else []
            found += _unknown(limit.name, limit.accounts, limit.groups, about, accounts, groups, names)
        for rule in self.rules:
            found += _unknown("mode", rule.accounts, rule.groups, rule.names, accounts, groups, names)
        return tuple(found)


def _unknown(
    limit: str,
    accounts: tuple[str, ...],
    groups: tuple[str, ...],
    about: Iterable[tuple[Dimension, tuple[str, ...]]],
    known_accounts: frozenset[str],
    known_groups: frozenset[str],
    known: Mapping[Dimension, frozenset[str]],
) -> list[Text]:
    found = [
        text("{limit}: no account is called {name}", limit=limit, name=name)
        for name in accounts
        if name not in known_accounts
    ]
    found += [
        text("{limit}: no group is called {name}", limit=limit, name=name)
        for name in groups
        if name not in known_groups
    ]
    found += [
        text("{limit}: nothing is called {name} by {dimension}", limit=limit, name=name, dimension=str(dimension))
        for dimension, names in about
        for name in names
        if dimension in known and name not in known[dimension]
    ]
    return found


@dataclass(frozen=True, slots=True)
class LimitChange:
    """One set of limits replaced by another: what the record keeps of it.

    Attributes:
        who: Who replaced it.
        when: Wall nanoseconds since 1970 UTC.
        before: Version replaced; empty where there was none.
        after: Version in force since.
        added: Limits that are new.
        removed: Limits that are gone.
        altered: Limits of the same name, before and after.
        rules: Rules of mode before and after, where they differ.
        required: What has to be limited before and after, where it differs.
        currency: Currency before and after, where it differs.
    """

    who: str
    when: int
    before: str
    after: str
    added: tuple[Limit, ...] = ()
    removed: tuple[Limit, ...] = ()
    altered: tuple[tuple[Limit, Limit], ...] = ()
    rules: tuple[tuple[ModeRule, ...], tuple[ModeRule, ...]] | None = None
    required: tuple[tuple[Required, ...], tuple[Required, ...]] | None = None
    currency: tuple[str, str] | None = None

    @property
    def empty(self) -> bool:
        """Whether nothing but the version differs."""
        return not (self.added or self.removed or self.altered or self.rules or self.required or self.currency)


def change_of(before: LimitSet | None, after: LimitSet, who: str, when: int) -> LimitChange:
    """What ``who`` changed at ``when`` by putting ``after`` in the place of ``before``."""
    old = before or LimitSet("", "", ())
    had, has = ({limit.name: limit for limit in limits.limits} for limits in (old, after))
    return LimitChange(
        who,
        when,
        old.version,
        after.version,
        added=tuple(limit for limit in after.limits if limit.name not in had),
        removed=tuple(limit for limit in old.limits if limit.name not in has),
        altered=tuple((had[name], limit) for name, limit in has.items() if name in had and had[name] != limit),
        rules=(old.rules, after.rules) if old.rules != after.rules else None,
        required=(old.required, after.required) if old.required != after.required else None,
        currency=(old.currency, after.currency) if old.currency != after.currency else None,
    )
