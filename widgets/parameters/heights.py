"""Tables as high as their rows, so that what is said of the selected row stands right under them."""

from __future__ import annotations

from widgets.tables import DenseTable


def fit_height(table: DenseTable) -> None:
    """Let a table be no higher than its rows; where there is less room it scrolls."""
    rows = table.model().rowCount() * table.theme.metrics.row
    table.setMaximumHeight(table.horizontalHeader().height() + rows + 2)
