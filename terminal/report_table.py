"""A report as data: facts, and tables of typed columns. `xlsx_report` and `pdf_report` beside it write it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import Enum
from pathlib import Path

from engine.numbers import MONEY_DECIMALS, RATIO_DECIMALS
from engine.text import Text, UserFacingError, text


class Kind(Enum):
    """What a column holds: scale of its integers, decimals shown, format of a spreadsheet.

    Money is shown in whole units; the spreadsheet has every decimal behind it.
    """

    NAME = (0, 0, "@")
    COUNT = (0, 0, "#,##0;[Red]-#,##0")
    MONEY = (MONEY_DECIMALS, 0, "#,##0;[Red]-#,##0")
    PERCENT = (RATIO_DECIMALS, 1, "0.0%;[Red]-0.0%")
    NUMBER = (RATIO_DECIMALS, 2, "#,##0.00")
    INDEX = (RATIO_DECIMALS, 3, "0.000")
    OWN = (0, 0, "General")
    """Figures that each say what they are: see `Figure`."""

    def __init__(self, decimals: int, places: int, spreadsheet: str) -> None:
        self.decimals = decimals
        self.places = places
        self.spreadsheet = spreadsheet

    def number(self, value: int) -> Decimal:
        """The figure itself; a percentage as the ratio it is."""
        return Decimal(int(value)).scaleb(-self.decimals)

    def shown(self, value: int) -> str:
        """The figure as a person reads it."""
        number = self.number(value) * (100 if self is Kind.PERCENT else 1)
        words = f"{number:,.{self.places}f}".replace("-", "\N{MINUS SIGN}")
        if not any(digit in words for digit in "123456789"):
            words = words.lstrip("\N{MINUS SIGN}")
        return f"{words} %" if self is Kind.PERCENT else words


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure of a kind of its own, in a column that has several; `Kind.OWN` is that column's."""

    number: int
    kind: Kind


Value = int | Figure | str | Text | None
"""A scaled integer, alone or with its kind, a name, a sentence, or nothing."""


def figure_of(value: int | Figure, kind: Kind) -> Figure:
    """A figure of a column of ``kind``, with the kind that it has itself where it says one."""
    return Figure(value, kind) if isinstance(value, int) else value


def begun(path: Path) -> Path:
    """An empty file beside ``path`` to write a report into, which then takes its place.

    Raises:
        UserFacingError: It cannot be made.
    """
    part = path.with_name(f".{path.name}.part")
    try:
        part.touch()
    except OSError as error:
        raise cannot_write(path, error) from None
    return part


def cannot_write(path: Path, error: Exception) -> UserFacingError:
    """That a report's file could not be written, and why, in a person's words."""
    reason = error.strerror if isinstance(error, OSError) and error.strerror else error
    return UserFacingError(text("{file} cannot be written: {reason}", file=path, reason=reason))


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table: its heading and what it holds."""

    title: Text
    kind: Kind


@dataclass(frozen=True, slots=True)
class Table:
    """One table.

    Attributes:
        title: Its heading, and the name of its sheet.
        columns: From left to right.
        rows: One value a column; `NOT_COMPUTABLE` and None are told apart from 0.
        note: What is to be known of it.
        strong: Rows that head others.
        bars: Column that a bar is drawn of, -1 for none.
        soft, hard: Columns of the bounds that lines are drawn at, -1 for none.
    """

    title: Text
    columns: tuple[Column, ...]
    rows: Sequence[tuple[Value, ...]]
    note: Text | None = None
    strong: frozenset[int] = frozenset()
    bars: int = -1
    soft: int = -1
    hard: int = -1


@dataclass(frozen=True, slots=True)
class Report:
    """A whole report.

    Attributes:
        title: Its name.
        facts: What it rests on: what it is, and what that is.
        tables: In order.
        excluded: What it leaves out and why, one sentence each.
        signs: What is said at the foot of each page.
    """

    title: Text
    facts: Sequence[tuple[Text, str | Text]]
    tables: Sequence[Table]
    excluded: Sequence[Text] = field(default_factory=tuple)
    signs: str = ""
