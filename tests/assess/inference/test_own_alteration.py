"""A model of one's own answers for an altered picture as it does for one that was stored so."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mammoview.assess.inference.own_alteration import OwnRegionAssessor
from mammoview.assess.inference.scan_assessor import make_assessor
from mammoview.display.scan_analysis import analyse
from mammoview.study.pixel_changes import PixelChange, PixelRegion, altered_copy
from tests.assess.inference.test_own_assessor import LESION, TASKS, phantom, written
from tests.support.phantoms import breast_pixels, scan_of


@pytest.mark.parametrize("task", TASKS)
def test_the_answer_is_that_of_a_picture_that_was_stored_so(task: str, tmp_path: Path) -> None:
    scan, plain = phantom(), breast_pixels()
    # A normalisation that does not depend on the picture.
    fixed = {"normalisation": "fixed", "mean": 3000.0, "deviation": 1000.0}
    assessor = make_assessor(model=written(tmp_path, task, **fixed))
    made = assessor.assess(scan)
    column, row, side = (int(n) for n in LESION)
    region = PixelRegion(column, row, np.ones((side, side), np.bool_))
    change = PixelChange(region, plain[row : row + side, column : column + side])
    copy = altered_copy(scan, (change,))
    assert np.array_equal(copy.pixels, plain)

    regions = OwnRegionAssessor(assessor)
    true = regions.prepare(scan, made)
    state = true.copied()
    regions.answer(true, state, copy.pixels, [region.box])
    found, picture = regions.assessment(true, state), scan_of(plain, scan.laterality)
    stored = assessor.assess(picture, analysis=replace(analyse(picture), breast=true.analysis.breast))
    np.testing.assert_allclose(found.heatmap.values, stored.heatmap.values, atol=1e-6)
    assert [(one.column, one.row) for one in found.marks] == [(one.column, one.row) for one in stored.marks]
    assert list(found.grids) == list(stored.grids) and not found.saliency.values.any()
    assert found.provenance["altered"] and found.own_model == "means 1"
    changed = regions.changes(true, state, region)
    assert changed.fused.after < changed.fused.before and changed.baseline is None and changed.folds == ()
    assert set(changed.grids) == set(stored.grids)
    # What is undone leaves nothing behind.
    regions.answer(true, state, scan.pixels, [region.box])
    np.testing.assert_array_equal(state.made.heatmap.values, made.heatmap.values)
