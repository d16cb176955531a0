"""Results for altered regions: equal to an assessment of the whole altered scan, and to Captum."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pypdfium2
import pytest
import torch
from PIL import Image

from mammoview.anatomy.intensity import TissueBright, tissue_bright
from mammoview.anatomy.region_edits import EditedScan, erased, moved
from mammoview.assess.inference.alteration import RegionAssessor
from mammoview.assess.inference.altered_images import ScanParts
from mammoview.assess.inference.altered_state import TrueScan
from mammoview.assess.inference.assessor import Assessor
from mammoview.assess.inference.cluster_scoring import (
    MARGIN_CELLS,
    clusters_box,
    middles,
    network_logits,
    scored_clusters,
)
from mammoview.assess.inference.dense_classifier import DenseResult, scan_breast
from mammoview.assess.inference.heatmaps import grid_cells, heatmaps
from mammoview.assess.inference.preprocessing import PreparedScan
from mammoview.assess.inference.rescoring import rescored
from mammoview.assess.inference.scan_input import prepared_scan
from mammoview.assess.models.cluster_network import ClusterConfig
from mammoview.assess.models.networks import RescorerConfig, TissueClassifier, build_network
from mammoview.assess.models.scoring import ClusterScoring, CurvePoint, Scoring, apart
from mammoview.assess.results.assessment import Assessment
from mammoview.assess.results.assessment_files import figures
from mammoview.assess.results.cache import AssessmentCache
from mammoview.core.errors import MammoviewError
from mammoview.display.scan_analysis import analyse
from mammoview.export.annotated_png import write_as_seen, write_png
from mammoview.export.captions import captions
from mammoview.export.dicom.source import dicom_source
from mammoview.export.export_format import AssessedScan, ExportContent, ExportOptions, FigureKind, Grey
from mammoview.export.formats import FORMATS
from mammoview.records import user_calibration, user_view
from mammoview.study.geometry import Affine
from mammoview.study.pixel_changes import PixelChange, PixelRegion, altered_copy
from mammoview.study.scan import Scan, Study
from tests.support.phantoms import breast_pixels, scan_of
from tests.support.small_models import THREE, small_bundle
from training.evaluation.one_path import model_of

CURVE = tuple(CurvePoint(logit=at, frequency=f, low=f, high=f, n=9) for at, f in ((-90, 0.01), (0, 0.2), (90, 0.9)))
SCORING = Scoring(grid=1, baseline=0.5, context=2, offset=-0.3, curve=CURVE)
CLUSTER_SCORING = ClusterScoring(density=20, grid=1, network=2, offset=-0.2, curve=CURVE)
SPECKS = [(318 + 6 * i, 108 + 6 * j) for i in range(5) for j in range(5)] + [(430, 60), (200, 150), (260, 40)]
"""A cluster that will be erased, and specks that stay."""


@dataclass(frozen=True)
class Erased:
    """A made-up scan with a bright lump, and the same with the lump erased."""

    assessor: Assessor
    scan: Scan
    made: Assessment
    true: TrueScan
    region: PixelRegion
    change: PixelChange
    copy: Scan


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Erased:
    bundle = small_bundle(tmp_path_factory.mktemp("models"), THREE, {"fold_0.safetensors": 1.2})
    torch.manual_seed(9)
    rescorer = build_network(RescorerConfig(last=4)).eval()
    with torch.no_grad():
        rescorer.head.weight *= 200
        for model in bundle.classifiers.values():  # answers that differ from place to place
            model.network.head.weight *= 3000
    looks = build_network(ClusterConfig(widths=(4, 4), depths=(1, 1))).eval()
    with torch.no_grad():
        looks.head.weight *= 30
    bundle = replace(
        bundle,
        rescorer=model_of("rescorer", rescorer, 400, {"mark": 0.0}, scoring=SCORING),
        clusters=model_of("clusters", looks, 200, {"mark": 0.0}, cluster_scoring=CLUSTER_SCORING),
    )
    assessor = Assessor("cpu", bundle=bundle, flips=False)
    pixels = breast_pixels(700, 500).astype(float)
    y, x = np.ogrid[:700, :500]
    lump = np.exp(-((x - 120) ** 2 + (y - 330) ** 2) / 200)
    pixels += 1100 * lump
    for row, column in SPECKS:
        pixels[row : row + 2, column : column + 2] += 900
    scan = scan_of(np.round(pixels).astype(np.uint16))
    made = assessor.assess(scan)
    true = RegionAssessor(assessor).prepare(scan, made)
    disc = (np.ogrid[:61, :1][0] - 30) ** 2 + (np.arange(61) - 30) ** 2 <= 30**2
    region = PixelRegion(90, 300, disc)
    change = erased(edited(true, scan), region)
    return Erased(assessor, scan, made, true, region, change, altered_copy(scan, [change]))


def edited(true: TrueScan, scan: Scan) -> EditedScan:
    breast = true.analysis.breast
    assert breast is not None
    return EditedScan(true.scan, scan.pixels, breast, true.frame)


def read_whole(case: Erased, scan: Scan) -> tuple[PreparedScan, dict[int, DenseResult]]:
    """Read a scan or its altered copy without any state, in breast, Frame and normalisation of the true scan."""
    whole = prepared_scan(case.true.analysis).normalisation.of(tissue_bright(scan.pixels, scan.grey))
    models = case.assessor.bundle.classifiers.items()
    return whole, {um: scan_breast(model.network, whole, um, model.facts.temperature) for um, model in models}


def test_a_scan_that_is_made_ready_is_that_of_its_assessment_and_no_network_is_asked(
    case: Erased, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = replace(case.made, logits={})  # as kept by earlier versions
    read = RegionAssessor(case.assessor).prepare(case.scan, plain)
    monkeypatch.setattr(torch.nn.Module, "__call__", lambda *_: pytest.fail("a network was asked"))
    known = RegionAssessor(case.assessor).prepare(case.scan, case.made)
    for true in (read, known):
        np.testing.assert_allclose(true.state.base, case.made.heatmap_baseline.values, atol=1e-5)
        np.testing.assert_allclose(true.state.fused, case.made.heatmap.values, atol=1e-5)
    for um, one in read.state.scanned.items():
        other = known.state.scanned[um]
        assert (one.left, one.top, one.step, one.patch_px) == (other.left, other.top, other.step, other.patch_px)
        np.testing.assert_array_equal(one.inside, other.inside)
        np.testing.assert_allclose(one.logits[one.inside], other.logits[one.inside], atol=1e-5)


def test_logits_of_another_view_of_the_scan_are_not_taken(case: Erased) -> None:
    moved_on = {um: replace(one, to_scan=one.to_scan @ Affine(1, 1, 2)) for um, one in case.made.logits.items()}
    other = replace(case.made, logits={um: replace(one, values=-one.values) for um, one in moved_on.items()})
    found = RegionAssessor(case.assessor).prepare(case.scan, other)
    for um, one in case.true.state.scanned.items():
        np.testing.assert_allclose(found.state.scanned[um].logits[one.inside], one.logits[one.inside], atol=1e-5)


@pytest.mark.parametrize("padded", [False, True])
def test_a_part_of_an_altered_scan_is_read_as_the_whole_is(case: Erased, padded: bool) -> None:
    scan, copy = case.scan, case.copy
    if padded:  # around a breast that is not the darkest there is
        scan = replace(scan, grey=replace(scan.grey, padding=(0, 1200)), _pixels=None)
        copy = replace(copy, grey=scan.grey)
    whole = prepared_scan(replace(case.true.analysis, scan=scan))
    parts = ScanParts(whole.normalisation, TissueBright(scan.pixels, scan.grey))
    altered = whole.normalisation.of(tissue_bright(copy.pixels, copy.grey))
    draw = np.random.default_rng(1)
    for um in (100, 150, 200, 400):
        left, top, right, bottom = whole.extent(um)
        all_of_it, _mask = altered.magnified(um, left - 90, top - 90, bottom - top + 180, right - left + 180)
        for _ in range(8):
            across, down = int(draw.integers(30, right - left + 80)), int(draw.integers(30, bottom - top + 80))
            rows, columns = int(draw.integers(20, 70)), int(draw.integers(20, 70))
            found = parts.magnified(copy.pixels, um, left - 90 + across, top - 90 + down, rows, columns)
            np.testing.assert_allclose(found, all_of_it[down : down + rows, across : across + columns], atol=2e-4)


def test_the_regions_answer_is_that_of_the_whole_altered_scan(case: Erased) -> None:
    """Breast, Frame and normalisation stay those of the true scan; all else is read anew."""
    regions, state = RegionAssessor(case.assessor), case.true.copied()
    regions.answer(case.true, state, case.copy.pixels, [case.change.region.box])
    whole, scanned = read_whole(case, case.copy)
    for um, one in scanned.items():
        inside = one.inside
        np.testing.assert_allclose(state.scanned[um].logits[inside], one.logits[inside], atol=1e-3)
        assert np.abs(one.logits - case.true.state.scanned[um].logits)[inside].max() > 0.01
    networks = case.assessor.bundle.baseline.network, case.assessor.bundle.fused.network
    base, fused = heatmaps(*networks, whole, scanned, case.true.area)
    np.testing.assert_allclose(state.base, base, atol=1e-5)
    np.testing.assert_allclose(state.fused, fused, atol=1e-5)
    altered = regions.assessment(case.true, state)
    leading = case.assessor.bundle.leading
    model = case.assessor.bundle.rescorer
    assert model is not None
    cells = grid_cells(scanned[leading], leading, case.true.area)
    found = rescored(model.network, whole, case.true.area, base, cells, SCORING.candidates)
    looks = case.assessor.bundle.clusters
    assert looks is not None
    clusters = scored_clusters(looks.network, whole, case.true.area, base > 0, cells)
    logits = np.concatenate([SCORING.logits(found.features), CLUSTER_SCORING.logits(clusters.features)])
    best = apart(np.concatenate([found.cells, clusters.cells]), logits)
    scores = SCORING.frequencies(logits[best])[:, 0]
    assert [mark.cluster for mark in altered.marks] == (best >= len(found.cells)).tolist()
    assert any(mark.cluster for mark in case.made.marks) and any(mark.cluster for mark in altered.marks)
    assert [mark.score for mark in altered.marks] == pytest.approx(scores.tolist(), abs=1e-3)
    assert altered.provenance["altered"] is True and not altered.saliency.values.any()


def test_a_cluster_that_is_erased_is_reported_and_is_back_when_that_is_undone(case: Erased) -> None:
    regions, state = RegionAssessor(case.assessor), case.true.copied()
    box = [case.change.region.box]
    regions.answer(case.true, state, case.copy.pixels, box)
    erased_marks = regions.assessment(case.true, state).marks
    scores = regions.changes(case.true, state, case.change.region)
    assert scores.clusters is not None and scores.clusters.before > scores.clusters.after
    assert scores.clusters.before == pytest.approx(max(m.score for m in case.made.marks if m.cluster), abs=1e-3)
    regions.answer(case.true, state, case.scan.pixels, box)
    back = regions.assessment(case.true, state).marks
    reported = [[(m.column, m.row, m.cluster) for m in marks] for marks in (case.made.marks, back, erased_marks)]
    assert reported[0] == reported[1] != reported[2]
    assert [m.score for m in back] == pytest.approx([m.score for m in case.made.marks], abs=1e-3)
    away = PixelRegion(40, 180, np.ones((9, 9), bool))
    assert regions.changes(case.true, state, away).clusters is None, "no cluster is near"


def test_the_clusters_network_looks_again_only_where_pixels_changed(
    case: Erased, monkeypatch: pytest.MonkeyPatch
) -> None:
    regions, state = RegionAssessor(case.assessor), case.true.copied()
    regions.assessment(case.true, state)
    assert state.clusters is not None
    known = dict(state.clusters.known)
    regions.answer(case.true, state, case.copy.pixels, [case.change.region.box])
    left = set(state.clusters.known)
    assert set() < left < set(known)
    regions.assessment(case.true, state)
    image, _mask = read_whole(case, case.copy)[0].magnified(200, *clusters_box(case.true.area))
    looks = case.assessor.bundle.clusters
    assert looks is not None
    cells = np.array(sorted(state.clusters.known))
    anew = network_logits(looks.network, image, middles(cells + MARGIN_CELLS))
    assert [state.clusters.known[tuple(c)] for c in cells.tolist()] == pytest.approx(anew.tolist(), abs=1e-3)


def test_undone_the_models_say_what_they_said(case: Erased) -> None:
    regions, state = RegionAssessor(case.assessor), case.true.copied()
    regions.answer(case.true, state, case.copy.pixels, [case.change.region.box])
    regions.answer(case.true, state, case.scan.pixels, [case.change.region.box])
    for um, one in case.true.state.scanned.items():
        np.testing.assert_allclose(state.scanned[um].logits, one.logits, atol=1e-3)
    np.testing.assert_allclose(state.fused, case.true.state.fused, atol=1e-6)
    scores = regions.changes(case.true, state, case.change.region)
    assert all(one.after == pytest.approx(one.before, abs=1e-3) for one in (*scores.grids.values(), *scores.folds))


def test_the_change_of_a_patch_is_captums_ablation_with_the_same_fill(case: Erased) -> None:
    attr = pytest.importorskip("captum.attr")
    regions, state = RegionAssessor(case.assessor), case.true.copied()
    regions.answer(case.true, state, case.copy.pixels, [case.change.region.box])
    pictures = [read_whole(case, one)[1] for one in (case.scan, case.copy)]
    for um, model in case.assessor.bundle.classifiers.items():
        before, after = case.true.state.scanned[um], state.scanned[um]
        rows, columns = np.nonzero(before.inside & (np.abs(after.logits - before.logits) > 1e-3))
        chosen = list(zip(rows, columns, strict=True))[:: max(1, len(rows) // 3)]
        corners = [(r * before.step, c * before.step) for r, c in chosen]
        side = before.patch_px
        patches, fills = (
            torch.from_numpy(np.stack([image[r : r + side, c : c + side] for r, c in corners]))[:, None]
            for image in (one[um].image for one in pictures)
        )
        whole = attr.FeatureAblation(lambda x, net=model.network: logits(net, x))
        # One feature is the altered region, the other is what was left alone, which the fill leaves as it is.
        mask = (patches != fills).long()
        reported = whole.attribute(patches, baselines=fills, feature_mask=mask)
        ablated = np.array([float(one[one_mask == 1][0]) for one, one_mask in zip(reported, mask, strict=True)])
        ours = np.array([before.logits[at] - after.logits[at] for at in chosen]) * model.facts.temperature
        np.testing.assert_allclose(ours, ablated, atol=1e-3)
        # A window that covers the patch replaces all of it by the fill: what occlusion says of the region.
        occluded = attr.Occlusion(lambda x, net=model.network: logits(net, x)).attribute(
            patches, sliding_window_shapes=(1, side, side), baselines=fills
        )
        np.testing.assert_allclose(occluded[:, 0, 0, 0].numpy(), ours, atol=1e-3)


def logits(network: TissueClassifier, x: torch.Tensor) -> torch.Tensor:
    with torch.inference_mode():
        both = network(x)[:, :, 0, 0]
    return both[:, 1] - both[:, 0]


def test_scores_are_those_of_the_region(case: Erased) -> None:
    regions, state = RegionAssessor(case.assessor), case.true.copied()
    regions.answer(case.true, state, case.copy.pixels, [case.change.region.box])
    scores = regions.changes(case.true, state, case.change.region)
    assert set(scores.grids) == {100, 150, 200} and len(scores.folds) == 2 and scores.rescored is not None
    for um, one in scores.grids.items():
        s = case.true.state.scanned[um]
        lattice = case.true.frame.lattice(um, s.left, s.top) @ s.lattice
        rows, columns = s.logits.shape
        inside = [
            (r, c)
            for r in range(rows)
            for c in range(columns)
            if case.change.region.holds(*lattice((c + 0.5, r + 0.5)))
        ]
        assert inside
        assert one.before == pytest.approx(max(s.probability[at] for at in inside))
        assert one.after == pytest.approx(max(state.scanned[um].probability[at] for at in inside))
    own, leading = scores.folds[0], scores.grids[200]
    assert max(own.before, own.after) == pytest.approx(max(leading.before, leading.after), abs=1e-3)


def test_a_copy_has_pixels_and_a_hash_of_its_own_and_the_scan_keeps_its_own(case: Erased) -> None:
    assert case.copy.altered and not case.scan.altered
    assert case.copy.pixel_hash != case.scan.pixel_hash
    np.testing.assert_array_equal(case.scan.pixels, case.scan.read())
    left, top, right, bottom = case.change.region.box
    outside = np.ones(case.scan.pixels.shape, bool)
    outside[top:bottom, left:right] = False
    np.testing.assert_array_equal(case.copy.pixels[outside], case.scan.pixels[outside])
    assert case.copy.pixels[330, 120] < case.scan.pixels[330, 120] - 800


def test_a_moved_lesion_stands_where_it_was_put(case: Erased) -> None:
    before = edited(case.true, case.scan)
    put = moved(before, case.region, before, (90.0, 430.0))
    copy = altered_copy(case.scan, [case.change, put])
    there, here = copy.pixels[420:440, 80:100].astype(float), case.scan.pixels[420:440, 80:100]
    assert there.mean() - here.mean() > 700
    assert abs(put.region.centre[0] - 90) < 1 and abs(put.region.centre[1] - 430) < 1
    with pytest.raises(MammoviewError, match="no breast at that place"):
        moved(before, case.region, before, (480.0, 30.0))
    with pytest.raises(MammoviewError, match="no breast at that place"):
        erased(before, PixelRegion(470, 10, np.ones((9, 9), bool)))


def test_nothing_of_an_altered_scan_is_kept_or_reported_as_true(case: Erased, tmp_path: Path) -> None:
    cache = AssessmentCache(tmp_path / "cache", 1_000_000)
    refused = (
        lambda: cache.put(case.copy, case.made),
        lambda: figures(case.made, case.copy),
        lambda: user_calibration.remember([case.copy]),
        lambda: user_view.remember_view(case.copy),
        lambda: dicom_source(replace(case.true.analysis, scan=case.copy), [case.copy]),
    )
    for act in refused:
        with pytest.raises(MammoviewError, match="altered"):
            act()
    assert cache.get(case.copy) is None and not list(tmp_path.rglob("*.npz"))


def test_pictures_of_an_altered_scan_say_so_and_nothing_else_is_written(case: Erased, tmp_path: Path) -> None:
    analysis = replace(case.true.analysis, scan=case.copy)
    one = AssessedScan(analysis, case.made)
    study = Study("", [case.copy])
    case_of_finding = case.made.findings or case.made.marks
    for name, kind in FORMATS.items():
        for figure in kind.figures:
            for grey in (Grey.BURNED, Grey.STORED) if kind.holds_grey and figure is FigureKind.SCAN else (Grey.BURNED,):
                options = ExportOptions(figure=figure, grey=grey, dpi=100)
                file = tmp_path / f"{name}-{figure.value}-{grey.value}.{kind.suffix}"
                content = ExportContent(file, study, (one,), ("heatmap",), None, options)
                if kind.pictures and figure is not FigureKind.REPORT and grey is Grey.BURNED:
                    if figure is not FigureKind.FINDING or case_of_finding:
                        assert "altered" in words_in(kind.write(content)).lower(), file.name
                else:
                    with pytest.raises(MammoviewError, match="altered"):
                        kind.write(content)
                    assert not file.exists()


def words_in(file: Path) -> str:
    """Return the texts in a picture's metadata; of a PDF, its text."""
    if file.suffix == ".svg":
        return file.read_text("utf-8")
    if file.suffix == ".pdf":
        with pypdfium2.PdfDocument(file) as document:
            return document[0].get_textpage().get_text_range()
    with Image.open(file) as picture:
        return " ".join(map(str, (picture.info, dict(picture.getexif()), getattr(picture, "tag_v2", ""))))


def test_the_annotated_scan_and_the_view_as_seen_say_altered_in_words_and_metadata(
    case: Erased, tmp_path: Path
) -> None:
    analysis = replace(case.true.analysis, scan=case.copy)
    words = captions(analysis, None, ())
    assert words.title.endswith("altered") and any("Altered picture" in line for line in words.lines)
    seen = write_as_seen(tmp_path / "seen.png", np.zeros((40, 60, 3), np.uint8), words)
    whole = write_png(tmp_path / "scan.png", case.copy, None, (), analysis=analysis)
    for file in (seen, whole):
        with Image.open(file) as picture:
            assert "erased or moved" in picture.text["Altered"]
    plain = write_png(tmp_path / "true.png", case.scan, None, (), analysis=analyse(case.scan))
    with Image.open(plain) as picture:
        assert not picture.text
