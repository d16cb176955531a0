"""Where the saliency of an evaluation points, against a slow count cell by cell."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from mammoview.assess.results.assessment import Layer
from mammoview.assess.results.hits_and_overlap import averaged_saliency, highest_place
from mammoview.evaluation.results import rows_of
from mammoview.study.geometry import Affine
from mammoview.study.scan import box
from mammoview.study.spacing import UNKNOWN_SPACING, Spacing, SpacingSource
from tests.evaluation.made_results import result_of, scan_of

MM = 1.6
NOMINAL = 0.05


def slow_place(
    values: NDArray[np.float32], matrix: NDArray[np.float64], spacing: Spacing
) -> tuple[float, float] | None:
    """Centre of the square of 1.6 mm with the highest mean, in scan pixels; what lies beyond the edge counts as 0."""
    across, down = (spacing.column_mm, spacing.row_mm) if spacing.known else (NOMINAL, NOMINAL)
    wide = max(1, round(MM / np.hypot(matrix[0, 0] * across, matrix[1, 0] * down)))
    high = max(1, round(MM / np.hypot(matrix[0, 1] * across, matrix[1, 1] * down)))
    best, place = 0.0, None
    for row in range(0, len(values), high):
        for column in range(0, len(values[0]), wide):
            total = 0.0
            for i in range(row, min(row + high, len(values))):
                for j in range(column, min(column + wide, len(values[0]))):
                    total += 0.0 if np.isnan(values[i, j]) else float(values[i, j])
            if total / (high * wide) > best:
                best, place = total / (high * wide), (column + wide / 2, row + high / 2)
    return None if place is None else tuple((matrix @ (*place, 1.0))[:2].tolist())


@pytest.mark.parametrize("seed", range(8))
def test_the_saliency_points_where_a_slow_count_says(seed: int) -> None:
    rng = np.random.default_rng(seed)
    known = seed % 4 != 3
    spacing = Spacing(*rng.uniform(0.06, 0.3, 2), SpacingSource.CALIBRATED) if known else UNKNOWN_SPACING
    step, shift = rng.uniform(1.5, 4, 2), rng.uniform(0, 40, 2)
    step[0] *= rng.choice([-1, 1])
    matrix = np.array([[step[0], 0, shift[0] + 400 * (step[0] < 0)], [0, step[1], shift[1]], [0, 0, 1]])
    values = rng.random((rng.integers(30, 70), rng.integers(30, 70))).astype(np.float32) ** 8
    values[rng.random(values.shape) < 0.2] = np.nan
    layer = Layer(values, Affine(step[0], step[1], matrix[0, 2], matrix[1, 2]))
    found = highest_place(averaged_saliency(layer, spacing))
    assert found == pytest.approx(slow_place(values, matrix, spacing))
    # A lesion is hit within 1.6 mm of its box.
    across, down = (spacing.column_mm, spacing.row_mm) if known else (NOMINAL, NOMINAL)
    x, y = found
    for dx, dy in ((MM / across, 0), (0, MM / down)):
        for far, hit in ((0.98, True), (1.02, False)):
            left, top = x + far * dx, y + far * dy
            scan = scan_of("a", (box(left, top, left + 30, top + 30),), spacing=spacing)
            view = rows_of(result_of(scan, "w", [], highest={"heatmap": None, "saliency": found})).view
            assert (view["pointing_saliency"], view["pointing_heatmap"]) == (hit, False)


def test_nothing_points_nowhere() -> None:
    spacing = Spacing(0.1, 0.2, SpacingSource.CALIBRATED)
    for values in (np.zeros((9, 9), np.float32), np.full((9, 9), np.nan, np.float32)):
        assert highest_place(averaged_saliency(Layer(values, Affine(2, 2)), spacing)) is None
