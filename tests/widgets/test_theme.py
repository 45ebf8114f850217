"""Tokens are complete, checked and readable."""

import math
import re
from dataclasses import fields
from importlib.resources import files
from itertools import combinations
from pathlib import Path

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


SEEN_WITHOUT = {
    "red": ((0.1523, 1.0526, -0.2049), (0.1145, 0.7863, 0.0992), (-0.0039, -0.0481, 1.0520)),
    "green": ((0.3673, 0.8606, -0.2280), (0.2801, 0.6725, 0.0474), (-0.0118, 0.0429, 0.9689)),
    "blue": ((1.2555, -0.0767, -0.1788), (-0.0784, 0.9308, 0.1476), (0.0047, 0.6914, 0.3039)),
}
"""Linear RGB as an eye sees it that lacks the cones for one colour (Machado, Oliveira and Fernandes, 2009)."""


def seen(colour: QColor, without: str) -> tuple[float, float, float]:
    """CIE Lab of a colour to an eye that lacks the cones for ``without``."""
    parts = (part / 255 for part in (colour.red(), colour.green(), colour.blue()))
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    rgb = [sum(a * b for a, b in zip(row, linear, strict=True)) for row in SEEN_WITHOUT[without]]
    red, green, blue = (min(max(part, 0.0), 1.0) for part in rgb)
    tristimulus = (
        (0.4124 * red + 0.3576 * green + 0.1805 * blue) / 0.9505,
        0.2126 * red + 0.7152 * green + 0.0722 * blue,
        (0.0193 * red + 0.1192 * green + 0.9505 * blue) / 1.089,
    )
    x, y, z = (part ** (1 / 3) if part > 0.008856 else 7.787 * part + 16 / 116 for part in tristimulus)
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


@pytest.mark.parametrize("name", ["dark_safe", "light_safe"])
@pytest.mark.parametrize("without", SEEN_WITHOUT)
def test_standings_are_told_apart_by_eyes_that_lack_a_colour(name: str, without: str) -> None:
    colours = load_theme(name).colours
    standings = ("accent", "ok", "warning", "call", "close")
    for one, other in combinations(standings, 2):
        apart = math.dist(seen(getattr(colours, one), without), seen(getattr(colours, other), without))
        # 2 is a difference one can just see side by side; the usual red and green come to 8 and less.
        assert apart >= 18, (one, other)


def test_both_themes_have_their_own_colours() -> None:
    dark, light = load_theme("dark").colours, load_theme("light").colours
    same = [field.name for field in fields(dark) if getattr(dark, field.name) == getattr(light, field.name)]
    assert same == ["on_fill"]


def test_a_theme_that_does_not_exist_is_refused_by_name() -> None:
    with pytest.raises(BadInputError, match="no theme sepia; choose one of: dark, light, dark_safe, light_safe"):
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


def test_every_tone_that_a_label_is_given_has_a_colour(project_root: Path) -> None:
    source = "\n".join(path.read_text("utf-8") for path in (project_root / "widgets").rglob("*.py"))
    used = set(re.findall(r'(?:tone=|"tone", |tone = |tone, words = )"(\w+)"', source))
    stylesheet = (project_root / "resources" / "theme" / "stylesheet.qss").read_text("utf-8")
    assert used <= {*re.findall(r'QLabel\[tone="(\w+)"\]', stylesheet)}
