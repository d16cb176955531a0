"""Segmentations: outlines, marks and maps on the lattice of the stored picture, however it is stored."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import highdicom as hd
import imagecodecs
import numpy as np
import pytest
from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.uid import ExplicitVRLittleEndian, RLELossless

from mammoview.core.errors import MammoviewError
from mammoview.display.scan_analysis import analyse
from mammoview.export.dicom.segmentation import maps_segmentation, marks_segmentation, segmentations
from mammoview.export.dicom.source import DicomSource, dicom_source
from mammoview.export.dicom.writing import write_objects
from mammoview.export.regions import enclosed
from mammoview.study.scan import Outline, OutlineKind
from tests.export.dicom.sources import CREATED, PLACE, TRIANGLE, draw, open_scan, source_of, write_mammogram
from tests.support.dicom_files import item
from tests.support.dicom_oracles import conformance_errors, run
from tests.support.phantoms import assessed, breast_pixels

OTHER = (100.0, 180.0)
MM = 0.2


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> DicomSource:
    scan = open_scan(write_mammogram(tmp_path_factory.mktemp("scan")))
    draw(scan)
    return source_of(scan, PLACE, OTHER)


@pytest.fixture(scope="module")
def exported(source: DicomSource) -> list[Dataset]:
    """Outlines, marks and maps."""
    return segmentations([source])


def segments(made: Dataset) -> np.ndarray:
    """Return (segments, rows, columns)."""
    return made.pixel_array.reshape(-1, made.Rows, made.Columns)


def test_outlines_are_manual_segments_by_source(exported: list[Dataset], source: DicomSource) -> None:
    outlines = exported[0]
    assert (outlines.SegmentationType, outlines.SeriesDescription) == ("BINARY", "Mammoview: outlines")
    first, second = outlines.SegmentSequence
    assert first.SegmentLabel == "Boundary by a radiologist (malignant)"
    assert second.SegmentLabel == "Core by the reader"
    assert {one.SegmentAlgorithmType for one in (first, second)} == {"MANUAL"}
    assert np.array_equal(segments(outlines)[0], enclosed(TRIANGLE, (600, 400)))
    assert outlines.SourceImageSequence[0].ReferencedSOPInstanceUID == source.uid


def test_marks_are_automatic_segments_around_their_places(exported: list[Dataset]) -> None:
    marks = exported[1]
    assert marks.SegmentSequence[0].SegmentAlgorithmType == "AUTOMATIC"
    assert marks.SegmentSequence[0].SegmentationAlgorithmIdentificationSequence[0].AlgorithmName == "Mammoview findings"
    for mask, (column, row) in zip(segments(marks), (PLACE, OTHER), strict=True):
        assert mask[int(row), int(column)]
        rows, columns = np.nonzero(mask)
        assert np.hypot(columns.mean() - column, rows.mean() - row) * MM < 2  # The bump lies on cells of 3.2 mm.


def test_a_mark_without_a_peak_of_its_own_is_one_cell(source: DicomSource) -> None:
    assert source.assessment is not None
    flat = replace(source.assessment.heatmap, values=np.full((32, 32), 0.3, np.float32))
    marks = marks_segmentation(replace(source, assessment=replace(source.assessment, heatmap=flat)))
    assert marks is not None
    assert {int(mask.sum()) for mask in segments(marks)} == {16 * 16}  # 3.2 mm of 0.2 mm pixels.


def test_maps_are_probabilities_of_the_cells(exported: list[Dataset], source: DicomSource) -> None:
    maps = exported[2]
    assert (maps.SegmentationType, maps.SegmentationFractionalType) == ("FRACTIONAL", "PROBABILITY")
    assert maps.file_meta.TransferSyntaxUID == RLELossless
    assert [one.SegmentLabel for one in maps.SegmentSequence] == [
        "heatmap",
        "heatmap_baseline",
        "grid_200um",
        "grid_mean",
    ]
    assert source.assessment is not None
    stored = segments(maps) / 255
    for index, layer in ((0, source.assessment.heatmap), (2, source.assessment.grids[200])):
        for column, row in (PLACE, OTHER, (10.5, 300.5), (380.5, 20.5)):
            assert stored[index, int(row), int(column)] == pytest.approx(layer.at(column, row) or 0, abs=0.5 / 255)


@pytest.mark.parametrize("lying", [False, True])
@pytest.mark.parametrize("mirrored", [False, True])
@pytest.mark.parametrize("upside_down", [False, True])
def test_places_hold_in_every_stored_orientation(
    tmp_path: Path, lying: bool, mirrored: bool, upside_down: bool
) -> None:
    pixels = breast_pixels(300, 200)
    column, row = 60.5, 130.5
    along, down = "A", "R"
    if mirrored:
        pixels, column, along = pixels[:, ::-1], 200 - column, "P"
    if upside_down:
        pixels, row, down = pixels[::-1], 300 - row, "L"
    if lying:
        pixels, column, row, along, down = pixels.T, row, column, down, along
    file = write_mammogram(
        tmp_path, np.ascontiguousarray(pixels), PatientOrientation=[along, down], ImagerPixelSpacing=[0.4, 0.4]
    )
    scan = open_scan(file)
    analysis = analyse(scan)
    found = assessed(scan, (column, row), sharp=True, analysis=analysis)
    # One cell of the heatmap, whose own centre is known exactly.
    cell_row, cell_column = np.argwhere(found.heatmap.values == 1)[0]
    want = found.heatmap.to_scan((cell_column + 0.5, cell_row + 0.5))
    made = dicom_source(analysis, [scan], found, created=CREATED)
    marks = marks_segmentation(made)
    assert marks is not None
    assert list(marks.PatientOrientation) == [along, down]
    assert marks.SharedFunctionalGroupsSequence[0].FrameAnatomySequence[0].FrameLaterality == "L"
    (mask,) = segments(marks)
    rows, columns = np.nonzero(mask)
    assert mask[int(row), int(column)]
    assert np.hypot(columns.mean() + 0.5 - want[0], rows.mean() + 0.5 - want[1]) <= 0.5
    assert (np.ptp(columns) + 1, np.ptp(rows) + 1) == (8, 8)


def test_pixels_are_read_back_by_dcmqi(exported: list[Dataset], tmp_path: Path) -> None:
    # dcmqi requires a plane in space, which no mammogram has; a copy of the object gets one.
    marks = Dataset()
    marks.update(exported[1])
    marks.file_meta = exported[1].file_meta
    marks.FrameOfReferenceUID = "1.2.3.4.5"
    marks.PositionReferenceIndicator = ""
    shared = marks.SharedFunctionalGroupsSequence[0]
    shared.PlaneOrientationSequence = Sequence([item(ImageOrientationPatient=[1, 0, 0, 0, 1, 0])])
    shared.PixelMeasuresSequence = Sequence([item(PixelSpacing=[MM, MM], SliceThickness=1, SpacingBetweenSlices=1)])
    for frame in marks.PerFrameFunctionalGroupsSequence:
        frame.PlanePositionSequence = Sequence([item(ImagePositionPatient=[0, 0, 0])])
    marks.save_as(tmp_path / "marks.dcm", enforce_file_format=True)
    done = run("segimage2itkimage", "--inputDICOM", tmp_path / "marks.dcm", "--outputDirectory", tmp_path, "-t", "nrrd")
    assert done.returncode == 0, done.stdout + done.stderr
    for number, mask in enumerate(segments(exported[1]), 1):
        head, _, data = (tmp_path / f"{number}.nrrd").read_bytes().partition(b"\n\n")
        assert b"sizes: 400 600 1" in head
        values = np.frombuffer(imagecodecs.zlib_decode(data) if b"gzip" not in head else _unzipped(data), np.uint8)
        held = np.frombuffer(values, np.int16) if b"short" in head else values
        assert np.array_equal(held.reshape(600, 400) != 0, mask != 0)


def _unzipped(data: bytes) -> bytes:
    return bytes(imagecodecs.gzip_decode(data))


def test_objects_conform(exported: list[Dataset], tmp_path: Path) -> None:
    files = write_objects(exported, tmp_path / "maps.dcm")
    assert len(files) == 3
    for file in files:
        assert conformance_errors(file) == []
        assert dcmread(file).pixel_array.shape[-2:] == (600, 400)


def test_run_lengths_hold_the_same_pixels(source: DicomSource, exported: list[Dataset]) -> None:
    read = hd.seg.Segmentation.from_dataset(exported[2])
    plain = maps_segmentation(source)
    assert plain is not None
    plain.decompress()
    assert plain.file_meta.TransferSyntaxUID == ExplicitVRLittleEndian
    assert np.array_equal(plain.pixel_array, read.pixel_array)


def test_too_many_outlines_are_refused_and_none_are_nothing(tmp_path: Path) -> None:
    scan = open_scan(write_mammogram(tmp_path, breast_pixels(150, 100)))
    bare = source_of(scan, assess=False)
    with pytest.raises(MammoviewError, match="nothing to segment"):
        segmentations([bare])
    scan.outlines = (Outline(TRIANGLE / 4, OutlineKind.BOUNDARY),) * 10_000
    with pytest.raises(MammoviewError, match="10000 outlines"):
        segmentations([replace(bare)])
