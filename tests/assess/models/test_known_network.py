"""Weights of a known architecture as a model of one's own."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import save
from torch import Tensor, nn

from mammoview.anatomy.frame import Frame
from mammoview.assess.inference.gradients import by_itself
from mammoview.assess.inference.own_gradients import map_gradients, patch_gradients
from mammoview.assess.inference.scan_assessor import make_assessor
from mammoview.assess.models import known_network
from mammoview.assess.models.known_network import KnownNetwork
from mammoview.assess.models.networks import (
    HeatmapConfig,
    SqueezeHeatmapConfig,
    SqueezeNetConfig,
    TissueConfig,
    build_network,
)
from mammoview.assess.models.own_loading import check_model, load_network
from mammoview.assess.models.own_model_folder import OwnModelFolder, read_facts
from mammoview.assess.models.own_network import patch_logits, tile_maps
from tests.support.own_models import write_facts
from tests.support.phantoms import breast_pixels, scan_of

CLASSIFIER = TissueConfig(widths=(4, 6), patch_px=32)
SQUEEZED = SqueezeNetConfig(last=2, patch_px=64)
HEATMAP = HeatmapConfig(widths=(4, 6, 8), context=(1,), context_width=8)
SQUEEZED_HEATMAP = SqueezeHeatmapConfig(last=4)
Known = TissueConfig | SqueezeNetConfig | HeatmapConfig | SqueezeHeatmapConfig


def trained(config: Known) -> nn.Module:
    """Return a network whose logits spread, with batch-norm statistics of their own."""
    torch.manual_seed(5)
    network = build_network(config)
    for layer in network.modules():
        if isinstance(layer, nn.Conv2d):
            nn.init.kaiming_normal_(layer.weight)
    network.train()
    with torch.no_grad():
        network(torch.randn(8, 1, 64, 64))
    return network.eval()


def brought(folder: Path, config: Known, tensors: dict[str, Tensor] | None = None, **tables: Any) -> Path:
    """Write a folder with a network of an architecture of ours; `tables` replace what is right for it."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "CARD.md").write_text("# Made for a test\n")
    content = save(dict(trained(config).state_dict()) if tensors is None else tensors)
    (folder / "model.safetensors").write_bytes(content)
    classifier = isinstance(config, TissueConfig | SqueezeNetConfig)
    side = config.patch_px if classifier else 64
    written: dict[str, Any] = {
        "format": 1,
        "name": "brought",
        "version": "1",
        "task": "patch classifier" if classifier else "heatmap",
        "licence": "CC0-1.0",
        "card": "CARD.md",
        "weights": {"file": "model.safetensors", "sha256": sha256(content).hexdigest()},
        "network": config.model_dump(mode="json"),
        "input": {"um_per_px": 400, "patch_px": side, "stride_px": side // 2},
        "output": {"meaning": "two-class logits" if classifier else "probability", "temperature": 1.5},
        "thresholds": {"operating": 0.3},
    }
    for name, value in tables.items():
        written[name] = {**written[name], **value} if isinstance(value, dict) and name in written else value
    write_facts(folder, written)
    return folder


@pytest.mark.parametrize("config", [CLASSIFIER, SQUEEZED, HEATMAP, SQUEEZED_HEATMAP], ids=lambda one: one.kind)
def test_every_known_architecture_answers_as_the_network_itself(config: Known, tmp_path: Path) -> None:
    folder = brought(tmp_path, config)
    found = check_model(folder)
    assert not found.mistakes and "ran one sample" in found.lines[-1]
    network, side = load_network(folder), read_facts(folder).input.patch_px
    images = np.random.default_rng(2).normal(size=(3, side, side)).astype(np.float32)
    with torch.inference_mode():
        expected = trained(config)(torch.from_numpy(images)[:, None]).numpy()
    if isinstance(config, TissueConfig | SqueezeNetConfig):
        found = patch_logits(network, images)
        np.testing.assert_allclose(found, (expected[:, 1] - expected[:, 0]).ravel() / 1.5, atol=1e-4)
    else:
        found = tile_maps(network, images)
        inside = (expected[:, 0] > 1e-4) & (expected[:, 0] < 1 - 1e-4)
        np.testing.assert_allclose(
            found[inside], torch.logit(torch.tensor(expected[:, 0])).numpy()[inside] / 1.5, atol=1e-2
        )


@pytest.mark.parametrize("config", [CLASSIFIER, SQUEEZED], ids=lambda one: one.kind)
def test_the_gradients_of_patches_are_those_of_one_backward_pass_each(config: Known, tmp_path: Path) -> None:
    known = load_network(brought(tmp_path, config))
    assert isinstance(known, KnownNetwork)
    image = np.random.default_rng(3).normal(size=(96, 96)).astype(np.float32)
    starts = np.array([[0, 0], [16, 8], [32, 32]])
    found = patch_gradients(known, image, starts, lambda _: None)
    for one, start in zip(found, starts, strict=True):
        np.testing.assert_allclose(one, by_itself(known.network, image, start), atol=1e-5)


def test_the_gradient_of_a_heatmap_is_the_slope_of_its_logit_at_the_place(tmp_path: Path) -> None:
    known = load_network(brought(tmp_path, HEATMAP))
    assert isinstance(known, KnownNetwork)
    image = np.random.default_rng(3).normal(size=(96, 96)).astype(np.float32)
    start, place = np.array([[16, 8]]), np.array([[16 + 20.0, 8 + 44.0]])
    found = map_gradients(known, image, start, place, lambda _: None)[0]
    r, c = np.unravel_index(found.argmax(), found.shape)

    def logit(step: float) -> float:
        tile = image[16:80, 8:72].copy()
        tile[r, c] += step
        with torch.inference_mode():
            x = torch.from_numpy(tile)[None, None]
            return float(known.network.head(known.network.features(x))[0, 0, 2, 5])

    assert found.max() == pytest.approx(abs(logit(1e-2) - logit(-1e-2)) / 2e-2, rel=0.05)


@pytest.mark.parametrize("config", [CLASSIFIER, HEATMAP], ids=lambda one: one.kind)
def test_an_assessment_has_all_layers_and_its_sensitivity_is_of_gradients(config: Known, tmp_path: Path) -> None:
    model = OwnModelFolder.of(brought(tmp_path, config, thresholds={"operating": 0.05}))
    scan = scan_of(breast_pixels())
    found = make_assessor(model=model).assess(scan)
    assert found.own_model == "brought 1" and isinstance(found.frame, Frame)
    assert found.marks and found.saliency.values.max() > 0
    assert str(found.provenance["sensitivity"]).startswith("gradients of")
    assert "torch" in found.provenance and "onnxruntime" not in found.provenance
    moved = make_assessor(model=model).sensitivity(scan, found)
    assert len(moved.starts) and moved.temperature == 1.5
    assert moved.patches.shape[1:] == (read_facts(model.path).input.patch_px,) * 2


def changed(change: Callable[[dict[str, Tensor]], None]) -> dict[str, Tensor]:
    """Return the tensors of a classifier after a change."""
    tensors = {name: one.clone() for name, one in trained(CLASSIFIER).state_dict().items()}
    change(tensors)
    return tensors


BROKEN: dict[str, tuple[dict[str, Any], str]] = {
    "unknown": ({"network": {"kind": "resnet"}}, "network.kind: 'resnet' is no architecture of this program; choose"),
    "fused": ({"network": {"kind": "fused_heatmap"}}, "network.kind: 'fused_heatmap' is no architecture"),
    "parameter": ({"network": {"widht": 3}}, "network.widht: Extra inputs are not permitted"),
    "type": ({"network": {"widths": "many"}}, "network.widths: Input should be a valid tuple"),
    "size": ({"network": {"widths": [4, 100000]}}, "network.widths: numbers are 1 to 4096, at most 16 of them"),
    "depths": ({"network": {"depths": [2]}}, "network.depths: has one number for each of widths"),
    "deep": ({"network": {"widths": [4] * 7}}, "[network]: these layers leave nothing of a patch of 32 px"),
    "patch": ({"input": {"patch_px": 40, "stride_px": 20}}, "network.patch_px: is 32, but input.patch_px is 40"),
    "task": ({"task": "heatmap"}, "task: a tissue_classifier is a patch classifier"),
    "meaning": ({"output": {"meaning": "logit"}}, "output.meaning: a tissue_classifier returns two-class logits"),
    "layout": ({"input": {"layout": "NHWC"}}, "model.toml: a network of [network] has one channel"),
    "no network": ({"network": None}, "model.toml: [network] names the architecture of weights"),
}
TENSORS: dict[str, tuple[Callable[[dict[str, Tensor]], Any], str]] = {
    "name": (lambda held: held.update({"top.weight": held.pop("head.weight")}), "the tensor 'head.weight' is missing"),
    "further": (lambda held: held.update(extra=torch.zeros(2)), "the tensor 'extra' belongs to no layer"),
    "shape": (
        lambda held: held.update({"head.bias": torch.zeros(3)}),
        "the tensor 'head.bias' is 3: this architecture has 2",
    ),
    "kind": (lambda held: held.update({"head.bias": torch.zeros(2).int()}), "the tensor 'head.bias' holds torch.int32"),
    "numbers": (
        lambda held: held.update({"head.bias": torch.tensor([0, torch.nan])}),
        "the tensor 'head.bias' holds values that are no numbers",
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_each_mistake_of_the_architecture_gets_its_line(name: str, tmp_path: Path) -> None:
    tables, line = BROKEN[name]
    found = check_model(brought(tmp_path, CLASSIFIER, **tables))
    assert any(one.startswith(line) for one in found.mistakes), found.mistakes
    assert not found.lines and all("\n" not in one for one in found.mistakes)


def test_an_architecture_that_cannot_take_the_patch_gets_its_line(tmp_path: Path) -> None:
    three = HeatmapConfig(unshuffle=3, widths=(4, 6, 8), context=(1,), context_width=8)
    tensors = dict(build_network(three).state_dict())  # 256 px are no multiple of three
    found = check_model(brought(tmp_path, three, tensors))
    assert any(one.startswith("[network]: ") for one in found.mistakes), found.mistakes


@pytest.mark.parametrize("name", TENSORS)
def test_each_mistake_of_the_tensors_gets_its_line(name: str, tmp_path: Path) -> None:
    change, line = TENSORS[name]
    found = check_model(brought(tmp_path, CLASSIFIER, changed(change)))
    assert any(one.startswith(f"model.safetensors: {line}") for one in found.mistakes), found.mistakes


@pytest.mark.parametrize("keep", [0, 4, 40, -1])
def test_a_truncated_file_gets_its_line_and_so_does_a_pickle(keep: int, tmp_path: Path) -> None:
    folder = brought(tmp_path, CLASSIFIER)
    file = folder / "model.safetensors"
    whole = file.read_bytes()
    for content in (whole[:keep], b"\x80\x02}q\x00."):
        file.write_bytes(content)
        facts = (folder / "model.toml").read_text()
        (folder / "model.toml").write_text(facts.replace(sha256(whole).hexdigest(), sha256(content).hexdigest()))
        assert any("is no whole safetensors file" in one for one in check_model(folder).mistakes)
        (folder / "model.toml").write_text(facts)
        assert any("its SHA-256 is" in one for one in check_model(folder).mistakes)


def test_memory_that_does_not_suffice_makes_smaller_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    known = load_network(brought(tmp_path, CLASSIFIER))
    images = np.random.default_rng(2).normal(size=(5, 32, 32)).astype(np.float32)
    expected = known.run(images)[0]
    true = known.network.forward

    def forward(x: Tensor) -> Tensor:
        if len(x) > 2:
            raise RuntimeError("DefaultCPUAllocator: not enough memory")
        return true(x)

    monkeypatch.setattr(known.network, "forward", forward)
    np.testing.assert_allclose(known.run(images)[0], expected, atol=1e-6)
    monkeypatch.setattr(known_network, "out_of_memory", lambda _error: False)
    with pytest.raises(RuntimeError):
        known.run(images)
