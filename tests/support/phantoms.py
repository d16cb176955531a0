"""Generated mammograms with known ground truth: a half disc of tissue on dark film."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mammoview.anatomy.frame import Frame
from mammoview.assess.results.assessment import Assessment, Finding, Grid, Layer
from mammoview.assess.results.sensitivity import Sensitivity
from mammoview.display.scan_analysis import ScanAnalysis, analyse
from mammoview.study.geometry import Affine
from mammoview.study.grey_pipeline import GreyPipeline
from mammoview.study.scan import Laterality, Outline, Projection, Scan, Side
from mammoview.study.spacing import Spacing, SpacingSource

MODELS = [
    {"name": "tissue-200um", "version": "1.0", "sha256": "0123456789abcdef" * 4},
    {"name": "heatmap-fused", "version": "1.1", "sha256": "fedcba9876543210" * 4},
]
ASSUMED = Spacing(0.2, 0.2, SpacingSource.ASSUMED)


def breast_pixels(rows: int = 600, columns: int = 400, side: Side = Side.LEFT, top: int = 4000) -> NDArray[np.uint16]:
    """Return uint16 (rows, columns): air about 50, tissue 1500..`top`, chest wall on `side`."""
    return _breast_pixels(rows, columns, side, top).copy()


@lru_cache(maxsize=16)
def _breast_pixels(rows: int, columns: int, side: Side, top: int) -> NDArray[np.uint16]:
    y, x = np.mgrid[:rows, :columns] + 0.5
    if side is Side.RIGHT:
        x = columns - x
    distance = np.hypot(x / (0.7 * columns), (y - rows / 2) / (0.4 * rows))
    noise = np.random.default_rng(7).integers(0, 40, (rows, columns))
    tissue = 1500 + (top - 1500) * (1 - distance)
    return np.where(distance < 1, tissue + noise, 30 + noise).astype(np.uint16)


def scan_of(
    pixels: NDArray[np.generic],
    laterality: Laterality | None = Laterality.L,
    projection: Projection | None = Projection.CC,
    grey: GreyPipeline | None = None,
    spacing: Spacing = ASSUMED,
    orientation: tuple[str, str] | None = None,
    outlines: tuple[Outline, ...] = (),
    patient: str = "",
) -> Scan:
    """Return a Scan of these stored pixels, as a reader would make it."""
    return Scan(
        path=Path("phantom.dcm"),
        rows=pixels.shape[0],
        columns=pixels.shape[1],
        read=pixels.copy,
        laterality=laterality,
        projection=projection,
        spacing=spacing,
        orientation=orientation,
        grey=grey or GreyPipeline(),
        outlines=outlines,
        patient=patient,
    )


def exchanged(scan: Scan) -> Scan:
    """Return the same scan stored on its side: transposed, with its outlines and orientation."""
    pixels = np.ascontiguousarray(scan.pixels.T)
    return replace(
        scan,
        rows=scan.columns,
        columns=scan.rows,
        read=pixels.copy,
        spacing=scan.spacing.turned,
        orientation=None if scan.orientation is None else (scan.orientation[1], scan.orientation[0]),
        outlines=tuple(replace(one, points=one.points[:, ::-1]) for one in scan.outlines),
        annotations=tuple(replace(one, points=one.points[:, ::-1]) for one in scan.annotations),
        marks=tuple(replace(one, points=one.points[:, ::-1]) for one in scan.marks),
        _pixels=None,
    )


def assessed(
    scan: Scan, *places: tuple[float, float], sharp: bool = False, analysis: ScanAnalysis | None = None
) -> Assessment:
    """Return an Assessment whose layers all have one blob at each place (column, row in scan pixels).

    Parameters
    ----------
    sharp
        One cell of 1.0 per place instead of a bump of 1 cm, so that the place is exact.
    analysis
        Of the scan, if it is known already.
    """
    frame = Frame.of((analysis or analyse(scan)).breast, scan.spacing)

    def values(lattice: Affine, rows: int, columns: int) -> NDArray[np.float32]:
        found = np.zeros((rows, columns), np.float32)
        for place in places:
            column, row = lattice.inverse(place)
            if sharp:
                found[int(row), int(column)] = 1
            else:
                width, height = lattice.cell(scan.spacing.row_mm / 9, scan.spacing.row_mm / 9)
                across = np.exp(-(((np.arange(columns) + 0.5 - column) * width) ** 2))
                down = np.exp(-(((np.arange(rows) + 0.5 - row) * height) ** 2))
                found = np.maximum(found, np.outer(down, across).astype(np.float32))
        return found

    heat = frame.lattice(3200)
    heatmap = Layer(values(heat, 32, 32), heat)
    stride = frame.lattice(200) @ Affine(32, 32)
    fine = frame.lattice(200)
    noise = np.random.default_rng(3).random((512, 512), np.float32)
    return Assessment(
        frame=frame,
        grids={200: Grid(values(stride, 16, 16), stride, stride_px=32, threshold=0.6)},
        mean_grid=Grid(values(stride, 16, 16), stride, stride_px=32, threshold=0.6, mean_of=(200,)),
        heatmap=heatmap,
        heatmap_baseline=heatmap,
        frame_heatmap=heatmap,
        frame_heatmap_baseline=heatmap,
        saliency=Layer(values(fine, 512, 512) * (1 if sharp else noise), fine),
        tau=0.4,
        marks=tuple(Finding(i, *place, None, None, 0.9 - 0.1 * i, ("heatmap",)) for i, place in enumerate(places, 1)),
        provenance={"models": MODELS, "device": "cpu"},
        warnings=("spacing is assumed (50 um)",),
    )


def gradients_of(assessment: Assessment) -> Sensitivity:
    """Return made-up gradients: a sure and an unsure patch side by side in the middle of the Frame."""
    side, rng = 128, np.random.default_rng(5)
    patches = rng.random((2, side, side), np.float32).astype(np.float16)
    starts = np.array([[192, 128], [192, 256]])
    return Sensitivity(
        patches,
        np.ones(2, np.float32),
        starts,
        np.array([4.0, 0.6]),
        1.0,
        assessment.frame.lattice(200),
        (512, 512),
        Layer(np.ones((32, 32), np.float32), assessment.frame.lattice(3200)),
        0.05,
    )
