"""A display for machines that have none: an Xvfb of our own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from typing import Final

from engine.text import BadInputError, text

SCREEN: Final = ("-screen", "0", "1920x1080x24", "+extension", "GLX", "-nolisten", "tcp", "-noreset")
PATIENCE: Final = 10


def has_display() -> bool:
    """Whether windows have somewhere to go; always outside Linux."""
    if not sys.platform.startswith("linux"):
        return True
    return any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"))


class VirtualDisplay:
    """Offers a display through the environment between `start` and `stop`."""

    def __init__(self) -> None:
        self._server: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start Xvfb and point the environment at it.

        Raises:
            BadInputError: There is no Xvfb, or it does not start.
        """
        xvfb = shutil.which("Xvfb")
        if xvfb is None:
            what, remedy = text("no display and no Xvfb"), text("install xvfb, or run where there is a display")
            raise BadInputError("DISPLAY", what, remedy)
        reading, writing = os.pipe()
        # A session of its own: Ctrl-C reaches us first, and the windows close before their display goes.
        self._server = subprocess.Popen(
            [xvfb, "-displayfd", str(writing), *SCREEN],
            pass_fds=[writing],
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        os.close(writing)
        # Xvfb picks a free number itself and writes it once it accepts connections.
        with os.fdopen(reading) as answer:
            number = answer.readline().strip()
        if not number:
            self.stop()
            raise BadInputError("Xvfb", text("it did not start"), text("run where there is a display"))
        os.environ["DISPLAY"] = f":{number}"

    def stop(self) -> None:
        """End the display, if one was started."""
        if self._server is not None:
            self._server.terminate()
            self._server.wait(PATIENCE)
            self._server = None
            os.environ.pop("DISPLAY", None)
