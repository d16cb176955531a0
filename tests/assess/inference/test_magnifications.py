"""All three magnifications of the paper in one assessment, each exact and in its place."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from mammoview.assess.inference import assessor as assessing
from mammoview.assess.inference import gradients
from mammoview.assess.inference.assessor import Assessor
from mammoview.assess.results.assessment_files import write
from mammoview.core.errors import MammoviewError
from tests.support.phantoms import breast_pixels, scan_of
from tests.support.small_models import THREE, small_bundle


@pytest.fixture(scope="module")
def assessor(tmp_path_factory: pytest.TempPathFactory) -> Assessor:
    return Assessor("cpu", bundle=small_bundle(tmp_path_factory.mktemp("models"), THREE))


@pytest.mark.parametrize("um", [100, 150, 200])
@pytest.mark.parametrize("stride", [32, 64])
@pytest.mark.parametrize("shape", [(128, 128), (191, 257), (321, 130)])
def test_the_dense_grid_is_exact_at_every_magnification(
    assessor: Assessor, um: int, stride: int, shape: tuple[int, int]
) -> None:
    image = np.random.default_rng(um).standard_normal(shape).astype(np.float32)
    z = assessor.grid(image, stride, um)
    assert z.shape == tuple((n - 128) // stride + 1 for n in shape)
    starts = np.moveaxis(np.indices(z.shape), 0, -1).reshape(-1, 2) * stride
    np.testing.assert_allclose(z.ravel(), assessor.classify(image, starts, um), atol=1e-5)


def test_every_magnification_has_its_grid_over_the_whole_breast(assessor: Assessor, tmp_path: Path) -> None:
    scan = scan_of(breast_pixels())
    result = assessor.assess(scan)
    assert list(result.grids) == [100, 150, 200]
    for um, grid in result.grids.items():
        assert grid.um_per_px == um
        # A cell is one stride of magnified pixels wide on the breast; this phantom has 200 um per pixel.
        width = np.ptp(grid.to_scan([(0, 0), (1, 0)])[:, 0])
        assert width == pytest.approx(grid.stride_px * um / 200)
        corners = grid.to_scan([(0, 0), grid.values.shape[::-1]])
        assert (corners.min(0) <= (2, 80)).all()
        assert (corners.max(0) >= (278, 520)).all()
    _, arrays = write(result, scan, tmp_path, "L_CC")
    with np.load(arrays, allow_pickle=False) as content:
        assert {"grid_100um", "grid_150um", "grid_200um"} <= set(content)
        for um in (100, 150, 200):
            np.testing.assert_array_equal(content[f"grid_{um}um"], result.grids[um].values)


def test_a_batch_too_large_for_the_device_is_halved(assessor: Assessor, monkeypatch: pytest.MonkeyPatch) -> None:
    network = assessor.bundle.classifiers[200].network
    image = np.random.default_rng(5).standard_normal((256, 256)).astype(np.float32)
    starts = np.random.default_rng(6).integers(0, 128, (21, 2))
    whole = gradients.gradients(network, image, starts)
    real, sizes = gradients.back, []

    def small(way, pieces, starts, *others):
        sizes.append(len(starts))
        if len(starts) > 4:
            raise torch.OutOfMemoryError
        return real(way, pieces, starts, *others)

    monkeypatch.setattr(gradients, "BATCH", 16)
    monkeypatch.setattr(gradients, "back", small)
    np.testing.assert_allclose(gradients.gradients(network, image, starts), whole, atol=1e-6)
    assert sizes == [16, 8, 4, 4, 4, 4, 4, 1]


def test_a_full_device_falls_back_to_the_cpu_and_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = Assessor("cpu", bundle=small_bundle(tmp_path, THREE))
    made.placement.device = torch.device("cuda")  # No kernel runs on it: its memory is "full" at the first scan.
    real = assessing.scan_breast

    def full(*arguments):
        if made.device == "cuda":
            raise torch.OutOfMemoryError
        return real(*arguments)

    monkeypatch.setattr(assessing, "scan_breast", full)
    result = made.assess(scan_of(breast_pixels()))
    assert made.device == result.provenance["device"] == "cpu"
    assert any("ran out of memory" in line for line in result.warnings)


@pytest.mark.parametrize("error", [torch.OutOfMemoryError, MemoryError])
def test_too_little_memory_for_a_scan_is_one_line(
    assessor: Assessor, monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    def full(*arguments):
        raise error

    monkeypatch.setattr(assessing, "scan_breast", full)
    with pytest.raises(MammoviewError, match=r"phantom\.dcm: there is not enough memory"):
        assessor.assess(scan_of(breast_pixels()))
