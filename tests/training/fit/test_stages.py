"""Every stage on made-up data: folds never see their patients, a killed run goes on, what ships loads."""

from __future__ import annotations

import csv
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from mammoview.assess.inference.assessor import Assessor
from mammoview.assess.models.bundle import load_bundle, selftest
from mammoview.core.errors import MammoviewError
from tests.support.phantoms import breast_pixels, scan_of
from tests.support.timeouts import PATIENCE_S, PROGRAM_S
from training.__main__ import app, main
from training.data.prepare import FOLDS
from training.data.splits import split
from training.evaluation.out_of_fold import OutOfFoldEvidence
from training.fit.classifier import PatchPredictions
from training.fit.dense_scan import scan_prepared
from training.fit.predictions import load_predictions
from training.fit.stages import classifier_of, recipe_of
from training.fit.trainer import WEIGHTS
from training.ship import publish, ship

ROOT = Path(__file__).parents[3]


def stage(*words: str) -> None:
    result = CliRunner().invoke(app, list(words), catch_exceptions=False)
    assert result.exit_code == 0, result.output


@pytest.fixture(scope="module")
def shipped(trained: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, dict[str, str]]]:
    folder = tmp_path_factory.mktemp("shipped")
    ship(trained, folder / "models", folder / "pins.py")
    scope: dict[str, object] = {}
    exec((folder / "pins.py").read_text().replace("from __future__ import annotations", ""), scope)
    pins = scope["PINS"]
    assert isinstance(pins, dict)
    return folder / "models", pins


def test_all_stages_end_in_models_that_load(shipped) -> None:
    folder, pins = shipped
    bundle = load_bundle(folder, pins)
    assert sorted(bundle.classifiers) == [100, 150, 200]
    assert bundle.leading == 200
    marks = bundle.fused.facts.thresholds["mark"].false_positives_per_image
    assert marks is not None
    assert marks <= 1
    assert all(sound for _, sound, _ in selftest(folder, pins))
    result = Assessor("cpu", bundle=bundle).assess(scan_of(breast_pixels()))
    assert sorted(result.grids) == [100, 150, 200]
    assert np.isfinite(result.heatmap.values).all()


def test_what_ships_says_what_it_is(shipped) -> None:
    folder, pins = shipped
    bundle = load_bundle(folder, pins)
    for model in bundle.classifiers.values():
        assert "out-of-fold" in model.facts.thresholds["operating"].chosen_on
        assert all("out of fold" in str(f["split"]) for f in model.facts.figures.values())
        for name, f in model.facts.figures.items():
            assert f["n"] > 0
            assert f["low"] <= f["high"]
            # The error of calibration is biased upwards in resamples of so few patients.
            assert "ECE" in name or f["low"] <= f["value"] <= f["high"], name
    card = (folder / "tissue_100um" / "MODEL_CARD.md").read_text()
    assert "patch AUC" in card
    assert "up-sampled" in card
    assert "CC BY 3.0" in card
    assert "Not a medical device" in card


def test_the_report_holds_every_table_of_the_paper_and_the_field(trained: Path, shipped) -> None:
    with (trained / "evaluation" / "figures.csv").open() as f:
        rows = list(csv.DictReader(f))
    tables = {r["table"] for r in rows}
    assert tables >= {
        "patch AUC",
        "patch AUC by subset",
        "confusion (P15)",
        "calibration",
        "heatmap MSE x 1000 (P21)",
        "FROC",
        "false marks per normal view at TPR .65",
        "saliency",
        "shortcuts",
        "source prediction",
    }
    assert all(r["n"] and r["low 95 %"] and r["split"] for r in rows)
    confusion = {
        r["subset"]: float(r["value"]) for r in rows if r["table"].startswith("confusion") and "200" in r["figure"]
    }
    assert confusion["TP %"] + confusion["FN %"] == pytest.approx(50, abs=0.01)
    assert confusion["FP %"] + confusion["TN %"] == pytest.approx(50, abs=0.01)
    page = (trained / "evaluation" / "report.html").read_text()
    assert page.count("data:image/png") >= 6
    assert "src='http" not in page
    for name in ("roc", "froc", "reliability", "heatmap_mse"):
        assert (trained / "evaluation" / "plots" / f"{name}.svg").stat().st_size > 1000


def test_only_tables_and_plots_are_published(trained: Path, shipped, tmp_path: Path) -> None:
    publish(trained, tmp_path / "results")
    names = {p.name for p in (tmp_path / "results").rglob("*") if p.is_file()}
    assert {"figures.csv", "goals.md", "histories.csv", "recipe.json"} <= names
    assert not [n for n in names if "gallery" in n]


