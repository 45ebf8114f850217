"""A short conversation of a command with an authority: connect, ask, wait for the answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Final

import zmq

from engine.authorisation.picture import AuthorityAnswer, AuthorityPicture
from engine.snapshot import FeedState
from engine.text import UserFacingError, text
from feeds.authority_client import AuthorityClient
from feeds.clock import SECOND, Clock, SystemClock
from feeds.curve import CurveClient

PATIENCE: Final = 10 * SECOND
TURN: Final = 50
"""Milliseconds."""


class AuthorityLine:
    """A client that waits.

    Args:
        client: Served by whoever waits.
        clock: Time.
    """

    def __init__(self, client: AuthorityClient, clock: Clock) -> None:
        self._client, self._clock = client, clock

    @property
    def client(self) -> AuthorityClient:
        """To ask with."""
        return self._client

    def picture(self) -> AuthorityPicture:
        """What the authority has said, complete.

        Raises:
            UserFacingError: It does not answer, or is not to be believed.
        """
        self.until(lambda: self._client.state in (FeedState.LIVE, FeedState.SUSPECT))
        picture = self._client.picture()
        if picture.fault is not None:
            raise UserFacingError(picture.fault)
        return picture

    def answer(self, request: bytes) -> None:
        """Wait for the answer to a question.

        Raises:
            UserFacingError: It was refused, or there is no answer.
        """
        answers: dict[bytes, AuthorityAnswer] = {}

        def has_come() -> bool:
            answers.update((answer.request, answer) for answer in self._client.take_answers())
            return request in answers

        self.until(has_come)
        if not answers[request].accepted:
            raise UserFacingError(answers[request].reason or text("the authority refused it"))

    def until(self, condition: Callable[[], object]) -> None:
        """Serve the line until something holds.

        Raises:
            UserFacingError: It did not within 10 s.
        """
        deadline = self._clock.monotonic_ns() + PATIENCE
        while not condition():
            if self._clock.monotonic_ns() > deadline:
                raise UserFacingError(
                    text("the authority does not answer; see that it runs and that its address is right")
                )
            self._client.poll_sockets()[0].poll(TURN)
            self._client.service()


@contextmanager
def authority_line(endpoint: str, curve: CurveClient | None = None) -> Iterator[AuthorityLine]:
    """A line to the authority at ``endpoint``.

    Raises:
        BadInputError: An endpoint that may not be used.
    """
    with ExitStack() as opened:
        context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        opened.callback(context.term)
        clock = SystemClock()
        client = AuthorityClient(context, endpoint, clock, curve=curve)
        opened.callback(client.close)
        yield AuthorityLine(client, clock)
