"""Forgetting leaves nothing behind: the bytes on the disk are searched for the patient."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from mammoview.core.errors import MammoviewError
from mammoview.formats.opening.open_study import open_study
from mammoview.library.database import NAME, LibraryDatabase
from mammoview.library.erase import forget_everything, forget_folder, forget_study
from mammoview.library.folder_scan import add_folder, folders, scan_folder
from mammoview.library.insert import insert_opened_study
from mammoview.library.queries import studies
from mammoview.library.thumbnails import make_thumbnails
from tests.support.examinations import Examine, scanned

SECRETS = (b"Zwingli", b"zwingli", b"ZW-4711", b"1957-03-09", b"Quarry")
"""Name, folded name, ID, birth date, and the name of the folder."""


@pytest.fixture
def films(tmp_path: Path, index: LibraryDatabase, examine: Examine) -> Path:
    """Two patients in two folders, with thumbnails; the first is the one to be forgotten."""
    born = {"PatientBirthDate": "19570309"}
    examine(tmp_path / "Quarry" / "a", "ZW-4711", "20240131", PatientName="Zwingli^Regula", **born)
    examine(tmp_path / "films" / "b", "P2")
    for name in ("Quarry", "films"):
        scanned(index, tmp_path / name)
    for study in studies(index):
        make_thumbnails(index, study)
    return tmp_path


def traces(folder: Path) -> set[bytes]:
    """Which of the secrets stand in any file below a folder, or in a name."""
    held = b"\n".join(str(file).encode() + file.read_bytes() for file in folder.rglob("*") if file.is_file())
    held = held.replace(str(folder).encode(), b"")
    return {secret for secret in SECRETS if secret in held}


def test_the_search_for_traces_finds_them_before(films: Path, index: LibraryDatabase) -> None:
    assert traces(index.folder) == set(SECRETS)
    # No identity in the names of files.
    assert {file.name for file in index.folder.iterdir()} <= {NAME, f"{NAME}-wal", f"{NAME}-shm"}


def test_a_forgotten_folder_leaves_no_trace(films: Path, index: LibraryDatabase) -> None:
    folder = next(f for f in folders(index) if f.path.name == "Quarry")
    forget_folder(index, folder.id)
    assert traces(index.folder) == set()
    assert [study.patient_id for study in studies(index)] == ["P2"]
    assert all(scan.thumbnail is not None for scan in studies(index)[0].scans)
    assert len(list((films / "Quarry" / "a").iterdir())) == 4  # the pictures are not the library's


def test_a_forgotten_study_leaves_the_folder_alone(films: Path, index: LibraryDatabase) -> None:
    study = next(s for s in studies(index) if s.patient_id == "ZW-4711")
    forget_study(index, study.id)
    assert traces(index.folder) == {b"Quarry"}
    assert len(folders(index)) == 2


def test_a_forgotten_study_takes_zips_and_texts_that_bear_its_name_with_it(
    tmp_path: Path, index: LibraryDatabase, examine: Examine
) -> None:
    examine(tmp_path / "films" / "Zwingli" / "series", "ZW-4711", "20240131", PatientName="Zwingli^Regula")
    (tmp_path / "films" / "Zwingli" / "README.TXT").write_text("of a medium")
    zipped = examine(tmp_path / "b", "ZW-4711", "20230131", PatientName="Zwingli^Regula")
    shutil.make_archive(str(tmp_path / "films" / "zwingli-2023"), "zip", zipped)
    examine(tmp_path / "films" / "other", "P2")
    found = scanned(index, tmp_path / "films")
    for study in studies(index):
        if study.patient_id == "ZW-4711":
            forget_study(index, study.id)
    assert traces(index.folder) == set()
    assert [study.patient_id for study in studies(index)] == ["P2"]
    assert scan_folder(index, folders(index)[0]).scans == found.scans == 12


def test_a_forgotten_folder_takes_what_was_only_opened_in_it(
    tmp_path: Path, index: LibraryDatabase, examine: Examine
) -> None:
    folder = add_folder(index, examine(tmp_path / "Quarry", "ZW-4711", PatientName="Zwingli^Regula"))
    beside = open_study(examine(tmp_path / "Quarry-2", "P2"))[0]
    insert_opened_study(index, open_study(tmp_path / "Quarry")[0], 1.0)
    insert_opened_study(index, beside, 2.0)
    forget_folder(index, folder.id)
    assert [study.patient_id for study in studies(index)] == ["P2"]
    forget_study(index, studies(index)[0].id)
    assert traces(index.folder) == set()


def test_everything_forgotten_is_an_empty_library(films: Path, index: LibraryDatabase) -> None:
    forget_everything(index)
    assert traces(index.folder) == set()
    assert studies(index) == []
    assert folders(index) == []
    assert index.rows("SELECT COUNT(*) FROM others")[0][0] == 0


def test_a_damaged_library_that_was_moved_aside_is_forgotten_too(films: Path, index: LibraryDatabase) -> None:
    folder = index.folder
    index.close()
    sound = (folder / NAME).read_bytes()
    (folder / NAME).write_bytes(sound[:100] + b"\x5a" * 4000 + sound[4100:])
    with LibraryDatabase(folder) as again:
        assert "moved aside" in again.warning
        assert traces(folder)
        forget_everything(again)
        assert traces(folder) == set()


def test_another_instance_that_reads_is_named(
    films: Path, index: LibraryDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    index.rows("PRAGMA busy_timeout = 10")
    with closing(sqlite3.connect(index.file)) as other:
        cursor = other.execute("SELECT * FROM scans")
        cursor.fetchone()
        with pytest.raises(MammoviewError, match="another Mammoview"):
            forget_everything(index)
        cursor.close()
    assert studies(index) == []
    forget_everything(index)
    assert traces(index.folder) == set()
