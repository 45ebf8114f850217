"""The display that widgets are tested on: the one there is, else a virtual one, else Qt's offscreen platform."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys


class VirtualDisplay:
    """One Xvfb for the whole run, started only where a Linux machine has no display of its own."""

    def __init__(self) -> None:
        self._server: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Give Qt something to draw on, through the environment."""
        if "QT_QPA_PLATFORM" in os.environ or not sys.platform.startswith("linux"):
            return
        if os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"):
            return
        xvfb = shutil.which("Xvfb")
        if xvfb is None:
            os.environ["QT_QPA_PLATFORM"] = "offscreen"
            return
        reading, writing = os.pipe()
        screen = ["-screen", "0", "1920x1080x24", "+extension", "GLX", "-nolisten", "tcp", "-noreset"]
        self._server = subprocess.Popen(
            [xvfb, "-displayfd", str(writing), *screen], pass_fds=[writing], stderr=subprocess.DEVNULL
        )
        os.close(writing)
        # Xvfb picks a free number itself and writes it once it accepts connections.
        with os.fdopen(reading) as answer:
            number = answer.readline().strip()
        if not number:
            self.stop()
            raise RuntimeError("Xvfb ended before it offered a display")
        os.environ["DISPLAY"] = f":{number}"

    def stop(self) -> None:
        """End the virtual display, if one was started."""
        if self._server is not None:
            self._server.terminate()
            self._server.wait(10)
            self._server = None
            os.environ.pop("DISPLAY", None)
