"""Assessments by a model of one's own: where its findings lie, what its layers are, and that it equals our own."""

from __future__ import annotations

import itertools
import json
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from mammoview.anatomy.film_spacing import film_spacing
from mammoview.anatomy.intensity import tissue_bright
from mammoview.assess.inference import own_sensitivity
from mammoview.assess.inference.dense_classifier import patchwise_logits, scan_breast
from mammoview.assess.inference.grids import grid
from mammoview.assess.inference.occlusion import MOST_SQUARES, Place, Squares, occlusion
from mammoview.assess.inference.own_assessor import OwnAssessor
from mammoview.assess.inference.own_maps import intersection_over_union, separate, tile_starts
from mammoview.assess.inference.preprocessing import prepare
from mammoview.assess.inference.scan_assessor import make_assessor
from mammoview.assess.models.bundle import BundledModel, load_bundle
from mammoview.assess.models.own_loading import load_network
from mammoview.assess.models.own_model import OwnModelFacts
from mammoview.assess.models.own_model_folder import OwnModelFolder
from mammoview.assess.results.assessment import Assessment
from mammoview.assess.results.cache import user_cache
from mammoview.assess.results.hits_and_overlap import OutlineComparison
from mammoview.cli.command_line import main
from mammoview.core.errors import CancelledError, ModelError
from mammoview.core.settings import Settings
from mammoview.display.scan_analysis import analyse
from mammoview.formats.opening.open_study import open_study
from mammoview.study.scan import Laterality, Outline, OutlineKind, Scan, Side
from tests.support.dicom_files import write
from tests.support.own_models import brightest_detector, mean_classifier, mean_heatmap, write_facts, write_model
from tests.support.phantoms import breast_pixels, scan_of

TILE = {"patch_px": 64, "stride_px": 32}
TASKS = ("patch classifier", "heatmap", "detector")
LESION = (110.0, 292.0, 30.0)
"""Column, row and side of a bright square of 6 mm in a phantom of a left breast, scan pixels."""


def written(folder: Path, task: str, **given: object) -> OwnModelFolder:
    """Write a small model of a task; its answer is highest at the brightest place."""
    if task == "patch classifier":
        write_model(folder, mean_classifier(), name="means", input={"um_per_px": 200, "stride_px": 16, **given})
    elif task == "heatmap":
        probability = {"meaning": "probability"}
        sure = {"operating": 0.9}
        made = {"input": {**TILE, **given}, "output": probability, "thresholds": sure}
        write_model(folder, mean_heatmap(), name="means", task=task, **made)
    else:
        boxes = {"scores": "scores", "boxes": "boxes"}
        write_model(folder, brightest_detector(), name="means", task=task, input={**TILE, **given}, output=boxes)
    return OwnModelFolder.of(folder)


def phantom(side: Side = Side.LEFT) -> Scan:
    """Return a scan with one bright square."""
    pixels = breast_pixels()
    column, row, size = (int(n) for n in LESION)
    pixels[row : row + size, column : column + size] = 9000
    pixels = pixels if side is Side.LEFT else np.ascontiguousarray(pixels[:, ::-1])
    return scan_of(pixels, Laterality.L if side is Side.LEFT else Laterality.R)


@pytest.mark.parametrize("orientation", ["nipple right", "as stored"])
@pytest.mark.parametrize("side", Side)
@pytest.mark.parametrize("task", TASKS)
def test_the_first_finding_and_every_layer_lie_on_the_lesion(
    task: str, side: Side, orientation: str, tmp_path: Path
) -> None:
    scan = phantom(side)
    column, row, size = LESION
    column = column if side is Side.LEFT else scan.columns - column - size
    found = make_assessor(model=written(tmp_path, task, orientation=orientation)).assess(scan)
    best, cell_px = found.marks[0], 3.2 / scan.spacing.row_mm
    centre = np.array([column + size / 2, row + size / 2])
    assert np.abs(np.array([best.column, best.row]) - centre).max() <= size / 2 + cell_px / 2
    assert best.x_mm == pytest.approx(best.column * scan.spacing.column_mm)
    assert best.score > 0.5 and "heatmap" in best.layers
    for layer in (found.heatmap, found.frame_heatmap):
        highest = np.argwhere(layer.values == layer.values.max())[:, ::-1] + 0.5
        assert np.abs(layer.to_scan(highest) - centre).min(0).max() <= size / 2 + cell_px
    assert found.frame_heatmap.values.shape == (32, 32)
    r, c = np.unravel_index(found.saliency.values.argmax(), found.saliency.values.shape)
    assert np.abs(found.saliency.to_scan((c + 0.5, r + 0.5)) - centre).max() <= size / 2 + cell_px
    assert found.heatmap_baseline is None
    assert list(found.grids) == ([200] if task == "patch classifier" else [])
    assert found.provenance["models"][0]["name"] == "means"


