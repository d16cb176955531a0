"""Candidates, the re-scorer's draws, and the stages from grids to figures, on made-up mammograms."""

from __future__ import annotations

import csv
import json
import shutil
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from safetensors.numpy import save_file
from safetensors.torch import save
from typer.testing import CliRunner

from mammoview.assess.inference.heatmap_cells import CELL_PX, INPUT_UM
from mammoview.assess.models.bundle import expected_outputs, load_bundle, load_model
from mammoview.assess.models.cluster_network import ClusterConfig, ClusterNetwork
from mammoview.assess.models.networks import Rescorer, RescorerConfig
from mammoview.core.errors import MammoviewError
from mammoview.evaluation.statistics import CandidateMarks
from training import ship_clusters, ship_rescorer
from training.__main__ import app
from training.data.finding_difficulty import centres, contrast, difficulties
from training.data.memmaps import write_arrays, write_bytes
from training.data.prepare import FOLDS, PreparedMammogram, load
from training.data.splits import split
from training.evaluation.one_path import unseen
from training.experiments import (
    cluster_figures,
    detection,
    detection_figures,
    program_figures,
    rescorer,
    rescorer_seeds,
)
from training.experiments.candidates import Candidates, candidates, classifiers_of
from training.experiments.detection import Scored
from training.experiments.detection_figures import combined, difference, false_on_normals, marks_of
from training.experiments.rescorer import RescorerRun, TrainingCandidates
from training.fit import pretrained
from training.fit.heatmap_runs import TrainingFrames

SMALL = RescorerRun(network=RescorerConfig(last=2, patch_px=64), epochs=1, batch=8)


