"""Training evaluates through the program: its lists are those of `mammoview assess`, mark by mark."""

from __future__ import annotations

import copy
import itertools
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from mammoview import open_study
from mammoview.assess.inference.assessor import Assessor
from mammoview.assess.models.bundle import BundledModel, ModelBundle
from mammoview.assess.models.cluster_network import ClusterConfig
from mammoview.assess.models.networks import RescorerConfig, build_network
from mammoview.assess.models.scoring import apart
from mammoview.assess.results.assessment import Finding
from mammoview.batch import runner
from mammoview.batch.batch_task import BatchSettings
from mammoview.core.errors import MammoviewError
from mammoview.study.spacing import Spacing, SpacingSource
from tests.support.small_models import small_bundle
from training.data.memmaps import write_arrays
from training.data.prepare import PreparedMammogram
from training.datasets import Example
from training.evaluation import boxes
from training.evaluation.one_path import (
    EVERYTHING,
    joined,
    lesion_of,
    load,
    of_fold,
    read,
    read_listed,
    scan_of_example,
    with_rescorer,
)
from training.experiments import cluster_figures, detection_figures, program_figures
from training.experiments.candidates import Candidates
from training.experiments.cluster_figures import merged
from training.experiments.detection import Scored, detected_folder


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> ModelBundle:
    torch.manual_seed(4)
    network = build_network(RescorerConfig(last=3)).eval()
    with torch.no_grad():
        network.head.weight *= 100
    looks = build_network(ClusterConfig(widths=(4, 4), depths=(1, 1))).eval()
    with torch.no_grad():
        looks.head.weight *= 20
    return with_rescorer(small_bundle(tmp_path_factory.mktemp("models")), network, looks)


