"""Scanning folders: what is found, what is left alone, what a kill, a missing disk and a second instance do."""

from __future__ import annotations

import hashlib
import os
import shutil
import signal
import stat
import subprocess
import sys
import textwrap
from pathlib import Path
from threading import Thread

import numpy as np
import pytest
from PIL import Image

from mammoview.core.errors import CancelledError, MammoviewError
from mammoview.formats.opening.open_study import open_study
from mammoview.library import folder_scan
from mammoview.library.database import LibraryDatabase
from mammoview.library.folder_scan import UserFolder, add_folder, folders, scan_folder
from mammoview.library.insert import insert_opened_study
from mammoview.library.queries import located_studies, studies
from tests.support.dicom_files import write
from tests.support.examinations import Examine, scanned
from tests.support.timeouts import PATIENCE_S

VIEW_NAMES = ["R CC", "L CC", "R MLO", "L MLO"]


def test_a_folder_becomes_patients_studies_and_scans(tmp_path: Path, index: LibraryDatabase, examine: Examine) -> None:
    root = tmp_path / "films"
    examine(root / "a" / "first", "P1", "20200301")
    examine(root / "a" / "second", "P1", "20240301", StudyDescription="Screening")
    examine(root / "b", "P2", "20220301")
    outcome = scanned(index, root)
    assert (outcome.there, outcome.read, outcome.scans, outcome.missing) == (True, 12, 12, 0)
    found = studies(index)
    assert [(s.patient_id, s.name, s.date, s.description) for s in found] == [
        ("P1", "Doe, P1", "2024-03-01", "Screening"),
        ("P2", "Doe, P2", "2022-03-01", ""),
        ("P1", "Doe, P1", "2020-03-01", ""),
    ]
    assert [scan.name for scan in found[0].scans] == VIEW_NAMES
    assert found[1].sources == [root / "b" / f"{name.replace(' ', '')}.dcm" for name in VIEW_NAMES]
    assert all(scan.thumbnail is None for study in found for scan in study.scans)


def test_what_a_listed_study_names_opens_as_that_study(
    tmp_path: Path, index: LibraryDatabase, examine: Examine
) -> None:
    scanned(index, examine(tmp_path / "films"))
    known = studies(index)[0]
    opened = open_study(known.sources)
    assert len(opened) == 1
    insert_opened_study(index, opened[0], 5.0)
    again = studies(index)
    assert [(s.id, s.opened) for s in again] == [(known.id, 5.0)]


def test_other_formats_are_taken_in_but_no_holiday_pictures(tmp_path: Path, index: LibraryDatabase) -> None:
    root = tmp_path / "films"
    root.mkdir()
    Image.fromarray(np.full((64, 48), 90, np.uint8)).save(root / "case_L_CC.png")
    Image.fromarray(np.full((64, 48), 90, np.uint8)).save(root / "beach.png")
    (root / "notes.txt").write_text("nothing")
    outcome = scanned(index, root)
    assert (outcome.scans, outcome.read) == (1, 3)
    assert studies(index)[0].name == "case"
    assert scan_folder(index, folders(index)[0]).read == 0


def test_a_ddsm_case_is_one_study(tmp_path: Path, index: LibraryDatabase, shared_data: Path) -> None:
    outcome = scanned(index, shared_data / "ddsm_case4000")
    assert outcome.scans == 4
    assert [scan.name for scan in studies(index)[0].scans] == VIEW_NAMES
    assert scan_folder(index, folders(index)[0]).read == 0


