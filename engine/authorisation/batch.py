"""Several accounts to be proposed or approved in one sitting: what a person has looked at, and so may sign.

Every account keeps an instruction and a signature of its own; a batch is only what one person goes through, page by
page. A page that cannot be signed never keeps the others from being signed, and nothing is signed that was not visited.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from engine.authorisation.instruction import Instruction, code_as_typed
from engine.authorisation.people import Role
from engine.text import Text

MOST: Final = 20
"""Accounts of a batch: more cannot be read and signed by two people within the approval time."""


class Stage(StrEnum):
    """Where an account of a batch stands."""

    AWAITED = "awaited"
    """Its plan is being found."""
    OPEN = "open"
    SIGNING = "signing"
    SIGNED = "signed"
    LEFT_OUT = "left out"
    """By the person; may be put back."""
    OUT = "out"
    """For good; the page says why."""


@dataclass(frozen=True)
class Page:
    """One account of a batch.

    Attributes:
        account: Its name.
        stage: Where it stands.
        instruction: What would be signed; None while its plan is being found, or where there is none.
        roles: In which the person may sign it.
        code_wanted: Whether the code that another station shows has to be typed in.
        shown_at: Wall nanoseconds at which it first came on screen; 0 before.
        read: Whether it has been on screen long enough to be read.
        typed: The code as typed.
        obstacle: Why it cannot be signed just now; it may pass.
        reason: Why it is out, or why the last signature was refused.
        left: Nanoseconds until it expires; None where no time runs.
    """

    account: str
    stage: Stage = Stage.AWAITED
    instruction: Instruction | None = None
    roles: tuple[Role, ...] = ()
    code_wanted: bool = False
    shown_at: int = 0
    read: bool = False
    typed: str = ""
    obstacle: Text | None = None
    reason: Text | None = None
    left: int | None = None

    @property
    def has_code(self) -> bool:
        """Whether the code, where one is wanted, is that of the instruction."""
        if not self.code_wanted:
            return True
        return self.instruction is not None and code_as_typed(self.typed) == self.instruction.code

    @property
    def is_visited(self) -> bool:
        """Whether the person has seen this very instruction, and typed its code where one is wanted."""
        return self.instruction is not None and self.read and self.has_code

    @property
    def is_ready(self) -> bool:
        """Whether nothing but a visit stands between it and a signature."""
        return self.stage is Stage.OPEN and self.instruction is not None and self.obstacle is None

    @property
    def is_signable(self) -> bool:
        """Whether it may be signed now."""
        return self.is_ready and self.is_visited

    @property
    def holds_back(self) -> bool:
        """Whether the batch waits for it: it could be signed, or soon can, and has not been visited."""
        return self.stage is Stage.AWAITED or (self.is_ready and not self.is_visited)


@dataclass(frozen=True)
class Batch:
    """The accounts in the sequence in which they are looked at."""

    pages: tuple[Page, ...]

    @property
    def waiting(self) -> tuple[int, ...]:
        """Places that the batch waits for."""
        return self._places(lambda page: page.holds_back)

    @property
    def signable(self) -> tuple[int, ...]:
        """Places that may be signed now."""
        return self._places(lambda page: page.is_signable)

    @property
    def is_under_way(self) -> bool:
        """Whether signatures are on their way."""
        return any(page.stage is Stage.SIGNING for page in self.pages)

    @property
    def may_submit(self) -> bool:
        """Whether every account that can be signed was visited, and there is one."""
        return bool(self.signable) and not self.waiting and not self.is_under_way

    def next_unvisited(self, after: int) -> int | None:
        """The next place that can be signed and was not visited, round the end; None where there is none."""
        places = self._places(lambda page: page.is_ready and not page.is_visited)
        return next((place for place in places if place > after), places[0] if places else None)

    def place_of(self, fingerprint: bytes) -> int | None:
        """Where an instruction stands."""
        found = self._places(lambda page: page.instruction is not None and page.instruction.fingerprint == fingerprint)
        return found[0] if found else None

    def changed(self, place: int, **changes: object) -> Batch:
        """With a page changed; a page that has got another instruction has not been visited."""
        page = self.pages[place]
        if changes.get("instruction", page.instruction) is not page.instruction:
            changes = {"shown_at": 0, "read": False, "typed": "", **changes}
        fresh = replace(page, **changes)  # type: ignore[arg-type]
        return self if fresh == page else Batch((*self.pages[:place], fresh, *self.pages[place + 1 :]))

    def left_out(self, place: int) -> Batch:
        """With an account left out, or put back; what is signed or out for good stays as it is."""
        page = self.pages[place]
        if page.stage is Stage.LEFT_OUT:
            return self.changed(place, stage=Stage.OPEN if page.instruction is not None else Stage.AWAITED)
        return self.changed(place, stage=Stage.LEFT_OUT) if page.stage in (Stage.AWAITED, Stage.OPEN) else self

    def submitted(self) -> Batch:
        """With everything that may be signed on its way; nothing else has changed."""
        if not self.may_submit:
            return self
        chosen, batch = self.signable, self
        for place in chosen:
            batch = batch.changed(place, stage=Stage.SIGNING, reason=None)
        return batch

    def settled(self, place: int, refusal: Text | None) -> Batch:
        """With what came of one signature: signed, or open again with the reason for the refusal."""
        if self.pages[place].stage is not Stage.SIGNING:
            return self
        if refusal is None:
            return self.changed(place, stage=Stage.SIGNED, obstacle=None, left=None)
        return self.changed(place, stage=Stage.OPEN, reason=refusal)

    def _places(self, wanted: Callable[[Page], bool]) -> tuple[int, ...]:
        return tuple(place for place, page in enumerate(self.pages) if wanted(page))
