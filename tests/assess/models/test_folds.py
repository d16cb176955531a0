"""Further folds of the leading classifier: pinned like the model, and a range beside every finding."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from mammoview.assess.inference.assessor import Assessor
from mammoview.assess.inference.dense_classifier import patchwise_logits
from mammoview.assess.models.bundle import load_bundle, selftest
from mammoview.assess.results.assessment_files import figures
from mammoview.core.errors import ModelError
from tests.support.phantoms import breast_pixels, scan_of
from tests.support.small_models import small_bundle, with_thresholds, write_small

FOLDS = {"fold_1.safetensors": 2.0, "fold_3.safetensors": 0.7}


def test_a_finding_tells_the_range_over_the_model_and_its_folds(tmp_path: Path, monkeypatch) -> None:
    bundle = with_thresholds(small_bundle(tmp_path, folds=FOLDS), 0.0, 0.5)
    assert [m.facts.name for m in bundle.folds] == ["tissue_200um/fold_1", "tissue_200um/fold_3"]
    assert [m.facts.temperature for m in bundle.folds] == [2.0, 0.7]
    patches = []
    real = patchwise_logits

    def noting(network, image, starts, *more):
        patches.append([image[r : r + 128, c : c + 128] for r, c in starts])
        return real(network, image, starts, *more)

    monkeypatch.setattr("mammoview.assess.inference.flip_stability.patchwise_logits", noting)
    scan = scan_of(breast_pixels())
    made = Assessor("cpu", bundle=bundle, flips=False).assess(scan)
    assert made.findings
    read = np.stack(patches[0])
    for i, finding in enumerate(made.findings):
        p = []
        for model in (bundle.classifiers[200], *bundle.folds):
            z = real(model.network, read[i], np.zeros((1, 2), int))[0] / model.facts.temperature
            p.append(1 / (1 + np.exp(-z)))
        np.testing.assert_allclose(finding.folds, (min(p), max(p)), atol=1e-6)
        assert finding.folds[0] < finding.folds[1]
        np.testing.assert_allclose(finding.fold_values, p, atol=1e-6)
        assert finding.flips is None
    reported = json.loads(json.dumps(figures(made, scan)))
    assert reported["findings"][0]["folds"] == list(made.findings[0].folds)
    assert {m["sha256"] for m in reported["provenance"]["models"]} >= {m.sha256 for m in bundle.folds}


def test_where_one_fold_ships_nothing_is_said_of_folds(tmp_path: Path) -> None:
    bundle = with_thresholds(small_bundle(tmp_path), 0.0, 0.5)
    findings = Assessor("cpu", bundle=bundle).assess(scan_of(breast_pixels())).findings
    assert bundle.folds == ()
    assert findings
    assert all(f.folds is None and f.flips is not None for f in findings)


def test_folds_are_pinned_as_the_model_is(tmp_path: Path) -> None:
    pins = write_small(tmp_path, folds=FOLDS)
    assert load_bundle(tmp_path, pins).folds
    file = tmp_path / "tissue_200um" / "fold_3.safetensors"
    content = file.read_bytes()
    file.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    with pytest.raises(ModelError, match=r"fold_3\.safetensors: a bundled model was altered"):
        load_bundle(tmp_path, pins)
    assert not next(sound for name, sound, _ in selftest(tmp_path, pins) if name == "model tissue_200um")
    file.unlink()
    with pytest.raises(ModelError, match="missing"):
        load_bundle(tmp_path, pins)
    file.write_bytes(content)
    del pins["tissue_200um"]["fold_3.safetensors"]
    with pytest.raises(ModelError, match="does not fit"):
        load_bundle(tmp_path, pins)
