"""Findings of a CAD report and annotations of a presentation state are layers and lists of their own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from pydicom import dcmread
from pydicom.sequence import Sequence
from PySide6.QtCore import QPointF
from PySide6.QtWidgets import QApplication

from mammoview.display.scan_analysis import analyse
from mammoview.export.annotated_png import draw_annotated
from mammoview.study.marks import MarkOrigin
from tests.qt.conftest import picture, viewport_of
from tests.support.dicom_files import write
from tests.support.referencing_objects import (
    algorithm,
    annotation,
    cad_report,
    drawn,
    finding,
    graphic,
    percent,
    presentation_state,
    written,
)
from tests.support.timeouts import PATIENCE_MS


@pytest.fixture
def annotated_study(study: Path) -> Path:
    """The made-up study with a CAD report about L CC and a presentation state about R CC."""
    left, right = (dcmread(study / f"{name}.dcm", stop_before_pixels=True) for name in ("LCC", "RCC"))
    square = [100, 200, 180, 200, 180, 280, 100, 280, 100, 200]
    mass = finding(
        ("4147007", "Mass"),
        *algorithm("Finder", "2.1"),
        percent(("111047", "Probability of cancer"), 42),
        graphic(("111041", "Outline"), "POLYLINE", square, 1),
    )
    write(study / "cad.dcm", cad_report([str(left.SOPInstanceUID)], [mass], str(left.StudyInstanceUID)))
    noted = annotation(
        [str(right.SOPInstanceUID)], [drawn("CIRCLE", [250, 300, 290, 300])], [written("look", (60, 60))]
    )
    state = presentation_state(
        [str(right.SOPInstanceUID)],
        (600, 400),
        str(right.StudyInstanceUID),
        GraphicAnnotationSequence=Sequence([noted]),
    )
    write(study / "state.dcm", state)
    return study


@pytest.fixture
def shown(open_window: Callable, annotated_study: Path):
    return open_window(annotated_study)


def test_each_has_a_layer_and_a_list_and_none_is_a_finding_of_ours(shown) -> None:
    lists = shown.mark_lists.lists
    assert [lists[origin].count() for origin in (MarkOrigin.CAD, MarkOrigin.STATE)] == [1, 2]
    assert lists[MarkOrigin.CAD].item(0).text() == "L CC  Mass, probability of cancer 42 % (Finder 2.1)"
    assert not any(shown.layers_panel.rows[origin].isHidden() for origin in (MarkOrigin.CAD, MarkOrigin.STATE))
    assert not any(
        "Finder" in str(e.assessed.assessment.findings) for e in shown.session.entries.values() if e.assessed
    )


def test_layers_are_off_until_switched_on_and_lie_where_they_were_drawn(shown) -> None:
    left, right = viewport_of(shown, "L CC"), viewport_of(shown, "R CC")
    for viewport, name, point in ((left, "cad", (140, 200)), (right, "gsps", (250, 260))):
        before = picture(viewport)
        shown.layers.switch(name, True)
        after = picture(viewport)
        changed = np.argwhere((before != after).any(-1))
        assert len(changed)
        place = viewport.viewport_point(*point)
        ratio = viewport.devicePixelRatioF()
        nearest = np.abs(changed - np.array([place.y(), place.x()]) * ratio).max(1).min()
        assert nearest <= 2, name
        shown.layers.switch(name, False)
        np.testing.assert_array_equal(picture(viewport), before)


def test_the_pointer_reads_the_words(shown) -> None:
    left = viewport_of(shown, "L CC")
    shown.layers.switch("cad", True)
    place = left.viewport_point(140, 240)
    assert "Mass, probability of cancer 42 % (Finder 2.1)" in left.tip_at(place)
    assert "Finder" not in left.tip_at(left.viewport_point(140, 290))


def test_a_click_in_the_list_centres_the_mark(shown) -> None:
    item = shown.mark_lists.lists[MarkOrigin.CAD].item(0)
    shown.mark_lists.lists[MarkOrigin.CAD].itemClicked.emit(item)
    left = viewport_of(shown, "L CC")
    assert shown.viewport_grid.active is left
    area = left.viewport().rect()
    offset = left.viewport_point(140, 240) - QPointF(area.width() / 2, area.height() / 2)
    assert abs(offset.y()) < 2


def test_a_study_without_them_has_neither_row(open_window: Callable, study: Path) -> None:
    window = open_window(study)
    assert all(window.layers_panel.rows[origin].isHidden() for origin in MarkOrigin)


def test_exports_draw_them_and_say_whose_they_are(annotated_study: Path) -> None:
    import mammoview

    scan = next(s for s in mammoview.open_study(annotated_study)[0].scans if s.name == "L CC")
    plain, marked = (np.asarray(draw_annotated(scan, None, layers)) for layers in ((), ("cad", "gsps")))
    changed = np.argwhere((plain[: scan.rows] != marked[: scan.rows]).any(-1))
    assert changed[:, 0].min() == pytest.approx(200, abs=4) and np.ptp(changed, axis=0) == pytest.approx(
        [80, 80], abs=8
    )
    assert isinstance(draw_annotated(scan, None, ("cad",)), Image.Image)
    from mammoview.export.captions import captions

    words = captions(analyse(scan), None, ("cad", "gsps"))
    assert [legend.text for legend in words.legends] == ["CAD report, findings of another program; not of these models"]
    assert not any("models" in line.lower() for line in words.lines)


def test_words_that_may_name_the_patient_go_where_she_is_hidden(shown, qtbot, tmp_path: Path) -> None:
    window = shown
    window.layers.show_only(list(MarkOrigin))
    window.viewport_grid.activate(viewport_of(window, "R CC"))

    def seen(name: str) -> bytes:
        with qtbot.waitSignal(window.export.done, timeout=PATIENCE_MS):
            window.messages.clear()
            QApplication.processEvents()
            window.export.export_seen(tmp_path / name)
        return Image.open(tmp_path / name).tobytes()

    def texts(origin: MarkOrigin) -> str:
        marks = window.mark_lists.lists[origin]
        return " ".join(marks.item(row).text() + marks.item(row).toolTip() for row in range(marks.count()))

    assert "look" in texts(MarkOrigin.STATE)
    before = seen("a.png")
    named = [mark for mark in viewport_of(window, "R CC").scan.marks if mark.text == "look"]
    for mark in named:
        object.__setattr__(mark, "text", "Doe, Jane")
    assert named and seen("b.png") == before
    window.overlay_text.show_patient(False)
    assert "Doe" not in texts(MarkOrigin.STATE) and "R CC" in texts(MarkOrigin.STATE)
    assert "Mass" in texts(MarkOrigin.CAD)
    tip = viewport_of(window, "R CC").content.tip_at(QPointF(*named[0].centre), 5)
    assert "Doe" not in tip
    window.overlay_text.show_patient(True)
    assert "Doe" in viewport_of(window, "R CC").content.tip_at(QPointF(*named[0].centre), 5)
