"""A network strip by strip gives the results of one pass, and can be cancelled."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from mammoview.assess.inference.dense_classifier import dense_logits, patchwise_logits
from mammoview.assess.inference.preprocessing import patch_starts
from mammoview.assess.inference.strips import strips
from mammoview.assess.models.networks import TissueClassifier, TissueConfig
from mammoview.core.errors import CancelledError
from tests.support.small_models import SHAPE

STARTS = np.random.default_rng(6).integers(0, 172, (20, 2))
CONFIGS = {
    "plain": TissueConfig(widths=(4, 6, 8, 8)),
    "unshuffled": TissueConfig(widths=(4, 6, 8), unshuffle=2),
    "no last pooling": SHAPE,
}


def network_of(config: TissueConfig) -> TissueClassifier:
    torch.manual_seed(5)
    network = TissueClassifier(config).eval()
    with torch.inference_mode():
        # Logits as large as a trained network's ever are: those of untrained weights are small.
        network.head.bias.zero_()
        z = patchwise_logits(network, np.random.default_rng(5).standard_normal((300, 300)).astype(np.float32), STARTS)
    with torch.no_grad():
        network.head.weight *= 8 / np.abs(z).max()
    return network


@pytest.fixture(autouse=True)
def small_strips(monkeypatch: pytest.MonkeyPatch) -> None:
    """Images of tests are small: so are their strips."""
    monkeypatch.setattr("mammoview.assess.inference.dense_classifier.STRIP_AREA", 128 * 256)


NETWORKS = {name: network_of(config) for name, config in CONFIGS.items()}


@given(
    name=st.sampled_from(list(CONFIGS)),
    rows=st.sampled_from([2, 4, 10, 34, 64, 128, 1000]),
    height=st.integers(64, 130),
    width=st.integers(64, 90),
)
def test_strips_put_together_equal_one_pass(name: str, rows: int, height: int, width: int) -> None:
    features = NETWORKS[name].features
    generator = torch.Generator().manual_seed(height * 1000 + width)
    image = torch.randn(1, 1, height * 2, width * 2, generator=generator)
    with torch.inference_mode():
        whole = features(image)
        found = torch.cat(list(strips(features, image, rows)), 2)
    assert found.shape == whole.shape
    torch.testing.assert_close(found, whole, atol=1e-5, rtol=1e-5)


@given(
    name=st.sampled_from(list(CONFIGS)),
    every=st.sampled_from([1, 2, 4]),
    shape=st.tuples(st.integers(128, 420), st.integers(128, 420)),
    seed=st.integers(0, 9),
)
def test_only_what_is_needed_is_exact_and_the_rest_is_background(
    name: str, every: int, shape: tuple[int, int], seed: int
) -> None:
    network = NETWORKS[name]
    rng = np.random.default_rng(seed)
    image = rng.standard_normal(shape).astype(np.float32)
    image[-1, -1] = -1.25
    grid = tuple((n - 128) // (16 * every) + 1 for n in shape)
    # A breast's outline: each row of patches reaches to another column, some rows nowhere.
    needed = np.arange(grid[1]) < rng.integers(-1, grid[1] + 1, (grid[0], 1))
    z = dense_logits(network, image, every, needed)
    alone = patchwise_logits(network, image, patch_starts(grid, 16 * every)).reshape(grid)
    np.testing.assert_allclose(z[needed], alone[needed], atol=1e-5)
    air = patchwise_logits(network, np.full((128, 128), -1.25, np.float32), np.zeros((1, 2), int))
    assert (z[~needed] == air).all()


def test_background_is_computed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    network, seen = NETWORKS["plain"], []
    image = np.random.default_rng(0).standard_normal((640, 640)).astype(np.float32)
    needed = np.zeros((33, 33), bool)
    needed[:, :4] = True
    real = torch.nn.Conv2d.forward
    monkeypatch.setattr(
        torch.nn.Conv2d, "forward", lambda self, x: seen.append(x.shape[0] * x.shape[2] * x.shape[3]) or real(self, x)
    )
    dense_logits(network, image)
    everything = sum(seen)
    seen.clear()
    dense_logits(network, image, needed=needed)
    # 4 of 33 columns of patches are 176 of 640 columns of pixels; then one patch for all the others.
    assert sum(seen) < 0.4 * everything


def test_work_stops_between_strips() -> None:
    image = np.zeros((1280, 256), np.float32)
    asked = []

    def check() -> None:
        asked.append(True)
        if len(asked) == 3:
            raise CancelledError

    with pytest.raises(CancelledError):
        dense_logits(NETWORKS["no last pooling"], image, check=check)
    assert len(asked) == 3
