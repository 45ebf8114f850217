"""What every test gets: a display, a clean environment, and a check that it leaves nothing behind."""

from __future__ import annotations

import gc
import logging
import os
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import zmq
from hypothesis import HealthCheck, settings
from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from terminal.virtual_display import VirtualDisplay, has_display
from tests.leaks import Stock, open_sockets, watch_zmq
from tests.span_files import takas, takas_file  # noqa: F401  # fixtures for every test
from tests.stray_messages import StrayRecords

settings.register_profile(
    "palisade", derandomize=True, deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("palisade")

# The set-up script is for Debian and its relatives.
collect_ignore = ["test_set_up.py"] if os.name == "nt" else []

display = pytest.StashKey[VirtualDisplay]()


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers",
        "expects_log(pattern, ...): the test causes log records of level WARNING or above that match these patterns",
    )
    # A dock that holds an OpenGL view crashes when it floats unless contexts are shared from the start.
    QCoreApplication.setAttribute(Qt.ApplicationAttribute.AA_ShareOpenGLContexts)
    os.environ.update({"LANG": "C.UTF-8", "LC_ALL": "C.UTF-8"})
    config.stash[display] = VirtualDisplay()
    is_worker, shares_out = hasattr(config, "workerinput"), bool(config.getoption("numprocesses", None))
    # Each process of several has a display of its own: on one, their windows would take the keys from each other.
    if is_worker or not (has_display() or shares_out):
        if shutil.which("Xvfb"):
            config.stash[display].start()
        else:
            os.environ["QT_QPA_PLATFORM"] = "offscreen"
    watch_zmq()


def pytest_collection_finish() -> None:
    """Keep what the imports have made out of the collection of garbage after every test, which is slow otherwise."""
    gc.collect()
    gc.freeze()


def pytest_unconfigure(config: pytest.Config) -> None:
    if display in config.stash:
        config.stash[display].stop()


@pytest.fixture(autouse=True, scope="session")
def user_folders(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Keep tests away from the settings and data of the person who runs them."""
    for name in ("XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME"):
        os.environ[name] = str(tmp_path_factory.mktemp(name.lower()))


def _let_go_of_keys() -> None:
    """A key clicked with Ctrl leaves Ctrl held until the next key: rows selected then are added to those before."""
    if QGuiApplication.keyboardModifiers() != Qt.KeyboardModifier.NoModifier:
        QTest.keyClick(QWidget(), Qt.Key.Key_F24)


@pytest.fixture(autouse=True)
def nothing_left_behind(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail a test that leaves a thread, timer, socket, file or process behind, or logs what it did not announce."""
    if {"qapp", "qtbot", "qtmodeltester"} & set(request.fixturenames):
        # The application lives as long as the run and may open what it likes.
        request.getfixturevalue("qapp")
        _let_go_of_keys()
    records = StrayRecords()
    logging.getLogger().addHandler(records)
    before = Stock.take()
    yield
    left = [f"left behind: {name}" for name in before.left_since()]
    logging.getLogger().removeHandler(records)
    expected = [pattern for marker in request.node.iter_markers("expects_log") for pattern in marker.args]
    complaints = left + records.complaints(expected)
    if complaints:
        pytest.fail("\n".join(complaints), pytrace=False)


@pytest.fixture
def zmq_context() -> Iterator[zmq.Context[zmq.Socket[bytes]]]:
    """A fresh ZeroMQ context, ended within 5 s; sockets still open then fail the test."""
    context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
    yield context
    forgotten = open_sockets(context)
    for socket in forgotten:
        socket.close(linger=0)
    # term() waits for open sockets for ever, so it waits in a thread and we wait for that.
    ending = threading.Thread(target=context.term, name="end of the ZeroMQ context", daemon=True)
    ending.start()
    ending.join(5)
    if forgotten or ending.is_alive():
        pytest.fail(f"sockets of zmq_context are still open: {forgotten}", pytrace=False)


@pytest.fixture(scope="session")
def project_root() -> Path:
    """The folder that holds pyproject.toml."""
    return Path(__file__).resolve().parent.parent
