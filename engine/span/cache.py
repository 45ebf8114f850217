"""A parameter set as bytes and back, for a cache that saves reading the same large file twice.

Layout: `MAGIC`, the SHA-256 of all that follows, the length of a description, the description (JSON: everything but the
columns), the columns (cache_columns.py), each on a boundary of `ALIGNMENT` bytes. How the description is written
follows from the annotations of the model, and so does its `version`: another model does not read older bytes.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from decimal import Decimal
from enum import StrEnum
from functools import cache
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

import numpy as np
import numpy.typing as npt

from engine.span.cache_columns import KINDS, Column, Kept, keep, restore
from engine.span.parameters import ParameterSet

FORMAT = 1
"""Goes up with the layout of the bytes."""
READERS = 1
"""Goes up whenever a reader makes another model of the same file."""
MAGIC = b"PALISADE"
ALIGNMENT = 64
START = len(MAGIC) + hashlib.sha256().digest_size
DESCRIPTION = START + 8

Decoder = Callable[[Any, Sequence[Column]], Any]


class DamagedCacheError(Exception):
    """Bytes that are not what `packed` made of the file: cut off, altered, of another file or version."""


def packed(parameters: ParameterSet, source: str) -> Iterator[bytes | memoryview]:
    """The bytes of a parameter set, in pieces to be written one behind the other.

    Args:
        parameters: What was read.
        source: Digest of the file it was read from.
    """
    columns: list[Column] = []
    model = _plain(parameters, columns)
    places, parts, offset = [], [], 0
    for kept in map(keep, columns):
        place: list[Any] = [kept.shape, kept.unit]
        for part in (kept.values, kept.counts):
            place.append([part.dtype.str, len(part), offset])
            parts.append(part)
            offset += part.nbytes + _gap(part.nbytes)
        places.append(place)
    described = {"version": version(), "source": source, "columns": places, "model": model}
    description = json.dumps(described, separators=(",", ":")).encode()
    body: list[bytes | memoryview] = [len(description).to_bytes(8, "little"), description]
    body.append(bytes(_gap(DESCRIPTION + len(description))))
    for part in parts:
        body += [part.view(np.uint8).data, bytes(_gap(part.nbytes))]
    digest = hashlib.sha256()
    for piece in body:
        digest.update(piece)
    return iter([MAGIC, digest.digest(), *body])


def unpacked(content: npt.NDArray[np.uint8], source: str) -> ParameterSet:
    """The parameter set that `packed` made into ``content``.

    Args:
        content: All bytes.
        source: Digest of the file that is asked for.

    Raises:
        DamagedCacheError: They are not what was packed, or of another file or version.
    """
    view = content.data
    if view[: len(MAGIC)] != MAGIC or hashlib.sha256(view[START:]).digest() != view[len(MAGIC) : START]:
        raise DamagedCacheError("not what was written")
    first = DESCRIPTION + int.from_bytes(view[START:DESCRIPTION], "little")
    try:
        described = json.loads(bytes(view[DESCRIPTION:first]))
        if (described["version"], described["source"]) != (version(), source):
            raise DamagedCacheError("of another file or version")
        columns = [_column(content[first + _gap(first) :], *place) for place in described["columns"]]
        parameters: ParameterSet = _decoder(ParameterSet)(described["model"], columns)
    except (LookupError, TypeError, ValueError, ArithmeticError) as error:
        raise DamagedCacheError(str(error)) from error
    return parameters


@cache
def version() -> str:
    """What bytes are good for: this layout, these readers, this model and this order of bytes."""
    shapes: dict[str, list[str]] = {}
    _describe(ParameterSet, shapes)
    model = hashlib.sha256(json.dumps(shapes, sort_keys=True).encode()).hexdigest()
    return f"{FORMAT}.{READERS}-{sys.byteorder}-{model[:16]}"


def _describe(hint: Any, shapes: dict[str, list[str]]) -> None:
    """Note the fields of every record that ``hint`` leads to."""
    for inner in get_args(hint):
        _describe(inner, shapes)
    if is_dataclass(hint) and isinstance(hint, type) and hint.__name__ not in shapes:
        hints = get_type_hints(hint)
        shapes[hint.__name__] = [f"{name}: {inner}" for name, inner in hints.items()]
        for inner in hints.values():
            _describe(inner, shapes)


def _gap(size: int) -> int:
    """Bytes from ``size`` to the next boundary."""
    return -size % ALIGNMENT


def _column(content: npt.NDArray[np.uint8], shape: list[int], unit: int, *parts: tuple[str, int, int]) -> Column:
    values, counts = [_part(content, *part) for part in parts]
    return restore(Kept(tuple(shape), unit, values, counts))


def _part(content: npt.NDArray[np.uint8], kind: str, count: int, offset: int) -> Column:
    dtype = np.dtype(kind)
    if dtype.kind not in KINDS:
        raise ValueError(kind)
    return content[offset : offset + count * dtype.itemsize].view(dtype)


def _plain(value: Any, columns: list[Column]) -> Any:
    """A value of the model in what JSON knows; a column is left in ``columns`` and stands as its number."""
    if isinstance(value, np.ndarray):
        columns.append(value)
        return len(columns) - 1
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, tuple):
        return [_plain(item, columns) for item in value]
    if isinstance(value, Mapping):
        return [[_plain(key, columns), _plain(item, columns)] for key, item in value.items()]
    if is_dataclass(value):
        return [type(value).__name__, *(_plain(getattr(value, each.name), columns) for each in fields(value))]
    return value


@cache
def _decoder(hint: Any) -> Decoder:
    """What makes a value of type ``hint`` of what `_plain` made of it."""
    origin, inner = get_origin(hint), get_args(hint)
    if origin is np.ndarray:
        return lambda value, columns: columns[value]
    if origin is tuple:
        item = _decoder(inner[0])
        return lambda value, columns: tuple([item(each, columns) for each in value])
    if origin is Mapping:
        key, item = map(_decoder, inner)
        return lambda value, columns: {key(left, columns): item(right, columns) for left, right in value}
    if origin in (Union, UnionType):
        return _decoder_of_choice(inner)
    if is_dataclass(hint):
        return _decoder_of_record(hint)
    return _decoder_of_value(hint)


def _decoder_of_value(kind: Any) -> Decoder:
    if issubclass(kind, (Decimal, StrEnum)):
        return lambda value, _columns: kind(value)
    if kind in (str, int, bool):
        return lambda value, _columns: value
    raise TypeError(f"the cache does not know how to keep {kind}")


def _decoder_of_record(kind: Any) -> Decoder:
    hints = get_type_hints(kind)
    decoders = [_decoder(hints[each.name]) for each in fields(kind)]

    def decode(value: Any, columns: Sequence[Column]) -> Any:
        return kind(*[each(item, columns) for each, item in zip(decoders, value[1:], strict=True)])

    return decode


def _decoder_of_choice(kinds: tuple[Any, ...]) -> Decoder:
    """One of several records, told apart by their names, or of a value and None."""
    if all(map(is_dataclass, kinds)):
        records = {kind.__name__: _decoder(kind) for kind in kinds}
        return lambda value, columns: records[value[0]](value, columns)
    (kind,) = (kind for kind in kinds if kind is not NoneType)
    decoder = _decoder(kind)
    return lambda value, columns: None if value is None else decoder(value, columns)
