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
from typing import ParamSpec, TypeVar

import numba
import platformdirs

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")

if not (Path(__file__).parents[1] / "pyproject.toml").exists() and "NUMBA_CACHE_DIR" not in os.environ:
    _folder = Path(platformdirs.user_cache_dir("palisade", appauthor=False)) / "kernels" / version("palisade")
    numba.config.CACHE_DIR = str(_folder)


def compiled(function: Callable[Parameters, Result]) -> Callable[Parameters, Result]:
    """Compile ``function`` at its first call; it then runs without the interpreter's lock."""
    kernel: Callable[Parameters, Result] = numba.njit(cache=True, nogil=True, boundscheck=False)(function)
    return kernel


def inlined(function: Callable[Parameters, Result]) -> Callable[Parameters, Result]:
    """Compile ``function`` into each of its callers: for steps so small that a call would cost more."""
    kernel: Callable[Parameters, Result] = numba.njit(inline="always", nogil=True)(function)
    return kernel
