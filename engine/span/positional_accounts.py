"""Rate sets of a positional file: whose requirement its arrays are, and the factors to all other requirements."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

from engine.span.parameters import Adjustment, RateSet
from engine.span.positional_commodities import CommodityRecords
from engine.span.positional_contracts import RATE_SET
from engine.span.positional_schema import Record

ACCOUNT_TYPES = ("M", "H", "S")
"""Member, hedger, speculator."""
USUAL_TYPE = "H"
CLASSES = {"": "CORE", "1": "CORE", "2": "RESRV"}
CLEARING, INITIAL = "A", "I"


class Requirement(NamedTuple):
    """An account type, and whether its maintenance or its initial requirement is meant."""

    account_type: str
    maintenance: bool


class AccountFactors:
    """What the header, the records 3 and the records 4 say of account types.

    The header says whose arrays these are: rate set 1. Where they are a maintenance requirement, another account type's
    is its maintenance factor times the risk, and initial is the initial to maintenance ratio times that. Where they are
    an initial requirement, maintenance is the maintenance factor times the risk, and no other initial one is known.

    Args:
        header: The record 0.
        commodities: Records of each combined commodity.
    """

    def __init__(self, header: Record, commodities: Mapping[str, CommodityRecords]) -> None:
        self.for_customers = header.string("clearing or customer") != CLEARING
        code = header.string("performance bond class")
        self._class = header.string("performance bond class acronym") or CLASSES.get(code, code)
        account_type = header.string("account type") or USUAL_TYPE
        self._own = Requirement(account_type, header.string("maintenance or initial") != INITIAL)
        order = [self._own, Requirement(account_type, not self._own.maintenance)]
        order += [Requirement(one, maintenance) for one in ACCOUNT_TYPES for maintenance in (True, False)]
        self._numbers = {one: number for number, one in enumerate(dict.fromkeys(order), start=RATE_SET)}
        self._adjustments = {code: self._factors(records) for code, records in commodities.items()}

    def adjustments(self, code: str) -> Sequence[Adjustment]:
        """Factors of a combined commodity, all onto the file's own rate set; those of 1 onto itself are left out."""
        return self._adjustments[code]

    def rate_sets(self) -> tuple[RateSet, ...]:
        """The file's own rate set, and each that a combined commodity has a factor for."""
        used = {RATE_SET} | {one.number for found in self._adjustments.values() for one in found}
        return tuple(
            RateSet(number, self.for_customers, one.account_type, one.maintenance, self._class)
            for one, number in self._numbers.items()
            if number in used
        )

    def _factors(self, records: CommodityRecords) -> list[Adjustment]:
        found = []
        for requirement, number in self._numbers.items():
            factor = self._factor(records, requirement)
            if factor is not None and (number != RATE_SET or factor != 1):
                found.append(Adjustment(number, RATE_SET, factor))
        return found

    def _factor(self, records: CommodityRecords, requirement: Requirement) -> Decimal | None:
        if requirement.account_type not in ACCOUNT_TYPES:
            return None
        maintenance = _given(records.delivery, f"maintenance factor {requirement.account_type}")
        if requirement.maintenance:
            return maintenance
        ratio = _given(records.intra, f"initial to maintenance ratio {requirement.account_type}")
        if ratio is None or not self._own.maintenance:
            return None
        return ratio * (maintenance or 1)


def _given(records: Sequence[Record], name: str) -> Decimal | None:
    """The first value that is written and not 0, which would take all margin away."""
    return next((value for record in records if (value := record.decimal(name))), None)
