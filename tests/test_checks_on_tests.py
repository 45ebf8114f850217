"""The checks of conftest.py catch what they are there for: each case is a small test run by a pytest of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

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


def run_test(source: str, folder: Path, project_root: Path) -> subprocess.CompletedProcess[str]:
    """Run one test file under the project's own conftest and settings."""
    lines = source.strip("\n").splitlines()
    margin = len(lines[0]) - len(lines[0].lstrip())
    (folder / "test_case.py").write_text("\n".join(line[margin:] for line in lines) + "\n")
    settings = ["-c", str(project_root / "pyproject.toml"), "--rootdir", str(folder), "-p", "tests.conftest"]
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *settings, str(folder / "test_case.py")],
        cwd=project_root,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("thing", LEAKS)
def test_a_test_that_leaves_something_behind_fails(thing: str, tmp_path: Path, project_root: Path) -> None:
    run = run_test(LEAKS[thing], tmp_path, project_root)
    assert run.returncode == 1, run.stdout
    assert f"left behind: {thing}" in run.stdout


@pytest.mark.parametrize("complaint", FAULTS)
def test_a_test_that_says_what_it_did_not_announce_fails(complaint: str, tmp_path: Path, project_root: Path) -> None:
    run = run_test(FAULTS[complaint], tmp_path, project_root)
    assert run.returncode == 1, run.stdout
    assert complaint in run.stdout


def test_a_test_that_cleans_up_passes(tmp_path: Path, project_root: Path) -> None:
    run = run_test(CLEAN, tmp_path, project_root)
    assert run.returncode == 0, run.stdout
