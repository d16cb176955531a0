"""The description of a layer: lines, cells, rasters, bitmaps and texts in scan pixels, for the screen and for exports.

A back end draws a `Drawing` with its own means: `mammoview.qt.canvas.layer_item` with QPainter,
`mammoview.export.layer_drawing` with Pillow. Coordinates are (column, row) of the scan, pixel centres at integer + 0.5.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from mammoview.display.lattice import Lattice
    from mammoview.study.geometry import Affine
    from mammoview.study.marks import Bitmap

RGB = tuple[int, int, int]


@dataclass(frozen=True)
class Pen:
    """A line with a dark halo, so that it shows on white and on black tissue.

    Parameters
    ----------
    colour
        sRGB, 0..255.
    width, halo
        Width of the line and of the halo below it, screen pixels. In exports every line has the same width, which
        depends on the size of the picture, and the halo is twice as wide.
    dash
        Length of dash and gap, in widths of the line; None for a continuous line.
    """

    colour: RGB
    width: float
    halo: float
    dash: tuple[int, int] | None = None


@dataclass(frozen=True, eq=False)  # arrays are never compared
class Path:
    """Lines that belong together, such as one outline or all contours of one level.

    Parameters
    ----------
    lines
        float64 (N, 2) each.
    closed
        Whether each line returns to its first point.
    about
        Lines of the tool tip on the path, or inside it where it is closed; empty for none.
    """

    lines: tuple[NDArray[np.float64], ...]
    closed: bool = False
    about: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Cross:
    """A point, drawn as a cross whose size does not depend on the zoom.

    Parameters
    ----------
    point
        float64 (2,).
    about
        Lines of the tool tip; empty for none.
    """

    point: NDArray[np.float64]
    about: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Strokes:
    """Paths and crosses drawn with one pen; on screen all halos lie below all lines."""

    figures: tuple[Path | Cross, ...]
    pen: Pen


@dataclass(frozen=True, eq=False)
class Raster:
    """Coloured cells of a lattice, drawn as they are, without interpolation, within the scan.

    Parameters
    ----------
    pixels
        uint8 (rows, columns, 4), RGBA, not premultiplied.
    to_scan
        Maps (column, row) of the lattice to (column, row) of the scan.
    opacity
        0..1, of the whole raster.
    """

    pixels: NDArray[np.uint8]
    to_scan: Affine
    opacity: float = 1.0


@dataclass(frozen=True, eq=False)
class Cells:
    """Boxes, each outlined in its own colour just inside its edge.

    Parameters
    ----------
    boxes
        (left, top, right, bottom) each; later ones lie on top.
    colours
        One per box.
    width, halo
        As those of `Pen`.
    fill
        The same cells as a raster, where they are filled as well; None where they are not.
    """

    boxes: tuple[tuple[float, float, float, float], ...]
    colours: tuple[RGB, ...]
    width: float
    halo: float
    fill: Raster | None = None


@dataclass(frozen=True, eq=False)
class DrawnBitmap:
    """A bitmap with a halo, whose thin lines are seen at every zoom.

    Parameters
    ----------
    bitmap
        Its pixels and their place.
    colour
        sRGB, 0..255.
    about
        Lines of the tool tip where something is drawn; empty for none.
    """

    bitmap: Bitmap
    colour: RGB
    about: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Label:
    """Text beside a figure, on screen only: it may name the patient.

    Parameters
    ----------
    beside
        float64 (N, 2): points of the figure.
    text
        One line.
    colour
        sRGB, 0..255.
    """

    beside: NDArray[np.float64]
    text: str
    colour: RGB


@dataclass(frozen=True, eq=False)
class TipValue:
    """A value for the tool tip.

    Parameters
    ----------
    title
        Words before the value.
    lattice
        Values and their place.
    threshold
        Values below it are left out.
    """

    title: tuple[str, ...]
    lattice: Lattice
    threshold: float


@dataclass(frozen=True, eq=False)
class Drawing:
    """What one layer looks like at full strength, from the bottom up; the opacity of the layer is applied to it.

    Parameters
    ----------
    raster, cells, bitmaps, strokes, labels
        What is drawn, in this order.
    values
        For the tool tip.
    within_scan
        Whether strokes end at the edge of the scan.
    uncached
        Whether the screen draws it anew in every repaint: crosses, bitmaps and labels need it, since their size or
        place depends on the viewport.
    """

    raster: Raster | None = None
    cells: Cells | None = None
    bitmaps: tuple[DrawnBitmap, ...] = ()
    strokes: tuple[Strokes, ...] = ()
    labels: tuple[Label, ...] = ()
    values: tuple[TipValue, ...] = ()
    within_scan: bool = False
    uncached: bool = False
