"""The Accounts view: who is closest to trouble, worst first, filtered as one types."""

from __future__ import annotations

from typing import cast

from PySide6.QtCore import QEvent, QItemSelectionModel, QModelIndex, QObject, QPoint, QRect, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPen, QPolygon
from PySide6.QtWidgets import QAbstractItemView, QApplication, QLineEdit, QVBoxLayout

from engine.numbers import NOT_COMPUTABLE
from engine.snapshot import Snapshot, Standing
from engine.text import text
from widgets.account_model import TONES, AccountModel, Column
from widgets.account_rows import bar_end
from widgets.cells import CellDelegate, Index, tone_colour
from widgets.language import tr
from widgets.numbers_text import count
from widgets.panel import View
from widgets.selection import Selected
from widgets.tables import DenseTree, fit_columns, set_widths, visible_columns
from widgets.theme import Theme
from widgets.workspace.actions import KeyHint

SORT_INTERVAL = 1000
"""Milliseconds between two sorts: rows that jump more often cannot be read."""
WIDTHS = (120, 46, 88, 88, 88, 142, 52, 90)
TIGHT = (120, 44, 80, 80, 80, 118, 52, 84)
"""Widths of the columns where there is room, and where names would be cut to a few letters."""
NAME_WIDTH = 132
"""Pixels that names keep; the trend and the distance to the call line give way, the tool tip still names them."""
LAST = (Column.EQUITY, Column.MARGIN, Column.AVAILABLE)
"""Columns that give way where a dock is narrower still, the first one first: a row without a name says nothing. The
currency stays where there are several: amounts without one are worse."""
SHORT_NAME = 124
"""Pixels that names keep from these."""
COMFORTABLE_NAME = 168
LONGEST_RATIO = 260
MARK = 9
TRIANGLE = ((-4, 3), (4, 3), (0, -5))
SQUARE = ((-4, 4), (4, 4), (4, -4), (-4, -4))