@pytest.fixture(scope="module")
def data(samples: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data set of one's own that is two real views."""
    folder = tmp_path_factory.mktemp("data") / "own"
    folder.mkdir()
    for scan in open_study(samples / "sfm-malign-0")[0].scans:
        if scan.projection == "CC":
            (folder / scan.path.name).symlink_to(scan.path)
    return folder.parent


def own_members(data: Path, folds: int = 2) -> list[PreparedMammogram]:
    """As `prepare` names them; their arrays are not needed here."""
    names = sorted(f.name for f in (data / "own").iterdir())
    return [PreparedMammogram(data, "own", name, name, i % folds, False, (), {}, {}) for i, name in enumerate(names)]


def test_the_lists_of_training_are_those_of_the_command(
    data: Path, bundle: ModelBundle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read(data, own_members(data), lambda _: bundle, tmp_path / "read")
    monkeypatch.setattr(runner, "assessor_for", lambda _how: Assessor("cpu", bundle=bundle))
    studies = open_study(data / "own")
    how = BatchSettings("cpu", "even", 1)
    tasks = runner.plan([data / "own"], studies, tmp_path, how, False)
    outcomes = list(runner.run(tasks, None))
    assert not [o.text for o in outcomes if o.failed]
    written = {
        json.loads(f.read_text())["scan"]["laterality"]: json.loads(f.read_text()) for f in tmp_path.glob("*.json")
    }
    assert len(written) == 2
    scans = {scan.path.name: scan for study in studies for scan in study.scans}
    for member in own_members(data):
        ours = load(tmp_path / "read", member)
        theirs = written[str(scans[member.name].laterality)]["findings"]
        logits = joined(ours, "said").sum(1)
        order = apart(joined(ours, "cells"), logits)
        assert len(ours["cluster_said"]) > 3 and len(theirs) == len(order) > 6
        np.testing.assert_allclose([(f["column"], f["row"]) for f in theirs], joined(ours, "places")[order])
        np.testing.assert_allclose([f["score"] for f in theirs], EVERYTHING.frequencies(logits[order])[:, 0], rtol=1e-6)
        assert [f["cluster"] for f in theirs] == (order >= len(ours["said"])).tolist()
        # What training counts is that list: `merged` of the same arrays.
        peaks, clusters = (
            Scored(
                Candidates(member, ours[f"{of}cells"], ours[f"{of}said"][:, 0], ours[f"{of}lesion"]), ours[f"{of}said"]
            )
            for of in ("", "cluster_")
        )
        both = [replace(peaks, clusters=clusters)]
        (marks,) = merged(both, [peaks.features.sum(1)], [clusters.features.sum(1)])
        np.testing.assert_array_equal(marks.scores, logits[order])


def test_each_view_is_read_by_the_models_of_its_fold(data: Path, bundle: ModelBundle, tmp_path: Path) -> None:
    asked = []

    def of(fold: int) -> ModelBundle:
        asked.append(fold)
        return bundle

    read(data, own_members(data), of, tmp_path)
    found = {file: file.stat().st_mtime_ns for file in tmp_path.glob("*.npz")}
    assert asked == [0, 1] and len(found) == 2
    read(data, own_members(data), of, tmp_path)  # all is there
    assert {file: file.stat().st_mtime_ns for file in tmp_path.glob("*.npz")} == found
    with pytest.raises(MammoviewError, match="was not read yet"):
        load(tmp_path / "elsewhere", own_members(data)[0])


def test_what_models_of_the_same_seed_found_before_is_not_taken_for_what_these_find(
    data: Path, bundle: ModelBundle, tmp_path: Path
) -> None:
    read(data, own_members(data), lambda _: bundle, tmp_path)
    other = replace(bundle, rescorer=trained_anew(bundle.rescorer))
    with pytest.raises(MammoviewError, match="other models"):
        read(data, own_members(data), lambda fold: other if fold else bundle, tmp_path)
    for model in ("classifiers", "clusters", "baseline"):
        own = getattr(bundle, model)
        changed = {200: trained_anew(own[200])} if model == "classifiers" else trained_anew(own)
        others = itertools.repeat(replace(bundle, **{model: changed}))
        with pytest.raises(MammoviewError, match="other models"):
            read(data, own_members(data), lambda _, others=others: next(others), tmp_path)
    (tmp_path / "models.json").unlink()  # as `detect` left it before it noted that
    with pytest.raises(MammoviewError, match="other models"):
        read(data, own_members(data), lambda _: bundle, tmp_path)


def trained_anew(model: BundledModel | None) -> BundledModel:
    """Return the model with other weights."""
    assert model is not None
    network = copy.deepcopy(model.network)
    with torch.no_grad():
        next(network.parameters()).mul_(1.01)
    return replace(model, network=network)


def test_a_plain_picture_is_the_scan_that_training_prepares(made_up: Path) -> None:
    file = made_up / "mini_mias" / "images" / "mdb002.png"
    example = Example("mini_mias", "mdb002", "1", file, Spacing(0.2, 0.2, SpacingSource.DIGITIZER))
    scan = scan_of_example(example)
    np.testing.assert_array_equal(scan.pixels, example.read())
    assert scan.spacing == example.spacing and (scan.rows, scan.columns) == example.read().shape


def test_a_mark_hits_the_box_and_a_little_beyond(data: Path) -> None:
    scan = next(s for study in open_study(data / "own") for s in study.scans if s.outlines)
    left, top, right, bottom = scan.outlines[0].box
    beyond = 1.7 / scan.spacing.column_mm
    places = np.array([[(left + right) / 2, (top + bottom) / 2], [right + 0.9 * beyond, top], [right + beyond, top]])
    assert lesion_of(scan, places).tolist() == [0, 0, -1]
    assert lesion_of(replace(scan, outlines=()), places).tolist() == [-1, -1, -1]


def test_the_models_of_an_assessor_do_not_change_what_it_is_given(data: Path, bundle: ModelBundle) -> None:
    """Another bundle is all that out-of-fold evaluation needs: thresholds, cache and scans stay as they are."""
    scan = open_study(data / "own")[0].scans[0]
    one = Assessor("cpu", bundle=bundle, flips=False).candidates(scan)[0]
    again = Assessor("cpu", bundle=bundle, flips=False).candidates(scan)[0]
    np.testing.assert_array_equal(one.features, again.features)
    assert one.clusters is not None and again.clusters is not None
    np.testing.assert_array_equal(one.clusters.features, again.clusters.features)


def test_gains_are_reported_over_the_sum_and_over_the_lists_where_these_are(
    tmp_path: Path, members: list[PreparedMammogram], monkeypatch: pytest.MonkeyPatch
) -> None:
    few = [m for m in members if not m.unplaced]
    monkeypatch.setattr(program_figures, "known", lambda _: [replace(m, fold=4) for m in few])
    monkeypatch.setattr(program_figures, "detected", detected_folder)  # there are no models
    rng = np.random.default_rng(0)
    for m in few:
        lesion = np.r_[0 if m.findings else -1, np.full(5, -1)]
        features = rng.normal(0, 1, (6, 3)) + np.outer(lesion >= 0, [1, 1, 5])
        arrays = {"cells": cells_of(features), "said": features, "lesion": lesion}
        write_arrays(tmp_path / "detected_21" / f"{m.source}.{m.name}.npz", arrays)
    rows = program_figures.figures(tmp_path, 21, tmp_path / "table.csv")
    found = {(way, name): figure for way, name, figure in rows}
    gain = found["sum and re-scorer", "CBIS masses: TPR at 0.5 FP/image, minus sum of the logits"]
    assert gain.value > 0 and gain.low <= gain.value <= gain.high
    # The bundled re-scorer scores the candidates of grid and heatmap together, which are those that were read.
    lists = {way for way, _ in found if "list" in way}
    assert lists == {program_figures.BUNDLED}
    (tmp_path / "listed").mkdir()
    with pytest.raises(MammoviewError, match="does not tell which models"):
        program_figures.figures(tmp_path, 21, tmp_path / "table.csv")
    (tmp_path / "listed" / "models.json").write_text('{"version": "4", "key": "0"}')
    with pytest.raises(MammoviewError, match="was not read yet"):
        program_figures.figures(tmp_path, 21, tmp_path / "table.csv")
    for m in few:
        score, lesion = rng.random(3), np.full(3, -1)
        write_arrays(tmp_path / "listed" / f"{m.source}.{m.name}.npz", {"score": score, "lesion": lesion})
    found = {(way, name): f for way, name, f in program_figures.figures(tmp_path, 21, tmp_path / "table.csv")}
    assert found["version 4's list", "CBIS masses: TPR at 1 FP/image"].value == 0
    over = found["sum and re-scorer", "CBIS masses: TPR at 1 FP/image, minus version 4's list"]
    assert over.value == found["sum and re-scorer", "CBIS masses: TPR at 1 FP/image"].value


def test_what_other_models_listed_is_not_taken_for_what_these_list(
    data: Path, bundle: ModelBundle, tmp_path: Path
) -> None:
    read_listed(data, own_members(data), bundle, tmp_path)
    listed = {file: file.read_bytes() for file in tmp_path.iterdir()}
    read_listed(data, own_members(data), bundle, tmp_path)
    assert {file: file.read_bytes() for file in tmp_path.iterdir()} == listed and len(listed) > 1
    rescorer = bundle.rescorer
    assert rescorer is not None
    for other in (
        replace(rescorer, sha256="0"),
        replace(rescorer, facts=rescorer.facts.model_copy(update={"temperature": 2.0})),
    ):
        with pytest.raises(MammoviewError, match="other models"):
            read_listed(data, own_members(data), replace(bundle, rescorer=other), tmp_path)
    (tmp_path / "models.json").unlink()  # as `listed` left it before it noted that
    with pytest.raises(MammoviewError, match="other models"):
        read_listed(data, own_members(data), bundle, tmp_path)


def test_a_fold_is_read_by_its_own_classifier_and_rescorer(data: Path, bundle: ModelBundle) -> None:
    scan = open_study(data / "own")[0].scans[0]
    torch.manual_seed(5)
    network, other = build_network(RescorerConfig(last=3)).eval(), build_network(bundle.classifiers[200].facts.network)
    classifier = replace(bundle.classifiers[200], network=other.eval())
    models = of_fold(classifier, network, bundle)
    assert dict(models.classifiers) == {200: classifier} and not models.folds
    found = Assessor("cpu", bundle=models, flips=False).candidates(scan)[0]
    assert len(found.features) > 3 and np.all(np.diff(found.features[:, 0]) <= 1e-6), (
        "the peaks of the grid, best first"
    )
    assert not np.array_equal(found.features[:, 0], Assessor("cpu", bundle=bundle).candidates(scan)[0].features[:, 0])


def test_figures_are_of_the_folds_that_were_read_whole(
    tmp_path: Path, members: list[PreparedMammogram], monkeypatch: pytest.MonkeyPatch
) -> None:
    few = [replace(m, fold=k % 3) for k, m in enumerate(m for m in members if not m.unplaced)]
    monkeypatch.setattr(program_figures, "known", lambda _: few)
    monkeypatch.setattr(program_figures, "detected", detected_folder)  # there are no models
    with pytest.raises(MammoviewError, match="no fold was read whole"):
        program_figures.fold_figures(tmp_path, 21, tmp_path / "table.csv")
    rng = np.random.default_rng(0)
    for m in [m for m in few if m.fold != 2] + [m for m in few if m.fold == 2][1:]:
        lesion = np.r_[0 if m.findings else -1, np.full(5, -1)]
        features = rng.normal(0, 1, (6, 3)) + np.outer(lesion >= 0, [1, 0, 5])
        file = tmp_path / "detected_21_folds" / f"{m.source}.{m.name}.npz"
        write_arrays(file, {"cells": cells_of(features), "said": features, "lesion": lesion})
    rows = program_figures.fold_figures(tmp_path, 21, tmp_path / "table.csv")
    found = {(way, name): figure for way, name, figure in rows}
    assert found["re-scored", "CBIS masses: TPR at 0.5 FP/image, minus grid"].value > 0
    assert "out of fold, folds 0, 1, by patient" in (tmp_path / "table.csv").read_text()


def cells_of(features: np.ndarray, first: int = 0) -> np.ndarray:
    """Cells that lie apart from each other, from a row on."""
    return np.stack([first + 9 * np.arange(len(features)), np.zeros(len(features), int)], 1)


def test_the_list_with_clusters_is_counted_beside_the_one_without(
    tmp_path: Path, members: list[PreparedMammogram], monkeypatch: pytest.MonkeyPatch
) -> None:
    few = [replace(m, fold=k % 3) for k, m in enumerate(m for m in members if not m.unplaced)]
    for module in (cluster_figures, detection_figures):
        monkeypatch.setattr(module, "DRAWS", 20)
        monkeypatch.setattr(module, "kind_of", lambda _: "calcification")
    monkeypatch.setattr(program_figures, "known", lambda _: few)
    monkeypatch.setattr(program_figures, "detected", detected_folder)  # there are no models
    rng = np.random.default_rng(0)
    for m in few:
        lesion = np.r_[0 if m.findings else -1, np.full(5, -1)]
        # The candidates' scores are random and miss all, the clusters' network hits the findings.
        features, of_clusters = rng.normal(0, 1, (6, 3)), rng.normal(0, 1, (6, 3)) + np.outer(lesion >= 0, [0, 0, 9])
        arrays = {"cells": cells_of(features), "said": features, "lesion": np.full(6, -1)}
        if few.index(m) % 2:
            arrays["lesion"] = lesion
        more = {"cells": cells_of(features, 200), "said": of_clusters, "lesion": lesion}
        arrays |= {f"cluster_{name}": values for name, values in more.items()}
        file = tmp_path / "detected_12_21_folds_clusters_1" / f"{m.source}.{m.name}.npz"
        write_arrays(file, arrays)
    rows = program_figures.fold_figures(tmp_path, 21, tmp_path / "table.csv", 12, 1)
    found = {(way, name): figure for way, name, figure in rows}
    assert len(found) == len(rows), "each figure once"
    way, reported = program_figures.WITH_CLUSTERS, "mini-MIAS, calcifications hit at 0.5 FP/image, minus re-scored"
    assert found[way, reported].value > 0.3 > found[program_figures.WITH_SPOTS, reported].value
    assert found["network of clusters, seed 1", "clusters of mini-MIAS on calcifications against other clusters, AUC"]
    with pytest.raises(MammoviewError, match="no fold was read whole"):
        program_figures.fold_figures(tmp_path, 21, tmp_path / "table.csv", 12, 2)


def test_every_box_and_every_false_mark_is_reported(data: Path) -> None:
    scan = next(s for study in open_study(data / "own") for s in study.scans if s.outlines)
    left, top, right, bottom = scan.outlines[0].box
    middle = (left + right) / 2, (top + bottom) / 2
    marks = [
        Finding(1, 5.0, 5.0, None, None, 0.9, (), cluster=True),
        Finding(2, *middle, None, None, 0.8, ()),
        Finding(3, *middle, None, None, 0.7, ()),
    ]
    reported = [(line[2], *line[5:8]) for line in boxes.rows("case", scan, marks)]
    others = [("box", "missed", "", "")] * (len(scan.outlines) - 1)
    assert reported == [("box", "hit", "2", "0.800"), *others, ("mark", "false", "1", "0.900")]
    assert [line[-1] for line in boxes.rows("case", scan, marks) if line[5] != "missed"] == ["", "yes"]
    assert [line[5] for line in boxes.rows("case", scan, [])] == ["missed"] * len(scan.outlines)
