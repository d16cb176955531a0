"""Titles of figures, formats and grey values in the window, and the built-in choices."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QCoreApplication

from mammoview.core.settings import FigureSettings
from mammoview.display.layers.registry import PANELS
from mammoview.export.export_format import ExportFormat, FigureKind, Grey
from mammoview.export.figure_crop import PAPER_CROP
from mammoview.qt.i18n.noop import translate_noop

CONTEXT = "figures"
"""Under which the titles are translated."""
_N = translate_noop
FIGURE_TITLES: Mapping[FigureKind, str] = {
    FigureKind.SCAN: _N(CONTEXT, "Annotated scan"),
    FigureKind.PANELS: _N(CONTEXT, "Panels of one crop"),
    FigureKind.FINDING: _N(CONTEXT, "Findings of the scan"),
    FigureKind.STUDY: _N(CONTEXT, "Study, in its hanging order"),
    FigureKind.REPORT: _N(CONTEXT, "Report of the study"),
}
FORMAT_TITLES: Mapping[str, str] = {
    "png": _N(CONTEXT, "PNG picture"),
    "tiff": _N(CONTEXT, "TIFF picture"),
    "svg": _N(CONTEXT, "SVG drawing"),
    "pdf": _N(CONTEXT, "PDF document"),
    "gif": _N(CONTEXT, "GIF animation"),
    "webp": _N(CONTEXT, "WebP animation"),
    "npz": _N(CONTEXT, "NumPy archive"),
    "coco": _N(CONTEXT, "COCO annotations"),
    "csv": _N(CONTEXT, "CSV table"),
    "overlay": _N(CONTEXT, "DDSM overlay"),
    "sr": _N(CONTEXT, "DICOM measurement report"),
    "cad": _N(CONTEXT, "DICOM mammography CAD report"),
    "seg": _N(CONTEXT, "DICOM segmentation"),
    "sc": _N(CONTEXT, "DICOM secondary capture"),
    "gsps": _N(CONTEXT, "DICOM presentation state"),
}
GREY_TITLES: Mapping[Grey, str] = {
    Grey.BURNED: _N(CONTEXT, "Layers and legend in the picture"),
    Grey.SHOWN_8: _N(CONTEXT, "Grey as shown, 8 bits"),
    Grey.SHOWN_16: _N(CONTEXT, "Grey as shown, 16 bits"),
    Grey.STORED: _N(CONTEXT, "Grey as stored"),
}
_LAYERS = list(PANELS)
PRESETS: Mapping[str, FigureSettings] = {
    _N(CONTEXT, "Panels for a paper"): FigureSettings(figure="panels", format="pdf", layers=_LAYERS),
    _N(CONTEXT, "Layout of the paper"): FigureSettings(figure="panels", format="pdf", crop=PAPER_CROP, layers=_LAYERS),
    _N(CONTEXT, "Findings in rows"): FigureSettings(figure="finding", format="pdf", layers=_LAYERS),
    _N(CONTEXT, "Study on a sheet"): FigureSettings(figure="study", format="pdf", layers=_LAYERS),
    _N(CONTEXT, "Report of the study"): FigureSettings(figure="report", format="pdf", layers=_LAYERS),
    _N(CONTEXT, "Animation for teaching"): FigureSettings(figure="scan", format="gif", layers=_LAYERS),
}
"""Choices that every dialog offers, by their titles in English."""


def format_title(kind: ExportFormat) -> str:
    """Return what a format is called in the window's language."""
    return QCoreApplication.translate(CONTEXT, FORMAT_TITLES.get(kind.name, kind.title))
