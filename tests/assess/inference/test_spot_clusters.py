"""Clusters of bright spots: what is one, what the network is given of them, and how they join the other candidates."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from mammoview.assess.inference.cluster_scoring import SHIFTS_PX, network_logits, patch_at, reach_px
from mammoview.assess.inference.spot_clusters import cluster_map, spots
from mammoview.assess.models.bundle import optimised_for_inference
from mammoview.assess.models.cluster_network import ClusterConfig, ClusterNetwork

SIDE = 320


def film(seed: int = 0) -> np.ndarray:
    """Grain of a film, float32 (320, 320), 64 mm."""
    return np.random.default_rng(seed).normal(0, 0.03, (SIDE, SIDE)).astype(np.float32)


def with_spots(image: np.ndarray, places: np.ndarray) -> np.ndarray:
    image = image.copy()
    image[tuple(places.T)] += 1
    return image


CLUSTER = np.array([[184 + 4 * i, 104 + 4 * j] for i in range(4) for j in range(3)])
"""Twelve spots within 2.4 mm round (190, 108), so in the cell (11, 6)."""
ALL = np.ones((SIDE, SIDE), bool)


def test_small_bright_spots_are_found_and_large_ones_and_those_at_the_rim_are_not() -> None:
    down, across = np.mgrid[:SIDE, :SIDE]
    soft = np.exp(-((down - 80) ** 2 + (across - 200) ** 2) / (2 * 12.0**2)).astype(np.float32)
    image = with_spots(film() + soft, CLUSTER)
    found = {(int(r), int(c)) for r, c in spots(image, ALL)}
    assert {(int(r), int(c)) for r, c in CLUSTER} <= found
    assert len(found) < len(CLUSTER) + 5
    inside = ALL.copy()
    inside[:, :107] = False  # the second column of the cluster lies 1 px inside, the third 5 px
    assert {c for _, c in spots(image, inside)} & {104, 108, 112} == {112}


def test_a_cluster_is_denser_than_its_surroundings() -> None:
    alone = cluster_map(with_spots(film(), CLUSTER), ALL)
    assert alone.shape == (SIDE // 16, SIDE // 16)
    row, column = np.unravel_index(alone.argmax(), alone.shape)
    assert abs(row - 11) <= 1 and abs(column - 6) <= 1
    every = np.argwhere((np.indices((SIDE, SIDE)) % 6 == 3).all(0))
    among = cluster_map(with_spots(film(), np.concatenate([every, CLUSTER])), ALL)
    assert among[11, 6] < alone.max() / 2, "spots everywhere are no cluster"
    assert not cluster_map(np.zeros((SIDE, SIDE), np.float32), ALL).any()


def test_a_patch_lies_around_its_place_and_repeats_the_edge_beyond_the_image() -> None:
    image = np.arange(100 * 90, dtype=np.float32).reshape(100, 90)
    assert np.array_equal(patch_at(image, 50.2, 40.0, 64), image[18:82, 8:72])
    corner = patch_at(image, 0.0, 89.0, 64)
    assert corner.shape == (64, 64)
    assert (corner[:32, 0] == image[0, 57]).all() and (corner[-1, 33:] == image[31, 89]).all()


def test_the_network_is_given_patches_without_their_mean_and_its_answers_are_averaged() -> None:
    torch.manual_seed(0)
    network = ClusterNetwork(ClusterConfig()).eval()
    image = with_spots(film(), CLUSTER)
    place = np.array([[190.0, 108.0]])
    (one,) = network_logits(network, image, place)
    shifted = [
        network(torch.from_numpy(patch - patch.mean())[None, None]).item()
        for patch in (image[158 + r : 222 + r, 76 + c : 140 + c] for r, c in SHIFTS_PX)
    ]
    assert one == pytest.approx(np.mean(shifted), abs=1e-5)
    assert network_logits(network, image + 3, place)[0] == pytest.approx(one, abs=1e-4)
    assert network_logits(network, image, np.empty((0, 2))).shape == (0,)
    reach = reach_px(network)
    other = image.copy()
    other[: 190 - reach] = 9
    other[190 + reach :] = other[:, 108 + reach :] = other[:, : 108 - reach] = -9
    assert network_logits(network, other, place)[0] == one, "nothing farther away is looked at"


def test_folded_batch_norm_answers_alike() -> None:
    torch.manual_seed(0)
    network = ClusterNetwork(ClusterConfig())
    network.train()(torch.randn(8, 1, 64, 64))
    x = torch.randn(3, 1, 64, 64)
    before = network.eval()(x)
    torch.testing.assert_close(optimised_for_inference(network)(x), before, atol=1e-5, rtol=1e-4)
