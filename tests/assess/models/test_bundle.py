"""Bundled models: hashes are checked, altered files are named, nothing is unpickled."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from mammoview.assess.models.bundle import dump_pins, load_bundle, selftest
from mammoview.assess.models.hashes import PINS
from mammoview.core.errors import ModelError
from mammoview.core.paths import resources
from tests.support.small_models import SMALL, small_bundle, write_small


def test_small_models_load(tmp_path: Path) -> None:
    bundle = small_bundle(tmp_path)
    assert list(bundle.classifiers) == [200]
    assert bundle.tau == 0.3
    assert {m["name"] for m in bundle.provenance()} == {"tissue_200um", "heatmap_baseline", "heatmap_fused"}


@pytest.mark.parametrize("name", ["model.safetensors", "model.json"])
def test_one_changed_byte_is_found_and_named(tmp_path: Path, name: str) -> None:
    pins = write_small(tmp_path)
    file = tmp_path / "heatmap_fused" / name
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    with pytest.raises(ModelError, match="SHA-256 differs") as error:
        load_bundle(tmp_path, pins)
    assert error.value.path == file
    assert [sound for _, sound, _ in selftest(tmp_path, pins)].count(False) >= 1


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    pins = write_small(tmp_path)
    (tmp_path / "tissue_200um" / "model.safetensors").unlink()
    with pytest.raises(ModelError, match="missing") as error:
        load_bundle(tmp_path, pins)
    assert error.value.path is not None
    assert error.value.path.name == "model.safetensors"


def test_a_bundle_without_a_part_is_refused(tmp_path: Path) -> None:
    pins = write_small(tmp_path)
    del pins["heatmap_fused"]
    with pytest.raises(ModelError, match="missing from the bundle"):
        load_bundle(tmp_path, pins)


def test_a_classifier_of_another_scale_is_refused(tmp_path: Path) -> None:
    """The fused heatmap was trained on grids of certain magnifications and takes no other in their place."""
    configs = {name.replace("200", "150"): config for name, config in SMALL.items()}
    with pytest.raises(ModelError, match="needs a tissue classifier at 200 um"):
        load_bundle(tmp_path, write_small(tmp_path, configs))


def test_weights_that_do_not_fit_the_architecture_are_refused(tmp_path: Path) -> None:
    import hashlib

    pins = write_small(tmp_path)
    file = tmp_path / "tissue_200um" / "model.json"
    facts = json.loads(file.read_text())
    facts["network"]["widths"] = [4, 6, 8, 10]
    file.write_text(json.dumps(facts))
    pins["tissue_200um"]["model.json"] = hashlib.sha256(file.read_bytes()).hexdigest()
    with pytest.raises(ModelError, match="does not fit this program"):
        load_bundle(tmp_path, pins)


def test_pins_are_written_as_code_that_reads_back() -> None:
    pins = {"a": {"x": "1", "y": "2"}, "b": {"x": "3"}}
    scope: dict[str, object] = {}
    exec(dump_pins(pins).replace("from __future__ import annotations", ""), scope)
    assert scope["PINS"] == pins


def test_the_bundled_models_pass_their_selftest() -> None:
    lines = selftest()
    assert [name for name, _, _ in lines] == [f"model {name}" for name in PINS]
    assert lines
    assert all(sound for _, sound, _ in lines), lines


def test_what_a_reader_is_shown_is_tested_as_well(tmp_path: Path) -> None:
    name = "tissue_150um"
    shutil.copytree(resources() / "models" / name, tmp_path / name)
    expected = tmp_path / name / "expected" / "shown.npy"
    assert [sound for _, sound, _ in selftest(tmp_path, {name: PINS[name]})] == [True]
    np.save(expected, np.load(expected) + 0.01)
    ((_, sound, text),) = selftest(tmp_path, {name: PINS[name]})
    assert not sound and "differ" in text
    expected.unlink()
    ((_, sound, text),) = selftest(tmp_path, {name: PINS[name]})
    assert not sound and "cannot be read" in text


def test_every_bundled_model_has_a_card_that_says_what_it_is_not() -> None:
    folders = sorted(p.name for p in (resources() / "models").iterdir() if p.is_dir())
    assert folders == sorted(PINS)
    for name in folders:
        card = (resources() / "models" / name / "MODEL_CARD.md").read_text()
        assert "Not a medical device" in card
        assert "interval" in card
    assert sum(f.stat().st_size for f in (resources() / "models").rglob("*")) < 20e6
