"""The status bar says of each feed whether it may be relied on."""

from __future__ import annotations

from dataclasses import replace

import pytest
from pytestqt.qtbot import QtBot

from engine.snapshot import FeedState, FeedStatus
from tests.widgets import sample_results
from tests.widgets.conftest import WordList
from widgets.cells import Tone
from widgets.language import Language
from widgets.status import StatusStrip, outdated_message
from widgets.theme import Theme, load_theme


@pytest.fixture
def strip(qtbot: QtBot, theme: Theme) -> StatusStrip:
    made = StatusStrip(theme)
    qtbot.addWidget(made)
    with qtbot.waitExposed(made):
        made.show()
    return made


def test_a_feed_shows_state_sequence_rate_and_age(strip: StatusStrip) -> None:
    strip.show_snapshot(sample_results.snapshot())
    assert "Positions LIVE · seq 1,204,881 · 120/s · 38\N{NO-BREAK SPACE}ms" in strip.spoken()
    assert "Quotes LIVE · seq 88,400,112 · 41,800/s · 12\N{NO-BREAK SPACE}ms" in strip.spoken()


@pytest.mark.parametrize(
    ("state", "word", "tone"),
    [
        (FeedState.INIT, "WAITING", Tone.FAINT),
        (FeedState.SYNCING, "SYNCING", Tone.WARNING),
        (FeedState.LIVE, "LIVE", Tone.OK),
        (FeedState.SUSPECT, "SUSPECT", Tone.CALL),
        (FeedState.STALE, "STALE", Tone.CLOSE),
    ],
)
def test_every_state_has_a_word_and_a_light(strip: StatusStrip, state: FeedState, word: str, tone: Tone) -> None:
    strip.show_snapshot(sample_results.snapshot(quotes=state))
    dot, words = strip._feeds["quotes"]
    assert words.text().startswith(f"Quotes {word}")
    assert dot.tone is tone
    assert not dot.grab().isNull()


def test_accounts_over_their_lines_are_counted(strip: StatusStrip) -> None:
    snapshot = sample_results.snapshot()
    strip.show_snapshot(snapshot)
    standing = snapshot.accounts.standing
    close, call = int((standing == 3).sum()), int((standing == 2).sum())
    expected = f"{close} over the forced close line · {call} over the call line · 1 not computable"
    assert strip.over_lines.text() == expected


def test_where_nobody_is_over_a_line_that_is_said(strip: StatusStrip) -> None:
    snapshot = sample_results.snapshot(20)
    calm = replace(snapshot.accounts, standing=snapshot.accounts.standing * 0)
    strip.show_snapshot(replace(snapshot, accounts=calm))
    assert strip.over_lines.text() == "all accounts within their lines"


def test_the_clock_runs_only_while_it_is_seen(strip: StatusStrip) -> None:
    assert strip._tick.isActive()
    assert strip.clock.text().count(":") == 2
    strip.hide()
    assert not strip._tick.isActive()


def test_feeds_that_are_not_live_are_named_with_their_silence() -> None:
    stale = sample_results.snapshot(10, FeedState.STALE, 3_200_000_000)
    assert outdated_message(stale) == "Quotes STALE, silent for 3.2\N{NO-BREAK SPACE}s"
    assert outdated_message(sample_results.snapshot(10)) == ""


def test_a_feed_of_another_name_is_shown_under_it(strip: StatusStrip) -> None:
    feed = FeedStatus("authority", FeedState.LIVE, 0, 0, 0)
    strip.show_snapshot(replace(sample_results.snapshot(10), feeds=(feed,)))
    assert "authority LIVE" in strip.spoken()


def test_language_and_theme_follow(strip: StatusStrip, language: Language) -> None:
    strip.show_snapshot(sample_results.snapshot())
    language.install("zh_Hans", WordList({"Positions": "持仓", "LIVE": "实时"}))
    strip.set_theme(load_theme("light"))
    assert strip.spoken().startswith("持仓 实时")
