"""The other side of a FIX line, as a process: ``python -m tests.feeds.fix_acceptor FOLDER [PORT]``.

It fills an order in two parts, but for account HOLD, whose orders work until they are withdrawn, and account REFUSED,
whose orders are rejected. An order of several legs is filled whole, and reported leg by leg as well; of account UNABLE
no such message is understood. What it has taken survives being killed. It says so as soon as it listens.
"""

from __future__ import annotations

import asyncio
import json
import logging
import sys
from pathlib import Path

from fixcore.application import Application
from fixcore.log.base import Log, LogFactory
from fixcore.message.field import Group
from fixcore.message.message import Message
from fixcore.session.session_settings import SessionSettings
from fixcore.transport.acceptor import SocketAcceptor


class Silent(Log):
    def on_incoming(self, message):
        pass

    def on_outgoing(self, message):
        pass

    def on_event(self, text):
        pass


class SilentLogs(LogFactory):
    def create(self, session_id):
        return Silent()


class Exchange(Application):
    """Keeps orders in a file; answers from the event loop."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.orders: dict[str, dict[str, str]] = json.loads(file.read_text()) if file.exists() else {}
        self.acceptor: SocketAcceptor | None = None
        self.tasks: set[asyncio.Task[None]] = set()

    def from_app(self, message, session_id):
        task = asyncio.get_running_loop().create_task(self.answer(message, session_id))
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def answer(self, message, session_id):
        kind, session = message.header.get(35), self.acceptor.sessions[session_id]
        name = message.get(41) or message.get(11)
        if kind == "AB" and message.get(1) == "UNABLE":
            await session.send_app(self.business_reject(message))
        elif kind in ("D", "AB"):
            if name in self.orders:
                await session.send_app(self.report(name, "8", **{"103": "6", "58": "duplicate"}))
                return
            tags = ("1", "18", "38", "44", "54", "55", "77", "167", "200", "563")
            self.orders[name] = {tag: message.get(int(tag)) for tag in tags}
            legs = [dict(leg.items()) for leg in message.get_groups(555)]
            self.orders[name]["legs"] = [{str(tag): value for tag, value in leg.items()} for leg in legs]
            await self.trade(name, session)
        elif kind == "F":
            self.tell(name, "4", self.orders[name]["14"])
            await session.send_app(self.report(name, "4", **{"41": name, "11": message.get(11)}))
        elif name in self.orders:
            await session.send_app(self.report(name, self.orders[name]["39"], **{"150": "I"}))
        else:
            await session.send_app(self.report(name, "8", **{"103": "5", "150": "I"}))

    async def trade(self, name, session):
        order = self.orders[name]
        if order["1"] == "REFUSED":
            self.tell(name, "8", "0")
            await session.send_app(self.report(name, "8", **{"58": "no credit", "103": "0"}))
            return
        steps = [("0", "0")]
        if order["1"] != "HOLD":
            parts = [] if order["legs"] else [("1", str(int(order["38"]) // 2))]
            steps += [*parts, ("2", order["38"])]
        for status, filled in steps:
            self.tell(name, status, filled)
            for leg in order["legs"] if status == "2" else ():
                await session.send_app(self.report(name, "2", leg))
            await session.send_app(self.report(name, status))

    def business_reject(self, message):
        answer = Message()
        for tag, value in {35: "j", 372: "AB", 379: message.get(11), 380: "3", 58: "no such orders here"}.items():
            answer[tag] = value
        return answer

    def tell(self, name, status, filled):
        self.orders[name] |= {"39": status, "14": filled}
        self.file.write_text(json.dumps(self.orders))

    def report(self, name, status, leg=None, **more):
        order = self.orders.get(name, {"38": "0", "14": "0", "54": "1", "55": "?", "44": "0", "legs": []})
        message = Message()
        fields = {
            35: "8",
            11: name,
            37: f"X-{name}",
            17: f"E-{name}-{status}-{order.get('14')}",
            150: status,
            39: status,
        }
        fields |= {54: order["54"], 55: order["55"], 14: order.get("14", "0"), 151: "0", 60: "20261120-10:00:00.000"}
        fields[6] = order.get("44") or "0" if order.get("14", "0") != "0" else "0"
        for tag, value in {**fields, **{int(tag): value for tag, value in more.items()}}.items():
            message[tag] = value
        if order["legs"]:
            message[442] = "3" if leg is None else "2"
            for each in order["legs"] if leg is None else (leg,):
                told = Group()
                prices = {637: each["566"]} if order.get("14", "0") != "0" else {}
                for tag, value in {600: each["600"], 654: each["654"], **prices}.items():
                    told.set_field(tag, value)
                message.add_group(555, told)
        return message


async def serve(folder: Path, port: str) -> None:
    settings = SessionSettings.from_string(
        "[DEFAULT]\n"
        f"ConnectionType=acceptor\nSocketAcceptPort={port}\nSocketAcceptHost=127.0.0.1\nFileStorePath={folder}\n"
        "UseDataDictionary=Y\nDataDictionary=FIX44.xml\n"
        "[SESSION]\nBeginString=FIX.4.4\nSenderCompID=BROKER\nTargetCompID=PALISADE\n"
    )
    exchange = Exchange(folder / "orders.json")
    exchange.acceptor = SocketAcceptor(settings, exchange, log_factory=SilentLogs())
    async with exchange.acceptor:
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        await asyncio.Event().wait()


if __name__ == "__main__":
    logging.disable(logging.CRITICAL)
    asyncio.run(serve(Path(sys.argv[1]), sys.argv[2]))
