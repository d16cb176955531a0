"""A folder with a model of one's own that is sound: what is read of it, and what it answers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from onnx import helper

from mammoview.assess.inference.scan_assessor import make_assessor
from mammoview.assess.models import own_model_folder
from mammoview.assess.models.own_loading import check_model, load_network
from mammoview.assess.models.own_model_folder import read_facts
from mammoview.assess.models.own_network import patch_logits, tile_boxes, tile_maps
from mammoview.cli.command_line import main
from mammoview.core.errors import ModelError
from tests.support.own_models import (
    brightest_detector,
    graph,
    mean_classifier,
    mean_heatmap,
    write_model,
)

SCORES = {"scores": "scores", "boxes": "boxes"}
TILE = {"patch_px": 64, "stride_px": 32}
IMAGES = np.random.default_rng(1).normal(size=(5, 32, 32)).astype(np.float32)


def test_sound_models_of_each_task_say_what_they_are_and_run_a_sample(tmp_path: Path) -> None:
    found = check_model(write_model(tmp_path / "a", mean_classifier()))
    assert not found.mistakes
    assert found.lines[0] == "mean 1: patch classifier, licence CC0-1.0"
    assert "a score of 0." in found.lines[-1]
    probability = {"meaning": "probability"}
    found = check_model(write_model(tmp_path / "b", mean_heatmap(), task="heatmap", input=TILE, output=probability))
    assert not found.mistakes and "a map of 8 x 8 cells" in found.lines[-1]
    found = check_model(write_model(tmp_path / "c", brightest_detector(), task="detector", input=TILE, output=SCORES))
    assert not found.mistakes and "1 boxes" in found.lines[-1]


def test_tensors_in_a_file_of_their_own_are_read_where_their_hash_is_given(tmp_path: Path) -> None:
    folder = write_model(tmp_path, mean_classifier(), external="weights.bin")
    assert (folder / "weights.bin").stat().st_size >= 4096
    logits = patch_logits(load_network(folder), IMAGES)
    np.testing.assert_allclose(logits, 4 * IMAGES.mean((1, 2)) - 1, atol=1e-5)


@pytest.mark.parametrize("batch", [1, 2, 5, 8])
def test_a_graph_of_fixed_batch_answers_like_an_open_one(tmp_path: Path, batch: int) -> None:
    network = load_network(write_model(tmp_path, mean_classifier((batch, 1, 32, 32))))
    np.testing.assert_allclose(patch_logits(network, IMAGES), 4 * IMAGES.mean((1, 2)) - 1, atol=1e-5)


def test_channels_layout_and_classes_are_those_declared(tmp_path: Path) -> None:
    """Channels last as of Keras, with the means of ImageNet, and a softmax of two classes, the first the finding."""
    nodes = [
        helper.make_node("ReduceMean", ["x"], ["mean"], axes=[1, 2], keepdims=0),
        helper.make_node("MatMul", ["mean", "weights"], ["z"]),
        helper.make_node("Softmax", ["z"], ["y"], axis=1),
    ]
    weights = np.array([[1, -1], [2, 0], [-1, 1]], np.float32)
    made = graph(nodes, {"y": ["n", 2]}, ("n", 32, 32, 3), {"weights": weights})
    mean, deviation = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
    given = {"channels": 3, "layout": "NHWC", "channel_mean": mean, "channel_deviation": deviation}
    output = {"meaning": "two-class probabilities", "finding": 0, "temperature": 2.0}
    network = load_network(write_model(tmp_path, made, input=given, output=output))
    three = (IMAGES.mean((1, 2))[:, None] - np.array(mean)) / np.array(deviation)
    z = three @ weights
    np.testing.assert_allclose(patch_logits(network, IMAGES), (z[:, 0] - z[:, 1]) / 2, atol=1e-4)


def test_maps_and_boxes_are_read_as_declared(tmp_path: Path) -> None:
    tile = np.random.default_rng(2).normal(size=(64, 64)).astype(np.float32)
    tile[16:24, 40:48] = 3
    probability = {"meaning": "probability"}
    maps = load_network(write_model(tmp_path / "m", mean_heatmap(), task="heatmap", input=TILE, output=probability))
    np.testing.assert_allclose(tile_maps(maps, tile[None])[0], tile.reshape(8, 8, 8, 8).mean((1, 3)), atol=1e-5)
    boxes = load_network(write_model(tmp_path / "d", brightest_detector(), task="detector", input=TILE, output=SCORES))
    found, logits = tile_boxes(boxes, tile)
    assert found.tolist() == [[40, 16, 48, 24]]
    assert logits == pytest.approx([3], abs=1e-5)


def test_the_key_follows_the_weights_and_what_is_said_about_them_alone(tmp_path: Path) -> None:
    one = read_facts(write_model(tmp_path / "a", mean_classifier()))
    same = read_facts(write_model(tmp_path / "elsewhere", mean_classifier()))
    other = read_facts(write_model(tmp_path / "b", mean_classifier(), output={"temperature": 1.5}))
    weights = read_facts(write_model(tmp_path / "c", mean_classifier((2, 1, 32, 32))))
    assert one.key == same.key
    assert len({one.key, other.key, weights.key}) == 3


def test_the_command_says_what_a_sound_model_is(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["model", "check", str(write_model(tmp_path, mean_classifier()))]) == 0
    printed = capsys.readouterr()
    assert printed.out.startswith("mean 1: patch classifier, licence CC0-1.0\n") and not printed.err


def test_what_was_checked_is_what_is_loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    chosen = own_model_folder.OwnModelFolder.of(write_model(tmp_path, mean_classifier()))
    read, times = own_model_folder.read_facts, []

    def replaced(folder: Path) -> own_model_folder.OwnModelFacts:
        facts = read(folder)
        times.append(facts.key)
        write_model(tmp_path, mean_classifier(), thresholds={"operating": 0.9})
        return facts

    monkeypatch.setattr(own_model_folder, "read_facts", replaced)
    loaded = make_assessor("cpu", model=chosen)
    assert times == [chosen.key]
    assert loaded.facts.key == chosen.key
    with pytest.raises(ModelError, match="another one than when it was chosen"):
        make_assessor("cpu", model=chosen)
