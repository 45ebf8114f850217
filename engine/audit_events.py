"""What records tell of a forced close and of recorded feeds: one type an event, and how each becomes a payload.

Who changes the state of an instruction writes these; the review report, the audit view and the journal read them.
Identities and digests are hexadecimal texts. A text that begins with ``sha256:`` refers to content kept beside the
records. Prices, money and ratios are scaled integers (`engine.numbers`), times wall nanoseconds.

    number = change.record("authority", *told(StateChanged(instruction, "proposed", "signed1", "")))
"""

from __future__ import annotations

from dataclasses import MISSING, asdict, dataclass, fields
from types import MappingProxyType
from typing import Any, ClassVar, Final, get_args, get_type_hints

from engine.audit import Payload, Record


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened.

    Attributes:
        kind: What its records are called.
    """

    kind: ClassVar[str] = ""


@dataclass(frozen=True, slots=True)
class PlannedOrder:
    """An order of an instruction, and what the plan expected of it.

    Attributes:
        order: Client order id.
        contract: ``EXCHANGE:PRODUCT:KIND:EXPIRY[:RIGHT:STRIKE]``.
        side: ``buy`` or ``sell``.
        effect: ``close``, ``close today``, ``close yesterday`` or ``lock``.
        quantity: Contracts.
        limit: Limit price; None for a market order.
        expected: The market price that the plan was made on.
        group: Orders of the same number above 0 were one order: all of them trade, or none.
    """

    order: str
    contract: str
    side: str
    effect: str
    quantity: int
    limit: int | None
    expected: int
    group: int = 0


@dataclass(frozen=True, slots=True)
class Proposed(Event):
    """An instruction exists.

    Attributes:
        instruction: Its identity.
        fingerprint: Of its bytes.
        account: Whose positions are to be closed.
        maker: Who proposes it.
        workstation: Where.
        reason: In the maker's words.
        currency: Of the money.
        worst_cost: At most so much slippage.
        line: The risk ratio that the account stood at or over.
        ratio_before: Risk ratio as of the proposal; None where not computable.
        ratio_after: As planned.
        margin_before: Margin as of the proposal; None where not computable.
        margin_after: As planned.
        not_before: Not sent earlier.
        expiry: Nor from then on.
        drill: Whether it is an exercise.
        content: Reference to its bytes.
        inputs: References to the engine's input snapshot.
        orders: In sequence.
    """

    kind: ClassVar[str] = "instruction proposed"
    instruction: str
    fingerprint: str
    account: str
    maker: str
    workstation: str
    reason: str
    currency: str
    worst_cost: int
    line: int
    ratio_before: int | None
    ratio_after: int | None
    margin_before: int | None
    margin_after: int | None
    not_before: int
    expiry: int
    drill: bool
    content: str
    inputs: tuple[str, ...]
    orders: tuple[PlannedOrder, ...]


@dataclass(frozen=True, slots=True)
class Shown(Event):
    """A person was shown an instruction.

    Attributes:
        instruction: Its identity.
        person: Who saw it.
        role: In which role.
        workstation: Where.
        language: In which language.
        text: Reference to what was shown.
    """

    kind: ClassVar[str] = "instruction shown"
    instruction: str
    person: str
    role: str
    workstation: str
    language: str
    text: str


@dataclass(frozen=True, slots=True)
class Signed(Event):
    """A person signed: proposed, approved, vetoed or withdrew an instruction.

    Attributes:
        instruction: Its identity.
        fingerprint: What was signed.
        act: ``propose``, ``approve``, ``veto`` or ``revoke``.
        role: In which role.
        person: Who.
        key: Fingerprint of the key.
        workstation: Where.
        shown_at: When it was first shown to the person.
        signed_at: When the passphrase was accepted.
        text: Reference to what was shown, or its bare SHA-256 where it was not kept.
        reason: In the person's words.
        content: Reference to the bytes that were signed.
        signature: Reference to both signatures joined.
    """

    kind: ClassVar[str] = "instruction signed"
    instruction: str
    fingerprint: str
    act: str
    role: str
    person: str
    key: str
    workstation: str
    shown_at: int
    signed_at: int
    text: str
    reason: str
    content: str
    signature: str


@dataclass(frozen=True, slots=True)
class Refused(Event):
    """Something that was asked of an instruction was not done.

    Attributes:
        instruction: Its identity.
        person: Who asked; the program where nobody did.
        attempt: What was asked.
        reason: Why not.
    """

    kind: ClassVar[str] = "attempt refused"
    instruction: str
    person: str
    attempt: str
    reason: str


@dataclass(frozen=True, slots=True)
class StateChanged(Event):
    """An instruction went from one state to another.

    Attributes:
        instruction: Its identity.
        before: State until now.
        after: State from now on.
        reason: Why; may be empty.
    """

    kind: ClassVar[str] = "instruction state"
    instruction: str
    before: str
    after: str
    reason: str


@dataclass(frozen=True, slots=True)
class SeenContract:
    """What the executor gate saw of a contract.

    Attributes:
        contract: ``EXCHANGE:PRODUCT:KIND:EXPIRY[:RIGHT:STRIKE]``.
        long: Contracts that the account held long.
        short: Contracts that it held short.
        selling: Contracts that working orders of the gate might still have sold.
        buying: Likewise bought.
        price: Price scale.
    """

    contract: str
    long: int
    short: int
    selling: int
    buying: int
    price: int


@dataclass(frozen=True, slots=True)
class OrdersJudged(Event):
    """The executor gate has looked at its own feeds, and nothing was against sending.

    A journal of the gate's feeds, played back, comes to the same positions at that sequence number.

    Attributes:
        instruction: Whose orders.
        orders: Client order ids.
        session: Of the publisher of positions.
        sequence: Of the last message that the positions contain.
        positions: Digest of them.
        parameters: SHA-256 of the parameter file.
        ratio: Ratio scale: the account's risk ratio; None where it has none.
        used_up: Whether it has none because its equity is used up.
        contracts: Those of the orders, and of positions that locks cover.
    """

    kind: ClassVar[str] = "orders judged"
    instruction: str
    orders: tuple[str, ...]
    session: str
    sequence: int
    positions: str
    parameters: str
    ratio: int | None
    used_up: bool
    contracts: tuple[SeenContract, ...]


@dataclass(frozen=True, slots=True)
class OrderSent(Event):
    """An order is about to leave: written before it does.

    Attributes:
        instruction: Which it belongs to.
        order: Client order id.
    """

    kind: ClassVar[str] = "order sent"
    instruction: str
    order: str


@dataclass(frozen=True, slots=True)
class OrderReported(Event):
    """The other side said what has become of an order.

    Attributes:
        instruction: Which it belongs to.
        order: Client order id.
        state: ``working``, ``filled``, ``cancelled``, ``rejected`` or ``not known``.
        filled: Contracts filled altogether.
        average: Average price of these; 0 where there are none.
        reason: In the other side's words.
        venue_time: By the other side's clock; 0 where it did not say.
    """

    kind: ClassVar[str] = "order reported"
    instruction: str
    order: str
    state: str
    filled: int
    average: int
    reason: str
    venue_time: int


@dataclass(frozen=True, slots=True)
class SegmentWritten(Event):
    """A segment of recorded feeds is on the disk as far as this.

    Attributes:
        segment: File name.
        size: Bytes of the file that are meant.
        sha256: Of these.
        blocks: Blocks in it.
        first: When the first was received.
        last: When the last was.
        complete: Whether the segment is closed.
    """

    kind: ClassVar[str] = "segment written"
    segment: str
    size: int
    sha256: str
    blocks: int
    first: int
    last: int
    complete: bool


@dataclass(frozen=True, slots=True)
class SegmentRemoved(Event):
    """A segment had to go, for the journal may only be so large.

    Attributes:
        segment: File name.
        sha256: Of the whole file, as written.
    """

    kind: ClassVar[str] = "segment removed"
    segment: str
    sha256: str


KINDS: Final = MappingProxyType(
    {
        each.kind: each
        for each in (
            Proposed,
            Shown,
            Signed,
            Refused,
            StateChanged,
            OrdersJudged,
            OrderSent,
            OrderReported,
            SegmentWritten,
            SegmentRemoved,
        )
    }
)


_ROWS: Final = (PlannedOrder, SeenContract)
_HINTS: Final = {kind: get_type_hints(kind) for kind in (*KINDS.values(), *_ROWS)}
"""Types of the fields, resolved once."""


def told(event: Event) -> tuple[str, Payload]:
    """Kind and payload of the record that tells of ``event``."""
    return event.kind, asdict(event)


def event_of(record: Record) -> Event | None:
    """What a record tells of; None for a kind that has no type here.

    Raises:
        ValueError: The payload does not fit its kind.
    """
    kind = KINDS.get(record.kind)
    return None if kind is None else _read(kind, record.content(), record.kind)


def _read(kind: type[Any], content: object, where: str) -> Any:
    """A dataclass from its mapping, strictly."""
    names = {field.name for field in fields(kind)}
    # What later versions have added may be missing in earlier records.
    needed = {field.name for field in fields(kind) if field.default is MISSING}
    if not isinstance(content, dict) or not needed <= set(content) <= names:
        raise ValueError(f"{where}: the fields are not {', '.join(sorted(names))}")
    hints = _HINTS[kind]
    return kind(**{name: _value(hints[name], value, f"{where}, {name}") for name, value in content.items()})


def _value(hint: Any, value: object, where: str) -> object:
    if isinstance(value, list):
        (inner, *_) = get_args(hint) or (None,)
        if inner is not None:
            return tuple(_value(inner, each, where) for each in value)
    elif isinstance(value, dict) and hint in _ROWS:
        return _read(hint, value, where)
    elif type(value) in (get_args(hint) or (hint,)):
        return value
    raise ValueError(f"{where}: {value!r} is of the wrong kind")
