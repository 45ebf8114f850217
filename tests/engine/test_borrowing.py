"""Kernels' steps that borrow arrays keep to what that takes: they make none, and give back numbers alone."""

import ast
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest
from numba.core.errors import NumbaError

import engine
from engine.compiled import borrowing
from engine.numbers import Integers

ROOT = Path(engine.__file__).parent
NUMBERS = {"int", "float", "bool"}
GIVEN_BACK = NUMBERS | {"None"}
OF_NUMBERS = {"range", "len", "abs", "min", "max", "int", "float", "bool"}
"""Functions of Python's own that make no array."""
OF_ARRAYS = {"np.searchsorted", "np.isnan", "np.floor"}
"""Of arrays or numbers; they make none as they are used."""

Kernel = tuple[str, ast.FunctionDef]
"""How it is compiled, and its definition."""


def kernels() -> dict[tuple[str, str], Kernel]:
    """All there are, by module and name."""
    found = {}
    for file in ROOT.rglob("*.py"):
        module = ".".join(("engine", *file.relative_to(ROOT).with_suffix("").parts))
        for node in ast.parse(file.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef) and node.decorator_list:
                how = ast.unparse(node.decorator_list[0])
                if how in ("compiled", "borrowing", "inlined"):
                    found[module, node.name] = how, node
    return found


KERNELS = kernels()
BORROWING = [key for key, (how, _) in KERNELS.items() if how == "borrowing"]


def arrays_from(module: str, name: str) -> Iterator[str]:
    """Calls in a kernel, or in what is compiled into it, that may make an array or give one back."""
    for call in (node for node in ast.walk(KERNELS[module, name][1]) if isinstance(node, ast.Call)):
        called = ast.unparse(call.func)
        if called in OF_NUMBERS | OF_ARRAYS:
            continue
        kernel = getattr(import_module(module), called, None)
        of = getattr(kernel, "py_func", None)
        how, node = KERNELS.get((of.__module__, of.__name__), ("", None)) if of is not None else ("", None)
        if how == "inlined":
            yield from arrays_from(of.__module__, of.__name__)
        elif how != "borrowing" and (node is None or not is_of_numbers(node)):
            yield f"{module}.{name}: {called}"


def is_of_numbers(kernel: ast.FunctionDef) -> bool:
    """Whether a kernel takes and gives back nothing but numbers."""
    taken = [ast.unparse(argument.annotation) for argument in kernel.args.args if argument.annotation is not None]
    return kernel.returns is not None and {*taken, ast.unparse(kernel.returns)} <= NUMBERS


def test_there_are_steps_that_borrow():
    assert BORROWING


@pytest.mark.parametrize(("module", "name"), BORROWING, ids=".".join)
def test_a_step_that_borrows_gives_back_numbers(module, name):
    returns = KERNELS[module, name][1].returns
    parts = returns.slice.elts if isinstance(returns, ast.Subscript) else [returns]
    assert {ast.unparse(part) for part in parts} <= GIVEN_BACK


@pytest.mark.parametrize(("module", "name"), BORROWING, ids=".".join)
def test_a_step_that_borrows_calls_nothing_that_makes_arrays(module, name):
    assert not list(arrays_from(module, name))


def test_a_step_that_borrows_and_makes_an_array_is_not_compiled():
    @borrowing
    def made(count: int) -> int:
        room: Integers = np.empty(count, dtype=np.int64)
        room[0] = count
        return int(room[0])

    with pytest.raises(NumbaError, match="built-in function empty"):
        made(5)
