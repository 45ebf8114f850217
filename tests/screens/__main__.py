"""Pictures of every screen of the running demo, into docs/screens: ``python -m tests.screens [language] [theme]``."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

from PySide6.QtWidgets import QApplication

from feeds.clock import SystemClock
from terminal import aio
from terminal.app import Terminal, make_application
from terminal.demo import EXCHANGE, ExchangeProcess, demo_settings, demo_setup
from terminal.pipeline import Endpoints
from terminal.settings import Settings
from terminal.virtual_display import VirtualDisplay
from tests.screens.picture import clipped_words, complaints_about, save_small
from tests.screens.scenes import ask_something, settle, shots

SAMPLE = Path(__file__).parents[2] / "resources" / "sample"
FOLDER = Path("docs/screens")
LANGUAGES, THEMES = ("en", "zh_Hans"), ("dark", "light")


async def take_all(app: QApplication, folder: Path, languages: tuple[str, ...], themes: tuple[str, ...]) -> list[str]:
    """Take every picture; what is wrong with any of them."""
    settings = demo_settings(Settings(language="en"), SAMPLE)
    terminal = Terminal(app, settings, SystemClock(), Path(tempfile.mkdtemp()) / "layout.json")
    exchange = ExchangeProcess(SAMPLE / "market.spn", EXCHANGE)

    def connect(ends: Endpoints) -> None:
        terminal.connect_desk(demo_setup(settings, SAMPLE / "market.spn", ends))

    exchange.ready.connect(connect)
    terminal.show()
    exchange.start()
    complaints = []
    try:
        await ask_something(terminal)
        for language in languages:
            for theme in themes:
                terminal.window.language_chosen.emit(language)
                terminal.window.theme_chosen.emit(theme)
                await settle()
                async for shot in shots(terminal):
                    name = f"{shot.name}.{language}.{theme}"
                    save_small(shot.image, folder / f"{name}.png")
                    wrong = complaints_about(shot.image) + clipped_words(shot.widget)
                    complaints += [f"{name}: {each}" for each in wrong]
    finally:
        terminal.shut_down()
        exchange.stop()
    return complaints


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
        finally:
            display.stop()
    size = sum(path.stat().st_size for path in FOLDER.glob("*.png"))
    sys.stdout.write(f"{len(list(FOLDER.glob('*.png')))} pictures in {FOLDER}, {size / 1e6:.1f} MB\n")
    for complaint in complaints:
        sys.stderr.write(f"{complaint}\n")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main((sys.argv[1],) if len(sys.argv) > 1 else LANGUAGES, (sys.argv[2],) if len(sys.argv) > 2 else THEMES))
