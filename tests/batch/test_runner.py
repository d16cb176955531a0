"""Thousands of files: killed and resumed, on several workers, with a table of the outcome of every scan."""

from __future__ import annotations

import csv
import json
import os
import select
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import mammoview
from mammoview.batch import runner
from mammoview.batch.batch_task import BatchSettings
from mammoview.batch.table import COLUMNS, TABLE
from mammoview.cli.command_line import main
from mammoview.study.scan import Side
from tests.support.parquet_files import parquet_rows
from tests.support.phantoms import breast_pixels

NAMES = tuple(f"case{i}_{side}_CC" for i in range(4) for side in "LR")


@pytest.fixture
def scans(tmp_path: Path) -> Path:
    """A folder of eight pictures, no two alike."""
    folder = tmp_path / "scans"
    folder.mkdir()
    for i, name in enumerate(NAMES):
        side = Side.LEFT if "_L_" in name else Side.RIGHT
        Image.fromarray(breast_pixels(side=side, top=4000 + 10 * i) * 15).save(folder / f"{name}.png")
    return folder


def table(folder: Path) -> dict[str, dict[str, str]]:
    """Lines by the readable part of their names."""
    return {line["name"].rpartition("-")[0] or line["name"]: line for line in lines(folder)}


def lines(folder: Path) -> list[dict[str, str]]:
    with (folder / TABLE).open(newline="") as file:
        return list(csv.DictReader(file))


SLOWED = """
import sys
from pathlib import Path
from tests.support.small_models import small_bundle
import mammoview.assess.inference.assessor as assessor
from mammoview.core import paths
from mammoview.cli.command_line import main
from mammoview.export.export_names import file_name
paths.running_folder = lambda: Path(sys.argv[4])
bundle = small_bundle(Path(sys.argv[1]))
assessor.load_bundle = lambda: bundle
sys.exit(main(["assess", sys.argv[2], "-o", sys.argv[3], "--device", "cpu"]))
"""


def test_a_killed_run_loses_at_most_the_scan_in_hand_and_does_nothing_twice(
    scans: Path,
    tmp_path: Path,
    small_models: None,
    fresh_running_folder: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    out = tmp_path / "out"
    command = [sys.executable, "-c", SLOWED, *map(str, (tmp_path / "others", scans, out, fresh_running_folder))]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        reported = [process.stdout.readline().split(":")[0] for _ in range(2)]  # the names of what has been done
        process.send_signal(signal.SIGKILL)
    assert process.returncode == -signal.SIGKILL
    whole = {}
    for path in out.glob("case*.json"):
        assert json.loads(path.read_text())["source"]
        with np.load(path.with_suffix(".npz")) as arrays:
            assert arrays["saliency"].shape == (600, 400)
        whole[path.stem] = path.stat().st_mtime_ns
    # What was reported is on the disk; a scan that was being assessed may have got as far as its files.
    assert set(reported) <= set(whole)
    assert 2 <= len(whole) < len(NAMES)
    assert main(["assess", str(scans), "-o", str(out), "--device", "cpu"]) == 0
    error = capsys.readouterr().err
    assert f"{len(whole)} already there" in error
    assert {path.stem[:-13] for path in out.glob("case*.npz")} == set(NAMES)
    assert all((out / f"{name}.json").stat().st_mtime_ns == time for name, time in whole.items())
    assert not [path for path in out.iterdir() if path.name.startswith(".")]
    assert set(table(out)) == set(NAMES)


POOL = """
import os, time
from mammoview.batch.executors import executor
if __name__ == "__main__":
    with executor(2, None) as pool:
        print(*{pool.submit(os.getpid).result() for _ in range(20)}, flush=True)
        time.sleep(600)
"""


@pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="waiting for other processes needs Linux")
def test_the_processes_of_a_killed_run_end_with_it(tmp_path: Path) -> None:
    (tmp_path / "pool.py").write_text(POOL)
    with subprocess.Popen([sys.executable, str(tmp_path / "pool.py")], stdout=subprocess.PIPE, text=True) as process:
        workers = [os.pidfd_open(int(pid)) for pid in process.stdout.readline().split()]
        process.send_signal(signal.SIGKILL)
    assert workers
    for worker in workers:
        assert select.select([worker], [], [], 30)[0]
        os.close(worker)


