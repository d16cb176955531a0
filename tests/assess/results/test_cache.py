"""Assessments on disk: found again whole, dropped when damaged, bounded in size, and without names of patients."""

from __future__ import annotations

import errno
import json
import os
import zipfile
from dataclasses import fields, replace
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest

from mammoview.assess.inference.assessor import Assessor
from mammoview.assess.models.hashes import PINS
from mammoview.assess.results.assessment import Assessment, Grid, Layer
from mammoview.assess.results.cache import FORMAT, AssessmentCache, user_cache
from mammoview.assess.results.content_keys import earlier_input_key, model_key
from mammoview.cli.command_line import main
from mammoview.core.errors import MammoviewError
from mammoview.core.settings import Settings
from mammoview.study.scan import Projection, Scan
from mammoview.study.spacing import Spacing, SpacingSource
from tests.support.phantoms import breast_pixels, scan_of
from tests.support.small_models import THREE, small_bundle, with_thresholds

MILLION = 1_000_000


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Scan, Assessment]:
    bundle = small_bundle(tmp_path_factory.mktemp("models"), THREE)
    scan = scan_of(breast_pixels(), patient="Jane Doe 4711")
    return scan, Assessor("cpu", bundle=with_thresholds(bundle, 0.0, 0.3)).assess(scan)


@pytest.fixture
def cache(tmp_path: Path) -> AssessmentCache:
    return AssessmentCache(tmp_path / "assessments", 50 * MILLION, ("even",))


def same(one: object, other: object) -> bool:
    """Whether two assessments, or parts of them, are equal to the last bit."""
    if isinstance(one, Grid | Layer):
        plain = [f.name for f in fields(one) if f.name != "values"]
        return np.array_equal(one.values, other.values, equal_nan=True) and all(
            getattr(one, n) == getattr(other, n) for n in plain
        )
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(v, other[k]) for k, v in one.items())
    return one == other


def test_what_is_kept_comes_back_as_it_was(made: tuple[Scan, Assessment], cache: AssessmentCache) -> None:
    scan, assessment = made
    assert assessment.findings
    assert cache.get(scan) is None
    cache.put(scan, assessment)
    back = cache.get(scan_of(breast_pixels()))  # the same pixels from another place, of another name
    for field in fields(Assessment):
        assert same(getattr(assessment, field.name), getattr(back, field.name)), field.name


