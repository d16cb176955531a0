"""Detection first, then the grids that it does not rest on: together they are what `assess` makes at once."""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from pathlib import Path

import numpy as np
import pytest
import torch

from mammoview.assess.inference import assessor as assessing
from mammoview.assess.inference import scan_assessor
from mammoview.assess.inference.alteration import RegionAssessor
from mammoview.assess.inference.assessor import Assessor
from mammoview.assess.models.bundle import load_bundle
from mammoview.assess.models.networks import FusedConfig
from mammoview.assess.results.assessment_files import write
from mammoview.assess.results.cache import AssessmentCache
from mammoview.core.errors import CancelledError, MammoviewError
from mammoview.display.scan_analysis import analyse
from mammoview.export.assessments import AssessmentSource
from mammoview.export.export_format import AssessedScan
from mammoview.study.scan import Laterality, Scan
from tests.support.phantoms import breast_pixels, scan_of
from tests.support.small_models import THREE, small_bundle

FUSED_OF_ONE = {**THREE, "heatmap_fused": FusedConfig(width=4, grids=(200,))}


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Assessor:
    return Assessor("cpu", bundle=small_bundle(tmp_path_factory.mktemp("models"), FUSED_OF_ONE))


@pytest.fixture(scope="module")
def bundled() -> Assessor:
    return Assessor("cpu", bundle=load_bundle())


def spotted() -> Scan:
    """A breast with a dense place and noise, in which the bundled models find something."""
    rng = np.random.default_rng(11)
    pixels = breast_pixels().astype(np.float64)
    rows, columns = np.indices(pixels.shape)
    for row, column in ((250, 90), (330, 150)):
        pixels += 9000 * np.exp(-((rows - row) ** 2 + (columns - column) ** 2) / 300) * (pixels > 100)
    return scan_of((pixels + rng.integers(0, 400, pixels.shape) * (pixels > 100)).astype(np.uint16))


def check_equal(one: object, other: object, where: str = "") -> None:
    """Compare two results bit by bit; the seconds of the provenance are left out."""
    assert type(one) is type(other), where
    if isinstance(one, np.ndarray):
        assert one.dtype == other.dtype, where
        np.testing.assert_array_equal(one, other, where)
    elif is_dataclass(one):
        for field in fields(one):
            check_equal(getattr(one, field.name), getattr(other, field.name), f"{where}.{field.name}")
    elif isinstance(one, dict):
        assert list(one) == list(other), where
        for key in one.keys() - {"seconds"}:
            check_equal(one[key], other[key], f"{where}[{key}]")
    elif isinstance(one, tuple | list):
        assert len(one) == len(other), where
        for place, (a, b) in enumerate(zip(one, other, strict=True)):
            check_equal(a, b, f"{where}[{place}]")
    else:
        assert one == other, where


@pytest.mark.parametrize("which", ["small", "bundled"])
def test_two_steps_make_what_one_makes(which: str, request: pytest.FixtureRequest) -> None:
    assessor, scan = request.getfixturevalue(which), spotted()
    at_once = assessor.assess(scan)
    first = assessor.detect(scan)
    assert at_once.marks
    assert at_once.lacking == ()
    assert first.lacking == (100, 150)
    check_equal(assessor.complete(scan, first), at_once)


def test_findings_are_whole_before_the_grids_they_do_not_rest_on(small: Assessor) -> None:
    scan = spotted()
    at_once, first = small.assess(scan), small.detect(scan)
    assert list(first.grids) == list(first.logits) == [200]
    assert first.mean_grid is None
    for name in ("frame", "heatmap", "heatmap_baseline", "frame_heatmap", "saliency", "tau", "mark", "listed", "gate"):
        check_equal(getattr(first, name), getattr(at_once, name), name)
    without = [tuple(replace(mark, layers=()) for mark in one.marks) for one in (first, at_once)]
    assert without[0] == without[1]
    # Nothing is stated about scales that have not been read.
    assert not any("grid_100um" in mark.layers or "grid_150um" in mark.layers for mark in first.marks)
    assert list(first.grid_titles) == list(at_once.grid_titles)
    assert first.grid_titles == {name: grid.title for name, grid in at_once.named_grids.items()}
    assert replace(first, drawn="grid_100um").grid is None
    assert replace(first, drawn="grid_mean").lacks_drawn
    assert not replace(at_once, drawn="grid_100um").lacks_drawn


def test_a_heatmap_that_rests_on_all_grids_leaves_none_for_later(tmp_path: Path) -> None:
    assessor, scan = Assessor("cpu", bundle=small_bundle(tmp_path, THREE)), spotted()
    found = assessor.detect(scan)
    assert found.lacking == ()
    check_equal(found, assessor.assess(scan))
    assert assessor.complete(scan, found) is found


def test_both_steps_are_reported_of_and_cancelled(small: Assessor) -> None:
    scan, reported = spotted(), []
    first = small.detect(scan, lambda share, stage: reported.append((share, stage)))
    small.complete(scan, first, lambda share, stage: reported.append((share, stage)))
    ends = [place for place, one in enumerate(reported) if one == (1.0, "done")]
    assert len(ends) == 2
    for part in (reported[: ends[0] + 1], reported[ends[0] + 1 :]):
        assert [share for share, _ in part] == sorted(share for share, _ in part)
    with pytest.raises(CancelledError):
        small.complete(scan, first, cancelled=lambda: True)


