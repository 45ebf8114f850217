"""What the gate asks of the engine: the check on one state of the desk."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from engine.decision import Request
from engine.order_case import PreTrade
from engine.pre_trade import Basis
from engine.reservations import Strategy
from engine.working_book import AllWorking, Held


class Checks(Protocol):
    """The engine's check on one state of the desk."""

    @property
    def basis(self) -> Basis:
        """What it rests on."""
        ...

    def beside(self, held: Held) -> AllWorking:
        """What is working, and what is held headroom for."""
        ...

    def make_ready(self) -> bool:
        """Do a little of what the next orders would have to wait for; False where nothing is left to do."""
        ...

    def check(
        self,
        request: Request,
        working: Sequence[Strategy] | None,
        everywhere: AllWorking | None = None,
        *,
        briefly: bool = False,
    ) -> PreTrade:
        """Check orders beside those that are working already in the account (None: as everywhere) and everywhere."""
        ...

    def reduces(self, request: Request, working: Sequence[Strategy]) -> bool:
        """Whether the orders only bring positions closer to flat, whatever becomes of the working ones."""
        ...
