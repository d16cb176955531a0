"""Calibration of the shipped grids: which patches count, and what a fit on other women mends."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from mammoview.assess.inference.dense_classifier import DenseResult
from mammoview.study.geometry import Affine
from mammoview.study.scan import Outline, OutlineKind
from tests.support.phantoms import breast_pixels, scan_of
from training.experiments.grid_calibration import Patches, patches, rows

STEP, SIDE = 8, 64


def outline(left: float, top: float, side: float) -> Outline:
    points = np.array([[left, top], [left + side, top], [left + side, top + side], [left, top + side]], float)
    return Outline(points, OutlineKind.BOUNDARY, "MASS", "BENIGN")


def test_positives_are_centred_on_findings_that_fit_and_negatives_are_tissue_that_touches_none() -> None:
    scan = replace(scan_of(breast_pixels()), outlines=(outline(400, 320, 160), outline(800, 800, 400)))
    lattice = Affine(4, 4)
    logits = np.arange(60 * 50, dtype=float).reshape(60, 50)
    share = np.ones((60, 50))
    share[:, 40:] = 0.5
    found = DenseResult(np.empty((0, 0), np.float32), 0, 0, logits, share, STEP, SIDE)
    said, label = patches(scan, found, lattice)
    # The small finding's centre is at (480, 400), so (120, 100) in the magnified image; the large one does not fit.
    row, column = round((100 - SIDE / 2) / STEP), round((120 - SIDE / 2) / STEP)
    assert said[label].tolist() == [logits[row, column]] and 0 < (~label).sum() <= 24
    for value in said[~label].astype(int):
        y, x = (4 * STEP * part for part in divmod(int(value), 50))
        assert x < 40 * 4 * STEP
        for left, top, right, bottom in (o.box for o in scan.outlines):
            assert x + 4 * SIDE <= left or x >= right or y + 4 * SIDE <= top or y >= bottom


def test_logits_that_are_off_are_mended_on_women_whom_the_fit_did_not_see() -> None:
    rng = np.random.default_rng(0)
    z = rng.normal(0, 2, 6000)
    label = rng.random(len(z)) < 1 / (1 + np.exp(-z))
    found = Patches(2 * z + 3, label, rng.integers(0, 200, len(z)).astype(str))
    figures = {(way, name): figure for _, way, name, figure in rows(found, 100)}
    assert figures["as shipped", "ECE"].value > 0.15 and figures["fitted anew", "ECE"].value < 0.03
    change = figures["fitted anew, minus as shipped", "ECE"]
    assert change.high < 0
    assert change.value == pytest.approx(figures["fitted anew", "ECE"].value - figures["as shipped", "ECE"].value)
