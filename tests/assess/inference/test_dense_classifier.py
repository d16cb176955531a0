"""Dense and patchwise scanning agree, whatever the size, stride and place."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from mammoview.assess.inference.assessor import Assessor
from mammoview.assess.inference.dense_classifier import dense_logits, patchwise_logits
from mammoview.assess.models.networks import VGG16, TissueClassifier, TissueConfig, fold_batch_norm
from mammoview.core.errors import MammoviewError
from tests.support.small_models import SHAPE, small_bundle


@pytest.fixture(scope="module", params=[SHAPE, TissueConfig(widths=(4, 6, 8, 8))], ids=["as shipped", "all pooled"])
def network(request: pytest.FixtureRequest) -> TissueClassifier:
    torch.manual_seed(1)
    made = TissueClassifier(request.param).eval()
    return made.to(memory_format=torch.channels_last)


def starts_of(shape: tuple[int, int], stride: int) -> np.ndarray:
    return np.stack(np.meshgrid(*(np.arange(n) * stride for n in shape), indexing="ij"), -1).reshape(-1, 2)


@pytest.mark.parametrize("shape", [(128, 128), (129, 143), (257, 300), (128, 511)])
@pytest.mark.parametrize("every", [1, 2, 4])
def test_dense_equals_patchwise(network: TissueClassifier, shape: tuple[int, int], every: int) -> None:
    image = np.random.default_rng(0).standard_normal(shape).astype(np.float32)
    z = dense_logits(network, image, every)
    assert z.shape == tuple((n - 128) // (16 * every) + 1 for n in shape)
    alone = patchwise_logits(network, image, starts_of(z.shape, 16 * every))
    np.testing.assert_allclose(z.ravel(), alone, atol=1e-5)


def test_a_padded_network_is_only_used_patch_by_patch() -> None:
    """In one pass it would be another classifier; so its dense answer is that of its patches."""
    torch.manual_seed(2)
    padded = TissueClassifier(TissueConfig(widths=(4, 6, 8), depths=(2, 2, 3), padded=True)).eval()
    for weights in padded.parameters():
        torch.nn.init.normal_(weights, std=0.3)
    image = np.random.default_rng(0).standard_normal((161, 144)).astype(np.float32)
    z = dense_logits(padded, image, 2)
    alone = patchwise_logits(padded, image, starts_of(z.shape, 16))
    np.testing.assert_allclose(z.ravel(), alone, rtol=1e-5, atol=1e-6)
    with torch.inference_mode():
        both = padded(torch.from_numpy(image[:160])[None, None], 2)[0].double().numpy()
    assert np.abs((both[1] - both[0])[: z.shape[0], : z.shape[1]] - z).max() > 0.1 * z.std()


def test_vgg16_has_the_layers_of_configuration_d() -> None:
    """Thirteen 3x3 convolutions (Simonyan & Zisserman 2015, table 1), here for one channel instead of three."""
    network = TissueClassifier(VGG16)
    convolutions = [m for m in network.features if isinstance(m, torch.nn.Conv2d)]
    assert [m.out_channels for m in convolutions] == [64] * 2 + [128] * 2 + [256] * 3 + [512] * 6
    for_colour = sum(m.weight.numel() + m.out_channels for m in convolutions) + 2 * 9 * 64
    assert for_colour == 14_714_688
    assert network(torch.zeros(1, 1, 128, 128)).shape == (1, 2, 1, 1)


def test_folding_batch_norm_keeps_the_function(network: TissueClassifier) -> None:
    for module in network.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.running_mean.uniform_(-0.5, 0.5)
            module.running_var.uniform_(0.3, 2.0)
    image = np.random.default_rng(1).standard_normal((192, 160)).astype(np.float32)
    before = dense_logits(network, image)
    folded = TissueClassifier(network.config).eval()
    folded.load_state_dict(network.state_dict())
    folded.features = fold_batch_norm(folded.features)
    assert not any(isinstance(m, torch.nn.BatchNorm2d) for m in folded.modules())
    np.testing.assert_allclose(dense_logits(folded, image), before, atol=1e-4)


def test_padded_convolutions_would_not_agree(network: TissueClassifier) -> None:
    """The reason for valid convolutions: with padding, the two ways are two classifiers."""
    padded = TissueClassifier(network.config).eval()
    padded.load_state_dict(network.state_dict())
    for module in padded.modules():
        if isinstance(module, torch.nn.Conv2d) and module.kernel_size == (3, 3):
            module.padding = (1, 1)
    image = np.random.default_rng(2).standard_normal((256, 256)).astype(np.float32)
    with torch.inference_mode():
        padded.window = 8
        whole = padded(torch.from_numpy(image)[None, None])[0]
        patch = padded(torch.from_numpy(image[64:192, 64:192])[None, None])[0, :, 0, 0]
    assert not torch.allclose(whole[:, 4, 4], patch, atol=1e-5)


def test_public_classify_and_grid_agree(tmp_path) -> None:
    assessor = Assessor("cpu", bundle=small_bundle(tmp_path))
    image = np.random.default_rng(3).standard_normal((300, 260)).astype(np.float32)
    z = assessor.grid(image, stride_px=32)
    np.testing.assert_allclose(z.ravel(), assessor.classify(image, starts_of(z.shape, 32)), atol=1e-5)


@pytest.mark.parametrize(("stride", "shape"), [(24, (256, 256)), (0, (256, 256)), (64, (100, 300))])
def test_impossible_grids_are_refused(tmp_path, stride: int, shape: tuple[int, int]) -> None:
    assessor = Assessor("cpu", bundle=small_bundle(tmp_path))
    with pytest.raises(MammoviewError, match=r"stride|smaller"):
        assessor.grid(np.zeros(shape, np.float32), stride)


def test_an_unknown_magnification_is_refused(tmp_path) -> None:
    assessor = Assessor("cpu", bundle=small_bundle(tmp_path))
    with pytest.raises(MammoviewError, match="no tissue classifier for 123"):
        assessor.grid(np.zeros((200, 200), np.float32), um_per_px=123)
