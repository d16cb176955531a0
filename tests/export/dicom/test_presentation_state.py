"""Presentation states: what is drawn, the window and the film mask, as DCMTK and our own reader take them."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from pydicom.dataset import Dataset

import mammoview
from mammoview.display.rendering import presets, render
from mammoview.export.dicom.presentation_state import presentation_states
from mammoview.export.dicom.writing import write_objects
from mammoview.study.annotations import Annotation, AnnotationKind
from mammoview.study.scan import Outline, OutlineKind, Scan
from tests.export.dicom.sources import PLACE, TRIANGLE, draw, open_scan, source_of, stored, write_mammogram
from tests.support.dicom_oracles import conformance_errors, program, run
from tests.support.phantoms import breast_pixels

FILM = {"SOPClassUID": "1.2.840.10008.5.1.4.1.1.7"}
"""A film that was scanned: a secondary capture."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("state")


@pytest.fixture(scope="module")
def exported(folder: Path) -> Dataset:
    """Of a film with drawings, written beside it."""
    scan = open_scan(write_mammogram(folder, **FILM))
    draw(scan)
    (made,) = presentation_states([source_of(scan, PLACE)])
    write_objects([made], folder / "state.dcm")
    return made


@pytest.fixture(scope="module")
def opened(exported: Dataset, folder: Path) -> Scan:
    """The film, with the state that lies beside it."""
    return mammoview.open_study(folder)[0].scans[0]


def test_outlines_and_marks_come_back_with_their_places(opened: Scan) -> None:
    lines = [mark for mark in opened.marks if len(mark.points) > 1]
    assert all(mark.origin == "gsps" for mark in lines)
    outline, second, box, ruler = lines
    assert np.allclose(outline.points, TRIANGLE, atol=1e-3)
    assert outline.closed
    assert np.allclose(second.points, TRIANGLE + 40, atol=1e-3)
    assert box.centre == pytest.approx(PLACE)
    assert np.allclose(ruler.points, [[50, 260], [150, 260]], atol=1e-3)


def test_figures_stand_beside_annotations(opened: Scan) -> None:
    words = [mark.text for mark in opened.marks if mark.text]
    assert words[0] == "1: score 0.80"
    assert words[1].startswith("20.0 mm")
    assert words[2] == "Jane asked about this"


def test_an_arrow_has_its_head_and_words_keep_every_sign(tmp_path: Path) -> None:
    """Pixels twice as high as wide: both sides of the head are as long on the breast."""
    scan = open_scan(write_mammogram(tmp_path, ImagerPixelSpacing=[0.4, 0.2]))
    words = 'C:\\n "señal" 漢'
    scan.annotations = (Annotation(AnnotationKind.ARROW, np.array([[50.0, 200.0], [120.0, 240.0]]), words),)
    write_objects(presentation_states([source_of(scan, assess=False)]), tmp_path / "state.dcm")
    again = mammoview.open_study(tmp_path)[0].scans[0]
    shaft, *sides = (mark.points for mark in again.marks if len(mark.points) > 1)
    assert np.allclose(shaft, [[50, 200], [120, 240]]) and len(sides) == 2
    way = np.array([70, 40]) * (0.2, 0.4)
    for side in sides:
        assert np.allclose(side[0], (120, 240))
        back = (side[1] - side[0]) * (0.2, 0.4)
        assert np.hypot(*back) == pytest.approx(12 * scan.rows / 1000 * 0.2, rel=1e-3)
        assert -back @ way / np.hypot(*back) / np.hypot(*way) == pytest.approx(np.cos(0.45), rel=1e-3)
    assert [mark.text for mark in again.marks if mark.text] == [words]


def test_free_text_stays_out_where_the_identity_is_removed(tmp_path: Path) -> None:
    from mammoview.export.dicom.deidentification import Deidentifier

    scan = open_scan(write_mammogram(tmp_path))
    draw(scan)
    source = source_of(scan, assess=False, deidentifier=Deidentifier("secret", scan.identity))
    (made,) = presentation_states([source])
    assert "Jane" not in stored(made)
    assert "text left out" in stored(made)
    assert "20.0 mm" in stored(made)


def test_the_film_mask_is_the_shutter(opened: Scan, exported: Dataset) -> None:
    assert list(exported.ShutterShape) == ["POLYGONAL"] or exported.ShutterShape == "POLYGONAL"
    shown = render(opened, len(presets(opened)) - 1)
    plain = render(opened, 0)
    hidden = shown != plain
    breast = plain > 100
    assert not hidden[breast].any()
    assert shown[5, 395] == 0


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"PhotometricInterpretation": "MONOCHROME1"},
        {"RescaleSlope": "2", "RescaleIntercept": "-1000"},
        {"WindowCenter": "2200", "WindowWidth": "1800"},
        {"WindowCenter": "2200", "WindowWidth": "800", "VOILUTFunction": "SIGMOID"},
        {"SOPClassUID": "1.2.840.10008.5.1.4.1.1.1.2.1"},
    ],
    ids=["automatic", "inverted", "rescaled", "window", "sigmoid", "for processing"],
)
def test_dcmtk_renders_the_window_of_ours(tmp_path: Path, more: dict[str, Any]) -> None:
    program("dcmp2pgm")
    pixels = breast_pixels(300, 200)
    file = write_mammogram(tmp_path, pixels, **more)
    scan = open_scan(file)
    (made,) = presentation_states([source_of(scan, assess=False)])
    (state,) = write_objects([made], tmp_path / "state.dcm")
    assert conformance_errors(state) == []
    done = run("dcmp2pgm", "-p", state, file, tmp_path / "shown.pgm")
    assert done.returncode == 0, done.stderr
    theirs = np.asarray(Image.open(tmp_path / "shown.pgm")).astype(int)
    ours = render(scan).astype(int)
    assert np.abs(theirs - ours).max() <= 2
    # And as our own reader takes it.
    again = mammoview.open_study(tmp_path)[0].scans[0]
    assert np.abs(render(again, len(presets(again)) - 1).astype(int) - ours).max() <= 2


def test_the_object_conforms(exported: Dataset, folder: Path) -> None:
    file = folder / "state.dcm"
    assert conformance_errors(file) == []
    assert (exported.Laterality, list(exported.PatientOrientation)) == ("L", ["A", "R"])
    if shutil.which("dcmpschk") is not None:
        assert run("dcmpschk", file).returncode == 0


@pytest.mark.parametrize("count", [1000, pytest.param(10_000, marks=pytest.mark.slow)])
def test_thousands_of_outlines_are_drawn(tmp_path: Path, count: int) -> None:
    scan = open_scan(write_mammogram(tmp_path, breast_pixels(150, 100)))
    pair = (Outline(TRIANGLE / 4, OutlineKind.BOUNDARY), Outline(TRIANGLE, OutlineKind.CORE))
    scan.outlines = pair * (count // 2)
    (made,) = presentation_states([source_of(scan, assess=False)])
    assert len(made.GraphicAnnotationSequence[0].GraphicObjectSequence) == count