def test_what_an_earlier_version_kept_is_found(
    made: tuple[Scan, Assessment], cache: AssessmentCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache.put(*made)
    (new,) = cache.folder.iterdir()
    reported = f"{FORMAT} {model_key(cache.settings)} {earlier_input_key(made[0])}"
    new.rename(cache.folder / f"{sha256(reported.encode()).hexdigest()}.npz")
    back = cache.get(scan_of(breast_pixels()))
    assert back is not None and same(back.heatmap, made[1].heatmap)
    assert list(cache.folder.iterdir()) == [new]
    # Where none are left, no second hash is worked out.
    monkeypatch.setattr("mammoview.assess.results.cache.earlier_input_key", None)
    assert cache.get(_changed_pixel()) is None


def test_an_entry_of_an_earlier_version_has_no_logits(made: tuple[Scan, Assessment], cache: AssessmentCache) -> None:
    cache.put(*made)
    (file,) = cache.folder.iterdir()
    with np.load(file) as stored:
        kept = {name: stored[name] for name in stored.files if not name.startswith("logits")}
    facts = json.loads(kept["facts"].tobytes())
    assert set(facts.pop("logits")) == {"100", "150", "200"}
    np.savez_compressed(file, **kept | {"facts": np.frombuffer(json.dumps(facts).encode(), np.uint8)})
    back = cache.get(made[0])
    assert back is not None and back.logits == {} and same(back.heatmap, made[1].heatmap)


def test_an_entry_names_nobody(made: tuple[Scan, Assessment], cache: AssessmentCache) -> None:
    scan, assessment = made
    scan.path = Path("Doe_Jane_4711_L_CC.dcm")
    cache.put(scan, assessment)
    (file,) = cache.folder.iterdir()
    with zipfile.ZipFile(file) as stored:
        content = b"".join([file.name.encode(), *(stored.read(name) for name in stored.namelist())])
    for word in (b"Jane", b"Doe", b"4711"):
        assert word not in content


def _changed_pixel() -> Scan:
    pixels = breast_pixels()
    pixels[300, 50] += 1
    return scan_of(pixels)


@pytest.mark.parametrize(
    "other",
    [
        _changed_pixel(),
        scan_of(breast_pixels(), spacing=Spacing(0.21, 0.21, SpacingSource.CALIBRATED)),
        scan_of(breast_pixels(), projection=Projection.MLO),
        scan_of(breast_pixels(), orientation=("A", "F")),
    ],
    ids=["pixel", "spacing", "projection", "orientation"],
)
def test_another_scan_is_another_entry(made: tuple[Scan, Assessment], cache: AssessmentCache, other: Scan) -> None:
    cache.put(*made)
    assert cache.get(other) is None


def test_other_models_and_other_settings_are_other_entries(
    made: tuple[Scan, Assessment], cache: AssessmentCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache.put(*made)
    assert replace(cache, settings=("fine",)).get(made[0]) is None
    assert cache.get(made[0]) is not None
    facts = PINS | {"tissue_200um": PINS["tissue_200um"] | {"model.json": "0"}}  # the same weights, shown otherwise
    for pins in (facts, {"tissue_200um": {"model.safetensors": "0"}}):
        monkeypatch.setattr("mammoview.assess.results.content_keys.PINS", pins)
        assert cache.get(made[0]) is None


def test_nothing_is_kept_of_a_scan_that_was_another_one_when_its_assessment_began(
    made: tuple[Scan, Assessment], cache: AssessmentCache
) -> None:
    scan = scan_of(breast_pixels())
    key = cache.key(scan)
    scan.spacing = Spacing(0.21, 0.21, SpacingSource.USER)  # calibrated while the models were at work
    cache.put(scan, made[1], key)
    assert cache.size() == (0, 0)
    cache.put(scan, made[1], cache.key(scan))
    assert cache.get(scan) is not None


def _truncate(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-200])


def _flip_a_bit(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)


def _lose_an_array(file: Path) -> None:
    with np.load(file) as stored:
        kept = {name: stored[name] for name in stored.files if name != "heatmap"}
    np.savez_compressed(file, **kept)


def _bring_a_pickle(file: Path) -> None:
    with np.load(file) as stored:
        kept = {name: stored[name] for name in stored.files}
    np.savez_compressed(file, **kept | {"heatmap": np.array([{"a": 1}], object)})


@pytest.mark.parametrize(
    "damage", [_truncate, _flip_a_bit, _lose_an_array, _bring_a_pickle, lambda f: f.write_text("")]
)
def test_damaged_entries_are_dropped(made: tuple[Scan, Assessment], cache: AssessmentCache, damage) -> None:
    cache.put(*made)
    (file,) = cache.folder.iterdir()
    damage(file)
    assert cache.get(made[0]) is None
    assert not file.exists()
    cache.put(*made)
    assert cache.get(made[0]) is not None


def test_the_longest_unused_goes_when_the_limit_is_reached(
    made: tuple[Scan, Assessment], cache: AssessmentCache
) -> None:
    scans = [scan_of(breast_pixels(top=4000 + i)) for i in range(4)]
    cache.put(scans[0], made[1])
    one = cache.size()[1]
    small = replace(cache, limit=int(3.5 * one))
    for scan in scans[1:3]:
        small.put(scan, made[1])
    for age, scan in enumerate(scans[:3]):
        os.utime(small.folder / f"{small.key(scan)}.npz", (1000 + age, 1000 + age))
    assert small.get(scans[0]) is not None  # used just now: the second is the oldest from here on
    small.put(scans[3], made[1])
    assert [small.get(scan) is not None for scan in scans] == [True, False, True, True]
    assert small.size()[1] <= small.limit


def test_an_entry_larger_than_the_limit_is_not_kept(made: tuple[Scan, Assessment], cache: AssessmentCache) -> None:
    tiny = replace(cache, limit=10)
    tiny.put(*made)
    assert tiny.size() == (0, 0)


def test_a_full_disk_is_reported_and_leaves_no_half_entry(
    made: tuple[Scan, Assessment], cache: AssessmentCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(self: Path, content: bytes) -> None:
        with self.open("wb") as file:
            file.write(content[:100])
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(MammoviewError, match="No space left on device"):
        cache.put(*made)
    assert list(cache.folder.iterdir()) == []
    assert cache.get(made[0]) is None


def test_the_command_tells_and_clears(
    made: tuple[Scan, Assessment], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("mammoview.core.paths.settings_folder", lambda: tmp_path / "settings")
    cache = user_cache(Settings.model_construct())
    cache.put(*made)
    (cache.folder / ".left-by-a-killed-process.npz.1.2.part").write_text("")
    assert main(["cache"]) == 0
    assert "1 assessments" in capsys.readouterr().out
    assert main(["cache", "clear"]) == 0
    assert "dropped" in capsys.readouterr().out
    assert list(cache.folder.iterdir()) == []
