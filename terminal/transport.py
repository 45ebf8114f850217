"""Arguments of commands whose line to the authority leaves the machine."""

from __future__ import annotations

import argparse
from pathlib import Path

from engine.text import BadInputError, text
from feeds.curve import CurveClient, is_key, transport_key


def curve_of(arguments: argparse.Namespace) -> CurveClient | None:
    """How the line is encrypted, as ``--transport-key`` and ``--server-key`` say; None where neither is given.

    Raises:
        BadInputError: One without the other, or a key that is none.
    """
    own: Path | None = arguments.transport_key
    server: str | None = arguments.server_key
    if own is None and server is None:
        return None
    if own is None or server is None or not is_key(server.encode()):
        what = text("the line needs the key of this workstation and that of the authority")
        remedy = text("give --transport-key FILE and --server-key with its forty characters")
        raise BadInputError("--server-key", what, remedy)
    return CurveClient(transport_key(own), server.encode())
