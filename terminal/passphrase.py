"""Passphrases from whoever sits at the terminal, or a line each from standard input where nobody does."""

from __future__ import annotations

import getpass
import sys

from engine.text import BadInputError, Text, Translate, text


def ask_passphrase(prompt: Text, translate: Translate) -> str:
    """Ask once; nothing is shown while it is typed.

    Raises:
        BadInputError: There is none.
    """
    if sys.stdin.isatty():
        words = getpass.getpass(prompt.translated(translate) + ": ")
    else:
        words = sys.stdin.readline().rstrip("\r\n")
    if not words:
        raise BadInputError(
            "passphrase", text("no passphrase is given"), text("type it, or send it as a line of input")
        )
    return words


def new_passphrase(translate: Translate) -> str:
    """Ask for a new one twice.

    Raises:
        BadInputError: There is none, or they differ.
    """
    first = ask_passphrase(text("New passphrase"), translate)
    if ask_passphrase(text("The same passphrase again"), translate) != first:
        raise BadInputError("passphrase", text("the two passphrases differ"), text("begin again"))
    return first
