"""The annotated picture as a secondary capture."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from pydicom import dcmread
from pydicom.dataset import Dataset

from mammoview.core.errors import MammoviewError
from mammoview.export.annotated_png import draw_annotated
from mammoview.export.dicom.deidentification import Deidentifier
from mammoview.export.dicom.secondary_capture import secondary_captures
from mammoview.export.dicom.source import DicomSource
from mammoview.export.dicom.writing import write_objects
from mammoview.study.marks import Mark, MarkOrigin
from mammoview.study.scan import box
from tests.export.dicom.sources import PLACE, draw, open_scan, source_of, write_mammogram
from tests.support.dicom_oracles import conformance_errors
from tests.support.phantoms import breast_pixels

LAYERS = ("heatmap", "grid", "outlines")
FILM = {"SOPClassUID": "1.2.840.10008.5.1.4.1.1.7"}


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> DicomSource:
    pixels = breast_pixels()
    pixels[20:40, 300:380] = 4000  # A label beside the breast.
    scan = open_scan(write_mammogram(tmp_path_factory.mktemp("scan"), pixels, **FILM))
    draw(scan)
    return source_of(scan, PLACE)


@pytest.fixture(scope="module")
def removed(source: DicomSource) -> DicomSource:
    return source_of(source.scan, PLACE, deidentifier=Deidentifier("secret", source.scan.identity))


def capture(source: DicomSource) -> Dataset:
    (made,) = secondary_captures([source], LAYERS)
    return made


def test_it_is_the_annotated_picture(source: DicomSource, tmp_path: Path) -> None:
    made = capture(source)
    (file,) = write_objects([made], tmp_path / "picture.dcm")
    assert conformance_errors(file) == []
    read = dcmread(file)
    assert (read.PhotometricInterpretation, read.BurnedInAnnotation) == ("RGB", "YES")
    assert read.SourceImageSequence[0].ReferencedSOPInstanceUID == source.uid
    assert (read.Laterality, list(read.PatientOrientation)) == ("L", ["A", "R"])
    assert read.ViewCodeSequence[0].CodeValue == "399162004"
    assert list(read.PixelSpacing) == [0.2, 0.2]
    want = draw_annotated(source.scan, source.assessment, LAYERS, analysis=source.analysis)
    assert np.array_equal(read.pixel_array, np.asarray(want))


def test_what_may_name_the_patient_is_black(source: DicomSource, removed: DicomSource) -> None:
    kept, hidden = capture(source).pixel_array, capture(removed).pixel_array
    left = (kept.shape[1] - 400) // 2
    label = np.s_[22:38, left + 302 : left + 378]
    assert kept[label].min() > 200
    assert hidden[label].max() == 0
    assert np.array_equal(kept[300, left + 20 : left + 100], hidden[300, left + 20 : left + 100])
    assert capture(removed).BurnedInAnnotation == "NO"


def test_any_picture_can_be_blacked_out_on_demand(tmp_path: Path) -> None:
    """Of a digital mammogram, whose file does not say that text is burned in, also where the identity is kept."""
    pixels = breast_pixels()
    for column in range(302, 380, 16):
        pixels[20:40, column : column + 8] = 4000
    digital = source_of(open_scan(write_mammogram(tmp_path, pixels)), PLACE)
    (plain,), (black,) = (
        secondary_captures([digital], LAYERS),
        secondary_captures([digital], LAYERS, black_outside=True),
    )
    left = (plain.Columns - 400) // 2
    label = np.s_[22:38, left + 302 : left + 378]
    assert plain.pixel_array[label].max() > 200 and black.pixel_array[label].max() == 0
    assert (plain.BurnedInAnnotation, black.BurnedInAnnotation) == ("YES", "NO")
    assert black.SOPInstanceUID != plain.SOPInstanceUID


def test_words_of_annotations_are_not_burned_in(source: DicomSource, removed: DicomSource) -> None:
    hidden = capture(removed).pixel_array
    scan = source.scan
    annotations = scan.annotations
    scan.annotations = tuple(replace(one, text=one.text and "text left out") for one in annotations)
    try:
        want = capture(source_of(scan, PLACE, deidentifier=Deidentifier("secret", scan.identity))).pixel_array
    finally:
        scan.annotations = annotations
    assert np.array_equal(hidden, want)
    assert not np.array_equal(hidden[200:], capture(source).pixel_array[200:])


def test_drawings_that_may_hold_a_name_are_left_out(source: DicomSource, removed: DicomSource) -> None:
    scan, marks = source.scan, source.scan.marks
    bare = capture(removed).pixel_array
    scan.marks = (Mark(MarkOrigin.OVERLAY, np.array([[20.0, 250.0], [80.0, 350.0]])),)
    try:
        (made,) = secondary_captures([removed], (*LAYERS, "planes"))
        (kept,) = secondary_captures([source], (*LAYERS, "planes"))
    finally:
        scan.marks = marks
    assert np.array_equal(made.pixel_array, bare)
    assert not np.array_equal(kept.pixel_array[250:350], capture(source).pixel_array[250:350])


def test_lines_are_drawn_over_what_is_black(source: DicomSource) -> None:
    scan = source.scan
    outlines = scan.outlines
    scan.outlines = (*outlines, box(300, 50, 380, 90))
    try:
        rgb = capture(source_of(scan, deidentifier=Deidentifier("secret", scan.identity))).pixel_array
    finally:
        scan.outlines = outlines
    left = (rgb.shape[1] - 400) // 2
    assert rgb[52:88, left + 298 : left + 302].max() > 150


def test_a_film_without_a_breast_is_refused_unless_the_identity_is_kept(tmp_path: Path) -> None:
    blank = np.full((200, 150), 40, np.uint16)
    scan = open_scan(write_mammogram(tmp_path, blank, **FILM))
    cannot = source_of(scan, assess=False, deidentifier=Deidentifier("secret", scan.identity))
    with pytest.raises(MammoviewError, match="black out"):
        capture(cannot)
    assert capture(source_of(scan, assess=False)).Rows > 200
