"""What the demo asks of a scene."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from engine.text import Text
from terminal.app import Terminal


@dataclass(frozen=True, slots=True)
class Setting:
    """What a scene plays on.

    Attributes:
        exchange: More options of the sample exchange.
        limits: File of limits.
        reference: File of reference data.
        seconds: How long it takes.
    """

    exchange: tuple[str, ...]
    limits: Path
    reference: Path
    seconds: int


class Scene(Protocol):
    """A story told by real processes in the running window."""

    @property
    def setting(self) -> Setting:
        """What it plays on."""
        ...

    def start(self, terminal: Terminal, parameters: Path, exchange: Mapping[str, object]) -> None:
        """Begin, once the exchange has said where it listens; the desk is connected already."""
        ...

    def stop(self) -> None:
        """End every process of the scene."""
        ...

    @property
    def over(self) -> bool:
        """Whether everything has been told."""
        ...

    @property
    def failures(self) -> list[Text]:
        """Why it could not go on."""
        ...
