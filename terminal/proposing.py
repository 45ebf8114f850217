"""A plan as a draft that its maker can sign: the instruction with how it came about, and what is kept beside it."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from hashlib import sha256
from importlib.metadata import version

from engine.authorisation.expected import Expected
from engine.authorisation.instruction import GenerationPath, Instruction, Stage
from engine.liquidation.inputs import inputs_of
from engine.liquidation.plan import Plan
from engine.liquidation.proposal import Wish, expected_of, instruction_of
from engine.text import BadInputError, text
from terminal.planning import Basis

SESSION = 16


@dataclass(frozen=True, slots=True)
class Drafted:
    """What is put before the approvers.

    Attributes:
        instruction: What is signed.
        expected: What the plan promises.
        inputs: What the plan was computed from.
    """

    instruction: Instruction
    expected: Expected
    inputs: bytes


def drafted(plan: Plan, basis: Basis, wish: Wish, settings: bytes, now: int) -> Drafted:
    """The draft of ``plan``.

    Args:
        plan: As it stands on screen.
        basis: What it was found on.
        wish: What its maker adds; an identity is drawn here.
        settings: Content of the settings in force.
        now: Wall nanoseconds.

    Raises:
        BadInputError: It cannot be an instruction, or the positions it rests on were never LIVE.
    """
    view, positions = basis.view, basis.view.positions
    if len(positions.session) != SESSION:
        what = text("the positions it rests on have never been LIVE")
        raise BadInputError(plan.account, what, text("wait for the feed, and plan again"))
    inputs, expected = inputs_of(plan, view.state, view.universe, basis.trading), expected_of(plan)
    path = GenerationPath(
        positions.session,
        positions.sequence,
        positions.digest,
        sha256(view.state.price.tobytes()).digest(),
        bytes.fromhex(view.snapshot.parameters.sha256),
        version("palisade"),
        sha256(settings).digest(),
        sha256(inputs).digest(),
        expected.digest,
        (
            Stage("snapshot", view.snapshot.as_of, view.snapshot.as_of),
            Stage("plan", basis.started, basis.ended),
            Stage("draft", now, now),
        ),
    )
    wish = replace(wish, identity=secrets.token_bytes(16))
    return Drafted(instruction_of(plan, wish, path), expected, inputs)
