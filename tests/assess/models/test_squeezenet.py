"""SqueezeNet's fire modules: dense equals patchwise, Captum agrees, and dilation stands for pooling."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from pydantic import TypeAdapter

from mammoview.assess.inference.dense_classifier import dense_logits, patchwise_logits
from mammoview.assess.inference.gradients import by_itself, gradients
from mammoview.assess.inference.rescoring import in_context
from mammoview.assess.models.bundle import optimised_for_inference
from mammoview.assess.models.networks import (
    Config,
    HeatmapRegressor,
    PatchNetwork,
    Rescorer,
    RescorerConfig,
    SqueezeHeatmapConfig,
    SqueezeNetConfig,
    TissueClassifier,
    build_network,
)
from mammoview.assess.models.squeezenet import FireModule, squeeze_features

STEPS = {2: 4, 3: 4, 4: 8, 5: 8, 6: 16, 7: 16}


def network_of(config: SqueezeNetConfig) -> PatchNetwork:
    torch.manual_seed(3)
    made = build_network(config).eval()
    assert isinstance(made, PatchNetwork)
    with torch.no_grad():
        made.head.weight *= 30
    return made


@pytest.mark.parametrize("last", [3, 4, 6])
@pytest.mark.parametrize("every", [1, 2])
def test_dense_equals_patchwise(last: int, every: int) -> None:
    network = network_of(SqueezeNetConfig(last=last))
    assert network.step == STEPS[last]
    image = np.random.default_rng(0).standard_normal((151, 174)).astype(np.float32)
    z = dense_logits(network, image, every)
    stride = network.step * every
    assert z.shape == tuple((n - 128) // stride + 1 for n in image.shape)
    starts = np.stack(np.meshgrid(*(np.arange(n) * stride for n in z.shape), indexing="ij"), -1).reshape(-1, 2)
    some = starts[:: max(1, len(starts) // 12)]
    alone = patchwise_logits(network, image, some)
    assert np.ptp(alone) > 0
    np.testing.assert_allclose(z[tuple((some // stride).T)], alone, atol=1e-5)


@pytest.mark.parametrize(
    "config",
    [
        SqueezeNetConfig(last=2, patch_px=96),
        SqueezeNetConfig(last=4, patch_px=96),
        SqueezeNetConfig(),
        RescorerConfig(),
    ],
    ids=["to fire2", "to fire4", "to fire6", "re-scorer as shipped"],
)
def test_the_gradient_equals_captum_and_autograd(config: SqueezeNetConfig) -> None:
    attr = pytest.importorskip("captum.attr")
    network = network_of(config)
    side = config.patch_px
    image = np.random.default_rng(4).standard_normal((side + 24, side + 34)).astype(np.float32)
    starts = np.array([[0, 0], [17, 33]])
    ours = gradients(network, image, starts)
    patches = np.stack([image[r : r + side, c : c + side] for r, c in starts])
    oracle = attr.Saliency(lambda x: (network(x)[:, 1] - network(x)[:, 0])[:, 0, 0])
    theirs = oracle.attribute(torch.from_numpy(patches)[:, None].requires_grad_(True), abs=True)[:, 0].detach().numpy()
    assert theirs.max() > 0
    np.testing.assert_allclose(ours, theirs, atol=1e-4 * theirs.max())
    np.testing.assert_allclose(ours, np.stack([by_itself(network, image, s) for s in starts]), atol=1e-6)


def test_an_unpadded_fire_module_is_the_padded_one_without_its_border() -> None:
    torch.manual_seed(1)
    padded, valid = FireModule(5, 3, 4, padded=True), FireModule(5, 3, 4, padded=False)
    valid.load_state_dict(padded.state_dict())
    x = torch.randn(1, 5, 9, 11)
    torch.testing.assert_close(valid(x), padded(x)[:, :, 1:-1, 1:-1])


def test_dilation_in_place_of_a_pooling_gives_the_same_features_at_more_places() -> None:
    """Every second place of the features at stride 8 is a place of those at stride 16."""
    torch.manual_seed(2)
    coarse = squeeze_features(7, padded=False)
    fine = squeeze_features(7, padded=False, least_stride=8)
    fine.load_state_dict(coarse.state_dict())
    x = torch.randn(1, 1, 191, 223)
    torch.testing.assert_close(fine(x)[:, :, ::2, ::2], coarse(x), atol=1e-5, rtol=1e-5)


def test_the_heatmap_keeps_the_paper_s_lattice() -> None:
    network = build_network(SqueezeHeatmapConfig())
    assert isinstance(network, HeatmapRegressor)
    out = optimised_for_inference(network)(torch.randn(1, 1, 256, 256))
    assert out.shape == (1, 1, 32, 32) and float(out.min()) >= 0 and float(out.max()) <= 1


@pytest.mark.parametrize("config", [SqueezeNetConfig(last=5), RescorerConfig(), SqueezeHeatmapConfig(last=6)])
def test_a_configuration_survives_json(config: Config) -> None:
    kept = TypeAdapter(Config).validate_json(config.model_dump_json())
    assert kept == config and type(kept) is type(config)


def test_a_rescorer_is_no_tissue_classifier() -> None:
    """The bundle distinguishes them by class: the grid of one would be nonsense from the other."""
    assert not isinstance(build_network(RescorerConfig()), TissueClassifier)
    assert isinstance(build_network(SqueezeNetConfig()), TissueClassifier)


def test_a_patch_too_small_and_an_unknown_module_are_refused() -> None:
    with pytest.raises(ValueError, match="leave nothing of a patch of 64 px"):
        build_network(SqueezeNetConfig(last=7, patch_px=64))
    with pytest.raises(ValueError, match="no fire module 10"):
        squeeze_features(10, padded=True)


def test_a_candidate_is_read_in_the_patch_round_the_middle_of_its_cell() -> None:
    network = network_of(RescorerConfig())
    assert isinstance(network, Rescorer)
    image = np.random.default_rng(5).standard_normal((160, 200)).astype(np.float32)
    inside, corner = in_context(network, image, np.array([[9, 11], [0, 0]]))
    assert inside == pytest.approx(
        float(patchwise_logits(network, image, np.array([[9 * 8 + 4 - 64, 11 * 8 + 4 - 64]]))[0])
    )
    # Beyond the image is film without breast.
    around = np.full((128, 128), image[0, 0], np.float32)
    around[60:, 60:] = image[:68, :68]
    assert corner == pytest.approx(float(patchwise_logits(network, around, np.array([[0, 0]]))[0]), abs=1e-5)
