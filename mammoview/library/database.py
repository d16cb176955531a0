"""The file of the library: opened, shared with other instances, moved aside when damaged."""

from __future__ import annotations

import errno
import os
import shutil
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mammoview.core import paths
from mammoview.core.errors import MammoviewError
from mammoview.library.schema import bring_up_to_date, roll_back

NAME = "library.sqlite3"
_BESIDE = ("", "-wal", "-shm")
"""Suffixes of the files that SQLite keeps beside the database."""
_DAMAGED = ("SQLITE_CORRUPT", "SQLITE_NOTADB")
_ROOM_BYTES = 1 << 16
"""With less free space than this, bytes, SQLite cannot create its journal files."""
_WAIT_S = 20
"""How long to wait for another instance that is writing."""


class LibraryDatabase:
    """A connection to the library's file; belongs to the thread that made it.

    Several may be open at once, in one program or in several: readers never wait, writers wait for each other.

    Parameters
    ----------
    folder
        Path of the file; in the user's data folder by default.

    Raises
    ------
    MammoviewError
        When it cannot be opened, or a newer version made it. A damaged file is no error: it is renamed, an empty one is
        created, and `warning` has the message.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = paths.data_folder() / "library" if folder is None else folder
        self.file = self.folder / NAME
        self.warning = ""
        with self._errors():
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            found = _inode(self.file)
            try:
                self._connection = self._opened()
            except sqlite3.DatabaseError as error:
                if not _is_damage(error):
                    raise
                # Another instance may just have created a sound file.
                if _inode(self.file) == found:
                    self._move_aside()
                self._connection = self._opened()

    def close(self) -> None:
        """Close the connection; the last one merges the journal into the file."""
        self._connection.close()

    def __enter__(self) -> LibraryDatabase:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def rows(self, query: str, *values: object) -> list[sqlite3.Row]:
        """Return all rows of a query; the cursor is exhausted. Raises MammoviewError."""
        with self._errors():
            return self._connection.execute(query, values).fetchall()

    def change(self, statement: str, *values: object) -> int:
        """Execute a statement and return the id of the inserted row, if any. Raises MammoviewError."""
        with self._errors():
            return self._connection.execute(statement, values).lastrowid or 0

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Run the context as one transaction. Raises MammoviewError."""
        with self._errors():
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._connection.execute("COMMIT")
            except BaseException:
                roll_back(self._connection)
                raise

    def wipe(self) -> None:
        """Remove deleted data from the disk: freed pages, journal, and renamed damaged files.

        Raises
        ------
        MammoviewError
            When another instance is reading at this moment, so that the journal cannot be emptied.
        """
        for old in self.folder.glob("damaged-*"):
            with self._errors():
                old.unlink(missing_ok=True)
        self.change("VACUUM")
        busy = self.rows("PRAGMA wal_checkpoint(TRUNCATE)")[0][0]
        if busy:
            raise MammoviewError(
                "it is forgotten, but another Mammoview still holds traces", "Close the other one and forget once more"
            )

    def _opened(self) -> sqlite3.Connection:
        """Open the file, create or update its tables, and check its integrity."""
        connection = sqlite3.connect(self.file, timeout=_WAIT_S, isolation_level=None)
        try:
            connection.row_factory = sqlite3.Row
            for pragma in (
                "journal_mode = WAL",
                "synchronous = NORMAL",
                "foreign_keys = ON",
                "secure_delete = ON",  # what is deleted is overwritten with zeros
                "temp_store = MEMORY",  # VACUUM leaves no copy in a temporary folder
            ):
                connection.execute(f"PRAGMA {pragma}")
            verdict = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
            if verdict != "ok":
                damage = sqlite3.DatabaseError(verdict)
                damage.sqlite_errorname = _DAMAGED[0]
                raise damage
            bring_up_to_date(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def _move_aside(self) -> None:
        """Rename the damaged file and its journals, and set the message."""
        stamp = time.strftime("%Y%m%d-%H%M%S")
        for ending in _BESIDE:
            part = self.file.with_name(NAME + ending)
            if part.exists():
                part.replace(self.file.with_name(f"damaged-{stamp}-{os.getpid()}.sqlite3{ending}"))
        self.warning = (
            f"{self.file}: the library was damaged and has been moved aside. Add its folders again; "
            "your pictures are untouched"
        )

    @contextmanager
    def _errors(self) -> Iterator[None]:
        """Convert exceptions of SQLite and the system to MammoviewError."""
        try:
            yield
        except sqlite3.Error as error:
            raise self._in_words(error) from error
        except OSError as error:
            if error.errno == errno.ENOSPC:
                raise self._full() from error
            what = f"the library cannot be used ({error.strerror})"
            raise MammoviewError(what, "Check the rights and the disk", self.folder) from error

    def _in_words(self, error: sqlite3.Error) -> MammoviewError:
        """Return a MammoviewError for an exception."""
        name = str(getattr(error, "sqlite_errorname", ""))
        if name.startswith("SQLITE_FULL") or (name.startswith("SQLITE_IOERR") and self._lacks_room()):
            return self._full()
        if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
            what, remedy = "another Mammoview has been writing the library for long", "Try again when it is done"
        elif name.startswith(_DAMAGED):
            what, remedy = "the library is damaged", "Start Mammoview again: it moves the file aside and begins anew"
        elif name.startswith(("SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_PERM")):
            what, remedy = "the library cannot be written to", "Check the rights of the folder"
        else:
            what, remedy = f"the library cannot be used ({error})", "Check the disk it lies on"
        return MammoviewError(what, remedy, self.file)

    def _full(self) -> MammoviewError:
        what = "the disk that this folder lies on is full; the library keeps what it had"
        return MammoviewError(what, "Make room on that disk and do it again", self.folder)

    def _lacks_room(self) -> bool:
        """Whether the disk has no room for SQLite's journal files; SQLite reports "disk I/O error" then."""
        try:
            return shutil.disk_usage(self.folder).free < _ROOM_BYTES
        except OSError:
            return False


def _is_damage(error: sqlite3.DatabaseError) -> bool:
    return str(getattr(error, "sqlite_errorname", "")).startswith(_DAMAGED)


def _inode(file: Path) -> tuple[int, int] | None:
    try:
        status = file.stat()
    except FileNotFoundError:
        return None
    return status.st_dev, status.st_ino
