"""What the window keeps: MiB in use while a study of four made-up scans of 13 megapixels is open, and after closing it,
ten times in a row (Linux):

python -m tests.benchmarks.memory [STUDIES] [models]

With `models`, the bundled ones assess every study; without, a stand-in does, which costs no time. The process holds the
program alone until the empty window has been measured: the scans are made in another one.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable
from multiprocessing import get_context
from pathlib import Path
from typing import Any

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

SETTLED_S = 1.0
"""How long the threads are given to come to rest."""


def in_use() -> float:
    """MiB of this process in memory."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def wait_until(done: Callable[[], bool]) -> None:
    """Run the window until something is so."""
    from PySide6.QtCore import QEventLoop, QTimer

    loop, timer = QEventLoop(), QTimer()
    timer.timeout.connect(lambda: done() and loop.quit())
    timer.start(20)
    loop.exec()


def rested() -> float:
    """MiB in use once the threads have come to rest."""
    until = time.monotonic() + SETTLED_S
    wait_until(lambda: time.monotonic() > until)
    return in_use()


def stand_in() -> Any:
    """Return what takes the place of the models; imported here, for it brings pytest."""
    from tests.qt.conftest import StandInAssessor

    return StandInAssessor()


def main() -> None:
    """Print the figures."""
    from mammoview.core.settings import Settings
    from mammoview.qt.application import application
    from mammoview.qt.main_window.main_window import MainWindow
    from tests.benchmarks.smoothness import made_study

    words = sys.argv[1:]
    count = int(words[0]) if words else 10
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {f"XDG_{name}_HOME": f"{folder}/home" for name in ("DATA", "CONFIG", "CACHE")}
        path = Path(folder) / "study"
        making = get_context("spawn").Process(target=made_study, args=(path,))
        making.start()
        making.join()
        application()
        settings = Settings.model_construct(notice_seen=True, reading="concurrent", cache_mb=0, assess_on_open=False)
        window = MainWindow(settings, None if "models" in words else stand_in)
        window.resize(1920, 1080)
        window.show()
        empty = rested()
        window.session.assess_automatically = True
        window.session.prepare_models()
        opened, closed = [], []
        for _ in range(count):
            window.open_paths([path])
            wait_until(lambda: bool(window.session.studies) and not window.session.busy)
            window.layers.show_only(window.layers.names)
            opened.append(rested())
            window.session.close_study()
            closed.append(rested())
        window.close()
    print(f"empty window before the first study: {empty:.0f} MiB")
    print(f"a study open, all layers on: {opened[0]:.0f} MiB the first time, {max(opened):.0f} MiB at most")
    print(f"after closing it: {', '.join(f'{one:.0f}' for one in closed)} MiB")
    print(f"after {count} studies against after the first: {100 * (closed[-1] / closed[0] - 1):+.1f} %")


if __name__ == "__main__":
    main()
