"""What a station shows of an instruction, made from its bytes alone, and the digest that proves what was shown.

Every station makes the same lines of the same bytes in the same language. The digest of the lines is part of what a
person signs: a screen that showed anything else has another digest, and the signature is refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

import numpy as np

from engine.authorisation.instruction import Effect, Instruction, InstructionOrder, PriceType, Side
from engine.instruments import Contract
from engine.numbers import MONEY_DECIMALS, PRICE_DECIMALS, RATIO_DECIMALS, format_scaled
from engine.text import Text, Translate, text

SIDES: Final = {Side.BUY: text("Buy"), Side.SELL: text("Sell")}
EFFECTS: Final = {
    Effect.CLOSE: text("close"),
    Effect.CLOSE_TODAY: text("close today's"),
    Effect.CLOSE_YESTERDAY: text("close yesterday's"),
    Effect.LOCK: text("lock"),
}
SECOND_DECIMALS: Final = 9
_DOMAIN: Final = b"palisade shown\x00"


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the statement: what it is, and its value."""

    label: Text
    value: Text | str

    def translated(self, translate: Translate) -> tuple[str, str]:
        """Both in a person's language."""
        value = self.value if isinstance(self.value, str) else self.value.translated(translate)
        return self.label.translated(translate), value


def statement(instruction: Instruction) -> tuple[Line, ...]:
    """Everything that a person has to know before signing, in the order in which it is shown."""
    return tuple(_lines(instruction))


def shown_digest(instruction: Instruction, translate: Translate) -> bytes:
    """SHA-256 of the statement in the language of ``translate``."""
    return digest_of_shown([line.translated(translate) for line in statement(instruction)])


def digest_of_shown(lines: list[tuple[str, str]]) -> bytes:
    """SHA-256 of lines as they stand on a screen: a station passes what it really shows."""
    content = "".join(f"{label}\x1f{value}\x1e" for label, value in lines).encode()
    return sha256(_DOMAIN + len(content).to_bytes(8, "big") + content).digest()


def shown_time(wall: int) -> str:
    """Wall nanoseconds as UTC to the microsecond."""
    return str(np.datetime64(wall // 1000, "us")).replace("T", " ") + " UTC"


def _lines(instruction: Instruction) -> Iterator[Line]:
    yield Line(text("Kind"), text("DRILL: nothing is traded") if instruction.drill else text("Forced close"))
    yield Line(text("Account"), instruction.account)
    group = 0
    for number, order in enumerate(instruction.orders, 1):
        if order.group and order.group != group:
            count = sum(each.group == order.group for each in instruction.orders)
            first, last = number, number + count - 1
            what = text("orders {first} to {last} are one order: all of them trade, or none", first=first, last=last)
            yield Line(text("All or none"), what)
        group = order.group
        yield Line(text("Order {number}", number=number), _order_text(order))
    cost = _figure(instruction.worst_cost, MONEY_DECIMALS)
    yield Line(text("Worst cost"), f"{cost} {instruction.currency}")
    line = format_scaled(instruction.line * 100, RATIO_DECIMALS)
    cured = text("send even if the ratio is under {line} % again", line=line)
    yield Line(
        text("Breach"), cured if instruction.even_if_cured else text("risk ratio at or over {line} %", line=line)
    )
    yield Line(text("Reason"), instruction.reason)
    yield Line(text("Proposed by"), instruction.maker)
    yield Line(text("Not before"), shown_time(instruction.not_before))
    yield Line(text("Until"), shown_time(instruction.expiry))
    path = instruction.path
    positions = f"{path.session.hex()} {path.sequence} {path.positions.hex()}"
    yield Line(text("Positions"), positions)
    yield Line(text("Parameters"), path.parameters.hex())
    yield Line(text("Identity"), instruction.identity.hex())
    yield Line(text("Fingerprint"), instruction.fingerprint.hex())


def _order_text(order: InstructionOrder) -> Text:
    if order.covers:
        covered = Contract.parse(order.covers).title
        count = f"{abs(order.covered):,}"
        said = (
            text("long {count} {contract}", count=count, contract=covered)
            if order.covered > 0
            else text("short {count} {contract}", count=count, contract=covered)
        )
        return text("{order}; it opens, and covers {position}", order=_traded(order), position=said)
    return _traded(order)


def _traded(order: InstructionOrder) -> Text:
    figures: dict[str, object] = {
        "side": SIDES[order.side],
        "effect": EFFECTS[order.effect],
        "quantity": f"{order.quantity:,}",
        "title": Contract.parse(order.contract).title,
        "contract": order.contract,
        "lowest": _figure(order.lowest, PRICE_DECIMALS),
        "highest": _figure(order.highest, PRICE_DECIMALS),
        "price": _price_text(order),
    }
    if order.after:
        seconds = format_scaled(order.after, SECOND_DECIMALS)
        return text(
            "{side} {effect} {quantity} {title} ({contract}) {price}, market within {lowest} to {highest}, "
            "{seconds} s after the first",
            **figures,
            seconds=seconds,
        )
    return text(
        "{side} {effect} {quantity} {title} ({contract}) {price}, market within {lowest} to {highest}", **figures
    )


def _figure(value: int, decimals: int) -> str:
    """A price or an amount to its last decimal, two at least, with separators: it has to be read at once."""
    whole, _, fraction = format_scaled(abs(value), decimals, 2).partition(".")
    return f"{'-' if value < 0 else ''}{int(whole):,}.{fraction}"


def _price_text(order: InstructionOrder) -> Text:
    if order.price_type is PriceType.MARKET:
        return text("at market")
    return text("at {limit}", limit=_figure(order.limit, PRICE_DECIMALS))
