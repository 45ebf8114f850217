"""Everything the window can be told by key, menu or palette: the one list of commands."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QApplication

from engine.text import text
from widgets.exporting import Form, Sheeted, choose_and_save, exportable
from widgets.workspace import views
from widgets.workspace.actions import Group
from widgets.workspace.perspectives import LAYOUTS
from widgets.workspace.views import VIEWS

if TYPE_CHECKING:
    from widgets.window import MainWindow

EXPORTS = (
    (Form.CSV, text("Export the table or plot in focus as CSV"), ("Ctrl+E",)),
    (Form.XLSX, text("Export the table or plot in focus as XLSX"), ("Ctrl+Shift+E",)),
    (Form.PNG, text("Export the table or plot in focus as PNG"), ("Ctrl+Shift+P",)),
)
THEME_TITLES = {
    "dark": text("Theme: dark"),
    "light": text("Theme: light"),
    "dark_safe": text("Theme: dark, colour-blind safe"),
    "light_safe": text("Theme: light, colour-blind safe"),
}
LANGUAGE_TITLES = {"en": text("Language: English"), "zh_Hans": text("Language: Chinese (简体中文)")}


def add_commands(window: MainWindow) -> None:
    """Register every command of a window and bind its keys."""
    add, workspace = window.commands.add, window.workspace
    for perspective, layout in LAYOUTS.items():
        switch = partial(workspace.switch, perspective)
        add(f"perspective_{perspective}", layout.title, Group.PERSPECTIVES, switch, layout.keys)
    add("reset_layout", text("Reset the layout"), Group.PERSPECTIVES, workspace.arrange, "Ctrl+Shift+L")
    for spec in VIEWS:
        add(f"view_{spec.name}", spec.title, Group.VIEWS, partial(workspace.show_view, spec), spec.keys)
    add("status", text("Read the status bar"), Group.VIEWS, window.status.setFocus, "Ctrl+5")
    add("filter", text("Filter accounts"), Group.DESK, window.focus_filter, "Ctrl+F", "/")
    add("order", text("Type an order"), Group.DESK, partial(workspace.show_view, views.TICKET), "Ctrl+N")
    batch, accounts = text("Propose forced closes of the selected accounts…"), window.accounts
    add("batch", batch, Group.DESK, accounts.request_batch, "Ctrl+Shift+F")
    everybody = text("Propose forced closes of all accounts over their line…")
    add("batch_all", everybody, Group.DESK, partial(accounts.batch_requested.emit, ()), "Ctrl+Shift+D")
    add("break_glass", text("Break-glass…"), Group.DESK, window.glass_requested.emit, "Ctrl+Shift+X")
    add("arrays", text("Switch to the other risk arrays"), Group.DESK, window.strip.switch_arrays, "Ctrl+L")
    for command in window.changes.commands():
        window.commands.adopt(command)
    for form, title, keys in EXPORTS:
        add(f"export_{form}", title, Group.DESK, partial(_export, window, form), *keys)
    for code, title in THEME_TITLES.items():
        add(f"theme_{code}", title, Group.WINDOW, partial(window.theme_chosen.emit, code))
    for code, title in LANGUAGE_TITLES.items():
        add(f"language_{code}", title, Group.WINDOW, partial(window.language_chosen.emit, code))
    add("dismiss", text("Dismiss the message"), Group.DESK, window.banner.hide, "Esc", hidden=True)
    add("palette", text("Find anything"), Group.WINDOW, window.palette_.open, "Ctrl+K", hidden=True)
    add("settings", text("Settings…"), Group.WINDOW, window.settings_requested.emit, "Ctrl+,")
    add("keyboard", text("Keyboard map"), Group.WINDOW, window.show_keyboard_map, "F1")


def _export(window: MainWindow, form: Form) -> None:
    target = exportable(QApplication.focusWidget())
    if target is None or (form is not Form.PNG and not isinstance(target, Sheeted)):
        window.banner.say(text("there is nothing to export here: go to a table or plot first, by key or by a click"))
    else:
        choose_and_save(target, form)
