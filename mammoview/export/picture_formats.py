"""The formats of pictures."""

from __future__ import annotations

from mammoview.export.export_format import ExportFormat, Figure

FORMATS = (ExportFormat("png", "PNG picture", "png", (Figure.SCAN,), "mammoview.export.pictures:write_png"),)
