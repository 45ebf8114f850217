"""Order gateways: how orders leave for an exchange or broker, and how what becomes of them comes back.

One interface, several lines behind it: `feeds.sample_gateway` to the sample exchange, `feeds.fix_gateway` to anyone who
speaks FIX 4.4. A gateway belongs to the one thread that calls it, and never waits.

What a caller may rely on, whatever the line:

- ``send`` with the same identity never makes a second order.
- An order that could not be handed to the line raises `NotSentError` and surely has not left.
- After a lost line or a crash nobody knows what became of an order until ``ask`` has been answered: by a report, which
  is `OrderState.NOT_KNOWN` where the other side has never seen the order. No line sends an order by itself later on.
- Reports come in order for one identity; the same report may come twice.
- What is sent is a package: an order, or a group that is one order to the other side. A line that cannot carry a group
  as one says so before anything leaves, and never sends its legs one by one.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Protocol

from engine.routing import OrderReport, Package
from engine.text import Text, UserFacingError
from feeds.sockets import Socket


class LineState(StrEnum):
    """Whether orders can be handed to a line now."""

    CONNECTING = "connecting"
    LIVE = "live"
    DOWN = "down"


class NotSentError(UserFacingError):
    """An order has surely not left."""


class OrderGateway(Protocol):
    """A line that takes orders."""

    @property
    def state(self) -> LineState:
        """Whether the line is live."""
        ...

    def poll_sockets(self) -> list[Socket]:
        """Sockets to poll for input; none where the line has no ZeroMQ sockets, then call `service` often."""
        ...

    def service(self) -> Sequence[OrderReport]:
        """Do what is due, and what has become of orders since the last call."""
        ...

    def problem(self, package: Package) -> Text | None:
        """Why this line cannot carry it, whatever its state; None where it can. Asked while the line is live."""
        ...

    def send(self, package: Package) -> None:
        """Hand it to the line, as one message.

        Raises:
            NotSentError: The line is not live, cannot carry it, or did not take it.
        """
        ...

    def cancel(self, package: Package) -> None:
        """Ask for what is left of it to be withdrawn; a report tells what came of it, if the line is live."""
        ...

    def ask(self, package: Package) -> None:
        """Ask where it stands; a report tells, as soon as the line is live."""
        ...

    def close(self) -> None:
        """Close the line; orders that work go on working at the other side."""
        ...
