"""The package for ONNX models holds what running one needs, and little else."""

from __future__ import annotations

import shutil
import subprocess
import sys
from importlib.metadata import requires
from pathlib import Path

import pytest

from tests.support.own_models import mean_classifier
from tests.support.timeouts import PROGRAM_S

ROOT = Path(__file__).parents[2]
RUN = """
import sys
sys.path.insert(0, sys.argv[1])
import google.protobuf, importlib, numpy, onnx, onnxruntime
modules = [google.protobuf, onnx, onnxruntime, *map(importlib.import_module, sys.argv[3:])]
model = onnx.load_model_from_string(open(sys.argv[2], "rb").read())
session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
print(float(session.run(None, {"x": numpy.ones((1, 1, 32, 32), numpy.float32)})[0][0, 0]))
print(*sorted({module.__file__ for module in modules}), sep="\\n")
"""


@pytest.mark.skipif(not shutil.which("strip"), reason="there are no binutils")
def test_a_model_runs_with_what_is_copied(tmp_path: Path) -> None:
    folder, model = tmp_path / "_internal", tmp_path / "model.onnx"
    model.write_bytes(mean_classifier().SerializeToString())
    subprocess.run([sys.executable, "packaging/onnx_files.py", str(folder)], cwd=ROOT, timeout=PROGRAM_S, check=True)
    # The oldest onnx that is allowed does without it.
    more = ["ml_dtypes"] if any(text.startswith("ml_dtypes") for text in requires("onnx") or ()) else []
    command = [sys.executable, "-P", "-c", RUN, str(folder), str(model), *more]
    done = subprocess.run(command, capture_output=True, text=True, timeout=PROGRAM_S, check=True)
    logit, *files = done.stdout.splitlines()
    assert float(logit) == pytest.approx(3)
    assert len(files) == 3 + len(more) and all(Path(file).is_relative_to(folder) for file in files)
    assert sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()) < 60e6
    assert {"onnx", "onnxruntime", *more} <= {file.name.partition("-")[0] for file in folder.glob("*.dist-info")}
