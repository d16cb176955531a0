"""Writes pages as PDF: pictures as pictures, everything else as vectors, the fonts embedded."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from reportlab import rl_config
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from mammoview.core.version import __version__
from mammoview.display.layers.drawing import RGB
from mammoview.export.fonts import Face, ascent, content, font
from mammoview.export.layer_vectors import Overlay, parts
from mammoview.export.line_drawing import HALO
from mammoview.export.page import Box, Item, Page, PageBox, PageImage, PageLayer, PageLine, PagePolygon, PageText

# Streams are compressed; written as text as well, they would be a quarter larger.
rl_config.useA85 = 0
_POINTS = 72.0
"""Units of PDF per inch."""
_SMALL = 1 << 16
"""Most pixels of a picture that is stored enlarged."""


def pdf(pages: Sequence[Page]) -> bytes:
    """Return pages as one PDF document; the metadata are those of the first."""
    held = BytesIO()
    # Without "invariant" the time of writing and a random number would be part of the file.
    canvas = Canvas(held, pageCompression=1, invariant=1)
    facts = pages[0].facts
    canvas.setTitle(facts.get("Title", "Mammoview"))
    canvas.setAuthor("")
    canvas.setCreator(f"Mammoview {__version__}")
    canvas.setProducer(f"Mammoview {__version__}")
    canvas.setSubject("; ".join(f"{name}: {value}" for name, value in facts.items() if name != "Title"))
    for page in pages:
        scale = _POINTS / page.dpi
        canvas.setPageSize((page.width * scale, page.height * scale))
        canvas.scale(scale, scale)
        _PdfWriter(canvas, page.height).write(page)
        canvas.showPage()
    canvas.save()
    return held.getvalue()


class _PdfWriter:
    """Draws items on the canvas of a page; its y runs upwards."""

    def __init__(self, canvas: Canvas, height: int) -> None:
        self._canvas, self._height = canvas, height

    def write(self, page: Page) -> None:
        """Draw the whole page."""
        self._draw_box(PageBox((0, 0, page.width, page.height), page.background))
        for item in page.items:
            self._draw(item)

    def _draw(self, item: Item) -> None:
        match item:
            case PageImage():
                self._draw_image(item.pixels, item.box, item.smooth)
            case PageLayer():
                self._canvas.saveState()
                self._clip(item.box)
                for part in parts(item):
                    if isinstance(part, Overlay):
                        self._draw_image(part.pixels, part.box, smooth=False)
                    else:
                        self._draw_line(part)
                self._canvas.restoreState()
            case PageLine():
                self._canvas.saveState()
                if item.box is not None:
                    self._clip(item.box)
                self._draw_line(item)
                self._canvas.restoreState()
            case PageBox():
                self._draw_box(item)
            case PagePolygon():
                self._canvas.setFillColorRGB(*_shares(item.fill))
                self._canvas.drawPath(self._path(item.points, closed=True), stroke=0, fill=1)
            case PageText():
                self._draw_text(item)

    def _clip(self, box: Box) -> None:
        left, top, right, bottom = box
        path = self._canvas.beginPath()
        path.rect(left, self._height - bottom, right - left, bottom - top)
        self._canvas.clipPath(path, stroke=0, fill=0)

    def _draw_image(self, pixels: NDArray[np.uint8], box: Box, smooth: bool) -> None:
        if not smooth:
            pixels = _enlarged(pixels, box)
        left, top, right, bottom = box
        reader = ImageReader(Image.fromarray(np.ascontiguousarray(pixels)))
        mask = "auto" if pixels.ndim == 3 and pixels.shape[2] == 4 else None
        self._canvas.drawImage(reader, left, self._height - bottom, right - left, bottom - top, mask)

    def _draw_line(self, line: PageLine) -> None:
        canvas, path = self._canvas, self._path(line.points, closed=False)
        canvas.saveState()
        canvas.setLineJoin(1)
        if line.halo:
            canvas.setStrokeColorRGB(*_shares(HALO[:3]), alpha=HALO[3] / 255 * line.opacity)
            canvas.setLineWidth(2 * line.width)
            canvas.drawPath(path)
        canvas.setStrokeColorRGB(*_shares(line.colour), alpha=line.opacity)
        canvas.setLineWidth(line.width)
        if line.dash is not None:
            canvas.setDash([line.dash[0] * line.width, line.dash[1] * line.width])
        canvas.drawPath(self._path(line.points, closed=False))
        canvas.restoreState()

    def _draw_box(self, item: PageBox) -> None:
        canvas = self._canvas
        left, top, right, bottom = item.box
        canvas.saveState()
        if item.fill is not None:
            canvas.setFillColorRGB(*_shares(item.fill), alpha=item.opacity)
        if item.edge is not None:
            canvas.setStrokeColorRGB(*_shares(item.edge))
            canvas.setLineWidth(1)
        canvas.rect(
            left,
            self._height - bottom,
            right - left,
            bottom - top,
            stroke=int(item.edge is not None),
            fill=int(item.fill is not None),
        )
        canvas.restoreState()

    def _draw_text(self, item: PageText) -> None:
        across, down = item.anchor[0], item.anchor[1]
        room = font(item.size, item.face).getlength(item.text)
        x = item.x - {"l": 0.0, "m": room / 2, "r": room}[across]
        y = self._height - item.y - (ascent(item.size, item.face) if down == "a" else 0)
        canvas = self._canvas
        canvas.saveState()
        text = canvas.beginText(x, y)
        text.setFont(_registered(item.face), item.size)
        if item.halo:
            canvas.setStrokeColorRGB(*_shares(HALO[:3]))
            canvas.setLineWidth(2 * item.halo)
            canvas.setLineJoin(1)
            text.setTextRenderMode(1)
            text.textOut(item.text)
            text.setTextRenderMode(0)
            text.setTextOrigin(x, y)
        text.setFillColorRGB(*_shares(item.colour))
        text.textOut(item.text)
        canvas.drawText(text)
        canvas.restoreState()

    def _path(self, points: NDArray[np.float64], closed: bool) -> object:
        path = self._canvas.beginPath()
        (x, y), *others = points.tolist()
        path.moveTo(x, self._height - y)
        for x, y in others:
            path.lineTo(x, self._height - y)
        if closed:
            path.close()
        return path


def _enlarged(pixels: NDArray[np.uint8], box: Box) -> NDArray[np.uint8]:
    """Return small pictures with whole squares for pixels: some programs smooth what they enlarge in any case."""
    rows, columns = pixels.shape[:2]
    times = int(min(8, max(1, (box[2] - box[0]) // columns, (box[3] - box[1]) // rows)))
    return pixels.repeat(times, 0).repeat(times, 1) if rows * columns <= _SMALL else pixels


def _registered(face: Face) -> str:
    """Return the name under which a font is registered with reportlab."""
    name = face.value.replace(" ", "")
    if name not in pdfmetrics.getRegisteredFontNames():
        pdfmetrics.registerFont(TTFont(name, BytesIO(content(face))))
    return name


def _shares(colour: RGB) -> tuple[float, float, float]:
    return colour[0] / 255, colour[1] / 255, colour[2] / 255
