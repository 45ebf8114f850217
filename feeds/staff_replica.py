"""The chain of people as a receiver keeps it: every change checked by itself, the authority is not believed."""

from __future__ import annotations

from engine.authorisation.people import People, RefusedError, SignedChange
from engine.text import BadInputError, Text, text
from feeds.authority_messages import StaffUpdate
from feeds.authority_rows import change_of
from feeds.signing import verify


class StaffReplica:
    """People, as far as their chain has arrived.

    Args:
        founding: Digest of the founding change that is trusted; None to trust the first that is seen.

    Attributes:
        people: Everybody.
        changes: The chain.
        fault: Why the chain is not believed; None while it is.
    """

    def __init__(self, founding: bytes | None = None) -> None:
        self._founding = founding
        self.changes: list[SignedChange] = []
        self.people = People()
        self.fault: Text | None = None

    def __len__(self) -> int:
        return len(self.changes)

    def take(self, update: StaffUpdate) -> bool:
        """Take changes in; False where some before them are missing."""
        for place, row in enumerate(update.changes, update.first):
            if place > len(self.changes):
                return False
            try:
                signed = change_of(row)
                if place < len(self.changes):
                    if self.changes[place].change.digest != signed.change.digest:
                        raise RefusedError(text("the people are not those of before"))
                    continue
                if not place and self._founding not in (None, signed.change.digest):
                    raise RefusedError(text("the people were founded by another change than the one that is trusted"))
                self.people = self.people.applied(signed, verify)
            except (RefusedError, BadInputError) as refused:
                self.fault = refused.message
                return True
            self.changes.append(signed)
        return True
