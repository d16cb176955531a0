"""Colour tables for layers: even steps of perceived colour, rising lightness, never grey.

Each is a path through OKLCh (B. Ottosson, 2020), cut to what a screen can show and resampled to equal steps, so that
equal differences of a value look equal and the order survives every kind of colour blindness through lightness alone.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from mammoview.display.colour_stops import PATHS

if TYPE_CHECKING:
    from mammoview.display.layer_style import LayerStyle

LEVELS = 256

NAMES = tuple(PATHS)
"""Names of the tables."""


@cache
def colours(name: str) -> NDArray[np.uint8]:
    """Return the table of that name: sRGB, uint8 (256, 3), read-only; index 0 is the value 0, 255 the value 1."""
    stops = np.array(PATHS[name])
    fine = np.linspace(0, 1, 4 * LEVELS)
    at = np.linspace(0, 1, len(stops))
    lightness, chroma = (np.interp(fine, at, stops[:, i]) for i in (0, 1))
    hue = np.interp(fine, at, np.degrees(np.unwrap(np.radians(stops[:, 2]))))
    lab = _shown(lightness, chroma, np.radians(hue))
    way = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(lab, axis=0), axis=1))])
    even = np.linspace(0, way[-1], LEVELS)
    lab = np.column_stack([np.interp(even, way, lab[:, i]) for i in range(3)])
    table = np.rint(255 * np.clip(_srgb(lab), 0, 1)).astype(np.uint8)
    table.setflags(write=False)
    return table


def colour(name: str, value: float) -> tuple[int, int, int]:
    """Colour of one value 0..1."""
    red, green, blue = colours(name)[round(255 * min(1.0, max(0.0, value)))]
    return int(red), int(green), int(blue)


def drawn_colours(style: LayerStyle) -> NDArray[np.uint8]:
    """Return the colours of the values 0..1 as a layer draws them, uint8 (256, 3).

    The whole table runs from the threshold to 1; below, where nothing is drawn, stands its first colour.
    """
    return colours(style.colours)[[round(255 * style.strength(value / 255)) for value in range(256)]]


def _shown(
    lightness: NDArray[np.float64], chroma: NDArray[np.float64], hue: NDArray[np.float64]
) -> NDArray[np.float64]:
    """OKLab (N, 3) with the chroma lowered, by bisection, until the screen can show the colour."""
    low, high = np.zeros_like(chroma), chroma

    def lab(c: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.column_stack([lightness, c * np.cos(hue), c * np.sin(hue)])

    for _ in range(20):
        middle = (low + high) / 2
        rgb = _srgb(lab(middle))
        fits = ((rgb >= 0) & (rgb <= 1)).all(1)
        low, high = np.where(fits, middle, low), np.where(fits, high, middle)
    return lab(low)


def _srgb(lab: NDArray[np.float64]) -> NDArray[np.float64]:
    """OKLab (N, 3) as sRGB; outside 0..1 where the screen cannot show it."""
    to_lms = np.array(
        [[1, 0.3963377774, 0.2158037573], [1, -0.1055613458, -0.0638541728], [1, -0.0894841775, -1.2914855480]]
    )
    to_rgb = np.array(
        [
            [4.0767416621, -3.3077115913, 0.2309699292],
            [-1.2684380046, 2.6097574011, -0.3413193965],
            [-0.0041960863, -0.7034186147, 1.7076147010],
        ]
    )
    linear: NDArray[np.float64] = (lab @ to_lms.T) ** 3 @ to_rgb.T
    curved: NDArray[np.float64] = 1.055 * np.maximum(linear, 0.0031308) ** (1 / 2.4) - 0.055
    rgb: NDArray[np.float64] = np.where(linear <= 0.0031308, 12.92 * linear, curved)
    return rgb
