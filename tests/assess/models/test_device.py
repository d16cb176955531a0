"""CUDA counts only when a convolution on it is right, half precision only when it is equal; full memory is reported.

No graphics card is needed: what torch would say of one is put in its place.
"""

from __future__ import annotations

import gc
import weakref
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import torch

from mammoview.assess.inference import assessor, gated_gradients, gradients, scan_input
from mammoview.assess.inference.assessor import Assessor
from mammoview.assess.inference.model_placement import ModelPlacement
from mammoview.assess.models import device
from mammoview.assess.models.bundle import load_bundle, optimised_for_inference
from mammoview.assess.models.cluster_network import ClusterConfig, ClusterNetwork
from mammoview.core.errors import MammoviewError
from tests.support.phantoms import breast_pixels, scan_of
from tests.support.small_models import small_bundle

CPU_FULL = "[enforce fail at alloc_cpu.cpp:127] err == 0. DefaultCPUAllocator: can't allocate memory: you tried to"


@pytest.fixture
def card(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """A machine that says it has CUDA."""
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    return monkeypatch


def test_a_card_whose_convolution_is_right_is_used(card: pytest.MonkeyPatch) -> None:
    card.setattr(device, "convolves", lambda device: device.type == "cuda")
    assert device.choose_device("auto").type == "cuda"
    assert device.choose_device("cpu").type == "cpu"


def test_a_card_without_kernels_is_left_alone(card: pytest.MonkeyPatch) -> None:
    def none(device: torch.device) -> bool:
        raise RuntimeError("CUDA error: no kernel image is available for execution on the device\nmore lines")

    card.setattr(device, "convolves", none)
    assert device.choose_device("auto").type == "cpu"
    with pytest.raises(MammoviewError, match="no kernel image") as error:
        device.choose_device("cuda")
    assert "\n" not in str(error.value)


def test_a_card_that_computes_wrongly_is_left_alone(card: pytest.MonkeyPatch) -> None:
    card.setattr(device, "convolves", lambda device: False)
    assert device.choose_device("auto").type == "cpu"
    with pytest.raises(MammoviewError, match="computes wrongly"):
        device.choose_device("cuda")


def test_wrong_convolutions_are_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    assert device.convolves(torch.device("cpu"))
    real, calls = torch.nn.functional.conv2d, []

    def second_one_wrong(*arguments):
        calls.append(1)
        return real(*arguments) + (0.2 if len(calls) == 2 else 0)

    monkeypatch.setattr(torch.nn.functional, "conv2d", second_one_wrong)
    assert not device.convolves(torch.device("cpu"))


def test_half_precision_is_measured_not_believed(tmp_path: Path) -> None:
    network = small_bundle(tmp_path).classifiers[200].network
    sample = torch.randn(3, 1, 192, 192, generator=torch.Generator().manual_seed(0))
    assert device.halves_well(network, sample)
    # Features beyond what half a float can hold: equal before, infinite now.
    with torch.no_grad():
        network.features[0].weight *= 1e7
        network.head.weight /= 1e7
    assert not device.halves_well(network, sample)


def test_half_precision_of_a_network_of_one_logit_is_measured_as_well() -> None:
    torch.manual_seed(0)
    network = optimised_for_inference(ClusterNetwork(ClusterConfig(widths=(4, 4), depths=(1, 1))))
    sample = torch.randn(3, 1, 64, 64)
    assert device.halves_well(network, sample)
    with torch.no_grad():
        network.features[0].weight *= 1e7
        network.head.weight /= 1e7
    assert not device.halves_well(network, sample)


def test_every_model_of_the_program_is_placed_on_a_card(monkeypatch: pytest.MonkeyPatch) -> None:
    bundle, card = load_bundle(), torch.device("cuda")
    for model in bundle.models:
        monkeypatch.setattr(model.network, "to", lambda *_: None)
    real = torch.randn
    monkeypatch.setattr(torch, "randn", lambda *size, device: real(*size))
    placement = ModelPlacement(bundle, card)
    assert placement.halved == {model.facts.name for model in bundle.models} - {bundle.fused.facts.name}


def test_a_cpu_never_works_in_half_precision(tmp_path: Path) -> None:
    assert (
        Assessor("cpu", bundle=small_bundle(tmp_path)).assess(scan_of(breast_pixels())).provenance["half_precision"]
        == []
    )


def test_half_precision_that_finds_no_number_is_given_up_and_without_it_that_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = Assessor("cpu", bundle=small_bundle(tmp_path))
    name = made.bundle.classifiers[200].facts.name
    real, lost = assessor.scan_breast, [True]

    def scan_breast(*arguments):
        found = real(*arguments)
        if torch.is_autocast_enabled("cpu") in lost:
            found.logits[0, 0] = np.nan
        return found

    monkeypatch.setattr(assessor, "scan_breast", scan_breast)
    made.placement.halved.add(name)
    assessment = made.assess(scan_of(breast_pixels()))
    assert assessment.provenance["half_precision"] == []
    assert np.isfinite(assessment.heatmap.values).all()
    lost.append(False)
    with pytest.raises(MammoviewError, match=r"phantom\.dcm: the models find no number for these pixels"):
        made.assess(scan_of(breast_pixels()))


def test_gradients_of_whole_precision_take_up_nothing_that_was_read_in_half(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, kept = Assessor("cpu", bundle=small_bundle(tmp_path)), []
    real = assessor.scan_breast

    def scan_breast(*arguments):
        found = real(*arguments)
        kept.append(found.kept is not None)
        return found

    monkeypatch.setattr(assessor, "scan_breast", scan_breast)
    made.assess(scan_of(breast_pixels()))
    made.placement.halved.add(made.bundle.classifiers[200].facts.name)
    made.assess(scan_of(breast_pixels()))
    assert kept == [True, False]


@pytest.mark.parametrize(
    ("error", "full"),
    [
        (MemoryError(), True),
        (torch.OutOfMemoryError("CUDA out of memory"), True),
        (RuntimeError(CPU_FULL), True),
        (RuntimeError("Sizes of tensors must match except in dimension 2"), False),
        (ValueError("not enough memory"), False),
    ],
)
def test_errors_that_mean_a_lack_of_memory(error: Exception, full: bool) -> None:
    assert device.out_of_memory(error) is full


def test_torchs_own_allocator_is_recognised() -> None:
    with pytest.raises(RuntimeError) as error:
        torch.empty(1 << 50)
    assert device.out_of_memory(error.value)


def test_a_full_cpu_is_one_line_and_another_error_is_not_taken_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = Assessor("cpu", bundle=small_bundle(tmp_path))

    def failing(text: str):
        def scan_breast(*_arguments):
            raise RuntimeError(text)

        return scan_breast

    monkeypatch.setattr(assessor, "scan_breast", failing(CPU_FULL))
    with pytest.raises(MammoviewError, match=r"phantom\.dcm: there is not enough memory"):
        made.assess(scan_of(breast_pixels()))
    monkeypatch.setattr(assessor, "scan_breast", failing("something else"))
    with pytest.raises(RuntimeError, match="something else"):
        made.assess(scan_of(breast_pixels()))


def test_a_batch_too_large_for_the_cpu_is_halved_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    network = small_bundle(tmp_path).classifiers[200].network
    image = np.random.default_rng(5).standard_normal((200, 200)).astype(np.float32)
    starts = np.random.default_rng(6).integers(0, 72, (9, 2))
    whole, real = gradients.gradients(network, image, starts), gradients.back

    def small(way, pieces, starts, *others):
        if len(starts) > 2:
            raise RuntimeError(CPU_FULL)
        return real(way, pieces, starts, *others)

    monkeypatch.setattr(gradients, "back", small)
    np.testing.assert_allclose(gradients.gradients(network, image, starts), whole, atol=1e-6)


def test_nothing_of_a_scan_lives_on_when_it_and_its_assessment_are_let_go(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = Assessor("cpu", bundle=small_bundle(tmp_path))
    seen: list[weakref.ref[object]] = []

    def watched(module: ModuleType, name: str):
        real = getattr(module, name)

        def call(*arguments, **more):
            found = real(*arguments, **more)
            seen.append(weakref.ref(found))
            return found

        return call

    for module, name in ((scan_input, "prepare"), (assessor, "scan_breast"), (gated_gradients, "gradients")):
        monkeypatch.setattr(module, name, watched(module, name))
    scan = scan_of(breast_pixels())
    seen.append(weakref.ref(scan.pixels))
    assessment = made.assess(scan)
    kept = made.sensitivity(scan, assessment)
    seen += [weakref.ref(one) for one in (kept, assessment, assessment.saliency, assessment.heatmap)]
    assert len(seen) == 11
    del kept, assessment, scan
    gc.collect()
    assert [one for one in seen if one() is not None] == []


def test_memory_is_given_back_without_a_card() -> None:
    device.release_memory()
