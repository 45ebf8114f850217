"""The checks of conftest.py catch what they are there for: each case is a small test run by a pytest of its own."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from pathlib import Path
from xml.etree import ElementTree

import pytest

LEAKS = {
    "thread": """
        import threading
        stop = threading.Event()
        def test_it():
            threading.Thread(target=stop.wait, args=(60,), name="forgotten", daemon=True).start()
        """,
    "timer": """
        from PySide6.QtCore import QTimer
        kept = []
        def test_it(qapp):
            timer = QTimer(objectName="forgotten")
            timer.start(60_000)
            kept.append(timer)
        """,
    "socket": """
        import socket
        kept = []
        def test_it():
            kept.append(socket.create_server(("127.0.0.1", 0)))
        """,
    "file": """
        kept = []
        def test_it(tmp_path):
            kept.append((tmp_path / "forgotten").open("w"))
        """,
    "process": """
        import subprocess, sys
        kept = []
        def test_it():
            kept.append(subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE))
        """,
    "ZeroMQ context": """
        import zmq
        kept = []
        def test_it():
            kept.append(zmq.Context())
        """,
    "ZeroMQ socket": """
        import zmq
        kept = []
        shared = zmq.Context()
        def test_it():
            kept.append(shared.socket(zmq.PUB))
        """,
}
FAULTS = {
    "logged ERROR feeds: lost": """
        import logging
        def test_it():
            logging.getLogger("feeds").error("lost")
        """,
    "expected a log record that matches 'lost'": """
        import pytest
        @pytest.mark.expects_log("lost")
        def test_it():
            pass
        """,
    "Qt messages": """
        from PySide6.QtCore import qWarning
        def test_it():
            qWarning("a Qt warning")
        """,
    "DeprecationWarning: old": """
        import warnings
        def test_it():
            warnings.warn("old", DeprecationWarning)
        """,
    "sockets of zmq_context are still open": """
        import zmq
        kept = []
        def test_it(zmq_context):
            kept.append(zmq_context.socket(zmq.PUB))
        """,
    "died in a thread": """
        import threading
        def test_it():
            def fail():
                raise ValueError("died in a thread")
            thread = threading.Thread(target=fail)
            thread.start()
            thread.join()
        """,
}
CLEAN = """
    import logging, socket, subprocess, sys, threading
    import pytest, zmq
    from PySide6.QtCore import QTimer

    @pytest.mark.expects_log("WARNING feeds: la.e")
    def test_it(qapp, tmp_path, zmq_context):
        logging.getLogger("feeds").warning("late")
        thread = threading.Thread(target=print)
        thread.start()
        thread.join()
        timer = QTimer()
        timer.start(60_000)
        timer.stop()
        socket.create_server(("127.0.0.1", 0)).close()
        (tmp_path / "file").write_text("closed")
        subprocess.run([sys.executable, "-c", ""], check=True)
        zmq_context.socket(zmq.PUB).close()
    """


CASES = {**LEAKS, **FAULTS, "clean": CLEAN}


@pytest.fixture(scope="module")
def complaints(tmp_path_factory: pytest.TempPathFactory, project_root: Path) -> dict[str, str]:
    """What pytest said of each case under the project's own conftest and settings; empty where it passed."""
    folder = tmp_path_factory.mktemp("cases")
    for number, source in enumerate(CASES.values()):
        (folder / f"test_{number}.py").write_text(textwrap.dedent(source))
    options = ["-c", str(project_root / "pyproject.toml"), "--rootdir", str(folder), "-p", "no:cacheprovider"]
    subprocess.run(
        [sys.executable, "-m", "pytest", "-q", *options, "-p", "tests.conftest", "--junitxml", "report.xml", "."],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(project_root)},
        stdout=subprocess.DEVNULL,
        timeout=100,
        check=False,
    )
    said: dict[str, str] = {}
    for case in ElementTree.parse(folder / "report.xml").iter("testcase"):
        number = int(case.attrib["classname"].removeprefix("test_"))
        name = list(CASES)[number]
        said[name] = said.get(name, "") + "".join(
            f"{fault.text} {fault.get('message')}" for fault in case if fault.text
        )
    return said


@pytest.mark.parametrize("thing", LEAKS)
def test_a_test_that_leaves_something_behind_fails(thing: str, complaints: dict[str, str]) -> None:
    assert f"left behind: {thing}" in complaints[thing]


@pytest.mark.parametrize("complaint", FAULTS)
def test_a_test_that_says_what_it_did_not_announce_fails(complaint: str, complaints: dict[str, str]) -> None:
    assert complaint in complaints[complaint]


def test_a_test_that_cleans_up_passes(complaints: dict[str, str]) -> None:
    assert complaints["clean"] == ""
