"""The example of the README works as printed."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from terminal.cli import main


def printed(project_root: Path, head: str, path: Path) -> Path:
    """The CSV block of the README that begins with ``head``, as a file."""
    readme = (project_root / "README.md").read_text("utf-8")
    (block,) = re.findall(rf"(?m)^    {head}.*\n(?:    .+\n)+", readme)
    path.write_text("".join(f"{line.strip()}\n" for line in block.splitlines()))
    return path


def test_the_positions_in_the_readme_have_a_margin(
    project_root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    positions = printed(project_root, "account,exchange", tmp_path / "positions.csv")
    market = project_root / "resources" / "sample" / "market.spn"
    code = main(["margin", "--parameters", str(market), "--positions", str(positions), "--format", "json"])
    result = json.loads(capsys.readouterr().out)
    assert code == 0
    # 10 long and 4 short crude oil: the far month scans 4,690 of the near month's 5,200.
    assert result["accounts"]["A-100"]["commodities"]["CL"]["scan_risk"] == "33240"
    assert set(result) == {"parameters", "accounts"}


def test_the_accounts_in_the_readme_are_read_and_refused_by_name_where_the_file_has_no_rates(
    project_root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    positions = printed(project_root, "account,exchange", tmp_path / "positions.csv")
    accounts = printed(project_root, "account,margining", tmp_path / "accounts.csv")
    market = project_root / "resources" / "sample" / "market.spn"
    options = ["--positions", str(positions), "--accounts", str(accounts)]
    assert main(["margin", "--parameters", str(market), *options]) == 2
    assert "A-100" in capsys.readouterr().err
