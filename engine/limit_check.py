"""Checks limits before an order: what each bounds before and after it, its bound and headroom, and the verdict."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, NamedTuple, Protocol

from engine.classification import Dimension
from engine.limit_words import LEVELS, described, shown
from engine.limits import MONEY_MEASURES, Basis, Level, Limit, LimitSet, Measure, Mode, Required
from engine.numbers import LARGEST, NOT_COMPUTABLE, RATIO
from engine.text import Text, text

MOST_PLANS: Final = 20_000
"""Accounts whose limits are kept sorted out."""


class Outcome(StrEnum):
    """What a limit says of an order, from the best to the worst."""

    PASS = "pass"
    SHADOW = "shadow"
    SOFT = "soft"
    NOT_COMPUTABLE = "not computable"
    REFUSED = "refused"


_SEVERITY: Final = {outcome: place for place, outcome in enumerate(Outcome)}


class Measured(Protocol):
    """The figures of one owner at one moment, with one set of trades in its positions."""

    def figure(self, of: Measure | Basis, by: Dimension | None, name: str) -> int:
        """A figure in the scale of its measure, signed where it has a sign; `NOT_COMPUTABLE` where a reason says so.

        Args:
            of: What is measured.
            by: Dimension of ``name``; None for the owner as a whole.
            name: Name along ``by``; empty for the owner as a whole and for `Measure.HHI`, which compares all names.
        """
        ...

    def reason(self, of: Measure | Basis, by: Dimension | None, name: str) -> Text:
        """Why that figure is not computable."""
        ...


class Subject(NamedTuple):
    """An account, group or firm before and after the order.

    Attributes:
        level: Which of the three.
        name: Its name.
        before: Its figures without the order, one for each way in which working orders may fill
            (`engine.working_orders`).
        after: Likewise with the order, in the same order of ways.
    """

    level: Level
    name: str
    before: tuple[Measured, ...]
    after: tuple[Measured, ...]


class Leg(NamedTuple):
    """One contract of an order.

    Attributes:
        names: The contract's name along each dimension.
        quantity: Positive buys, negative sells that many contracts.
        held: Contracts the account holds that the leg can close, signed: what it holds net; in a gross-margined account
            what it holds on the other side for an order that closes, and 0 for one that opens.
        working: Contracts of the account's working orders on the leg's side, 0 or more.
    """

    names: Mapping[Dimension, str]
    quantity: int
    held: int = 0
    working: int = 0


@dataclass(frozen=True, slots=True)
class Question:
    """An order, a basket or a multi-leg strategy, and the figures it is checked on.

    Attributes:
        account: Whose order.
        group: The account's group; empty where it has none.
        currency: Of figures in money.
        legs: What is ordered.
        subjects: The account, its group and the firm.
        time: Wall nanoseconds since 1970 UTC.
    """

    account: str
    group: str
    currency: str
    legs: tuple[Leg, ...]
    subjects: tuple[Subject, ...]
    time: int

    @property
    def reduces(self) -> bool:
        """Whether the legs, together with working orders on their side, only bring positions closer to flat."""
        total: dict[tuple[str | None, int], int] = {}
        for leg in self.legs:
            if leg.quantity * leg.held > 0 or (leg.quantity and not leg.held):
                return False
            key = (leg.names.get(Dimension.CONTRACT), leg.held)
            total[key] = total.get(key, leg.working) + abs(leg.quantity)
        return all(quantity <= abs(held) for (_, held), quantity in total.items())


class LimitResult(NamedTuple):
    """What one limit says of one figure.

    Attributes:
        limit: The limit; None where what is wrong is that there is none.
        level: Whose figure.
        owner: Name of the account, group or firm.
        name: Name along the limit's dimension; empty for the owner as a whole.
        before: Figure without the order, at the worst case of working orders.
        after: Figure with it.
        hard: Hard bound in the figure's scale; None where there is none.
        soft: Likewise.
        outcome: What the limit says.
        reason: Why it does not simply pass.
    """

    limit: Limit | None
    level: Level
    owner: str
    name: str
    before: int
    after: int
    hard: int | None
    soft: int | None
    outcome: Outcome
    reason: Text | None = None

    @property
    def bound(self) -> int:
        """The hard bound, or the soft one where there is no hard one; `NOT_COMPUTABLE` where neither is known."""
        bound = self.soft if self.hard is None else self.hard
        return NOT_COMPUTABLE if bound is None else bound

    @property
    def headroom(self) -> int:
        """How much further the figure may go after the order; negative where it is over its bound."""
        return NOT_COMPUTABLE if NOT_COMPUTABLE in (self.bound, self.after) else self.bound - abs(self.after)

    @property
    def use(self) -> int:
        """Figure after the order over its bound, ratio scale; `NOT_COMPUTABLE` where the bound is 0 or unknown."""
        if NOT_COMPUTABLE in (self.bound, self.after) or self.bound <= 0:
            return NOT_COMPUTABLE
        return min(abs(self.after) * RATIO // self.bound, LARGEST)

    @property
    def refuses(self) -> bool:
        """Whether the order may not be sent because of it."""
        return self.outcome is Outcome.REFUSED or self.outcome is Outcome.NOT_COMPUTABLE


@dataclass(frozen=True, slots=True)
class LimitCheck:
    """What all limits say of an order."""

    version: str
    """Of the limits."""
    reduces: bool
    """Whether the order only reduces risk and therefore passes whatever the limits."""
    results: tuple[LimitResult, ...]

    @property
    def refuses(self) -> bool:
        """Whether the order may not be sent."""
        return any(result.refuses for result in self.results)

    @property
    def outcome(self) -> Outcome:
        """The worst of the results."""
        return max((result.outcome for result in self.results), key=_SEVERITY.__getitem__, default=Outcome.PASS)

    @property
    def reasons(self) -> tuple[Text, ...]:
        """Why the order is refused."""
        return tuple(result.reason for result in self.results if result.refuses and result.reason is not None)


class _Plan(NamedTuple):
    """The limits of one account, and for each measure that must be limited those that do."""

    limits: tuple[Limit, ...]
    required: tuple[tuple[Required, tuple[Limit, ...]], ...]


class LimitChecker:
    """Checks orders against one set of limits.

    Args:
        limits: In force; None where there are none, which refuses whatever takes new risk.
    """

    def __init__(self, limits: LimitSet | None) -> None:
        self.limits = limits or LimitSet("", "", ())
        self._missing = limits is None
        self._plans: dict[tuple[str, str], _Plan] = {}

    def evaluate(self, question: Question) -> LimitCheck:
        """Every limit that the order touches, in the file's order, and what it says of the order."""
        return LimitCheck(self.limits.version, question.reduces, tuple(self._results(question)))

    def passes(self, question: Question) -> bool:
        """Whether no limit refuses; looks no further than the first that does."""
        return question.reduces or not any(result.refuses for result in self._results(question))

    def _results(self, question: Question) -> Iterator[LimitResult]:
        reduces = question.reduces
        if self._missing:
            yield _undefined(question, Level.FIRM, "", text("no limits are loaded"), reduces)
        plan = self._plan(question.account, question.group)
        yield from _lacking(question, plan, reduces)
        subjects = {subject.level: subject for subject in question.subjects}
        for limit in plan.limits:
            if limit.windows and not limit.in_force(question.time):
                continue
            for name in _names(limit, question.legs):
                yield self._judged(limit, question, subjects.get(limit.level), name, reduces)

    def _plan(self, account: str, group: str) -> _Plan:
        plan = self._plans.get((account, group))
        if plan is None:
            if len(self._plans) >= MOST_PLANS:
                self._plans.clear()
            limits = tuple(limit for limit in self.limits.limits if limit.concerns(account, group))
            alike = ((required, _alike(required, limits)) for required in self.limits.required)
            plan = self._plans[account, group] = _Plan(limits, tuple(alike))
        return plan

    def _judged(
        self, limit: Limit, question: Question, subject: Subject | None, name: str, reduces: bool
    ) -> LimitResult:
        if subject is None or not subject.after or len(subject.before) != len(subject.after):
            reason = text("the figures of the {level} are missing", level=LEVELS[limit.level])
            result = _unknown(limit, "", name, reason)
        elif not name and limit.by is not None and limit.measure is not Measure.HHI:
            reason = text("a contract has no {dimension}", dimension=str(limit.by))
            result = _unknown(limit, subject.name, name, reason)
        elif limit.measure in MONEY_MEASURES and limit.basis is None and question.currency != self.limits.currency:
            money = {"theirs": self.limits.currency, "ours": question.currency}
            reason = text("the limit is in {theirs}, exposure in {ours}", **money)
            result = _unknown(limit, subject.name, name, reason)
        else:
            result = _worst(limit, subject, name)
        if result.outcome is Outcome.PASS:
            return result
        if reduces:
            return result._replace(outcome=Outcome.PASS)
        if self._in_shadow(limit, question):
            return result._replace(outcome=Outcome.SHADOW)
        return result

    def _in_shadow(self, limit: Limit, question: Question) -> bool:
        """In shadow for every leg: a leg whose instrument is enforced enforces it for the whole order."""
        modes = (self.limits.mode(limit, question.account, question.group, leg.names) for leg in question.legs)
        return all(mode is Mode.SHADOW for mode in modes)


