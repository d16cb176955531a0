"""The whole assessment of a scan, with small untrained models and known geometry."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from mammoview.assess.inference.assessor import Assessor
from mammoview.assess.inference.flip_stability import flip_interval
from mammoview.assess.results.assessment_files import write
from mammoview.core.errors import CancelledError, MammoviewError, NoBreastError
from mammoview.study.geometry import TRANSPOSED
from mammoview.study.scan import Laterality, Projection, Side
from mammoview.study.spacing import UNKNOWN_SPACING, Spacing, SpacingSource
from tests.support.phantoms import breast_pixels, exchanged, scan_of
from tests.support.small_models import small_bundle, with_thresholds


@pytest.fixture(scope="module")
def assessor(tmp_path_factory: pytest.TempPathFactory) -> Assessor:
    return Assessor("cpu", bundle=small_bundle(tmp_path_factory.mktemp("models")))


def test_every_layer_is_there_in_its_place(assessor: Assessor) -> None:
    scan = scan_of(breast_pixels())
    reported: list[tuple[float, str]] = []
    result = assessor.assess(scan, lambda share, stage: reported.append((share, stage)))
    assert result.frame_heatmap.values.shape == (32, 32)
    assert result.frame_heatmap_baseline.values.shape == (32, 32)
    assert list(result.grids) == [200]
    assert reported[0][0] == 0.0
    assert reported[-1] == (1.0, "done")
    assert [s for s, _ in reported] == sorted(s for s, _ in reported)
    # The Frame's right edge lies at the breast's right-most column, its middle at the nipple's row.
    nipple = result.frame.to_scan((2048, 1024))
    np.testing.assert_allclose(nipple, (280, 300), atol=4)
    for layer in (result.heatmap, result.heatmap_baseline, *result.grids.values()):
        assert layer.values.dtype == np.float32
        assert 0 <= layer.values.min() <= layer.values.max() <= 1
        corners = layer.to_scan([(0, 0), layer.values.shape[::-1]])
        low, high = corners.min(0), corners.max(0)
        assert (low <= (2, 80)).all()
        assert (high >= (278, 520)).all(), "the layer covers the whole breast"


def test_left_and_right_are_mirror_images(assessor: Assessor) -> None:
    pixels = breast_pixels()
    left = assessor.assess(scan_of(pixels))
    right = assessor.assess(scan_of(np.ascontiguousarray(pixels[:, ::-1]), Laterality.R))
    np.testing.assert_allclose(left.heatmap.values, right.heatmap.values, atol=1e-4)
    np.testing.assert_allclose(left.grids[200].values, right.grids[200].values, atol=1e-4)
    point = np.array([100.0, 250.0])
    here, there = left.heatmap.at(*point), right.heatmap.at(400 - point[0], point[1])
    assert here == pytest.approx(there, abs=1e-4)


def test_scans_on_their_side_are_read_standing(assessor: Assessor) -> None:
    upright = scan_of(breast_pixels(), spacing=Spacing(0.21, 0.19, SpacingSource.CALIBRATED), orientation=("A", "R"))
    upright, lying = assessor.assess(upright), assessor.assess(exchanged(upright))
    for name in ("heatmap", "frame_heatmap", "saliency"):
        want, found = getattr(upright, name), getattr(lying, name)
        np.testing.assert_allclose(found.values, want.values, atol=1e-5)
        assert found.to_scan == TRANSPOSED @ want.to_scan
    np.testing.assert_allclose(lying.grids[200].values, upright.grids[200].values, atol=1e-5)
    assert [(f.row, f.column, f.y_mm, f.x_mm) for f in upright.findings] == [
        pytest.approx((f.column, f.row, f.x_mm, f.y_mm)) for f in lying.findings
    ]


def test_turned_over_scans_are_read_upright(assessor: Assessor) -> None:
    pixels = breast_pixels()
    pixels[200:220, 60:80] = 5000
    upright = assessor.assess(scan_of(pixels, projection=Projection.MLO, orientation=("A", "F")))
    over = assessor.assess(
        scan_of(np.ascontiguousarray(pixels[::-1]), projection=Projection.MLO, orientation=("A", "H"))
    )
    assert upright.heatmap.at(70, 210) == pytest.approx(over.heatmap.at(70, 390), abs=5e-3)


def test_the_saliency_stays_inside_the_heatmap_and_the_gate(tmp_path: Path) -> None:
    assessor = Assessor("cpu", bundle=small_bundle(tmp_path))
    scan = scan_of(breast_pixels())
    # A tau of 0 opens the heatmap everywhere, one above 1 nowhere: then nothing may be left.
    everywhere = Assessor("cpu", bundle=with_thresholds(assessor.bundle, tau=0.0, operating=0.0)).assess(scan)
    assert everywhere.saliency.values.max() > 0
    nowhere = Assessor("cpu", bundle=with_thresholds(assessor.bundle, tau=1.1, operating=0.0)).assess(scan)
    assert nowhere.saliency.values.max() == 0
    assert nowhere.findings == ()
    closed = Assessor("cpu", bundle=with_thresholds(assessor.bundle, tau=0.0, operating=1.1)).assess(scan)
    assert closed.saliency.values.max() == 0
    middle = float(np.median(everywhere.heatmap.values[everywhere.heatmap.values > 0]))
    bounded = Assessor("cpu", bundle=with_thresholds(assessor.bundle, tau=middle, operating=0.0)).assess(scan)
    rows, columns = np.nonzero(bounded.saliency.values)
    for r, c in list(zip(rows, columns, strict=True))[:: max(1, len(rows) // 200)]:
        column, row = bounded.saliency.to_scan((c + 0.5, r + 0.5))
        assert (bounded.heatmap.at(column, row) or 0) >= middle


def test_findings_are_ranked_and_measured(assessor: Assessor) -> None:
    scan = scan_of(breast_pixels())
    result = Assessor("cpu", bundle=with_thresholds(assessor.bundle, 0.0, 0.5)).assess(scan)
    assert [f.rank for f in result.findings] == list(range(1, len(result.findings) + 1))
    scores = [f.score for f in result.findings]
    assert scores == sorted(scores, reverse=True)
    for finding in result.findings:
        assert finding.x_mm == pytest.approx(finding.column * 0.2)
        assert result.heatmap.at(finding.column, finding.row) == pytest.approx(finding.score)


def test_cancelling_stops(assessor: Assessor) -> None:
    with pytest.raises(CancelledError):
        assessor.assess(scan_of(breast_pixels()), cancelled=lambda: True)


@pytest.mark.parametrize(
    "pixels",
    [np.zeros((600, 400), np.uint16), np.full((600, 400), 1234, np.uint16), np.full((600, 400), np.nan, np.float32)],
    ids=["black", "constant", "nan"],
)
def test_a_scan_without_a_breast_is_named(assessor: Assessor, pixels: np.ndarray) -> None:
    with pytest.raises(NoBreastError, match=r"phantom\.dcm: no breast"):
        assessor.assess(scan_of(pixels))


@pytest.mark.parametrize("shape", [(1, 1), (100, 3000)])
def test_pictures_out_of_scope_are_refused(assessor: Assessor, shape: tuple[int, int]) -> None:
    with pytest.raises(MammoviewError, match="out of the models' scope"):
        assessor.assess(scan_of(np.zeros(shape, np.uint16)))


def test_what_was_never_seen_is_said(assessor: Assessor) -> None:
    result = assessor.assess(scan_of(breast_pixels(1200, 800), projection=Projection.ML, spacing=UNKNOWN_SPACING))
    text = " ".join(result.warnings)
    assert "spacing is unknown" in text
    assert "projection ML" in text
    assert result.findings == () or result.findings[0].x_mm is None


def test_files_are_written_whole_and_without_identity(assessor: Assessor, tmp_path: Path) -> None:
    scan = scan_of(breast_pixels(), patient="Jane Doe 4711", spacing=Spacing(0.2, 0.25, SpacingSource.CALIBRATED))
    text, arrays = write(assessor.assess(scan), scan, tmp_path, "study_L_CC")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["study_L_CC.json", "study_L_CC.npz"]
    assert "Jane" not in text.read_text()
    facts = json.loads(text.read_text())
    assert facts["scan"]["spacing_source"] == "calibrated"
    assert facts["provenance"]["models"][0]["sha256"]
    with np.load(arrays, allow_pickle=False) as content:
        assert content["heatmap"].shape == (32, 32)
        assert content["heatmap_baseline"].shape == (32, 32)
        assert content["saliency"].shape == (600, 400)
        assert content["affine"].shape == (3, 3)
        assert "grid_200um" in content


def test_a_folder_that_cannot_be_written_to_is_named(assessor: Assessor, tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    scan = scan_of(breast_pixels())
    with pytest.raises(MammoviewError, match="nothing can be written here"):
        write(assessor.assess(scan), scan, blocked / "below")


def test_right_side_phantom_has_its_wall_right() -> None:
    assert breast_pixels(side=Side.RIGHT)[300, -1] > breast_pixels(side=Side.RIGHT)[300, 0]


def test_layers_arrive_as_they_are_made(assessor: Assessor) -> None:
    """The grid, then the heatmap, each as in the finished assessment; cancelled in between, the second never comes."""
    scan = scan_of(breast_pixels())
    came: list[tuple[str, object, float]] = []
    result = assessor.assess(scan, arrived=lambda *what: came.append(what))
    assert [name for name, _, _ in came] == ["grid", "heatmap"]
    np.testing.assert_array_equal(came[0][1].values, result.grid.values)
    np.testing.assert_array_equal(came[1][1].values, result.heatmap.values)
    assert [point for _, _, point in came] == [result.grid.threshold, result.operating]
    came.clear()
    with pytest.raises(CancelledError):
        assessor.assess(scan, cancelled=lambda: bool(came), arrived=lambda *what: came.append(what))
    assert [name for name, _, _ in came] == ["grid"]


def test_cancelling_is_asked_for_often(assessor: Assessor, monkeypatch: pytest.MonkeyPatch) -> None:
    """Cancelled at any of its questions, an assessment ends at that one."""
    monkeypatch.setattr("mammoview.assess.inference.dense_classifier.STRIP_AREA", 128 * 1024)
    scan = scan_of(breast_pixels(2400, 1600), spacing=Spacing(0.1, 0.1, SpacingSource.CALIBRATED))
    asked = []
    assessor.assess(scan, cancelled=lambda: bool(asked.append(0)))
    # Between stages, between the steps of preparing, and between strips, Frames and batches.
    assert len(asked) > 50
    for until in (1, len(asked) // 3, len(asked) - 1):
        again = []
        with pytest.raises(CancelledError):
            assessor.assess(scan, cancelled=lambda a=again, n=until: len(a) == n or bool(a.append(0)))
        assert len(again) == until


def test_findings_say_how_steady_their_patch_is(assessor: Assessor) -> None:
    scan = scan_of(breast_pixels())
    wide = Assessor("cpu", bundle=with_thresholds(assessor.bundle, 0.0, 0.5))
    findings = wide.assess(scan).findings
    assert findings
    for finding in findings:
        low, high = finding.flips
        assert 0 <= low < high <= 1
    assert all(f.flips is None for f in Assessor("cpu", bundle=wide.bundle, flips=False).assess(scan).findings)


def test_flips_of_a_symmetric_patch_agree_and_the_range_holds_every_flip(assessor: Assessor) -> None:
    model = assessor.bundle.classifiers[200]
    rng = np.random.default_rng(1)
    image = rng.standard_normal((300, 260)).astype(np.float32)
    quarter = rng.standard_normal((64, 64)).astype(np.float32)
    half = np.concatenate([quarter, quarter[:, ::-1]], 1)
    image[:128, :128] = np.concatenate([half, half[::-1]])
    found = flip_interval(model.network, image, np.array([[64, 64], [200.2, 150.4], [299, 0]]), 1.5)
    np.testing.assert_allclose(found[0, 0], found[0, 1], atol=1e-6)
    # The third one's patch would leave the image and is moved inside.
    for row, (top, left) in zip(found[1:], [(136, 86), (172, 0)], strict=True):
        patch = image[top : top + 128, left : left + 128]
        tall = np.concatenate([patch, patch[::-1], patch[:, ::-1], patch[::-1, ::-1]])
        z = assessor.classify(np.ascontiguousarray(tall), np.array([[0, 0], [128, 0], [256, 0], [384, 0]])) / 1.5
        p = 1 / (1 + np.exp(-z))
        np.testing.assert_allclose(row, [p.min(), p.max()], atol=1e-6)
