"""Maps put together are compared on one set of images, and the shipped one is among them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from mammoview.assess.models.bundle import load_bundle
from mammoview.assess.models.networks import FusedHeatmap
from mammoview.evaluation.statistics import CandidateMarks, FreeResponse
from training.data.prepare import PreparedMammogram
from training.experiments.ensemble import combined, difference, images, rows


def _response(best: list[float], false: list[float]) -> FreeResponse:
    return FreeResponse(
        [
            CandidateMarks(f"p{i}", np.array([b, f]), np.array([0, -1]), 1)
            for i, (b, f) in enumerate(zip(best, false, strict=True))
        ]
    )


def test_the_difference_of_sensitivities_is_drawn_for_both_at_once() -> None:
    rng = np.random.default_rng(0)
    best, false = rng.random(60) + 0.2, rng.random(60)
    better = _response(list(best + 0.3), list(false))
    worse = _response(list(best), list(false))
    found = difference(better, worse, 0.25)
    assert found.value == pytest.approx(better.sensitivity(0.25) - worse.sensitivity(0.25))
    assert 0 < found.low <= found.value <= found.high
    assert found.n == 60
    same = difference(better, better, 0.25)
    assert (same.value, same.low, same.high) == (0, 0, 0)


def test_the_shipped_maps_alone_and_together(members: list[PreparedMammogram], tmp_path: Path) -> None:
    bundle = load_bundle()
    assert isinstance(bundle.fused.network, FusedHeatmap)
    chosen = [m for m in members if m.source == "mini_mias" and not m.unplaced][:6]
    found = images(bundle, chosen, tmp_path)
    grids = bundle.fused.network.config.grids
    maps = combined(found[0], grids)
    single = np.stack([maps[f"grid {um} um"] for um in grids])
    np.testing.assert_allclose(maps["mean of the grids"], single.mean(0), atol=1e-6)
    assert (maps["highest of the grids"] >= single).all()
    assert ((maps["mean of the grids"] >= 0) & (maps["mean of the grids"] <= 1)).all()
    table = list(rows(found, grids))
    lesions = sum(len(m.findings) for m in chosen)
    assert {r.figure.n for r in table} == {lesions}
    fused = [r for r in table if r.name == "TPR at 1 FP/image, fused heatmap"]
    assert len(fused) == 1
    assert not any("fused heatmap minus" in r.name for r in table)
