"""Weights of the folds that are kept: they fit the networks, fall into place, and an altered one is refused."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
import torch

from mammoview.core.errors import MammoviewError
from training.data.prepare import FOLDS
from training.experiments import fold_weights
from training.experiments.detection import cluster_network_of, heatmap_of, rescorer_folder, rescorer_of

kept = pytest.mark.skipif(
    (fold_weights.FOLDER.parents[1] / "PKG-INFO").exists(), reason="the source archive has no weights of the folds"
)


@kept
def test_kept_weights_are_those_of_every_fold(tmp_path: Path) -> None:
    written = fold_weights.place(tmp_path)
    assert len(written) == 2 * FOLDS + 4 and all(file.is_file() for file in written)
    heatmaps = [heatmap_of(tmp_path, str(fold), fold_weights.HEATMAP_SEED) for fold in range(FOLDS)]
    scorers = [rescorer_of(tmp_path, str(fold), fold_weights.RESCORER_SEED) for fold in range(FOLDS)]
    for networks in (heatmaps, scorers):
        first = [next(network.parameters()) for network in networks]
        assert not any(torch.equal(a, b) for k, a in enumerate(first) for b in first[:k]), "each fold has its own"
    clusters = [cluster_network_of(tmp_path, fold, 1).head.weight for fold in range(FOLDS)]
    assert torch.equal(clusters[0], clusters[2]) and not torch.equal(clusters[0], clusters[4])
    start = json.loads((rescorer_folder(tmp_path, "4", fold_weights.RESCORER_SEED) / "config.json").read_text())[
        "start"
    ]
    assert "ImageNet" in start[0] and len(start[1]) == 64, "the bundled ones tell where they began"
    assert fold_weights.place(tmp_path) == [], "what is there stays"


@kept
def test_altered_or_missing_weights_are_refused_by_name(tmp_path: Path) -> None:
    folder = tmp_path / "folds"
    shutil.copytree(fold_weights.FOLDER, folder)
    file = folder / "rescorer_2.safetensors"
    file.write_bytes(file.read_bytes()[:-1] + b"x")
    with pytest.raises(MammoviewError, match=r"rescorer_2\.safetensors"):
        fold_weights.place(tmp_path / "runs", folder)
    file.unlink()
    with pytest.raises(MammoviewError, match="missing"):
        fold_weights.place(tmp_path / "runs", folder)


def test_the_source_archive_says_where_the_weights_are(tmp_path: Path) -> None:
    folder = tmp_path / "folds"
    folder.mkdir()
    shutil.copy(fold_weights.FOLDER / fold_weights.HASHES, folder)
    with pytest.raises(MammoviewError, match=r"heatmap_0\.safetensors: .* The repository has them, the source archive"):
        fold_weights.place(tmp_path / "runs", folder)
    assert not (tmp_path / "runs").exists()
