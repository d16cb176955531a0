"""One data set assessed in this process, in another, by Dask, and after a kill: the tables are equal byte by byte."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from concurrent.futures import Executor, ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mammoview.batch import evaluation_run
from mammoview.batch.batch_task import BatchSettings
from mammoview.batch.evaluation_run import ASSESSMENTS, EvaluationPlan
from mammoview.core import paths
from mammoview.formats.common.outline_files import own_file, write_outlines
from mammoview.formats.opening.open_study import open_study
from mammoview.study.outline_sources import Truth
from mammoview.study.scan import box
from tests.support.dicom_files import write
from tests.support.phantoms import breast_pixels
from tests.support.small_models import small_bundle

TABLES = ("lesions", "marks", "views", "breasts", "patients", "figures", "pairs")
KILLED = """
import os, signal, sys
from pathlib import Path
from tests.batch.test_evaluation_run import plan_of, use_small
from mammoview.batch import evaluation_run
use_small(Path(sys.argv[3]), Path(sys.argv[4]))
plan = plan_of(Path(sys.argv[1]), Path(sys.argv[2]))
for outcome in evaluation_run.assess(plan, plan.tasks(), None):
    os.kill(os.getpid(), signal.SIGKILL)
"""


def use_small(models: Path, running: Path) -> None:
    """Make a new process use small models, and list itself where the tests do."""
    from mammoview.assess.inference import assessor

    bundle = small_bundle(models)
    assessor.load_bundle = lambda: bundle
    paths.running_folder = lambda: running


def plan_of(data: Path, folder: Path) -> EvaluationPlan:
    folder.mkdir(exist_ok=True)
    return EvaluationPlan([data], open_study(data), folder, BatchSettings("cpu", threads=1), Truth.OWN)


def evaluated(data: Path, folder: Path, executor: Executor | None = None) -> dict[str, bytes]:
    """Return the tables of an evaluation."""
    plan = plan_of(data, folder)
    tasks = plan.tasks()
    outcomes = list(evaluation_run.assess(plan, tasks, executor))
    assert not [outcome.text for outcome in outcomes if outcome.failed]
    evaluation_run.finish(plan, tasks, outcomes)
    return {table: (folder / f"{table}.csv").read_bytes() for table in TABLES}


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Both views of a breast, one with an outline."""
    folder = tmp_path / "data"
    folder.mkdir()
    names = {"PatientID": "P17", "StudyInstanceUID": "1.2.3", "ImagerPixelSpacing": [0.2, 0.2]}
    for number, projection in enumerate(("CC", "MLO")):
        pixels = breast_pixels(top=4000 + number)
        write(folder / f"{projection}.dcm", pixels=pixels, ImageLaterality="L", ViewPosition=projection, **names)
    write_outlines(own_file(folder / "CC.dcm"), [box(40, 230, 160, 340, lesion_type="MASS", pathology="MALIGNANT")])
    return folder


@pytest.mark.usefixtures("small_models")
def test_the_tables_do_not_depend_on_where_views_are_assessed(
    data: Path, tmp_path: Path, fresh_running_folder: Path
) -> None:
    distributed = pytest.importorskip("distributed")
    expected = evaluated(data, tmp_path / "here")
    assert all(expected.values()) and expected["marks"].count(b"\n") > 2
    of_process = (tmp_path / "others", fresh_running_folder)
    with ProcessPoolExecutor(1, get_context("spawn"), initializer=use_small, initargs=of_process) as pool:
        assert evaluated(data, tmp_path / "pool", pool) == expected
    # In threads of this process, which the small models are for.
    with (
        distributed.LocalCluster(n_workers=1, threads_per_worker=2, processes=False, dashboard_address=None) as cluster,
        distributed.Client(cluster) as client,
    ):
        assert evaluated(data, tmp_path / "dask", client.get_executor(pure=False)) == expected
    # Killed after the first view: what is there is whole, is used again, and the tables are the same.
    out = tmp_path / "killed"
    command = [sys.executable, "-c", KILLED, *map(str, (data, out, tmp_path / "third", fresh_running_folder))]
    assert subprocess.run(command, stderr=subprocess.DEVNULL, check=False).returncode == -signal.SIGKILL
    there = {file: file.stat().st_mtime_ns for file in (out / ASSESSMENTS).glob("*.json")}
    assert len(there) == 1 and not (out / "report.html").exists()
    for file in there:
        assert json.loads(file.read_text())["marks"] is not None
        with np.load(file.with_suffix(".npz")) as arrays:
            assert arrays["saliency"].size
    assert evaluated(data, out) == expected
    assert there == {file: file.stat().st_mtime_ns for file in there}
    left = [file.name for file in (out / ASSESSMENTS).iterdir() if file.suffix not in (".json", ".npz", ".csv")]
    assert left == [] and len(list((out / ASSESSMENTS).glob("*.npz"))) == 2


@pytest.mark.usefixtures("small_models")
def test_the_report_counts_outlines_that_could_not_be_placed(tmp_path: Path) -> None:
    folder, out = tmp_path / "data", tmp_path / "out"
    folder.mkdir()
    Image.fromarray(np.arange(64 * 64, dtype=np.uint16).reshape(64, 64)).save(folder / "a.png")
    (folder / "a.outlines.json").write_text("{")
    plan = EvaluationPlan([folder], open_study(folder), out, BatchSettings("cpu", threads=1))
    finished = evaluation_run.finish(plan, plan.tasks(), ())
    assert (
        "1 outlines could not be read or placed; they were named when it was evaluated" in finished.report.read_text()
    )
