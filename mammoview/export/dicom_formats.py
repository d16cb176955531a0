"""The formats of DICOM objects."""

from __future__ import annotations

from mammoview.export.export_format import ExportFormat, FigureKind

_WRITERS = "mammoview.export.dicom.entry_points"

FORMATS = (
    ExportFormat(
        "sr",
        "DICOM measurement report",
        "sr.dcm",
        (FigureKind.STUDY, FigureKind.SCAN),
        f"{_WRITERS}:write_sr",
        needs_assessment=True,
        names_patient=True,
    ),
    ExportFormat(
        "cad",
        "DICOM mammography CAD report",
        "cad.dcm",
        (FigureKind.STUDY, FigureKind.SCAN),
        f"{_WRITERS}:write_cad",
        needs_assessment=True,
        names_patient=True,
    ),
    ExportFormat(
        "seg", "DICOM segmentation", "seg.dcm", (FigureKind.SCAN,), f"{_WRITERS}:write_seg", names_patient=True
    ),
    ExportFormat(
        "sc",
        "DICOM secondary capture",
        "sc.dcm",
        (FigureKind.SCAN,),
        f"{_WRITERS}:write_sc",
        names_patient=True,
        shows_pixels=True,
        blacks_out=True,
        covers_films=True,
    ),
    ExportFormat(
        "gsps", "DICOM presentation state", "gsps.dcm", (FigureKind.SCAN,), f"{_WRITERS}:write_gsps", names_patient=True
    ),
)
