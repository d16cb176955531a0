"""The legend of a page of several scans: a sample of what each layer looks like, with its words beside it.

Layers differ in form as well as in colour, so that the samples differ in black and white, too.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mammoview.assess.results.assessment import Assessment
from mammoview.display.layers.drawing import RGB, Drawing
from mammoview.display.layers.registry import LAYERS
from mammoview.display.legend import Legend, legend
from mammoview.export.captions import ModelLayers, layer_context, looks
from mammoview.export.export_format import ExportContent
from mammoview.export.figure_layout import Layout
from mammoview.export.fonts import Face
from mammoview.export.page import Box, Item, PageBox, PageImage, PageLine

_POINTS = 7
_WIDE_MM, _HIGH_MM, _GAP_MM = 8.0, 3.2, 1.5
"""Size of a sample, and its distance from the words."""
_TISSUE: RGB = (110, 110, 110)
"""Grey behind a sample: lines are made for tissue, not for paper."""
_CORNERS = 24
"""Of the ring that stands for a contour."""
_CELLS = (3, 8)
"""Rows and columns of cells of the sample of a raster."""


@dataclass(frozen=True, eq=False)
class LegendEntry:
    """A layer that is shown.

    Parameters
    ----------
    legend
        Its words and colours.
    drawings
        What it looks like, of the scans that have it.
    """

    legend: Legend
    drawings: tuple[Drawing, ...]


def legend_entries(content: ExportContent, assessment: Assessment | None) -> list[LegendEntry]:
    """Return an entry for each layer that is shown and that one of the scans has.

    `assessment` is that of the first scan that has one; its thresholds are those of all.
    """
    styles = looks(content.styles, assessment)
    results = None if assessment is None else ModelLayers(assessment)
    contexts = [layer_context(one.analysis, one.assessment, styles) for one in content.scans]
    entries = []
    for layer in (LAYERS[name] for name in styles if name in content.layers):
        found = legend(styles[layer.name], None if results is None else layer.operating_point(results))
        there = [data for data in (layer.data(context) for context in contexts) if data is not None]
        # Layers of values look the same in all scans.
        drawings = tuple(layer.describe(data, styles[layer.name]) for data in (there[:1] if found.unit else there))
        if there:
            entries.append(LegendEntry(found, drawings))
    return entries


def entry_lines(layout: Layout, entry: LegendEntry) -> list[str]:
    """Return the words of an entry in lines that fit beside its samples."""
    return layout.lines(f"{entry.legend.text}.", _POINTS, Face.TEXT, layout.room_mm - _indent_mm(entry))


def entry_height_mm(layout: Layout, entry: LegendEntry) -> float:
    """Return the height of an entry."""
    return max(len(entry_lines(layout, entry)) * layout.step_mm(_POINTS), _HIGH_MM) + 0.6


def add_entry(layout: Layout, entry: LegendEntry) -> None:
    """Add the samples of a layer and its words."""
    top = layout.y_mm
    for i, look in enumerate(_looks(entry)):
        left = layout.margin_mm + i * (_WIDE_MM + _GAP_MM)
        edges = (left, top, left + _WIDE_MM, top + _HIGH_MM)
        box = tuple(float(round(layout.px(mm))) for mm in edges)
        layout.items += _sample(entry.legend, look, (box[0], box[1], box[2], box[3]), layout.line)
    for i, line in enumerate(entry_lines(layout, entry)):
        layout.text(layout.margin_mm + _indent_mm(entry), top + 0.2 + i * layout.step_mm(_POINTS), line, _POINTS)
    layout.y_mm = top + entry_height_mm(layout, entry)


@dataclass(frozen=True)
class _Look:
    """Form and colour of a layer: "cells", "raster", "ring" or "line", with its dash."""

    form: str
    colour: RGB
    dash: tuple[int, int] | None = None


def _looks(entry: LegendEntry) -> list[_Look]:
    """Return every look that a layer has, once."""
    red, green, blue = (int(part) for part in entry.legend.colours[-1])
    brightest = red, green, blue
    if any(drawing.cells is not None for drawing in entry.drawings):
        return [_Look("cells", brightest)]
    pens = [strokes.pen for drawing in entry.drawings for strokes in drawing.strokes]
    if entry.legend.unit:
        return [_Look("ring", pens[0].colour if pens else brightest) if pens else _Look("raster", brightest)]
    return list(dict.fromkeys(_Look("line", pen.colour, pen.dash) for pen in pens)) or [_Look("line", brightest)]


def _indent_mm(entry: LegendEntry) -> float:
    return len(_looks(entry)) * (_WIDE_MM + _GAP_MM)


def _sample(found: Legend, look: _Look, box: Box, width: int) -> list[Item]:
    """Return a sample in its box, lines `width` pixels wide."""
    left, top, right, bottom = box
    middle = np.array([(left + right) / 2, (top + bottom) / 2])
    items: list[Item] = [PageBox(box, _TISSUE)]
    half = (bottom - top) / 2 - 1.5 * width
    if look.form == "raster":
        # Every second cell, coloured from the threshold to the highest value.
        values = np.linspace(found.threshold or 0.0, 1.0, _CELLS[1])
        colours = found.colours[np.rint(values * (len(found.colours) - 1)).astype(int)]
        cells = np.full((*_CELLS, 3), _TISSUE, np.uint8)
        shown = np.add.outer(np.arange(_CELLS[0]), np.arange(_CELLS[1])) % 2 == 0
        cells[shown] = np.broadcast_to(colours, cells.shape)[shown]
        return [*items, PageImage(cells, (left + 2 * width, top + width, right - 2 * width, bottom - width), False)]
    if look.form == "line":
        ends = np.array([[left + 2 * width, middle[1]], [right - 2 * width, middle[1]]])
        return [*items, PageLine(ends, look.colour, width, dash=look.dash, halo=True, box=box)]
    if look.form == "ring":
        angles = np.linspace(0, 2 * np.pi, _CORNERS + 1)
        points = middle + half * np.stack([1.6 * np.cos(angles), np.sin(angles)], 1)
    else:
        points = middle + half * np.array([[-1, -1], [1, -1], [1, 1], [-1, 1], [-1, -1]])
    return [*items, PageLine(points, look.colour, width, halo=True, box=box)]
