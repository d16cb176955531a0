"""Images of the models brought up to date where pixels of a scan were altered."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from mammoview.anatomy.breast import Breast
from mammoview.anatomy.intensity import tissue_bright
from mammoview.assess.inference.preprocessing import RIM_MM, PreparedScan
from mammoview.study.geometry import Affine
from mammoview.study.grey_pipeline import GreyPipeline

Box = tuple[int, int, int, int]
"""Left, top, right, bottom."""


def pixel_range(pixels: NDArray[np.generic]) -> NDArray[np.generic]:
    """Return the least and the largest number of a picture, (1, 2)."""
    known = pixels[np.isfinite(pixels)] if pixels.dtype.kind == "f" else pixels
    return np.array([[known.min(), known.max()]], pixels.dtype)


def part_intensities(
    pixels: NDArray[np.generic], extremes: NDArray[np.generic], grey: GreyPipeline
) -> NDArray[np.float32]:
    """Return stored values of a part of a scan (rows, columns) as the models' intensities, read as the whole is.

    `extremes` is the `pixel_range` of the whole scan.
    """
    ends = np.resize(extremes, (1, max(2, pixels.shape[1])))
    padded = np.pad(pixels, ((0, 0), (0, ends.shape[1] - pixels.shape[1])), mode="edge")
    return tissue_bright(np.concatenate([padded, ends]), grey)[:-1, : pixels.shape[1]]


def refresh_part(
    prepared: PreparedScan,
    um: int,
    corner: tuple[int, int],
    image: NDArray[np.float32],
    box: Box,
    check: Callable[[], None],
) -> Box:
    """Bring a magnified image up to date with a box of the scan, and return where it may have changed.

    `corner` is the place of the image on the Frame's lattice at that magnification, pixels.
    """
    rows, columns = image.shape
    ends = prepared.frame.lattice(um, *corner).inverse([box[:2], box[2:]])
    low, high = np.floor(ends.min(0)).astype(int) - 2, np.ceil(ends.max(0)).astype(int) + 2
    left, top = max(0, low[0]), max(0, low[1])
    right, bottom = min(columns, high[0]), min(rows, high[1])
    if left < right and top < bottom:
        size = bottom - top, right - left
        image[top:bottom, left:right] = magnified_part(prepared, um, corner[0] + left, corner[1] + top, *size, check)
    return int(left), int(top), int(right), int(bottom)


def magnified_part(
    prepared: PreparedScan,
    um: int,
    left: int,
    top: int,
    rows: int,
    columns: int,
    check: Callable[[], None] = lambda: None,
) -> NDArray[np.float32]:
    """Return the intensities of `PreparedScan.magnified` for a small part, reading the pixels below it alone."""
    margin = int(np.ceil(1000 * RIM_MM / um)) + 2  # what is seen depends on the breast that far away
    lattice = prepared.frame.lattice(um, left - margin, top - margin)
    size = rows + 2 * margin, columns + 2 * margin
    ends = lattice([[0, 0], [size[1], size[0]]])
    # Blocks of pixels that are averaged begin at the scan's corner.
    steps = [max(1, int(abs(s) + 0.25)) for s in (lattice.column_scale, lattice.row_scale)]
    height, width = prepared.image.shape
    across, down = (
        slice(max(0, (int(low) // step - 2) * step), min(end, (int(high) // step + 3) * step))
        for low, high, step, end in zip(ends.min(0), ends.max(0), steps, (width, height), strict=True)
    )
    shifted = Affine(column_shift=-across.start, row_shift=-down.start)
    breast: Breast = replace(prepared.breast, to_scan=shifted @ prepared.breast.to_scan)
    frame = replace(prepared.frame, to_scan=shifted @ prepared.frame.to_scan)
    part = replace(prepared, image=prepared.image[down, across], breast=breast, frame=frame)
    values, _mask = part.magnified(um, left - margin, top - margin, *size, check)
    return values[margin:-margin, margin:-margin]