def found_in(member: PreparedMammogram, seed: int = 0) -> Candidates:
    """Candidates of a random map that is highest at the findings."""
    rng = np.random.default_rng(seed)
    rows, columns = (n // CELL_PX for n in member.image(INPUT_UM).shape)
    values = rng.normal(0, 1, (rows, columns))
    for column, row in centres(member) / CELL_PX:
        values[int(row), int(column)] += 9
    return candidates(member, values)


@pytest.fixture(scope="module")
def found(members: list[PreparedMammogram]) -> list[Candidates]:
    return [found_in(m, k) for k, m in enumerate(members) if not m.unplaced]


def test_the_best_candidates_hit_the_findings_and_lie_in_the_breast(found: list[Candidates]) -> None:
    with_finding = [c for c in found if c.member.findings]
    assert with_finding and all(c.lesion[0] == 0 for c in with_finding)
    assert all((c.lesion < 0).all() for c in found if not c.member.findings)
    for c in found:
        assert 3 <= len(c.cells) <= 12 and np.all(np.diff(c.score) <= 0)
        mask = np.asarray(c.member.mask(INPUT_UM))
        for r, k in c.cells:
            assert mask[r * CELL_PX : (r + 1) * CELL_PX, k * CELL_PX : (k + 1) * CELL_PX].any()


def test_an_epoch_is_balanced_and_its_negatives_lie_off_the_findings(found: list[Candidates]) -> None:
    data = TrainingCandidates(found, SMALL)
    labels = [int(data[i][1]) for i in range(len(data))]
    assert sum(labels) == len(labels) / 2
    for pool in (*data.negatives.values(), data.normals):
        for spot in pool:
            off = np.abs(centres(data.found[spot.example].member) - (spot.column, spot.row))
            assert not len(off) or off.max(1).min() > 48
    assert data.normals and all(not data.found[s.example].member.findings for s in data.normals)
    assert set(data.negatives) == {c.member.source for c in found if c.member.findings}


def test_an_epoch_is_drawn_afresh_and_again_the_same(found: list[Candidates]) -> None:
    data = TrainingCandidates(found, SMALL)
    first = data[1][0]
    data.epoch = 1
    assert not torch.equal(data[1][0], first)
    data.epoch = 0
    assert torch.equal(data[1][0], first)


def test_negatives_come_from_normals_as_often_as_reported(found: list[Candidates]) -> None:
    every = TrainingCandidates(found, SMALL.model_copy(update={"normals": 1.0}))
    none = TrainingCandidates(found, SMALL.model_copy(update={"normals": 0.0}))
    rng = np.random.default_rng(0)
    assert all(every.draw_negative("cbis_masses", rng) in every.normals for _ in range(20))
    assert not any(none.draw_negative("cbis_masses", rng) in none.normals for _ in range(20))


def with_square(member: PreparedMammogram, row: int, column: int, mm: float) -> PreparedMammogram:
    """Give a mammogram one square finding of that side in a cell of its 400 um image."""
    centre = (np.array([column, row]) + 0.5) * CELL_PX + member.corners[INPUT_UM]
    corners = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * mm / 2 / 0.05
    return replace(member, findings=(replace(member.findings[0], points=centre * INPUT_UM / 50 + corners),))


def test_small_findings_and_those_near_the_skin_are_met_more_often(members: list[PreparedMammogram]) -> None:
    member = next(m for m in members if m.findings)
    depth = np.asarray(member.position()[2], np.float32) * 100
    deep = tuple(int(i) for i in np.unravel_index(depth.argmax(), depth.shape))
    shallow = tuple(int(i) for i in np.argwhere((depth > 4) & (depth < 8))[0])
    assert depth[deep] > 12
    large, small, near = (with_square(member, *at, mm) for at, mm in ((deep, 12.0), (deep, 8.0), (shallow, 12.0)))
    found = [difficulties(m)[0] for m in (large, small, near)]
    assert [(d.small, d.near_skin) for d in found] == [(False, False), (True, False), (False, True)]
    for one, times in ((large, 1), (small, 3)):
        of = found_in(one)
        data = TrainingCandidates(
            [of, found_in(next(m for m in members if not m.findings))], SMALL.model_copy(update={"small": 3})
        )
        assert len(data.positives) == times * (1 + int((of.lesion >= 0).sum()))
    frames = TrainingFrames([large, small], 1, "both", 3)
    assert len(frames) == 4 and frames[3][0].shape == (1, 256, 256)


def test_hard_findings_are_met_once_more_for_each_reason_and_dense_misses_twice(
    members: list[PreparedMammogram],
) -> None:
    member = next(m for m in members if m.findings)
    depth = np.asarray(member.position()[2], np.float32) * 100
    shallow = tuple(int(i) for i in np.argwhere((depth > 4) & (depth < 8))[0])
    easy, hard = (with_square(member, *shallow, mm) for mm in (12.0, 8.0))
    one, two = (difficulties(m)[0].count for m in (easy, hard))
    assert 1 <= one < two <= 4
    normal = next(m for m in members if not m.findings)
    graded = SMALL.model_copy(update={"graded": True, "dense": 2})
    plain = replace(normal, facts={"background": "F"})
    for facts, times in (({"background": "D"}, 2), ({"density": "4"}, 2), ({"density": "2"}, 1)):
        data = TrainingCandidates([found_in(hard), found_in(replace(normal, facts=facts))], graded)
        fewer = TrainingCandidates([found_in(hard), found_in(plain)], graded)
        assert len(data.normals) == times * len(fewer.normals)
        assert len(data.positives) == (1 + two) * (1 + int((found_in(hard).lesion >= 0).sum()))


def test_each_subset_has_its_findings_and_its_gain(members: list[PreparedMammogram]) -> None:
    """Six masses, all of which one way of scoring finds and the other does not."""
    of = [m for m in members if m.source == "cbis_masses"][:6]
    reported = [
        replace(m, facts={"density": "4" if k < 5 else "2"}, findings=(replace(m.findings[0], subtlety=k),))
        for k, m in enumerate(of)
    ]
    scored = [
        Scored(Candidates(m, np.zeros((3, 2), int), np.zeros(3), np.array([0, -1, -1])), np.zeros((3, 3)))
        for m in reported
    ]
    kinds = detection_figures.subsets(scored)
    assert list(kinds) == list(detection_figures.SUBSETS)
    assert kinds["subtle"].tolist() == [False, True, True, False, False, False]
    assert kinds["in dense breasts"].tolist() == [True] * 5 + [False]
    assert kinds["faint"].tolist() == [difficulties(m)[0].faint for m in reported]
    hits, misses = (marks_of(scored, [np.array(values)] * 6) for values in ([1.0, 0.0, 0.0], [0.0, 1.0, 1.0]))
    rows = {
        (way, what): value.value
        for way, what, value in detection_figures.rows_of(scored, {"before": misses, "after": hits}, "before")
    }
    figure = "CBIS masses in dense breasts: TPR at 1 FP/image"
    assert rows["before", figure] == 0 and rows["after", figure] == 1
    assert rows["after", f"{figure}, minus before"] == 1


def test_findings_of_a_rare_data_set_and_of_a_rare_kind_are_met_more_often(members: list[PreparedMammogram]) -> None:
    of_source = {m.source: m for m in members if m.findings and not m.unplaced}
    mias, cbis = of_source["mini_mias"], of_source["cbis_masses"]
    masses, clusters = (
        replace(mias, findings=tuple(replace(one, lesion_type=word) for one in mias.findings))
        for word in ("MASS", "CALCIFICATION")
    )
    often = SMALL.model_copy(update={"mini_mias": 3, "calcifications": 2})
    normal = found_in(next(m for m in members if not m.findings))
    for one, times in ((cbis, 1), (masses, 3), (clusters, 6)):
        few, many = (TrainingCandidates([found_in(one), normal], run) for run in (SMALL, often))
        assert len(many.positives) == times * len(few.positives)


def test_a_rescorer_may_learn_from_the_peaks_of_the_sum(
    members: list[PreparedMammogram], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = [m for m in members if not m.unplaced][:6]
    lattice = {m.name: tuple(n // 8 for n in m.image(400).shape) for m in few}
    monkeypatch.setattr(detection, "load", lambda _: few)
    monkeypatch.setattr(detection, "split", lambda *_: SimpleNamespace(training=few))
    monkeypatch.setattr(detection, "grid_logit", lambda _, m: np.zeros(lattice[m.name]))
    with pytest.raises(MammoviewError, match="no heatmap yet"):
        detection.train_rescorer(tmp_path, "0", None, 41, 1, heat_seed=12)
    for m in few:
        heat = np.full(lattice[m.name], 0.1, np.float32)
        inside = np.argwhere(np.asarray(m.mask(400))[4::8, 4::8] > 0)
        row, column = inside[len(inside) // 2]
        heat[row, column] = 0.9
        write_arrays(detection.maps_folder(tmp_path, 12) / f"{m.source}.{m.name}.npz", {"heatmap": heat})
    with pytest.raises(MammoviewError, match="does not tell which models"):
        detection.train_rescorer(tmp_path, "0", None, 41, 1, heat_seed=12)
    monkeypatch.setattr(detection, "maps_key", lambda _runs, part, _seed: f"heatmap {part}")
    for key, refused in (("another heatmap", True), ("heatmap 0", False)):
        (detection.maps_folder(tmp_path, 12) / "models.json").write_text(json.dumps({"0": key}))
        if refused:
            with pytest.raises(MammoviewError, match="other models"):
                detection.train_rescorer(tmp_path, "0", None, 41, 1, heat_seed=12)
    given = []
    monkeypatch.setattr(detection.rescorer, "train", lambda run, found, *_: given.append((run, found)))
    detection.train_rescorer(tmp_path, "0", None, 41, 1, heat_seed=12, mini_mias=4, calcifications=2)
    ((run, found),) = given
    assert (run.heatmap_seed, run.mini_mias, run.calcifications) == (12, 4, 2)
    assert all(of.score[0] == pytest.approx(np.log(9)) for of in found)


def test_the_contrast_of_a_finding_is_that_to_its_surroundings() -> None:
    image = np.zeros((60, 60), np.float32)
    image[20:30, 20:30] = 2
    points = np.array([[20.0, 20.0], [30.0, 30.0]])
    assert contrast(image, np.ones((60, 60), bool), points) == 2
    assert contrast(image, np.zeros((60, 60), bool), points) == np.inf


def test_nothing_to_learn_from_is_said(found: list[Candidates]) -> None:
    with pytest.raises(MammoviewError, match="no candidates to learn from"):
        TrainingCandidates([c for c in found if not c.member.findings], SMALL)


def test_a_run_tells_where_its_weights_began_and_is_not_overwritten(found: list[Candidates], tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    file = tmp_path / "weights.safetensors"
    save_file({k: (rng.standard_normal(s) / 20).astype(np.float32) for k, s in pretrained.shapes().items()}, file)
    some = found[:6]
    rescorer.train(SMALL, some, tmp_path / "run", file)
    reported = json.loads((tmp_path / "run" / "config.json").read_text())["start"]
    assert reported == ["weights.safetensors", pretrained.load(file)[1].sha256]
    network = Rescorer(SMALL.network)
    network.load_state_dict(detection.load_file(tmp_path / "run" / "model.safetensors"))
    changed = (tmp_path / "run" / "model.safetensors").stat().st_mtime_ns
    rescorer.train(SMALL, some, tmp_path / "run", file)
    assert (tmp_path / "run" / "model.safetensors").stat().st_mtime_ns == changed
    with pytest.raises(MammoviewError, match="a run with other settings"):
        rescorer.train(SMALL, some, tmp_path / "run", None)
    rescorer.train(SMALL, some, tmp_path / "random", None)
    assert json.loads((tmp_path / "random" / "config.json").read_text())["start"] is None


def test_every_fold_has_the_classifier_that_never_saw_it() -> None:
    """The bundle's own classifier stands where no further fold does."""
    bundle = load_bundle()
    found = classifiers_of(bundle)
    assert len(found) == FOLDS
    named = {m.facts.name.rsplit("_", 1)[-1]: m.network for m in bundle.folds}
    assert all(found[int(fold)].network is network for fold, network in named.items())
    assert found[detection.SHIPPED_FOLD] is bundle.classifiers[bundle.leading]
    with pytest.raises(MammoviewError, match="1 further folds, not 4"):
        classifiers_of(replace(bundle, folds=bundle.folds[:1]))


def test_unseen_women_are_those_of_the_fold_and_those_who_came_later(members: list[PreparedMammogram]) -> None:
    a, b, c, d = members[:4]
    women = [
        replace(a, group="one", fold=0),
        replace(b, group="one", fold=0, later=True),
        replace(c, group="two", fold=1, later=True),
        replace(d, group="three", fold=4),
    ]
    assert [m.group for m in unseen(women, 4)] == ["two", "three"]


def scored_in(member: PreparedMammogram, rng: np.random.Generator) -> Scored:
    """Candidates with a weak grid, a random heatmap, and a strong context."""
    n = 8
    lesion = np.full(n, -1)
    if member.findings:
        lesion[0] = 0
    hit = (lesion >= 0).astype(float)
    features = np.stack([rng.normal(hit, 1.0), rng.normal(0, 1.0, n), rng.normal(4 * hit, 1.0)], 1)
    return Scored(Candidates(member, np.zeros((n, 2), int), features[:, 0], lesion), features)


def test_weights_are_fitted_on_the_other_folds(members: list[PreparedMammogram]) -> None:
    rng = np.random.default_rng(1)
    scored = [scored_in(m, rng) for m in members if not m.unplaced]
    values = combined(scored, (0, 1, 2))
    here = [k for k, s in enumerate(scored) if s.found.member.fold == 0]
    # Whatever the labels of the fold are, its values stay.
    turned = [
        replace(s, found=replace(s.found, lesion=-1 - s.found.lesion)) if k in here else s for k, s in enumerate(scored)
    ]
    again = combined(turned, (0, 1, 2))
    for k in here:
        np.testing.assert_allclose(values[k], again[k])
    better = difference(marks_of(scored, values), marks_of(scored, [s.features[:, 0] for s in scored]), 1.0)
    assert better.value > 0 and better.low <= better.value <= better.high
    assert better.n == sum(len(s.found.member.findings) for s in scored)


def test_false_marks_on_normals_are_counted_at_the_other_folds_threshold() -> None:
    one = CandidateMarks("a", np.array([0.9, 0.2]), np.array([0, -1]), 1)
    other = CandidateMarks("b", np.array([0.5, 0.8, 0.6]), np.array([0, -1, -1]), 1)
    counts = false_on_normals([one, other], np.array([0, 1]), np.array([True, True]))
    assert counts.tolist() == [0, 0]  # thresholds 0.5 and 0.9
    swapped = false_on_normals([one, other], np.array([1, 1]), np.array([True, True]))
    assert swapped.tolist() == [0, 2]  # without another fold: the mean of all, 0.5


def test_the_stages_end_in_a_table(
    members: list[PreparedMammogram], runs: Path, made_up: Path, tmp_path: Path, monkeypatch
) -> None:
    """Grids by the bundled classifiers, two small networks per fold, and figures with n, split and interval."""
    folder = tmp_path / "runs"
    folder.mkdir()
    (folder / "prepared").symlink_to(runs / "prepared")
    monkeypatch.setattr(detection, "FOLDS", 2)
    few = [m for m in load(runs / "prepared") if m.fold in (0, 1) and not m.unplaced]
    monkeypatch.setattr(detection, "known", lambda _: few)
    monkeypatch.setattr(detection, "load", lambda _: few)
    config = detection.SqueezeHeatmapConfig(last=4)
    monkeypatch.setattr(detection, "SqueezeHeatmapConfig", lambda: config)
    monkeypatch.setattr(detection, "RescorerConfig", lambda: SMALL.network)
    monkeypatch.setattr(detection, "RescorerRun", lambda **given: SMALL.model_copy(update=given))
    runner = CliRunner()

    def say(*words: str) -> str:
        done = runner.invoke(app, [*words, "--runs", str(folder)], catch_exceptions=False)
        assert done.exit_code == 0, done.output
        return done.output

    say("candidates")
    for part in ("0", "1"):
        say("heatmap", "--part", part, "--epochs", "1")
        say("rescorer", "--part", part, "--epochs", "1")
    features = say("score", "--name", "made up", "--heatmap-seed", "12", "--rescorer-seed", "21")
    assert "re-scored: CBIS masses: TPR at 1 FP/image, minus sum" in features
    with (folder / "scored" / "made up.csv").open() as f:
        rows = list(csv.DictReader(f))
    assert {r["scored with"] for r in rows} >= {"grid", "heatmap", "sum", "re-scored"}
    assert {r["split"] for r in rows} == {"out of fold, folds 0, 1, by patient"}
    assert all(float(r["low 95 %"]) <= float(r["value"]) <= float(r["high 95 %"]) and int(r["n"]) > 0 for r in rows)
    assert detection.scored_of(folder, "made up", "sum")[0].features.shape[1] == 3
    with pytest.raises(MammoviewError, match="nothing is scored under this name"):
        detection.scored_of(folder, "another", "sum")
    seeds = folder / "seeds.csv"
    assert "made up minus made up: CBIS masses: TPR at 1 FP/image" in say(
        "rescorer-seeds", "made up", "--against", "made up", "-o", str(seeds)
    )
    with seeds.open() as f:
        assert {r["value"] for r in csv.DictReader(f)} == {"0.0000"}
    say("score", "--name", "alone", "--rescorer-seed", "21")
    monkeypatch.setattr(program_figures, "known", lambda _: few)
    say("detect", "--data", str(made_up), "--folds")
    table = folder / "program.csv"
    say("program", "--folds", "-o", str(table))
    with table.open("a") as f:  # a figure of one woman has no interval
        f.write('grid,"false marks per normal view, density 3",1.0,nan,nan,2,some\n')
    models, pins = tmp_path / "models", tmp_path / "models" / "hashes.py"
    with pytest.raises(MammoviewError, match="only 2 folds were read"):
        ship_rescorer.ship(folder, table, 21, models)
    for module in (ship_rescorer, ship_clusters):
        monkeypatch.setattr(module, "SHIPPED_FOLD", 0)
    monkeypatch.setattr(ship_rescorer, "FOLDS", 2)
    monkeypatch.setattr(ship_rescorer, "RescorerConfig", lambda: SMALL.network)
    ship_rescorer.ship(folder, table, 21, models)
    assert "rescorer" in pins.read_text() and "tissue_200um" in pins.read_text()
    hashes = {
        n: sha256((models / "rescorer" / n).read_bytes()).hexdigest() for n in ("model.safetensors", "model.json")
    }
    assert all(h in pins.read_text() for h in hashes.values())
    model = load_model(models / "rescorer", hashes)
    output = np.load(models / "rescorer" / "expected" / "output.npy")
    np.testing.assert_allclose(expected_outputs(model, np.load(models / "rescorer" / "expected" / "input.npy")), output)
    reported = model.facts
    assert reported.scoring is not None and reported.scoring.candidates == "grid" and reported.scoring.baseline == 0
    assert reported.thresholds["mark"].false_positives_per_image <= 1
    assert reported.curve is not None and reported.curve.normal_views == sum(not m.findings for m in few)
    assert reported.odds is not None and not any("density 3" in name for name in reported.figures)
    for score in (0.0, 0.05, 0.5, 1.0):  # the score is the frequency itself, within the curve
        ends = reported.odds.points[0].score, reported.odds.points[-1].score
        assert reported.odds.at(score).value == pytest.approx(np.clip(score, *ends))
    card = (models / "rescorer" / "MODEL_CARD.md").read_text()
    assert "not a medical device" in card.lower() and "most views hold a mass" in card
    assert "The first weights" not in card  # they were random
    # The list with clusters of bright spots: networks that were not trained, on phantoms without calcifications.
    for part in range(2):
        network = ClusterNetwork(ClusterConfig())
        write_bytes(detection.cluster_folder(folder, part, 7) / "model.safetensors", save(network.state_dict()))
    monkeypatch.setattr(detection_figures, "kind_of", lambda _: "calcification")
    monkeypatch.setattr(cluster_figures, "on_calcification", lambda c: np.arange(len(c.features)) == 0)
    seeds = ("--heatmap-seed", "12", "--cluster-seed", "7")
    say("detect", "--data", str(made_up), "--folds", *seeds)
    say("program", "--folds", "-o", str(table), *seeds)
    say("ship-clusters", str(table), *seeds, "--models", str(models))
    hashes = {n: sha256((models / "clusters" / n).read_bytes()).hexdigest() for n in hashes}
    reported = load_model(models / "clusters", hashes).facts
    assert reported.cluster_scoring is not None and reported.curve is not None and reported.odds is not None
    assert (
        reported.scoring is None
        and reported.um_per_px == 200
        and any("with clusters" in name for name in reported.figures)
    )
    assert all(h in pins.read_text() for h in hashes.values())
    card = (models / "clusters" / "MODEL_CARD.md").read_text()
    assert "not a medical device" in card.lower() and "synthetic" in card
    # What the models of a seed said is not taken for what others say that have the seed now.
    again = ("score", "--name", "made up", "--heatmap-seed", "12", "--rescorer-seed")
    say(*again, "21")
    weights = detection.rescorer_folder(folder, "1", 21) / "model.safetensors"
    kept = weights.read_bytes()
    shutil.copy(detection.rescorer_folder(folder, "0", 21) / "model.safetensors", weights)

    def refused(*words: str) -> None:
        with pytest.raises(MammoviewError, match="other models"):
            say(*words)

    refused(*again, "21")
    refused("detect", "--data", str(made_up), "--folds")
    refused("program", "--folds", "-o", str(table))
    refused("ship-rescorer", str(table), "--models", str(models))
    refused("ship-clusters", str(table), *seeds, "--models", str(models))
    weights.write_bytes(kept)
    say("program", "--folds", "-o", str(table))
    note = folder / "grids" / "models.json"
    note.write_text(note.read_text().replace('"1": "', '"1": "another '))
    refused("candidates")
    refused(*again, "21")
    refused("rescorer", "--part", "0", "--seed", "22")
    shutil.rmtree(folder / "grids")  # as the message says
    say("candidates")
    say(*again, "21")


def test_a_model_that_is_not_trained_is_said(tmp_path: Path, members: list[PreparedMammogram]) -> None:
    with pytest.raises(MammoviewError, match="not finished"):
        detection.rescorer_of(tmp_path, "0", 21)
    with pytest.raises(MammoviewError, match="was not read yet"):
        detection.grid_logit(tmp_path, members[0])
    shutil.rmtree(tmp_path)
    assert split(members, "0").held


def test_seeds_of_two_ways_are_compared_together(found: list[Candidates], monkeypatch: pytest.MonkeyPatch) -> None:
    def no_kinds(scored: list[Scored]) -> dict[str, np.ndarray]:
        return {"calcifications": np.zeros(sum(len(s.found.member.findings) for s in scored), bool)}

    monkeypatch.setattr(rescorer_seeds, "subsets", no_kinds)
    some = [c for c in found if len(c.cells) > 3]
    scored = [Scored(c, np.zeros((len(c.cells), 3))) for c in some]
    good, bad = (marks_of(scored, [sign * (s.found.lesion >= 0).astype(float) for s in scored]) for sign in (1, -1))
    masses = [s for s in scored if s.found.member.source == "cbis_masses" and s.found.member.findings]
    among = sum(len({int(n) for n in s.found.lesion if n >= 0}) for s in masses)
    lesions = sum(len(s.found.member.findings) for s in masses)
    for ones, twos, share in (([good], [bad], 1.0), ([good, bad], [bad, bad], 0.5), ([bad], [good], -1.0)):
        reported = dict(rescorer_seeds.differences(scored, ones, twos))
        figure = reported["CBIS masses: TPR at 1 FP/image"]
        assert (figure.value, figure.n) == (pytest.approx(share * among / lesions), lesions)
        assert reported["false marks per normal view at TPR .70, all sets"].value * share < 0


def test_false_marks_on_normals_are_counted_by_density(
    found: list[Candidates], monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_calcifications(scored: list[Scored]) -> dict[str, np.ndarray]:
        return {"calcifications": np.zeros(sum(len(s.found.member.findings) for s in scored), bool)}

    monkeypatch.setattr(detection_figures, "subsets", no_calcifications)
    with_mass = [c for c in found if c.member.findings]
    masses = [Scored(replace(c, member=replace(c.member, source="cbis_masses")), c.score[:, None]) for c in with_mass]
    normals = []
    for k, c in enumerate(found):
        member = replace(c.member, source="mini_mias", findings=(), facts={"background": "FD"[k % 2]})
        normals.append(Scored(replace(c, member=member, lesion=np.full(len(c.cells), -1)), c.score[:, None]))
    every = [*masses, *normals]
    named = {"grid": marks_of(every, [s.found.score for s in every])}
    rows = {name: figure for _, name, figure in detection_figures.rows_of(every, named, "grid")}
    counted = [rows[f"false marks per normal view at TPR .70, density {d}"] for d in "FD"]
    assert sum(f.n for f in counted) == len(normals)
    assert not any(name.endswith("density ") for name in rows)
