"""Figures of the reader's annotations: lengths and angles with their source, and the statistics of a region."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mammoview.display.grey_levels import modality
from mammoview.display.length_text import area_text, length_text
from mammoview.display.scan_analysis import ScanAnalysis
from mammoview.study.annotation_kinds.annotation_type import Quantity
from mammoview.study.annotations import Annotation
from mammoview.study.grey_pipeline import GreyPipeline
from mammoview.study.spacing import Spacing

_BAND = 256
"""Rows of a region that are worked on at a time, which bounds the memory."""


@dataclass(frozen=True)
class RegionStatistics:
    """Statistics of the pixels of a region.

    Parameters
    ----------
    count
        Pixels whose centre lies in the region, padding and air left out.
    left_out
        Pixels that are padding or air.
    mean, deviation, low, high
        Of the `count` pixels, in `unit`; the deviation is that of the whole (divided by n). NaN where there is none.
    unit
        "stored value", "modality value" or "optical density".
    """

    count: int
    left_out: int
    mean: float
    deviation: float
    low: float
    high: float
    unit: str


def region_statistics(analysis: ScanAnalysis, annotation: Annotation) -> RegionStatistics:
    """Measure a region; decodes the scan if it was not yet. A whole scan takes up to a second: for worker threads.

    Values are those after the modality transform (PS3.3 C.11.1), of digitised film with a known digitizer optical
    densities, of exposures the stored ones. Padding and air do not count.

    Raises
    ------
    ValueError
        When the annotation is no region.
    UnreadableError
        When the scan cannot be decoded.
    """
    line = annotation.outline
    if line is None:
        raise ValueError(f"a {annotation.kind.value} encloses nothing")
    scan, known = analysis.scan, analysis.grey_levels
    pixels = scan.pixels
    (left, top), (right, bottom) = np.floor(line.min(0)).astype(int), np.ceil(line.max(0)).astype(int)
    left, top = max(0, left), max(0, top)
    right, bottom = min(scan.columns, right), min(scan.rows, bottom)
    found, left_out, across = [], 0, np.arange(left, right) + 0.5
    for start in range(top, bottom, _BAND):
        rows = np.arange(start, min(bottom, start + _BAND))
        block = pixels[rows[0] : rows[-1] + 1, left:right]
        stored = block[annotation.type.holds(annotation.points, across, rows + 0.5)].astype(np.float64)
        values = modality(stored, scan.grey, known.floor)
        counts = np.isfinite(values)
        if scan.grey.padding is not None:
            low, high = scan.grey.padding
            counts &= ~((stored >= low) & (stored <= high))
        if known.air is not None:
            # The logarithms of exposures rise with tissue already.
            polarity = -1 if scan.grey.inverted and not scan.grey.exposures else 1
            counts &= polarity * values > known.air
        left_out += int((~counts).sum())
        found.append(_output_values(stored, values, scan.grey)[counts])
    values = np.concatenate(found) if found else np.zeros(0)
    if not values.size:
        return RegionStatistics(0, left_out, np.nan, np.nan, np.nan, np.nan, _unit(scan.grey))
    figures = (values.mean(), values.std(), values.min(), values.max())
    mean, deviation, low_value, high_value = map(float, figures)
    return RegionStatistics(values.size, left_out, mean, deviation, low_value, high_value, _unit(scan.grey))


def _output_values(stored: NDArray[np.float64], values: NDArray[np.float64], grey: GreyPipeline) -> NDArray[np.float64]:
    """Values in the unit that `_unit` names."""
    if grey.density is not None:
        return values / 1000
    return stored if grey.exposures else values


def _unit(grey: GreyPipeline) -> str:
    """Name the unit of the figures."""
    if grey.density is not None:
        return "optical density"
    changed = grey.modality_lut is not None or (grey.slope, grey.intercept) != (1.0, 0.0)
    return "modality value" if changed and not grey.exposures else "stored value"


def figure_lines(annotation: Annotation, spacing: Spacing, statistics: RegionStatistics | None) -> tuple[str, ...]:
    """Return what stands beside an annotation, its own words first.

    Parameters
    ----------
    annotation
        What is measured.
    spacing
        Of its scan; its source stands beside every length and area.
    statistics
        Of a region; None while they are worked out.
    """
    words = (annotation.text,) if annotation.text else ()
    found = annotation.type.measured(annotation.points, spacing)
    if found is None:
        return words
    if found.quantity is Quantity.LENGTH:
        return (*words, length_text(found.value, spacing))
    if found.quantity is Quantity.ANGLE:
        note = "" if spacing.known else ", pixels taken as square"
        return (*words, f"{found.value:.1f}\u00b0{note}")
    size = area_text(found.value, spacing)
    if statistics is None:
        return (*words, size, "\u2026")
    return (*words, size, *_statistics_lines(statistics))


def _statistics_lines(found: RegionStatistics) -> tuple[str, ...]:
    """Mean and deviation, range, and how many pixels they rest on."""
    left_out = f" ({found.left_out} air or padding left out)" if found.left_out else ""
    count = f"n {found.count} px{left_out}"
    if not found.count:
        return (count,)
    digits = 2 if found.unit == "optical density" else 1
    whole = 2 if found.unit == "optical density" else 0 if abs(found.high) >= 100 else digits
    return (
        f"mean {found.mean:.{digits}f}  SD {found.deviation:.{digits}f}",
        f"min {found.low:.{whole}f}  max {found.high:.{whole}f}  ({found.unit})",
        count,
    )
