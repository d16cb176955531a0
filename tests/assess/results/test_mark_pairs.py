"""Marks of CC and MLO that lie equally deep behind the nipple are pairs; and how large a mark is."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from mammoview.assess.results.assessment import Finding, Layer
from mammoview.assess.results.mark_pairs import TOLERANCE_MM, likely_pairs, pair_table, paired, placed, same_lesion
from mammoview.assess.results.mark_size import finding_outline, finding_size_mm, mark_size_mm
from mammoview.display.breast_position import BreastPosition, breast_position, clock_hour
from mammoview.display.scan_analysis import analyse
from mammoview.export.regions import finding_cells
from mammoview.study.geometry import Affine
from mammoview.study.scan import Laterality, Projection, Side
from mammoview.study.spacing import UNKNOWN_SPACING, Spacing, SpacingSource
from tests.support.phantoms import assessed, breast_pixels, scan_of


def view(laterality: Laterality, projection: Projection):
    side = Side.LEFT if laterality is Laterality.L else Side.RIGHT
    scan = scan_of(breast_pixels(side=side), laterality=laterality, projection=projection)
    scan.spacing = Spacing(0.4, 0.4, SpacingSource.CALIBRATED)
    return analyse(scan)


def at_depth(analysis, depth_mm: float) -> tuple[float, float]:
    """Return the scan point that far behind the nipple, straight inwards."""
    column, row = analysis.nipple
    step = depth_mm / 0.4
    return (column - step if analysis.orientation.chest_wall is Side.LEFT else column + step), row


def test_each_mark_has_one_partner_the_highest_scores_first() -> None:
    def pairs(cc, mlo):
        return likely_pairs(cc, mlo, TOLERANCE_MM)

    assert pairs([(10, 0.3), (40, 0.9)], [(12, 0.2), (41, 0.8)]) == [(1, 1), (0, 0)]
    assert pairs([(10, 0.3), (14, 0.9)], [(10, 0.5)]) == [(1, 0)]
    assert pairs([(10, 0.9)], [(10 + TOLERANCE_MM + 0.1, 0.9)]) == []
    assert pairs([], [(3.0, 0.9)]) == []


@pytest.mark.parametrize("side", list(Laterality))
def test_marks_of_one_breast_at_one_depth_are_a_pair(side: Laterality) -> None:
    cc, mlo = view(side, Projection.CC), view(side, Projection.MLO)
    other = view(Laterality.L if side is Laterality.R else Laterality.R, Projection.MLO)
    marks = [
        *placed(cc, assessed(cc.scan, at_depth(cc, 40), at_depth(cc, 80))),
        *placed(mlo, assessed(mlo.scan, at_depth(mlo, 40))),
        *placed(other, assessed(other.scan, at_depth(other, 40))),
    ]
    (pair,) = paired(marks)
    assert (pair.craniocaudal, pair.oblique, pair.letter) == (marks[0], marks[2], "A")
    assert pair.difference_mm < 3
    (line,) = pair_table([pair])
    assert line["cc"]["view"] == f"{side} CC" and line["mlo"]["rank"] == 1
    assert line["cc"]["behind_nipple_mm"] == pytest.approx(40, abs=1)


def test_without_spacing_or_curve_nothing_is_said() -> None:
    analysis = view(Laterality.L, Projection.CC)
    made = assessed(analysis.scan, at_depth(analysis, 40))
    assert same_lesion(made) is None
    analysis.scan.spacing = UNKNOWN_SPACING
    assert breast_position(analysis, 10, 10) is None and paired(placed(analysis, made)) == []


def test_depth_and_distance_and_the_clock_face() -> None:
    position = BreastPosition(30, 40)
    assert position.from_nipple == pytest.approx(50)
    assert position.behind_nipple(oblique=False) == 30 and position.behind_nipple(oblique=True) > 30
    lateral, medial = BreastPosition(30, 20), BreastPosition(30, -20)
    above, below, level = BreastPosition(30, 20), BreastPosition(30, -20), BreastPosition(30, 0)
    assert [clock_hour(Laterality.L, lateral, p) for p in (above, level, below)] == [2, 3, 4]
    assert [clock_hour(Laterality.R, lateral, p) for p in (above, level, below)] == [10, 9, 8]
    assert clock_hour(Laterality.L, medial, level) == 9
    assert clock_hour(Laterality.R, BreastPosition(30, 0), above) == 12
    assert clock_hour(Laterality.R, BreastPosition(30, 6), BreastPosition(30, 7)) is None


def test_a_mark_is_as_large_as_what_stands_out_half_as_high() -> None:
    rows, columns = np.mgrid[:40, :40] + 0.5
    values = np.exp(-(((rows - 20.5) ** 2 + (columns - 12.5) ** 2) / 18)).astype(np.float32)
    heatmap = Layer(values, Affine(32, 32))
    spacing = Spacing(0.1, 0.1, SpacingSource.CALIBRATED)
    size = mark_size_mm(heatmap, 12.5 * 32, 20.5 * 32, spacing)
    assert size == pytest.approx(2 * 3.2 * np.sqrt(18 * np.log(2)), rel=0.08)
    weaker = replace(heatmap, values=values / 10)
    assert mark_size_mm(weaker, 12.5 * 32, 20.5 * 32, spacing) == pytest.approx(size)
    assert mark_size_mm(heatmap, 12.5 * 32, 20.5 * 32, UNKNOWN_SPACING) is None
    assert mark_size_mm(heatmap, -5, 0, spacing) is None
    assert mark_size_mm(replace(heatmap, values=np.zeros_like(values)), 400, 600, spacing) is None


def test_a_cluster_of_bright_spots_covers_where_its_spots_were_counted() -> None:
    """The heatmap, which may be flat there, says nothing of it."""
    heatmap = Layer(np.full((30, 20), 0.01, np.float32), Affine(32, 32))
    spacing = Spacing(0.1, 0.1, SpacingSource.ASSUMED)
    mark = Finding(1, 10.5 * 32, 15.5 * 32, None, None, 0.4, (), cluster=True)
    assert finding_size_mm(heatmap, mark, spacing) is None
    (left, top), (right, bottom) = (f(finding_outline(heatmap, mark), axis=0) for f in (np.min, np.max))
    assert (left + right, top + bottom) == pytest.approx((2 * mark.column, 2 * mark.row))
    assert (right - left, bottom - top) == pytest.approx((80, 80)), "8 mm"
    assert np.argwhere(finding_cells(heatmap, mark, spacing)).tolist() == [
        [14, 10],
        [15, 9],
        [15, 10],
        [15, 11],
        [16, 10],
    ]
