"""Reads an accounts file: how each account is margined, one account a line, UTF-8 CSV."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from engine.margin_terms import MarginTerms, terms_of
from engine.text import BadInputError, text
from terminal.csv_file import read_csv, require

COLUMNS = ("account", "margining", "type", "requirement")


def read_accounts(path: Path, usual: MarginTerms) -> Mapping[str, MarginTerms]:
    """Read how accounts are margined.

    Args:
        path: The file; its header is exactly ``account,margining,type,requirement``.
        usual: What an empty field means.

    Returns:
        The terms by account.

    Raises:
        BadInputError: The file cannot be read, a word is not known, or an account comes twice; names file, line and
            field.
    """
    accounts: dict[str, MarginTerms] = {}
    remedy = text("check the name of the accounts file and your rights to it")
    for number, fields in read_csv(path, COLUMNS, remedy):
        where = f"{path.name}: line {number}"
        require(where, fields, ("account",))
        if fields["account"] in accounts:
            raise BadInputError(f"{where}: account", text("the account comes twice"), text("leave one line out"))
        try:
            accounts[fields["account"]] = given_terms(fields, usual)
        except BadInputError as error:
            raise BadInputError(f"{where}: {error.where}", error.what, error.remedy) from None
    return accounts


def given_terms(fields: Mapping[str, str], usual: MarginTerms) -> MarginTerms:
    """The terms of ``margining``, ``type`` and ``requirement``; where one is empty, that of ``usual``.

    Raises:
        BadInputError: A word is not known; ``where`` names the field.
    """
    return terms_of(
        fields["margining"] or usual.margining,
        fields["type"] or usual.type_words,
        fields["requirement"] or usual.requirement_words,
    )
