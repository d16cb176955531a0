"""The formats of data for analysis."""

from __future__ import annotations

from mammoview.export.export_format import ExportFormat, Figure

_WRITERS = "mammoview.export.data"

FORMATS = (
    ExportFormat("npz", "NumPy archive", "npz", (Figure.SCAN,), f"{_WRITERS}:write_npz", needs_assessment=True),
    ExportFormat("coco", "COCO annotation file", "coco.json", (Figure.STUDY, Figure.SCAN), f"{_WRITERS}:write_coco"),
    ExportFormat("csv", "CSV table", "csv", (Figure.STUDY, Figure.SCAN), f"{_WRITERS}:write_csv"),
    ExportFormat("overlay", "DDSM overlay", "OVERLAY", (Figure.SCAN,), f"{_WRITERS}:write_ddsm", outlines_only=True),
)
