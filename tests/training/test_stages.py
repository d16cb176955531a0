"""Every stage on made-up data, through the command; a killed run goes on; what ships loads."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from mammoview.assess.assessor import Assessor
from mammoview.assess.bundle import load_bundle, selftest
from tests.phantoms import breast_pixels, scan_of
from training.__main__ import app
from training.ship import ship


def stage(*words: str) -> None:
    result = CliRunner().invoke(app, list(words), catch_exceptions=False)
    assert result.exit_code == 0, result.output


def test_all_stages_end_in_models_that_load(runs: Path, tmp_path: Path) -> None:
    for part in ("all", "a", "b"):
        stage("classifier", "--runs", str(runs), "--part", part, "--epochs", "2", "--widths", "4-6-8-8")
        stage("baseline", "--runs", str(runs), "--part", part, "--epochs", "1")
    stage("fused", "--runs", str(runs), "--epochs", "2")
    ship(runs, tmp_path / "models", pins_file=tmp_path / "pins.py")
    scope: dict[str, object] = {}
    exec((tmp_path / "pins.py").read_text().replace("from __future__ import annotations", ""), scope)
    pins = scope["PINS"]
    assert isinstance(pins, dict)
    bundle = load_bundle(tmp_path / "models", pins)
    assert all(sound for _, sound, _ in selftest(tmp_path / "models", pins))
    point = bundle.classifiers[200].facts.thresholds["operating"]
    assert "validation" in point.chosen_on
    figures = bundle.classifiers[200].facts.figures
    assert all("test patients" in str(f["split"]) for f in figures.values())
    assert all(f["low"] <= f["value"] <= f["high"] for f in figures.values() if "value" in f)
    result = Assessor("cpu", bundle=bundle).assess(scan_of(breast_pixels()))
    assert np.isfinite(result.heatmap.values).all()
    card = (tmp_path / "models" / "tissue_200um" / "MODEL_CARD.md").read_text()
    assert "patch AUC" in card
    assert "CC BY 3.0" in card


def test_a_killed_run_goes_on_where_it_was(runs: Path, tmp_path: Path) -> None:
    (tmp_path / "prepared").symlink_to(runs / "prepared")
    folder = tmp_path / "tissue_200um_a"
    command = [sys.executable, "-m", "training", "classifier", "--runs", str(tmp_path)]
    command += ["--part", "a", "--epochs", "6", "--widths", "4-6-8-8"]
    root = Path(__file__).parents[2]
    process = subprocess.Popen(command, cwd=root, start_new_session=True, stdout=subprocess.DEVNULL)
    until = time.monotonic() + 120
    while not (folder / "last.ckpt").exists() and time.monotonic() < until and process.poll() is None:
        os.sched_yield()
    assert process.poll() is None, "the run ended before it could be killed"
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    subprocess.run(command, cwd=root, check=True, capture_output=True)
    epochs = [int(line.split(",")[0]) for line in (folder / "history.csv").read_text().splitlines()[1:]]
    assert sorted(set(epochs)) == list(range(6))
    assert epochs[-1] == 5
    assert (folder / "model.safetensors").exists()


def test_a_folder_with_another_run_is_not_overwritten(runs: Path, tmp_path: Path) -> None:
    (tmp_path / "prepared").symlink_to(runs / "prepared")
    stage("classifier", "--runs", str(tmp_path), "--part", "a", "--epochs", "1", "--widths", "4-6-8-8")
    weights = (tmp_path / "tissue_200um_a" / "model.safetensors").read_bytes()
    command = [sys.executable, "-m", "training", "classifier", "--runs", str(tmp_path), "--part", "a", "--epochs", "9"]
    done = subprocess.run(command, cwd=Path(__file__).parents[2], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "other settings" in done.stderr
    assert "Traceback" not in done.stderr
    assert (tmp_path / "tissue_200um_a" / "model.safetensors").read_bytes() == weights


@pytest.mark.parametrize("stage_name", ["classifier", "baseline", "fused", "evaluate", "ship"])
def test_stages_out_of_order_say_what_to_run_first(stage_name: str, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "training", stage_name, "--runs", str(tmp_path)],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "python -m training prepare" in done.stderr