def narrowest(results: Iterable[LimitResult]) -> tuple[LimitResult, ...]:
    """Of the results on one figure the one with the least headroom: firm, group and account rules, narrower wins."""
    chosen: dict[tuple[object, ...], LimitResult] = {}
    for result in results:
        limit = result.limit
        key = (result.level, result.owner, result.name, limit and limit.measure, limit and limit.by)
        other = chosen.get(key)
        # What refuses comes first, then the least room; a figure that is not known has the least there is.
        if other is None or _urgency(result) < _urgency(other):
            chosen[key] = result
    return tuple(chosen.values())


def _urgency(result: LimitResult) -> tuple[bool, int]:
    return not result.refuses, result.headroom


def _alike(required: Required, limits: tuple[Limit, ...]) -> tuple[Limit, ...]:
    wanted = (required.measure, required.level, required.by)
    return tuple(limit for limit in limits if (limit.measure, limit.level, limit.by) == wanted)


def _lacking(question: Question, plan: _Plan, reduces: bool) -> Iterator[LimitResult]:
    """What has to be limited and is not, whatever the time of day."""
    for required, alike in plan.required:
        by = None if required.measure is Measure.HHI else required.by
        if required.level is Level.GROUP and not question.group:
            continue
        for name in dict.fromkeys(leg.names.get(by, "") if by else "" for leg in question.legs):
            if not any(limit.covers(name) for limit in alike):
                reason = text("no limit is defined: {what}", what=described(required.measure, name))
                yield _undefined(question, required.level, name, reason, reduces)


