"""The Audit view: records as they come, how far they are signed and witnessed, verification, export, one in full."""

from __future__ import annotations

import json
from pathlib import Path

from PySide6.QtCore import Qt, QTimer, Signal, Slot
from PySide6.QtGui import QFontDatabase
from PySide6.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QSplitter,
    QVBoxLayout,
)

from engine.audit import Record
from engine.audit_picture import AuditPicture
from widgets.audit.model import WIDTHS, Column, RecordsModel
from widgets.audit.words import microseconds
from widgets.language import sentence, tr
from widgets.numbers_text import count, time_of_day
from widgets.panel import ElidedLabel, View, label, set_tone
from widgets.tables import DenseTable, fit_columns, set_widths
from widgets.theme import Theme

TYPING = 150
"""Milliseconds without a key after which the filter is applied."""
LEAST_CONTENT = 180


class AuditView(View):
    """Records of a store or an archive."""

    open_requested = Signal(str)
    """Path of a store's folder or of an archive."""
    verify_requested = Signal()
    export_requested = Signal(str)
    """Path of the archive to write."""

    def __init__(self, theme: Theme) -> None:
        super().__init__("audit", theme)
        self.open_store, self.open_archive, self.verify, self.export = (
            self._button(name) for name in ("audit_store", "audit_archive", "audit_verify", "audit_export")
        )
        self.filter = QLineEdit(clearButtonEnabled=True)
        self.filter.setObjectName("audit_filter")
        self.standing, self.verdict = label(tone="dim"), ElidedLabel()
        self.verdict.setObjectName("audit_verdict")
        self.records = RecordsModel(self)
        self.table = DenseTable(theme)
        self.table.setObjectName("audit_records")
        self.table.setModel(self.records)
        set_widths(self.table.horizontalHeader(), WIDTHS, Column.CONTENT)
        self.detail = QPlainTextEdit(readOnly=True)
        self.detail.setObjectName("audit_detail")
        self.detail.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.dialog: QFileDialog | None = None
        self.picture: AuditPicture | None = None
        self._typing = QTimer(self, singleShot=True, interval=TYPING)
        self._lay_out()
        self._connect()
        self.retranslate()
        self.refresh()

    def _button(self, name: str) -> QPushButton:
        button = QPushButton(autoDefault=False)
        button.setObjectName(name)
        return button

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(6)
        head.addWidget(self.filter, 1)
        for button in (self.verify, self.export, self.open_store, self.open_archive):
            head.addWidget(button)
        state = QHBoxLayout()
        state.setSpacing(12)
        state.addWidget(self.standing)
        state.addWidget(self.verdict, 1)
        self.split = QSplitter(Qt.Orientation.Vertical, childrenCollapsible=False)
        self.split.addWidget(self.table)
        self.split.addWidget(self.detail)
        self.split.setStretchFactor(0, 3)
        self.split.setStretchFactor(1, 1)
        rows = QVBoxLayout(self.body)
        rows.setContentsMargins(8, 6, 8, 6)
        rows.setSpacing(5)
        rows.addLayout(head)
        rows.addLayout(state)
        rows.addWidget(self.split, 1)
        # Without records there is still something to open.
        self.open_first = self._button("audit_open_first")
        placeholder = self.placeholder.layout()
        assert isinstance(placeholder, QVBoxLayout)
        placeholder.insertWidget(placeholder.count() - 1, self.open_first, 0, Qt.AlignmentFlag.AlignHCenter)

    def _connect(self) -> None:
        self.open_store.clicked.connect(lambda: self._choose(folder=True))
        self.open_first.clicked.connect(lambda: self._choose(folder=True))
        self.open_archive.clicked.connect(lambda: self._choose(folder=False))
        self.verify.clicked.connect(self.verify_requested)
        self.export.clicked.connect(self._choose_export)
        self.filter.textChanged.connect(self._on_typed)
        self._typing.timeout.connect(lambda: self.records.filter(self.filter.text()))
        self.table.selectionModel().currentRowChanged.connect(self._show_record)
        self.records.modelReset.connect(self._show_record)
        self.table.resized.connect(
            lambda: fit_columns(self.table, WIDTHS, LEAST_CONTENT, (Column.CLOCK, Column.ACTOR, Column.NUMBER))
        )

    def focus_filter(self) -> None:
        """Where a person begins; without records at the button that opens them."""
        (self.filter if self.picture is not None else self.open_first).setFocus()

    def show_picture(self, picture: AuditPicture) -> None:
        """Take in what is on record now."""
        self.picture = picture
        self.refresh_when_visible(at_once=True)

    def refresh(self) -> None:
        """Draw what arrived last."""
        picture = self.picture
        if picture is None or (picture.problem is not None and not picture.records):
            headline = tr("No records are open") if picture is None else tr("The records cannot be shown")
            hint = tr("Open the folder of a record store, or an archive.")
            said = sentence(picture.problem) if picture is not None and picture.problem is not None else hint
            self.show_placeholder(headline, said)
            self.open_first.show()
            self.header.subtitle.setText("")
            return
        self.open_first.hide()
        self.show_body()
        self.header.subtitle.setText(Path(picture.source).name)
        self.header.subtitle.setToolTip(picture.source)
        if picture.records is not self.records._all:
            self.records.show(picture.records)
        self._show_standing(picture)

    def _show_standing(self, picture: AuditPicture) -> None:
        words = tr("{size} records · {signed} signed · {witnessed} witnessed")
        self.standing.setText(
            words.format(size=count(picture.size), signed=count(picture.signed), witnessed=count(picture.witnessed))
        )
        said, tone = tr("not verified"), "dim"
        if picture.doing is not None:
            said = sentence(picture.doing)
        elif picture.problem is not None:
            said, tone = sentence(picture.problem), "negative"
        elif picture.verified is not None:
            found = picture.verified
            at = time_of_day(found.at, microseconds=False)
            said, tone = f"✓ {sentence(found.finding)} ({count(found.records)}, {at})", "ok"
            if not found.sound:
                said, tone = f"✕ {sentence(found.finding)}", "negative"
        if picture.note is not None and picture.doing is None:
            said = f"{said} · {sentence(picture.note)}"
        self.verdict.setText(said)
        self.verdict.setToolTip(said)
        set_tone(self.verdict, "tone", tone)
        for button in (self.verify, self.export):
            button.setEnabled(picture.doing is None)

    @Slot()
    def _on_typed(self) -> None:
        self._typing.start()

    @Slot()
    def _show_record(self) -> None:
        record = self.records.record(self.table.currentIndex().row())
        self.detail.setPlainText("" if record is None else record_in_full(record))

    def _choose(self, *, folder: bool) -> None:
        dialog = QFileDialog(self, tr("Open a record store") if folder else tr("Open an audit archive"))
        dialog.setFileMode(QFileDialog.FileMode.Directory if folder else QFileDialog.FileMode.ExistingFile)
        dialog.fileSelected.connect(self.open_requested)
        self._open_dialog(dialog)

    def _choose_export(self) -> None:
        dialog = QFileDialog(self, tr("Export the signed records"))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.selectFile("audit.palisade")
        dialog.fileSelected.connect(self.export_requested)
        self._open_dialog(dialog)

    def _open_dialog(self, dialog: QFileDialog) -> None:
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.dialog = dialog
        dialog.open()

    def retranslate(self) -> None:
        """Write every text in the language in force."""
        self.header.title.setText(tr("Audit"))
        self.filter.setPlaceholderText(tr("Filter: words of kind, actor or content"))
        self.filter.setAccessibleName(tr("Filter the records"))
        self.verify.setText(tr("Verify"))
        self.verify.setToolTip(tr("See that every record is the one that was signed"))
        self.export.setText(tr("Export…"))
        self.export.setToolTip(tr("Write the signed records into one file that anybody can verify"))
        self.open_store.setText(tr("Open store…"))
        self.open_first.setText(tr("Open store…"))
        self.open_archive.setText(tr("Open archive…"))
        self.table.setAccessibleName(tr("Records"))
        self.detail.setAccessibleName(tr("The record in full"))
        self.records.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, len(Column) - 1)
        self.refresh()

    def set_theme(self, theme: Theme) -> None:
        """Paint with the tokens of ``theme`` from now on."""
        super().set_theme(theme)
        self.table.set_theme(theme)


def record_in_full(record: Record) -> str:
    """Everything that a record says, its payload with a line for each field."""
    head = f"{record.number}  {microseconds(record.wall)} UTC  {record.actor}  {record.kind}"
    try:
        content = json.dumps(record.content(), ensure_ascii=False, indent=2)
    except ValueError:
        content = record.payload.hex()
    clocks = tr("monotonic {monotonic} ns, boot {boot}").format(monotonic=record.monotonic, boot=record.boot.hex())
    leaf = tr("hash {hash}").format(hash=record.leaf.hex())
    return "\n".join((head, leaf, clocks, content))
