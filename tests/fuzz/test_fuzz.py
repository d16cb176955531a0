"""A short form of the fuzz runs, in a process of its own so that a crash or a hang is a failed test."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.fuzz.dicom import MANY, bombs


@pytest.mark.parametrize(
    ("name", "count"), [("ddsm", 300), ("dicom", 200), pytest.param("dicom", MANY, marks=pytest.mark.slow)]
)
def test_damaged_files_are_opened_or_refused(name: str, count: int) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.fuzz", name, str(count), "7"],
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.startswith(f"{count + len(bombs()) * (count == MANY)} cases:")
