"""Writes a page as SVG: pictures as PNG inside it, everything else as vectors, the fonts embedded."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable
from io import BytesIO
from xml.etree import ElementTree

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mammoview.display.layers.drawing import RGB
from mammoview.export.fonts import Face, ascent, content, font
from mammoview.export.layer_vectors import Overlay, parts
from mammoview.export.line_drawing import HALO
from mammoview.export.page import Box, Item, Page, PageBox, PageImage, PageLayer, PageLine, PagePolygon, PageText

_SVG = "http://www.w3.org/2000/svg"
_DC = "http://purl.org/dc/elements/1.1/"
_ANCHORS = {"l": "start", "m": "middle", "r": "end"}
Element = ElementTree.Element


def svg(page: Page) -> bytes:
    """Return the page as an SVG document, in millimetres by its dpi."""
    inch = 25.4 / page.dpi
    root = Element(
        "svg",
        {
            "xmlns": _SVG,
            "width": f"{page.width * inch:.3f}mm",
            "height": f"{page.height * inch:.3f}mm",
            "viewBox": f"0 0 {page.width} {page.height}",
        },
    )
    _add_facts(root, page)
    _add_fonts(root, {item.face for item in page.items if isinstance(item, PageText)})
    _SvgWriter(root).write(page)
    return ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)


class _SvgWriter:
    """Adds items to an SVG element."""

    def __init__(self, root: Element) -> None:
        self._root = root
        self._clips: dict[Box, Element] = {}

    def write(self, page: Page) -> None:
        """Add the whole page."""
        self._add_box(self._root, PageBox((0, 0, page.width, page.height), page.background))
        for item in page.items:
            self._add(item)

    def _add(self, item: Item) -> None:
        match item:
            case PageImage():
                self._add_image(self._root, item.pixels, item.box, item.smooth)
            case PageLayer():
                for part in parts(item):
                    group = self._clipped(item.box)
                    if isinstance(part, Overlay):
                        self._add_image(group, part.pixels, part.box, smooth=False)
                    else:
                        self._add_line(group, part)
            case PageLine():
                self._add_line(self._root if item.box is None else self._clipped(item.box), item)
            case PageBox():
                self._add_box(self._root, item)
            case PagePolygon():
                points = " ".join(f"{x:.2f},{y:.2f}" for x, y in item.points)
                _sub(self._root, "polygon", points=points, fill=_hex(item.fill))
            case PageText():
                self._add_text(item)

    def _clipped(self, box: Box) -> Element:
        """Return a group that shows nothing outside a box; the last one where it has the same box."""
        last = self._root[-1] if len(self._root) else None
        if last is not None and self._clips.get(box) is last:
            return last
        name = f"box{len(self._clips)}"
        clip = _sub(_sub(self._root, "defs"), "clipPath", id=name)
        _sub(clip, "rect", **_sides(box))
        group = _sub(self._root, "g", **{"clip-path": f"url(#{name})"})
        self._clips[box] = group
        return group

    def _add_image(self, parent: Element, pixels: NDArray[np.uint8], box: Box, smooth: bool) -> None:
        held = BytesIO()
        Image.fromarray(np.ascontiguousarray(pixels)).save(held, "PNG", compress_level=6)
        rendering = {} if smooth else {"image-rendering": "optimizeSpeed", "style": "image-rendering:pixelated"}
        href = f"data:image/png;base64,{b64encode(held.getvalue()).decode()}"
        _sub(parent, "image", **_sides(box), preserveAspectRatio="none", href=href, **rendering)

    def _add_line(self, parent: Element, line: PageLine) -> None:
        way = {
            "points": " ".join(f"{x:.2f},{y:.2f}" for x, y in line.points),
            "fill": "none",
            "stroke-linejoin": "round",
        }
        if line.halo:
            opacity = f"{HALO[3] / 255 * line.opacity:.3f}"
            halo = {"stroke": _hex(HALO[:3]), "stroke-width": f"{2 * line.width:g}", "stroke-opacity": opacity}
            _sub(parent, "polyline", **way, **halo)
        ink = {"stroke": _hex(line.colour), "stroke-width": f"{line.width:g}"}
        if line.opacity < 1:
            ink["stroke-opacity"] = f"{line.opacity:.3f}"
        if line.dash is not None:
            ink["stroke-dasharray"] = f"{line.dash[0] * line.width:g} {line.dash[1] * line.width:g}"
        _sub(parent, "polyline", **way, **ink)

    def _add_box(self, parent: Element, item: PageBox) -> None:
        look = {"fill": "none" if item.fill is None else _hex(item.fill)}
        if item.opacity < 1:
            look["fill-opacity"] = f"{item.opacity:.3f}"
        if item.edge is not None:
            look |= {"stroke": _hex(item.edge), "stroke-width": "1"}
        _sub(parent, "rect", **_sides(item.box), **look)

    def _add_text(self, item: PageText) -> None:
        if not item.text:
            return
        across, down = item.anchor[0], item.anchor[1]
        y = item.y + (ascent(item.size, item.face) if down == "a" else 0)
        look = {
            "x": f"{item.x:.2f}",
            "y": f"{y:.2f}",
            "font-family": f"'{item.face.family}', sans-serif",
            "font-size": f"{item.size}",
            "text-anchor": _ANCHORS[across],
            # Programs that do not read embedded fonts take another one; the text keeps its width.
            "textLength": f"{font(item.size, item.face).getlength(item.text):.2f}",
            "lengthAdjust": "spacingAndGlyphs",
            "fill": _hex(item.colour),
        }
        if item.face is Face.BOLD:
            look["font-weight"] = "bold"
        if item.halo:
            dark = {"stroke": _hex(HALO[:3]), "stroke-width": f"{2 * item.halo}", "stroke-linejoin": "round"}
            _sub(self._root, "text", **look, **dark).text = _printable(item.text)
        _sub(self._root, "text", **look).text = _printable(item.text)


def _add_facts(root: Element, page: Page) -> None:
    """Add the provenance as title and metadata."""
    if not page.facts:
        return
    _sub(root, "title").text = page.facts.get("Title", "Mammoview")
    metadata = _sub(root, "metadata")
    for name, value in page.facts.items():
        entry = _sub(metadata, f"{{{_DC}}}description")
        entry.text = f"{name}: {value}"


def _add_fonts(root: Element, faces: Iterable[Face]) -> None:
    """Embed the fonts that the page uses."""
    rules = []
    for face in sorted(faces):
        weight = "font-weight:bold;" if face is Face.BOLD else ""
        source = f"data:font/ttf;base64,{b64encode(content(face)).decode()}"
        rules.append(f"@font-face{{font-family:'{face.family}';{weight}src:url({source})}}")
    if rules:
        _sub(root, "style").text = "".join(rules)


def _printable(text: str) -> str:
    """Return a text without signs that XML cannot hold."""
    return "".join(sign if sign.isprintable() else " " for sign in text)


def _sub(parent: Element, tag: str, **attributes: str) -> Element:
    return ElementTree.SubElement(parent, tag, attributes)


def _sides(box: Box) -> dict[str, str]:
    left, top, right, bottom = box
    sides = {"x": left, "y": top, "width": right - left, "height": bottom - top}
    return {name: f"{value:.3f}" for name, value in sides.items()}


def _hex(colour: RGB) -> str:
    return "#{:02x}{:02x}{:02x}".format(*colour)
