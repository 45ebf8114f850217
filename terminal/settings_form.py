"""The settings as a form: what the typed settings say of themselves, and words for it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import msgspec
from msgspec import inspect

from engine.text import BadInputError, Text, text
from terminal.settings import Settings, check_settings
from widgets.settings_dialog import Kind, Section, Setting, Value

AT_ONCE: Final = ("language", "theme")
"""What a running window takes up; everything else is read when a desk, gate or authority starts."""

TITLES: Final[Mapping[str, Text]] = {
    "": text("Screen and quotes"),
    "lines": text("Risk lines, margin / equity in percent"),
    "parameters": text("Parameters"),
    "limits": text("Limits"),
    "gate": text("Gate"),
    "stress": text("Stress"),
    "authority": text("Authority of forced closes"),
    "forced_close": text("Limit prices of forced closes"),
}
LABELS: Final[Mapping[str, Text]] = {
    "language": text("Language"),
    "theme": text("Theme"),
    "quote_limit_seconds": text("A quote is stale after, seconds"),
    "lines.warning": text("Warning line"),
    "lines.call": text("Margin call line"),
    "lines.close": text("Forced-close line"),
    "parameters.max_age_days": text("Warn of parameters older than, days"),
    "limits.file": text("File of limits"),
    "limits.reference": text("File of sectors, open interest and volume"),
    "gate.checks_a_second": text("Checks a second"),
    "gate.burst": text("Checks at once"),
    "gate.oldest_milliseconds": text("Oldest figures, milliseconds"),
    "gate.slowest_milliseconds": text("Slowest answer, milliseconds"),
    "gate.cooling_milliseconds": text("Pause after an overload, milliseconds"),
    "gate.settling_milliseconds": text("Pause after a restart, milliseconds"),
    "gate.record_megabytes": text("Size of a record file, megabytes"),
    "gate.record_files": text("Record files kept"),
    "gate.forced_milliseconds": text("Record on disk after, milliseconds"),
    "gate.scheduling": text("Turn at the processors"),
    "stress.scenarios": text("File of scenarios"),
    "stress.period_seconds": text("Time between two looks, seconds"),
    "authority.endpoint": text("Where it takes terminals"),
    "authority.keystore": text("File of the key of whoever sits here"),
    "authority.workstation": text("Name of this workstation in records"),
    "authority.founding": text("Digest of the founding that is trusted"),
    "forced_close.deciding_seconds": text("Room for the time to decide, seconds"),
    "forced_close.deviations": text("Standard deviations of that time"),
}
CHOICES: Final[Mapping[str, Text]] = {
    "system": text("as the system"),
    "en": text("English"),
    "zh_Hans": text("简体中文"),
    "dark": text("Dark"),
    "light": text("Light"),
    "dark_safe": text("Dark, colour-blind safe"),
    "light_safe": text("Light, colour-blind safe"),
    "real-time": text("first, where it is allowed"),
    "normal": text("like other programs"),
}


def sections(settings: Settings) -> tuple[Section, ...]:
    """Every setting there is, by section, as it is and as it may be."""
    plain, made = [], []
    for field in _fields(Settings):
        value, default = getattr(settings, field.name), getattr(Settings(), field.name)
        if isinstance(field.type, inspect.StructType):
            inner = [
                _setting(f"{field.name}.{one.name}", one.type, getattr(value, one.name), getattr(default, one.name))
                for one in field.type.fields
            ]
            made.append(Section(TITLES.get(field.name, _words(field.name)), tuple(inner)))
        else:
            plain.append(_setting(field.name, field.type, value, default))
    return (Section(TITLES[""], tuple(plain)), *made)


def changed(settings: Settings, values: Mapping[str, Value]) -> Settings:
    """The settings with other values, by path.

    Raises:
        BadInputError: They are impossible.
    """
    tree: dict[str, Any] = msgspec.to_builtins(settings)
    for path, value in values.items():
        section, _, name = path.rpartition(".")
        (tree[section] if section else tree)[name] = value
    try:
        made = msgspec.convert(tree, Settings)
    except msgspec.ValidationError as error:
        raise BadInputError("settings", text("{reason}", reason=error), text("correct the value")) from None
    check_settings(made, Path("settings"))
    return made


def problem(settings: Settings, values: Mapping[str, Value]) -> Text | None:
    """What is wrong with these values together, if anything is."""
    try:
        changed(settings, values)
    except BadInputError as error:
        return error.what
    return None


def _fields(struct: type[msgspec.Struct]) -> tuple[inspect.Field, ...]:
    info = inspect.type_info(struct)
    return info.fields if isinstance(info, inspect.StructType) else ()


def _setting(path: str, kind: inspect.Type, value: Value, default: Value) -> Setting:
    words = LABELS.get(path, _words(path.rpartition(".")[2]))
    at_once = path in AT_ONCE
    if isinstance(kind, inspect.LiteralType):
        choices = tuple((str(code), CHOICES.get(str(code), _words(str(code)))) for code in kind.values)
        ordered = sorted(choices, key=lambda choice: list(CHOICES).index(choice[0]) if choice[0] in CHOICES else 99)
        return Setting(path, words, Kind.CHOICE, value, default, choices=tuple(ordered), at_once=at_once)
    if isinstance(kind, inspect.IntType):
        low = kind.ge if kind.ge is not None else kind.gt + 1 if kind.gt is not None else None
        high = kind.le if kind.le is not None else kind.lt - 1 if kind.lt is not None else None
        return Setting(path, words, Kind.WHOLE, value, default, low, high, at_once=at_once)
    pattern = kind.pattern or "" if isinstance(kind, inspect.StrType) else ""
    return Setting(path, words, Kind.TEXT, value, default, pattern=pattern, at_once=at_once)


def _words(name: str) -> Text:
    """A setting that nobody has found words for yet, by the name it has in the file."""
    return Text("{name}", {"name": name.replace("_", " ")})
