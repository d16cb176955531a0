"""Writes pictures in any format: a figure is built as pages once, and drawn as pixels or as vectors."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PIL.Image import Image

from mammoview.export.captions import captions, looks
from mammoview.export.export_format import ExportContent, FigureKind, Grey
from mammoview.export.figure_panels import findings_page, panels_page
from mammoview.export.figure_study import study_page
from mammoview.export.grey_pictures import grey_png, write_burned_tiff, write_grey_tiff
from mammoview.export.page import Page
from mammoview.export.provenance import facts
from mammoview.export.raster_page import drawn
from mammoview.export.report_page import report_pages
from mammoview.export.saving import save, save_pdf, save_png, save_svg
from mammoview.export.scan_page import scan_items, with_captions


def pages(content: ExportContent) -> list[Page]:
    """Return what is shown as pages. Raises MammoviewError where there is nothing to show."""
    return _BUILDERS[content.options.figure](content)


def preview(content: ExportContent) -> Image:
    """Return the first page of a figure as an RGB picture. Raises MammoviewError."""
    return drawn(pages(content)[0])


def write_png(content: ExportContent) -> None:
    """Write a figure as PNG, with its provenance in the metadata. Raises MammoviewError."""
    if content.options.grey is not Grey.BURNED:
        picture, dpi = grey_png(content), content.options.dpi
        words: Mapping[str, str] = facts(content)
    else:
        (page,) = pages(content)
        picture, words, dpi = drawn(page), page.facts, page.dpi
    save_png(content.target, picture, words, dpi)


def write_tiff(content: ExportContent) -> None:
    """Write a figure as TIFF: burned in, or a scan as grey values with its layers as pages. Raises MammoviewError."""
    if content.options.grey is not Grey.BURNED:
        save(content.target, lambda file: write_grey_tiff(file, content))
    else:
        (page,) = pages(content)
        save(content.target, lambda file: write_burned_tiff(file, page))


def write_svg(content: ExportContent) -> None:
    """Write a figure as SVG. Raises MammoviewError."""
    (page,) = pages(content)
    save_svg(content.target, page)


def write_pdf(content: ExportContent) -> None:
    """Write a figure as PDF. Raises MammoviewError."""
    save_pdf(content.target, pages(content))


def _scan_page(content: ExportContent) -> list[Page]:
    """Return the one scan at full resolution with its captions."""
    (one,) = content.scans
    styles = looks(content.styles, one.assessment)
    picture = scan_items(
        one.analysis, one.assessment, content.layers, styles, one.beside, content.options.black_outside
    )
    words = captions(one.analysis, one.assessment, content.layers, styles, judged=one.judged, unassessed=one.unassessed)
    return [with_captions(picture, words, content.options.dpi, facts(content))]


_BUILDERS: Mapping[FigureKind, Callable[[ExportContent], list[Page]]] = {
    FigureKind.SCAN: _scan_page,
    FigureKind.PANELS: lambda content: [panels_page(content)],
    FigureKind.FINDING: lambda content: [findings_page(content)],
    FigureKind.STUDY: lambda content: [study_page(content)],
    FigureKind.REPORT: report_pages,
}
