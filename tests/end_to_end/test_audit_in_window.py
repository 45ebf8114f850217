"""A person opens a record store in the running terminal, sees it verified, and finds one record in full."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from tests.end_to_end.stage import Stage, play, until
from tests.terminal.archives import Trail, make_trail
from widgets.workspace.views import AUDIT


@pytest.fixture
def trail(tmp_path: Path) -> Iterator[Trail]:
    trail = make_trail(tmp_path, changes=10, checkpoint_every=5)
    yield trail
    trail.close()


def test_records_are_opened_followed_and_verified_in_the_window(
    qapp: QApplication, tmp_path: Path, trail: Trail
) -> None:
    async def scene(stage: Stage) -> None:
        stage.start_exchange()
        await until(lambda: stage.view() is not None, "figures")
        stage.window.workspace.show_view(AUDIT)
        audit = stage.window.view(AUDIT)
        audit.open_requested.emit(str(tmp_path / "store"))
        await until(lambda: audit.records.rowCount() == 10, "the records")
        with trail.store.transaction(1, 1) as change:
            change.record("test", "more", {})
        await until(lambda: audit.records.rowCount() == 11, "the record that was added")
        audit.verify.click()
        await until(lambda: audit.verdict.text().startswith("✓"), "the verdict")
        audit.table.selectRow(0)
        assert "more" in audit.detail.toPlainText()

    play(qapp, tmp_path, scene)
