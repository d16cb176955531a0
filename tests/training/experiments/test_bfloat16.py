"""Half precision on the processor: which lists count as the same, and what is written of views."""

from __future__ import annotations

from types import SimpleNamespace

import torch

from mammoview.assess.results.assessment import Finding
from training.experiments.bfloat16 import half, same_findings


def listed(*found: tuple[float, float, float]) -> SimpleNamespace:
    return SimpleNamespace(findings=[Finding(k, x, y, None, None, s, ()) for k, (x, y, s) in enumerate(found)])


def test_lists_are_the_same_with_equal_places_and_scores_to_a_hundredth() -> None:
    one = listed((10, 20, 0.501), (30, 40, 0.2))
    assert same_findings(one, listed((10, 20, 0.499), (30, 40, 0.2)))
    assert not same_findings(one, listed((10, 20, 0.49), (30, 40, 0.2)))
    assert not same_findings(one, listed((18, 20, 0.501), (30, 40, 0.2)))
    assert not same_findings(one, listed((10, 20, 0.501)))


def test_convolutions_run_in_bfloat16() -> None:
    with half():
        assert torch.nn.Conv2d(1, 1, 3)(torch.zeros(1, 1, 8, 8)).dtype == torch.bfloat16
