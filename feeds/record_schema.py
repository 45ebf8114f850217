"""Tables of the record store, and how a store gets those that it lacks."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from typing import Final

from engine.text import BadInputError, text

APPLICATION: Final = 0x50414C53
"""What marks the file as ours (PRAGMA application_id)."""

Steps = Sequence[str]
"""Scripts that were added over time, each applied once and in this order; a step that was released never changes."""
Parts = Mapping[str, Steps]
"""Steps by the name of who owns the tables."""

RECORDS: Final[Steps] = (
    """
    CREATE TABLE records (
        number INTEGER PRIMARY KEY, wall INTEGER NOT NULL, monotonic INTEGER NOT NULL, boot BLOB NOT NULL,
        clock_error INTEGER NOT NULL, actor TEXT NOT NULL, kind TEXT NOT NULL, payload BLOB NOT NULL,
        leaf BLOB NOT NULL) STRICT;
    CREATE TABLE nodes (
        level INTEGER NOT NULL, position INTEGER NOT NULL, hash BLOB NOT NULL,
        PRIMARY KEY (level, position)) STRICT, WITHOUT ROWID;
    CREATE TABLE blobs (sha256 BLOB PRIMARY KEY, content BLOB NOT NULL) STRICT;
    CREATE TABLE checkpoints (
        size INTEGER PRIMARY KEY, content BLOB NOT NULL, key BLOB NOT NULL, signature BLOB NOT NULL) STRICT;
    CREATE TABLE witness_signatures (
        size INTEGER NOT NULL REFERENCES checkpoints, key BLOB NOT NULL, wall INTEGER NOT NULL,
        signature BLOB NOT NULL, PRIMARY KEY (size, key)) STRICT, WITHOUT ROWID;
    CREATE TABLE keys (fingerprint BLOB PRIMARY KEY, name TEXT NOT NULL, content BLOB NOT NULL) STRICT;
    CREATE TRIGGER records_stay BEFORE UPDATE ON records BEGIN SELECT RAISE(ABORT, 'records never change'); END;
    CREATE TRIGGER records_last BEFORE DELETE ON records BEGIN SELECT RAISE(ABORT, 'records never go'); END;
    CREATE TRIGGER nodes_stay BEFORE UPDATE ON nodes BEGIN SELECT RAISE(ABORT, 'nodes never change'); END;
    CREATE TRIGGER nodes_last BEFORE DELETE ON nodes BEGIN SELECT RAISE(ABORT, 'nodes never go'); END;
    """,
)


def bring_up_to_date(connection: sqlite3.Connection, where: str, parts: Parts) -> None:
    """Give a store the tables that it lacks, all of them or none.

    Args:
        connection: In autocommit mode.
        where: The store, for errors.
        parts: All tables that this version knows.

    Raises:
        BadInputError: It is another program's database, or a newer version's.
    """
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    if application != APPLICATION and tables:
        raise BadInputError(
            where, text("this is no record store"), text("give the folder of a record store, or a new one")
        )
    connection.execute("BEGIN IMMEDIATE")
    try:
        _apply(connection, where, parts)
        connection.execute("COMMIT")
    finally:
        # After a commit there is nothing left to take back.
        if connection.in_transaction:
            connection.execute("ROLLBACK")


def _apply(connection: sqlite3.Connection, where: str, parts: Parts) -> None:
    """The steps that are missing, inside a transaction."""
    connection.execute("CREATE TABLE IF NOT EXISTS parts (name TEXT PRIMARY KEY, steps INTEGER NOT NULL) STRICT")
    done: dict[str, int] = dict(connection.execute("SELECT name, steps FROM parts"))
    for name, steps in parts.items():
        if done.get(name, 0) > len(steps):
            what = text("it was written by a newer version ({part})", part=name)
            raise BadInputError(where, what, text("use the version of Palisade that wrote it, or a newer one"))
        for step in steps[done.get(name, 0) :]:
            for statement in _statements(step):
                connection.execute(statement)
        connection.execute("INSERT OR REPLACE INTO parts VALUES (?, ?)", (name, len(steps)))
    connection.execute(f"PRAGMA application_id = {APPLICATION}")


def _statements(script: str) -> list[str]:
    """A script's statements one by one: executescript would commit the transaction that holds them together."""
    found, current = list[str](), ""
    for piece in script.split(";"):
        current += piece + ";"
        if sqlite3.complete_statement(current):
            found.append(current)
            current = ""
    return [statement for statement in found if statement.strip(" \n;")]