def test_a_failure_in_the_second_step_is_named(small: Assessor, monkeypatch: pytest.MonkeyPatch) -> None:
    scan = spotted()
    first = small.detect(scan)

    def full(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr(assessing, "scan_breast", full)
    with pytest.raises(MammoviewError, match="not enough memory"):
        small.complete(scan, first)


def test_a_card_that_is_full_between_the_steps_leaves_findings_and_the_rest_comes_from_the_cpu(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assessor, scan = Assessor("cpu", bundle=small_bundle(tmp_path, FUSED_OF_ONE)), spotted()
    at_once, first = assessor.assess(scan), assessor.detect(scan)
    halved = {model.facts.name for model in assessor.bundle.classifiers.values()}
    # As a card would have made it, all in half precision; no kernel runs on this one, whose memory is full by now.
    first = replace(first, provenance={**first.provenance, "device": "cuda", "half_precision": sorted(halved)})
    assessor.placement.device, assessor.placement.halved = torch.device("cuda"), halved
    real = assessing.scan_breast

    def full(*arguments: object) -> object:
        if assessor.device == "cuda":
            raise torch.OutOfMemoryError
        return real(*arguments)

    monkeypatch.setattr(assessing, "scan_breast", full)
    whole = assessor.complete(scan, first)
    assert assessor.device == whole.provenance["device"] == "cpu"
    assert whole.provenance["half_precision"] == [assessor.bundle.classifiers[200].facts.name]
    assert whole.warnings == (
        *first.warnings,
        "the graphics card ran out of memory: the last grids were read on the CPU",
    )
    check_equal(replace(whole, provenance={}, warnings=()), replace(at_once, provenance={}, warnings=()))
    assert any("assessed on the CPU" in line for line in assessor.assess(scan).warnings)


def test_a_scan_of_another_view_by_then_is_assessed_anew(small: Assessor) -> None:
    pixels = breast_pixels()
    first = small.detect(scan_of(pixels))
    turned = scan_of(np.ascontiguousarray(pixels[:, ::-1]), Laterality.R)
    check_equal(small.complete(turned, first), small.assess(turned))


def test_an_altered_picture_has_all_grids_though_the_true_one_lacks_some(small: Assessor) -> None:
    regions, scan = RegionAssessor(small), spotted()
    made = small.assess(scan)
    true, lacking = regions.prepare(scan, made), regions.prepare(scan, small.detect(scan))
    answers = [regions.assessment(one, one.copied()) for one in (true, lacking)]
    assert answers[1].lacking == ()
    for um in (100, 150, 200):
        np.testing.assert_allclose(answers[1].grids[um].values, answers[0].grids[um].values, atol=1e-6)
    said = [{key: value for key, value in one.provenance.items() if key != "seconds"} for one in answers]
    assert said[1] == said[0]


def test_an_incomplete_assessment_is_kept_apart_until_the_complete_one_comes(small: Assessor, tmp_path: Path) -> None:
    cache, scan = AssessmentCache(tmp_path, 10**8), spotted()
    first = small.detect(scan)
    cache.put(scan, first)
    assert cache.get(scan) is None
    kept = cache.get_incomplete(spotted())
    assert kept.lacking == (100, 150)
    whole, directly = small.complete(scan, kept), small.complete(scan, first)
    for one, other in ((kept, first), (whole, directly)):
        assert (one.marks, one.warnings) == (other.marks, other.warnings)
        layers = [*other.grids.values(), *other.logits.values(), other.heatmap, other.saliency, other.mean_grid]
        again = [*one.grids.values(), *one.logits.values(), one.heatmap, one.saliency, one.mean_grid]
        for a, b in zip(again, layers, strict=True):
            assert b is a is None or (np.array_equal(a.values, b.values, equal_nan=True) and a.to_scan == b.to_scan)
    cache.put(scan, whole)
    assert cache.get_incomplete(scan) is None
    assert cache.size()[0] == 1
    assert cache.get(scan).lacking == ()


def test_an_entry_of_one_kind_under_the_name_of_the_other_is_dropped(small: Assessor, tmp_path: Path) -> None:
    cache, scan = AssessmentCache(tmp_path, 10**8), spotted()
    first = small.detect(scan)
    cache.put(scan, first)
    (incomplete,) = tmp_path.glob("*.npz")
    content = incomplete.read_bytes()
    cache.put(scan, small.complete(scan, first))
    (complete,) = tmp_path.glob("*.npz")
    incomplete.write_bytes(complete.read_bytes())
    complete.write_bytes(content)
    assert cache.get(scan) is None
    assert cache.get_incomplete(scan) is None
    assert cache.size() == (0, 0)


def test_an_export_takes_up_an_incomplete_assessment(
    small: Assessor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache, scan = AssessmentCache(tmp_path, 10**8), spotted()
    cache.put(scan, small.detect(scan))
    monkeypatch.setattr(scan_assessor, "make_assessor", lambda *_, **__: small)
    monkeypatch.setattr(small, "assess", None)
    found = AssessmentSource("cpu", cache).assessment(analyse(scan))
    assert list(found.grids) == [100, 150, 200]
    assert list(cache.get(scan).grids) == [100, 150, 200]


def test_only_complete_assessments_leave_the_program(small: Assessor, tmp_path: Path) -> None:
    scan = scan_of(breast_pixels())
    first = small.detect(scan)
    with pytest.raises(MammoviewError, match=r"100 um and 150 um have not been read yet.*complete"):
        write(first, scan, tmp_path, "scan")
    with pytest.raises(MammoviewError, match="have not been read yet"):
        AssessedScan(analyse(scan), first)
    assert not [*tmp_path.iterdir()]
    write(small.complete(scan, first), scan, tmp_path, "scan")
