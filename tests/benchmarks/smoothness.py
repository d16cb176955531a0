"""How smooth the window is: 2 x 2 made-up scans of 13 megapixels with every layer on; run on request:

python -m tests.benchmarks.smoothness [STEPS]

Per interaction: milliseconds from the command until all viewports are painted, median and 95th percentile, and the
median of the GUI thread's own CPU time, which other load on the machine does not spoil. Then the longest time for which
the GUI thread did not come round while a study was loaded and assessed by the bundled models, and the most that it
worked itself in one turn.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

ROWS, COLUMNS = 4096, 3328
"""13.6 megapixels."""
MM = 240 / ROWS
"""Side of a pixel; viewports are scaled in screen pixels per mm."""


def made_study(folder: Path, rows: int = ROWS, columns: int = COLUMNS) -> Path:
    """Write four made-up DICOM scans; returns the folder."""
    from mammoview.study.scan import Side
    from tests.support.dicom_files import write
    from tests.support.phantoms import breast_pixels

    folder.mkdir(parents=True)
    for laterality, projection in (("R", "CC"), ("L", "CC"), ("R", "MLO"), ("L", "MLO")):
        side = Side.LEFT if laterality == "L" else Side.RIGHT
        write(
            folder / f"{laterality}{projection}.dcm",
            pixels=breast_pixels(rows, columns, side),
            ImageLaterality=laterality,
            ViewPosition=projection,
            PatientID=folder.name,
            StudyInstanceUID=f"1.2.3.{sum(map(ord, folder.name))}",
            PixelSpacing=[ROWS * MM / rows] * 2,
            BitsStored=16,
            HighBit=15,
        )
    return folder


def opened(path: Path, assessor: Callable[[], object] | None, turns: list[tuple[float, float]] | None = None) -> object:
    """Return a window with a study, loaded and assessed; `turns` gains the gaps that `heartbeat` measures meanwhile."""
    from PySide6.QtCore import QEventLoop, QTimer

    from mammoview.core.settings import Settings
    from mammoview.qt.application import application
    from mammoview.qt.main_window.main_window import MainWindow

    application()
    window = MainWindow(Settings.model_construct(notice_seen=True, reading="concurrent"), assessor)
    window.resize(1920, 1080)
    window.open_paths([path])
    window.show()
    loop, timer = QEventLoop(), QTimer()
    timer.timeout.connect(lambda: window.session.studies and not window.session.busy and loop.quit())
    timer.start(50)
    with heartbeat(turns if turns is not None else []):
        loop.exec()
    return window


@contextmanager
def heartbeat(turns: list[tuple[float, float]]) -> Iterator[None]:
    """Collect, ms, how long each turn of the event loop takes, and how much of it the thread works itself."""
    from PySide6.QtCore import Qt, QTimer

    last = [(time.perf_counter(), time.thread_time())]

    def beat() -> None:
        now = time.perf_counter(), time.thread_time()
        turns.append((1000 * (now[0] - last[0][0]), 1000 * (now[1] - last[0][1])))
        last[0] = now

    timer = QTimer()
    timer.setTimerType(Qt.TimerType.PreciseTimer)
    timer.timeout.connect(beat)
    timer.start(1)
    yield
    timer.stop()


def interactions(window: object) -> dict[str, Callable[[int], None]]:
    """Return what is done, one step each, by name."""
    from PySide6.QtCore import QPointF

    viewport = window.viewport_grid.viewports[-1]
    middle = QPointF(viewport.width() / 2, viewport.height() / 2)

    def grey(step: int) -> None:
        start = viewport.content.grey.start_of_drag
        for one in window.viewport_grid.viewports:
            one.content.grey.drag(start, 0.01 if step % 2 else -0.01, 0.002)
            one.refresh_grey()

    def point(step: int) -> None:
        viewport.hovered.emit(viewport, 400.0 + 5 * step, 1500.0 + 3 * step)

    def magnifier(step: int) -> None:
        window.magnifier.switch(True)
        point(step)

    return {
        "pan": lambda step: viewport.pan_by(7 if step % 2 else -6, 3),
        "zoom": lambda step: viewport.zoom_about(middle, 1.1 if step % 2 else 1 / 1.1),
        "window/level, all viewports": grey,
        "layer toggle": lambda step: window.layers.switch("heatmap", bool(step % 2)),
        "opacity": lambda step: window.layers.set_opacity("saliency", 0.3 + 0.3 * (step % 7) / 7),
        "threshold": lambda step: window.layers.set_threshold("grid", 0.3 + 0.3 * (step % 7) / 7),
        "pointer marked in the others": point,
        "magnifier": magnifier,
    }


def measured(act: Callable[[int], None], steps: int) -> tuple[float, float, float]:
    """Return median and 95th percentile of a step, and the median of its CPU time, ms."""
    from PySide6.QtWidgets import QApplication

    wall, cpu = [], []
    for step in range(steps + 3):
        start, busy = time.perf_counter(), time.thread_time()
        act(step)
        QApplication.processEvents()
        wall.append(1000 * (time.perf_counter() - start))
        cpu.append(1000 * (time.thread_time() - busy))
    return float(np.median(wall[3:])), float(np.percentile(wall[3:], 95)), float(np.median(cpu[3:]))


def main() -> None:
    """Print the figures."""
    from mammoview.qt.session.image_pyramid import STRETCH
    from tests.qt.conftest import StandInAssessor

    steps = int(sys.argv[1]) if len(sys.argv) > 1 else 60
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {f"XDG_{name}_HOME": f"{folder}/home" for name in ("DATA", "CONFIG", "CACHE")}
        path = made_study(Path(folder) / "study")
        window = opened(path, StandInAssessor)
        window.layers.show_only(window.layers.names)
        viewport = window.viewport_grid.viewports[-1]
        fitted = viewport.scale_px
        # Just past a halving of the pyramid the finer level is looked up: as many pixels as it ever takes.
        worst = 1.0002 * STRETCH / 4 / MM
        scales = {"fitted": fitted, "enlarged": 4 * fitted, "worst": worst, "worst, enlarged": 2 * worst}
        for zoom, scale in scales.items():
            for name, act in interactions(window).items():
                window.viewport_grid.look_at(viewport, scale, viewport.centre)
                median, late, cpu = measured(act, steps)
                print(f"{zoom}, {name}: median {median:.1f} ms, p95 {late:.1f} ms, CPU {cpu:.1f} ms", flush=True)
            window.magnifier.switch(False)
        window.close()
        other = made_study(Path(folder) / "other")
        turns: list[tuple[float, float]] = []
        opened(other, None, turns).close()
        gaps, work = zip(*turns, strict=True)
        over = sum(gap > 50 for gap in gaps)
        print(f"GUI thread while loading and assessing: longest gap {max(gaps):.0f} ms, {over} over 50 ms")
        print(f"of which its own work: {max(work):.0f} ms at most, {sum(w > 50 for w in work)} over 50 ms")


if __name__ == "__main__":
    main()
