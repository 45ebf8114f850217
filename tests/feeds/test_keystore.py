"""A key under a passphrase: made, shown, unlocked, locked, damaged."""

from __future__ import annotations

import json
import os
from contextlib import closing
from pathlib import Path
from threading import Barrier, Thread

import pytest

from engine.text import BadInputError
from feeds.clock import SECOND
from feeds.keystore import USUAL, Cost, Keystore, PassphraseError, card_bytes, new_keystore, read_card
from feeds.owner_lock import OwnerLock
from feeds.signing import verify

CHEAP = Cost(1, 64, 1)
WORDS = "four words of my own"
NOW = 10**18


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "officer.key"


@pytest.fixture
def keystore(path: Path) -> Keystore:
    return new_keystore(path, "officer", WORDS, CHEAP)


def test_the_unlocked_key_signs_as_its_card_says(keystore: Keystore) -> None:
    signature = keystore.unlock(WORDS, NOW).sign(b"purpose", b"message")
    assert verify(keystore.card.key, b"purpose", b"message", signature)
    assert keystore.card.person == "officer"
    assert keystore.card.holds(verify)


def test_the_usual_cost_is_four_passes_over_256_mib_and_works(path: Path) -> None:
    assert (USUAL.time, USUAL.memory) == (4, 256 * 1024)
    assert new_keystore(path, "officer", WORDS).unlock(WORDS, NOW).public == Keystore(path).card.key


def test_only_its_owner_may_read_the_file_and_no_seed_stands_in_it(path: Path, keystore: Keystore) -> None:
    assert os.name != "posix" or path.stat().st_mode & 0o777 == 0o600
    assert WORDS.encode() not in path.read_bytes()
    assert set(json.loads(path.read_bytes())) == {
        "format", "card", "time", "memory", "lanes", "salt", "nonce", "secret",
    }  # fmt: skip


def test_a_file_that_others_may_read_is_refused_by_name(path: Path, keystore: Keystore) -> None:
    path.chmod(0o640)
    with pytest.raises(BadInputError, match=r"officer\.key: others may read"):
        Keystore(path)


def test_a_key_never_replaces_another(path: Path, keystore: Keystore) -> None:
    with pytest.raises(BadInputError, match="there is a file already"):
        new_keystore(path, "officer", WORDS, CHEAP)
    assert Keystore(path).card == keystore.card


@pytest.mark.parametrize(
    ("person", "words"), [("", WORDS), ("a\u202eb", WORDS), ("x" * 65, WORDS), ("officer", "short")]
)
def test_bad_names_and_short_passphrases_make_no_key(path: Path, person: str, words: str) -> None:
    with pytest.raises(BadInputError, match=r"officer\.key"):
        new_keystore(path, person, words, CHEAP)
    assert not path.exists()


def test_a_wrong_passphrase_says_how_many_are_left(keystore: Keystore) -> None:
    with pytest.raises(PassphraseError, match=r"wrong.* 4 more"):
        keystore.unlock("not these words", NOW)


def test_after_five_wrong_passphrases_the_right_one_has_to_wait(path: Path, keystore: Keystore) -> None:
    for _ in range(5):
        with pytest.raises(PassphraseError, match="wrong"):
            keystore.unlock("not these words", NOW)
    with pytest.raises(PassphraseError, match="wait 60 s"):
        Keystore(path).unlock(WORDS, NOW)
    with pytest.raises(PassphraseError, match="wait 60 s"):
        Keystore(path).unlock(WORDS, NOW - 3600 * SECOND)
    assert Keystore(path).unlock(WORDS, NOW + 60 * SECOND).public == keystore.card.key


def test_each_further_wrong_passphrase_doubles_the_wait(keystore: Keystore) -> None:
    now = NOW
    for _ in range(6):
        with pytest.raises(PassphraseError, match="wrong"):
            keystore.unlock("not these words", now)
        now += 60 * SECOND
    with pytest.raises(PassphraseError, match="wait 60 s"):
        keystore.unlock(WORDS, now)


