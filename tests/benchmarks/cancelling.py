"""How soon work ends when it is cancelled in the running window, at random moments of loading and assessing a study:

python -m tests.benchmarks.cancelling PATH [TIMES]

Per stage, ms from the command until the window shows that nothing runs, and until both threads have stopped their work.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path

import numpy as np

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")


def cancelled(path: Path, times: int) -> dict[str, list[tuple[float, float]]]:
    """Open a study, cancel, and again; returns, per stage, seconds until the window and until the threads are free."""
    from PySide6.QtWidgets import QApplication

    from mammoview.core.settings import Settings
    from mammoview.qt.application import application
    from mammoview.qt.main_window.main_window import MainWindow

    application()
    window = MainWindow(Settings.model_construct(notice_seen=True, reading="concurrent", cache_mb=0))
    window.resize(1600, 1200)
    window.show()
    session = window.session
    words = ""

    def reported(text: str, _share: float) -> None:
        nonlocal words
        words = text

    session.progressed.connect(reported)

    def until(done: object, most: float = 120.0) -> float:
        start = time.perf_counter()
        while not done() and time.perf_counter() - start < most:
            QApplication.processEvents()
            time.sleep(0.0005)
        return time.perf_counter() - start

    def free() -> bool:
        return not session.models.is_busy and not session.loader.is_busy

    def begin() -> None:
        session.assess_automatically = True
        window.open_paths([path])

    found: dict[str, list[tuple[float, float]]] = defaultdict(list)
    # The models are loaded while the study is: that is the first moment.
    rng = np.random.default_rng(0)
    begin()
    session.assessment_queue.start()
    whole = until(lambda: bool(session.studies) and not session.busy)
    for turn in range(times):
        begin()
        until(lambda: False, whole * (turn + rng.random()) / times)
        stage = (words.rpartition(": ")[2] if words else "") or "done"
        start = time.perf_counter()
        window.actions_by_name["cancel"].trigger()
        until(lambda: not session.busy)
        window.repaint()
        shown = time.perf_counter() - start
        until(free)
        found[stage].append((shown, time.perf_counter() - start))
    window.close()
    return found


def main() -> None:
    """Print the figures."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {f"XDG_{name}_HOME": f"{folder}/{name}" for name in ("DATA", "CONFIG", "CACHE")}
        found = cancelled(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 40)
    found["all"] = [one for stage, taken in found.items() if stage != "done" for one in taken]
    for stage, taken in found.items():
        for what, ms in zip(("window", "threads"), 1000 * np.array(taken).T, strict=True):
            print(
                f"{stage} ({len(ms)}), {what} free after: median {np.median(ms):.0f} ms, "
                f"p95 {np.percentile(ms, 95):.0f} ms, worst {ms.max():.0f} ms"
            )


if __name__ == "__main__":
    main()
