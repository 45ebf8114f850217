"""The settings that the README shows are the defaults, key by key."""

import re
from pathlib import Path

from engine.limit_file import read_limits
from terminal.settings import Settings, read_settings


def block(project_root: Path, first: str) -> str:
    """The TOML block of the README that begins with ``first``."""
    readme = (project_root / "README.md").read_text(encoding="utf-8")
    return next(found for found in re.findall(r"```toml\n(.*?)```", readme, re.DOTALL) if found.startswith(first))


def test_the_settings_of_the_readme_are_the_defaults(project_root: Path, tmp_path: Path) -> None:
    (tmp_path / "settings.toml").write_text(block(project_root, "language"), "utf-8")
    assert read_settings(tmp_path / "settings.toml") == Settings()


def test_the_limit_of_the_readme_can_be_read(project_root: Path) -> None:
    (limit,) = read_limits(block(project_root, "[[limit]]"), "README.md").limits
    assert limit.hard == 1_000_000
