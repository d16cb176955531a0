"""Folders of results name their models; results of others are refused."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from mammoview.assess.models.networks import RescorerConfig, build_network
from mammoview.core.errors import MammoviewError
from training.data.memmaps import write_arrays
from training.evaluation.model_notes import check, claim, logits_key, noted
from training.evaluation.one_path import model_of


def test_the_key_is_of_all_that_logits_depend_on_and_of_nothing_else() -> None:
    torch.manual_seed(0)
    network, other = (build_network(RescorerConfig(last=2)).eval() for _ in range(2))
    model = model_of("rescorer", network, 400, {"mark": 0.5})
    key = logits_key(model)
    told_anew = replace(model, facts=model.facts.model_copy(update={"version": "9", "thresholds": {}, "figures": {}}))
    assert key == logits_key(told_anew) and len(key) == 12
    assert key != logits_key(replace(model, network=other))
    assert key != logits_key(replace(model, facts=model.facts.model_copy(update={"temperature": 2.0})))
    assert key != logits_key(model, model)
    with torch.no_grad():
        network.head.bias += 1e-6
    assert key != logits_key(model)


def test_models_join_a_folder_one_by_one_and_others_in_their_place_are_refused(tmp_path: Path) -> None:
    check(tmp_path / "nothing", {}.__getitem__)  # nothing is there, so no other model's
    folder = tmp_path / "found"
    claim(folder, {"0": "a"})
    claim(folder, {"0": "b"})  # nothing was made by then
    write_arrays(folder / "view.npz", {"cells": np.zeros(1)})
    claim(folder, {"1": "c"})
    claim(folder, {"0": "b", "1": "c"})
    assert noted(folder) == {"0": "b", "1": "c"}
    check(folder, {"0": "b", "1": "c"}.__getitem__)
    with pytest.raises(MammoviewError, match=r"other models.*Delete or rename it, and make it once more"):
        claim(folder, {"0": "a"})
    with pytest.raises(MammoviewError, match="other models"):
        check(folder, {"0": "b", "1": "a"}.__getitem__)
    assert noted(folder) == {"0": "b", "1": "c"}, "a refused folder is left as it was"


def test_a_folder_that_does_not_tell_is_refused(tmp_path: Path) -> None:
    write_arrays(tmp_path / "view.npz", {"cells": np.zeros(1)})
    with pytest.raises(MammoviewError, match="other models"):
        claim(tmp_path, {"0": "a"})
    with pytest.raises(MammoviewError, match=r"does not tell which models.*Delete or rename it"):
        check(tmp_path, {"0": "a"}.__getitem__)
    (tmp_path / "models.json").write_text(json.dumps({"0": "a"}))
    claim(tmp_path, {"0": "a"})
