"""The one place that knows the compiler of the kernels.

Compiled code is cached beside the source (or in the user's cache folder where that is read-only), so that only the
first run after an installation compiles. The cache of a kernel is keyed by its own file alone, not by the files of
kernels it calls: who changes `engine.numbers` or `engine.span.allocation` clears the caches (`make clean`). An
installer replaces all files together.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import ParamSpec, TypeVar

import numba

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")


def compiled(function: Callable[Parameters, Result]) -> Callable[Parameters, Result]:
    """Compile ``function`` at its first call; it then runs without the interpreter's lock."""
    kernel: Callable[Parameters, Result] = numba.njit(cache=True, nogil=True, boundscheck=False)(function)
    return kernel


def inlined(function: Callable[Parameters, Result]) -> Callable[Parameters, Result]:
    """Compile ``function`` into each of its callers: for steps so small that a call would cost more."""
    kernel: Callable[Parameters, Result] = numba.njit(inline="always", nogil=True)(function)
    return kernel
