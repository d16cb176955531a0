"""Which marks two models share, on scans whose pixels are not square."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mammoview.assess.models.own_model_folder import OwnModelFolder
from mammoview.assess.results.assessment import Finding
from mammoview.qt.findings.model_differences import model_differences
from mammoview.qt.session.layer_state import LayerState
from mammoview.qt.session.model_choice import BUNDLED, ModelChoice
from mammoview.qt.session.model_choices import ModelChoices
from mammoview.qt.session.model_worker import AssessmentResult
from mammoview.qt.session.scan_entry import ScanEntry
from mammoview.study.spacing import Spacing, SpacingSource
from tests.support.phantoms import assessed, breast_pixels, scan_of

DOWN_MM, ACROSS_MM = 0.2, 0.1
OTHER = ModelChoice(OwnModelFolder(Path("other"), "key of the other"), "other 1")


@pytest.fixture(scope="module")
def made() -> AssessmentResult:
    return AssessmentResult.of(assessed(scan_of(breast_pixels())))


def entry_of(made: AssessmentResult, *lists: list[tuple[float, float]]) -> ScanEntry:
    """A scan with marks of the bundled models and of the other one; without the other's where there is one list."""
    spacing = Spacing(DOWN_MM, ACROSS_MM, SpacingSource.CALIBRATED)
    entry = ScanEntry(scan_of(breast_pixels(), spacing=spacing))
    for key, places in zip((BUNDLED.key, OTHER.key), lists, strict=False):
        marks = tuple(Finding(n, x, y, None, None, 0.9, ()) for n, (x, y) in enumerate(places, 1))
        results = entry.of(key)
        results.assessed = results.made = replace(made, assessment=replace(made.assessment, marks=marks, listed=0.1))
    return entry


@pytest.mark.parametrize("offset", [(95.0, 0.0), (97.0, 0.0), (0.0, 47.0), (0.0, 49.0), (60.0, 35.0), (70.0, 35.0)])
def test_marks_are_shared_within_a_distance_in_millimetres(made: AssessmentResult, offset: tuple[float, float]) -> None:
    entry = entry_of(made, [(100.0, 200.0)], [(100.0 + offset[0], 200.0 + offset[1])])
    found = model_differences(ModelChoices(BUNDLED, OTHER), LayerState(), [entry])
    assert found is not None and entry.assessed is not None
    alone = bool(np.hypot(offset[0] * ACROSS_MM, offset[1] * DOWN_MM) > 9.6)
    (finding,) = entry.assessed.assessment.findings
    assert found.text(finding) == ("model A alone" if alone else "both models")
    assert dict(found.of_other) == ({entry.scan.name: 1} if alone else {})


def test_the_numbers_of_a_study_and_what_is_not_known_yet(made: AssessmentResult) -> None:
    both = entry_of(made, [(100.0, 200.0), (100.0, 400.0)], [(150.0, 200.0), (100.0, 600.0), (300.0, 100.0)])
    waiting = entry_of(made, [(100.0, 200.0)])
    choices = ModelChoices(BUNDLED, OTHER)
    found = model_differences(choices, LayerState(), [both, waiting])
    assert found is not None and both.assessed is not None and waiting.assessed is not None
    texts = [found.text(finding) for entry in (both, waiting) for finding in entry.assessed.assessment.findings]
    assert texts == ["both models", "model A alone", ""]
    assert found.summary("Shift+X").splitlines() == [
        f"Marks of both models: 1, of model A alone: 1, of model B alone: 2 ({both.scan.name})",
        "1 of 2 scans are compared: the others are not assessed by both",
        "Shift+X shows B: other 1",
    ]
    assert model_differences(ModelChoices(BUNDLED), LayerState(), [both]) is None
