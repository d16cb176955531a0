"""`mammoview assess`: what it writes, how it goes on where it stopped, and what stops it."""

from __future__ import annotations

import json
import re
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import mammoview
from mammoview.assess.models.hashes import PINS
from mammoview.batch import runner
from mammoview.batch.batch_task import BatchSettings, BatchState
from mammoview.cli.command_line import main
from mammoview.core.errors import ModelError
from mammoview.display.pixel_warnings import LOOKS_DIGITAL
from tests.support.complaints import Capture, complaint
from tests.support.phantoms import breast_pixels

IMPLAUSIBLE = "the breast mask is implausible: nearly the whole picture counts as breast"


def named(folder: Path, base: str) -> str:
    """Name of the one result in a folder whose readable part is `base`, without suffix."""
    (file,) = folder.glob(f"{base}-*.json")
    assert re.fullmatch("-[0-9a-f]{12}", file.stem.removeprefix(base))
    return file.stem


class TestAssess:
    def test_writes_both_files_of_every_scan(self, case: Path, tmp_path: Path, capsys: Capture) -> None:
        out = tmp_path / "out"
        assert main(["assess", str(case), "-o", str(out), "--device", "cpu"]) == 0
        left, right = named(out, "one_L_CC"), named(out, "one_R_CC")
        names = ["assessments.csv", f"{left}.json", f"{left}.npz", f"{right}.json", f"{right}.npz"]
        assert sorted(path.name for path in out.iterdir()) == names
        arrays = np.load(out / f"{right}.npz")
        assert arrays["heatmap"].shape == (32, 32)
        assert arrays["saliency"].shape == (600, 400)
        figures = json.loads((out / f"{right}.json").read_text())
        assert figures["scan"]["laterality"] == "R"
        assert figures["source"] == "one_R_CC.png"
        assert re.fullmatch("[0-9a-f]{64}", figures["content"])
        printed = capsys.readouterr().out
        assert re.search(rf"^{left}: \d+ findings", printed, re.MULTILINE)

    def test_figures_say_what_is_doubtful(self, doubtful: Path, tmp_path: Path) -> None:
        out = tmp_path / "out"
        assert main(["assess", str(doubtful), "-o", str(out), "--device", "cpu"]) == 0
        digital, full = (json.loads(file.read_text())["warnings"] for file in sorted(out.glob("*.json")))
        assert LOOKS_DIGITAL in digital and IMPLAUSIBLE not in digital
        assert IMPLAUSIBLE in full and LOOKS_DIGITAL not in full

    def test_goes_on_where_it_stopped(self, case: Path, tmp_path: Path, capsys: Capture) -> None:
        out = tmp_path / "out"
        command = ["assess", str(case), "-o", str(out), "--device", "cpu"]
        assert main(command) == 0
        before = {path.name: path.stat().st_mtime_ns for path in out.glob("one*")}
        left, right = named(out, "one_L_CC"), named(out, "one_R_CC")
        (out / f"{right}.npz").unlink()
        assert main(command) == 0
        after = {path.name: path.stat().st_mtime_ns for path in out.glob("one*")}
        assert after.keys() == before.keys()
        assert after[f"{left}.npz"] == before[f"{left}.npz"]
        assert after[f"{right}.json"] != before[f"{right}.json"]
        assert "1 already there" in capsys.readouterr().err
        assert main([*command, "--overwrite"]) == 0
        assert (out / f"{left}.npz").stat().st_mtime_ns != before[f"{left}.npz"]

    def test_another_case_of_the_same_names_is_not_mistaken(self, case: Path, tmp_path: Path) -> None:
        out, other = tmp_path / "out", tmp_path / "other"
        other.mkdir()
        Image.fromarray(breast_pixels(top=3500) * 15).save(other / "one_L_CC.png")
        command = ["assess", str(case / "one_L_CC.png"), "-o", str(out), "--device", "cpu"]
        assert main(command) == 0
        (first,) = out.glob("one*.json")
        content = first.read_bytes()
        assert main(["assess", str(other), "-o", str(out), "--device", "cpu"]) == 0
        assert first.read_bytes() == content
        assert len(list(out.glob("one_L_CC-*.json"))) == 2

    def test_one_bad_scan_does_not_stop_the_rest(self, case: Path, tmp_path: Path, capsys: Capture) -> None:
        blank = np.zeros((600, 400), np.uint16)
        Image.fromarray(blank).save(case / "blank_L_MLO.png")
        (case / "broken_R_MLO.png").write_bytes((case / "one_R_CC.png").read_bytes()[:60])
        (case / "README.txt").write_text("notes")
        out = tmp_path / "out"
        assert main(["assess", str(case), "-o", str(out), "--device", "cpu"]) == 2
        error = capsys.readouterr().err
        assert re.search("^failed: blank_L_MLO-[0-9a-f]{12}: ", error, re.MULTILINE)
        assert "no breast was found" in error
        assert "broken_R_MLO.png" in error
        assert "README" not in error
        assert error.splitlines()[-1].startswith("mammoview: 2 failed, ")
        assert len(list(out.glob("one_?_CC-*.npz"))) == 2
        assert not any(path.name.startswith(".") for path in out.iterdir())

    def test_zips_are_assessed_like_folders(self, case: Path, tmp_path: Path) -> None:
        packed = tmp_path / "case.zip"
        with zipfile.ZipFile(packed, "w") as file:
            file.write(case / "one_L_CC.png", "one_L_CC.png")
        out = tmp_path / "out"
        for _ in range(2):
            assert main(["assess", str(packed), "-o", str(out), "--device", "cpu"]) == 0
        name = named(out, "one_L_CC")
        assert [path.name for path in sorted(out.glob("one*"))] == [f"{name}.json", f"{name}.npz"]

    def test_an_altered_model_stops_everything(
        self, case: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
    ) -> None:
        def altered() -> None:
            raise ModelError("a bundled model was altered", "Install Mammoview again", "model.safetensors")

        monkeypatch.setattr(runner, "ASSESSORS", {})  # this process may have loaded them already
        monkeypatch.setattr("mammoview.assess.inference.assessor.load_bundle", altered)
        assert main(["assess", str(case), "-o", str(tmp_path / "out"), "--device", "cpu"]) == 2
        error = capsys.readouterr().err
        assert error.count("altered") == 1
        assert "mammoview: model.safetensors: a bundled model was altered" in error

    def test_the_folder_is_tried_before_the_work(self, case: Path, tmp_path: Path, capsys: Capture) -> None:
        (tmp_path / "file").write_text("")
        assert main(["assess", str(case), "-o", str(tmp_path / "file")]) == 2
        assert "nothing can be written here" in complaint(capsys)

    def test_any_executor_does_the_work(self, case: Path, tmp_path: Path) -> None:
        studies = mammoview.open_study(case)
        out = tmp_path / "out"
        out.mkdir()
        tasks = runner.plan([case], studies, out, BatchSettings("cpu"))
        with ThreadPoolExecutor(2) as pool:
            outcomes = list(runner.run(tasks, pool))
        assert sorted(outcome.source.file for outcome in outcomes) == ["one_L_CC.png", "one_R_CC.png"]
        assert {outcome.state for outcome in outcomes} == {BatchState.ASSESSED}
        again = runner.run(runner.plan([case], studies, out, BatchSettings("cpu")), None)
        assert {outcome.name: outcome.state for outcome in again} == dict.fromkeys(
            (outcome.name for outcome in outcomes), BatchState.THERE
        )

    def test_a_cluster_does_the_work(self, case: Path, tmp_path: Path) -> None:
        distributed = pytest.importorskip("distributed")
        with distributed.LocalCluster(
            n_workers=1, threads_per_worker=1, processes=False, dashboard_address=None, protocol="tcp"
        ) as cluster:
            out = tmp_path / "out"
            address = cluster.scheduler_address
            assert main(["assess", str(case), "-o", str(out), "--device", "cpu", "--scheduler", address]) == 0
        assert len(list(out.glob("*.npz"))) == 2

    def test_export_writes_annotated_pictures(self, case: Path, tmp_path: Path, capsys: Capture) -> None:
        out = tmp_path / "out"
        assert main(["export", str(case), "-o", str(out), "--device", "cpu"]) == 0
        left, right = sorted(out.iterdir())
        assert re.fullmatch(r"one_L_CC-[0-9a-f]{12}\.png", left.name)
        assert Image.open(left).size[1] > 600
        assert str(right) in capsys.readouterr().out

    def test_a_picture_and_the_figures_of_a_scan_have_one_name(self, case: Path, tmp_path: Path) -> None:
        assert main(["assess", str(case), "-o", str(tmp_path / "figures"), "--device", "cpu"]) == 0
        assert main(["export", str(case), "-o", str(tmp_path / "pictures"), "--device", "cpu"]) == 0
        figures = {path.stem for path in (tmp_path / "figures").glob("*.json")}
        assert figures == {path.stem for path in (tmp_path / "pictures").iterdir()}


def test_the_bundled_models_work_in_two_processes(case: Path, tmp_path: Path, capsys: Capture) -> None:
    if not PINS:
        pytest.skip("no models are bundled yet")
    out = tmp_path / "out"
    assert main(["assess", str(case), "-o", str(out), "--device", "cpu", "--jobs", "2"]) == 0
    assert len(list(out.glob("*.npz"))) == 2
    assert capsys.readouterr().out.count("findings") == 2
