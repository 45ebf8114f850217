"""Dialogs that need not be looked at for a second and a half by each test."""

from __future__ import annotations

import pytest

from widgets.approvals import passphrase_dialog


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Dialogs that can be signed, and pages that are read, as soon as the event loop turns."""
    monkeypatch.setattr(passphrase_dialog, "ARMING", 0)
