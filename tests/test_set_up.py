"""What the set-up script says and does on a machine that lacks something, and on one that lacks nothing."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

EVERYWHERE = ("sh", "dirname", "cat", "cksum", "id", "uname", "tr", "env")


@pytest.fixture
def checkout(tmp_path: Path, project_root: Path) -> Path:
    """A checkout without a virtual environment."""
    (tmp_path / ".ci").mkdir()
    shutil.copy(project_root / ".ci" / "setup.sh", tmp_path / ".ci")
    shutil.copy(project_root / "pyproject.toml", tmp_path)
    return tmp_path


def set_up(checkout: Path, **programs: str) -> subprocess.CompletedProcess[str]:
    """Run the script where only ``programs`` (name -> shell script) and the barest tools exist."""
    tools = checkout / "tools"
    tools.mkdir()
    for name in EVERYWHERE:
        (tools / name).symlink_to(str(shutil.which(name)))
    for name, script in programs.items():
        (tools / name.replace("_", "-")).unlink(missing_ok=True)
        (tools / name.replace("_", "-")).write_text(f"#!/bin/sh\n{script}\n")
        (tools / name.replace("_", "-")).chmod(0o755)
    return subprocess.run(
        [checkout / ".ci" / "setup.sh"], env={"PATH": str(tools)}, capture_output=True, text=True, check=False
    )


def test_without_apt_one_line_names_what_to_install(checkout: Path) -> None:
    run = set_up(checkout)
    assert (run.returncode, run.stdout) == (1, "")
    assert run.stderr.count("\n") == 1
    assert "install Python 3.11, 3.12 or 3.13" in run.stderr


def test_without_root_one_line_holds_the_command_to_run(checkout: Path) -> None:
    nothing_installed = {"dpkg_query": "exit 1", "apt_cache": "exit 0", "apt_get": "exit 9", "id": "echo 1000"}
    run = set_up(checkout, **nothing_installed)
    assert (run.returncode, run.stdout) == (1, "")
    assert run.stderr.count("\n") == 1
    assert "run: sudo apt-get install" in run.stderr
    assert {"xvfb", "libxcb-cursor0", "fonts-noto-cjk", "python3.13-venv"} <= set(run.stderr.split())


def test_sudo_that_asks_for_a_password_is_not_used(checkout: Path) -> None:
    programs = {"dpkg_query": "exit 1", "apt_cache": "exit 0", "apt_get": "exit 9", "id": "echo 1000", "sudo": "exit 1"}
    assert "no right to install packages" in set_up(checkout, **programs).stderr


def test_a_failed_installation_says_which_command_to_run(checkout: Path) -> None:
    programs = {"dpkg_query": "exit 1", "apt_cache": "exit 0", "apt_get": "exit 100", "id": "echo 0"}
    run = set_up(checkout, **programs)
    assert run.returncode == 1
    assert "apt-get could not install; run: sudo apt-get update && sudo apt-get install" in run.stderr


def test_a_second_run_does_nothing(checkout: Path) -> None:
    (checkout / ".venv" / "bin").mkdir(parents=True)
    (checkout / ".venv" / "bin" / "palisade").touch(mode=0o755)
    fingerprint = subprocess.run(
        "cat pyproject.toml .ci/setup.sh | cksum", shell=True, cwd=checkout, capture_output=True, text=True, check=True
    )
    (checkout / ".venv" / "set-up-done").write_text(fingerprint.stdout)
    run = set_up(checkout)
    assert (run.returncode, run.stdout, run.stderr) == (0, "", "")
