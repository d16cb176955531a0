"""Every kind of object from real mammograms, and an archive that stores and returns them bit for bit."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from pydicom.dataset import Dataset

import mammoview
from mammoview.display.layers.registry import USUAL_LAYERS
from mammoview.export.dicom.cad_report import cad_reports
from mammoview.export.dicom.measurement_report import measurement_reports
from mammoview.export.dicom.presentation_state import presentation_states
from mammoview.export.dicom.secondary_capture import secondary_captures
from mammoview.export.dicom.segmentation import segmentations
from mammoview.export.dicom.source import DicomSource
from mammoview.export.dicom.writing import write_objects
from tests.export.dicom.sources import PLACE, draw, open_scan, source_of, stored, write_mammogram
from tests.support.dicom_oracles import conformance_errors, run
from tests.support.orthanc import asked, running_orthanc
from tests.support.phantoms import breast_pixels


def captures(sources: Sequence[DicomSource]) -> list[Dataset]:
    """Secondary captures with the layers of an export where none are named."""
    return secondary_captures(sources, USUAL_LAYERS)


KINDS: tuple[Callable[[Sequence[DicomSource]], list[Dataset]], ...] = (
    measurement_reports,
    cad_reports,
    segmentations,
    presentation_states,
    captures,
)
SAMPLES = [
    f"{case}/1-{number}.dcm"
    for case, first in (("sfm-malign-0", 280), ("sfm-benign-0", 130))
    for number in range(first, first + 4)
]


def check_all(file: Path, folder: Path) -> None:
    """Export all kinds of objects of a mammogram, and have them judged."""
    (study,) = mammoview.open_study(file)
    scan = study.scans[0]
    place = (scan.columns / 2, scan.rows / 2)
    source = source_of(scan, place)
    for kind in KINDS:
        for made in write_objects(kind([source]), folder / f"{kind.__name__}.dcm"):
            assert conformance_errors(made) == [], made.name
    for report in ("measurement_reports", "cad_reports"):
        assert run("dsrdump", folder / f"{report}.dcm").returncode == 0
    assert run("dcmpschk", folder / "presentation_states.dcm").returncode == 0


@pytest.mark.slow
@pytest.mark.parametrize("sample", SAMPLES)
def test_objects_of_the_samples_conform(samples: Path, tmp_path: Path, sample: str) -> None:
    check_all(samples / sample, tmp_path)


@pytest.mark.parametrize("name", ["MG1_JPLY.dcm", "MG1_J2KI.dcm"])
@pytest.mark.slow
def test_objects_of_digital_mammograms_conform(shared_data: Path, tmp_path: Path, name: str) -> None:
    check_all(shared_data / "dicom_mg" / name, tmp_path)


@pytest.mark.parametrize("lying", [False, pytest.param(True, marks=pytest.mark.slow)])
@pytest.mark.parametrize("mirrored", [pytest.param(False, marks=pytest.mark.slow), True])
@pytest.mark.parametrize("upside_down", [pytest.param(False, marks=pytest.mark.slow), True])
def test_objects_conform_in_every_stored_orientation(
    tmp_path: Path, lying: bool, mirrored: bool, upside_down: bool
) -> None:
    pixels, along, down = breast_pixels(300, 200), "A", "R"
    if mirrored:
        pixels, along = pixels[:, ::-1], "P"
    if upside_down:
        pixels, down = pixels[::-1], "L"
    if lying:
        pixels, along, down = pixels.T, down, along
    check_all(write_mammogram(tmp_path, np.ascontiguousarray(pixels), PatientOrientation=[along, down]), tmp_path)


def test_exporting_twice_gives_the_same_bytes(tmp_path: Path) -> None:
    scan = open_scan(write_mammogram(tmp_path, breast_pixels(300, 200)))
    draw(scan)
    for kind in KINDS:
        one, two = ([stored(made) for made in kind([source_of(scan, (50.0, 150.0))])] for _ in range(2))
        assert one == two, kind.__name__


@pytest.fixture
def orthanc(tmp_path: Path) -> Iterator[str]:
    """Address of an Orthanc of this test alone, on the loopback."""
    with running_orthanc(tmp_path) as address:
        yield address


def test_an_archive_stores_and_returns_every_kind(orthanc: str, tmp_path: Path) -> None:
    scan = open_scan(write_mammogram(tmp_path))
    draw(scan)
    source = source_of(scan, PLACE)
    studies = set()
    for kind in KINDS:
        for file in write_objects(kind([source]), tmp_path / f"{kind.__name__}.dcm"):
            stored = json.loads(asked(f"{orthanc}/instances", file.read_bytes()))
            assert stored["Status"] in ("Success", "AlreadyStored")
            assert asked(f"{orthanc}/instances/{stored['ID']}/file") == file.read_bytes()
            studies.add(stored["ParentStudy"])
    assert len(studies) == 1
