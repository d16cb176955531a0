"""Pages as PDF and SVG, rendered by programs of others, and how far two pictures are apart."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mammoview.export.fonts import Face, content
from mammoview.export.page import Page
from mammoview.export.pdf_page import pdf
from mammoview.export.svg_page import svg


def pdf_pictures(pages: Sequence[Page]) -> list[Image.Image]:
    """Return the pages of one document as PDFium renders them, in the resolution of the pages."""
    pdfium = pytest.importorskip("pypdfium2")
    document = pdfium.PdfDocument(pdf(pages))
    assert len(document) == len(pages)
    return [document[i].render(scale=page.dpi / 72).to_pil() for i, page in enumerate(pages)]


def svg_picture(page: Page, folder: Path) -> Image.Image:
    """Return a page as resvg renders it, with the program's fonts from files in `folder`."""
    resvg = pytest.importorskip("resvg_py")
    fonts = []
    for face in Face:
        fonts.append(str(folder / f"{face.name}.ttf"))
        Path(fonts[-1]).write_bytes(content(face))
    png = resvg.svg_to_bytes(svg_string=svg(page).decode(), font_files=fonts, skip_system_fonts=True, dpi=page.dpi)
    return Image.open(io.BytesIO(bytes(png)))


def apart(one: Image.Image, other: Image.Image) -> tuple[float, float]:
    """Return the mean difference of two pictures, and the share of pixels that differ by over a quarter of the scale.

    Their sizes may differ by one pixel.
    """
    assert abs(one.width - other.width) <= 1 and abs(one.height - other.height) <= 1
    pixels = [np.asarray(picture.convert("RGB").resize(one.size)).astype(int) for picture in (one, other)]
    difference = np.abs(pixels[0] - pixels[1]).max(2)
    return float(difference.mean()), float((difference > 64).mean())
