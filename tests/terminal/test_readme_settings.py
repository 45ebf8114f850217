"""The settings that the README shows are the defaults, key by key."""

import re
import tomllib
from pathlib import Path

import msgspec

from engine.limit_file import read_limits
from terminal.settings import Settings


def block(project_root: Path, first: str) -> str:
    """The TOML block of the README that begins with ``first``."""
    readme = (project_root / "README.md").read_text(encoding="utf-8")
    return next(found for found in re.findall(r"```toml\n(.*?)```", readme, re.DOTALL) if found.startswith(first))


def test_the_settings_of_the_readme_are_the_defaults(project_root: Path) -> None:
    written = tomllib.loads(block(project_root, "language"))
    assert msgspec.convert(written, Settings) == Settings()


def test_the_limit_of_the_readme_can_be_read(project_root: Path) -> None:
    (limit,) = read_limits(block(project_root, "[[limit]]"), "README.md").limits
    assert limit.hard == 1_000_000
