"""A short form of the fuzz runs, in a process of its own so that a crash or a hang is a failed test."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.fuzz import dicom, zips
from tests.fuzz.dicom import MANY
from tests.support.timeouts import PROGRAM_S


@pytest.mark.parametrize(
    ("name", "count", "bombs"),
    [
        ("coco", 100, 0),
        ("ddsm", 300, 0),
        ("dicom", 200, 0),
        ("dicomdir", 100, 0),
        ("outlines", 100, 0),
        ("pictures", 200, 0),
        ("states", 100, 0),
        ("zip", 100, 0),
        pytest.param("coco", MANY, 0, marks=pytest.mark.slow),
        pytest.param("dicom", MANY, len(dicom.bombs()), marks=pytest.mark.slow),
        pytest.param("zip", MANY, len(zips.bombs()), marks=pytest.mark.slow),
    ],
)
def test_damaged_files_are_opened_or_refused(name: str, count: int, bombs: int) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.fuzz", name, str(count), "7"],
        capture_output=True,
        text=True,
        timeout=3 * PROGRAM_S,  # The slow cases are thousands of files.
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.startswith(f"{count + bombs} cases:")