def test_every_reading_is_by_the_model_that_never_saw_the_patient(trained: Path) -> None:
    """Read again by the fold's own classifier the logits are the same, by another fold's they are not."""
    evidence = OutOfFoldEvidence(trained)
    kept = evidence.patches[200].read
    for fold in range(FOLDS):
        parts = split(evidence.members, str(fold))
        assert not {m.group for m in parts.training} & set(kept.group[kept.fold == fold])
        own = PatchPredictions.of(classifier_of(trained, evidence.recipe, 200, str(fold)), parts.held, 200)
        np.testing.assert_allclose(own.z, kept.z[kept.fold == fold], rtol=0, atol=1e-6)
        other = classifier_of(trained, evidence.recipe, 200, str((fold + 1) % FOLDS))
        assert np.abs(PatchPredictions.of(other, parts.held, 200).z - own.z).max() > 1e-5
        member = next(m for m in parts.held if not m.unplaced)
        scanned = scan_prepared(classifier_of(trained, evidence.recipe, 100, str(fold)), member, 100)
        kept_predictions = load_predictions(trained / "predictions", member)
        np.testing.assert_allclose(kept_predictions.logits[100], scanned.logits, atol=1e-4)


@pytest.mark.slow
def test_a_killed_run_goes_on_where_it_was(runs: Path, small_recipe: Path, tmp_path: Path) -> None:
    (tmp_path / "prepared").symlink_to(runs / "prepared")
    recipe = recipe_of(tmp_path, small_recipe)
    long = recipe.model_copy(update={"epochs": recipe.epochs | {200: 6}})
    (tmp_path / "recipe.json").write_text(long.model_dump_json())
    folder = tmp_path / "tissue_200um" / "0-first"
    command = [sys.executable, "-m", "training", "classifier", "--runs", str(tmp_path), "--um", "200", "--part", "0"]
    process = subprocess.Popen(command, cwd=ROOT, start_new_session=True, stdout=subprocess.DEVNULL)
    until = time.monotonic() + PATIENCE_S
    while not (folder / "last.ckpt").exists() and time.monotonic() < until and process.poll() is None:
        os.sched_yield()
    assert process.poll() is None, "the run ended before it could be killed"
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    assert not (folder / WEIGHTS).exists(), "an interrupted run is not left as finished"
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    epochs = [int(line.split(",")[0]) for line in (folder / "history.csv").read_text().splitlines()[1:]]
    assert sorted(set(epochs)) == list(range(6))
    assert epochs[-1] == 5
    assert (tmp_path / "tissue_200um" / "0" / WEIGHTS).exists()


@pytest.mark.slow
def test_a_full_disk_is_said_and_no_run_is_left_as_finished(runs: Path, small_recipe: Path, tmp_path: Path) -> None:
    (tmp_path / "prepared").symlink_to(runs / "prepared")
    recipe_of(tmp_path, small_recipe)
    command = f"{sys.executable} -m training classifier --runs {tmp_path} --um 200 --part 0"
    for kilobytes in (8, 60):  # The weights do not fit; the weights fit, the checkpoint does not.
        small = f"ulimit -f {kilobytes}; exec {command}"
        done = subprocess.run(["bash", "-c", small], cwd=ROOT, capture_output=True, text=True, check=False)
        assert done.returncode == 2
        assert "the run cannot be written" in done.stderr
        assert "Make room" in done.stderr
        assert not list(tmp_path.rglob(WEIGHTS))
        assert not list(tmp_path.rglob("*.part"))
    subprocess.run(command.split(), cwd=ROOT, check=True, capture_output=True)
    assert (tmp_path / "tissue_200um" / "0" / WEIGHTS).exists()


@pytest.mark.slow
def test_two_processes_train_one_model(runs: Path, small_recipe: Path, tmp_path: Path) -> None:
    """`torchrun` with gloo: the samples are shared out, the weights are one."""
    (tmp_path / "prepared").symlink_to(runs / "prepared")
    recipe_of(tmp_path, small_recipe)
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    command += ["--module", "training", "baseline", "--runs", str(tmp_path), "--part", "1"]
    done = subprocess.run(
        command,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
        timeout=PROGRAM_S,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert (tmp_path / "baseline" / "1" / WEIGHTS).exists()
    assert "MEMBER: 2/2" in done.stderr


def test_a_folder_with_another_run_is_not_overwritten(trained: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.json"
    other.write_text(recipe_of(trained).model_copy(update={"fused_epochs": 9}).model_dump_json())
    with pytest.raises(MammoviewError, match="another recipe"):
        recipe_of(trained, other)
    other.write_text("{")
    with pytest.raises(MammoviewError, match="not a recipe"):
        recipe_of(trained, other)


@pytest.mark.parametrize(
    "words",
    [
        ["classifier", "--um", "200", "--part", "0"],
        ["baseline", "--part", "0"],
        ["read", "--part", "0"],
        ["fused"],
        ["evaluate"],
        ["ship"],
    ],
)
def test_stages_out_of_order_say_what_to_run_first(
    words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["training", *words, "--runs", str(tmp_path)])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    reported = capsys.readouterr().err
    assert "python -m training prepare" in reported
    assert "Traceback" not in reported


def test_a_finer_classifier_needs_the_coarser_one(runs: Path, small_recipe: Path, tmp_path: Path) -> None:
    (tmp_path / "prepared").symlink_to(runs / "prepared")
    command = ["classifier", "--um", "150", "--part", "0", "--runs", str(tmp_path), "--recipe", str(small_recipe)]
    with pytest.raises(MammoviewError, match="classifier at 200 um is not trained"):
        CliRunner().invoke(app, command, catch_exceptions=False)
