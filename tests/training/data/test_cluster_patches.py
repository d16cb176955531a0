"""Patches with and without a synthetic cluster: where they are cut, what is added, and that draws repeat."""

from __future__ import annotations

import numpy as np
import pytest

from training.data import cluster_patches
from training.data.cluster_patches import SIDE_PX, ClusterPatches, NormalView, tissue_places


@pytest.fixture(autouse=True)
def few_profiles(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster_patches, "PROFILES", 6)


def view() -> NormalView:
    image = np.random.default_rng(0).normal(0, 0.03, (160, 160)).astype(np.float16)
    return NormalView("one", image, np.array([[80.0, 80.0]]), tissue_places(np.ones((160, 160), bool)))


def test_places_in_tissue_lie_inside_the_rim() -> None:
    inside = np.zeros((160, 160), bool)
    inside[20:140, 30:150] = True
    places = tissue_places(inside)
    assert len(places) > 50
    assert (places.min(0) >= (27, 37)).all() and (places.max(0) < (133, 143)).all()


def test_each_second_patch_has_bright_grains_added(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster_patches, "LONE", 0.0)
    monkeypatch.setattr(cluster_patches, "COMPRESSED", 0.0)
    patches, has = ClusterPatches([view()], np.random.default_rng(0)).batch(16)
    assert patches.shape == (16, 1, SIDE_PX, SIDE_PX) and patches.dtype == np.float32
    assert has.tolist() == [0, 1] * 8
    assert np.abs(patches.mean((1, 2, 3))).max() < 1e-5
    highest = patches.max((1, 2, 3))
    assert highest[has == 0].max() < 0.2 < highest[has == 1].min()
    again, _ = ClusterPatches([view()], np.random.default_rng(0)).batch(16)
    assert np.array_equal(again, patches)


def test_lone_grains_are_no_cluster(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster_patches, "LONE", 1.0)
    monkeypatch.setattr(cluster_patches, "COMPRESSED", 0.0)
    patches, has = ClusterPatches([view()], np.random.default_rng(0)).batch(16)
    assert has.tolist() == [0, 1] * 8
    assert (patches.max((1, 2, 3)) > 0.2).sum() > 12, "both have bright grains"
    assert cluster_patches.synthetic.lone_grains(np.random.default_rng(0), 200, 11.0).kind == "lone grains"


def test_a_compressed_patch_keeps_its_tissue_and_rings_around_grains(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    ramp = np.linspace(0, 1, SIDE_PX * SIDE_PX, dtype=np.float32).reshape(SIDE_PX, SIDE_PX)
    assert np.abs(cluster_patches.compressed(ramp, rng) - ramp).max() < 0.15
    speck = np.zeros((SIDE_PX, SIDE_PX), np.float32)
    speck[32, 32] = 3
    monkeypatch.setattr(cluster_patches, "JPEG_QUALITY", (40, 41))
    rung = cluster_patches.compressed(speck, rng)
    near = np.ones_like(speck, bool)
    near[29:36, 29:36] = False
    assert 0.005 < np.abs(rung[near]).max() < 0.5


def test_each_data_set_is_drawn_from_as_often() -> None:
    def of(source: str, value: float) -> NormalView:
        image = np.zeros((160, 160), np.float32)
        image[60:100, 60:100] = value
        return NormalView(source, image, np.empty((0, 2)), np.array([[80, 80]]))

    views = [of("a", -1.0), *(of("b", 0.0) for _ in range(20))]
    drawn, _ = ClusterPatches(views, np.random.default_rng(3)).batch(200)
    assert 0.35 < (drawn[::2].min((1, 2, 3)) < -0.3).mean() < 0.65


def test_most_patches_lie_where_bright_spots_cluster_and_others_where_there_are_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(cluster_patches, "LONE", 0.0)
    monkeypatch.setattr(cluster_patches, "COMPRESSED", 0.0)
    image = np.zeros((400, 400), np.float32)
    image[200, 200] = -1  # marks the only place of clusters
    tissue = np.array([[60, 60]])
    views = [NormalView("one", image, np.array([[200.0, 200.0]]), tissue)]
    drawn, _ = ClusterPatches(views, np.random.default_rng(1)).batch(200)
    at_clusters = (drawn[::2].min((1, 2, 3)) < -0.5).mean()
    assert 0.45 < at_clusters < 0.75
    none, _ = ClusterPatches([NormalView("one", image, np.empty((0, 2)), tissue)], np.random.default_rng(1)).batch(20)
    assert (none[::2] == 0).all()
