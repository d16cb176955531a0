"""The file of the library: upgrades, damage, a full disk, a newer version."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from mammoview.core.errors import MammoviewError
from mammoview.library import schema
from mammoview.library.database import NAME, LibraryDatabase
from mammoview.library.folder_scan import add_folder, folders, scan_folder
from mammoview.library.queries import studies
from tests.support.examinations import Examine, scanned


def test_an_index_of_the_first_version_is_upgraded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as past:
        past.setattr(schema, "STEPS", schema.STEPS[:1])
        with LibraryDatabase(tmp_path) as old:
            with pytest.raises(MammoviewError, match="no such column"):
                old.rows("SELECT opened FROM studies")
            old.change("INSERT INTO folders (path) VALUES (?)", b"/films")
            row = old.change(
                "INSERT INTO patients (key, patient_id, issuer, birth_date, name) VALUES ('k', 'P1', '', '', 'Doe')"
            )
            old.change(
                "INSERT INTO studies (patient, key, date, description, words) VALUES (?, 'k', '', '', 'doe')", row
            )
    with LibraryDatabase(tmp_path) as new:
        assert new.warning == ""
        assert [(study.name, study.opened) for study in studies(new, "doe")] == [("Doe", None)]
        assert [folder.path for folder in folders(new)] == [Path("/films")]
        assert new.rows("PRAGMA user_version")[0][0] == len(schema.STEPS)


def test_a_failed_upgrade_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    LibraryDatabase(tmp_path).close()
    with monkeypatch.context() as future:
        future.setattr(schema, "STEPS", (*schema.STEPS, "CREATE TABLE more (a);\nCREATE TABLE folders (a);\n"))
        with pytest.raises(MammoviewError, match="already exists"):
            LibraryDatabase(tmp_path)
    with LibraryDatabase(tmp_path) as index:
        assert index.rows("SELECT name FROM sqlite_master WHERE name = 'more'") == []


def test_an_index_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    LibraryDatabase(tmp_path).close()
    with sqlite3.connect(tmp_path / NAME) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    before = (tmp_path / NAME).read_bytes()
    with pytest.raises(MammoviewError, match="newer Mammoview"):
        LibraryDatabase(tmp_path)
    assert (tmp_path / NAME).read_bytes() == before


@pytest.mark.parametrize("damage", ["no database", "overwritten pages", "cut short"])
def test_a_damaged_file_is_moved_aside_and_said_so_once(tmp_path: Path, examine: Examine, damage: str) -> None:
    library = tmp_path / "library"
    root = examine(tmp_path / "films")
    with LibraryDatabase(library) as index:
        scanned(index, root)
    file = library / NAME
    sound = file.read_bytes()
    file.write_bytes(
        {
            "no database": b"x" * 5000,
            "overwritten pages": sound[:4096] + b"\x5a" * (len(sound) - 4096),
            "cut short": sound[: len(sound) // 2 // 4096 * 4096],
        }[damage]
    )
    with LibraryDatabase(library) as index:
        assert str(file) in index.warning
        assert "moved aside" in index.warning
        assert studies(index) == []
        assert scanned(index, root).scans == 4
    assert len(list(library.glob("damaged-*.sqlite3"))) == 1
    with LibraryDatabase(library) as index:
        assert index.warning == ""
        assert len(studies(index)) == 1


def test_a_full_disk_is_one_line_and_loses_nothing(tmp_path: Path, index: LibraryDatabase, examine: Examine) -> None:
    scanned(index, examine(tmp_path / "few"))
    for number in range(60):
        examine(tmp_path / "many" / str(number), f"P{number}")
    folder = add_folder(index, tmp_path / "many")
    pages = index.rows("PRAGMA page_count")[0][0]
    index.rows(f"PRAGMA max_page_count = {pages + 2}")  # SQLite's own way to run out of room
    with pytest.raises(MammoviewError, match="is full") as failure:
        scan_folder(index, folder)
    assert "\n" not in str(failure.value)
    assert str(failure.value).startswith(f"{index.folder}: ")
    assert any(study.patient_id == "P1" for study in studies(index))
    index.rows("PRAGMA max_page_count = 1073741823")
    assert scan_folder(index, folder).scans == 240


def test_a_disk_that_is_full_before_the_tables_are_made_is_said_to_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def small(*words: object, connect=sqlite3.connect, **more: object) -> sqlite3.Connection:
        connection = connect(*words, **more)
        connection.execute("PRAGMA max_page_count = 4")
        return connection

    with monkeypatch.context() as full:
        full.setattr(sqlite3, "connect", small)
        with pytest.raises(MammoviewError) as failure:
            LibraryDatabase(tmp_path)
    reported = "the disk that this folder lies on is full; the library keeps what it had. Make room on that disk"
    assert str(failure.value) == f"{tmp_path}: {reported} and do it again"
    with LibraryDatabase(tmp_path) as index:
        assert studies(index) == []


def test_a_commit_that_fails_leaves_the_library_usable(index: LibraryDatabase) -> None:
    with pytest.raises(MammoviewError, match="FOREIGN KEY"), index.writing():
        index.change("PRAGMA defer_foreign_keys = ON")
        index.change("INSERT INTO studies (patient, key, date, description, words) VALUES (99, 'k', '', '', '')")
    with index.writing():
        index.change("INSERT INTO folders (path) VALUES (?)", b"/films")
    assert [folder.path for folder in folders(index)] == [Path("/films")]
    assert studies(index) == []


@pytest.mark.parametrize("room", [0, 8, 24, 48, 100])
def test_on_a_disk_without_room_one_line_names_its_folder(tmp_path: Path, room: int) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    if (
        not sys.platform.startswith("linux")
        or subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", disk], capture_output=True, check=False
        ).returncode
    ):
        pytest.skip("a small disk can only be made by root on Linux")
    try:
        state = os.statvfs(disk)
        (disk / "filling").write_bytes(bytes(state.f_bavail * state.f_frsize - room * 1024))
        with pytest.raises(MammoviewError) as failure, LibraryDatabase(disk / "library") as index:
            for number in range(1000):
                with index.writing():
                    index.change("INSERT INTO folders (path) VALUES (?)", b"x" * 500 + str(number).encode())
        assert str(failure.value).startswith(f"{disk / 'library'}: the disk that this folder lies on is full")
    finally:
        subprocess.run(["umount", disk], check=False)


def test_a_folder_that_cannot_be_written_to_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "library").write_text("a file where the folder should be")
    with pytest.raises(MammoviewError, match="library cannot be used"):
        LibraryDatabase(tmp_path / "library")


def test_nobody_else_may_look_into_the_folder(tmp_path: Path) -> None:
    LibraryDatabase(tmp_path / "library").close()
    assert (tmp_path / "library").stat().st_mode & 0o077 == 0
