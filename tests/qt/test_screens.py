"""Screens that come and go between two starts, and windows moved from one to another of another scale."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

SCREEN = {"dpi": 96, "logicalDpi": 96, "logicalBaseDpi": 96}
LEFT = {**SCREEN, "name": "left", "x": 0, "y": 0, "width": 1400, "height": 900, "dpr": 1}
RIGHT = {**SCREEN, "name": "right", "x": 1400, "y": 0, "width": 1600, "height": 1200, "dpr": 1}
DENSE = {**RIGHT, "name": "dense", "width": 3200, "height": 2400, "logicalDpi": 192}

READER = """
import json, sys
import numpy as np
from PySide6.QtCore import QRect
from PySide6.QtWidgets import QApplication
from mammoview.qt import theme
from mammoview.qt.window import Window
from tests.qt.conftest import StandIn, picture

application = QApplication([])
theme.apply(application)
window = Window(None, StandIn, library=False)
window.settings.notice_seen = True
window.settings.reading = "concurrent"
window.show()
if sys.argv[2:]:
    window.setGeometry(QRect(*map(int, sys.argv[2:])))
window.open_paths([sys.argv[1]])
while not (window.reading.studies and not window.reading.busy):
    application.processEvents()
application.processEvents()
panes = [v for v in window.light_box.viewports if v.scan is not None]
told = {
    "screens": [screen.name() for screen in application.screens()],
    "screen": window.screen().name(),
    "ratio": window.devicePixelRatioF(),
    "seen": any(screen.geometry().contains(window.geometry().topLeft()) for screen in application.screens()),
    "corner": [window.geometry().left(), window.geometry().top()],
    "size": [window.width(), window.height()],
    "spread": [int(np.ptp(picture(v))) for v in panes],
    "scales": sorted({round(v.scale_px, 6) for v in panes}),
    "zoom": panes[0].zoom / (panes[0].scale_px * panes[0].scan.spacing.column_mm),
}
window.close()
print(json.dumps(told))
"""


@pytest.fixture
def start(tmp_path: Path, study: Path):
    """Start the program on made screens, with settings that stay from one start to the next."""

    def run(*screens: dict, place: tuple[int, ...] = ()) -> dict:
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
            [sys.executable, "-c", READER, str(study), *map(str, place)],
            env=surroundings, cwd=Path(__file__).parents[2], capture_output=True, text=True, timeout=240,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        assert "Traceback" not in done.stderr
        return json.loads(done.stdout.splitlines()[-1])

    return run


def test_a_window_comes_back_to_its_screen_and_is_seen_when_that_has_gone(start):
    there = start(LEFT, RIGHT, place=(1500, 60, 1200, 900))
    assert (there["screens"], there["screen"], there["corner"]) == (["left", "right"], "right", [1500, 60])
    again = start(LEFT, RIGHT)
    assert (again["screen"], again["corner"], again["size"]) == ("right", [1500, 60], [1200, 900])
    gone = start(LEFT)
    assert gone["screens"] == ["left"] and gone["seen"]
    back = start(LEFT, RIGHT)
    assert back["seen"]
    for told in (there, again, gone, back):
        assert len(told["scales"]) == 1 and min(told["spread"]) > 100


def test_a_screen_of_another_scale_shows_the_same_millimetres_on_more_pixels(start):
    plain = start(LEFT, RIGHT, place=(1500, 60, 1200, 900))
    dense = start(LEFT, DENSE, place=(1500, 60, 1200, 900))
    assert (dense["screen"], dense["ratio"]) == ("dense", 2.0)
    assert dense["scales"] == pytest.approx(plain["scales"], rel=0.02)
    # Zoom counts screen pixels: there are two for each logical one.
    assert dense["zoom"] == pytest.approx(2 * plain["zoom"])
    assert min(dense["spread"]) > 100