def torch_network(model: BundledModel) -> torch.nn.Module:
    """Return a bundled classifier that maps (N, 1, side, side) to logits (N, 2)."""

    class Flat(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.network = model.network

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return self.network(x)[:, :, 0, 0]

    return Flat().eval()


def exported(model: BundledModel, folder: Path) -> OwnModelFolder:
    """Export a bundled classifier to ONNX with torch's exporter, and describe it."""
    folder.mkdir()
    (folder / "CARD.md").write_text("# Exported\n")
    side = model.facts.network.patch_px
    torch.onnx.export(
        torch_network(model),
        (torch.zeros(2, 1, side, side),),
        folder / "model.onnx",
        input_names=["x"],
        output_names=["z"],
        dynamic_axes={"x": {0: "n"}, "z": {0: "n"}},
        dynamo=False,
    )
    tables = {
        "format": 1,
        "name": "exported",
        "version": "1",
        "task": "patch classifier",
        "licence": "Apache-2.0",
        "card": "CARD.md",
        "weights": {"file": "model.onnx", "sha256": sha256((folder / "model.onnx").read_bytes()).hexdigest()},
        "input": {"um_per_px": model.facts.um_per_px, "patch_px": side, "stride_px": 32},
        "output": {"meaning": "two-class logits", "temperature": model.facts.temperature},
        "thresholds": {"operating": 0.05},
    }
    write_facts(folder, tables)
    return OwnModelFolder.of(folder)


class TorchNetwork:
    """The same classifier behind the same protocol, run by torch."""

    device = "cpu"

    def __init__(self, facts: OwnModelFacts, network: torch.nn.Module) -> None:
        self.facts, self.network = facts, network

    def run(self, images: NDArray[np.float32]) -> tuple[NDArray[np.float32], ...]:
        with torch.inference_mode():
            return (self.network(torch.from_numpy(images)[:, None]).numpy(),)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_an_export_of_our_own_classifier_gives_the_same_grid_and_the_same_findings(
    tmp_path: Path, samples: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(own_sensitivity, "MOST_OCCLUDED", 0)
    model = load_bundle().classifiers[200]
    folder = exported(model, tmp_path / "exported")
    scan = open_study(next(path for path in sorted(samples.iterdir()) if path.is_dir()))[0].scans[0]
    analysis = analyse(scan)
    found = OwnAssessor(load_network(folder.path)).assess(scan, analysis=analysis)
    image = tissue_bright(scan.pixels, scan.grey)
    prepared = prepare(image, analysis.breast, film_spacing(scan), analysis.orientation.upside_down)
    scanned = scan_breast(model.network, prepared, 200, model.facts.temperature)
    ours = grid(scanned, prepared.frame, 200, 32, 0.05)
    assert found.grid.to_scan == ours.to_scan
    np.testing.assert_allclose(found.grid.values, ours.values, atol=1e-4)
    assert found.grid.values.max() > 0.05
    by_torch = OwnAssessor(TorchNetwork(load_network(folder.path).facts, torch_network(model)))
    again = by_torch.assess(scan, analysis=analysis)
    assert found.findings and len(found.findings) == len(again.findings)
    for one, other in zip(found.findings, again.findings, strict=True):
        assert (one.rank, one.column, one.row, one.layers) == (other.rank, other.column, other.row, other.layers)
        assert one.score == pytest.approx(other.score, abs=1e-4)
    # And the patches are those of the bundled path, place by place.
    best = found.findings[0]
    r, c = (np.floor(found.grid.to_scan.inverse((best.column, best.row)))[::-1]).astype(int)
    starts = np.array([[r * 32 + 16, c * 32 + 16]])
    z = patchwise_logits(model.network, scanned.image, starts)[0] / model.facts.temperature
    assert best.score == pytest.approx(1 / (1 + np.exp(-z)), abs=1e-4)


@pytest.mark.parametrize(("patch", "stride"), [(33, 16), (32, 17), (31, 31)])
def test_odd_patches_and_strides_keep_their_place(patch: int, stride: int, tmp_path: Path) -> None:
    """Each cell is centred on its patch: the classifier's answer is that of the pixels around the cell's centre."""
    facts = load_network(write_model(tmp_path, mean_classifier())).facts
    given = facts.input.model_copy(update={"patch_px": patch, "stride_px": stride, "um_per_px": 200.0})

    class Centre:
        device, facts_ = "cpu", None
        facts = None

        def run(self, images: NDArray[np.float32]) -> tuple[NDArray[np.float32], ...]:
            middle = slice(patch // 2 - 1, patch // 2 + 2 - (patch % 2 == 0))
            return (images[:, middle, middle].mean((1, 2)),)

    network = Centre()
    network.facts = facts.model_copy(update={"input": given})
    ramp = np.where(breast_pixels() > 1000, np.arange(400)[None] * 10 + 1500, 40).astype(np.uint16)
    found = OwnAssessor(network).assess(scan_of(ramp)).grid
    rows, columns = np.nonzero(found.values > 0)
    logits = np.log(found.values[rows, columns]) - np.log1p(-found.values[rows, columns])
    places = found.to_scan(np.stack([columns, rows], 1) + 0.5)[:, 0]
    inside = (places > 60) & (places < 200) & (np.abs(rows - rows.mean()) < 3) & (np.abs(logits) < 3.9)
    slope, offset = np.polyfit(places[inside], logits[inside], 1)
    assert slope > 0
    np.testing.assert_allclose(logits[inside], slope * places[inside] + offset, atol=0.02)
    # The ramp is linear in the column, so its zero is at the mean of the breast's columns, to half a pixel.
    prepared = prepare(ramp.astype(np.float32), analyse(scan_of(ramp)).breast, scan_of(ramp).spacing)
    assert -offset / slope == pytest.approx((prepared.mean - 1500) / 10 + 0.5, abs=0.6)


def test_a_covered_square_changes_the_logit_by_what_it_held() -> None:
    rng = np.random.default_rng(4)
    patch = rng.normal(size=(32, 32)).astype(np.float32)
    squares = Squares.across(32, 400, whole=True)
    assert squares == Squares(8, 4, 32)
    mean = lambda patches: 4 * patches.mean((1, 2)).astype(float) - 1  # noqa: E731
    found = occlusion([Place(patch, (0, 0), mean), Place(patch, (-8, 16), mean)], squares, 5).changes
    expected = np.abs(4 * (patch - patch.mean()).reshape(4, 8, 4, 8).sum((1, 3)) / 1024).repeat(8, 0).repeat(8, 1)
    np.testing.assert_allclose(found[0], expected, atol=1e-5)
    np.testing.assert_allclose(found[1][8:, :16], expected[:24, 16:], atol=1e-5)
    assert not found[1][:8].any() and not found[1][:, 16:].any()


@pytest.mark.parametrize("side", [7, 32, 299, 1024, 1025])
@pytest.mark.parametrize("um", [50, 200, 400, 1000])
def test_squares_are_few_and_cover_the_region(side: int, um: int) -> None:
    for whole in (True, False):
        one = Squares.across(side, um, whole)
        assert 1 <= one.number <= MOST_SQUARES
        assert one.size * (one.number - 1) < one.region <= one.size * one.number
        assert not whole or one.region == side


def test_time_bounds_the_sensitivity_and_the_assessment_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = written(tmp_path, "patch classifier")
    monkeypatch.setattr(own_sensitivity, "occlusion", lambda *given: occlusion(*given, seconds=0))
    found = make_assessor(model=model).assess(phantom())
    assert any(line.startswith("the sensitivity covers 1 of ") for line in found.warnings)


@pytest.mark.parametrize("task", TASKS)
def test_it_is_cancelled_between_batches(task: str, tmp_path: Path) -> None:
    assessor, scan = make_assessor(model=written(tmp_path, task)), phantom()
    asked = itertools.count()
    assessor.assess(scan, cancelled=lambda: next(asked) < 0)
    for stop in range(0, next(asked), 40):
        counted = itertools.count()
        with pytest.raises(CancelledError):
            assessor.assess(scan, cancelled=lambda counted=counted, stop=stop: next(counted) >= stop)


def test_overlapping_boxes_are_one_and_tiles_leave_no_gap() -> None:
    boxes = np.array([[0, 0, 10, 10], [1, 1, 11, 11], [20, 20, 30, 30], [0, 0, 4, 4]], float)
    assert separate(boxes, np.array([0.5, 0.9, 0.3, 0.8]), 0.3).tolist() == [1, 3, 2]
    assert intersection_over_union(boxes[0], boxes[:2]).tolist() == pytest.approx([1, 81 / 119])
    for length, stride in itertools.product((64, 65, 72, 200, 1000), (1, 8, 31, 32, 64)):
        starts = tile_starts(length, 64, stride, 1)
        assert starts[0] == 0 and starts[-1] == length - 64
        assert max(np.diff(starts), default=0) <= stride


@pytest.fixture(scope="module")
def one(tmp_path_factory: pytest.TempPathFactory) -> tuple[OwnModelFolder, Scan, Assessment]:
    """A patch classifier, a scan with an outline, and what it says."""
    model = written(tmp_path_factory.mktemp("model"), "patch classifier")
    column, row, size = LESION
    corners = np.array([[column, row], [column + size, row], [column + size, row + size], [column, row + size]])
    scan = phantom()
    scan.outlines = (Outline(corners, OutlineKind.BOUNDARY),)
    return model, scan, make_assessor(model=model).assess(scan)


def test_outlines_are_compared_with_the_layers_that_there_are(one: tuple[OwnModelFolder, Scan, Assessment]) -> None:
    _, scan, found = one
    compared = OutlineComparison(scan, found)
    assert set(compared.layers) == {"grid_200um", "heatmap", "saliency"}
    assert compared.at("heatmap", 0.5).hits == 1


def test_what_is_kept_is_kept_under_the_key_of_the_model(
    one: tuple[OwnModelFolder, Scan, Assessment], tmp_path: Path
) -> None:
    model, scan, found = one
    other = written(tmp_path, "patch classifier", um_per_px=210)
    settings = Settings.model_construct()
    assert len({user_cache(settings, m).key(scan) for m in (None, model, other)}) == 3
    user_cache(settings, model).put(scan, found)
    kept = user_cache(settings, model).get(scan)
    assert user_cache(settings).get(scan) is None and user_cache(settings, other).get(scan) is None
    assert kept.heatmap_baseline is None and kept.frame_heatmap_baseline is None
    assert kept.marks == found.marks and dict(kept.provenance) == dict(found.provenance)
    np.testing.assert_array_equal(kept.grid.values, found.grid.values)


def test_a_moved_gate_takes_more_places(one: tuple[OwnModelFolder, Scan, Assessment]) -> None:
    model, scan, found = one
    sensitivity = make_assessor(model=model).sensitivity(scan, found)
    assert len(sensitivity.starts) == own_sensitivity.MOST_OCCLUDED and sensitivity.patches.dtype == np.float16


def test_a_model_that_was_exchanged_meanwhile_is_not_run(tmp_path: Path) -> None:
    model = written(tmp_path, "patch classifier")
    written(tmp_path, "heatmap")
    with pytest.raises(ModelError, match="another one than when it was chosen"):
        make_assessor(model=model)


def test_the_commands_take_a_model_and_never_mix_its_results_with_others(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = written(tmp_path / "model", "detector")
    study = tmp_path / "study"
    study.mkdir()
    write(study / "LCC.dcm", pixels=phantom().pixels, ImageLaterality="L", ViewPosition="CC")
    out = tmp_path / "results"
    assert main(["assess", str(study), "-o", str(out), "--model", str(model.path)]) == 0
    results = sorted(out.glob("*.json"))
    reported = json.loads(next(file for file in results if "pairs" not in file.name).read_text())["provenance"]
    assert reported["models"][0]["name"] == "means" and reported["models"][0]["task"] == "detector"
    assert reported["scores"] == "probabilities of the user's own model"
    other = written(tmp_path / "other", "heatmap")
    capsys.readouterr()
    assert main(["assess", str(study), "-o", str(out), "--model", str(other.path)]) == 2
    assert "holds results of other models" in capsys.readouterr().err
    assert main(["assess", str(study), "-o", str(out), "--model", str(tmp_path)]) == 2
    assert "model.toml is missing" in capsys.readouterr().err
    assert main(["assess", str(study), "-o", str(out), "--model", str(model.path)]) == 0
    assert "already there" in capsys.readouterr().err
    for kind in ("csv", "sr"):
        words = ["export", str(study), "-o", str(tmp_path / kind), "--format", kind, "--model", str(model.path)]
        assert main(words) == 0
    assert "means" in next((tmp_path / "csv").rglob("*.csv")).read_text()
