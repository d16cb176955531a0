"""The formats of pictures."""

from __future__ import annotations

from mammoview.export.export_format import ExportFormat, FigureKind

_WRITERS = "mammoview.export.pictures"
_FIGURES = (FigureKind.SCAN, FigureKind.PANELS, FigureKind.FINDING, FigureKind.STUDY)

FORMATS = (
    ExportFormat(
        "png",
        "PNG picture",
        "png",
        _FIGURES,
        f"{_WRITERS}:write_png",
        holds_grey=True,
        shows_pixels=True,
        blacks_out=True,
        printed=True,
        pictures=True,
    ),
    ExportFormat(
        "tiff",
        "TIFF picture",
        "tiff",
        _FIGURES,
        f"{_WRITERS}:write_tiff",
        holds_grey=True,
        shows_pixels=True,
        blacks_out=True,
        printed=True,
        pictures=True,
    ),
    ExportFormat(
        "svg",
        "SVG drawing",
        "svg",
        _FIGURES,
        f"{_WRITERS}:write_svg",
        shows_pixels=True,
        blacks_out=True,
        printed=True,
        pictures=True,
    ),
    ExportFormat(
        "pdf",
        "PDF document",
        "pdf",
        (*_FIGURES, FigureKind.REPORT),
        f"{_WRITERS}:write_pdf",
        names_patient=True,
        shows_pixels=True,
        blacks_out=True,
        printed=True,
        pictures=True,
    ),
    ExportFormat(
        "gif",
        "GIF animation",
        "gif",
        (FigureKind.SCAN,),
        "mammoview.export.animation:write_gif",
        shows_pixels=True,
        blacks_out=True,
        pictures=True,
    ),
    ExportFormat(
        "webp",
        "WebP animation",
        "webp",
        (FigureKind.SCAN,),
        "mammoview.export.animation:write_webp",
        shows_pixels=True,
        blacks_out=True,
        pictures=True,
    ),
)
