"""Canonical bytes: nested arrays of integers, bytes and text, as msgpack writes them in its smallest form.

Written here and not taken from a library, because the engine, the executor gate and an independent verifier must agree
to the bit on what was signed, for as long as records are kept, whatever a library's next version does. There is one
form of every value; `decoded` writes what it has read again and refuses bytes that differ.
"""

from __future__ import annotations

import unicodedata
from typing import Final, TypeAlias

from engine.text import BadInputError, Text, text

Value: TypeAlias = "int | bytes | str | tuple[Value, ...]"

LARGEST_BYTES: Final = 2**20
DEEPEST: Final = 8
_SIGNED = 2**63


def encoded(value: Value) -> bytes:
    """The canonical bytes of ``value``.

    Raises:
        ValueError: An integer beyond 64 bits with sign, or a value of another kind: a fault of the program.
    """
    parts: list[bytes] = []
    _write(value, parts)
    return b"".join(parts)


def decoded(content: bytes, where: str) -> Value:
    """The value whose canonical bytes these are.

    Args:
        content: At most `LARGEST_BYTES`.
        where: What is read, for the error.

    Raises:
        BadInputError: Cut off, too large or deep, of another kind, or not the canonical form.
    """
    if len(content) > LARGEST_BYTES:
        raise refusal(where, text("{count} bytes, at most {most} are read", count=len(content), most=LARGEST_BYTES))
    try:
        value, end = _read(content, 0, DEEPEST)
    except (IndexError, UnicodeDecodeError, _ForeignError):
        raise refusal(where, text("it is damaged or cut off")) from None
    if end != len(content) or encoded(value) != content:
        raise refusal(where, text("it is not in its canonical form"))
    return value


def refusal(where: str, what: Text) -> BadInputError:
    """The error about bytes that cannot be used."""
    return BadInputError(where, what, text("ask its sender for it again"))


class Fields:
    """The fields of a decoded array, taken one after the other and checked.

    Args:
        value: A decoded value.
        where: What it is, for errors.
        count: How many fields there have to be.

    Raises:
        BadInputError: Not an array of ``count`` values.
    """

    def __init__(self, value: Value, where: str, count: int) -> None:
        if not isinstance(value, tuple) or len(value) != count:
            raise refusal(where, text("it does not have {count} fields", count=count))
        self._where = where
        self._rest = iter(value)

    def integer(self, lowest: int, highest: int) -> int:
        """The next field, an integer within bounds."""
        value = next(self._rest)
        if not isinstance(value, int) or not lowest <= value <= highest:
            raise refusal(self._where, text("a number is missing or out of range"))
        return value

    def integer_or_nothing(self, lowest: int, highest: int) -> int | None:
        """The next field, an integer within bounds; None where empty text says that it is not known."""
        value = next(self._rest)
        if value == "":
            return None
        if not isinstance(value, int) or not lowest <= value <= highest:
            raise refusal(self._where, text("a number is missing or out of range"))
        return value

    def skip(self) -> None:
        """The next field is of no use here."""
        next(self._rest)

    def raw(self, shortest: int, longest: int | None = None) -> bytes:
        """The next field, bytes; of exactly ``shortest`` where there is no ``longest``."""
        value = next(self._rest)
        if not isinstance(value, bytes) or not shortest <= len(value) <= (shortest if longest is None else longest):
            raise refusal(self._where, text("bytes are missing or of the wrong length"))
        return value

    def words(self, longest: int, shortest: int = 1) -> str:
        """The next field, text that shows on a screen as it is: no control characters, no turned direction."""
        value = next(self._rest)
        if not isinstance(value, str) or not shortest <= len(value) <= longest:
            raise refusal(self._where, text("a text is missing or of the wrong length"))
        if not shows_as_it_is(value):
            raise refusal(self._where, text("a text has characters that do not show"))
        return value

    def rows(self, most: int, fewest: int = 0) -> tuple[Value, ...]:
        """The next field, an array."""
        value = next(self._rest)
        if not isinstance(value, tuple) or not fewest <= len(value) <= most:
            raise refusal(self._where, text("a list is missing, too short or too long"))
        return value


