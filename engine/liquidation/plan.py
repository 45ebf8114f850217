"""A forced close as planned: orders, what each frees and costs, and where the account stands after each of them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from engine.authorisation.moments import SIGNATURE_TIME
from engine.decision import Figures
from engine.instruments import Contract
from engine.numbers import RATIO
from engine.opened_today import ASKING
from engine.text import Text

MINUTE = 60 * 10**9


class Aim(StrEnum):
    """What a plan is best at; all of them reach the target where it can be reached."""

    CHEAPEST = "cheapest"
    FASTEST = "fastest"
    FEWEST_ORDERS = "fewest orders"
    KEEP_HEDGES = "keep hedges"
    EDITED = "edited"


class Effect(StrEnum):
    """What an order does to positions, as exchanges ask for it."""

    CLOSE = "close"
    CLOSE_TODAY = "close today"
    CLOSE_YESTERDAY = "close yesterday"
    LOCK = "lock"
    """Opens a position that covers one that cannot be traded; the only order of a plan that opens anything."""


@dataclass(frozen=True, slots=True)
class Execution:
    """How a forced close may trade.

    Attributes:
        target: Risk ratio to come down to, ratio scale.
        participation: Largest share of average daily volume, ratio scale.
        slice_length: Nanoseconds between two slices of an order.
        day_length: Nanoseconds of trading that the average daily volume is spread over.
        compensation: What the expected market impact is multiplied by in a limit price, ratio scale.
        deciding: Nanoseconds from the proposal to the orders in which the market may move on, as limit prices allow
            for; as long as people and gate may take, unless told.
        deviations: How many standard deviations of that time it may move, ratio scale.
        close_today: Exchanges that tell today's positions from earlier ones.
    """

    target: int
    participation: int = RATIO // 10
    slice_length: int = 5 * MINUTE
    day_length: int = 360 * MINUTE
    compensation: int = RATIO * 3 // 2
    deciding: int = SIGNATURE_TIME
    deviations: int = RATIO * 2
    close_today: frozenset[str] = ASKING


@dataclass(frozen=True, slots=True)
class Slice:
    """A part of an order: nanoseconds after the start, and contracts."""

    after: int
    quantity: int


@dataclass(frozen=True, slots=True)
class Draft:
    """An order as a search or a person makes it.

    Attributes:
        contract: What to trade.
        quantity: Contracts, positive bought, negative sold.
        bundle: Drafts of the same number above 0 are one order: all of them trade, or none.
        lock_for: The untradable position that it covers, for a lock; None for an order that closes.
        covered: Contracts of that position, negative short; 0 for an order that closes.
    """

    contract: Contract
    quantity: int
    bundle: int = 0
    lock_for: Contract | None = None
    covered: int = 0


@dataclass(frozen=True, slots=True)
class PlannedOrder:
    """One order of a plan. Money in the account's own currency, money scale; prices in price scale.

    Attributes:
        contract: What to trade.
        quantity: Contracts, positive bought, negative sold.
        effect: What it does to positions.
        reference: The price that equity is marked at.
        touch: What is bid or offered now.
        allowance: How far the limit goes for the time until the order is sent; 0 or more.
        expected: Average price that is expected.
        limit: Limit price: the touch, compensated for slippage, the allowance, within the exchange's price limits.
        cost: Expected loss against the reference, fees included as far as they are known.
        fee: What of it is fees; `NOT_COMPUTABLE` where they are not known.
        worst_cost: The same where all is filled at the limit.
        slices: When how much is sent.
        bundle: Orders of the same number above 0 stand together and are sent as one: all of them trade, or none.
        lock_for: The position that a `Effect.LOCK` covers.
        covered: Contracts of that position, negative short.
    """

    contract: Contract
    quantity: int
    effect: Effect
    reference: int
    touch: int
    allowance: int
    expected: int
    limit: int
    cost: int
    fee: int
    worst_cost: int
    slices: tuple[Slice, ...]
    bundle: int = 0
    lock_for: Contract | None = None
    covered: int = 0


@dataclass(frozen=True, slots=True)
class Step:
    """The account after an order and all before it; ``freed`` is margin before less margin after that order.

    Orders of a bundle trade at the same moment: each is followed by the account after all of them, and the last one has
    what they free together.
    """

    figures: Figures
    freed: int


@dataclass(frozen=True, slots=True)
class Untradable:
    """A position that no order can be planned for, and why."""

    contract: Contract
    held: int
    reason: Text


@dataclass(frozen=True, slots=True)
class Plan:
    """Orders that bring an account down to its target, computed exactly on one state of the desk.

    Attributes:
        aim: What it is best at.
        account: Whose.
        currency: Of all money in it: the account's own.
        sequence: Of the desk's state.
        parameters: Version of the parameters.
        execution: Target, and how it may trade.
        before: The account as it is.
        orders: In the order they are to be sent.
        steps: One for each order.
        cost: Expected cost of all orders.
        worst_cost: Cost where everything is filled at its limit.
        duration: Nanoseconds until the last slice is sent.
        reached: Whether the target is reached after the last order.
        untradable: Positions left out.
        reasons: Why it is not reached, or what its figures leave out.
    """

    aim: Aim
    account: str
    currency: str
    sequence: int
    parameters: str
    execution: Execution
    before: Figures
    orders: tuple[PlannedOrder, ...]
    steps: tuple[Step, ...]
    cost: int
    worst_cost: int
    duration: int
    reached: bool
    untradable: tuple[Untradable, ...]
    reasons: tuple[Text, ...]

    @property
    def target(self) -> int:
        """Risk ratio to come down to, ratio scale."""
        return self.execution.target

    @property
    def after(self) -> Figures:
        """The account after the last order."""
        return self.steps[-1].figures if self.steps else self.before

    @property
    def freed(self) -> int:
        """Margin freed by all orders, money scale; negative where margin rises."""
        return sum(step.freed for step in self.steps)


@dataclass(frozen=True, slots=True)
class PlanQuestion:
    """What is to be planned: an account brought down to a target, or orders that a person edited.

    Attributes:
        account: Its name.
        execution: Target, and how it may trade.
        drafts: The edited orders; None where plans are to be found.
    """

    account: str
    execution: Execution
    drafts: tuple[Draft, ...] | None = None


@dataclass(frozen=True, slots=True)
class PlanAnswer:
    """What has been found so far.

    Attributes:
        question: What was asked.
        as_of: Wall nanoseconds of the figures it rests on.
        authoritative: Whether every feed was LIVE then.
        plans: In the sequence in which they were found.
        finished: Whether there is more to come.
        problem: Why there is no plan.
    """

    question: PlanQuestion
    as_of: int
    authoritative: bool
    plans: tuple[Plan, ...] = ()
    finished: bool = False
    problem: Text | None = None
