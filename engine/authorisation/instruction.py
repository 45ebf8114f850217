"""The instruction: what exactly shall be sent, why, within which bounds, and how it came about. Immutable bytes.

What is signed is the bytes, never an object written again. Any change makes another instruction with another identity.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import IntEnum
from functools import cached_property
from hashlib import sha256
from itertools import groupby
from typing import Final

from engine.authorisation.encoding import Fields, Value, decoded, encoded, refusal
from engine.instruments import Contract
from engine.text import BadInputError, text

FORMAT: Final = 1
FORMAT_OF_GROUPS: Final = 2
"""Of an instruction with orders that are sent as one, or with locks that name what they cover. All others are written
as they always were, so that there is one form of every instruction."""
POLICY: Final = 1
"""The rules of this version: who approves, and the times of `engine.authorisation.moments`."""
MOST_ORDERS: Final = 500
MOST_LEGS: Final = 16
"""Orders of one group."""
MOST_STAGES: Final = 32
LONGEST_NAME: Final = 64
LONGEST_REASON: Final = 500
LARGEST_QUANTITY: Final = 10**9
LARGEST_PRICE: Final = 10**17
LARGEST_MONEY: Final = 10**18
LARGEST_TIME: Final = 2**63 - 1
LONGEST_LIFE: Final = 24 * 3600 * 10**9
_DOMAIN: Final = b"palisade instruction\x00"
_ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Thirty-two characters none of which is taken for another: no I, L, O, U."""


class Side(IntEnum):
    """Which way an order trades."""

    BUY = 1
    SELL = 2


class Effect(IntEnum):
    """What an order does to the position. Only the explicit lock leg opens."""

    CLOSE = 1
    CLOSE_TODAY = 2
    CLOSE_YESTERDAY = 3
    LOCK = 4


class PriceType(IntEnum):
    """How an order is priced; either way it may only be sent while the market is inside the collar."""

    LIMIT = 1
    MARKET = 2


@dataclass(frozen=True, slots=True)
class InstructionOrder:
    """One order.

    Attributes:
        contract: ``EXCHANGE:PRODUCT:KIND:EXPIRY[:RIGHT:STRIKE]``, spelt as `Contract` spells it.
        side: Buy or sell.
        effect: Close, or lock.
        quantity: Contracts, 1 or more.
        price_type: Limit or market.
        limit: Price scale; 0 for a market order.
        lowest: The collar, price scale: below it the market has left what was signed.
        highest: Likewise above.
        after: Nanoseconds after the release at which it is sent; a slice of a larger order waits for its turn.
        group: Orders of the same number above 0 stand together and are sent as one: all of them trade, or none.
        covers: The contract of the position that a lock covers; empty for every other order.
        covered: Contracts of that position, negative short; 0 for every other order.
    """

    contract: str
    side: Side
    effect: Effect
    quantity: int
    price_type: PriceType
    limit: int
    lowest: int
    highest: int
    after: int = 0
    group: int = 0
    covers: str = ""
    covered: int = 0


@dataclass(frozen=True, slots=True)
class Stage:
    """A step that led to the instruction; wall nanoseconds."""

    name: str
    started: int
    ended: int


@dataclass(frozen=True, slots=True)
class GenerationPath:
    """What the instruction was computed from, so that it can be computed again.

    Attributes:
        session: Of the positions publisher, 16 bytes.
        sequence: Of the positions at that session.
        positions: Digest of the book at that sequence, 8 bytes (`feeds.digest`).
        quotes: SHA-256 of the quotes used.
        parameters: SHA-256 of the parameter file.
        engine: Version of the program.
        settings: SHA-256 of the settings.
        inputs: SHA-256 of the engine's input snapshot, which is kept with the instruction.
        outputs: SHA-256 of the what-if's result.
        stages: Each step with its times.
    """

    session: bytes
    sequence: int
    positions: bytes
    quotes: bytes
    parameters: bytes
    engine: str
    settings: bytes
    inputs: bytes
    outputs: bytes
    stages: tuple[Stage, ...]


