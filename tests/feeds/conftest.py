"""A publisher and a subscriber of its book, on real loopback sockets."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import resources

import pytest
import zmq

from engine.book import PositionBook
from engine.span.arrays import SpanTable
from engine.span.conventions import named_convention
from engine.span.parameters import ParameterSet
from engine.span.reading import read_parameters
from feeds.clock import SystemClock
from feeds.positions import PositionsFeed
from feeds.publisher import Endpoints, Publisher
from feeds.sample_books import SampleMarket
from tests.feeds.driving import empty_universe

ANYWHERE = "tcp://127.0.0.1:*"

Context = zmq.Context[zmq.Socket[bytes]]


@pytest.fixture
def publisher(zmq_context: Context) -> Iterator[Publisher]:
    publisher = Publisher(zmq_context, Endpoints(ANYWHERE, ANYWHERE, ANYWHERE), SystemClock())
    yield publisher
    publisher.close()


@pytest.fixture
def book() -> PositionBook:
    return PositionBook(empty_universe())


@pytest.fixture
def feed(zmq_context: Context, publisher: Publisher, book: PositionBook) -> Iterator[PositionsFeed]:
    endpoints = publisher.endpoints
    feed = PositionsFeed(zmq_context, endpoints.positions, endpoints.snapshots, book, SystemClock())
    yield feed
    feed.close()


@pytest.fixture(scope="session")
def sample_parameters() -> ParameterSet:
    """The bundled sample market."""
    return read_parameters(str(resources.files("resources").joinpath("sample", "market.spn")))


@pytest.fixture(scope="session")
def sample_market(sample_parameters: ParameterSet) -> SampleMarket:
    return SampleMarket(sample_parameters, SpanTable(sample_parameters, named_convention("CME")))
