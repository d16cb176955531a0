"""Windows on made screens."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.support.timeouts import PROGRAM_S


@pytest.fixture
def on_screens(tmp_path: Path, study: Path):
    """Run code in a process of its own on made screens, with the study and some numbers; returns what it prints last.

    Settings stay from one run to the next.
    """

    def run(code: str, screens: Sequence[dict], *numbers: float):
        layout = tmp_path / "screens.json"
        layout.write_text(json.dumps({"screens": list(screens)}))
        home = {f"XDG_{name}_HOME": str(tmp_path / name) for name in ("CONFIG", "DATA", "CACHE")}
        surroundings = {
            **os.environ,
            **home,
            "HOME": str(tmp_path),
            "QT_QPA_PLATFORM": f"offscreen:configfile={layout}",
        }
        done = subprocess.run(
            [sys.executable, "-c", code, str(study), *map(str, numbers)],
            env=surroundings, cwd=Path(__file__).parents[3], capture_output=True, text=True, timeout=PROGRAM_S,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        assert "Traceback" not in done.stderr
        return json.loads(done.stdout.splitlines()[-1])

    return run
