"""The tests on several workers end, and fail, where a worker crashes."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.timeouts import PROGRAM_S

MAKEFILE = Path(__file__).parents[1] / "Makefile"
FILE = """
import os, time, pytest
@pytest.mark.parametrize("number", range(4))
def test_it(number):
    time.sleep(0.1)
    if {crashing} and number == {at}:
        os._exit(3)
"""


@pytest.mark.parametrize("at", [1, 3])
def test_a_worker_that_crashes_fails_the_run_and_does_not_hang_it(tmp_path: Path, at: int) -> None:
    for number in range(5):
        text = FILE.format(crashing=number > 2, at=at)
        (tmp_path / f"test_{number}.py").write_text(text)
    (flags,) = re.findall(r"^IN_PARALLEL := (.+)$", MAKEFILE.read_text(encoding="utf-8"), re.MULTILINE)
    command = [sys.executable, "-m", "pytest", "-c", os.devnull, f"--rootdir={tmp_path}", "-p", "no:cacheprovider"]
    done = subprocess.run(
        [*command, *flags.replace("-n auto", "-n 2").split(), str(tmp_path)],
        cwd=tmp_path, capture_output=True, text=True, timeout=PROGRAM_S,
        env={name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")},
    )  # fmt: skip
    assert done.returncode == 1, done.stdout + done.stderr
    assert f"crashed while running 'test_3.py::test_it[{at}]'" in done.stdout
