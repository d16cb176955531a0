"""A short form of the fuzz runs, in a process of its own so that a crash or a hang is a failed test."""

from __future__ import annotations

import subprocess
import sys


def test_damaged_ddsm_files_are_opened_or_refused() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.fuzz", "ddsm", "300", "7"],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("300 cases:")
