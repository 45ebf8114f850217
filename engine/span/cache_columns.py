"""How the columns of a parameter set are kept in its cache: with few bytes, as every byte is read and hashed each time.

Contracts of a series stand together and share most figures, so that many columns are runs of equal values. Amounts are
often whole money units, which fit half the bytes of scaled ones. Either is undone exactly, whatever the column holds.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

KINDS = "biuf"
"""Kinds of columns: truth values, integers, floats."""
UNITS = (1, 10**2, 10**4, 10**6)

Column = npt.NDArray[Any]


class Kept(NamedTuple):
    """A column as it is kept.

    Attributes:
        shape: Of the column.
        unit: What `values` are multiplied by; 0 where they are the column's own, of its own type.
        values: One-dimensional: all values, or one a run.
        counts: int64, lengths of the runs; empty where there are none.
    """

    shape: tuple[int, ...]
    unit: int
    values: Column
    counts: Column


def keep(column: Column) -> Kept:
    """The column as it is kept.

    Raises:
        TypeError: It holds something that is no number.
    """
    if column.dtype.kind not in KINDS:
        raise TypeError(f"the cache does not know how to keep a column of {column.dtype}")
    values = np.ascontiguousarray(column).reshape(-1)
    counts = np.zeros(0, dtype=np.int64)
    if column.ndim == 1:
        edges = np.concatenate(([0], np.flatnonzero(values[1:] != values[:-1]) + 1, [len(values)]))
        if (len(edges) - 1) * (values.itemsize + counts.itemsize) < values.nbytes:
            values, counts = values[edges[:-1]], np.diff(edges)
    unit = _unit(values)
    return Kept(column.shape, unit, (values // unit).astype(np.int32) if unit else values, counts)


def restore(kept: Kept) -> Column:
    """The column again.

    Raises:
        ValueError: The parts do not fit together.
    """
    values = np.multiply(kept.values, kept.unit, dtype=np.int64) if kept.unit else kept.values
    return (np.repeat(values, kept.counts) if len(kept.counts) else values).reshape(kept.shape)


def _unit(values: Column) -> int:
    """The unit in which 64-bit ``values`` fit 32 bits, or 0."""
    if values.dtype != np.int64 or not len(values):
        return 0
    span, least, most = np.iinfo(np.int32), int(values.min()), int(values.max())
    fitting = (unit for unit in UNITS if span.min <= least // unit and most // unit <= span.max)
    return next((unit for unit in fitting if unit == 1 or not (values % unit).any()), 0)
