"""Settings are changed in a form made from their types, and written so that comments stay and nothing is half done."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from engine.text import BadInputError
from terminal.settings import Settings, read_settings
from terminal.settings_form import LABELS, problem, sections
from terminal.settings_writing import write_settings
from widgets.settings_dialog import Setting, SettingsDialog
from widgets.theme import THEMES

WRITTEN = """# Ours since May
theme = "light"  # for the projector

[lines]
# agreed with the exchange
call = "95" # was 100
warning = "75"

[gate]
burst = 500
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "settings.toml"
    path.write_text(WRITTEN, encoding="utf-8")
    return path


def settings_of(form: Settings) -> dict[str, Setting]:
    return {setting.path: setting for section in sections(form) for setting in section.settings}


def test_every_setting_is_in_the_form_with_its_default_and_its_range() -> None:
    made = settings_of(Settings())
    assert (made["gate.burst"].default, made["gate.burst"].low, made["gate.burst"].high) == (1_000, 1, 1_000_000)
    assert {code for code, _ in made["theme"].choices} == set(THEMES)
    assert made["lines.call"].pattern
    assert made.keys() >= LABELS.keys()


def test_every_section_and_setting_has_words_of_its_own() -> None:
    for section in sections(Settings()):
        words = [section.title, *(setting.label for setting in section.settings)]
        assert [each for each in words if each.template == "{name}"] == []


def test_comments_and_order_stay_and_only_what_changed_is_written(file: Path) -> None:
    before = read_settings(file)
    after = write_settings(file, before, {"theme": "dark_safe", "lines.call": "98", "parameters.max_age_days": 9})
    assert read_settings(file) == after
    assert file.read_text("utf-8") == WRITTEN.replace('"light"', '"dark_safe"').replace('"95"', '"98"') + (
        "\n[parameters]\nmax_age_days = 9\n"
    )


def test_a_setting_joins_its_section(file: Path) -> None:
    write_settings(file, read_settings(file), {"gate.record_files": 3, "quote_limit_seconds": 20})
    tree = tomllib.loads(file.read_text("utf-8"))
    assert tree["gate"] == {"burst": 500, "record_files": 3}
    assert tree["quote_limit_seconds"] == 20


def test_a_file_is_made_where_there_is_none(tmp_path: Path) -> None:
    path = tmp_path / "new" / "settings.toml"
    write_settings(path, Settings(), {"limits.file": 'C:\\desk "a"\\limits.toml'})
    assert read_settings(path).limits.file == 'C:\\desk "a"\\limits.toml'


def test_a_file_written_in_another_way_keeps_its_values(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_text('lines = { warning = "70", call = "90" }\n"theme" = "light"\n', encoding="utf-8")
    write_settings(path, read_settings(path), {"lines.close": "130", "theme": "dark"})
    after = read_settings(path)
    assert (after.theme, after.lines.warning, after.lines.call, after.lines.close) == ("dark", "70", "90", "130")


def test_impossible_values_change_nothing(file: Path) -> None:
    before = read_settings(file)
    for values in ({"gate.burst": 0}, {"theme": "sepia"}, {"lines.call": "60"}):
        assert problem(before, values) is not None
        with pytest.raises(BadInputError):
            write_settings(file, before, values)
    assert file.read_text("utf-8") == WRITTEN


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "occupied").write_text("")
    with pytest.raises(BadInputError, match="occupied"):
        write_settings(tmp_path / "occupied" / "settings.toml", Settings(), {"theme": "light"})


@given(st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=20))
def test_any_text_comes_back_as_it_was(tmp_path_factory: pytest.TempPathFactory, words: str) -> None:
    path = tmp_path_factory.mktemp("settings") / "settings.toml"
    path.write_text("# first\n[limits]\nfile = 'x' # last\n", encoding="utf-8")
    after = write_settings(path, read_settings(path), {"limits.file": words})
    assert after.limits.file == words
    assert read_settings(path) == after


@pytest.fixture
def dialog(qtbot: QtBot) -> SettingsDialog:
    made = SettingsDialog(None, sections(Settings()), lambda values: problem(Settings(), values))  # type: ignore[arg-type]
    made.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    qtbot.addWidget(made)
    return made


def test_what_is_not_possible_cannot_be_saved(dialog: SettingsDialog) -> None:
    assert not dialog.save_button.isEnabled()
    burst = dialog.rows["gate.burst"]
    burst.editor.setText("many")  # type: ignore[union-attr]
    assert not dialog.save_button.isEnabled()
    assert burst.editor.property("problem") == "true"
    burst.editor.setText("2000")  # type: ignore[union-attr]
    assert dialog.save_button.isEnabled()
    dialog.rows["lines.call"].show("10")
    assert not dialog.save_button.isEnabled()
    assert "ascend" in dialog.notice.text()
    dialog.rows["lines.call"].reset.click()
    assert dialog.changes() == {"gate.burst": 2_000}


def test_saving_tells_what_changed_and_what_waits_for_the_next_start(dialog: SettingsDialog, qtbot: QtBot) -> None:
    dialog.rows["theme"].show("light")
    assert dialog.notice.text() == ""
    dialog.rows["quote_limit_seconds"].show(30)
    assert dialog.notice.text() == "1 of the changes take effect at the next start"
    with qtbot.waitSignal(dialog.saved) as told:
        dialog.save_button.click()
    assert told.args == [{"theme": "light", "quote_limit_seconds": 30}]
