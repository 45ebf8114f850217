"""The last look before orders are sent: everything is judged anew from the bytes, on what holds now.

The executor gate believes nobody. It is given bytes and signatures, checks them against the people it can prove, and
looks at positions, prices and the breach itself.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Final

from engine.authorisation.approval import Approval, SignedApproval
from engine.authorisation.instruction import Effect, Instruction, InstructionOrder, Side
from engine.authorisation.keys import Signature
from engine.authorisation.moments import APPROVAL_TIME, EXECUTION_TIME, SIGNATURE_TIME, TOLERANCE, Lapse, Moment
from engine.authorisation.people import RefusedError
from engine.authorisation.rules import Counted, Jury, check_independent, check_proposal
from engine.instruments import Contract
from engine.numbers import NOT_COMPUTABLE, PRICE_DECIMALS, RATIO_DECIMALS, format_scaled
from engine.opened_today import Today
from engine.text import Text, text


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that is needed to prove that an instruction may be sent: its bytes, and the bytes and signatures of three.

    Attributes:
        content: The instruction.
        proposed: The maker's words and signature.
        approvals: Those of the two approvers, in sequence.
    """

    content: bytes
    proposed: tuple[bytes, Signature]
    approvals: tuple[tuple[bytes, Signature], ...]


def proven(evidence: Evidence, jury: Jury, received: Moment, now: Moment) -> Instruction:
    """The instruction that two people have approved, in time.

    Args:
        evidence: Bytes and signatures.
        jury: The people as of now, and how signatures are checked.
        received: When the evidence was first there.
        now: Now.

    Raises:
        BadInputError: Bytes that are not canonical.
        RefusedError: Any signature that does not count, the wrong number of them, or a time that is over.
    """
    instruction = Instruction.read(evidence.content)
    proposed = _counted(evidence.proposed, instruction, jury, now)
    check_proposal(instruction, proposed[0])
    counted: list[Counted] = []
    for each in evidence.approvals:
        approval = _counted(each, instruction, jury, now)
        check_independent(proposed, counted, approval)
        counted.append(approval)
    if len(counted) != 2:
        raise RefusedError(text("two approvals are needed, {count} are there", count=len(counted)))
    _check_times(instruction, proposed[0].approval, counted[1][0].approval, received, now)
    return instruction


def _check_times(instruction: Instruction, proposed: Approval, second: Approval, received: Moment, now: Moment) -> None:
    """Both timers by both clocks, and the instruction's own."""
    if not instruction.not_before <= now.wall < instruction.expiry:
        raise RefusedError(text("the instruction is early or its time is over"))
    if second.signed_at - proposed.signed_at > APPROVAL_TIME:
        raise RefusedError(text("not approved in time"))
    lapse = received.lapse(now, EXECUTION_TIME)
    if lapse is Lapse.JUMPED:
        raise RefusedError(text("a clock has jumped, or the machine was started again"))
    if lapse is Lapse.OVER or now.wall - second.signed_at > EXECUTION_TIME + TOLERANCE:
        raise RefusedError(text("not sent in time"))


def still_permitted(evidence: Evidence, jury: Jury, received: Moment, now: Moment) -> None:
    """See that a later part of what was `proven` may leave: its time is not over, and nobody's key was revoked since.

    How old signatures are does not matter any more: they gave the whole of it away.

    Args:
        evidence: What was proven.
        jury: The people as of now.
        received: When the evidence was first there.
        now: Now.

    Raises:
        RefusedError: It may not.
    """
    instruction = Instruction.read(evidence.content)
    # A clock that was put back does not make an instruction last longer.
    wall = max(now.wall, received.wall + now.monotonic - received.monotonic)
    if now.boot != received.boot or not instruction.not_before <= now.wall <= wall < instruction.expiry:
        raise RefusedError(text("the instruction is early or its time is over"))
    for content, signature in (evidence.proposed, *evidence.approvals):
        jury.key_in_force(SignedApproval(Approval.read(content), signature))


def _counted(words: tuple[bytes, Signature], instruction: Instruction, jury: Jury, now: Moment) -> Counted:
    signed = SignedApproval(Approval.read(words[0]), words[1])
    return signed, jury.check(instruction, signed, now.wall, SIGNATURE_TIME)


class Verdict(StrEnum):
    """What the executor gate does with a proven instruction."""

    SEND = "send"
    WAIT = "wait"
    """Something is not there that may come back within the execution time."""
    REQUOTE = "requote"
    REFUSE = "refuse"


@dataclass(frozen=True, slots=True)
class Judgement:
    """The verdict and why."""

    verdict: Verdict
    reason: Text | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """What an account holds of one contract, and the market.

    Attributes:
        long: Contracts held long.
        short: Contracts held short.
        selling: Contracts that working orders of this gate, or fills the positions may not show yet, may still sell.
        buying: Likewise buy.
        price: Price scale; None where there is no fresh one.
        today: Contracts of both sides opened today; None where the positions do not tell.
        working: Of ``selling`` and ``buying``, what closes today's or earlier positions, by side and effect.
        delta: Composite delta of one contract, in the scale of the parameters; None where they have none.
    """

    long: int
    short: int
    selling: int
    buying: int
    price: int | None
    today: Today = None
    working: Mapping[tuple[Side, Effect], int] = field(default_factory=dict)
    delta: int | None = None


