"""What is drawn lies on the disk at the end, whatever a share that does not answer does meanwhile."""

from __future__ import annotations

import errno
import json
from threading import Event

import numpy as np
import pytest

from mammoview.core import paths
from mammoview.core.errors import MammoviewError
from mammoview.formats.common import outline_files
from mammoview.formats.common.outline_files import own_file
from mammoview.qt.concurrency import worker as worker_module
from mammoview.qt.drawing.journal_worker import FoundDrawings, JournalWorker, SavedElsewhere
from mammoview.records.own_drawings import DrawingJournal, Own, fallback_file
from mammoview.study.annotations import Annotation, AnnotationKind
from mammoview.study.scan import Scan
from tests.support.timeouts import PATIENCE_MS, PATIENCE_S

ONE: Own = (Annotation(AnnotationKind.RULER, [[5, 3], [15, 3]]),)
TWO: Own = (*ONE, Annotation(AnnotationKind.RULER, [[6, 2], [16, 2]]))
THREE: Own = (*TWO, Annotation(AnnotationKind.RULER, [[7, 4], [17, 4]]))


@pytest.fixture
def scan(tmp_path) -> Scan:
    pixels = np.arange(400, dtype=np.uint16).reshape(20, 20)
    return Scan(tmp_path / "picture.png", 20, 20, lambda: pixels)


@pytest.fixture
def worker(qapp):
    made = JournalWorker()
    yield made
    made.stop()


def found(scan: Scan, qtbot, own: Own = ()) -> FoundDrawings | None:
    """Return what is found when the scan is opened the next time."""
    answers: list[FoundDrawings | None] = []
    worker = JournalWorker()
    worker.find(scan, own).connect(worker, result=answers.append)
    qtbot.waitUntil(lambda: bool(answers), timeout=PATIENCE_MS)
    worker.stop()
    return answers[0]


def saved(scan: Scan) -> int:
    """Return how many annotations lie beside the picture."""
    return len(json.loads(own_file(scan.path).read_text())["annotations"])


@pytest.fixture
def share(monkeypatch):
    """Where pictures and their files lie: the first of them takes until `share` is set to be written."""
    monkeypatch.setattr(worker_module, "LONGEST_JOB_S", 0.1)
    monkeypatch.setattr(worker_module, "NEXT_JOB_S", 0.02)
    answers, begun = Event(), Event()
    write = outline_files.write_outlines

    def waits(path, *others):
        if not begun.is_set():
            begun.set()
            answers.wait()
        return write(path, *others)

    monkeypatch.setattr(outline_files, "write_outlines", waits)
    answers.begun = begun
    yield answers
    answers.set()


def test_what_is_drawn_while_a_save_does_not_end_is_found_again(worker, scan, share, qtbot):
    worker.write(scan, ONE)
    worker.save(scan, ONE, replaced=())
    assert share.begun.wait(PATIENCE_S)
    worker.write(scan, TWO)
    worker.stop()
    assert DrawingJournal.of(paths.data_folder(), scan.pixel_hash).recovered() is not None
    share.set()
    assert worker.wait(PATIENCE_MS)
    assert saved(scan) == 1
    again = found(scan, qtbot)
    assert again is not None and again.recovered and len(again.own) == 2 and len(again.saved) == 1


def test_an_older_save_that_ends_late_replaces_no_later_one(worker, scan, share, qtbot):
    worker.write(scan, ONE)
    worker.save(scan, ONE, replaced=())
    assert share.begun.wait(PATIENCE_S)
    worker.write(scan, TWO)
    worker.save(scan, TWO)
    worker.write(scan, THREE)
    worker.stop()
    kept = DrawingJournal.of(paths.data_folder(), scan.pixel_hash).recovered()
    assert kept is not None and len(kept) == 3, "saved or not, all of it is on the disk when the window has gone"
    share.set()
    assert worker.wait(PATIENCE_MS)
    assert saved(scan) == 2
    again = found(scan, qtbot)
    assert again is not None and again.recovered and len(again.own) == 3


