"""Log records of level WARNING and above that no test announced."""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence


class StrayRecords(logging.Handler):
    """Collects what is logged at WARNING or above, from any thread."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)

    def complaints(self, expected: Sequence[str]) -> list[str]:
        """Records that match none of the ``expected`` patterns, and patterns that matched no record."""
        lines = [f"{record.levelname} {record.name}: {record.getMessage()}" for record in self.records]
        stray = [f"logged {line}" for line in lines if not any(re.search(pattern, line) for pattern in expected)]
        missing = [pattern for pattern in expected if not any(re.search(pattern, line) for line in lines)]
        return stray + [f"expected a log record that matches {pattern!r}" for pattern in missing]
