"""Grey pictures for analysis: the scan upright, as shown or as stored, in 8 or 16 bits, and its layers as pages."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import numpy as np
import tifffile
from numpy.typing import NDArray
from PIL import Image

from mammoview.core.errors import MammoviewError
from mammoview.display import screen_orientation
from mammoview.display.rendering import render
from mammoview.export.burned_in import blacked_out, darkest
from mammoview.export.captions import looks
from mammoview.export.export_format import AssessedScan, ExportContent, Grey
from mammoview.export.layer_drawing import draw_layer
from mammoview.export.page import Page
from mammoview.export.provenance import facts
from mammoview.export.raster_page import drawn
from mammoview.export.scan_layers import layer_drawings

_UM_PER_CM = 10_000


def grey_picture(content: ExportContent) -> NDArray[Any]:
    """Return the one scan upright, (rows, columns), as the options ask: uint8, uint16, or stored values."""
    (one,) = content.scans
    scan, grey = one.scan, content.options.grey
    if grey is Grey.STORED:
        shown: NDArray[Any] = scan.pixels
    else:
        bits: Literal[8, 16] = 8 if grey is Grey.SHOWN_8 else 16
        shown = render(scan, beside=one.beside, analysis=one.analysis, bits=bits)
    if content.options.black_outside:
        shown = blacked_out(one.analysis, shown, darkest(one.analysis, one.beside) if grey is Grey.STORED else 0)
    return np.ascontiguousarray(screen_orientation.hung_transform(one.analysis).turned(shown))


def write_burned_tiff(path: Path, page: Page) -> None:
    """Write a page as one RGB picture with its print resolution."""
    tifffile.imwrite(
        path,
        np.asarray(drawn(page)),
        photometric="rgb",
        compression="zlib",
        resolution=(page.dpi, page.dpi),
        resolutionunit="INCH",
        description=json.dumps(dict(page.facts)),
        software=page.facts.get("Software", ""),
        datetime=False,
        metadata=None,
    )


def write_grey_tiff(path: Path, content: ExportContent) -> None:
    """Write the scan as a grey page, and each of its layers as an RGBA page of the same size.

    The resolution is that on the breast where the spacing is known, else that in print.
    """
    (one,) = content.scans
    stated = facts(content)
    spacing = one.analysis.standing_spacing
    if spacing.known:
        resolution = tuple(_UM_PER_CM / (1000 * mm) for mm in (spacing.column_mm, spacing.row_mm))
        unit = "CENTIMETER"
    else:
        resolution, unit = (content.options.dpi, content.options.dpi), "INCH"
    common: dict[str, Any] = {"compression": "zlib", "resolution": resolution, "resolutionunit": unit, "metadata": None}
    common |= {"software": stated["Software"], "datetime": False}
    with tifffile.TiffWriter(path) as tiff:
        tiff.write(grey_picture(content), photometric="minisblack", description=json.dumps(stated), **common)
        for title, pixels in _layer_pages(one, content):
            tiff.write(
                pixels,
                photometric="rgb",
                extrasamples=["unassalpha"],
                extratags=[(285, 2, None, title, True)],
                **common,
            )


def grey_png(content: ExportContent) -> Image.Image:
    """Return the scan as a grey picture that a PNG can hold. Raises MammoviewError for other stored values."""
    pixels = grey_picture(content)
    if pixels.dtype == np.uint8:
        return Image.fromarray(pixels)
    if pixels.dtype.kind not in "iu" or pixels.min() < 0 or pixels.max() > np.iinfo(np.uint16).max:
        raise MammoviewError(
            "a PNG cannot hold the stored values of this scan", "Write a TIFF", content.scans[0].scan.path
        )
    return Image.fromarray(pixels.astype(np.uint16))


def _layer_pages(one: AssessedScan, content: ExportContent) -> Iterator[tuple[str, NDArray[np.uint8]]]:
    """Go over the layers that the scan has: title, and uint8 (rows, columns, 4) upright."""
    styles = looks(content.styles, one.assessment)
    hung, (rows, columns) = screen_orientation.hung_transform(one.analysis), one.analysis.standing_size
    width = max(2, round(max(rows, columns) / 1000))
    for layer in layer_drawings(one.analysis, one.assessment, content.layers, styles):
        # On black and on white: what differs is clear.
        on_black, on_white = (np.full((rows, columns, 3), level, np.uint8) for level in (0, 255))
        for ground in (on_black, on_white):
            draw_layer(ground, layer.drawing, hung, width, layer.opacity, layer.lines_opacity)
        alpha = 255 - (on_white.astype(np.int16) - on_black).max(2).clip(0, 255)
        colour = on_black.astype(np.float32) * 255 / np.maximum(alpha, 1)[..., None]
        yield layer.title, np.dstack([colour.clip(0, 255).astype(np.uint8), alpha.astype(np.uint8)])
