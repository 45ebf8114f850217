"""Checks limits before an order: what each bounds before and after it, its bound and headroom, and the verdict."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple

import numpy as np

from engine.classification import Dimension
from engine.limit_question import Leg, Measured, Question, Subject
from engine.limit_result import PASS, SEVERITY, LimitCheck, LimitResult, Outcome
from engine.limit_words import LEVELS, compared, described, in_percent
from engine.limits import MONEY_MEASURES, Basis, Level, Limit, LimitSet, Measure, Mode, Required
from engine.numbers import NOT_COMPUTABLE
from engine.passing import Booleans, Bounds, bounds_of
from engine.text import Text, text

MOST_PLANS: Final = 20_000
"""Accounts whose limits are kept sorted out."""


_WHOLE: Final = (("", 0),)
_LEVELS: Final = tuple(Level)
_ALL: Final = np.zeros((0, 0), dtype=np.bool_)
_OF_MARKET: Final = (Basis.OPEN_INTEREST, Basis.DAILY_VOLUME)
_made: Final = LimitResult._make
"""Half the time of naming every field; a decision makes fifty."""


class _Step(NamedTuple):
    """A limit and what is the same of it for every order: looked up once, not for each of fifty limits."""

    limit: Limit
    level: int
    """Place of its level in `_LEVELS`."""
    by: Dimension | None
    """Of the names the limit is about one by one; None where it is about the owner as a whole."""
    in_money: bool
    """Whether its bounds are amounts."""


class AtOnce(NamedTuple):
    """Limits of an account that are about an order.

    Attributes:
        bounds: Of all limits of the account.
        about: bool [legs, limits], which limits are about each leg; none at all where all are, of whatever leg.
        needs_market: Whether a figure or bound rests on the whole market's open interest or volume.
    """

    bounds: Bounds
    about: Booleans
    needs_market: bool


class _Plan(NamedTuple):
    """The limits of one account, and for each measure that must be limited those that do."""

    steps: tuple[_Step, ...]
    required: tuple[tuple[Required, tuple[Limit, ...]], ...]
    bounds: Bounds
    """Of the limits."""
    levels: frozenset[Level]
    """Whose figures the limits bound; those of the account itself at the least."""
    in_money: bool
    """Whether a limit's bounds are amounts."""
    picks: bool
    """Whether it is a matter of the contract which limits are about it, or are missing."""
    about: dict[tuple[str, ...], Booleans | None]
    """By the names of a contract which limits are about it, as far as they were looked for; None of one that has to be
    looked at closer."""
    at_once: AtOnce
    """All of them as arrays."""


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

    def levels(self, account: str, group: str) -> frozenset[Level]:
        """Whose figures its limits bound; those of the account itself at the least."""
        return self._plan(account, group).levels

    def passes(self, question: Question) -> bool:
        """Whether no limit refuses; looks no further than the first that does."""
        return question.reduces or not any(result.refuses for result in self._results(question))

    def arrays(self, account: str, group: str) -> AtOnce:
        """All limits of an account as arrays."""
        return self._plan(account, group).at_once

    def at_once(
        self, account: str, group: str, currency: str, legs: Iterable[Mapping[Dimension, str]]
    ) -> AtOnce | None:
        """All limits that are about an order as arrays; None where they have to be looked at one after the other.

        Those that are not in force at this time of day are among them: that only leads to a closer look.

        Args:
            account: Name of the account.
            group: Its group.
            currency: Of figures in money.
            legs: Names of each contract.
        """
        plan = self._plan(account, group)
        if self._missing or (plan.in_money and currency != self.limits.currency):
            return None
        if not plan.picks:
            return plan.at_once
        about = []
        for names in legs:
            key = tuple(names.values())
            if key not in plan.about:
                plan.about[key] = _about(plan, names, group)
            if (each := plan.about[key]) is None:
                return None
            about.append(each)
        return plan.at_once._replace(about=about[0][np.newaxis] if len(about) == 1 else np.array(about))

    def _results(self, question: Question) -> Iterator[LimitResult]:
        reduces = question.reduces
        if self._missing:
            yield _undefined(question, Level.FIRM, "", text("no limits are loaded"), reduces)
        plan = self._plan(question.account, question.group)
        yield from _lacking(question, plan, reduces)
        subjects = _by_level(question.subjects, sound=question.quick is not None)
        touched: dict[Dimension, tuple[tuple[str, int], ...]] = {}
        foreign = question.currency != self.limits.currency
        quick = None
        if question.quick is not None:
            quick = [each.tolist() for each in question.quick.figures(plan.bounds)]
        for number, step in enumerate(plan.steps):
            limit, level, by, in_money = step
            if limit.windows and not limit.in_force(question.time):
                continue
            subject = subjects[level]
            for name, leg in _WHOLE if by is None else _touched(by, question.legs, touched):
                if limit.names and name and name not in limit.names:
                    continue
                if subject is None or (by is not None and not name) or (foreign and in_money):
                    result = _unknown(
                        limit, subject.name if subject else "", name, self._obstacle(step, question, subject)
                    )
                elif quick is not None and quick[leg][number][0]:
                    _, had, has, hard, soft = quick[leg][number]
                    high = None if hard == NOT_COMPUTABLE else hard
                    low = None if soft == NOT_COMPUTABLE else soft
                    yield _made((limit, limit.level, subject.name, name, had, has, high, low, PASS, None))
                    continue
                else:
                    result = _worst(limit, subject, name)
                yield result if result.outcome is PASS else self._softened(result, limit, question, reduces)

    def _obstacle(self, step: _Step, question: Question, subject: Subject | None) -> Text:
        """Why no figure can be held against the limit."""
        if subject is None:
            return text("the figures of the {level} are missing", level=LEVELS[step.limit.level])
        if not step.in_money or question.currency == self.limits.currency:
            return text("a contract has no {dimension}", dimension=str(step.by))
        money = {"theirs": self.limits.currency, "ours": question.currency}
        return text("the limit is in {theirs}, exposure in {ours}", **money)

    def _plan(self, account: str, group: str) -> _Plan:
        plan = self._plans.get((account, group))
        if plan is None:
            if len(self._plans) >= MOST_PLANS:
                self._plans.clear()
            limits = tuple(limit for limit in self.limits.limits if limit.concerns(account, group))
            required = self.limits.required
            steps = tuple(map(_step, limits))
            bounds = bounds_of(limits)
            plan = self._plans[account, group] = _Plan(
                steps,
                tuple((each, _alike(each, limits)) for each in required),
                bounds,
                frozenset({Level.ACCOUNT, *(each.level for each in required), *(each.level for each in limits)}),
                any(step.in_money for step in steps),
                bool(required) or any(limit.names for limit in limits),
                {},
                AtOnce(bounds, _ALL, any(map(_needs_market, limits))),
            )
        return plan

    def _softened(self, result: LimitResult, limit: Limit, question: Question, reduces: bool) -> LimitResult:
        """What is against an order, unless the order reduces or the limit is in shadow for it."""
        if reduces:
            return result._replace(outcome=Outcome.PASS)
        return result._replace(outcome=Outcome.SHADOW) if self._in_shadow(limit, question) else result

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


