"""The real parameter file that stands beside the project, where it does, and fixtures on it."""

from pathlib import Path

import pytest

from engine.span.parameters import ParameterSet
from engine.span.reading import read_parameters

__all__ = ["takas", "takas_file"]

SHARED_DATA = Path(__file__).resolve().parents[1].parent / "shared" / "data"


def shared_file(name: str) -> Path:
    """A file of ../shared/data; the test is skipped, by the file's name, where the checkout has none."""
    path = SHARED_DATA / name
    if not path.is_file():
        pytest.skip(f"needs ../shared/data/{name}, which is not beside this checkout")
    return path


@pytest.fixture(scope="session")
def takas_file() -> Path:
    """The whole Takasbank file of 2016-05-17."""
    return shared_file("span/takas.spn")


@pytest.fixture(scope="session")
def takas(takas_file: Path) -> ParameterSet:
    """Its parameters."""
    return read_parameters(takas_file)
