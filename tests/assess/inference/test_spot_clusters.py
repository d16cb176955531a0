"""Clusters of bright spots: what is one, what the network is given of them, and how they join the other candidates."""

from __future__ import annotations

import numpy as np

from mammoview.assess.inference.spot_clusters import cluster_map, spots

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
