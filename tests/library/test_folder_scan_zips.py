"""Zips in scanned folders, and zips that were opened: indexed, distinguished, refused in one line."""

from __future__ import annotations

import shutil
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mammoview.formats.opening.open_study import open_study
from mammoview.library.database import LibraryDatabase
from mammoview.library.folder_scan import folders, scan_folder
from mammoview.library.insert import insert_opened_study
from mammoview.library.queries import located_studies, studies
from tests.support.examinations import Examine, scanned


def test_a_study_out_of_a_zip_is_opened_by_its_zip(tmp_path: Path, index: LibraryDatabase, examine: Examine) -> None:
    folder = examine(tmp_path / "films")
    packed = tmp_path / "films.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        for file in sorted(folder.iterdir()):
            archive.write(file, f"inside/{file.name}")
    insert_opened_study(index, open_study(packed)[0], 1.0)
    insert_opened_study(index, open_study(packed)[0], 2.0)
    found = studies(index, recent=True)
    assert [(s.sources, len(s.scans), s.opened) for s in found] == [([packed], 4, 2.0)]
    packed.unlink()
    assert located_studies(index, found)[0].missing == [packed]


def packed_of(folder: Path, packed: Path, *names: str) -> Path:
    """Zip the files of a folder, all or those of these names."""
    with zipfile.ZipFile(packed, "w") as archive:
        for file in sorted(folder.iterdir()):
            if not names or file.name in names:
                archive.write(file, f"inside/{file.name}")
    return packed


def test_zips_in_a_folder_are_taken_in(tmp_path: Path, index: LibraryDatabase, examine: Examine) -> None:
    root = tmp_path / "shelf"
    (root / "media").mkdir(parents=True)
    films = examine(tmp_path / "films", "P1")
    packed = packed_of(films, root / "media" / "disc.zip")
    (root / "broken.zip").write_bytes(b"PK\x03\x04 and nothing else")
    outcome = scanned(index, root)
    assert (outcome.scans, outcome.missing, outcome.read) == (4, 0, 2)
    assert any("broken.zip" in line for line in outcome.refused)
    (known,) = studies(index)
    assert known.sources == [packed] and len(known.scans) == 4
    assert len(open_study(known.sources)[0].scans) == 4
    folder = folders(index)[0]
    assert scan_folder(index, folder).read == 0, "an unchanged zip is not unpacked again"

    packed_of(films, packed, "RCC.dcm", "LCC.dcm")
    again = scan_folder(index, folder)
    assert (again.scans, again.missing) == (2, 0)

    packed.rename(tmp_path / "away.zip")
    assert scan_folder(index, folder).missing == 2
    (tmp_path / "away.zip").rename(packed)
    assert scan_folder(index, folder).missing == 0

    root.rename(tmp_path / "unplugged")
    assert scan_folder(index, folder).missing == 2
    (tmp_path / "unplugged").rename(root)
    assert scan_folder(index, folder).missing == 0
    shutil.rmtree(root / "media")
    assert scan_folder(index, folder).missing == 2


def test_a_zip_bomb_in_a_folder_is_one_line(
    tmp_path: Path, index: LibraryDatabase, examine: Examine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mammoview.formats.common.zip_files.MAX_FILES", 3)
    root = tmp_path / "shelf"
    examine(root / "films")
    packed_of(root / "films", root / "bomb.zip")
    outcome = scanned(index, root)
    assert outcome.scans == 4 and sum("bomb.zip" in line for line in outcome.refused) == 1


def test_pictures_from_a_zip_are_the_same_study_each_time(tmp_path: Path, index: LibraryDatabase) -> None:
    packed = tmp_path / "films.zip"
    Image.fromarray(np.full((64, 48), 90, np.uint8)).save(tmp_path / "case_L_CC.png")
    with zipfile.ZipFile(packed, "w") as archive:
        archive.write(tmp_path / "case_L_CC.png", "case_L_CC.png")
    for when in (1.0, 2.0):
        insert_opened_study(index, open_study(packed)[0], when)
    assert len(studies(index, recent=True)) == 1
