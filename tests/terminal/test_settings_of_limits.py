"""[limits] and [gate] of the settings, and the gate's options that go before them."""

import argparse
from pathlib import Path

import pytest

from engine.text import BadInputError
from feeds.clock import MILLISECOND
from terminal.cli import _parser
from terminal.gate_setup import setup_of
from terminal.settings import read_settings, settings_file

FEEDS = [f"--{name}=tcp://127.0.0.1:1" for name in ("positions", "snapshots", "quotes")]


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's settings, which a test writes."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    file = settings_file()
    file.parent.mkdir(parents=True, exist_ok=True)
    return file


def arguments(*options: str) -> argparse.Namespace:
    return _parser(lambda words: words).parse_args(["gate", "--parameters", "market.spn", *FEEDS, *options])


def test_relative_files_start_at_the_settings_own_folder(settings: Path) -> None:
    settings.write_text('[limits]\nfile = "desk.toml"\nreference = "/etc/reference.toml"\n')
    source = read_settings(settings).limits.source("terminal", settings.parent)
    assert (source.file, source.reference) == (settings.parent / "desk.toml", Path("/etc/reference.toml"))


def test_no_file_is_none(settings: Path) -> None:
    source = read_settings(settings).limits.source("terminal", settings.parent)
    assert (source.file, source.reference) == (None, None)


def test_the_gate_follows_the_settings(settings: Path) -> None:
    settings.write_text('[limits]\nfile = "desk.toml"\n[gate]\nchecks_a_second = 7\nrecord_megabytes = 2\n')
    setup = setup_of(arguments())
    assert setup.desk.limits.file == settings.parent / "desk.toml"
    assert (setup.limits.rate, setup.limits.burst) == (7, 1_000)
    assert (setup.most_bytes, setup.most_files) == (2 * 2**20, 16)
    assert setup.desk.limits.process == "gate"


def test_options_go_before_the_settings(settings: Path, tmp_path: Path) -> None:
    settings.write_text("[gate]\nchecks_a_second = 7\nslowest_milliseconds = 9\n")
    options = ["--rate=3", "--slowest=50", "--oldest=2000", f"--record={tmp_path}", "--limits=other.toml"]
    setup = setup_of(arguments(*options))
    assert setup.limits.rate == 3
    assert (setup.limits.slowest, setup.limits.oldest) == (50 * MILLISECOND, 2000 * MILLISECOND)
    assert (setup.record, setup.desk.limits.folder, setup.desk.limits.file) == (tmp_path, tmp_path, Path("other.toml"))


def test_the_gate_goes_first_unless_settings_or_options_say_otherwise(settings: Path) -> None:
    settings.write_text("")
    assert setup_of(arguments()).real_time
    settings.write_text('[gate]\nscheduling = "normal"\n')
    assert not setup_of(arguments()).real_time
    assert setup_of(arguments("--scheduling=real-time")).real_time


@pytest.mark.parametrize(
    "content", ["[limits]\nfile = 7\n", "[limits]\ncolour = 'red'\n", "[gate]\nburst = 0\n", "[gate]\nrate = 5\n"]
)
def test_bad_settings_are_named(settings: Path, content: str) -> None:
    settings.write_text(content)
    with pytest.raises(BadInputError, match=r"settings\.toml"):
        setup_of(arguments())


def test_a_convention_that_is_none_is_refused(settings: Path) -> None:
    assert not settings.exists()
    with pytest.raises(BadInputError):
        setup_of(arguments("--convention=NOWHERE"))
