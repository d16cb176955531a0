"""Writes pictures in any format: a figure is built as pages once, and drawn as pixels or as vectors."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from PIL.PngImagePlugin import PngInfo

from mammoview.core.atomic_write import atomic_write
from mammoview.core.errors import MammoviewError
from mammoview.export.captions import captions, looks
from mammoview.export.export_format import ExportContent, Figure
from mammoview.export.page import Page
from mammoview.export.provenance import facts
from mammoview.export.raster_page import drawn
from mammoview.export.scan_page import scan_items, with_captions


def pages(content: ExportContent) -> list[Page]:
    """Return what is shown as pages. Raises MammoviewError where there is nothing to show."""
    return _BUILDERS[content.options.figure](content)


def write_png(content: ExportContent) -> None:
    """Write a figure as PNG, with its provenance in the metadata. Raises MammoviewError."""
    (page,) = pages(content)
    picture = drawn(page)
    told = PngInfo()
    for name, value in page.facts.items():
        told.add_itxt(name, value)
    _save(content.target, lambda file: picture.save(file, "PNG", pnginfo=told, dpi=(page.dpi, page.dpi)))


def _save(target: Path, write: Callable[[Path], object]) -> None:
    """Write a file whole or not at all. Raises MammoviewError."""
    try:
        with atomic_write(target) as partial:
            write(partial)
    except OSError as error:
        raise MammoviewError(f"it cannot be written ({error.strerror})", "Choose another folder", target) from error


def _scan_page(content: ExportContent) -> list[Page]:
    """Return the one scan at full resolution with its captions."""
    (one,) = content.scans
    styles = looks(content.styles, one.assessment)
    picture = scan_items(
        one.analysis, one.assessment, content.layers, styles, one.beside, content.options.black_outside
    )
    words = captions(one.analysis, one.assessment, content.layers, styles, judged=one.judged, unassessed=one.unassessed)
    return [with_captions(picture, words, content.options.dpi, facts(content))]


_BUILDERS: Mapping[Figure, Callable[[ExportContent], list[Page]]] = {Figure.SCAN: _scan_page}
