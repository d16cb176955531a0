"""Tables of the index and their migrations: a new file runs the same steps as one of an older version."""

from __future__ import annotations

import sqlite3

from mammoview.core.errors import MammoviewError

_FIRST = """
CREATE TABLE folders (
    id INTEGER PRIMARY KEY,
    path BLOB NOT NULL UNIQUE,
    scanned REAL,              -- end of the last whole scan, seconds since 1970; NULL while none has been finished
    there INTEGER NOT NULL DEFAULT 1
);
CREATE TABLE patients (
    id INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,
    patient_id TEXT NOT NULL,
    issuer TEXT NOT NULL,
    birth_date TEXT NOT NULL,
    name TEXT NOT NULL
);
CREATE INDEX patients_by_id ON patients (patient_id);
CREATE TABLE studies (
    id INTEGER PRIMARY KEY,
    patient INTEGER NOT NULL REFERENCES patients (id),
    key TEXT NOT NULL UNIQUE,
    date TEXT NOT NULL,
    description TEXT NOT NULL,
    words TEXT NOT NULL        -- what a search looks through, folded
);
CREATE INDEX studies_by_patient ON studies (patient);
CREATE TABLE scans (
    id INTEGER PRIMARY KEY,
    study INTEGER NOT NULL REFERENCES studies (id) ON DELETE CASCADE,
    folder INTEGER REFERENCES folders (id) ON DELETE CASCADE,  -- NULL: opened once, but in none of the user's folders
    path BLOB NOT NULL UNIQUE,
    directory BLOB NOT NULL,
    source BLOB NOT NULL,      -- what to open: the file, or the zip that it is in
    size INTEGER NOT NULL,
    modified INTEGER NOT NULL,
    laterality TEXT NOT NULL,
    projection TEXT NOT NULL,
    for_processing INTEGER NOT NULL,
    instance_uid TEXT NOT NULL,
    there INTEGER NOT NULL DEFAULT 1,
    thumbnail BLOB             -- JPEG; empty when none can be made, NULL when none has been made
);
CREATE INDEX scans_by_study ON scans (study);
CREATE INDEX scans_by_place ON scans (folder, directory);
CREATE TABLE others (          -- files that hold no scan, so that they need not be read again
    path BLOB PRIMARY KEY,
    folder INTEGER NOT NULL REFERENCES folders (id) ON DELETE CASCADE,
    directory BLOB NOT NULL,
    size INTEGER NOT NULL,
    modified INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX others_by_place ON others (folder, directory);
"""
_RECENT = """
ALTER TABLE studies ADD COLUMN opened REAL;   -- when it was last opened, seconds since 1970
CREATE INDEX studies_by_opening ON studies (opened);
"""

_COCO = """
CREATE TABLE coco_files (      -- COCO files that the index takes patients from; some lie outside the folder
    folder INTEGER NOT NULL REFERENCES folders (id) ON DELETE CASCADE,
    path BLOB NOT NULL,
    size INTEGER NOT NULL,
    modified INTEGER NOT NULL,
    PRIMARY KEY (folder, path)
) WITHOUT ROWID;
DELETE FROM others WHERE lower(CAST(path AS TEXT)) LIKE '%.json';
"""

STEPS: tuple[str, ...] = (_FIRST, _RECENT, _COCO)
"""Step n leads from version n to version n + 1; steps that have been published never change."""


def bring_up_to_date(connection: sqlite3.Connection) -> None:
    """Migrate a new or older index to this version, each step in a transaction.

    Raises
    ------
    MammoviewError
        When the index is of a newer Mammoview; it is not changed.
    """
    version = _version(connection)
    if version > len(STEPS):
        raise MammoviewError("the library was made by a newer Mammoview", "Update this one, or use that one")
    while version < len(STEPS):
        connection.execute("BEGIN IMMEDIATE")
        try:
            version = _version(connection)  # another instance may have done it meanwhile
            if version < len(STEPS):
                for statement in _statements(STEPS[version]):
                    connection.execute(statement)
                version += 1
                connection.execute(f"PRAGMA user_version = {version}")
            connection.execute("COMMIT")
        except BaseException:
            roll_back(connection)
            raise


def roll_back(connection: sqlite3.Connection) -> None:
    """Roll back a transaction; on a full disk SQLite has done so itself, and another would hide the reason."""
    if connection.in_transaction:
        connection.execute("ROLLBACK")


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _statements(step: str) -> list[str]:
    """Single statements: `executescript` would commit what belongs into one transaction."""
    found, part = [], ""
    for line in step.splitlines(keepends=True):
        part += line
        if sqlite3.complete_statement(part):
            found.append(part)
            part = ""
    return found
