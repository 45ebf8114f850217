"""Rules of the house that no linter knows, and the trap of the toolkit that a careless upgrade would walk into."""

from __future__ import annotations

import ast
import sys
import tomllib
from pathlib import Path

import pytest
from PySide6.QtCore import QObject, Signal

PACKAGES = ("engine", "feeds", "widgets", "terminal", "resources")


class Source(QObject):
    """Emits, for the count of references."""

    happened = Signal(bool)


def test_the_toolkit_keeps_its_references_on_none_and_true() -> None:
    """PySide6 6.12.0 drops one reference on True an emit and one on None a call, which ends in an abort."""
    source = Source()
    received: list[bool] = []
    source.happened.connect(received.append)
    nones, trues = sys.getrefcount(None), sys.getrefcount(True)
    for _ in range(100):
        source.happened.emit(True)
        source.setObjectName("source")
    received.clear()
    # Other code may take or drop a few; the fault drops a hundred.
    assert abs(sys.getrefcount(None) - nones) < 50
    assert abs(sys.getrefcount(True) - trues) < 50


def python_files(project_root: Path) -> list[Path]:
    return sorted(path for package in PACKAGES for path in (project_root / package).rglob("*.py"))


def test_no_code_opens_a_nested_event_loop(project_root: Path) -> None:
    """exec() under qasync breaks the other tasks: use open() and the finished signal."""
    nested = [
        f"{path.relative_to(project_root)}:{node.lineno}"
        for path in python_files(project_root)
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Attribute) and node.attr in ("exec", "exec_", "processEvents", "waitSignal")
    ]
    assert nested == []


def test_no_code_catches_everything(project_root: Path) -> None:
    broad = [
        f"{path.relative_to(project_root)}:{node.lineno}"
        for path in python_files(project_root)
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.ExceptHandler)
        and (node.type is None or (isinstance(node.type, ast.Name) and node.type.id in ("Exception", "BaseException")))
    ]
    assert broad == []


@pytest.mark.parametrize("package", PACKAGES)
def test_every_package_is_installed(package: str, project_root: Path) -> None:
    """A new folder has to be named in pyproject.toml, or an installed Palisade lacks it."""
    listed = tomllib.loads((project_root / "pyproject.toml").read_text("utf-8"))["tool"]["setuptools"]["packages"]
    folders = {path.parent.relative_to(project_root) for path in (project_root / package).rglob("*.py")}
    # Data folders of resources hold scripts that a person runs from the source, not packages.
    packages = {str(folder).replace("/", ".") for folder in folders if (project_root / folder / "__init__.py").exists()}
    assert packages <= set(listed)
