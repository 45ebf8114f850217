"""`palisade keys`: make a key under a passphrase, show one, write its card."""

from __future__ import annotations

from pathlib import Path

from engine.authorisation.keys import KeyCard
from engine.text import BadInputError, Translate, text
from feeds.curve import transport_key
from feeds.durable_files import write_new_file
from feeds.keystore import Keystore, card_bytes, new_keystore
from terminal.passphrase import new_passphrase


def make(path: Path, person: str, card: Path | None, translate: Translate) -> str:
    """Make a key; what to print.

    Raises:
        BadInputError: A file that exists or cannot be written, a bad name, a short or mistyped passphrase.
    """
    made = new_keystore(path, person, new_passphrase(translate)).card
    return _told(made, card, translate)


def show(path: Path, card: Path | None, translate: Translate) -> str:
    """Say whose key is in a file; what to print.

    Raises:
        BadInputError: A file that is not there, damaged, or readable by others.
    """
    return _told(Keystore(path).card, card, translate)


def station(path: Path) -> str:
    """The public transport key of this workstation, made where there is none; what to print.

    Raises:
        BadInputError: A file that cannot be used.
    """
    return f"{transport_key(path).public.decode()}\n"


def _told(made: KeyCard, card: Path | None, translate: Translate) -> str:
    lines = [(text("person"), made.person), (text("key"), made.key.fingerprint.hex())]
    if card is not None:
        try:
            write_new_file(card, card_bytes(made))
        except OSError as error:
            what = text("it cannot be written: {reason}", reason=error.strerror)
            raise BadInputError(str(card), what, text("see to the file and its folder")) from None
        lines.append((text("card"), str(card)))
    return "".join(f"{label.translated(translate)}: {value}\n" for label, value in lines)