@pytest.mark.usefixtures("small_models")
def test_the_table_tells_every_scan_and_why_others_failed(
    scans: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    Image.fromarray(np.zeros((600, 400), np.uint16)).save(scans / "blank_L_MLO.png")
    out = tmp_path / "out"
    monkeypatch.chdir(tmp_path)  # and paths are given as people type them
    command = ["assess", scans.name, "-o", out.name, "--device", "cpu"]
    assert main(command) == 2
    lines = table(out)
    assert set(lines) == {*NAMES, "blank_L_MLO"}
    assert lines["blank_L_MLO"]["state"] == "failed"
    assert "no breast was found" in lines["blank_L_MLO"]["reason"]
    assert "scans" not in lines["blank_L_MLO"]["reason"] and ".png" not in lines["blank_L_MLO"]["reason"]
    for name in NAMES:
        line = lines[name]
        held = json.loads((out / f"{line['name']}.json").read_text())
        assert line["state"] == "assessed"
        assert line["laterality"] == name[-4]
        assert line["source"] == held["source"] == f"{name}.png"
        assert line["content"] == held["content"]
        assert float(line["heatmap_max"]) == pytest.approx(held["layers"]["heatmap"]["max"])
        assert int(line["findings"]) == len(held["findings"])
        assert (line["best_score"] == "") == (not held["findings"])
        assert int(line["clusters"]) == sum(finding["cluster"] for finding in held["findings"])
        assert line["best_cluster"] == "".join(f"{finding['cluster']:d}" for finding in held["findings"][:1])
        assert "spacing is unknown" in line["warnings"]
    # Resumed, the table is whole again, and the failed one is tried again.
    (out / TABLE).unlink()
    assert main(command) == 2
    assert {name: line["state"] for name, line in table(out).items()} == {
        name: line["state"] for name, line in lines.items()
    }
    assert "no breast was found" in capsys.readouterr().err


@pytest.mark.usefixtures("small_models")
def test_parquet_holds_the_same(scans: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    one = scans / f"{NAMES[0]}.png"
    assert main(["assess", str(one), "-o", str(out), "--device", "cpu", "--parquet"]) == 0
    (line,) = parquet_rows(out / "assessments.parquet")
    assert tuple(line) == COLUMNS
    assert line["source"] == f"{NAMES[0]}.png"
    assert line["rows"] == 600
    assert line["heatmap_max"] == pytest.approx(float(table(out)[NAMES[0]]["heatmap_max"]))


@pytest.mark.parametrize("opened", [True, False])
@pytest.mark.usefixtures("small_models")
def test_a_file_that_has_vanished_is_named_and_the_rest_goes_on(scans: Path, tmp_path: Path, opened: bool) -> None:
    studies = mammoview.open_study(scans)
    whole = {scan.path.name: scan.pixels.astype(int).sum() for study in studies for scan in study.scans}
    tasks = runner.plan([scans], studies, tmp_path, BatchSettings("cpu"))
    if opened:
        list(runner.run(tasks[3:4], None))  # Reads the headers of all scans.
    tasks[0].scan.unlink()
    seen = {}
    with pytest.MonkeyPatch.context() as patched:
        write = runner.write_results
        patched.setattr(
            runner,
            "write_results",
            lambda task, name, content, a, analysis: (
                seen.update({task.source.file: analysis.scan.pixels}),
                write(task, name, content, a, analysis),
            ),
        )
        outcomes = list(runner.run(tasks[:3], None))
    assert [outcome.failed for outcome in outcomes] == [True, False, False]
    assert tasks[0].scan.name in outcomes[0].text
    # What is called by a file's name is of that file's pixels, whichever other has gone.
    assert {name: pixels.astype(int).sum() for name, pixels in seen.items()} == {
        task.source.file: whole[task.source.file] for task in tasks[1:3]
    }


@pytest.mark.usefixtures("small_models")
def test_a_process_loads_the_models_once_however_many_threads_it_has(
    scans: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from mammoview.assess.inference import assessor

    made = []
    monkeypatch.setattr(assessor, "Assessor", lambda *how, real=assessor.Assessor: made.append(how) or real(*how))
    tasks = runner.plan([scans], mammoview.open_study(scans), tmp_path, BatchSettings("cpu", "paper"))
    with ThreadPoolExecutor(3) as pool:
        assert not any(outcome.failed for outcome in runner.run(tasks, pool))
    assert made == [("cpu", "paper", None, True)]
    stride = json.loads(next(tmp_path.glob(f"{NAMES[0]}-*.json")).read_text())["provenance"]["grid_stride"]
    assert stride == "paper"


@pytest.mark.slow
def test_two_workers_finish_although_one_is_killed(scans: Path, tmp_path: Path) -> None:
    distributed = pytest.importorskip("distributed")
    with (
        distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None, protocol="tcp") as cluster,
        distributed.Client(cluster) as client,
    ):
        tasks = runner.plan([scans], mammoview.open_study(scans), tmp_path, BatchSettings("cpu", threads=1))
        outcomes = runner.run(tasks, client.get_executor(pure=False))
        first = next(outcomes)
        os.kill(cluster.workers[0].pid, signal.SIGKILL)
        names = [first.name, *(outcome.name for outcome in outcomes if not outcome.failed)]
    assert sorted(name[:-13] for name in names) == sorted(NAMES)
    assert {path.stem for path in tmp_path.glob("case*.npz")} == set(names)