def _names(limit: Limit, legs: tuple[Leg, ...]) -> tuple[str, ...]:
    """Names along the limit's dimension that the order touches and the limit is about."""
    by = limit.by
    if by is None or limit.measure is Measure.HHI:
        return ("",)
    # A contract without a name along the dimension stays in sight: its figure is not computable.
    touched = (leg.names.get(by, "") for leg in legs)
    return tuple(dict.fromkeys(name for name in touched if not name or limit.covers(name)))


def _worst(limit: Limit, subject: Subject, name: str) -> LimitResult:
    """The result for the way in which working orders fill that leaves the least."""
    ways = zip(subject.before, subject.after, strict=True)
    results = [_one_way(limit, subject.name, name, before, after) for before, after in ways]
    if len(results) == 1:
        return results[0]
    return min(results, key=lambda result: (-_SEVERITY[result.outcome], result.headroom))


def _one_way(limit: Limit, owner: str, name: str, before: Measured, after: Measured) -> LimitResult:
    had = before.figure(limit.measure, limit.by, name)
    has = after.figure(limit.measure, limit.by, name)
    if has == NOT_COMPUTABLE:
        return _unknown(limit, owner, name, after.reason(limit.measure, limit.by, name), had)
    hard, soft, was_hard, was_soft = limit.hard, limit.soft, limit.hard, limit.soft
    if limit.basis is not None:
        by, of = (None, "") if limit.basis in (Basis.EQUITY, Basis.GROSS) else (limit.by, name)
        base, base_before = after.figure(limit.basis, by, of), before.figure(limit.basis, by, of)
        if base == NOT_COMPUTABLE:
            return _unknown(limit, owner, name, after.reason(limit.basis, by, of), had, has)
        hard, soft = limit.bound(limit.hard, base), limit.bound(limit.soft, base)
        was_hard, was_soft = limit.bound(limit.hard, base_before), limit.bound(limit.soft, base_before)
    outcome = Outcome.PASS
    if hard is not None and _goes_over(had, has, was_hard, hard):
        outcome = Outcome.REFUSED
    elif soft is not None and _goes_over(had, has, was_soft, soft):
        outcome = Outcome.SOFT
    reason = None if outcome is Outcome.PASS else _over(limit, owner, name, has, hard if soft is None else soft, hard)
    return LimitResult(limit, limit.level, owner, name, had, has, hard, soft, outcome, reason)


def _goes_over(had: int, has: int, was: int | None, bound: int) -> bool:
    """Whether a figure is over its bound and the order is to blame: it did not go down on the side where it was."""
    over = abs(has) - bound
    if over <= 0:
        return False
    if NOT_COMPUTABLE in (had, was) or was is None:
        return True
    no_worse = abs(has) <= abs(had) and over <= abs(had) - was and (had < 0) == (has < 0)
    return not no_worse


def _over(limit: Limit, owner: str, name: str, after: int, soft: int | None, hard: int | None) -> Text:
    bound = hard if hard is not None and abs(after) > hard else soft
    return text(
        "{limit}: {what} of {owner} would be {after}, at most {bound}",
        limit=limit.name,
        what=described(limit.measure, name),
        owner=owner,
        after=shown(limit.measure, abs(after)),
        bound=shown(limit.measure, bound or 0),
    )


def _unknown(
    limit: Limit, owner: str, name: str, reason: Text, before: int = NOT_COMPUTABLE, after: int = NOT_COMPUTABLE
) -> LimitResult:
    hard, soft = (limit.hard, limit.soft) if limit.basis is None else (None, None)
    told = text("{limit}: {reason}", limit=limit.name, reason=reason)
    return LimitResult(limit, limit.level, owner, name, before, after, hard, soft, Outcome.NOT_COMPUTABLE, told)


def _undefined(question: Question, level: Level, name: str, reason: Text, reduces: bool) -> LimitResult:
    outcome = Outcome.PASS if reduces else Outcome.NOT_COMPUTABLE
    owner = {Level.ACCOUNT: question.account, Level.GROUP: question.group, Level.FIRM: ""}[level]
    return LimitResult(None, level, owner, name, NOT_COMPUTABLE, NOT_COMPUTABLE, None, None, outcome, reason)