def test_guesses_at_the_same_time_are_counted_each(path: Path, keystore: Keystore) -> None:
    start, said = Barrier(4), list[str]()

    def guess() -> None:
        start.wait()
        try:
            Keystore(path).unlock("another phrase", NOW)
        except (PassphraseError, BadInputError) as refused:
            said.append(str(refused))

    guesses = [Thread(target=guess) for _ in range(4)]
    for each in guesses:
        each.start()
    for each in guesses:
        each.join()
    wrong = [words for words in said if "is wrong" in words]
    assert len(said) == 4
    assert all("is wrong" in words or "is using it" in words for words in said)
    assert json.loads(path.with_name("officer.key.attempts").read_bytes())[0] == len(wrong) > 0


def test_while_one_guess_is_made_another_is_not(path: Path, keystore: Keystore) -> None:
    held = OwnerLock(path.with_name("officer.key.lock"), "another program")
    with closing(held), pytest.raises(BadInputError, match=r"another program.* is using it; wait a moment"):
        keystore.unlock(WORDS, NOW)
    keystore.unlock(WORDS, NOW)


def test_the_right_passphrase_forgives_the_wrong_ones(keystore: Keystore) -> None:
    for _ in range(3):
        for _ in range(4):
            with pytest.raises(PassphraseError, match="wrong"):
                keystore.unlock("not these words", NOW)
        keystore.unlock(WORDS, NOW)


@pytest.mark.parametrize("damage", [b"", b"{}", b"\xff" * 40, b"[" * 9_000, b"null"])
def test_a_damaged_keystore_is_named(path: Path, damage: bytes, keystore: Keystore) -> None:
    path.write_bytes(damage)
    with pytest.raises(BadInputError, match=r"officer\.key: the keystore is damaged"):
        Keystore(path)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("memory", 2**40),
        ("time", 0),
        ("lanes", True),
        ("salt", "00"),
        ("card", "zz"),
        ("secret", "00"),
        ("format", "x"),
    ],
)
def test_figures_that_cannot_be_are_refused_before_they_cost_anything(
    path: Path, keystore: Keystore, field: str, value: object
) -> None:
    path.write_bytes(json.dumps({**json.loads(path.read_bytes()), field: value}).encode())
    with pytest.raises(BadInputError, match=r"officer\.key: the keystore is damaged"):
        Keystore(path)


@pytest.mark.parametrize("field", ["time", "salt", "nonce", "secret", "card"])
def test_no_field_can_be_changed_without_being_noticed(path: Path, keystore: Keystore, field: str) -> None:
    content = json.loads(path.read_bytes())
    other = new_keystore(path.with_name("other.key"), "other", WORDS, CHEAP)
    changed = {"time": 2, "card": card_bytes(other.card).hex()}
    flipped = content[field][:-1] + ("0" if str(content[field])[-1] != "0" else "1") if field not in changed else None
    path.write_bytes(json.dumps({**content, field: changed.get(field, flipped)}).encode())
    with pytest.raises(PassphraseError, match="file was changed"):
        Keystore(path).unlock(WORDS, NOW)


def test_a_damaged_count_of_attempts_is_named(path: Path, keystore: Keystore) -> None:
    path.with_name("officer.key.attempts").write_bytes(b"x")
    with pytest.raises(BadInputError, match=r"officer\.key\.attempts"):
        keystore.unlock(WORDS, NOW)


def test_a_card_is_read_back_and_a_damaged_one_named(tmp_path: Path, keystore: Keystore) -> None:
    card = tmp_path / "officer.card"
    card.write_bytes(card_bytes(keystore.card))
    assert read_card(card) == keystore.card
    card.write_bytes(card_bytes(keystore.card)[:-1])
    with pytest.raises(BadInputError, match=r"officer\.card"):
        read_card(card)
