"""Finds contracts of a parameter set by parts of their names, half a million of them between two keys."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from engine.numbers import PRICE_DECIMALS, Integers, format_scaled
from engine.span.parameters import ParameterSet

Mask = npt.NDArray[np.bool_]

MONTH_LETTERS = "FGHJKMNQUVXZ"
MONTH_NAMES = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
RIGHT_WORDS = (("FUTURES",), ("C", "CALLS", "OPTIONS"), ("P", "PUTS", "OPTIONS"))
LAST = "\U0010ffff"
"""Sorts behind whatever a strike is written with."""
SHORT = 3
"""Letters of the longest word that is never taken apart where it stands first."""

_NUMBER = re.compile(r"\d[\d,]*(?:\.\d*)?$")
_JOINED_STRIKE = re.compile(r"(?:([CP])(\d[\d,]*(?:\.\d*)?)|(\d[\d,]*(?:\.\d*)?)([CP]))$")


class ContractSearch:
    """Which contracts a person means while typing.

    Contracts are looked at series by series: all strikes of a product, month and right are one run of rows, so most
    words are decided without looking at a single contract. Immutable once made; any thread may search.

    Args:
        parameters: Where to look; kept as `parameters`.
    """

    def __init__(self, parameters: ParameterSet) -> None:
        self.parameters = parameters
        table = parameters.contracts
        changes = [np.diff(column) != 0 for column in (table.family, table.period, table.right)]
        starts = np.concatenate(([0], np.flatnonzero(np.any(changes, axis=0)) + 1)).astype(np.int64)
        stops = np.append(starts[1:], len(parameters)).astype(np.int64)
        code = np.unique([one.code.upper() for one in parameters.families], return_inverse=True)[1]
        period = np.unique(parameters.periods, return_inverse=True)[1]
        family, right = table.family[starts], table.right[starts]
        # Product by product, futures before options, near before far, calls before puts.
        order = np.lexsort((right, period[table.period[starts]], family, right > 0, code[family]))
        self._starts, self._stops = starts[order], stops[order]
        self._family, self._right = family[order], right[order]
        self._period = table.period[starts][order]
        self._family_words = [_family_words(parameters, row) for row in range(len(parameters.families))]
        self._period_words = [_period_words(one) for one in parameters.periods]
        self._codes = [one.code.upper() for one in parameters.families]
        strikes, self._strike_place = np.unique(table.strike, return_inverse=True)
        written = [format_scaled(strike, PRICE_DECIMALS) for strike in strikes.tolist()]
        self._by_text = sorted(range(len(written)), key=written.__getitem__)
        self._strike_texts = [written[place] for place in self._by_text]

    def __len__(self) -> int:
        return len(self.parameters)

    def rows(self, fragment: str) -> Integers:
        """Rows of the contracts that every word of ``fragment`` fits, the likeliest first; all of them without words.

        A word fits where a part of the name begins with it: exchange, product, a word of the product's name, kind,
        combined commodity, month (``202703``, ``2027-03``, ``H27``, ``H7``, ``MAR27``), right, or strike; the first
        word also inside a product's code. A single letter is a right or begins a product.

        Returns:
            int64, rows of the parameter tables. Products that are named in full come first, then those that begin
            with the first word; within a product futures before options, near before far, low strikes before high.
        """
        words = split_words(fragment)
        if not words:
            return _joined(self._starts, self._stops)
        fits = [self._series_that_fit(word, first=not place) for place, word in enumerate(words)]
        strikes = [self._strikes_that_fit(word) for word in words]
        chosen = np.ones(len(self._starts), dtype=np.bool_)
        for fit, strike in zip(fits, strikes, strict=True):
            chosen &= fit if strike is None else fit | (self._right > 0)
        series = np.flatnonzero(chosen)
        series = series[np.argsort(self._ranks(words)[self._family[series]], kind="stable")]
        found = _joined(self._starts[series], self._stops[series])
        lengths = self._stops[series] - self._starts[series]
        kept = np.ones(len(found), dtype=np.bool_)
        for fit, strike in zip(fits, strikes, strict=True):
            if strike is not None and not fit[series].all():
                kept &= np.repeat(fit[series], lengths) | strike[self._strike_place[found]]
        return found if kept.all() else found[kept]

    def _series_that_fit(self, word: str, first: bool) -> Mask:
        families = [_begins(word, words) for words in self._family_words]
        if first:
            # What is typed first is most often a product, of which only the middle may be known.
            families = [fit or word in code for fit, code in zip(families, self._codes, strict=True)]
        elif len(word) == 1:
            families = [code == word for code in self._codes]
        periods = [len(word) > 1 and _begins(word, words) for words in self._period_words]
        rights = [word == words[0] or (len(word) > 1 and _begins(word, words)) for words in RIGHT_WORDS]
        return (
            np.array(families, dtype=np.bool_)[self._family]
            | np.array(periods, dtype=np.bool_)[self._period]
            | np.array(rights, dtype=np.bool_)[self._right]
        )

    def _strikes_that_fit(self, word: str) -> Mask | None:
        """Which of the different strikes begin with a number; None for what is no number."""
        if not _NUMBER.match(word):
            return None
        digits = word.replace(",", "")
        low, high = bisect_left(self._strike_texts, digits), bisect_left(self._strike_texts, digits + LAST)
        fit = np.zeros(len(self._by_text), dtype=np.bool_)
        fit[self._by_text[low:high]] = True
        return fit

    def _ranks(self, words: list[str]) -> Integers:
        """By family: 0 where a word is its code, 1 where its code begins with the first word, else 2."""
        ranks = (0 if code in words else 1 if code.startswith(words[0]) else 2 for code in self._codes)
        return np.fromiter(ranks, np.int64, len(self._codes))


def split_words(fragment: str) -> list[str]:
    """What is typed, in capitals and word by word: ``CL:C82`` is ``CL``, ``C`` and ``82``."""
    words: list[str] = []
    for word in fragment.upper().replace(":", " ").split():
        # Products are called 6C and C6 as well: short ones are taken apart only where a product stands before them.
        joined = _JOINED_STRIKE.match(word) if words or len(word) > SHORT else None
        words += [part for part in joined.groups() if part] if joined else [word]
    return words


def _begins(word: str, words: Iterable[str]) -> bool:
    return any(one.startswith(word) for one in words)


def _family_words(parameters: ParameterSet, row: int) -> tuple[str, ...]:
    family = parameters.families[row]
    commodities = [one.code for one in parameters.commodities if any(link.family == row for link in one.links)]
    words = (family.code, family.exchange, family.kind, *family.name.split(), *commodities)
    return tuple(word.upper().strip("()") for word in words)


def _period_words(period: str) -> tuple[str, ...]:
    """``202703S0`` as people write it: with a hyphen, and with the month's letter or name and the year."""
    year, month = period[:4], period[4:6]
    if not (month.isdecimal() and 1 <= int(month) <= len(MONTH_NAMES)):
        return (period,)
    letter, name = MONTH_LETTERS[int(month) - 1], MONTH_NAMES[int(month) - 1]
    short = (f"{letter}{year[2:]}", f"{letter}{year[3:]}", f"{name}{year[2:]}", f"{name}-{year[2:]}")
    return (period, f"{year}-{period[4:]}", *short)


def _joined(starts: Integers, stops: Integers) -> Integers:
    """The rows of several runs, one run after the other."""
    lengths = stops - starts
    before = np.concatenate(([0], np.cumsum(lengths)))
    rows: Integers = np.repeat(starts - before[:-1], lengths) + np.arange(before[-1])
    return rows
