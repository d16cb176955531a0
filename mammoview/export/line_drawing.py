"""Lines on a picture: with a dark halo, so that they show on white and on black tissue; dashed or not."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

HALO = (0, 0, 0, 170)
"""Colour and opacity of the dark line below a bright one."""


@contextmanager
def pen(rgb: NDArray[np.uint8]) -> Iterator[ImageDraw.ImageDraw]:
    """Draw on a picture, uint8 (rows, columns, 3), in place; what is drawn blends."""
    picture = Image.fromarray(rgb)
    yield ImageDraw.Draw(picture, "RGBA")
    rgb[:] = np.asarray(picture)


def dashed(points: NDArray[np.float64], dash: float, gap: float) -> list[NDArray[np.float64]]:
    """Cut a line into dashes.

    Parameters
    ----------
    points
        float64 (N, 2).
    dash, gap
        Lengths, in the unit of the points; both greater than zero.

    Returns
    -------
    Lines of float64 (M, 2), corners of the line kept.
    """
    steps = np.linalg.norm(np.diff(points, axis=0), axis=1)
    keep = np.concatenate([[True], steps > 0])
    points, way = points[keep], np.concatenate([[0.0], np.cumsum(steps)])[keep]
    found = []
    for start in np.arange(0.0, way[-1], dash + gap):
        end = min(start + dash, way[-1])
        corners = points[(way > start) & (way < end)]
        ends = np.array([[np.interp(at, way, points[:, i]) for i in (0, 1)] for at in (start, end)])
        found.append(np.concatenate([ends[:1], corners, ends[1:]]))
    return found


def stroke(
    draw: ImageDraw.ImageDraw,
    points: NDArray[np.float64],
    colour: tuple[int, int, int],
    width: int,
    opacity: float = 1.0,
    dash: tuple[int, int] | None = None,
) -> None:
    """Draw a line with its halo.

    Parameters
    ----------
    draw
        In mode RGBA over an RGB picture, so that it blends.
    points
        float64 (N, 2) in pixels, pixel centres at integer + 0.5; a closed line repeats its first point.
    colour, width, opacity
        Of the line itself; the halo is twice as wide.
    dash
        Dash and gap, in widths of the line; None draws it whole.
    """
    points = points - 0.5  # Pillow counts pixel centres as whole numbers.
    line = [(float(x), float(y)) for x, y in points]
    draw.line(line, (*HALO[:3], round(HALO[3] * opacity)), 2 * width, "curve")
    pieces = [points] if dash is None else dashed(points, dash[0] * width, dash[1] * width)
    for piece in pieces:
        draw.line([(float(x), float(y)) for x, y in piece], (*colour, round(255 * opacity)), width, "curve")
