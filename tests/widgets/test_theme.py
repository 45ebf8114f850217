"""Tokens are complete, checked and readable."""

from dataclasses import fields
from importlib.resources import files

import pytest
from PySide6.QtGui import QColor, QFontMetrics
from PySide6.QtWidgets import QApplication

from engine.text import BadInputError
from widgets.theme import THEMES, apply_theme, load_theme, read_theme

WORDS = ("text", "dim", "ok", "warning", "call", "negative", "accent")


def luminance(colour: QColor) -> float:
    """Relative luminance as WCAG defines it."""
    parts = (part / 255 for part in (colour.red(), colour.green(), colour.blue()))
    linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("name", THEMES)
@pytest.mark.parametrize("under", ["panel", "raised", "selection"])
def test_words_keep_their_contrast_on_every_ground(name: str, under: str) -> None:
    colours = load_theme(name).colours
    for word in WORDS:
        light, dark = sorted((luminance(getattr(colours, word)), luminance(getattr(colours, under))), reverse=True)
        least = 4.5 if under == "panel" else 3.0
        assert (light + 0.05) / (dark + 0.05) >= least, f"{word} on {under}"


@pytest.mark.parametrize("name", THEMES)
def test_a_theme_dresses_the_whole_application(qapp: QApplication, name: str) -> None:
    theme = load_theme(name)
    apply_theme(qapp, theme)
    assert qapp.font().pixelSize() == theme.fonts.size
    assert qapp.palette().window().color() == theme.colours.background
    assert "$" not in qapp.styleSheet()
    qapp.setStyleSheet("")


def test_figures_are_of_equal_width(qapp: QApplication) -> None:
    metrics = QFontMetrics(load_theme("dark").font())
    assert len({metrics.horizontalAdvance(digit * 10) for digit in "0123456789"}) == 1


def test_both_themes_have_their_own_colours() -> None:
    dark, light = load_theme("dark").colours, load_theme("light").colours
    same = [field.name for field in fields(dark) if getattr(dark, field.name) == getattr(light, field.name)]
    assert same == ["on_fill"]


def test_a_theme_that_does_not_exist_is_refused_by_name() -> None:
    with pytest.raises(BadInputError, match="no theme sepia; choose one of: dark, light"):
        load_theme("sepia")


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ('dim = "#8793a1"', "", "colours: missing or unknown: dim"),
        ('dim = "#8793a1"', 'dim = "grey-ish"', "colours.dim: grey-ish is no colour"),
        ('dim = "#8793a1"', 'dim = "#8793a1"\nglow = "#ffffff"', "colours: missing or unknown: glow"),
        ("row = 22", "", "metrics: missing or unknown: row"),
        ("[fonts]", "[fonts", "not TOML"),
        ('name = "dark"', "", "missing or unknown: name"),
    ],
)
def test_a_token_that_is_wrong_is_named(old: str, new: str, complaint: str) -> None:
    source = files("resources").joinpath("theme", "dark.toml").read_text("utf-8")
    with pytest.raises(BadInputError, match=complaint):
        read_theme(source.replace(old, new), "dark.toml")
