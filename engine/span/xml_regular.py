"""Takes options that are written alike out of an XML parameter file before the parser sees them.

Nearly all of a large file is options in one form: the same elements in the same order. A series of such options reaches
the parser without them, and they are read in bulk; line ends stay, so that lines still count. Any other series, and all
that stands in comments and the like, is left as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from engine.numbers import MONEY_DECIMALS, NOT_COMPUTABLE, PRICE_DECIMALS, RATIO_DECIMALS, Integers
from engine.span.parameters import RIGHTS, SCENARIOS
from engine.span.xml_schema import OPTION, PARENTS
from engine.span.xml_values import PRICE_VALUE, RATIO_VALUE

ARRAY_WIDTH = SCENARIOS + 1
"""Scenarios and the composite delta."""
MARK = "options"
"""Attribute by which a series names its options while it goes through the parser."""
LARGEST_SERIES = 1 << 22
"""Bytes beyond which a series is left to the parser, which need not have it whole."""

SERIES, SERIES_END = b"<series>", b"</series>"
# In well-formed XML "<" is the start of a tag or of what can hide tags: a search for these misses nothing.
LANDMARK = re.compile(rb"<series[\s/>]|<!--|<!\[CDATA\[|<\?")
LONGEST_LANDMARK = len(b"<![CDATA[")
MOST_HIDING = 10_000
"""Comments and the like beyond which the rest of a file is left to the parser."""
HIDING = {b"<!--": b"-->", b"<![CDATA[": b"]]>", b"<?": b"?>"}

# "+" behind a repetition: what it took is not given back, so that time stays proportional to length.
SPACE = r"[ \t\r\n]*+"
# Printable ASCII without markup: anything else, in a field that nobody reads, is for the parser to judge.
UNREAD = r"[ -%'-;=?-~]*+"
SCALES = {PRICE_VALUE: PRICE_DECIMALS, RATIO_VALUE: RATIO_DECIMALS}
NUMBERS = {tag: SCALES[field.type] for tag, field in OPTION.fields.items() if field.type in SCALES}
READ = {"o": "([CP])"} | {tag: rf"(-?[0-9]{{1,9}}+(?:\.[0-9]{{1,{scale}}}+)?)" for tag, scale in NUMBERS.items()}
MUST = {"o", "k", "ra"}
CALL, PUT = RIGHTS.index("C"), RIGHTS.index("P")
# What stands before the options is for the parser; with no fault in its form, no line of an error depends on the way.
HEAD = re.compile(
    rf"(?:{SPACE}<([A-Za-z][A-Za-z0-9]*)>(?:{UNREAD}|(?:{SPACE}<([A-Za-z][A-Za-z0-9]*)>{UNREAD}</\2>)*+{SPACE})</\1>)*+{SPACE}".encode()
)
CHILD = re.compile(rf"{SPACE}<([A-Za-z][A-Za-z0-9]*)>".encode())
ARRAY = re.compile(
    rf"{SPACE}<r>([1-9][0-9]{{0,8}})</r>{SPACE}<a>-?[0-9]+(?:\.([0-9]{{1,{MONEY_DECIMALS}}}))?</a>[-<>/a0-9. \t\r\n]*"
    rf"<d>-?[0-9]+(?:\.([0-9]{{1,{RATIO_DECIMALS}}}))?</d>{SPACE}</ra>".encode()
)
TAGS_TO_SPACES = bytes.maketrans(b"/>", b"  ")


class Options(NamedTuple):
    """The options of one series in the order of the file, in columns of equal length.

    Attributes:
        right: Index in `RIGHTS`.
        strike: Price scale.
        price: Price scale, `NOT_COMPUTABLE` where not given.
        volatility: Ratio scale, None where not given.
        multiplier: Price scale, 0 where not given.
        lines: Line ends between the start of the series and that of the option.
        rate_set: Rate set of the arrays.
        arrays: int64 [options, 17], scenarios in money scale and the composite delta.
    """

    right: Integers
    strike: Integers
    price: Integers
    volatility: Integers | None
    multiplier: Integers
    lines: Integers
    rate_set: int
    arrays: Integers


class Form(NamedTuple):
    """How the options of a series are written: the pattern of one, the child in each of its groups, and its array."""

    pattern: re.Pattern[bytes]
    groups: tuple[str, ...]
    rate_set: int
    decimals: int
    delta_decimals: int


class RegularOptions:
    """Splits the bytes of a file into what the parser is to see and the options it need not see.

    Attributes:
        found: Options by the mark of their series, until somebody takes them.
    """

    def __init__(self) -> None:
        self.found: dict[str, Options] = {}
        self._rest = b""
        self._until = b""
        self._count = 0
        self._hiding = 0
        self._active = True

    def split(self, chunk: bytes) -> Iterator[bytes]:
        """The bytes to feed to the parser now that ``chunk`` has come in; an empty chunk ends the file."""
        content, place = self._rest + chunk, 0
        if not (chunk and self._active):
            self._rest = b""
            yield content
            return
        shown = []
        while (step := self._step(content, place)) is not None:
            place, piece = step
            shown.append(piece)
        self._rest = content[place:]
        yield b"".join(shown)

    def _step(self, content: bytes, place: int) -> tuple[int, bytes] | None:
        """Up to where ``content`` is dealt with next, and what the parser sees of it; None where more must come in."""
        if self._until:
            return self._hidden(content, place)
        landmark = LANDMARK.search(content, place) if self._active else None
        if landmark is None:
            stop = len(content) - LONGEST_LANDMARK if self._active else len(content)
        elif landmark[0] in HIDING and self._hiding < MOST_HIDING:
            stop, self._until = landmark.end(), HIDING[landmark[0]]
            self._hiding += 1
        elif landmark[0] != SERIES:
            # A series that is not plain may carry a mark of its own, which must find nothing.
            stop, self._active = landmark.start(), False
        else:
            return self._series(content, place, landmark.start())
        return (stop, content[place:stop]) if stop > place else None

    def _series(self, content: bytes, place: int, start: int) -> tuple[int, bytes] | None:
        """As `_step`, where the next landmark is a series at ``start``."""
        stop = content.find(SERIES_END, start)
        if stop >= 0:
            return stop, content[place:start] + self._without_options(content[start:stop])
        if len(content) - start > LARGEST_SERIES:
            stop = start + len(SERIES)
            return stop, content[place:stop]
        return (start, content[place:start]) if start > place else None

    def _hidden(self, content: bytes, place: int) -> tuple[int, bytes] | None:
        """Pass over a comment or the like."""
        found = content.find(self._until, place)
        if found >= 0:
            stop, self._until = found + len(self._until), b""
        else:
            stop = len(content) - len(self._until) + 1
        return (stop, content[place:stop]) if stop > place else None

    def _without_options(self, series: bytes) -> bytes:
        """A series, its end tag left off, as the parser is to see it."""
        options = regular_options(series)
        if options is None:
            return series
        mark = str(self._count)
        self._count += 1
        self.found[mark] = options
        start = series.index(b"<opt>")
        tag = f'<series {MARK}="{mark}">'.encode()
        return tag + series[len(SERIES) : start] + b"\n" * series.count(b"\n", start)


def regular_options(series: bytes) -> Options | None:
    """The options of a series, its end tag left off, where all are written alike; else None."""
    start = series.find(b"<opt>")
    if start < 0 or HEAD.fullmatch(series, len(SERIES), start) is None:
        return None
    form = _form(series, start + len(b"<opt>"))
    found = list(form.pattern.finditer(series, start)) if form is not None else []
    starts, stops = [one.start() for one in found], [one.end() for one in found]
    # One behind the other, from the first to the end, with nothing between them.
    if form is None or [*starts, len(series)] != [start, *stops]:
        return None
    texts = dict(zip(form.groups, zip(*[one.groups() for one in found], strict=True), strict=True))
    columns = {tag: _scaled(texts[tag], decimals) for tag, decimals in NUMBERS.items() if tag in texts}
    line_ends = np.flatnonzero(np.frombuffer(series, dtype=np.uint8) == ord("\n"))
    return Options(
        right=np.where(np.frombuffer(b"".join(texts["o"]), dtype="S1") == b"C", CALL, PUT),
        strike=columns["k"],
        price=columns["p"] if "p" in columns else np.full(len(found), NOT_COMPUTABLE),
        volatility=columns.get("v"),
        multiplier=columns["cvf"] if "cvf" in columns else np.zeros(len(found), dtype=np.int64),
        lines=np.searchsorted(line_ends, starts),
        rate_set=form.rate_set,
        arrays=_arrays(texts["ra"], form),
    )


def _form(series: bytes, place: int) -> Form | None:
    """How the first option is written, from behind its start tag on; None where that is nothing usual."""
    tags: list[str] = []
    array = None
    while (child := CHILD.match(series, place)) is not None:
        tag, place = child[1].decode(), child.end()
        tags.append(tag)
        if tag == "ra":
            array = ARRAY.match(series, place)
            place = array.end() if array is not None else len(series)
        else:
            end = f"</{tag}>".encode()
            place = series.find(b"<", place)
            if not series.startswith(end, place):
                return None
            place += len(end)
    read = [tag for tag in tags if tag == "ra" or tag in OPTION.fields]
    # What is given twice or may not stand here gets its error on the usual way.
    if array is None or len(set(read)) != len(read) or not set(read) >= MUST or PARENTS.keys() & set(tags):
        return None
    return _compiled(tuple(tags), int(array[1]), len(array[2] or b""), len(array[3] or b""))


@lru_cache(maxsize=64)
def _compiled(tags: tuple[str, ...], rate_set: int, decimals: int, delta_decimals: int) -> Form:
    """The form with these children, and arrays of this rate set in these numbers of decimals."""
    scenarios = rf"(?:{SPACE}<a>{_array_number(decimals)}</a>){{{SCENARIOS}}}+"
    delta = rf"{SPACE}<d>{_array_number(delta_decimals)}</d>"
    inner = {tag: READ.get(tag, UNREAD) for tag in tags}
    inner["ra"] = rf"{SPACE}<r>{rate_set}</r>({scenarios}{delta}){SPACE}"
    children = "".join(f"{SPACE}<{tag}>{inner[tag]}</{tag}>" for tag in tags)
    pattern = re.compile(f"<opt>{children}{SPACE}</opt>{SPACE}".encode())
    return Form(pattern, tuple(tag for tag in tags if inner[tag] != UNREAD), rate_set, decimals, delta_decimals)


def _array_number(decimals: int) -> str:
    return "-?[0-9]{1,11}+" + (rf"\.[0-9]{{{decimals}}}" if decimals else "")


def _scaled(texts: Sequence[bytes], decimals: int) -> Integers:
    """A column of numbers as the model keeps them: in equal decimals, digits without points are scaled integers."""
    parts = [text.partition(b".") for text in texts]
    places = {len(fraction) for _, _, fraction in parts}
    if len(places) == 1:
        scaled: Integers = _integers(b" ".join(texts).replace(b".", b"")) * 10 ** (decimals - places.pop())
        return scaled
    return _integers(b" ".join([whole + fraction.ljust(decimals, b"0") for whole, _, fraction in parts]))


def _integers(digits: bytes) -> Integers:
    return np.fromstring(digits, dtype=np.int64, sep=" ")


def _arrays(texts: Sequence[bytes], form: Form) -> Integers:
    """int64 [options, 17]: without points, numbers of equal decimals are scaled integers."""
    digits = b"".join(texts).translate(TAGS_TO_SPACES, b"<ad.")
    arrays = _integers(digits).reshape(len(texts), ARRAY_WIDTH)
    arrays[:, :SCENARIOS] *= 10 ** (MONEY_DECIMALS - form.decimals)
    arrays[:, SCENARIOS] *= 10 ** (RATIO_DECIMALS - form.delta_decimals)
    return arrays