def test_a_save_leaves_no_journal_even_of_a_line_that_a_crash_left(worker, scan, qtbot):
    journal = DrawingJournal.of(paths.data_folder(), scan.pixel_hash)
    worker.write(scan, ONE)
    worker.write_stroke(scan, ((1, 1), (9, 1), (9, 9)))
    worker.stop()
    left = found(scan, qtbot)
    assert left is not None and left.recovered and len(left.own) == 2
    later = JournalWorker()
    later.save(scan, left.own, replaced=left.saved)
    later.stop()
    assert not journal.path.exists() and saved(scan) == 1


def test_a_journal_of_what_is_saved_is_no_unsaved_drawing(scan, qtbot):
    journal = DrawingJournal.of(paths.data_folder(), scan.pixel_hash)
    outline_files.write_outlines(own_file(scan.path), ONE)
    journal.keep(ONE)
    again = found(scan, qtbot)
    assert again is not None and not again.recovered and len(again.own) == 1
    assert not journal.path.exists()


def test_a_damaged_file_hides_no_recovered_drawings_and_is_not_removed(worker, scan, qtbot):
    kept = fallback_file(paths.data_folder(), scan.pixel_hash)
    kept.parent.mkdir(parents=True)
    kept.write_text("{")
    DrawingJournal.of(paths.data_folder(), scan.pixel_hash).keep(ONE)
    left = found(scan, qtbot)
    assert left is not None and left.recovered and len(left.own) == 1
    worker.save(scan, left.own, replaced=left.saved)
    worker.stop()
    assert saved(scan) == 1 and kept.read_text() == "{"


def test_what_was_saved_here_a_moment_ago_is_replaced_unasked_and_what_others_saved_is_not(worker, scan, qtbot):
    answers: list[object] = []
    for own in (TWO, ONE):
        worker.save(scan, own, replaced=()).connect(worker, result=answers.append)
    qtbot.waitUntil(lambda: len(answers) == 2, timeout=PATIENCE_MS)
    assert answers == [own_file(scan.path)] * 2 and saved(scan) == 1
    outline_files.write_outlines(own_file(scan.path), THREE)
    worker.save(scan, TWO, replaced=ONE).connect(worker, result=answers.append)
    qtbot.waitUntil(lambda: len(answers) == 3, timeout=PATIENCE_MS)
    assert isinstance(answers[2], SavedElsewhere) and saved(scan) == 3


def test_what_others_keep_where_a_closed_folder_sends_a_save_is_not_replaced_unasked(worker, scan, qtbot, monkeypatch):
    kept = fallback_file(paths.data_folder(), scan.pixel_hash)
    outline_files.write_outlines(kept, THREE)
    theirs, write = kept.read_text(), outline_files.write_outlines

    def closed(path, *others):
        if path == own_file(scan.path):
            raise MammoviewError("it cannot be written", "", path) from PermissionError(errno.EACCES, "denied")
        return write(path, *others)

    monkeypatch.setattr(outline_files, "write_outlines", closed)
    answers: list[object] = []
    worker.save(scan, TWO, replaced=()).connect(worker, result=answers.append)
    qtbot.waitUntil(lambda: len(answers) == 1, timeout=PATIENCE_MS)
    assert isinstance(answers[0], SavedElsewhere) and kept.read_text() == theirs
    worker.save(scan, TWO, replaced=THREE).connect(worker, result=answers.append)
    qtbot.waitUntil(lambda: len(answers) == 2, timeout=PATIENCE_MS)
    assert answers[1] == kept and kept.read_text() != theirs


def test_what_the_scan_was_opened_with_is_replaced_unasked_though_a_save_went_elsewhere(
    worker, scan, qtbot, tmp_path
) -> None:
    outline_files.write_outlines(own_file(scan.path), ONE)
    worker.find(scan, ONE)
    answers: list[object] = []
    chosen = tmp_path / "chosen.own.outlines.json"
    for own, path, replaced in ((TWO, chosen, None), (THREE, None, TWO)):
        worker.save(scan, own, path, replaced=replaced).connect(worker, result=answers.append)
    qtbot.waitUntil(lambda: len(answers) == 2, timeout=PATIENCE_MS)
    assert answers == [chosen, own_file(scan.path)] and saved(scan) == 3
