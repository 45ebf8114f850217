"""Writes reports of a running desk in a thread of their own, so that neither the desk nor the window waits."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from PySide6.QtCore import QThread

from engine.text import Text, UserFacingError, text
from terminal.report_command import write_report
from terminal.report_table import Report
from widgets.language import tr

SHEET: Final = ".xlsx"


class _Writer(QThread):
    """Writes one report. A thread of Qt's own, for the layout of a document starts timers."""

    def __init__(self, report: Report, path: Path) -> None:
        super().__init__()
        self._report, self._path = report, path
        self.told: Text | None = None

    def run(self) -> None:
        """Write: a spreadsheet where the file is called so, else PDF."""
        sheet = self._path if self._path.suffix.lower() == SHEET else None
        try:
            write_report(self._report, sheet, None if sheet is not None else self._path, tr)
        except UserFacingError as error:
            self.told = error.message
        else:
            self.told = text("report written: {file}", file=str(self._path))


class ReportWriting:
    """One report at a time. Its owner is the desk's thread."""

    def __init__(self) -> None:
        self._writer: _Writer | None = None
        self._refused: Text | None = None

    @property
    def told(self) -> Text | None:
        """What became of the last report, the same object until there is another; None while there was none."""
        if self._refused is not None:
            return self._refused
        return self._writer.told if self._writer is not None else None

    def write(self, report: Report, path: Path) -> None:
        """Begin to write ``report``."""
        if self._writer is not None and self._writer.isRunning():
            self._refused = text("{file} was not written: another report is being written", file=path.name)
            return
        self._refused, self._writer = None, _Writer(report, path)
        self._writer.start()

    def close(self, seconds: float) -> None:
        """Wait for what is being written, but not for ever."""
        if self._writer is not None:
            self._writer.wait(int(seconds * 1000))