def shows_as_it_is(words: str) -> bool:
    """Whether a text has one form only and nothing in it that a screen hides or turns round."""
    plain = not any(unicodedata.category(character)[0] == "C" for character in words)
    return plain and words == words.strip() and unicodedata.is_normalized("NFC", words)


class _ForeignError(Exception):
    """A byte that begins nothing we write."""


def _write(value: Value, parts: list[bytes]) -> None:
    if isinstance(value, bool) or not isinstance(value, int | bytes | str | tuple):
        raise ValueError(f"{type(value).__name__} has no canonical form")
    if isinstance(value, int):
        parts.append(_integer(value))
    elif isinstance(value, bytes):
        parts += (_head(len(value), None, 0, (0xC4, 0xC5, 0xC6)), value)
    elif isinstance(value, str):
        raw = value.encode()
        parts += (_head(len(raw), 0xA0, 31, (0xD9, 0xDA, 0xDB)), raw)
    else:
        parts.append(_head(len(value), 0x90, 15, (None, 0xDC, 0xDD)))
        for each in value:
            _write(each, parts)


def _head(length: int, short: int | None, most: int, codes: tuple[int | None, int, int]) -> bytes:
    """Kind and length in the smallest form."""
    if short is not None and length <= most:
        return bytes((short | length,))
    for code, size in zip(codes, (1, 2, 4), strict=True):
        if code is not None and length < 256**size:
            return bytes((code,)) + length.to_bytes(size, "big")
    raise ValueError(f"{length} is too long")


def _integer(value: int) -> bytes:
    if -32 <= value < 128:
        return value.to_bytes(1, "big", signed=value < 0)
    if not -_SIGNED <= value < _SIGNED:
        raise ValueError(f"{value} does not fit 64 bits")
    first = 0xD0 if value < 0 else 0xCC
    for code, size in ((first, 1), (first + 1, 2), (first + 2, 4)):
        limit = 256**size
        if (-limit // 2 <= value) if value < 0 else (value < limit):
            return bytes((code,)) + value.to_bytes(size, "big", signed=value < 0)
    return bytes((first + 3,)) + value.to_bytes(8, "big", signed=value < 0)


def _read(content: bytes, place: int, depth: int) -> tuple[Value, int]:
    """The value at ``place`` and where it ends; anything that is not of our kinds raises."""
    code = content[place]
    place += 1
    if code < 0x80 or code >= 0xE0:
        return (code if code < 0x80 else code - 256), place
    if 0xCC <= code <= 0xD3:
        raw, place = _take(content, place, 1 << (code & 3))
        number = int.from_bytes(raw, "big", signed=code >= 0xD0)
        if number >= _SIGNED:
            raise _ForeignError
        return number, place
    length, place = _read_length(content, place, code)
    if 0x90 <= code < 0xA0 or code >= 0xDC:
        return _read_array(content, place, length, depth)
    raw, place = _take(content, place, length)
    return (raw if 0xC4 <= code <= 0xC6 else raw.decode()), place


def _read_length(content: bytes, place: int, code: int) -> tuple[int, int]:
    """The length of bytes, text or array, and where that begins."""
    if 0x90 <= code < 0xC0:
        return code & (15 if code < 0xA0 else 31), place
    sized = {0xC4: 1, 0xC5: 2, 0xC6: 4, 0xD9: 1, 0xDA: 2, 0xDB: 4, 0xDC: 2, 0xDD: 4}.get(code)
    if sized is None:
        raise _ForeignError
    raw, place = _take(content, place, sized)
    return int.from_bytes(raw, "big"), place


def _read_array(content: bytes, place: int, length: int, depth: int) -> tuple[Value, int]:
    # Every value takes a byte at least: a length beyond what is left is not believed.
    if depth == 0 or length > len(content) - place:
        raise _ForeignError
    values: list[Value] = []
    for _ in range(length):
        value, place = _read(content, place, depth - 1)
        values.append(value)
    return tuple(values), place


def _take(content: bytes, place: int, length: int) -> tuple[bytes, int]:
    if length > len(content) - place:
        raise _ForeignError
    return content[place : place + length], place + length
