"""The one place that knows the compiler of the kernels.

Compiled code is cached, so that only the first run after an installation compiles. The cache of a kernel is keyed by
its own file alone, not by the files of kernels it calls or of the records it takes. So an installed version has a
folder of its own for it, and a checkout, which keeps it beside the source, is compiled anew by the set-up when any
kernel has changed.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any, Generic, ParamSpec, TypeVar

import numba
import platformdirs
from numba.experimental import structref

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")
Record = TypeVar("Record")

if not (Path(__file__).parents[1] / "pyproject.toml").exists() and "NUMBA_CACHE_DIR" not in os.environ:
    _folder = Path(platformdirs.user_cache_dir("palisade", appauthor=False)) / "kernels" / version("palisade")
    numba.config.CACHE_DIR = str(_folder)


def compiled(function: Callable[Parameters, Result]) -> Callable[Parameters, Result]:
    """Compile ``function`` at its first call; it then runs without the interpreter's lock."""
    kernel: Callable[Parameters, Result] = numba.njit(cache=True, nogil=True, boundscheck=False)(function)
    return kernel


def borrowing(function: Callable[Parameters, Result]) -> Callable[Parameters, Result]:
    """Compile ``function`` as a step of kernels that uses the arrays it is given and makes none.

    Kernels count the users of each array at every step. Counts are atomic: those of a record of many arrays take longer
    than a small step itself. Such a step does not count, so its caller has to keep the arrays until it is done, as
    callers do. It gives back numbers alone, and what it calls does as well: `tests/engine/test_borrowing.py`. Copying
    slices makes an array where they may overlap; it is done number by number instead.

    The option is not among the compiler's documented ones; without it all works the same, only slower.
    """
    kernel: Callable[Parameters, Result] = numba.njit(cache=True, nogil=True, boundscheck=False, _nrt=False)(function)
    return kernel


def inlined(function: Callable[Parameters, Result]) -> Callable[Parameters, Result]:
    """Compile ``function`` into each of its callers: for steps so small that a call would cost more."""
    kernel: Callable[Parameters, Result] = numba.njit(inline="always", nogil=True)(function)
    return kernel


@structref.register
class HeldType(numba.types.StructRef):  # type: ignore[misc]  # the compiler has no types
    """What the compiler knows of a `Held`."""

    def preprocess_fields(self, fields: Any) -> Any:
        """Numbers in a record are numbers, not the constants they happen to be."""
        return tuple((name, numba.types.unliteral(kind)) for name, kind in fields)


class Held(structref.StructRefProxy, Generic[Record]):  # type: ignore[misc]
    """A record of arrays as compiled code has it, taken apart once.

    Handing a kernel a record takes a tenth of a microsecond an array, each time; handing it a held one half a
    microsecond in all. Only compiled code reads the record.
    """

    __slots__ = ()
    record: Record


structref.define_constructor(Held, HeldType, ["record"])
structref.define_boxing(HeldType, Held)


@compiled
def held(record: Record) -> Held[Record]:
    """Hold a record; what its arrays hold may change, but not which arrays they are."""
    return Held(record)
