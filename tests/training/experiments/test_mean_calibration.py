"""The calibration of the mean: which cells count, and figures that are known beforehand."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from mammoview.assess.models.networks import TissueConfig
from mammoview.assess.results.assessment import MEAN_CALIBRATION
from training.data.prepare import PreparedMammogram
from training.experiments.mean_calibration import GridCells, calibration_rows, cells, joined
from training.fit.dense_scan import scanned

CONFIG = TissueConfig(widths=(24, 48, 96), unshuffle=2)
THRESHOLDS = dict.fromkeys((100, 150, 200), 0.6)


def test_cells_lie_on_findings_or_touch_none(members: list[PreparedMammogram]) -> None:
    member = next(
        m for m in members if m.findings and not m.unplaced and all(np.ptp(p, 0).max() < 128 for p in m.polygons(200))
    )
    read = {}
    for um, z in ((100, 1.0), (150, 2.0), (200, 3.0)):
        rows, columns = ((n - 128) // 16 + 1 for n in member.image(um).shape)
        read[um] = scanned(member, um, CONFIG, np.full((rows, columns), z))
    found = cells(member, read, THRESHOLDS, 200)
    # Cells are 32 px apart and a patch is on a finding up to 16 px off: one for each finding.
    assert found.label.sum() == len(member.findings)
    assert 0 < (~found.label).sum() <= 24
    assert (found.group == member.group).all()
    for name, z in (("100 um", 1.0), ("150 um", 2.0), ("200 um", 3.0), ("mean", 2.0)):
        inside = found.share > 0.9
        np.testing.assert_allclose(found.p[name][inside], 1 / (1 + np.exp(-z)), atol=1e-5)
    assert len(joined([found, found]).label) == 2 * len(found.label)


def test_a_calibrated_probability_has_no_error_and_a_shifted_one_has_its_shift() -> None:
    rng = np.random.default_rng(0)
    p = rng.uniform(0.02, 0.98, 40_000)
    label = rng.random(len(p)) < p
    found = GridCells(
        {"mean": p, "100 um": np.clip(p + 0.1, 0, 1)}, label, np.ones(len(p)), rng.integers(0, 500, len(p)).astype(str)
    )
    table = {(r.name, r.subset): r.figure for r in calibration_rows(found, 0.5, "made up")}
    assert table["ECE, mean", "all cells"].value < 0.02
    assert table["ECE, 100 um", "all cells"].value == pytest.approx(0.1, abs=0.02)
    assert table["ECE, 100 um", "tissue"].low < table["ECE, 100 um", "all cells"].value
    assert table["Brier, mean", "all cells"].value == pytest.approx(1 / 6, abs=0.01)
    sensitivity = table["sensitivity at 0.500, mean", "all cells"]
    assert sensitivity.value == pytest.approx(0.75, abs=0.02)
    assert sensitivity.n == label.sum()


def test_the_window_tells_what_was_measured() -> None:
    table = Path(__file__).parents[3] / "training" / "results" / "grid_calibration.csv"
    with table.open(newline="", encoding="utf-8") as f:
        asked = {"grid": "mean", "calibration": "fitted on other women", "figure": "ECE"}
        (row,) = (r for r in csv.DictReader(f) if r.items() >= asked.items())
    reported = [float(row[name]) for name in ("value", "low 95 %", "high 95 %")]
    np.testing.assert_allclose(MEAN_CALIBRATION, reported, atol=5e-4)
