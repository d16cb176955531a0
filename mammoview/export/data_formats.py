"""The formats of data for analysis."""

from __future__ import annotations

from mammoview.export.export_format import ExportFormat, FigureKind

_WRITERS = "mammoview.export.data"

FORMATS = (
    ExportFormat("npz", "NumPy archive", "npz", (FigureKind.SCAN,), f"{_WRITERS}:write_npz", needs_assessment=True),
    ExportFormat(
        "coco", "COCO annotation file", "coco.json", (FigureKind.STUDY, FigureKind.SCAN), f"{_WRITERS}:write_coco"
    ),
    ExportFormat("csv", "CSV table", "csv", (FigureKind.STUDY, FigureKind.SCAN), f"{_WRITERS}:write_csv"),
    ExportFormat(
        "overlay", "DDSM overlay", "OVERLAY", (FigureKind.SCAN,), f"{_WRITERS}:write_ddsm", outlines_only=True
    ),
)