@dataclass(frozen=True)
class Instruction:
    """A forced close as it is proposed, signed and sent.

    Attributes:
        identity: 16 random bytes; never used twice.
        maker: Identity of the person who proposes it.
        account: Whose positions are closed.
        orders: In the sequence in which they are sent.
        currency: Of the worst cost.
        worst_cost: Money scale: slippage against the prices it was computed on, if every order fills at the worse end
            of its collar.
        line: Ratio scale: the risk ratio that the account stood at or over; it must do so still when orders are sent.
        even_if_cured: Whether the orders are sent although it does not.
        reason: Why, in the maker's words.
        not_before: Wall nanoseconds; orders are not sent earlier.
        expiry: Wall nanoseconds; nor from then on.
        drill: Whether this is an exercise: a gate for real orders refuses it, a gate for drills takes nothing else.
        path: How it came about.
        policy: Version of the rules it is to be approved by.
    """

    identity: bytes
    maker: str
    account: str
    orders: tuple[InstructionOrder, ...]
    currency: str
    worst_cost: int
    line: int
    even_if_cured: bool
    reason: str
    not_before: int
    expiry: int
    drill: bool
    path: GenerationPath
    policy: int = POLICY

    @cached_property
    def content(self) -> bytes:
        """The canonical bytes: what is signed."""
        form = FORMAT_OF_GROUPS if any(map(_has_group, self.orders)) else FORMAT
        orders = tuple(_order_row(each, form) for each in self.orders)
        head: tuple[Value, ...] = (form, self.identity, self.policy, self.maker, self.account, orders)
        bounds = (self.currency, self.worst_cost, self.line, int(self.even_if_cured), self.reason)
        times = (self.not_before, self.expiry, int(self.drill))
        return encoded((*head, *bounds, *times, _path_row(self.path)))

    @cached_property
    def fingerprint(self) -> bytes:
        """SHA-256 over a prefix of its own, the length and the bytes: the name of exactly this instruction."""
        return fingerprint_of(self.content)

    @property
    def code(self) -> str:
        """Eight characters that one station shows and the second approver types in at the other."""
        return code_of(self.fingerprint)

    def only(self, places: Sequence[int]) -> Instruction:
        """The same with some of the orders, to judge them by; this is no instruction that anybody signed."""
        return replace(self, orders=tuple(self.orders[place] for place in places))

    @classmethod
    def read(cls, content: bytes) -> Instruction:
        """The instruction whose canonical bytes these are.

        Raises:
            BadInputError: Not canonical, a field out of range, or fields that contradict each other.
        """
        where = "instruction"
        fields = Fields(decoded(content, where), where, 15)
        form = fields.integer(0, 2**16)
        if form not in (FORMAT, FORMAT_OF_GROUPS):
            raise refusal(where, text("it is of another format"))
        identity, policy = fields.raw(16), fields.integer(1, 2**16)
        maker, account = fields.words(LONGEST_NAME), fields.words(LONGEST_NAME)
        orders = tuple(_order(row, number, form) for number, row in enumerate(fields.rows(MOST_ORDERS, 1), 1))
        if form == FORMAT_OF_GROUPS:
            _check_groups(orders, where)
        currency, cost = fields.words(8), fields.integer(0, LARGEST_MONEY)
        line, cured = fields.integer(0, LARGEST_MONEY), bool(fields.integer(0, 1))
        reason = fields.words(LONGEST_REASON)
        start, end = fields.integer(0, LARGEST_TIME), fields.integer(0, LARGEST_TIME)
        drill, path = bool(fields.integer(0, 1)), _path(*fields.rows(10, 10))
        if not start < end <= start + LONGEST_LIFE:
            raise refusal(where, text("it ends before it begins, or lasts longer than a day"))
        return cls(
            identity, maker, account, orders, currency, cost, line, cured, reason, start, end, drill, path, policy
        )


def fingerprint_of(content: bytes) -> bytes:
    """SHA-256 over the domain prefix, the length and the bytes."""
    return sha256(_DOMAIN + len(content).to_bytes(8, "big") + content).digest()


def code_of(fingerprint: bytes) -> str:
    """Forty bits of the fingerprint in eight unambiguous characters.

    It finds out mistakes, a proposal confused with another. What is signed is the fingerprint itself.
    """
    number = int.from_bytes(fingerprint[:5], "big")
    return "".join(_ALPHABET[number >> shift & 31] for shift in range(35, -1, -5))


def code_as_typed(typed: str) -> str:
    """What a person types, in the form of `code_of`: either case, spaces and hyphens, O for 0, I and L for 1."""
    kept = typed.upper().replace(" ", "").replace("-", "")
    return kept.translate(str.maketrans("OIL", "011"))


def client_order_id(fingerprint: bytes, place: int) -> str:
    """The name under which the order at ``place`` is sent: it follows from the instruction, so it is never another."""
    return f"{fingerprint[:12].hex()}-{place:03d}"


