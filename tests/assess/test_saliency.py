"""The saliency equals one-patch-at-a-time autograd of the entropy itself."""

from __future__ import annotations

import numpy as np
import torch

from mammoview.assess.networks import TissueClassifier, TissueConfig
from mammoview.assess.saliency import entropy_weight, gradients, summed


def entropy_gradient(network: TissueClassifier, patch: np.ndarray, temperature: float) -> np.ndarray:
    """|dH/dx| of H = -sum p log p by autograd through the entropy, the slow way (P22)."""
    x = torch.from_numpy(patch)[None, None].double().requires_grad_(True)
    both = network.double()(x)[0, :, 0, 0] / temperature
    p = torch.softmax(both, 0)
    (-(p * torch.log(p)).sum()).backward()
    return x.grad[0, 0].abs().numpy()


def test_reweighted_gradients_equal_the_entropy_gradient() -> None:
    torch.manual_seed(3)
    network = TissueClassifier(TissueConfig(widths=(4, 6, 8, 8))).eval()
    image = np.random.default_rng(4).standard_normal((256, 288)).astype(np.float32)
    starts = np.array([[0, 0], [64, 32], [128, 160], [37, 99]])
    temperature = 1.7
    found = gradients(network, image, starts)
    patches = [image[r : r + 128, c : c + 128] for r, c in starts]
    with torch.inference_mode():
        both = torch.stack([network(torch.from_numpy(p)[None, None])[0, :, 0, 0] for p in patches]).double()
    z = (both[:, 1] - both[:, 0]).numpy() / temperature
    weighted = found * entropy_weight(z, temperature)[:, None, None]
    slow = np.stack([entropy_gradient(network, p, temperature) for p in patches])
    np.testing.assert_allclose(weighted, slow, atol=1e-5 * slow.max())


def test_overlapping_patches_add_their_absolute_gradients() -> None:
    patches = np.stack([np.full((4, 4), 2.0), np.full((4, 4), -3.0)]).astype(np.float32)
    total = summed(np.abs(patches), np.array([1.0, 0.5]), np.array([[0, 0], [2, 1]]), (7, 6))
    assert total[0, 0] == 2.0
    assert total[3, 2] == 2.0 + 1.5
    assert total[5, 4] == 1.5
    assert total[6, 5] == 0.0


def test_no_gated_patch_gives_an_empty_map() -> None:
    network = TissueClassifier(TissueConfig(widths=(4, 4))).eval()
    none = gradients(network, np.zeros((128, 128), np.float32), np.empty((0, 2), int))
    assert summed(none, np.empty(0), np.empty((0, 2), int), (128, 128)).sum() == 0
