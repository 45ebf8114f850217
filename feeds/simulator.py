"""The sample exchange as a process: ``python -m feeds.simulator``.

When everything is published it prints one line of JSON with the endpoints it listens on, then runs until it is told to
stop (SIGINT, SIGTERM) or, with ``--exit-with-parent``, until its standard input closes; lines that come there before
are events of an exercise (`feeds.sample_exercise`).
"""

from __future__ import annotations

import argparse
import json
import logging
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from importlib import resources
from pathlib import Path

import zmq

from engine.instruments import Contract
from engine.numbers import PRICE_DECIMALS, parse_scaled
from engine.span.conventions import convention_of, named_convention
from engine.span.reading import read_parameters
from engine.text import BadInputError, text
from feeds.clock import MILLISECOND, SECOND, Clock, SystemClock
from feeds.order_server import OrderServer
from feeds.parent_watch import watch_parent
from feeds.publisher import Endpoints, Publisher
from feeds.sample_exchange import STEP, SampleExchange, Size
from feeds.sample_exercise import HeardEvents, read_book
from feeds.sample_orders import FILLED_A_STEP, Rules
from feeds.sample_scene import read_scene
from feeds.sockets import Context

ANYWHERE = "tcp://127.0.0.1:*"
STEPS_A_TURN = 5

