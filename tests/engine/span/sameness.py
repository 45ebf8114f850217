"""Compares two parameter sets field by field, columns with their types and values of Decimals as written."""

from dataclasses import fields, is_dataclass
from decimal import Decimal

import numpy as np

from engine.span.parameters import ParameterSet


def differences(one: object, other: object, path: str = "parameters") -> list[str]:
    """Paths of all fields in which the two differ."""
    if type(one) is not type(other):
        return [f"{path}: {type(one).__name__} and {type(other).__name__}"]
    if isinstance(one, np.ndarray):
        same = one.dtype == other.dtype and one.shape == other.shape and np.array_equal(one, other)
        return [] if same else [path]
    if is_dataclass(one):
        pairs = [(field.name, getattr(one, field.name), getattr(other, field.name)) for field in fields(one)]
    elif isinstance(one, dict):
        pairs = [(key, one.get(key), other.get(key)) for key in {**one, **other}]
    elif isinstance(one, tuple):
        if len(one) != len(other):
            return [f"{path}: {len(one)} and {len(other)}"]
        pairs = [(number, *pair) for number, pair in enumerate(zip(one, other, strict=True))]
    else:
        same = str(one) == str(other) if isinstance(one, Decimal) else one == other
        return [] if same else [f"{path}: {one!r} and {other!r}"]
    return [found for name, left, right in pairs for found in differences(left, right, f"{path}.{name}")]


def same(one: ParameterSet, other: ParameterSet) -> bool:
    """Whether the two are equal in every field."""
    return not differences(one, other)