class RatioDelegate(CellDelegate):
    """Paints the risk ratio: standing mark, number, bar with ticks at the call line and the forced close line."""

    def paint_content(self, painter: QPainter, rect: QRect, index: Index, muted: bool) -> None:
        """One account's ratio; nothing in a group's row."""
        model = cast("AccountModel", index.model())
        row = model.row_of(index)
        if row < 0:
            return
        cell = model.cell(index)
        standing, ratio = Standing(int(model.table.standing[row])), int(model.table.ratio[row])
        if ratio == NOT_COMPUTABLE:
            self.paint_text(painter, rect.adjusted(2 * MARK, 0, 0, 0), cell._replace(right=False))
        else:
            number = QRect(rect.left() + MARK, rect.top(), 72, rect.height())
            self.paint_text(painter, number, cell, muted)
            bar = QRect(number.right() + 4, 0, rect.right() - number.right() - 12, self.theme.metrics.bar)
            bar.moveTop(rect.center().y() - bar.height() // 2)
            self._paint_bar(painter, bar, model, ratio, standing)
        self._paint_mark(painter, QPoint(rect.left() + MARK, rect.center().y() + 1), standing)

    def _paint_bar(self, painter: QPainter, bar: QRect, model: AccountModel, ratio: int, standing: Standing) -> None:
        colours, end = self.theme.colours, bar_end(model.lines.call, model.lines.close)
        painter.fillRect(bar, colours.track)
        filled = QRect(bar)
        filled.setWidth(round(bar.width() * min(max(ratio, 0), end) / end))
        painter.fillRect(filled, tone_colour(self.theme, TONES[standing]))
        painter.setPen(colours.text)
        for line, height in ((model.lines.call, 2), (model.lines.close, 4)):
            x = bar.left() + round(bar.width() * line / end)
            painter.drawLine(x, bar.top() - height, x, bar.bottom() + height)

    def _paint_mark(self, painter: QPainter, centre: QPoint, standing: Standing) -> None:
        """A shape a standing, to be told without colour: hollow and full triangle, square, question mark."""
        if standing is Standing.OK:
            return
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colour = tone_colour(self.theme, TONES[standing])
        painter.setPen(QPen(colour, 1.3))
        if standing is Standing.UNKNOWN:
            painter.setFont(self.theme.font(strong=True))
            painter.drawText(QRect(centre.x() - 5, centre.y() - 8, 12, 14), int(Qt.AlignmentFlag.AlignCenter), "?")
        else:
            if standing is not Standing.WARNING:
                painter.setBrush(colour)
            corners = (
                [(-4, 3), (4, 3), (0, -5)] if standing is not Standing.CLOSE else [(-4, 4), (4, 4), (4, -4), (-4, -4)]
            )
            painter.drawPolygon(QPolygon([centre + QPoint(x, y) for x, y in corners]))
        painter.restore()


class AccountTree(DenseTree):
    """The tree; typing letters in it goes to the filter."""

    typed = Signal(str)

    def keyboardSearch(self, search: str) -> None:  # noqa: N802
        """Hand what is typed to the filter instead of jumping about."""
        if search.strip():
            self.typed.emit(search)


class AccountsView(View):
    """Tree group → account with a filter; tells which account a person has chosen."""

    batch_requested = Signal(object)
    """Names of the accounts whose forced closes are to be proposed together; none for all over their line."""

    hints = (
        KeyHint(text("Select more accounts, for a batch of forced closes"), ("Shift+Down", "Ctrl+Space")),
        KeyHint(text("From the filter to the first account"), ("Return", "Down")),
        KeyHint(text("Clear the filter"), ("Esc",)),
        KeyHint(text("Open or close a group"), ("Right", "Left")),
    )

    def __init__(self, theme: Theme) -> None:
        super().__init__("accounts", theme)
        self.model = AccountModel(self)
        self.tree = AccountTree(theme)
        self.tree.setObjectName("account_tree")
        self.tree.setModel(self.model)
        self.ratio_delegate = RatioDelegate(theme, self.tree)
        self.tree.set_column_delegate(Column.RATIO, self.ratio_delegate)
        self.tree.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        set_widths(self.tree.header(), WIDTHS, Column.ACCOUNT)
        rows = QVBoxLayout(self.body)
        rows.setContentsMargins(0, 0, 0, 4)
        rows.addWidget(self.tree)
        self.filter = QLineEdit()
        self.filter.setObjectName("account_filter")
        self.filter.setClearButtonEnabled(True)
        self.filter.setFixedWidth(190)
        self.header.row.addWidget(self.filter)
        self.account = ""
        self._collapsed: set[str] = set()
        self._several: tuple[str, ...] = ()
        self._snapshot: Snapshot | None = None
        self._waiting = ""
        self._share: float | None = None
        self._sorting = QTimer(self, singleShot=True, interval=SORT_INTERVAL)
        self._connect()
        self.retranslate()

    def show_snapshot(self, snapshot: Snapshot) -> None:
        """Draw new figures; cheap enough for every frame."""
        self._snapshot = snapshot
        self.refresh_when_visible(at_once=not len(self.model.table))

    def show_selected(self, selected: Selected) -> None:
        """Mark the account that was chosen in another view."""
        if selected.account:
            self.choose(selected.account)

    def show_waiting(self, message: str, share: float | None = None) -> None:
        """Say what is being waited for while there are no accounts, and the share of it done where that is known."""
        self._waiting, self._share = message, share
        self._say_what_is_missing()

    def choose(self, account: str) -> None:
        """Select an account and say so, whether the filter shows it or not."""
        if account == self.account:
            return
        self.account = account
        self._mark_selected()
        self.account_selected.emit(account)

    @property
    def selected(self) -> tuple[str, ...]:
        """Every account that is selected, a batch where there are several."""
        rows = self.tree.selectionModel().selectedRows()
        return tuple(filter(None, map(self.model.account_of, rows)))

    def request_batch(self) -> None:
        """Ask for the forced closes of the accounts that are selected."""
        if self.selected:
            self.batch_requested.emit(self.selected)

    def focus_filter(self) -> None:
        """Put the cursor into the filter, its text ready to be replaced."""
        self.filter.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.filter.selectAll()

    def refresh(self) -> None:
        """Draw the newest snapshot."""
        if self._snapshot is None:
            return
        table = self._snapshot.accounts
        self.model.show(table, self._snapshot.lines)
        if not len(table):
            self._say_what_is_missing()
            return
        if not self.account:
            self.choose(self.model.account_of(self.model.index(0, 0, self.model.index(0, 0))))
        if self.is_empty:
            self.show_body()
            # The first thing a person wants is to move among the accounts, unless they are typing already.
            if not isinstance(QApplication.focusWidget(), QLineEdit):
                self.tree.setFocus()
        if not self._sorting.isActive():
            self._sorting.start()

    def retranslate(self) -> None:
        """Write every text in the language in force."""
        self.header.title.setText(tr("Accounts"))
        self.filter.setPlaceholderText(tr("Filter: name, group, >80%"))
        self.filter.setAccessibleName(tr("Filter accounts"))
        self.tree.setAccessibleName(tr("Accounts"))
        self.model.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, len(Column) - 1)
        self._describe()
        self.placeholder.loading.retranslate()
        self._say_what_is_missing()

    def set_theme(self, theme: Theme) -> None:
        """Paint with the tokens of ``theme`` from now on."""
        super().set_theme(theme)
        self.tree.set_theme(theme)

    def set_outdated(self, message: str) -> None:
        """Hatch the figures and say why."""
        super().set_outdated(message)
        if bool(self.tree.property("outdated")) != bool(message):
            self.tree.setProperty("outdated", bool(message))
            self.tree.viewport().update()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        """Arrow down and Enter lead from the filter into the tree, Escape clears it."""
        if watched is self.filter and event.type() == QEvent.Type.KeyPress:
            key = cast("QKeyEvent", event).key()
            if key == Qt.Key.Key_Escape:
                self.filter.clear()
                self.tree.setFocus()
                return True
            if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Down):
                self._choose_first()
                return True
        return super().eventFilter(watched, event)

    def _connect(self) -> None:
        self._sorting.timeout.connect(self.model.sort_again)
        self.model.modelAboutToBeReset.connect(self._keep_selection)
        self.model.modelReset.connect(self._restore)
        self.model.layoutChanged.connect(self._describe)
        self.filter.textChanged.connect(self.model.set_pattern)
        self.tree.typed.connect(self._type_into_filter)
        self.tree.expanded.connect(self._note_expanded)
        self.tree.collapsed.connect(self._note_collapsed)
        self.tree.selectionModel().currentChanged.connect(self._on_current_changed)
        self.filter.installEventFilter(self)
        self.placeholder.loading.cancelled.connect(self.cancel_requested)
        self.tree.resized.connect(self._fit_columns)

    def _keep_selection(self) -> None:
        self._several = self.selected

    def _restore(self) -> None:
        """Open, select and scroll as it was before the rows were built anew."""
        place = self.tree.verticalScrollBar().value()
        self.tree.blockSignals(True)
        self.tree.expandAll()
        for row, code in enumerate(self.model.order.groups.tolist() if not self.filter.text() else ()):
            if self.model.grouping.names[code] in self._collapsed:
                self.tree.collapse(self.model.index(row, 0))
        self.tree.blockSignals(False)
        self._mark_selected()
        self.tree.verticalScrollBar().setValue(place)
        self._fit_columns()
        self._describe()

    def _mark_selected(self) -> None:
        index = self.model.index_of(self.account)
        if index.isValid():
            self.tree.setCurrentIndex(index)
        select = QItemSelectionModel.SelectionFlag.Select | QItemSelectionModel.SelectionFlag.Rows
        several, self._several = self._several, ()
        for account in several:
            if (each := self.model.index_of(account)).isValid():
                self.tree.selectionModel().select(each, select)

    def _on_current_changed(self, current: QModelIndex, _previous: QModelIndex) -> None:
        account = self.model.account_of(current)
        if account and account != self.account:
            self.account = account
            self.account_selected.emit(account)

    def _choose_first(self) -> None:
        self.tree.setFocus()
        if self.model.rowCount() and not (self.filter.text() == "" and self.account):
            self.tree.setCurrentIndex(self.model.index(0, 0, self.model.index(0, 0)))

    def _type_into_filter(self, typed: str) -> None:
        self.filter.setFocus()
        self.filter.setText(typed)

    def _note_expanded(self, index: QModelIndex) -> None:
        self._collapsed.discard(self.model.grouping.names[self.model.group_of(index)])

    def _note_collapsed(self, index: QModelIndex) -> None:
        self._collapsed.add(self.model.grouping.names[self.model.group_of(index)])

    def _fit_columns(self) -> None:
        # Where there is one currency, the heading names it.
        self.tree.setColumnHidden(Column.CURRENCY, len(set(self.model.table.currencies)) < 2)
        for column in LAST:
            self.tree.setColumnHidden(column, False)
        fit_columns(self.tree, WIDTHS, NAME_WIDTH, (Column.TREND, Column.TO_CALL))
        fit_columns(self.tree, TIGHT, SHORT_NAME, LAST)
        others = [column for column in visible_columns(self.tree) if column not in (Column.ACCOUNT, Column.RATIO)]
        width = self.tree.viewport().width()
        tight = width - sum(WIDTHS[column] for column in (*others, Column.RATIO)) < NAME_WIDTH
        widths = TIGHT if tight else WIDTHS
        for other in others:
            self.tree.header().resizeSection(other, widths[other])
        room = width - sum(widths[column] for column in others) - COMFORTABLE_NAME
        # What names do not need makes the bars longer, and so the distance to the lines easier to see.
        self.tree.header().resizeSection(Column.RATIO, min(max(room, widths[Column.RATIO]), LONGEST_RATIO))

    def _describe(self) -> None:
        table = self.model.table
        shown = sum(len(members) for members in self.model.order.members)
        accounts = count(shown) if shown == len(table) else f"{count(shown)} / {count(len(table))}"
        facts = [
            tr("{count} accounts").format(count=accounts),
            tr("{count} groups").format(count=len(self.model.order.groups)),
            tr("worst first"),
        ]
        currencies = set(table.currencies)
        if len(currencies) == 1:
            facts.append(table.currencies[0])
        self.header.subtitle.setText(" · ".join(facts) if len(table) else "")

    def _say_what_is_missing(self) -> None:
        if not len(self.model.table):
            hint = self._waiting or tr("Waiting for the position feed.")
            headline = tr("No accounts yet") if self._share is None else tr("Loading parameters")
            self.show_placeholder(headline, hint)
            self.placeholder.loading.show_share(self._share)
