"""`palisade demo` as a person starts it: a process that ends whole."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
from PySide6.QtGui import QImage

from tests.end_to_end.stage import SAMPLE

pytestmark = pytest.mark.timeout(180)
ROOT = Path(__file__).parents[2]
COMMAND = [sys.executable, "-m", "terminal.cli"]


def environment(**changes: str) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "error", **changes}


def wait_for(condition, what, seconds=60):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"waited {seconds} s in vain for: {what}"
        time.sleep(0.02)


def connected(process: psutil.Process) -> bool:
    """Whether a process has the connections that last: positions and quotes; the one for snapshots comes and goes."""
    try:
        return sum(one.status == psutil.CONN_ESTABLISHED for one in process.net_connections("tcp")) >= 2
    except psutil.Error:
        return False


def exchanges_of(process: psutil.Process) -> list[psutil.Process]:
    """Children that are sample exchanges; what a process forks on its way to one does not count."""
    found = []
    for child in process.children():
        with contextlib.suppress(psutil.Error):
            if "feeds.simulator" in child.cmdline():
                found.append(child)
    return found


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_window_and_the_exchange(tmp_path, number):
    process = subprocess.Popen([*COMMAND, "demo"], cwd=tmp_path, env=environment(), stderr=subprocess.PIPE, text=True)
    try:
        watched = psutil.Process(process.pid)
        # Subscribers are there: the window is up and its signal handlers with it.
        wait_for(lambda: process.poll() is not None or any(map(connected, exchanges_of(watched))), "connections")
        children = exchanges_of(watched)
        assert children
        process.send_signal(number)
        _, errors = process.communicate(timeout=30)
        assert (process.returncode, errors) == (0, "")
        wait_for(lambda: not any(map(connected, children)), "the end of the exchange")
    finally:
        process.kill()
        process.communicate()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Xvfb is a Linux display")
def test_without_a_display_the_demo_leaves_a_picture(tmp_path):
    hidden = {name: value for name, value in environment().items() if name not in ("DISPLAY", "WAYLAND_DISPLAY")}
    done = subprocess.run(
        [*COMMAND, "demo"], cwd=tmp_path, env=hidden, capture_output=True, text=True, timeout=120, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "build/demo.png" in done.stdout
    picture = QImage(str(tmp_path / "build" / "demo.png"))
    assert (picture.width(), picture.height()) == (1920, 1080)
    colours = {picture.pixel(x, y) for x in range(0, 1920, 3) for y in range(0, 1080, 3)}
    assert len(colours) > 200


def test_connect_shows_publishers_that_run_already(tmp_path):
    exchange = [sys.executable, "-m", "feeds.simulator", "--accounts", "10", "--exit-with-parent"]
    with subprocess.Popen(exchange, env=environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE) as publisher:
        ends = json.loads(publisher.stdout.readline())
        options = [f"--{name}={ends[name]}" for name in ("positions", "snapshots", "quotes")]
        command = [*COMMAND, "connect", "--parameters", str(SAMPLE), *options]
        process = subprocess.Popen(command, cwd=tmp_path, env=environment(), stderr=subprocess.PIPE, text=True)
        try:
            watched = psutil.Process(process.pid)
            wait_for(lambda: process.poll() is not None or connected(watched), "connections")
            process.send_signal(signal.SIGTERM)
            _, errors = process.communicate(timeout=30)
            assert (process.returncode, errors) == (0, "")
        finally:
            process.kill()
            process.communicate()
            publisher.stdin.close()


def test_a_missing_parameter_file_is_one_line_on_standard_error(tmp_path):
    command = [*COMMAND, "demo", "--parameters", "nothing.spn"]
    done = subprocess.run(
        command, cwd=tmp_path, env=environment(), capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 2
    assert done.stderr == "nothing.spn: the file does not exist; give the path of a parameter file\n"
