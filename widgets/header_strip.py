"""The strip on top: name, perspectives, parameters in force and whose arrays, as-of time, language and theme."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QButtonGroup, QFrame, QHBoxLayout, QMenu, QPushButton, QSizePolicy, QToolButton, QWidget

from engine.snapshot import Arrays, Snapshot
from widgets.arrays_mark import arrays_explained
from widgets.language import LANGUAGES, sentence, tr
from widgets.numbers_text import date_text, time_of_day
from widgets.panel import label
from widgets.theme import THEMES, Theme
from widgets.workspace.perspectives import LAYOUTS, Perspective


class Segments(QFrame):
    """A few choices side by side, one of them in force."""

    chosen = Signal(str)

    def __init__(self, name: str, choices: Mapping[str, str]) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setProperty("segments", "true")
        row = QHBoxLayout(self)
        row.setContentsMargins(1, 1, 1, 1)
        row.setSpacing(1)
        self.buttons: dict[str, QToolButton] = {}
        self._group = QButtonGroup(self)
        for code, text in choices.items():
            button = QToolButton()
            button.setObjectName(f"{name}_{code}")
            button.setText(text)
            button.setCheckable(True)
            button.setProperty("segment", "true")
            self._group.addButton(button)
            self.buttons[code] = button
            row.addWidget(button)
        self._group.buttonClicked.connect(self._on_clicked)

    def set_current(self, code: str) -> None:
        """Show which choice is in force, without announcing it."""
        self.buttons[code].setChecked(True)

    def _on_clicked(self, button: QToolButton) -> None:
        self.chosen.emit(next(code for code, each in self.buttons.items() if each is button))


class MenuChoice(QToolButton):
    """Several choices in a menu, one of them in force and named on the button."""

    chosen = Signal(str)

    def __init__(self, name: str, codes: Iterable[str]) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.setProperty("chip", "plain")
        menu, group = QMenu(self), QActionGroup(self)
        self.actions_by_code: dict[str, QAction] = {}
        for code in codes:
            action = self.actions_by_code[code] = QAction(self, checkable=True)
            action.setObjectName(f"{name}_{code}")
            action.triggered.connect(partial(self._on_triggered, code))
            group.addAction(action)
            menu.addAction(action)
        self.setMenu(menu)

    def set_current(self, code: str) -> None:
        """Show which choice is in force, without announcing it."""
        self.actions_by_code[code].setChecked(True)
        self.setText(self.actions_by_code[code].text())

    def set_words(self, words: Mapping[str, str]) -> None:
        """Call the choices so."""
        for code, action in self.actions_by_code.items():
            action.setText(words[code])
            if action.isChecked():
                self.setText(words[code])

    def _on_triggered(self, code: str, _checked: bool = False) -> None:
        self.chosen.emit(code)


def theme_words() -> dict[str, str]:
    """What each theme is called on screen."""
    return {
        "dark": tr("Dark"),
        "light": tr("Light"),
        "dark_safe": tr("Dark, colour-blind safe"),
        "light_safe": tr("Light, colour-blind safe"),
    }


class HeaderStrip(QWidget):
    """Everything about the figures as a whole: which parameters, as of when."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("header_strip")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFixedHeight(theme.metrics.strip)
        self._snapshot: Snapshot | None = None
        self.brand = label("PALISADE", name="brand")
        self.perspectives = Segments("perspective", dict.fromkeys(Perspective, ""))
        self.perspectives.set_current(Perspective.TRADER)
        self.views = QToolButton()
        self.views.setObjectName("view_button")
        self.views.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.views.setProperty("chip", "plain")
        self.search = QPushButton(autoDefault=False)
        self.search.setObjectName("find_button")
        self.search.setMaximumWidth(360)
        self.search.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.search.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.parameters, self.as_of = QToolButton(), label(name="chip_as_of")
        self.parameters.setObjectName("chip_parameters")
        # What can be done about parameters is a click on their name away.
        self.parameters.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        for chip in (self.parameters, self.as_of):
            chip.setProperty("chip", "plain")
            chip.hide()
        self.arrays = Segments("arrays", dict.fromkeys(Arrays, ""))
        self.arrays.set_current(Arrays.EXCHANGE)
        # Nothing can take the choice before there is a desk.
        self.arrays.setEnabled(False)
        self.languages = Segments("language", LANGUAGES)
        self.themes = MenuChoice("theme", THEMES)
        self.themes.set_current(theme.name)
        row = QHBoxLayout(self)
        row.setContentsMargins(14, 0, 10, 0)
        row.setSpacing(10)
        row.addWidget(self.brand)
        row.addWidget(self.perspectives, 0, Qt.AlignmentFlag.AlignVCenter)
        row.addWidget(self.views, 0, Qt.AlignmentFlag.AlignVCenter)
        row.addWidget(self.search, 1, Qt.AlignmentFlag.AlignVCenter)
        row.addStretch(0)
        for widget in (self.parameters, self.arrays, self.as_of, self.languages, self.themes):
            row.addWidget(widget, 0, Qt.AlignmentFlag.AlignVCenter)
        self.retranslate()

    def show_snapshot(self, snapshot: Snapshot) -> None:
        """Name parameters and time."""
        before, self._snapshot = self._snapshot, snapshot
        if before is None or before.parameters != snapshot.parameters:
            self._show_parameters(snapshot)
        # Only news of the desk moves the switch: what a person chose is in force a moment later.
        if before is None or before.parameters.arrays is not snapshot.parameters.arrays:
            self.arrays.set_current(snapshot.parameters.arrays)
        self.as_of.setText(tr("as of {time}").format(time=time_of_day(snapshot.as_of)))
        if before is None:
            self.arrays.setEnabled(True)
            self.parameters.show()
            self.as_of.show()

    def switch_arrays(self) -> None:
        """Choose the other arrays, as a click on them would."""
        other = next(button for button in self.arrays.buttons.values() if not button.isChecked())
        other.click()

    def retranslate(self) -> None:
        """Write every text in the language in force."""
        for perspective, layout in LAYOUTS.items():
            button = self.perspectives.buttons[perspective]
            button.setText(sentence(layout.title))
            button.setToolTip(
                tr("Docks as {person} needs them ({keys})").format(person=button.text(), keys=layout.keys)
            )
        self.perspectives.setAccessibleName(tr("Perspective"))
        self.views.setText(tr("View"))
        self.search.setText(tr("Account, contract, view or action … Ctrl+K"))
        self.themes.set_words(theme_words())
        self.themes.setAccessibleName(tr("Theme"))
        self.arrays.buttons[Arrays.EXCHANGE].setText(tr("Exchange arrays"))
        self.arrays.buttons[Arrays.LIVE].setText(tr("Live arrays"))
        self.arrays.buttons[Arrays.EXCHANGE].setToolTip(tr("Margin on the risk arrays of the parameter file (Ctrl+L)"))
        self.arrays.buttons[Arrays.LIVE].setToolTip(
            tr("Margin on risk arrays computed again from live prices and volatilities (Ctrl+L)")
        )
        self.arrays.setAccessibleName(tr("Risk arrays"))
        self.languages.setAccessibleName(tr("Language"))
        if self._snapshot is not None:
            self._show_parameters(self._snapshot)
            self.show_snapshot(self._snapshot)

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802
        """Follow a change of the language."""
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)

    def _show_parameters(self, snapshot: Snapshot) -> None:
        parameters = snapshot.parameters
        warned = "⚠ " if parameters.warnings else ""
        self.parameters.setText(warned + tr("Parameters {version}").format(version=parameters.version))
        facts = [
            tr("Clearing organisation: {name}").format(name=parameters.clearing_organisation),
            tr("Business date: {date}").format(date=date_text(parameters.business_date)),
            tr("Convention: {name}").format(name=parameters.convention),
            tr("File: {file}").format(file=parameters.file),
            f"SHA-256 {parameters.sha256}",
            arrays_explained(parameters),
        ]
        self.parameters.setToolTip("\n".join(facts))