def _about(plan: _Plan, names: Mapping[Dimension, str], group: str) -> Booleans | None:
    """bool [limits], which of them are about a contract; None where it lacks one."""
    if any(True for _ in _unlimited(plan, group, [names])):
        return None
    about = (by is None or not limit.names or names[by] in limit.names for limit, _, by, _ in plan.steps)
    return np.array(list(about), dtype=np.bool_)


def _unlimited(
    plan: _Plan, group: str, legs: Sequence[Mapping[Dimension, str]]
) -> Iterator[tuple[Required, str, Dimension | None]]:
    """What has to be limited and is not, whatever the time of day: the rule, and the name along its dimension."""
    for required, alike in plan.required:
        by = None if required.measure is Measure.HHI else required.by
        if required.level is Level.GROUP and not group:
            continue
        for name in dict.fromkeys(names.get(by, "") if by else "" for names in legs):
            if not any(limit.covers(name) for limit in alike):
                yield required, name, by


def _lacking(question: Question, plan: _Plan, reduces: bool) -> Iterator[LimitResult]:
    for required, name, by in _unlimited(plan, question.group, [leg.names for leg in question.legs]):
        reason = text("no limit is defined: {what}", what=described(required.measure, name, by))
        yield _undefined(question, required.level, name, reason, reduces)


