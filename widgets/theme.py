"""Theme tokens: every colour, font and distance on screen, typed, frozen, read from resources/theme."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from importlib.resources import files
from string import Template
from typing import Any, cast

from PySide6.QtGui import QColor, QFont, QPalette
from PySide6.QtWidgets import QApplication, QStyleFactory

from engine.text import BadInputError, text

THEMES = ("dark", "light", "dark_safe", "light_safe")
"""The last two are for eyes that do not see red or green."""


@dataclass(frozen=True, slots=True)
class Colours:
    """Colours by use; the table in resources/theme says which use each has."""

    background: QColor
    panel: QColor
    raised: QColor
    line: QColor
    text: QColor
    dim: QColor
    faint: QColor
    accent: QColor
    ok: QColor
    warning: QColor
    call: QColor
    close: QColor
    negative: QColor
    hypothetical: QColor
    selection: QColor
    hover: QColor
    entry: QColor
    track: QColor
    gain: QColor
    loss: QColor
    on_fill: QColor
    hatch: QColor
    heat_0: QColor
    heat_1: QColor
    heat_2: QColor
    heat_3: QColor
    heat_4: QColor
    heat_5: QColor
    below_2: QColor
    below_1: QColor
    even: QColor
    above_1: QColor
    above_2: QColor


@dataclass(frozen=True, slots=True)
class Metrics:
    """Distances in pixels."""

    row: int
    header: int
    gap: int
    radius: int
    padding: int
    field: int
    strip: int
    bar: int


@dataclass(frozen=True, slots=True)
class Fonts:
    """Font families in order of preference and sizes in pixels."""

    families: tuple[str, ...]
    size: int
    small: int
    brand: int


@dataclass(frozen=True, slots=True)
class Theme:
    """One complete set of tokens."""

    name: str
    colours: Colours
    metrics: Metrics
    fonts: Fonts

    def font(self, *, strong: bool = False, small: bool = False) -> QFont:
        """The text font with figures of equal width, so that columns of numbers line up."""
        font = QFont(list(self.fonts.families))
        font.setPixelSize(self.fonts.small if small else self.fonts.size)
        font.setWeight(QFont.Weight.DemiBold if strong else QFont.Weight.Normal)
        font.setFeature(QFont.Tag("tnum"), 1)
        return font

    def stylesheet(self) -> str:
        """The application's stylesheet with this theme's tokens filled in."""
        colours = self.colours
        tokens: dict[str, object] = {field.name: _css(getattr(colours, field.name)) for field in fields(colours)}
        tokens |= {field.name: getattr(self.metrics, field.name) for field in fields(self.metrics)}
        tokens |= {"small": self.fonts.small, "brand": self.fonts.brand}
        for name, colour in (("passes", colours.ok), ("refused", colours.close), ("unknown", colours.warning)):
            tokens[f"{name}_fill"] = _css(blend(colour, colours.panel, 0.14))
        template = files("resources").joinpath("theme", "stylesheet.qss").read_text("utf-8")
        return Template(template).substitute(tokens)

    def palette(self) -> QPalette:
        """The same tokens for what Qt's own style paints."""
        colours, palette = self.colours, QPalette()
        role = QPalette.ColorRole
        for colour, roles in (
            (colours.background, (role.Window, role.Base)),
            (colours.panel, (role.AlternateBase, role.Button)),
            (colours.raised, (role.ToolTipBase,)),
            (colours.text, (role.WindowText, role.Text, role.ButtonText, role.ToolTipText, role.HighlightedText)),
            (colours.selection, (role.Highlight,)),
            (colours.accent, (role.Link, role.Accent)),
            (colours.faint, (role.PlaceholderText,)),
        ):
            for each in roles:
                palette.setColor(each, colour)
        return palette


def blend(colour: QColor, under: QColor, share: float) -> QColor:
    """``colour`` laid over ``under`` with an opacity of ``share`` (0 to 1)."""
    parts = zip(colour.getRgb()[:3], under.getRgb()[:3], strict=True)  # type: ignore[index]
    red, green, blue = (round(share * upper + (1 - share) * lower) for upper, lower in parts)
    return QColor(red, green, blue)


def load_theme(name: str) -> Theme:
    """Read the theme called ``name`` from resources.

    Raises:
        BadInputError: There is no such theme, or a token is missing, unknown or malformed.
    """
    if name not in THEMES:
        remedy = text("choose one of: {names}", names=", ".join(THEMES))
        raise BadInputError("theme", text("there is no theme {name}", name=name), remedy)
    return read_theme(_source(name), f"{name}.toml")


def _source(name: str) -> str:
    return files("resources").joinpath("theme", f"{name}.toml").read_text("utf-8")


def read_theme(source: str, where: str) -> Theme:
    """Read a theme from TOML text; ``where`` names it in errors. One with a ``base`` says only what differs from it.

    Raises:
        BadInputError: A token is missing, unknown or malformed, or the text is not TOML.
    """
    remedy = text("compare it with resources/theme/dark.toml")
    try:
        tree = tomllib.loads(source)
    except tomllib.TOMLDecodeError as error:
        raise BadInputError(where, text("not TOML: {error}", error=str(error)), remedy) from None
    if tree.get("base") in THEMES and tree["base"] != tree.get("name"):
        base = tomllib.loads(_source(tree.pop("base")))
        tree = {**base, **tree, "colours": {**base["colours"], **tree.get("colours", {})}}
    expected = {"name", "colours", "metrics", "fonts"}
    _require_keys(tree, expected, where)
    colours = _section(tree, "colours", Colours, where)
    for token, value in colours.items():
        if not isinstance(value, str) or not _colour(value).isValid():
            raise BadInputError(f"{where}: colours.{token}", text("{value} is no colour", value=value), remedy)
    fonts = _section(tree, "fonts", Fonts, where)
    return Theme(
        name=str(tree["name"]),
        colours=Colours(**{token: _colour(value) for token, value in colours.items()}),
        metrics=Metrics(**_section(tree, "metrics", Metrics, where)),
        fonts=Fonts(**{**fonts, "families": tuple(fonts["families"])}),
    )


def apply_theme(app: QApplication, theme: Theme) -> None:
    """Give the whole application this theme: style, palette, font and stylesheet."""
    app.setStyle(QStyleFactory.create("Fusion"))
    app.setPalette(theme.palette())
    app.setFont(theme.font())
    app.setStyleSheet(theme.stylesheet())


def _section(tree: Mapping[str, Any], name: str, shape: type, where: str) -> dict[str, Any]:
    section = cast("dict[str, Any]", tree[name])
    _require_keys(section, {field.name for field in fields(shape)}, f"{where}: {name}")
    return section


def _require_keys(section: Mapping[str, object], expected: set[str], where: str) -> None:
    wrong = sorted(expected ^ section.keys())
    if wrong:
        what = text("missing or unknown: {tokens}", tokens=", ".join(wrong))
        raise BadInputError(where, what, text("compare it with resources/theme/dark.toml"))


def _colour(value: str) -> QColor:
    """``#rrggbb``, or ``#rrggbbaa`` with the opacity last, as style sheets of the web write it."""
    return QColor(f"#{value[7:]}{value[1:7]}") if len(value) == 9 else QColor(value)


def _css(colour: QColor) -> str:
    return f"rgba({colour.red()}, {colour.green()}, {colour.blue()}, {colour.alpha()})"
