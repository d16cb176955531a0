"""The bundled models on real scans they never saw: the layers lie on the breast, in the right place, on both sides."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from mammoview import open_study
from mammoview.anatomy.breast import find_breast
from mammoview.anatomy.intensity import tissue_bright
from mammoview.assess.inference.assessor import Assessor
from mammoview.assess.results.assessment import Assessment
from mammoview.assess.results.assessment_files import saliency_in_scan
from mammoview.assess.results.hits_and_overlap import OutlineComparison, operating_points
from mammoview.study.scan import Laterality, Scan


@pytest.fixture(scope="module")
def assessed(samples: Path) -> list[tuple[Scan, Assessment]]:
    """The two CC scans of the malignant sample case."""
    assessor = Assessor("cpu")
    scans = [s for s in open_study(samples / "sfm-malign-0")[0].scans if s.projection == "CC"]
    return [(scan, assessor.assess(scan)) for scan in scans]


def test_both_sides_are_assessed(assessed: list[tuple[Scan, Assessment]]) -> None:
    assert {scan.laterality for scan, _ in assessed} == {Laterality.L, Laterality.R}
    for _, result in assessed:
        assert result.frame_heatmap.values.shape == (32, 32)
        assert result.grids[200].values.size > 50


def test_layers_are_dark_off_the_breast(assessed: list[tuple[Scan, Assessment]]) -> None:
    for scan, result in assessed:
        breast = find_breast(tissue_bright(scan.pixels, scan.grey), scan.spacing)
        distance_mm = 15.0
        rows, columns = breast.mask.shape
        for layer in (result.heatmap, *result.grids.values()):
            r, c = np.nonzero(layer.values > 0)
            centres = breast.to_scan.inverse(layer.to_scan(np.stack([c + 0.5, r + 0.5], 1)))
            for column, row in centres:
                reach = int(distance_mm / 0.4)
                near = breast.mask[
                    max(0, int(row) - reach) : min(rows, int(row) + reach + 1),
                    max(0, int(column) - reach) : min(columns, int(column) + reach + 1),
                ]
                assert near.any(), "a cell lights up more than 15 mm from the breast"


def test_labels_and_film_edges_stay_dark(assessed: list[tuple[Scan, Assessment]]) -> None:
    """The marker letters lie in the outer upper corner, the white film edges along top and bottom."""
    for scan, result in assessed:
        outer = scan.columns * 0.93 if scan.laterality is Laterality.L else scan.columns * 0.07
        for column, row in ((outer, scan.rows * 0.1), (scan.columns / 2, 40), (scan.columns / 2, scan.rows - 40)):
            assert (result.heatmap.at(column, row) or 0) == 0
            assert (result.grids[200].at(column, row) or 0) == 0


def test_the_saliency_lies_inside_the_heatmap_at_full_resolution(assessed: list[tuple[Scan, Assessment]]) -> None:
    for scan, result in assessed:
        full = saliency_in_scan(result, scan)
        assert full.shape == scan.pixels.shape
        rows, columns = np.nonzero(full)
        assert rows.size, "both sample scans have gated patches"
        picked = np.random.default_rng(0).integers(0, len(rows), 300)
        reach = 8  # bilinear reading blurs the bound by up to one pixel of the magnified image
        for r, c in zip(rows[picked], columns[picked], strict=True):
            values = [result.heatmap.at(c + dx, r + dy) or 0 for dx in (-reach, 0, reach) for dy in (-reach, 0, reach)]
            assert max(values) >= result.tau


def test_the_grid_lights_up_on_every_outlined_finding(assessed: list[tuple[Scan, Assessment]]) -> None:
    """In both CC views of the malignant case; these patients were never trained on."""
    for scan, result in assessed:
        compared = OutlineComparison(scan, result)
        found = compared.at("grid_200um", operating_points(result)["grid_200um"])
        assert compared.outlines
        assert found.hits == len(compared.outlines)


def test_findings_lie_on_the_breast(assessed: list[tuple[Scan, Assessment]]) -> None:
    assert any(result.findings for _, result in assessed), "one of the two views has a mass that is listed"
    for scan, result in assessed:
        breast = find_breast(tissue_bright(scan.pixels, scan.grey), scan.spacing)
        for finding in result.findings:
            column, row = breast.to_scan.inverse((finding.column, finding.row)).astype(int)
            around = breast.mask[max(0, row - 8) : row + 9, max(0, column - 8) : column + 9]
            assert around.any()
