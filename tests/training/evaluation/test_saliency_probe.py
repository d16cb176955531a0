"""Pointing, energy and precision of the saliency against a slow count, square by square and pixel by pixel."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from mammoview.assess.results.sensitivity import Weighting
from training.data.prepare import PreparedMammogram, PreparedOutline
from training.evaluation.out_of_fold import OutOfFoldImage
from training.evaluation.saliency_probe import pointing_rates

SQUARE, SIGMA = 8, 4.0
UNIT_UM, UM, MARGIN_UM = 50, 200, 1600
"""Of the lattice of the outlines, of the image, and by which the box of an outline is widened."""


def inside(points: NDArray[np.float64], x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Whether a ray from each place crosses the polygon an odd number of times."""
    odd = np.zeros(x.shape, bool)
    for (x0, y0), (x1, y1) in zip(points, np.roll(points, -1, 0), strict=True):
        odd ^= ((y0 > y) != (y1 > y)) & (x < x0 + (y - y0) * (x1 - x0) / (y1 - y0))
    return odd


def smoothed(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """A Gaussian as a sum over its kernel, the picture mirrored at its edges."""
    reach = int(4 * SIGMA + 0.5)
    kernel = np.exp(-(np.arange(-reach, reach + 1) ** 2) / (2 * SIGMA**2))
    kernel /= kernel.sum()
    for _ in range(2):
        wide = np.pad(values, ((0, 0), (reach, reach)), mode="symmetric")
        values = np.array([np.convolve(line, kernel, mode="valid") for line in wide]).T
    return values


def average_precision(labels: list[bool], scores: list[float]) -> float:
    order = sorted(range(len(scores)), key=lambda k: -scores[k])
    found, total = 0, 0.0
    for n, k in enumerate(order, 1):
        if labels[k]:
            found += 1
            total += found / n
    return total / found


def slow_figures(member: PreparedMammogram, saliency: NDArray[np.float32]) -> tuple[bool, float, float]:
    """Whether the highest square points at a lesion, the share of energy inside, the precision-recall area.

    All in units of the lattice of the outlines.
    """
    left, top = member.corners[UM]
    polygons = [outline.points for outline in member.findings]
    scale = UM / UNIT_UM
    rows, columns = saliency.shape
    down, across = np.indices((rows, columns)) + 0.5
    marked = np.any([inside(points, (across + left) * scale, (down + top) * scale) for points in polygons], 0)
    energy = float((saliency * marked).sum() / saliency.sum())
    smooth, mask = smoothed(saliency.astype(np.float64)), member.mask(UM).astype(np.float64)
    labels, scores, best, place = [], [], -1.0, (0.0, 0.0)
    for i in range(rows // SQUARE):
        for j in range(columns // SQUARE):
            at = np.s_[i * SQUARE : (i + 1) * SQUARE, j * SQUARE : (j + 1) * SQUARE]
            if mask[at].mean() <= 127:
                continue
            labels.append(bool(marked[at].mean() >= 0.5))
            scores.append(float(smooth[at].mean()))
            if scores[-1] > best:
                best = scores[-1]
                place = ((j + 0.5) * SQUARE + left) * scale, ((i + 0.5) * SQUARE + top) * scale
    margin = MARGIN_UM / UNIT_UM
    pointing = any(
        all(low - margin <= at <= high + margin for low, at, high in zip(p.min(0), place, p.max(0), strict=True))
        for p in polygons
    )
    return pointing, energy, average_precision(labels, scores)


def case(rng: np.random.Generator, folder: Path) -> tuple[PreparedMammogram, NDArray[np.float32]]:
    """A mammogram with one to three outlines, and a saliency that is higher near them, or elsewhere."""
    rows, columns = rng.integers(60, 90, 2)
    corner = tuple(int(n) for n in rng.integers(0, 40, 2))
    centres = rng.uniform(20, (columns - 20, rows - 20), (rng.integers(1, 4), 2))
    outlines = []
    for x, y in centres:
        angles, radii = np.sort(rng.uniform(0, 2 * np.pi, 9)), rng.uniform(7, 14, 9)
        ring = np.column_stack([x + radii * np.cos(angles), y + radii * np.sin(angles)])
        outlines.append((ring + corner) * UM / UNIT_UM)
    findings = tuple(PreparedOutline(points, "MASS", "BENIGN") for points in outlines)
    corners = {UM: corner, 400: (corner[0] // 2 - int(rng.integers(0, 3)), corner[1] // 2 - int(rng.integers(0, 3)))}
    member = PreparedMammogram(folder, "made", "view", "woman", 0, False, findings, corners, {})
    mask = np.zeros((rows, columns), np.uint8)
    mask[4:-4, : columns - 6] = 255
    np.save(folder / f"made.view.{UM}.npy", rng.random((rows, columns)).astype(np.float16))
    np.save(folder / f"made.view.{UM}.mask.npy", mask)
    x, y = centres[0] + rng.choice([0, 9, 25]) * rng.choice([-1, 1], 2)
    down, across = np.indices((rows, columns))
    hill = np.exp(-((across - x) ** 2 + (down - y) ** 2) / 60)
    return member, (hill * rng.random((rows, columns)) + 0.02 * rng.random((rows, columns))).astype(np.float32)


def test_figures_of_the_saliency_are_those_of_a_slow_count(tmp_path: Path) -> None:
    rng = np.random.default_rng(5)
    pointed = []
    for _ in range(12):
        member, saliency = case(rng, tmp_path)
        image = OutOfFoldImage(member, np.zeros((0, 0, 0), np.float32), np.zeros((0, 0), np.float32))
        half = saliency * (rng.random(saliency.shape) < 0.5)
        found = pointing_rates(image, {Weighting.ENTROPY: saliency, Weighting.LABEL: half})
        for values, of in ((saliency, ""), (half, f", {Weighting.LABEL}")):
            pointing, energy, precision = slow_figures(member, values)
            assert found[f"pointing game{of}"] == pointing
            assert found[f"energy inside the outline{of}"] == pytest.approx(energy, rel=1e-4)
            assert found[f"AUPRC{of}"] == pytest.approx(precision, abs=1e-6)
            pointed.append(pointing)
    assert 3 < sum(pointed) < len(pointed) - 3, "some of either"
