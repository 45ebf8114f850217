"""The publisher printed in the README works as printed: its own process, real sockets, the real subscribers."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.book import PositionBook
from engine.instruments import Contract
from engine.market import MarketBook
from engine.numbers import MONEY, NOT_COMPUTABLE, PRICE
from engine.snapshot import FeedState
from feeds.clock import SystemClock
from feeds.positions import PositionsFeed
from feeds.quotes import QuotesFeed
from tests.feeds.conftest import Context
from tests.feeds.driving import content, until

CRUDE = Contract("SIM", "CL", "FUT", "202701")


@pytest.fixture(scope="module")
def endpoints() -> list[str]:
    listeners = [socket.create_server(("127.0.0.1", 0)) for _ in range(3)]
    ports = [listener.getsockname()[1] for listener in listeners]
    for listener in listeners:
        listener.close()
    return [f"tcp://127.0.0.1:{port}" for port in ports]


@pytest.fixture
def publisher(project_root: Path, endpoints: list[str]) -> Iterator[subprocess.Popen[bytes]]:
    (program,) = re.findall(r"```python\n(.*?)```", (project_root / "README.md").read_text("utf-8"), re.DOTALL)
    for port, endpoint in zip((5601, 5602, 5603), endpoints, strict=True):
        program = program.replace(f"tcp://127.0.0.1:{port}", endpoint)
    process = subprocess.Popen([sys.executable, "-W", "error", "-c", program])
    yield process
    process.kill()
    process.wait(10)


def test_the_publisher_in_the_readme_brings_both_feeds_live(
    publisher: subprocess.Popen[bytes], endpoints: list[str], zmq_context: Context, book: PositionBook
) -> None:
    market = MarketBook(book.universe)
    positions = PositionsFeed(zmq_context, endpoints[0], endpoints[1], book, SystemClock())
    quotes = QuotesFeed(zmq_context, endpoints[2], market, SystemClock())
    column = book.universe.column(CRUDE)
    try:
        until(lambda: positions.state is quotes.state is FeedState.LIVE, positions, quotes)
        until(lambda: market.snapshot().price[column] != NOT_COMPUTABLE, positions, quotes)
    finally:
        positions.close()
        quotes.close()
    accounts, held, money = content(book)
    assert publisher.poll() is None
    assert accounts == {"A-100": ("Harbour fund", "USD")}
    assert held["A-100", str(CRUDE)] == (10, 0, 6840 * PRICE // 100, NOT_COMPUTABLE)
    assert held["A-100", "SIM:ES:OOF:202703:P:6000"] == (0, 5, NOT_COMPUTABLE, 147 * PRICE)
    assert money == {("A-100", "USD"): (250_000 * MONEY, 0)}
    assert market.snapshot().price[column] == 6855 * PRICE // 100
    assert not set(positions.faults.counts) & {"digest", "conflict", "gap", "shape", "encoding"}
