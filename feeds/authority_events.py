"""The records of a proposal: what the authority tells the audit."""

from __future__ import annotations

from engine.audit_events import Event, OrderReported, PlannedOrder, Proposed, Signed
from engine.authorisation.approval import SignedApproval
from engine.authorisation.expected import Expected
from engine.authorisation.instruction import Effect, Instruction, PriceType, client_order_id
from engine.authorisation.proposal import Proposal
from engine.authorisation.rules import Languages
from engine.authorisation.statement import statement
from engine.numbers import NOT_COMPUTABLE
from engine.text import Translate
from feeds.authority_store import Kept
from feeds.record_store import Transaction

EFFECT_WORDS = {effect: effect.name.lower().replace("_", " ") for effect in Effect}


def proposed_event(kept: Kept, signed: SignedApproval, content: str, inputs: str) -> Proposed:
    """An instruction exists; ``content`` and ``inputs`` refer to its bytes and the engine's input snapshot."""
    instruction, expected = kept.proposal.instruction, Expected.read(kept.expected)
    orders = tuple(
        PlannedOrder(
            client_order_id(instruction.fingerprint, place),
            order.contract,
            order.side.name.lower(),
            EFFECT_WORDS[order.effect],
            order.quantity,
            order.limit if order.price_type is PriceType.LIMIT else None,
            expected.prices[place],
            order.group,
        )
        for place, order in enumerate(instruction.orders)
    )
    return Proposed(
        instruction.identity.hex(),
        instruction.fingerprint.hex(),
        instruction.account,
        instruction.maker,
        signed.approval.workstation,
        instruction.reason,
        instruction.currency,
        instruction.worst_cost,
        instruction.line,
        _known(expected.ratio_before),
        _known(expected.ratio_after),
        _known(expected.margin_before),
        _known(expected.margin_after),
        instruction.not_before,
        instruction.expiry,
        instruction.drill,
        content,
        (inputs,),
        orders,
    )


def _known(figure: int) -> int | None:
    return None if figure == NOT_COMPUTABLE else figure


def shown_text(instruction: Instruction, translate: Translate) -> bytes:
    """What a person is shown of an instruction, as it is kept: one line of text each."""
    lines = (line.translated(translate) for line in statement(instruction))
    return "\n".join(f"{label}: {value}" for label, value in lines).encode()


def signed_event(change: Transaction, proposal: Proposal, signed: SignedApproval, languages: Languages) -> Signed:
    """A person signed; what they were shown, the words and the signatures are kept."""
    approval, instruction = signed.approval, proposal.instruction
    return Signed(
        instruction.identity.hex(),
        approval.fingerprint.hex(),
        approval.act.name.lower(),
        approval.role.name.lower().replace("_", " "),
        approval.person,
        approval.key.hex(),
        approval.workstation,
        approval.shown_at,
        approval.signed_at,
        change.keep(shown_text(instruction, languages(approval.language))),
        approval.reason,
        change.keep(approval.content),
        change.keep(signed.signature.encode()),
    )


def order_events(before: Kept, after: Kept) -> tuple[Event, ...]:
    """What the other side has said of orders since."""
    instruction, known = after.proposal.instruction.identity.hex(), set(before.orders)
    return tuple(
        OrderReported(instruction, line.identity, line.state, line.filled, line.average, line.reason, line.time)
        for line in after.orders
        if line not in known
    )
