"""The list of the studies that are open."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from threading import Event

import numpy as np
from PIL import Image
from PySide6.QtCore import Qt

from mammoview.display.scan_analysis import analyse
from mammoview.library import thumbnails
from mammoview.qt.library.study_panel import OPEN
from mammoview.qt.session.same_study import holds
from mammoview.study.outline_sources import OWN_SOURCE
from mammoview.study.scan import Outline, OutlineKind, Side, Study, box
from tests.qt.conftest import scan_pixels, viewport_of
from tests.qt.library.test_study_panel import listed
from tests.support.phantoms import breast_pixels, scan_of
from tests.support.timeouts import PATIENCE_MS, PATIENCE_S


def test_open_studies_can_be_searched(open_window, make_study, qtbot):
    window = open_window(make_study("first"), make_study("second"))
    assert window.study_panel.tabs.currentIndex() == OPEN
    qtbot.waitUntil(lambda: len(listed(window)) == 2, timeout=PATIENCE_MS)
    window.study_panel.search.setText("second")
    qtbot.waitUntil(lambda: listed(window) == ["Doe, second"], timeout=PATIENCE_MS)
    qtbot.keyClick(window.study_panel.search, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: window.session.index == 1 and not window.session.busy, timeout=PATIENCE_MS)


def test_the_place_in_the_list_goes_to_the_study_on_show(open_window, make_study, qtbot):
    window = open_window(make_study("first"), make_study("second"))
    qtbot.waitUntil(lambda: len(listed(window)) == 2, timeout=PATIENCE_MS)
    for command, shown in (("next_study", 1), ("previous_study", 0)):
        window.actions_by_name[command].trigger()
        qtbot.waitUntil(lambda place=shown: window.study_panel.view.currentIndex().row() == place, timeout=PATIENCE_MS)
        assert window.study_panel.rows.rows[shown].shown
    window.study_panel.view.setCurrentIndex(window.study_panel.rows.index(1))
    window.study_panel.refresh()  # the reader's own place stays
    assert window.study_panel.view.currentIndex().row() == 1


def test_several_studies_are_listed_whole_with_thumbnails(open_window, study, make_study, qtbot, monkeypatch):
    decoded: list[str] = []
    monkeypatch.setattr(thumbnails, "analyse", lambda scan: (decoded.append(scan.path.parent.name), analyse(scan))[1])
    window = open_window(study)
    window.study_panel.search.setText("study")
    window.open_paths([make_study("first"), make_study("second")])
    qtbot.waitUntil(lambda: listed(window) == ["Doe, study", "Doe, first", "Doe, second"], timeout=PATIENCE_MS)
    assert window.study_panel.isVisible() and window.study_panel.search.text() == ""
    window.resize(1100, 1000)
    rows = window.study_panel.rows
    # Those that have not been shown yet as well.
    qtbot.waitUntil(lambda: all(scan.thumbnail for row in rows.rows for scan in row.study.scans), timeout=PATIENCE_MS)
    # The scans of the current study are in memory.
    assert set(decoded) == {"study", "second"}
    # Once it has been hidden it takes no room from the scans unasked.
    window.actions_by_name["studies"].trigger()
    window.open_paths([make_study("third")])
    qtbot.waitUntil(lambda: len(window.session.studies) == 4 and not window.session.busy, timeout=PATIENCE_MS)
    assert not window.study_panel.isVisible()


def test_a_file_and_then_its_folder_are_one_study_that_keeps_its_place(open_window, study, make_study, qtbot):
    window = open_window(study / "LCC.dcm", make_study("other"))
    one, other = window.session.studies
    assert len(one.scans) == 1
    window.open_paths([study])
    qtbot.waitUntil(lambda: one not in window.session.studies and not window.session.busy, timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: listed(window) == ["Doe, other", "Doe, study"], timeout=PATIENCE_MS)
    assert window.study_panel.rows.rows[1].shown and len(window.session.entries) == 4
    for _ in range(2):
        assert window.study_panel.view.currentIndex().row() == 1
        with qtbot.waitSignal(window.study_panel.rows.modelReset, timeout=PATIENCE_MS):
            window.study_panel.refresh()
    # A file of it, and the whole again, are there already: nothing is loaded anew.
    whole = window.session.studies[1]
    entries = dict(window.session.entries)
    for again in (study / "RMLO.dcm", study):
        window.session.show_study(0)
        window.open_paths([again])
        qtbot.waitUntil(lambda: window.session.index == 1 and not window.session.busy, timeout=PATIENCE_MS)
        assert window.session.studies == [other, whole] and window.session.entries == entries


def test_what_was_drawn_on_a_file_stays_when_its_folder_is_opened(open_window, study, qtbot):
    window = open_window(study / "LCC.dcm")
    (scan,) = window.session.study.scans
    for left in (50, 100):
        window.drawing.add(scan, box(left, 200, left + 40, 240, source=OWN_SOURCE))
    window.open_paths([study])
    qtbot.waitUntil(lambda: len(window.session.entries) == 4 and not window.session.busy, timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: not window.drawing.journal_worker.is_busy, timeout=PATIENCE_MS)
    again = next(one for one in window.session.entries if one.path == scan.path)
    assert again is not scan and [one.box[0] for one in again.outlines] == [50, 100]
    assert window.drawing.unsaved >= {again} and scan not in window.drawing.unsaved
    assert not any("recovered" in text for text in window.messages.texts), "no session has ended early"
    window.viewport_grid.activate(viewport_of(window, "L CC"))
    window.drawing.undo()
    assert [one.box[0] for one in again.outlines] == [50]


def test_no_thumbnail_is_made_of_a_study_that_has_been_closed(open_window, make_study, qtbot, monkeypatch):
    window = open_window(make_study("first"), make_study("second"))
    qtbot.waitUntil(lambda: len(listed(window)) == 2, timeout=PATIENCE_MS)
    made, go_on, began = [], Event(), Event()

    def stand_in(_index, study, cancelled, *_more):
        began.set()
        go_on.wait(PATIENCE_S)
        made.extend([] if cancelled() else [study.name])
        return False

    qtbot.waitUntil(
        lambda: all(s.thumbnail for r in window.study_panel.rows.rows for s in r.study.scans), timeout=PATIENCE_MS
    )
    monkeypatch.setattr(thumbnails, "make_thumbnails", stand_in)
    rows = {row.study.name: row.study for row in window.study_panel.rows.rows}
    shown = window.session.study
    closed, kept = (next(one for name, one in rows.items() if (shown.patient in name) is of) for of in (True, False))
    for wanted in (kept, closed):
        window.library.paint(wanted)
    assert began.wait(PATIENCE_S)
    window.session.close_study()
    qtbot.waitUntil(lambda: listed(window) == [kept.name], timeout=PATIENCE_MS)
    go_on.set()
    # What is asked for later is made behind what was asked for before.
    qtbot.waitUntil(lambda: (window.library.paint(kept), len(made) == 2)[1], timeout=PATIENCE_MS)
    assert made == [kept.name] * 2
    window.library.paint(closed)  # listed again, it is asked for again
    qtbot.waitUntil(lambda: closed.name in made, timeout=PATIENCE_MS)


def test_a_copy_elsewhere_and_another_patient_with_the_same_uid_are_studies_of_their_own(
    open_window, study, make_study, tmp_path, qtbot
):
    copy = shutil.copytree(study, tmp_path / "copy")
    uid = {"StudyInstanceUID": f"1.2.3.{sum(map(ord, 'study'))}"}
    window = open_window(study)
    for count, folder in ((2, copy), (3, make_study("other", **uid))):
        window.open_paths([folder])
        qtbot.waitUntil(lambda n=count: len(window.session.studies) == n, timeout=PATIENCE_MS)


def test_a_study_with_marks_of_other_files_holds_the_one_without_them_and_not_the_other_way_round():
    scan = scan_of(breast_pixels())
    box = Outline(np.array([[10.0, 10], [40, 10], [40, 40]]), OutlineKind.BOX)
    own = replace(box, source=OWN_SOURCE)
    plain, drawn, known = (Study("P", [replace(scan, outlines=found)], key=("k",)) for found in ((), (own,), (box,)))
    assert holds(plain, drawn) and holds(drawn, plain), "what the reader draws lies in a file of its own"
    assert holds(known, plain) and not holds(plain, known)
    assert not holds(known, replace(plain, key=("other",)))


def test_the_marks_of_two_openings_are_compared_by_what_they_hold():
    scan = scan_of(breast_pixels())
    box, moved, about = (
        Outline(np.array([[left, 10.0], [40, 10], [40, 40]]), OutlineKind.BOX, **facts)
        for left, facts in ((10.0, {}), (15.0, {}), (10.0, {"pathology": "MALIGNANT"}))
    )
    first, again, other, reported = (
        Study("P", [replace(scan, outlines=(found,))], key=("k",)) for found in (box, replace(box), moved, about)
    )
    assert holds(first, again)
    assert not holds(first, other) and not holds(other, first)
    assert not holds(first, reported)


def test_a_picture_and_outlines_that_have_changed_since_are_shown_when_they_are_opened_again(
    open_window, tmp_path, qtbot
):
    folder = tmp_path / "pictures"
    folder.mkdir()
    pixels = scan_pixels(Side.LEFT)
    rows, columns = pixels.shape

    def write(left: int) -> None:
        """Write the picture, and a box whose left side is there."""
        Image.fromarray(pixels).save(folder / "L_CC.png")
        entries = {
            "images": [{"id": 1, "file_name": "L_CC.png", "width": columns, "height": rows}],
            "categories": [{"id": 1, "name": "mass"}],
            "annotations": [{"id": 1, "image_id": 1, "category_id": 1, "bbox": [left, 200, 40, 40]}],
        }
        (folder / "coco.json").write_text(json.dumps(entries))

    def settled(count: int) -> bool:
        session = window.session
        return len(session.studies) == count and not session.busy and not session.is_opening

    def shown() -> tuple[float, int]:
        """Left side of the box, and a pixel."""
        (scan,) = window.session.study.scans
        return scan.outlines[0].box[0], int(scan.pixels[350, 150])

    write(50)
    window = open_window(folder)
    qtbot.waitUntil(lambda: settled(1), timeout=PATIENCE_MS)
    grey = int(pixels[350, 150])
    assert shown() == (50, grey)
    write(150)
    window.open_paths([folder])
    qtbot.waitUntil(lambda: settled(2) and shown() == (150, grey), timeout=PATIENCE_MS)
    pixels[300:400, 100:200] = grey // 2
    write(150)
    window.open_paths([folder])
    qtbot.waitUntil(lambda: settled(2) and shown() == (150, grey // 2), timeout=PATIENCE_MS)
