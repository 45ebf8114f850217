"""How an account is margined: net or gross, whose account it is, and which requirement counts.

The same words say it in the feed and on the command line. What an account leaves open, the parameter file decides:
then its own arrays count as they are.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple, TypeVar

from engine.text import BadInputError, Text, text

NET, GROSS = "net", "gross"
TYPES: Mapping[str, str] = {"member": "M", "hedger": "H", "speculator": "S"}
"""Account types by name: how a parameter file writes them."""
OWNERS: Mapping[str, bool] = {"customer": True, "house": False}
CLASSES: Mapping[str, str] = {"core": "CORE", "reserve": "RESRV"}
"""Performance bond classes by name: how a parameter file writes them."""
REQUIREMENTS: Mapping[str, bool] = {"maintenance": True, "initial": False}

Value = TypeVar("Value", str, bool)


class MarginTerms(NamedTuple):
    """How one account is margined.

    Attributes:
        gross: Whether longs and shorts are scanned apart and form no spreads (SPAN algorithm, step 0), as of an omnibus
            account; otherwise they are netted.
        account_type: M, H or S as in `engine.span.parameters.RateSet`; empty where the file decides.
        customer: A customer's account, or one of the house; None where the file decides.
        maintenance: Whether the maintenance requirement counts, or the initial one; None where the file decides.
        performance_bond_class: CORE or RESRV; empty where the file decides.
    """

    gross: bool = False
    account_type: str = ""
    customer: bool | None = None
    maintenance: bool | None = None
    performance_bond_class: str = ""

    @property
    def margining(self) -> str:
        """The word for net or gross."""
        return GROSS if self.gross else NET

    @property
    def type_words(self) -> str:
        """Owner and type in words, such as ``house member``; empty where the file decides."""
        return _joined(_word(OWNERS, self.customer), _word(TYPES, self.account_type))

    @property
    def requirement_words(self) -> str:
        """Class and requirement in words, such as ``core initial``; empty where the file decides."""
        return _joined(_word(CLASSES, self.performance_bond_class), _word(REQUIREMENTS, self.maintenance))

    @property
    def rates(self) -> MarginTerms:
        """The part that chooses rates: the same without net or gross."""
        return self._replace(gross=False)

    @property
    def said(self) -> Text:
        """Everything that is said of rates, for a person; ``as the parameters have it`` where that is nothing."""
        parts: list[Text] = [
            _TITLES[word] for word in f"{self.type_words} {self.requirement_words}".split() if word in _TITLES
        ]
        if not parts:
            return text("as the parameters have it")
        said = parts[0]
        for part in parts[1:]:
            said = text("{first}, {second}", first=said, second=part)
        return said

    @property
    def title(self) -> Text:
        """Net or gross, and what is said of rates, for a person."""
        margining = text("gross-margined") if self.gross else text("net-margined")
        if self.rates == MarginTerms():
            return margining
        return text("{margining}, {kind}", margining=margining, kind=self.said)


USUAL = MarginTerms()
"""Net, by the parameter file's own arrays."""

_TITLES: Mapping[str, Text] = {
    "customer": text("customer"),
    "house": text("house"),
    "member": text("member"),
    "hedger": text("hedger"),
    "speculator": text("speculator"),
    "core": text("core"),
    "reserve": text("reserve"),
    "maintenance": text("maintenance"),
    "initial": text("initial"),
}


@lru_cache(256)
def terms_of(margining: str, account_type: str, requirement: str) -> MarginTerms:
    """Read the words an account is described with.

    Args:
        margining: ``net`` or ``gross``; empty for net.
        account_type: One of member, hedger, speculator; one of customer, house; both or neither, in any order.
        requirement: One of initial, maintenance; one of core, reserve; both or neither, in any order.

    Raises:
        BadInputError: A word is not known or contradicts another one; ``where`` names the field.
    """
    if margining not in ("", NET, GROSS):
        raise _unknown("margining", margining, [NET, GROSS])
    _check("type", account_type, [TYPES, OWNERS])
    _check("requirement", requirement, [REQUIREMENTS, CLASSES])
    types, requirements = account_type.split(), requirement.split()
    return MarginTerms(
        margining == GROSS,
        _value(TYPES, types) or "",
        _value(OWNERS, types),
        _value(REQUIREMENTS, requirements),
        _value(CLASSES, requirements) or "",
    )


def _check(field: str, words: str, vocabularies: list[Mapping[str, str] | Mapping[str, bool]]) -> None:
    met: set[int] = set()
    for word in words.split():
        place = next((number for number, known in enumerate(vocabularies) if word in known), None)
        if place is None:
            raise _unknown(field, word, [each for known in vocabularies for each in known])
        if place in met:
            what = text("{words} says two things at once", words=words)
            raise BadInputError(field, what, text("choose one of {known}", known=", ".join(vocabularies[place])))
        met.add(place)


def _unknown(field: str, word: str, known: list[str]) -> BadInputError:
    return BadInputError(
        field, text("{word} is not known", word=ascii(word)), text("choose one of {known}", known=", ".join(known))
    )


def _value(vocabulary: Mapping[str, Value], words: list[str]) -> Value | None:
    return next((vocabulary[word] for word in words if word in vocabulary), None)


def _word(vocabulary: Mapping[str, Value], value: Value | None) -> str:
    return next((word for word, each in vocabulary.items() if each == value), "")


def _joined(*words: str) -> str:
    return " ".join(word for word in words if word)
