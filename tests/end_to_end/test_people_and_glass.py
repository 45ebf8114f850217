"""People and break-glass by the command line, on a real authority: two administrators, one officer, one reviewer."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.end_to_end.forced_close import Processes


@pytest.fixture
def processes(tmp_path: Path) -> Iterator[Processes]:
    processes = Processes(tmp_path)
    yield processes
    processes.close()


def test_people_and_break_glass_by_the_command_line(processes: Processes) -> None:
    folder, endpoint = processes.folder, processes.authority()["authority"]
    founding = processes.found_people(endpoint)
    place = ("--authority", endpoint)
    key = {name: str(folder / f"{name}.key") for name in ("admin 1", "admin 2", "officer", "director")}

    refused = processes.refused

    # One administrator alone, or one twice, changes nothing; with a file the other signs elsewhere.
    alone = ("people", "revoke", "maker", *place, "--sign", key["admin 1"])
    assert "one signature is not enough" in refused(*alone)
    assert "two different administrators" in refused(*alone, "--sign", key["admin 1"])
    half = str(folder / "half")
    assert "signed once" in processes.run(*alone, "--out", half)
    assert "done: change 4" in processes.run("people", "sign", half, *place, "--sign", key["admin 2"])
    assert "does not follow" in refused("people", "sign", half, *place, "--sign", key["admin 2"])
    listing = processes.run("people", "list", *place)
    assert founding in listing
    assert "maker\tmaker\t-\n" in listing

    # One officer breaks the glass, no director does, and another person reviews it.
    glass = ("--reason", "the venue does not answer", *place)
    assert "no risk officer" in refused("break-glass", "cancel-all", *glass, "--sign", key["director"])
    identity = processes.run("break-glass", "block-opens", *glass, "--sign", key["officer"]).split()[0]
    assert "to be reviewed" in processes.run("break-glass", "list", *place)
    review = ("break-glass", "review", identity, *place, "--reason", "looked at", "--sign")
    assert "does not review it" in refused(*review, key["officer"])
    processes.run(*review, key["director"])
    assert "reviewed by director" in processes.run("break-glass", "list", *place)