_logger = logging.getLogger(__name__)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the process; its exit code: 0 when told to stop, 2 for bad input."""
    options = _arguments().parse_args(arguments)
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    events = HeardEvents()
    if options.exit_with_parent:
        threading.Thread(target=watch_parent, args=(stop, events.hear), name="parent watch", daemon=True).start()
    context: Context = zmq.Context()
    try:
        _serve(context, options, stop, events)
    except BadInputError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    finally:
        context.term()
    return 0


def run(
    exchange: SampleExchange,
    publisher: Publisher,
    orders: OrderServer,
    clock: Clock,
    stopped: Callable[[], bool],
    events: HeardEvents,
) -> None:
    """Step the exchange in real time and serve its subscribers until ``stopped`` says so.

    An exchange that cannot keep up falls behind the clock rather than letting heartbeats wait.
    """
    poller = zmq.Poller()
    for socket in (*publisher.poll_sockets(), *orders.poll_sockets()):
        poller.register(socket, zmq.POLLIN)
    due = clock.monotonic_ns()
    while not stopped():
        for event in events.take():
            exchange.happen(event)
        for _ in range(STEPS_A_TURN):
            if clock.monotonic_ns() < due:
                break
            exchange.step()
            orders.step()
            due += STEP
            publisher.service()
        orders.service()
        publisher.service()
        now = clock.monotonic_ns()
        if now - due > SECOND:
            _logger.warning("the sample exchange is %d ms behind its clock", (now - due) // MILLISECOND)
            due = now
        poller.poll(0 if publisher.busy else max(0, (due - now) // MILLISECOND))


def _serve(context: Context, options: argparse.Namespace, stop: threading.Event, events: HeardEvents) -> None:
    clock = SystemClock()
    groups = options.groups or max(1, options.accounts // 8)
    size = Size(options.accounts, groups, options.positions, options.quotes, options.fills, options.seed, options.still)
    if size.groups > size.accounts:
        raise BadInputError(
            "--groups",
            text("{groups} groups for {accounts} accounts", groups=size.groups, accounts=size.accounts),
            text("ask for as many accounts as groups, or more"),
        )
    parameters = read_parameters(options.parameters)
    code = parameters.origin.clearing_organisation
    convention = named_convention(options.convention) if options.convention else convention_of(code)
    endpoints = Endpoints(options.positions_endpoint, options.snapshot_endpoint, options.quotes_endpoint)
    kept_out = (frozenset(options.locked), frozenset(options.refused))
    limit_down = dict(map(_limit_down, options.limit_down))
    rules = Rules(*kept_out, options.filled_a_step, together=not options.no_legs, limit_down=limit_down)
    with ExitStack() as opened:
        publisher = Publisher(context, endpoints, clock)
        opened.callback(publisher.close)
        scene = read_scene(options.scene) if options.scene is not None else None
        book = read_book(options.book, parameters) if options.book is not None else ()
        exchange = SampleExchange(parameters, convention, size, publisher, clock, rules, scene, book)
        orders = OrderServer(context, options.orders_endpoint, exchange.orders, publisher.session, clock)
        opened.callback(orders.close)
        exchange.open()
        try:
            sys.stdout.write(json.dumps(_announcement(publisher, orders, exchange)) + "\n")
            sys.stdout.flush()
        except BrokenPipeError:
            _logger.info("nobody reads the standard output any more")
            return
        run(exchange, publisher, orders, clock, stop.is_set, events)


def _limit_down(words: str) -> tuple[str, int]:
    contract, _, price = words.partition("=")
    try:
        return str(Contract.parse(contract)), parse_scaled(price, PRICE_DECIMALS)
    except ValueError:
        what = text("{words} is no price", words=repr(price))
        raise BadInputError("--limit-down", what, text("write CONTRACT=PRICE")) from None


def _announcement(publisher: Publisher, orders: OrderServer, exchange: SampleExchange) -> dict[str, object]:
    endpoints = publisher.endpoints
    return {
        "positions": endpoints.positions,
        "snapshots": endpoints.snapshots,
        "quotes": endpoints.quotes,
        "orders": orders.endpoint,
        "session": publisher.session.hex(),
        "accounts": len(exchange.accounts),
        "contracts": len(exchange.quoted),
    }


def _whole(lowest: int, highest: int) -> Callable[[str], int]:
    """A reader of whole numbers within bounds."""

    def read(number: str) -> int:
        if not number.isascii() or not number.isdecimal() or not lowest <= int(number) <= highest:
            raise argparse.ArgumentTypeError(
                str(text("expected a whole number from {lowest} to {highest}", lowest=lowest, highest=highest))
            )
        return int(number)

    return read


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m feeds.simulator", description=str(text("Sample exchange: invented accounts, quotes and fills"))
    )
    bundled = str(resources.files("resources").joinpath("sample", "market.spn"))
    parser.add_argument("--parameters", default=bundled, help=str(text("parameter file; the sample market by default")))
    parser.add_argument("--convention", help=str(text("rounding convention; by default the clearing organisation's")))
    numbers = (
        ("--accounts", 10, 10_000, 200, text("number of accounts")),
        ("--groups", 1, 10_000, None, text("number of groups; an eighth of the accounts by default")),
        ("--positions", 1, 1_000, 20, text("contracts an account holds on average")),
        ("--quotes", 10, 50_000, 2_000, text("quotes a second")),
        ("--fills", 0, 1_000, 5, text("fills a second")),
        ("--seed", 0, 2**63 - 1, 1, text("same seed, same stream")),
        ("--filled-a-step", 1, 10**9, FILLED_A_STEP, text("contracts of an order filled at once, 50 times a second")),
    )
    for name, lowest, highest, usual, meaning in numbers:
        parser.add_argument(name, type=_whole(lowest, highest), default=usual, help=str(meaning))
    for name, meaning in (
        ("--positions-endpoint", text("where positions and money are published")),
        ("--snapshot-endpoint", text("where the whole book is answered")),
        ("--quotes-endpoint", text("where quotes are published")),
        ("--orders-endpoint", text("where orders are taken")),
    ):
        parser.add_argument(name, default=ANYWHERE, help=str(meaning))
    for name, meaning in (
        ("--locked", text("contract that stands still: orders in it are never filled")),
        ("--refused", text("contract that no order is taken in")),
    ):
        parser.add_argument(name, metavar="CONTRACT", action="append", default=[], help=str(meaning))
    parser.add_argument(
        "--limit-down",
        metavar="CONTRACT=PRICE",
        action="append",
        default=[],
        help=str(text("contract at its lower price limit: nobody bids, nothing is sold there")),
    )
    parser.add_argument("--no-legs", action="store_true", help=str(text("take no orders of several legs")))
    parser.add_argument("--still", action="store_true", help=str(text("quote prices that never move")))
    parser.add_argument("--book", type=Path, help=str(text("file of a copied book to open with; nothing is invented")))
    parser.add_argument("--scene", type=Path, help=str(text("file of a scene: accounts that come to the exchange")))
    parser.add_argument(
        "--exit-with-parent", action="store_true", help=str(text("end when the standard input is closed"))
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
