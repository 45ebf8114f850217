"""Pictures of every screen of the running demo, into docs/screens: ``python -m tests.screens [language] [theme]``."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from functools import partial
from itertools import product
from pathlib import Path

from PySide6.QtWidgets import QApplication, QWidget

from feeds.clock import SystemClock
from terminal import aio
from terminal.app import Terminal, make_application
from terminal.demo import EXCHANGE, ExchangeProcess, demo_settings, demo_setup
from terminal.pipeline import Endpoints
from terminal.scenes.forced_close import setting
from terminal.settings import Settings
from terminal.virtual_display import VirtualDisplay
from tests.screens.dialogs import Keep, break_glass, take_broken_glass, take_change, take_forced_close
from tests.screens.picture import clipped_words, complaints_about, save_small
from tests.screens.scenes import Shot, ask_something, settle, shots
from tests.screens.staging import Cast, SceneError
from tests.terminal.market_files import put, today

SAMPLE = Path(__file__).parents[2] / "resources" / "sample"
FOLDER = Path("docs/screens")
LANGUAGES, THEMES = ("en", "zh_Hans"), ("dark", "light")


class Album:
    """Pictures in a folder, and what is wrong with any of them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.complaints: list[str] = []

    def keep(self, shot: Shot, language: str, theme: str) -> None:
        """Write a picture."""
        name = f"{shot.name}.{language}.{theme}"
        save_small(shot.image, self._folder / f"{name}.png")
        wrong = complaints_about(shot.image) + clipped_words(shot.widget)
        self.complaints += [f"{name}: {each}" for each in wrong]


@asynccontextmanager
async def demo(
    app: QApplication, parameters: Path, options: tuple[str, ...]
) -> AsyncIterator[tuple[Terminal, Mapping[str, object]]]:
    """A terminal on an exchange, live and with an order in its ticket; and what the exchange has said."""
    settings = demo_settings(Settings(language="en"), SAMPLE)
    terminal = Terminal(app, settings, SystemClock(), Path(tempfile.mkdtemp()) / "layout.json")
    exchange, said = ExchangeProcess(parameters, options), dict[str, object]()

    def connect(ends: Endpoints) -> None:
        terminal.connect_desk(demo_setup(settings, parameters, ends))

    exchange.ready.connect(connect)
    exchange.said.connect(said.update)
    terminal.show()
    exchange.start()
    try:
        await ask_something(terminal)
        yield terminal, said
    finally:
        terminal.shut_down()
        exchange.stop()


async def dress(terminal: Terminal, language: str, theme: str) -> None:
    """Show it in a language and theme."""
    terminal.window.language_chosen.emit(language)
    terminal.window.theme_chosen.emit(theme)
    await settle()


async def take_all(app: QApplication, folder: Path, languages: tuple[str, ...], themes: tuple[str, ...]) -> list[str]:
    """Take every picture; what is wrong with any of them."""
    album, looks = Album(folder), list(product(languages, themes))
    async with demo(app, SAMPLE / "market.spn", EXCHANGE) as (terminal, _):
        for language, theme in looks:
            await dress(terminal, language, theme)
            async for shot in shots(terminal):
                album.keep(shot, language, theme)
    with tempfile.TemporaryDirectory() as private:
        file = put(Path(private) / "market.spn", today())
        async with demo(app, file, setting(SAMPLE).exchange) as (terminal, said):
            await take_dialogs(terminal, said, Path(private), file, album, looks)
    return album.complaints


async def take_dialogs(
    terminal: Terminal,
    said: Mapping[str, object],
    folder: Path,
    parameters: Path,
    album: Album,
    looks: list[tuple[str, str]],
) -> None:
    """The dialogs that need people or another day's parameters, and the windows once the glass is broken."""
    cast = Cast(folder, said)

    async def each_look(take: Callable[[Keep], Awaitable[None]]) -> None:
        for language, theme in looks:
            await dress(terminal, language, theme)
            await take(partial(keep, language, theme))

    def keep(language: str, theme: str, name: str, widget: QWidget) -> None:
        album.keep(Shot(name, widget.grab().toImage(), widget), language, theme)

    try:
        await each_look(partial(take_forced_close, terminal, cast))
        await each_look(partial(take_change, terminal, parameters))
        await break_glass(terminal, cast)
        await each_look(partial(take_broken_glass, terminal))
    finally:
        cast.close()


def main(languages: tuple[str, ...], themes: tuple[str, ...]) -> int:
    """Take them and tell what is wrong."""
    display = VirtualDisplay()
    display.start()
    with tempfile.TemporaryDirectory() as private:
        # The pictures show a fresh installation, whoever takes them.
        os.environ.update(dict.fromkeys(("XDG_CONFIG_HOME", "XDG_STATE_HOME"), private))
        try:
            app = make_application()
            complaints = aio.run(app, take_all(app, FOLDER, languages, themes))
        except (SceneError, TimeoutError) as error:
            sys.stderr.write(f"make screenshots: {error}; the pictures after that are those of the last time\n")
            return 1
        finally:
            display.stop()
    size = sum(path.stat().st_size for path in FOLDER.glob("*.png"))
    sys.stdout.write(f"{len(list(FOLDER.glob('*.png')))} pictures in {FOLDER}, {size / 1e6:.1f} MB\n")
    for complaint in complaints:
        sys.stderr.write(f"{complaint}\n")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main((sys.argv[1],) if len(sys.argv) > 1 else LANGUAGES, (sys.argv[2],) if len(sys.argv) > 2 else THEMES))