def _needs_market(limit: Limit) -> bool:
    return limit.measure is Measure.DAYS or limit.basis in _OF_MARKET


def _step(limit: Limit) -> _Step:
    by = None if limit.measure is Measure.HHI else limit.by
    return _Step(limit, _LEVELS.index(limit.level), by, limit.measure in MONEY_MEASURES and limit.basis is None)


def _by_level(subjects: Sequence[Subject], *, sound: bool) -> list[Subject | None]:
    """The subject of each level in `_LEVELS`; None where there is none or its figures are not in pairs.

    Those that are ``sound`` are not looked at, for their figures may not be found yet.
    """
    found: list[Subject | None] = [None] * len(_LEVELS)
    for subject in subjects:
        if sound or (subject.after and len(subject.before) == len(subject.after)):
            found[_LEVELS.index(subject.level)] = subject
    return found


def _touched(
    by: Dimension, legs: tuple[Leg, ...], known: dict[Dimension, tuple[tuple[str, int], ...]]
) -> tuple[tuple[str, int], ...]:
    """Names along a dimension that the order touches, and the first leg that does each.

    Empty for a contract that has none, which stays in sight.
    """
    names = known.get(by)
    if names is None:
        first: dict[str, int] = {}
        for place, leg in enumerate(legs):
            first.setdefault(leg.names.get(by, ""), place)
        names = known[by] = tuple(first.items())
    return names


def _worst(limit: Limit, subject: Subject, name: str) -> LimitResult:
    """The result for the way in which working orders fill that leaves the least."""
    owner, before, after = subject.name, subject.before, subject.after
    if len(after) == 1:
        return _one_way(limit, owner, name, before[0], after[0])
    results = [_one_way(limit, owner, name, had, has) for had, has in zip(before, after, strict=True)]
    return min(results, key=lambda result: (-SEVERITY[result.outcome], result.headroom))


def _one_way(limit: Limit, owner: str, name: str, before: Measured, after: Measured) -> LimitResult:
    had, has = (_figure(limit, each, name) for each in (before, after))
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
    if hard is not None and abs(has) > hard and _worsens(had, has, was_hard, hard):
        outcome, bound = Outcome.REFUSED, hard
    elif soft is not None and abs(has) > soft and _worsens(had, has, was_soft, soft):
        outcome, bound = Outcome.SOFT, soft
    else:
        return LimitResult(limit, limit.level, owner, name, had, has, hard, soft, PASS)
    reason = _over(limit, owner, name, has, bound)
    return LimitResult(limit, limit.level, owner, name, had, has, hard, soft, outcome, reason)


def _figure(limit: Limit, of: Measured, name: str) -> int:
    if limit.measure is Measure.DAYS:
        return of.days(limit.by, name, limit.participation)
    return of.figure(limit.measure, limit.by, name)


def _worsens(had: int, has: int, was: int | None, bound: int) -> bool:
    """Whether the order is to blame for a figure over its bound: it did not go down on the side where it was."""
    if was is None or NOT_COMPUTABLE in (had, was):
        return True
    eased = abs(has) <= abs(had) and abs(has) - bound <= abs(had) - was and (had < 0) == (has < 0)
    return not eased


def _over(limit: Limit, owner: str, name: str, after: int, bound: int) -> Text:
    figure, most = compared(limit.measure, abs(after), bound)
    what = described(limit.measure, name, limit.by)
    if limit.measure is Measure.DAYS:
        share = in_percent(limit.participation)
        what = text("{what} at {share} of the daily volume", what=what, share=share)
    return text(
        "{limit}: {what} of {owner} would be {after}, at most {bound}",
        limit=limit.name,
        what=what,
        owner=LEVELS[limit.level] if limit.level is Level.FIRM else owner,
        after=figure,
        bound=most,
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
