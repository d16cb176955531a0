"""Outlines as a DDSM .OVERLAY text: chain codes from pixel to pixel, closed, in steps to one of eight neighbours.

The form is that of the DDSM's own files (Heath et al., "The Digital Database for Screening Mammography", 2000).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mammoview.core.errors import MammoviewError
from mammoview.formats.datasets.ddsm_text import STEPS
from mammoview.study.scan import Outline, OutlineKind

_CODES = np.zeros((3, 3), int)
_CODES[tuple(STEPS.T + 1)] = np.arange(len(STEPS))
"""Code of each step, by its columns and rows plus one."""
_FEWEST_STEPS = 3


def chain(points: NDArray[np.float64]) -> tuple[tuple[int, int], list[int]]:
    """Return the start pixel (column, row) and the steps of a closed chain through the pixels of a polygon.

    Parameters
    ----------
    points
        float64 (N, 2), (column, row) in scan pixels, pixel centres at integer + 0.5.

    Returns
    -------
    The start, and codes 0..7. Corners lie on the pixels that hold them; between them runs the straight line that
    departs from it by half a pixel at most. What is smaller than a chain can describe becomes a square of 2 x 2 pixels.
    """
    pixels = np.floor(points).astype(int)
    ways = np.roll(pixels, -1, axis=0) - pixels
    counts = np.abs(ways).max(1)
    # Each side of the polygon from its corner on; the next one follows.
    side = np.repeat(np.arange(len(pixels)), counts)
    share = (np.arange(len(side)) - np.repeat(counts.cumsum() - counts, counts)) / counts[side]
    line = np.floor(pixels[side] + share[:, None] * ways[side] + 0.5).astype(int)
    column, row = (np.roll(line, -1, axis=0) - line + 1).T
    steps = [int(code) for code in _CODES[column, row]]
    if len(steps) < _FEWEST_STEPS:
        steps = [2, 4, 6, 0]
    return (int(pixels[0][0]), int(pixels[0][1])), steps


def overlay_text(outlines: Iterable[Outline]) -> str:
    """Return an .OVERLAY text; each boundary is an abnormality, and cores belong to the boundary before them."""
    groups: list[list[Outline]] = []
    for outline in outlines:
        if outline.kind is OutlineKind.CORE and groups:
            groups[-1].append(outline)
        else:
            groups.append([outline])
    lines = [f"TOTAL_ABNORMALITIES {len(groups)}"]
    for number, group in enumerate(groups, 1):
        lines += [f"ABNORMALITY {number}", *_facts(group[0]), f"TOTAL_OUTLINES {len(group)}"]
        for index, outline in enumerate(group):
            (column, row), steps = chain(outline.points)
            lines += ["BOUNDARY" if index == 0 else "\tCORE", " ".join(map(str, [column, row, *steps])) + " #"]
    return "\n".join(lines) + "\n"


def write_overlay(path: Path, outlines: Sequence[Outline]) -> Path:
    """Write outlines as an .OVERLAY file that does not exist yet; returns the path.

    Raises
    ------
    MammoviewError
        When there is a file of that name, which may be the data set's own, or it cannot be written.
    """
    try:
        with path.open("x", encoding="ascii") as file:
            file.write(overlay_text(outlines))
    except FileExistsError as error:
        raise MammoviewError("there is such a file already", "Choose another name", path) from error
    except OSError as error:
        raise MammoviewError(f"it cannot be written ({error.strerror})", "Choose another folder", path) from error
    return path


def _facts(outline: Outline) -> list[str]:
    """Return the lines about a lesion; an .OVERLAY is plain ASCII in capitals."""
    lines = [f"LESION_TYPE {_plain(one)}" for one in outline.lesion_type.split(" + ") if _plain(one)]
    if outline.assessment is not None:
        lines.append(f"ASSESSMENT {outline.assessment}")
    if outline.subtlety is not None:
        lines.append(f"SUBTLETY {outline.subtlety}")
    if _plain(outline.pathology):
        lines.append(f"PATHOLOGY {_plain(outline.pathology)}")
    return lines


def _plain(words: str) -> str:
    """Return words as the format can hold them."""
    return " ".join(re.sub(r"[^ -~]+|#", " ", words).upper().split())
