"""The file of the library: upgrades, damage, a full disk, a newer version."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from mammoview.core.errors import MammoviewError
from mammoview.library import schema
from mammoview.library.database import NAME, Index
from mammoview.library.folder_scan import add, folders, scan
from mammoview.library.queries import studies
from tests.library.conftest import Examine, scanned


def test_an_index_of_the_first_version_is_upgraded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as past:
        past.setattr(schema, "STEPS", schema.STEPS[:1])
        with Index(tmp_path) as old:
            with pytest.raises(MammoviewError, match="no such column"):
                old.rows("SELECT opened FROM studies")
            old.change("INSERT INTO folders (path) VALUES (?)", b"/films")
            row = old.change(
                "INSERT INTO patients (key, patient_id, issuer, birth_date, name) VALUES ('k', 'P1', '', '', 'Doe')"
            )
            old.change(
                "INSERT INTO studies (patient, key, date, description, words) VALUES (?, 'k', '', '', 'doe')", row
            )
    with Index(tmp_path) as new:
        assert new.told == ""
        assert [(study.name, study.opened) for study in studies(new, "doe")] == [("Doe", None)]
        assert [folder.path for folder in folders(new)] == [Path("/films")]
        assert new.rows("PRAGMA user_version")[0][0] == len(schema.STEPS)


def test_a_failed_upgrade_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Index(tmp_path).close()
    with monkeypatch.context() as future:
        future.setattr(schema, "STEPS", (*schema.STEPS, "CREATE TABLE more (a);\nCREATE TABLE folders (a);\n"))
        with pytest.raises(MammoviewError, match="already exists"):
            Index(tmp_path)
    with Index(tmp_path) as index:
        assert index.rows("SELECT name FROM sqlite_master WHERE name = 'more'") == []


def test_an_index_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    Index(tmp_path).close()
    with sqlite3.connect(tmp_path / NAME) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    before = (tmp_path / NAME).read_bytes()
    with pytest.raises(MammoviewError, match="newer Mammoview"):
        Index(tmp_path)
    assert (tmp_path / NAME).read_bytes() == before


@pytest.mark.parametrize("damage", ["no database", "overwritten pages", "cut short"])
def test_a_damaged_file_is_moved_aside_and_said_so_once(tmp_path: Path, examine: Examine, damage: str) -> None:
    library = tmp_path / "library"
    root = examine(tmp_path / "films")
    with Index(library) as index:
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
    with Index(library) as index:
        assert str(file) in index.told
        assert "moved aside" in index.told
        assert studies(index) == []
        assert scanned(index, root).scans == 4
    assert len(list(library.glob("damaged-*.sqlite3"))) == 1
    with Index(library) as index:
        assert index.told == ""
        assert len(studies(index)) == 1


def test_a_full_disk_is_one_line_and_loses_nothing(tmp_path: Path, index: Index, examine: Examine) -> None:
    scanned(index, examine(tmp_path / "few"))
    for number in range(60):
        examine(tmp_path / "many" / str(number), f"P{number}")
    folder = add(index, tmp_path / "many")
    pages = index.rows("PRAGMA page_count")[0][0]
    index.rows(f"PRAGMA max_page_count = {pages + 2}")  # SQLite's own way to run out of room
    with pytest.raises(MammoviewError, match="disk is full") as failure:
        scan(index, folder)
    assert "\n" not in str(failure.value)
    assert any(study.patient_id == "P1" for study in studies(index))
    index.rows("PRAGMA max_page_count = 1073741823")
    assert scan(index, folder).scans == 240


def test_a_folder_that_cannot_be_written_to_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "library").write_text("a file where the folder should be")
    with pytest.raises(MammoviewError, match="library cannot be used"):
        Index(tmp_path / "library")


def test_nobody_else_may_look_into_the_folder(tmp_path: Path) -> None:
    Index(tmp_path / "library").close()
    assert (tmp_path / "library").stat().st_mode & 0o077 == 0
