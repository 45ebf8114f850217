"""Keys on the command line: any sign of theirs may come first, a dash as well, however they are written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.text import BadInputError
from terminal.cli import _parser
from terminal.commands.arguments import TRANSPORT_KEY

SIGNS = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#"
KEYS = st.text(SIGNS, min_size=39, max_size=39).map(lambda rest: f"-{rest}") | st.text(SIGNS, min_size=40, max_size=40)
PARSER = _parser(str)
FINGERPRINT = "ab" * 32
TAKEN = {
    "server_key": ("people", "list", "--authority", "tcp://a:1", "--transport-key", "file", "--server-key"),
    "log_transport": ("witness", "--listen", "tcp://a:1", "--store", "x", "--log-key", FINGERPRINT, "--log-transport"),
    "witness_transport": ("authority", "--store", "x", "--witness-transport"),
}


@pytest.mark.parametrize("name", TAKEN)
@given(key=KEYS)
def test_a_key_is_taken_after_a_space_and_after_an_equals_sign(name: str, key: str) -> None:
    *words, option = TAKEN[name]
    assert getattr(PARSER.parse_args([*words, option, key]), name) == key
    assert getattr(PARSER.parse_args([*words, f"{option}={key}"]), name) == key
    first = next(place for place, word in enumerate(words) if word.startswith("--"))
    assert getattr(PARSER.parse_args([*words[:first], option, key, *words[first:]]), name) == key


@pytest.mark.parametrize("following", ["--stations", "-h2", "-" + "a" * 40])
def test_what_is_no_key_is_not_taken_for_one(following: str) -> None:
    with pytest.raises(BadInputError, match="--witness-transport"):
        PARSER.parse_args(["authority", "--store", "x", "--witness-transport", following])


def test_no_option_looks_like_a_key() -> None:
    options = [option for action in PARSER._actions for option in action.option_strings]
    assert [option for option in options if TRANSPORT_KEY.fullmatch(option)] == []
