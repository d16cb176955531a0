"""Lengths as text: in mm with the source of the spacing beside them, or in pixels where the spacing is unknown."""

from __future__ import annotations

import math
from dataclasses import dataclass

from mammoview.study.spacing import Spacing


@dataclass(frozen=True)
class ScaleBar:
    """A bar of a round length.

    Parameters
    ----------
    pixels
        Its length across, in scan pixels.
    text
        What stands beside it, such as "10 mm, assumed 50 um".
    """

    pixels: float
    text: str


def length(start: tuple[float, float], end: tuple[float, float], spacing: Spacing) -> float:
    """Distance of two points (column, row in scan pixels): mm, or pixels where the spacing is unknown."""
    return math.hypot((end[0] - start[0]) * spacing.column_mm, (end[1] - start[1]) * spacing.row_mm)


def length_text(value: float, spacing: Spacing) -> str:
    """Text of a length given in mm, or in pixels where the spacing is unknown.

    Examples
    --------
    "12.3 mm, assumed 50 um", "246 px"
    """
    return f"{_figure(value)} {spacing.label}" if spacing.known else f"{value:.0f} {spacing.label}"


def area_text(value: float, spacing: Spacing) -> str:
    """Text of an area given in square mm, or in square pixels where the spacing is unknown."""
    if not spacing.known:
        return f"{value:.0f} px\u00b2"
    label = spacing.label.replace("mm", "mm\u00b2", 1)
    return f"{_figure(value)} {label}"


def _figure(value: float) -> str:
    """Write a length or an area, at least 0.05, with one decimal; a smaller one, such as a calcification's, with more.

    A length that has been measured is never written as 0.0.
    """
    return f"{value:.1f}" if value >= 0.05 or value == 0 else f"{value:.2g}"


def scale_bar(spacing: Spacing, longest: float) -> ScaleBar:
    """Return the longest bar of 1, 2 or 5 times a power of ten that fits.

    Parameters
    ----------
    spacing
        Of the scan; the bar lies across, along a row.
    longest
        Most scan pixels that it may take; at least 1.
    """
    room = max(1.0, longest) * spacing.column_mm
    ten = 10.0 ** math.floor(math.log10(room))
    round_length = max(step * ten for step in (1, 2, 5) if step * ten <= room * (1 + 1e-9))
    return ScaleBar(round_length / spacing.column_mm, f"{round_length:g} {spacing.label}")
