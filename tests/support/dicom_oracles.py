"""Other programs that judge exported DICOM objects: dciodvfy, DCMTK, dcmqi."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support.timeouts import PATIENCE_S


def program(name: str) -> str:
    """Return a program of the environment or of the system; skips the test where it is not installed."""
    beside = Path(sys.executable).with_name(name)
    found = str(beside) if beside.is_file() else shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found


def run(name: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run a program and return what it said."""
    return subprocess.run(
        [program(name), *map(str, arguments)], capture_output=True, text=True, timeout=PATIENCE_S, check=False
    )


def validators() -> list[str]:
    """Return every dciodvfy that is here: that of PyPI and that of Debian, which differ in their age."""
    beside = Path(sys.executable).with_name("dciodvfy")
    found = {str(beside)} if beside.is_file() else set()
    found |= {path for path in (shutil.which("dciodvfy"), "/usr/bin/dciodvfy") if path and Path(path).is_file()}
    return sorted(found)


def conformance_errors(file: Path) -> list[str]:
    """Return the errors that dciodvfy finds in a file; skips the test where it is not installed."""
    here = validators()
    if not here:
        pytest.skip("dciodvfy (dicom3tools) is not installed")
    said = [
        subprocess.run([path, str(file)], capture_output=True, text=True, timeout=PATIENCE_S, check=False)
        for path in here
    ]
    return [line for one in said for line in f"{one.stdout}\n{one.stderr}".splitlines() if line.startswith("Error")]


def dcmqi_measurements(file: Path, folder: Path) -> list[dict[str, Any]]:
    """Return the measurement groups of a report as dcmqi reads them."""
    out = folder / "report.json"
    done = run("tid1500reader", "--inputDICOM", file, "--outputMetadata", out)
    assert done.returncode == 0, done.stdout + done.stderr
    return list(json.loads(out.read_text())["Measurements"])
