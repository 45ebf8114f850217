"""The running terminal: a window on a desk, started and shut down in order.

Start: shared GL contexts, application, names, logging and hooks, settings, loop, window, desk (feeds and engine),
layout. Shutdown: desk, layout, window, loop.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import logging.handlers
import os
import signal
import sys
import threading
from collections.abc import Callable, Coroutine
from functools import partial
from importlib.metadata import version
from pathlib import Path
from types import FrameType, TracebackType
from typing import Any, Final

import platformdirs
import zmq
from PySide6.QtCore import QCoreApplication, QMessageLogContext, QObject, Qt, QTimer, QtMsgType, qInstallMessageHandler
from PySide6.QtWidgets import QApplication

from engine.limits_in_force import LimitsInForce
from engine.snapshot import AccountDetail
from engine.text import BadInputError, Text, text
from engine.versions import ParameterNews
from feeds.clock import Clock
from terminal import aio
from terminal.beside import AllBeside
from terminal.catalogue import language_of
from terminal.desk import Desk
from terminal.desk_setup import DeskSetup
from terminal.docks import Drawing, connect_docks
from terminal.parameter_version import ParameterVersion
from terminal.pipeline import View
from terminal.settings import Settings, layout_file, read_settings, settings_file
from terminal.settings_form import problem, sections
from terminal.settings_writing import write_settings
from terminal.station import StationSetup
from widgets.language import Language, install_language
from widgets.settings_dialog import SettingsDialog, Value
from widgets.theme import apply_theme, load_theme
from widgets.window import MainWindow

FRAME: Final = 50
"""Milliseconds between looks for a newer view."""
COLLECT: Final = 2_000
"""Milliseconds between collections of cyclic garbage."""
SHUTDOWN: Final = 5.0
"""Seconds the desk may take to stop."""

SWITCH: Final = 0.001
"""Seconds after which the interpreter lets another thread in, so that the window waits little for the desk."""

_logger = logging.getLogger(__name__)

QT_LEVELS = {
    QtMsgType.QtDebugMsg: logging.DEBUG,
    QtMsgType.QtInfoMsg: logging.INFO,
    QtMsgType.QtWarningMsg: logging.WARNING,
    QtMsgType.QtCriticalMsg: logging.ERROR,
    QtMsgType.QtFatalMsg: logging.CRITICAL,
}


def make_application() -> QApplication:
    """The process's QApplication, named, with the attributes that must be set before it exists."""
    # A dock with an OpenGL view crashes when it floats unless all contexts share.
    QCoreApplication.setAttribute(Qt.ApplicationAttribute.AA_ShareOpenGLContexts)
    app = QApplication.instance()
    if not isinstance(app, QApplication):
        app = QApplication(["palisade"])
    app.setQuitOnLastWindowClosed(False)
    app.setApplicationName("palisade")
    app.setApplicationDisplayName("Palisade")
    return app


def log_file() -> Path:
    """Where this user's log lives."""
    return Path(platformdirs.user_log_dir("palisade", appauthor=False)) / "palisade.log"


def start_logging(path: Path) -> None:
    """Log to a file, warnings to standard error too; Qt's messages and uncaught errors go the same way."""
    path.parent.mkdir(parents=True, exist_ok=True)
    to_file = logging.handlers.RotatingFileHandler(path, maxBytes=5_000_000, backupCount=5, encoding="utf-8")
    to_person = logging.StreamHandler()
    to_person.setLevel(logging.WARNING)
    logging.basicConfig(
        level=logging.INFO,
        format="%(asctime)s.%(msecs)03d %(levelname)s %(name)s %(threadName)s: %(message)s",
        datefmt="%Y-%m-%dT%H:%M:%S",
        handlers=[to_file, to_person],
    )
    logging.captureWarnings(True)
    qInstallMessageHandler(_log_qt)
    sys.excepthook = _log_uncaught
    threading.excepthook = lambda failed: _log_uncaught(
        failed.exc_type, failed.exc_value or failed.exc_type(), failed.exc_traceback
    )


def _log_qt(level: QtMsgType, context: QMessageLogContext, message: str) -> None:
    logging.getLogger(f"qt.{context.category}").log(QT_LEVELS[level], message)


def _log_uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    _logger.critical("uncaught error", exc_info=(kind, error, trace))


