"""A small mammogram as a DICOM file, with results, outlines and annotations: what the objects are exported from."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

import mammoview
from mammoview.assess.results.assessment import Assessment
from mammoview.display.scan_analysis import analyse
from mammoview.export.dicom.deidentification import Deidentifier
from mammoview.export.dicom.source import DicomSource, dicom_source
from mammoview.records.reader_report import Verdict
from mammoview.study.annotations import Annotation, AnnotationKind
from mammoview.study.outline_sources import OWN_SOURCE
from mammoview.study.scan import Outline, OutlineKind, Scan
from tests.support.dicom_files import code, dataset, write
from tests.support.phantoms import assessed, breast_pixels

CREATED = datetime(2026, 5, 1, 8, 30)
PLACE = (100.0, 300.0)
"""Column and row of the finding."""
TRIANGLE = np.array([[60.25, 250.5], [120.0, 250.5], [90.5, 330.75]])


def write_mammogram(folder: Path, pixels: NDArray[np.generic] | None = None, **attributes: Any) -> Path:
    """Write a mammogram with all of a header's patient attributes."""
    known: dict[str, Any] = {
        "StudyInstanceUID": "1.2.826.0.1.3680043.9.7156.1",
        "SeriesInstanceUID": "1.2.826.0.1.3680043.9.7156.2",
        "PatientBirthDate": "19610412",
        "PatientSex": "F",
        "StudyTime": "101500",
        "StudyID": "77",
        "SeriesNumber": 1,
        "InstanceNumber": 1,
        "AccessionNumber": "ACC4711",
        "ReferringPhysicianName": "Refer^Rita",
        "ImagerPixelSpacing": [0.2, 0.2],
        "PatientOrientation": ["A", "R"],
        "ViewCodeSequence": [code("399162004", "SCT", "cranio-caudal")],
        "SamplesPerPixel": 1,
    }
    made = dataset(breast_pixels() if pixels is None else pixels, **(known | attributes))
    return write(folder / "mammogram.dcm", made)


def open_scan(path: Path) -> Scan:
    """Return the scan of a file."""
    return mammoview.open_study(path)[0].scans[0]


def draw(scan: Scan) -> None:
    """Give a scan an outline of the reader's, one of a data set, a ruler and a text."""
    scan.outlines = (
        Outline(TRIANGLE, OutlineKind.BOUNDARY, "MASS", pathology="MALIGNANT", source="DDSM"),
        Outline(TRIANGLE + 40, OutlineKind.CORE, source=OWN_SOURCE),
    )
    scan.annotations = (
        Annotation(AnnotationKind.RULER, np.array([[50.0, 260.0], [150.0, 260.0]])),
        Annotation(AnnotationKind.TEXT, np.array([[80.0, 320.0]]), "Jane asked about this"),
    )


def source_of(
    scan: Scan,
    *places: tuple[float, float],
    judged: Mapping[int, Verdict] | None = None,
    assess: bool = True,
    deidentifier: Deidentifier | None = None,
    unassessed: str = "",
) -> DicomSource:
    """Return the source of a scan with findings at these places."""
    analysis = analyse(scan)
    found: Assessment | None = assessed(scan, *places, analysis=analysis) if assess else None
    return dicom_source(analysis, [scan], found, judged, unassessed, deidentifier=deidentifier, created=CREATED)


def stored(made: Dataset) -> str:
    """Return the bytes of an object as they are written, one letter each."""
    held = BytesIO()
    made.save_as(held, enforce_file_format=True)
    return held.getvalue().decode("latin-1")
