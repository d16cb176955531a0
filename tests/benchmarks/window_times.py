"""Seconds from process start to first paint, to the whole window and to the scans shown, and the cost of a pan:

python -m tests.benchmarks.window_times PATH [RUNS]
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")


def child(path: Path, started: float) -> dict[str, float]:
    """Open the window on a path and take the times; the models do not run."""
    from PySide6.QtCore import QEvent, QEventLoop, QPointF

    from mammoview.qt.application import application
    from mammoview.qt.main_window.main_window import MainWindow

    times: dict[str, float] = {}

    class Timed(MainWindow):
        """Notes its first paint."""

        def event(self, event: QEvent) -> bool:
            done = super().event(event)
            if event.type() == QEvent.Type.Paint:
                times.setdefault("first paint", time.time() - started)
            return done

    running = application()
    window = Timed(at_once=False)
    window.resize(1600, 1200)
    loop = QEventLoop()

    since = "after the whole window"
    zero = started

    def painted() -> None:
        nonlocal zero
        zero = time.time()
        times["whole window"] = zero - started

    def loaded(_entry: object) -> None:
        entries = window.session.entries.values()
        ready = [entry.grey is not None or bool(entry.problem) for entry in entries]
        if sum(ready) == 1 or all(ready):
            window.repaint()
            times[f"{'all' if all(ready) else 'first scan'} shown {since}"] = time.time() - zero
        if all(ready):
            loop.quit()

    window.first_painted.connect(painted)
    window.assembled.connect(lambda: window.session.scan_loaded.connect(loaded))
    window.open_paths([path])
    window.show()
    loop.exec()
    running.processEvents()
    window.session.close_study()  # one that is open would only be shown
    running.processEvents()
    since, zero = "in the running window", time.time()
    window.open_paths([path])
    loop.exec()
    running.processEvents()
    viewport = window.viewport_grid.viewports[-1]
    viewport.zoom_about(QPointF(viewport.width() / 2, viewport.height() / 2), 3.0)
    running.processEvents()
    before = time.perf_counter()
    steps = 40
    for step in range(steps):
        viewport.pan_by(3 if step % 2 else -3, 2)
        running.processEvents()
    times["pan, all viewports linked"] = (time.perf_counter() - before) / steps
    window.close()
    times["peak MiB"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return times


def main() -> None:
    """Run the child some times and print each run."""
    path, runs = Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 3
    home = tempfile.mkdtemp()
    settings = Path(home) / "mammoview" / "settings.json"
    settings.parent.mkdir()
    settings.write_text('{"version": 2, "notice_seen": true, "assess_on_open": false, "reading": "concurrent"}')
    os.environ |= {f"XDG_{name}_HOME": home for name in ("DATA", "CONFIG", "CACHE")}
    for _ in range(runs):
        command = [sys.executable, "-m", "tests.benchmarks.window_times", str(path), "child", repr(time.time())]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        print(done.stdout.strip())


if __name__ == "__main__":
    if len(sys.argv) > 3 and sys.argv[2] == "child":
        figures = child(Path(sys.argv[1]), float(sys.argv[3]))
        print(json.dumps({name: round(value, 3) for name, value in figures.items()}))
    else:
        main()