def group_order_id(fingerprint: bytes, group: int) -> str:
    """The name under which the orders of a group are sent as one, likewise."""
    return f"{fingerprint[:12].hex()}-G{group:03d}"


def _has_group(order: InstructionOrder) -> bool:
    return bool(order.group or order.covers or order.covered)


def _order_row(order: InstructionOrder, form: int) -> Value:
    kinds = (order.contract, int(order.side), int(order.effect), order.quantity, int(order.price_type))
    bounds = (order.limit, order.lowest, order.highest, order.after)
    return (*kinds, *bounds) if form == FORMAT else (*kinds, *bounds, order.group, order.covers, order.covered)


def _path_row(path: GenerationPath) -> Value:
    stages = tuple((each.name, each.started, each.ended) for each in path.stages)
    positions = (path.session, path.sequence, path.positions)
    return (*positions, path.quotes, path.parameters, path.engine, path.settings, path.inputs, path.outputs, stages)


def _path(*row: Value) -> GenerationPath:
    fields = Fields(row, "instruction, path", 10)
    session, sequence, positions = fields.raw(16), fields.integer(0, LARGEST_TIME), fields.raw(8)
    quotes, parameters, engine = fields.raw(32), fields.raw(32), fields.words(LONGEST_NAME)
    digests = fields.raw(32), fields.raw(32), fields.raw(32)
    stages = tuple(_stage(row) for row in fields.rows(MOST_STAGES))
    return GenerationPath(session, sequence, positions, quotes, parameters, engine, *digests, stages)


def _stage(row: Value) -> Stage:
    fields = Fields(row, "instruction, stage", 3)
    return Stage(fields.words(LONGEST_NAME), fields.integer(0, LARGEST_TIME), fields.integer(0, LARGEST_TIME))


def _order(row: Value, number: int, form: int) -> InstructionOrder:
    where = f"instruction, order {number}"
    fields = Fields(row, where, 9 if form == FORMAT else 12)
    contract = fields.words(96)
    side, effect = Side(fields.integer(1, 2)), Effect(fields.integer(1, 4))
    quantity, kind = fields.integer(1, LARGEST_QUANTITY), PriceType(fields.integer(1, 2))
    limit, lowest, highest = (fields.integer(-LARGEST_PRICE, LARGEST_PRICE) for _ in range(3))
    after = fields.integer(0, LONGEST_LIFE)
    group, covers, covered = (
        (0, "", 0)
        if form == FORMAT
        else (
            fields.integer(0, MOST_ORDERS),
            fields.words(96, 0),
            fields.integer(-LARGEST_QUANTITY, LARGEST_QUANTITY),
        )
    )
    if not _is_one_form(contract) or (covers and not _is_one_form(covers)):
        raise refusal(where, text("the contract is not written in its one form"))
    if form != FORMAT and {effect is Effect.LOCK} != {bool(covers), bool(covered)}:
        raise refusal(where, text("a lock covers a position, and nothing else does"))
    if lowest > highest:
        raise refusal(where, text("the collar is empty"))
    if kind is PriceType.LIMIT and not lowest <= limit <= highest:
        raise refusal(where, text("the limit lies outside the collar"))
    if kind is PriceType.MARKET and limit:
        raise refusal(where, text("a market order has no limit"))
    return InstructionOrder(
        contract, side, effect, quantity, kind, limit, lowest, highest, after, group, covers, covered
    )


def _is_one_form(contract: str) -> bool:
    try:
        return str(Contract.parse(contract)) == contract
    except BadInputError:
        return False


def _check_groups(orders: Sequence[InstructionOrder], where: str) -> None:
    """Groups are numbered from 1 as they come, each of orders that stand together and can be one order.

    Raises:
        BadInputError: They are not, or the instruction has nothing that needs this format.
    """
    if not any(map(_has_group, orders)):
        raise refusal(where, text("it is not in its canonical form"))
    groups = [(number, list(legs)) for number, legs in groupby(orders, key=lambda order: order.group) if number]
    if [number for number, _ in groups] != list(range(1, len(groups) + 1)):
        raise refusal(where, text("orders that are sent as one do not stand together"))
    for _, legs in groups:
        if not 2 <= len(legs) <= MOST_LEGS:
            raise refusal(where, text("from 2 to {most} orders are sent as one", most=MOST_LEGS))
        if len({(leg.after, leg.price_type) for leg in legs}) > 1:
            raise refusal(where, text("orders that are sent as one differ in their time or kind of price"))
