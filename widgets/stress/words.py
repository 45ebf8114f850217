"""What scenarios and fates are called on screen, and the sign that says the same without colour."""

from __future__ import annotations

from typing import Final

from engine.numbers import MONEY_DECIMALS, NOT_COMPUTABLE
from engine.scenarios.named import Kind, Scenario
from engine.scenarios.reverse import Line, ReverseStress
from engine.scenarios.stress import Fate
from widgets.cells import Cell, Tone
from widgets.language import sentence, tr
from widgets.numbers_text import SPACE, count, money

FATE_TONES: Final = {
    Fate.UNKNOWN: Tone.DIM,
    Fate.OK: Tone.OK,
    Fate.WARNING: Tone.WARNING,
    Fate.CALLED: Tone.CALL,
    Fate.CLOSED: Tone.CLOSE,
    Fate.SHORT: Tone.NEGATIVE,
}
SIGNS: Final = {
    Fate.UNKNOWN: "?",
    Fate.OK: "",
    Fate.WARNING: "△",
    Fate.CALLED: "▲",
    Fate.CLOSED: "■",
    Fate.SHORT: "◆",
}


def fate_word(fate: Fate) -> str:
    """What becomes of an account, in a word or two."""
    return {
        Fate.UNKNOWN: tr("not computable"),
        Fate.OK: tr("within its lines"),
        Fate.WARNING: tr("near the call line"),
        Fate.CALLED: tr("called"),
        Fate.CLOSED: tr("forced close"),
        Fate.SHORT: tr("below zero"),
    }[fate]


def fate_cell(fate: Fate) -> Cell:
    """A fate with its sign."""
    words = fate_word(fate)
    return Cell(f"{SIGNS[fate]} {words}".strip(), FATE_TONES[fate], strong=fate > Fate.WARNING, right=False, raw=words)


def amount_cell(amount: int, *, signed: bool = False, strong: bool = False) -> Cell:
    """An amount of money; losses in another colour as well as with a sign."""
    if amount == NOT_COMPUTABLE:
        return Cell(tr("not computable"), Tone.DIM)
    tone = Tone.NEGATIVE if signed and amount < 0 else Tone.TEXT
    return Cell(money(amount, signed=signed), tone, strong=strong, raw=(amount, MONEY_DECIMALS))


def some_cell(amount: int, tone: Tone) -> Cell:
    """An amount or a shortfall that stands back where it is 0."""
    if amount == NOT_COMPUTABLE:
        return Cell(tr("not computable"), Tone.DIM)
    if not amount:
        return Cell("–", Tone.FAINT, raw="0")
    return Cell(money(amount), tone, strong=True, raw=(amount, MONEY_DECIMALS))


def count_cell(number: int, fate: Fate) -> Cell:
    """How many accounts end there; stands back where none does."""
    if not number:
        return Cell("–", Tone.FAINT, raw="0")
    return Cell(count(number), FATE_TONES[fate], strong=fate > Fate.CALLED, raw=str(number))


def kind_word(kind: Kind) -> str:
    """Where a scenario comes from, in a word."""
    return {
        Kind.HISTORICAL: tr("historical"),
        Kind.RULE: tr("by the exchange's rules"),
        Kind.HYPOTHETICAL: tr("hypothetical"),
    }[kind]


def scenario_facts(scenario: Scenario) -> str:
    """Where a scenario comes from, in one line."""
    parts = [kind_word(scenario.kind), scenario.date, scenario.source]
    if not scenario.credits:
        parts.append(tr("spread credits withdrawn"))
    return " · ".join(part for part in parts if part)


def scenario_title(scenario: Scenario) -> str:
    """A scenario's title in the language in force."""
    return sentence(scenario.title)


def reverse_words(found: ReverseStress) -> str:
    """How far an account is from its lines along a path: ``All prices down: call line 1.3 %, forced close –``."""
    if found.reasons:
        return f"{sentence(found.path.label)}: {sentence(found.reasons[0])}"
    names = {Line.CALL: tr("call line"), Line.CLOSE: tr("forced close"), Line.ZERO: tr("below zero")}
    parts = [f"{names[reached.line]} {_size(reached.size, found)}" for reached in found.reached]
    return f"{sentence(found.path.label)}: {', '.join(parts)}"


def _size(size: float | None, found: ReverseStress) -> str:
    if size is None:
        return "–"
    return tr("already") if size == 0.0 else f"{size:.2f}{SPACE}{sentence(found.path.unit)}"
