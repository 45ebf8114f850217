"""Sample exchange, authority and executor gate as the processes that a desk runs, and people with keys in files."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from collections.abc import Sequence
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

from feeds.keystore import Cost, card_bytes, new_keystore
from terminal.cli import main

SAMPLE = Path(__file__).parents[2] / "resources" / "sample" / "market.spn"
PALISADE = [sys.executable, "-m", "terminal.cli"]
CHEAP = Cost(1, 64, 1)
WORDS = "four words of my own"
PEOPLE = {"maker": "maker", "officer": "risk-officer", "director": "trading-director"}
ADMINISTRATORS = ("admin 1", "admin 2")


def command(*arguments: str) -> tuple[int, str, str]:
    """A command in this process: its status and what it wrote; each --sign gets the passphrase."""
    said, wrong, keyboard = io.StringIO(), io.StringIO(), sys.stdin
    sys.stdin = io.StringIO(f"{WORDS}\n" * arguments.count("--sign"))
    try:
        with redirect_stdout(said), redirect_stderr(wrong):
            status = main(arguments)
    finally:
        sys.stdin = keyboard
    return status, said.getvalue(), wrong.getvalue()


class Processes:
    """Everything started; ``close`` ends it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.running: list[subprocess.Popen[str]] = []

    def start(self, command: Sequence[str]) -> tuple[subprocess.Popen[str], dict[str, Any]]:
        """A process and what it says of itself."""
        made = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.running.append(made)
        assert made.stdout is not None
        line = made.stdout.readline()
        assert line, f"{command} ended with {made.wait()}"
        said: dict[str, Any] = json.loads(line)
        return made, said

    def exchange(self, *options: str) -> dict[str, Any]:
        """The sample exchange, which trades only what it is told to."""
        usual = ("--accounts", "12", "--positions", "8", "--fills", "0", "--exit-with-parent")
        return self.start([sys.executable, "-m", "feeds.simulator", *usual, *options])[1]

    def authority(self, *options: str) -> dict[str, Any]:
        store = str(self.folder / "authority")
        return self.start([*PALISADE, "authority", "--store", store, "--exit-with-parent", *options])[1]

    def executor(
        self, exchange: dict[str, Any], authority: dict[str, Any], founding: str, parameters: Path = SAMPLE
    ) -> subprocess.Popen[str]:
        options = [
            *("--parameters", str(parameters), "--store", str(self.folder / "executor"), "--founding", founding),
            *("--authority", authority["executor"], "--orders", exchange["orders"]),
            *("--journal", str(self.folder / "feeds")),
        ]
        for name in ("positions", "snapshots", "quotes"):
            options += [f"--{name}", exchange[name]]
        return self.start([*PALISADE, "executor", "--exit-with-parent", *options])[0]

    def run(self, *arguments: str) -> str:
        """A command to its good end, passphrases as lines of input; what it says."""
        status, said, wrong = command(*arguments)
        assert status == 0, wrong
        return said

    def refused(self, *arguments: str) -> str:
        """A command to its bad end; what it says of it."""
        status, _, wrong = command(*arguments)
        assert status != 0
        return wrong

    def found_people(self, endpoint: str) -> str:
        """Keys for everybody, two administrators, three people; the digest of the founding."""
        for person in (*ADMINISTRATORS, *PEOPLE):
            made = new_keystore(self.folder / f"{person}.key", person, WORDS, CHEAP)
            (self.folder / f"{person}.card").write_bytes(card_bytes(made.card))
        place = ["--authority", endpoint]
        signing = [part for name in ADMINISTRATORS for part in ("--sign", str(self.folder / f"{name}.key"))]
        cards = [part for name in ADMINISTRATORS for part in ("--card", str(self.folder / f"{name}.card"))]
        self.run("people", "found", *place, *cards, *signing)
        for person, role in PEOPLE.items():
            card = str(self.folder / f"{person}.card")
            self.run("people", "add", person, "--roles", role, "--card", card, *place, *signing)
        return self.run("people", "list", *place).split()[1]

    def close(self) -> None:
        """End everything; each process ends well when its parent lets go of it."""
        while self.running:
            process = self.running.pop()
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.close()
            try:
                process.wait(20)
            finally:
                process.kill()
                process.wait()
                process.stdout.close()
