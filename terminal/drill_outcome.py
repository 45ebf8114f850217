"""What came of a drill: which step was reached when, and which one was not."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final

from engine.close_slippage import Sum
from engine.text import Text, text


class DrillStep(Enum):
    """A step, in the sequence in which they are gone through: its name in documents, and for a person."""

    PREPARED = ("prepared", text("Prepared: processes and people are there"))
    SHOCKED = ("shocked", text("Shock applied to the copy"))
    DETECTED = ("detected", text("Shortfall detected by the desk"))
    FIRST_PLAN = ("first_plan", text("First plan"))
    ALL_PLANS = ("all_plans", text("All plans"))
    PROPOSED = ("proposed", text("Proposed by the maker"))
    FIRST_SIGNATURE = ("first_signature", text("First signature"))
    LEFT_COLLAR = ("market_left_collar", text("Market outside the signed collar"))
    SECOND_SIGNATURE = ("second_signature", text("Second signature"))
    REQUOTED = ("requoted", text("Executor gate: to be quoted again"))
    PLANNED_AGAIN = ("planned_again", text("Planned again"))
    PROPOSED_AGAIN = ("proposed_again", text("Another instruction proposed"))
    FIRST_SIGNATURE_AGAIN = ("first_signature_again", text("First signature again"))
    SECOND_SIGNATURE_AGAIN = ("second_signature_again", text("Second signature again"))
    AT_EXCHANGE = ("order_at_exchange", text("First order at the sample exchange"))
    FIRST_FILL = ("first_fill", text("First fill"))
    LAST_FILL = ("last_fill", text("Last fill"))
    BACK = ("back_under_line", text("Account back under its call line"))
    VERIFIED = ("verified", text("Processes ended, records verified"))

    def __init__(self, key: str, title: Text) -> None:
        self.key = key
        self.title = title


ONLY_MOVING: Final = frozenset(
    {
        DrillStep.LEFT_COLLAR,
        DrillStep.REQUOTED,
        DrillStep.PLANNED_AGAIN,
        DrillStep.PROPOSED_AGAIN,
        DrillStep.FIRST_SIGNATURE_AGAIN,
        DrillStep.SECOND_SIGNATURE_AGAIN,
    }
)
"""Steps of a drill whose market moves."""


def steps_of(*, moving: bool) -> list[DrillStep]:
    """The steps of a drill, in their sequence."""
    return [step for step in DrillStep if moving or step not in ONLY_MOVING]


class Source(Enum):
    """By whose clock a step is told; all of them are this machine's."""

    DRILL = ("drill", text("the drill"))
    RECORD = ("record", text("audit record"))
    EXCHANGE = ("exchange", text("sample exchange"))

    def __init__(self, key: str, title: Text) -> None:
        self.key = key
        self.title = title


@dataclass(frozen=True, slots=True)
class Reached:
    """When a step was reached, wall nanoseconds, and who says so."""

    wall: int
    source: Source = Source.DRILL


@dataclass(frozen=True, slots=True)
class Standing:
    """The account at a moment; money scale and ratio scale, `NOT_COMPUTABLE` where unknown."""

    equity: int
    margin: int
    ratio: int


@dataclass(frozen=True, slots=True)
class Requoted:
    """An instruction that the executor gate did not send, because the market had left it.

    Attributes:
        fingerprint: Of the instruction, hexadecimal.
        contract: Whose market left its collar.
        price: Price scale: where it had come to.
        collar: Price scale: lowest and highest price that was signed.
        reason: In the gate's words.
    """

    fingerprint: str
    contract: str
    price: int
    collar: tuple[int, int]
    reason: Text


@dataclass(frozen=True, slots=True)
class Drilled:
    """Everything a report of a drill tells.

    Attributes:
        parameters: Name of the parameter file.
        positions: Name of the positions file; None where the sample exchange invented them.
        account: Whose shortfall was played; empty where the drill did not come so far.
        currency: Of its money.
        loss: Money scale: what the shock took; None where it was not applied.
        lines: Ratio scale: warning, call and forced-close line.
        before, after, final: The account before the shock, after it, and at the end; None where not reached.
        orders: Orders of the last instruction.
        contracts: Contracts of all of them.
        fingerprint: Of that instruction, hexadecimal; empty where there was none.
        steps: Those that were reached.
        failed: The step that was not, and why; None where it came through.
        findings: What the verification of each record store found.
        seed: Of the walk of prices; None where they stood still.
        requoted: The instruction before, which the market had left; None where there was none.
        slippage: Of the fills, by currency; empty where the drill did not come so far.
    """

    parameters: str
    positions: str | None
    account: str
    currency: str
    loss: int | None
    lines: tuple[int, int, int]
    before: Standing | None
    after: Standing | None
    final: Standing | None
    orders: int
    contracts: int
    fingerprint: str
    steps: dict[DrillStep, Reached]
    failed: tuple[DrillStep, Text] | None
    findings: tuple[tuple[str, bool, Text], ...]
    seed: int | None = None
    requoted: Requoted | None = None
    slippage: tuple[Sum, ...] = ()