class Terminal(QObject):
    """The main window and, once it is connected, the desk behind it. Lives in the GUI thread.

    Args:
        app: The application.
        settings: Language, theme and limits.
        clock: Time.
        layout: File the window's layout is kept in.
    """

    def __init__(self, app: QApplication, settings: Settings, clock: Clock, layout: Path | None = None) -> None:
        super().__init__()
        self._app = app
        self._clock = clock
        self._layout = layout or layout_file()
        self._context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        self.desk: Desk | None = None
        self._shown: View | None = None
        self._news: ParameterNews | None = None
        self._limits: LimitsInForce | None = None
        self._told: Text | None = None
        self.closed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        theme = load_theme(settings.theme)
        apply_theme(app, theme)
        code = _language_code(settings)
        self._language: Language = install_language(app, code)
        self.window = MainWindow(theme, code)
        self._drawing = Drawing(self.window)
        self._beside = AllBeside.of(self.window, clock, settings, lambda: self._language.code)
        self.window.language_chosen.connect(self._on_language_chosen)
        self.window.theme_chosen.connect(self._on_theme_chosen)
        self.window.settings_requested.connect(self.open_settings)
        self.window.closing.connect(self.request_close)
        self._timer = QTimer(self, interval=FRAME)
        self._timer.timeout.connect(self._show_newest)
        self._collector = QTimer(self, interval=COLLECT)
        # The cyclic collector must not run in the desk's thread: it could destroy widgets there.
        gc.disable()
        self._collector.timeout.connect(gc.collect)

    def show(self) -> None:
        """Show the window as it was left."""
        self.window.show()
        self.window.restore_layout(str(self._layout))
        self.window.activateWindow()
        self._timer.start()
        self._collector.start()

    def connect_desk(self, setup: DeskSetup) -> None:
        """Start a desk and show what it sees."""
        desk = Desk(setup, self._clock, self._context)
        self.desk = desk
        connect_docks(self.window, desk)
        for beside in self._beside:
            beside.start()
        desk.start()

    def join_authority(self, setup: StationSetup) -> None:
        """Propose to another authority from now on, as another person."""
        self._beside.approvals.join(setup)

    def request_close(self) -> None:
        """Begin the end: `closed` is done; whoever awaits it shuts down."""
        if not self.closed.done():
            self.closed.set_result(None)

    def shut_down(self) -> None:
        """Stop the desk, keep the layout, take the window away."""
        self._timer.stop()
        self._collector.stop()
        if self.desk is not None and not self.desk.stop(SHUTDOWN):
            _logger.error("the desk did not stop within %s s", SHUTDOWN)
        for beside in self._beside:
            if not beside.stop(SHUTDOWN):
                _logger.error("%s did not stop within %s s", type(beside).__name__, SHUTDOWN)
        self._layout.parent.mkdir(parents=True, exist_ok=True)
        self.window.save_layout(str(self._layout), version("palisade"))
        self.window.close()
        self.window.deleteLater()
        self._context.destroy(linger=0)
        gc.enable()

    def _show_newest(self) -> None:
        """Show what is new: the desk in one frame, the selected account in the next, an answer at once.

        Painting everything in one frame would hold the event loop twice as long.
        """
        desk = self.desk
        if desk is None:
            return
        view = desk.view()
        if view is None or desk.progress().problem is not None:
            self._show_progress(desk)
        if view is None:
            return
        for beside in self._beside:
            beside.take(view)
        if view is not self._shown:
            before, self._shown = self._shown, view
            self.window.show_snapshot(view.snapshot)
            if before is None:
                self._keep_what_there_is()
            # On other parameters nothing of the last ones may stay on screen for a frame.
            switched = before is None or before.version is not view.version
            if switched:
                self._show_version(view.version)
            self.window.show_live_arrays(view.live)
            if view.limits is not self._limits:
                self._limits = view.limits
                self.window.show_limits(view.limits)
            if view.news is not None and view.news is not self._news:
                self._news = view.news
                self.window.show_parameter_news(view.news)
            if not switched and not self._is_other_account(view.detail):
                return
        self._drawing.draw(view)

    def _show_version(self, version: ParameterVersion) -> None:
        self.window.set_directory(version.directory)
        self.window.show_parameters(version.contracts)

    def _is_other_account(self, detail: AccountDetail | None) -> bool:
        """Whether the detail is of another account than the one on screen, which a person waits for."""
        shown = self._drawing.shown("detail")
        return detail is not None and (not isinstance(shown, AccountDetail) or detail.account != shown.account)

    def _show_progress(self, desk: Desk) -> None:
        progress = desk.progress()
        if progress.problem is not None:
            if progress.problem != self._told:
                self._told = progress.problem
                self.window.show_problem(progress.problem)
                self.window.show_progress(text("stopped"))
            return
        self.window.show_progress(progress.doing, progress.share)

    def _keep_what_there_is(self) -> None:
        """What start-up left behind lives as long as the program: the collector need not walk it again and again."""
        gc.collect()
        gc.freeze()

    def open_settings(self) -> None:
        """Show the settings of this user's file, to be changed."""
        try:
            settings = read_settings(settings_file())
        except BadInputError as error:
            self.window.show_problem(error.message)
            return
        dialog = SettingsDialog(self.window, sections(settings), partial(problem, settings))
        dialog.saved.connect(partial(self._on_settings_saved, settings))
        dialog.open()

    def _on_settings_saved(self, before: Settings, values: dict[str, Value]) -> None:
        try:
            after = write_settings(settings_file(), before, values)
        except BadInputError as error:
            self.window.show_problem(error.message)
            return
        if after.theme != before.theme:
            self._on_theme_chosen(after.theme)
        if after.language != before.language:
            self._on_language_chosen(_language_code(after))

    def _on_language_chosen(self, code: str) -> None:
        self._language.install(code)
        self.window.set_language(code)

    def _on_theme_chosen(self, name: str) -> None:
        theme = load_theme(name)
        apply_theme(self._app, theme)
        self.window.set_theme(theme)


def _language_code(settings: Settings) -> str:
    return language_of(os.environ) if settings.language == "system" else settings.language


def run_terminal(main: Callable[[QApplication], Coroutine[Any, Any, int]]) -> int:
    """Run ``main`` in a QApplication of its own, with logging and a clean end on Ctrl-C; its exit status."""
    sys.setswitchinterval(SWITCH)
    app = make_application()
    start_logging(log_file())
    return aio.run(app, main(app))


def close_on_signals(terminal: Terminal) -> None:
    """Let SIGINT and SIGTERM close the terminal; the view timer gives Python the chance to notice them."""

    def close(number: int, frame: FrameType | None) -> None:  # noqa: ARG001
        terminal.request_close()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, close)