def test_files_that_have_not_changed_are_not_read_again(
    tmp_path: Path, index: LibraryDatabase, examine: Examine, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = examine(tmp_path / "films")
    scanned(index, root)
    read: list[Path] = []
    original = folder_scan.gather_files
    monkeypatch.setattr(
        folder_scan,
        "gather_files",
        lambda place, files, gathered: (read.extend(files), original(place, files, gathered)),
    )
    assert scanned(index, root).read == 0
    write(root / "RCC.dcm", PatientID="P9", StudyInstanceUID="1.9", ImageLaterality="R")
    assert scanned(index, root).read == 1
    assert read == [root / "RCC.dcm"]
    assert {s.patient_id: len(s.scans) for s in studies(index)} == {"P1": 3, "P9": 1}


def test_a_file_of_the_same_name_size_and_time_is_another_one(
    tmp_path: Path, index: LibraryDatabase, examine: Examine
) -> None:
    """As unpacked from two discs whose files all bear the time of 1980."""
    root, other = examine(tmp_path / "films", "P1"), examine(tmp_path / "others", "P2")
    for file in (*root.iterdir(), *other.iterdir()):
        os.utime(file, ns=(315532800 * 10**9,) * 2)
    scanned(index, root)
    for file in other.iterdir():
        assert file.stat().st_size == (root / file.name).stat().st_size
        shutil.copy2(file, root / file.name)
        assert (root / file.name).stat().st_mtime_ns == 315532800 * 10**9
    assert scanned(index, root).read == 4
    assert {study.patient_id for study in studies(index)} == {"P2"}


def test_a_file_that_is_no_mammogram_any_more_is_let_go(
    tmp_path: Path, index: LibraryDatabase, examine: Examine
) -> None:
    root = examine(tmp_path / "films")
    scanned(index, root)
    for file in root.iterdir():
        file.write_text("overwritten by something else")
    outcome = scanned(index, root)
    assert outcome.scans == 0
    assert len(outcome.refused) == 4
    assert studies(index) == []


def test_source_files_are_never_written_to(tmp_path: Path, index: LibraryDatabase, examine: Examine) -> None:
    root = examine(tmp_path / "films")

    def state() -> dict[str, tuple[int, int, str]]:
        return {
            file.name: (file.stat().st_mtime_ns, file.stat().st_mode, hashlib.sha256(file.read_bytes()).hexdigest())
            for file in root.iterdir()
        }

    for file in root.iterdir():
        file.chmod(0o444)
    root.chmod(stat.S_IRUSR | stat.S_IXUSR)
    try:
        before, changed = state(), root.stat().st_mtime_ns
        assert scanned(index, root).scans == 4
        from mammoview.library.thumbnails import make_thumbnails

        make_thumbnails(index, studies(index)[0])
        assert state() == before
        assert root.stat().st_mtime_ns == changed
    finally:
        root.chmod(0o755)


def test_only_reading_is_asked_of_the_system(tmp_path: Path, examine: Examine) -> None:
    """As root may write everywhere, the test above proves little there; this one watches every `open`."""
    root = examine(tmp_path / "films")
    code = """
        import sys
        from pathlib import Path
        root, kept = Path(sys.argv[1]), Path(sys.argv[2])
        def watch(event, arguments):
            if event in ("os.remove", "os.rename", "os.mkdir", "os.chmod", "os.truncate", "os.utime", "os.link"):
                assert str(root) not in str(arguments[0]), (event, arguments)
            if event == "open" and str(root) in str(arguments[0]):
                assert not (arguments[1] or "").strip("rb"), arguments
                assert not arguments[2] & 3, arguments  # O_WRONLY, O_RDWR
        sys.addaudithook(watch)
        from mammoview.library.database import LibraryDatabase
        from mammoview.library.folder_scan import add_folder, scan_folder
        with LibraryDatabase(kept) as index:
            print(scan_folder(index, add_folder(index, root)).scans)
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code), root, tmp_path / "kept"], capture_output=True, text=True
    )
    assert (done.stdout, done.stderr) == ("4\n", "")


def test_a_deleted_file_is_missing_and_comes_back(tmp_path: Path, index: LibraryDatabase, examine: Examine) -> None:
    root = examine(tmp_path / "films")
    scanned(index, root)
    away = tmp_path / "away.dcm"
    (root / "LCC.dcm").rename(away)
    assert scanned(index, root).missing == 1
    study = studies(index)[0]
    assert study.missing == [root / "LCC.dcm"]
    assert len(study.sources) == 3
    away.rename(root / "LCC.dcm")
    assert scanned(index, root).missing == 0


def test_a_file_that_was_only_moved_is_not_missing(tmp_path: Path, index: LibraryDatabase, examine: Examine) -> None:
    root = tmp_path / "films"
    examine(root / "old")
    scanned(index, root)
    (root / "old").rename(root / "new")
    assert (scanned(index, root).scans, studies(index)[0].missing) == (4, [])


def test_an_unplugged_folder_is_missing_not_lost(tmp_path: Path, index: LibraryDatabase, examine: Examine) -> None:
    root = tmp_path / "stick"
    examine(root / "a")
    scanned(index, root)
    (root).rename(tmp_path / "unplugged")
    # Looking for the files is enough to see it, without a scan.
    assert len(located_studies(index, studies(index))[0].missing) == 4
    outcome = scan_folder(index, folders(index)[0])
    assert (outcome.there, outcome.missing) == (False, 4)
    assert "stick" in outcome.refused[0]
    assert not folders(index)[0].there
    root.mkdir()  # the bare place where it was mounted
    assert scan_folder(index, folders(index)[0]).missing == 4
    root.rmdir()
    (tmp_path / "unplugged").rename(root)
    assert located_studies(index, studies(index))[0].missing == []
    assert scan_folder(index, folders(index)[0]).missing == 0
    assert folders(index)[0].there


def test_copies_are_listed_once(tmp_path: Path, index: LibraryDatabase, examine: Examine) -> None:
    root = tmp_path / "films"
    shutil.copytree(examine(root / "a"), root / "copy")
    assert scanned(index, root).scans == 8
    assert [scan.name for scan in studies(index)[0].scans] == VIEW_NAMES


def test_views_that_a_bad_anonymiser_gave_one_uid_are_all_listed(
    tmp_path: Path, index: LibraryDatabase, examine: Examine
) -> None:
    root = tmp_path / "films"
    examine(root / "a", SOPInstanceUID="1.2.3.4")
    scanned(index, root)
    assert [scan.name for scan in studies(index)[0].scans] == VIEW_NAMES
    (root / "a" / "RCC.dcm").unlink()
    assert scan_folder(index, folders(index)[0]).missing == 1


def test_folders_within_folders(tmp_path: Path, index: LibraryDatabase, examine: Examine) -> None:
    inner = examine(tmp_path / "films" / "a")
    scanned(index, inner)
    outer = add_folder(index, tmp_path / "films")
    assert [folder.path for folder in folders(index)] == [tmp_path / "films"]
    assert scan_folder(index, outer).read == 0
    with pytest.raises(MammoviewError, match="which the library has already"):
        add_folder(index, inner)
    with pytest.raises(MammoviewError, match="no such folder"):
        add_folder(index, tmp_path / "nowhere")
    assert add_folder(index, tmp_path / "films") == folders(index)[0]


def test_names_that_are_no_text_do_no_harm(tmp_path: Path, index: LibraryDatabase) -> None:
    root = tmp_path / "films"
    place = root / "caf\udce9"
    try:
        place.mkdir(parents=True)
    except OSError:
        pytest.skip("this file system takes no such names")
    Image.fromarray(np.full((64, 48), 90, np.uint8)).save(place / "m\udcfc_L_CC.png")
    assert scanned(index, root).scans == 1
    assert studies(index)[0].sources == [place / "m\udcfc_L_CC.png"]
    assert scan_folder(index, folders(index)[0]).read == 0


def test_progress_is_reported_and_cancelling_keeps_what_has_been_read(
    tmp_path: Path, index: LibraryDatabase, examine: Examine
) -> None:
    root = tmp_path / "films"
    for number in range(4):
        examine(root / str(number), f"P{number}")
    folder = add_folder(index, root)
    reported: list[tuple[int, int]] = []
    with pytest.raises(CancelledError):
        scan_folder(index, folder, lambda *done: reported.append(done), lambda: len(reported) == 2)
    assert reported == [(4, 16), (8, 16)]
    assert folders(index)[0].scanned is None
    assert len(studies(index)) == 2
    outcome = scan_folder(index, folder, lambda *done: reported.append(done))
    assert (outcome.read, outcome.scans) == (8, 16)
    assert reported[-1] == (16, 16)
    assert folders(index)[0].scanned is not None


SCAN = """
    import sys
    from pathlib import Path
    from mammoview.library.database import LibraryDatabase
    from mammoview.library.folder_scan import add_folder, scan_folder
    with LibraryDatabase(Path(sys.argv[1])) as index:
        outcome = scan_folder(index, add_folder(index, Path(sys.argv[2])), lambda done, total: print(done, flush=True))
        print("read", outcome.read, "scans", outcome.scans)
"""


def start(library: Path, folder: Path) -> subprocess.Popen[str]:
    """Scan in a process of its own, which prints how far it is."""
    command = [sys.executable, "-c", textwrap.dedent(SCAN), str(library), str(folder)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def test_a_scan_that_was_killed_goes_on_where_it_was(tmp_path: Path, examine: Examine) -> None:
    root = tmp_path / "films"
    for number in range(20):
        examine(root / f"{number:02}", f"P{number}")
    process = start(tmp_path / "library", root)
    assert process.stdout is not None
    while int(process.stdout.readline()) < 24:
        pass
    process.send_signal(signal.SIGKILL)
    process.communicate()
    with LibraryDatabase(tmp_path / "library") as index:
        assert index.warning == ""
        kept = sum(len(study.scans) for study in studies(index))
        assert 24 <= kept < 80
        outcome = scan_folder(index, folders(index)[0])
        assert (outcome.read, outcome.scans) == (80 - kept, 80)


def test_two_instances_add_the_same_folder_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place, look = tmp_path / "pictures", folder_scan.folders
    place.mkdir()
    added: list[int] = []

    def add_too() -> None:
        with LibraryDatabase(tmp_path / "library") as other:
            added.append(add_folder(other, place).id)

    other = Thread(target=add_too)

    def look_slowly(index: LibraryDatabase) -> list[UserFolder]:
        """Look, and let the other instance add what it can before the answer is used."""
        monkeypatch.setattr(folder_scan, "folders", look)
        found = look(index)
        other.start()
        other.join(0.5)
        return found

    with LibraryDatabase(tmp_path / "library") as index:
        monkeypatch.setattr(folder_scan, "folders", look_slowly)
        added.append(add_folder(index, place).id)
        other.join()
        assert added[0] == added[1]
        assert len(look(index)) == 1


def test_two_instances_scan_at_once(tmp_path: Path, examine: Examine) -> None:
    for name in ("one", "two"):
        for number in range(6):
            examine(tmp_path / name / str(number), f"{name}{number}")
    both = [start(tmp_path / "library", tmp_path / name) for name in ("one", "two")]
    both.append(start(tmp_path / "library", tmp_path / "one"))
    for process in both:
        out, _ = process.communicate(timeout=PATIENCE_S)
        assert process.returncode == 0
        assert out.splitlines()[-1].endswith("scans 24")
    with LibraryDatabase(tmp_path / "library") as index:
        assert [len(study.scans) for study in studies(index)] == [4] * 12