@dataclass(frozen=True, slots=True)
class Grounds:
    """What a look at a desk rests on.

    Attributes:
        session: Of the publisher of positions.
        sequence: Of the last message that the positions contain.
        positions: Digest of them.
        parameters: SHA-256 of the parameter file, hexadecimal.
    """

    session: bytes = b""
    sequence: int = 0
    positions: bytes = b""
    parameters: str = ""


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What holds now.

    Attributes:
        obstacle: Why nothing can be sent at all now: a feed that is not LIVE, a line that is down, a store that
            cannot be written; None where there is nothing.
        ratio: Ratio scale: the account's risk ratio; `NOT_COMPUTABLE` where it has none.
        standings: By contract, those of positions that locks cover among them.
        gross: Whether the account is gross-margined: longs and shorts of a contract stand apart.
        used_up: Whether it has no ratio because its equity is used up: then it is over every line.
        unknown: What else is wrong with its figures.
        grounds: What all of it rests on.
    """

    obstacle: Text | None
    ratio: int
    standings: Mapping[str, Standing]
    gross: bool = False
    used_up: bool = False
    unknown: Text | None = None
    grounds: Grounds = Grounds()


@dataclass(frozen=True, slots=True)
class HardLimits:
    """What no signature lifts.

    Attributes:
        drill: Whether this gate is for exercises: it takes nothing but drills, and a real one no drill.
        largest_order: Contracts of one order.
        most_orders: Orders of one instruction.
    """

    drill: bool = False
    largest_order: int = 10_000
    most_orders: int = 500


def judged(instruction: Instruction, circumstances: Circumstances, limits: HardLimits) -> Judgement:
    """Whether a proven instruction may be sent now."""
    refused = _against_limits(instruction, limits)
    if refused is not None:
        return Judgement(Verdict.REFUSE, refused)
    if circumstances.obstacle is not None:
        return Judgement(Verdict.WAIT, circumstances.obstacle)
    by_ratio = None if instruction.even_if_cured else _by_ratio(instruction, circumstances)
    if by_ratio is not None:
        return by_ratio
    uncovered = _uncovered(instruction, circumstances.standings) or _against_locks(instruction, circumstances)
    if uncovered is not None:
        return uncovered
    by_price = (_by_price(order, circumstances.standings[order.contract].price) for order in instruction.orders)
    return next((judgement for judgement in by_price if judgement is not None), Judgement(Verdict.SEND))


def _by_ratio(instruction: Instruction, circumstances: Circumstances) -> Judgement | None:
    """What is against it where the breach has to be there still."""
    ratio, account = circumstances.ratio, instruction.account
    if ratio == NOT_COMPUTABLE and not circumstances.used_up:
        why = circumstances.unknown or text("a figure is missing")
        return Judgement(
            Verdict.WAIT, text("the risk ratio of {account} is unknown: {reason}", account=account, reason=why)
        )
    if circumstances.used_up or ratio >= instruction.line:
        return None
    shown = format_scaled(ratio * 100, RATIO_DECIMALS)
    return Judgement(Verdict.REFUSE, text("the breach is cured: the risk ratio is {ratio} %", ratio=shown))


def _against_limits(instruction: Instruction, limits: HardLimits) -> Text | None:
    if instruction.drill is not limits.drill:
        return text("it is a drill") if instruction.drill else text("it is no drill, and this gate takes drills only")
    if len(instruction.orders) > limits.most_orders:
        return text("more than {count} orders", count=limits.most_orders)
    largest = max(order.quantity for order in instruction.orders)
    return (
        text("an order of more than {count} contracts", count=limits.largest_order)
        if (largest > limits.largest_order)
        else None
    )


def _uncovered(instruction: Instruction, standings: Mapping[str, Standing]) -> Judgement | None:
    """What is against it where the orders would open or flip a position, all of them and all that works together."""
    done: dict[tuple[str, Side, Effect | None], int] = defaultdict(int)
    for order in instruction.orders:
        standing = standings.get(order.contract)
        if standing is None:
            what = text("{contract} is not held", contract=Contract.parse(order.contract).title)
            return Judgement(Verdict.REFUSE, what)
        for effect, held, working in _bounds(order, standing):
            title = Contract.parse(order.contract).title
            if held is None:
                return Judgement(Verdict.WAIT, text("what of {contract} was opened today is unknown", contract=title))
            key = (order.contract, order.side, effect)
            done[key] += order.quantity
            if done[key] + working > held:
                covers = _DOES_NOT_COVER[effect]
                what = Text(covers.template, {"contract": title, "quantity": order.quantity})
                # What works may end without filling; a position that is gone does not come back.
                return Judgement(Verdict.WAIT if done[key] <= held else Verdict.REFUSE, what)
    return None


_DOES_NOT_COVER: Final[Mapping[Effect | None, Text]] = {
    None: text("the position in {contract} does not cover {quantity}"),
    Effect.CLOSE_TODAY: text("what of {contract} was opened today does not cover {quantity}"),
    Effect.CLOSE_YESTERDAY: text("what of {contract} was opened on earlier days does not cover {quantity}"),
}


def _bounds(order: InstructionOrder, standing: Standing) -> Iterator[tuple[Effect | None, int | None, int]]:
    """What an order may close, with all others of the same effect (None: of any), and what works on that already."""
    sells = order.side is Side.SELL
    working, long, short = standing.selling if sells else standing.buying, standing.long, standing.short
    if order.covers:
        return
    if order.effect is Effect.LOCK:
        # A lock adds to the other side up to what is held; a close takes from this side no more than is held.
        yield None, abs(long - short) if (long > short) is sells else 0, working
        return
    held = long if sells else short
    yield None, held, working
    if order.effect is not Effect.CLOSE:
        today = None if standing.today is None else standing.today[0 if sells else 1]
        part = today if today is None or order.effect is Effect.CLOSE_TODAY else held - today
        yield order.effect, part, standing.working.get((order.side, order.effect), 0)


def _against_locks(instruction: Instruction, circumstances: Circumstances) -> Judgement | None:
    """What is against locks: each opens, beside nothing of the other side, and covers what is still there."""
    closed: dict[tuple[str, Side], int] = defaultdict(int)
    covered: dict[tuple[str, Side], int] = defaultdict(int)
    for order in instruction.orders:
        if order.effect is not Effect.LOCK:
            closed[order.contract, order.side] += order.quantity
    for lock in _locks(instruction):
        away = Side.SELL if lock.covered > 0 else Side.BUY
        key = (lock.covers, away)
        covered[key] += abs(lock.covered)
        against = _against_lock(lock, circumstances, covered[key], closed[key]) or _against_opening(
            lock, circumstances, closed[lock.contract, Side.BUY] - closed[lock.contract, Side.SELL]
        )
        if against is not None:
            return against
    return None


def _locks(instruction: Instruction) -> list[InstructionOrder]:
    """The locks, slices of one put together again: they cover the same contracts, not each as many."""
    locks: dict[tuple[str, Side, str, int], InstructionOrder] = {}
    for order in instruction.orders:
        if order.covers:
            key = (order.contract, order.side, order.covers, order.covered)
            so_far = locks[key].quantity if key in locks else 0
            locks[key] = replace(order, quantity=so_far + order.quantity)
    return list(locks.values())


def _against_lock(lock: InstructionOrder, circumstances: Circumstances, covered: int, closed: int) -> Judgement | None:
    """What is against it where the position that it covers is smaller than signed, or less than the lock itself."""
    title, covers = (Contract.parse(name).title for name in (lock.contract, lock.covers))
    own, position = (circumstances.standings.get(name) for name in (lock.contract, lock.covers))
    if own is None or position is None:
        return Judgement(Verdict.REFUSE, text("{contract} is not held", contract=covers))
    long = lock.covered > 0
    held, leaves = (position.long, position.selling) if long else (position.short, position.buying)
    if not circumstances.gross:
        held = max(0, position.long - position.short if long else position.short - position.long)
    if covered + closed + leaves > held:
        what = text("the position in {contract} is no longer as large as what is to be locked", contract=covers)
        return Judgement(Verdict.WAIT if covered + closed <= held else Verdict.REFUSE, what)
    if own.delta is None or position.delta is None:
        return Judgement(Verdict.WAIT, text("the parameters do not say what {contract} covers", contract=title))
    risk = position.delta * lock.covered
    taken = own.delta * (lock.quantity if lock.side is Side.BUY else -lock.quantity)
    if risk * taken >= 0 or abs(taken) > abs(risk):
        what = text("the lock in {contract} is more than covers {position}", contract=title, position=covers)
        return Judgement(Verdict.REFUSE, what)
    return None


def _against_opening(lock: InstructionOrder, circumstances: Circumstances, traded: int) -> Judgement | None:
    """What is against it where the account holds the other side there: the lock would close, and not open."""
    standing = circumstances.standings[lock.contract]
    net = standing.long - standing.short + traded
    if circumstances.gross or not (net > 0 if lock.side is Side.SELL else net < 0):
        return None
    title = Contract.parse(lock.contract).title
    return Judgement(Verdict.REFUSE, text("{contract} is held on the other side: it is no lock", contract=title))


def _by_price(order: InstructionOrder, price: int | None) -> Judgement | None:
    title = Contract.parse(order.contract).title
    if price is None:
        return Judgement(Verdict.WAIT, text("{contract} has no fresh price", contract=title))
    if order.lowest <= price <= order.highest:
        return None
    shown = format_scaled(price, PRICE_DECIMALS)
    return Judgement(Verdict.REQUOTE, text("{contract} at {price} is outside the collar", contract=title, price=shown))
