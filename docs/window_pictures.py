"""Pictures of a window that works without a screen: waits for it, draws it, and writes what it shows."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image
from PySide6.QtCore import QEventLoop, QPoint, QTimer
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication, QWidget

from mammoview.qt.main_window.main_window import MainWindow

TITLE_PX = 40
"""Room for the title of a section of the side panel."""
BOX_KB = 300
"""Most kilobytes of a picture."""


def until(condition: Callable[[], object], longest_ms: int = 600_000) -> None:
    """Let the program work until something is so."""
    loop, look = QEventLoop(), QTimer()
    look.timeout.connect(lambda: condition() and loop.quit())
    look.start(50)
    QTimer.singleShot(longest_ms, loop.quit)
    loop.exec()


def picture(widget: QWidget, panel: QWidget | None = None) -> QImage:
    """Return what a widget shows once it is painted; the side panel of a window stands at `panel`, or at its top."""
    for _ in range(3):
        QApplication.processEvents()
    if isinstance(widget, MainWindow):
        side = widget.side_panel
        top = 0 if panel is None else panel.mapTo(side.widget(), QPoint(0, 0)).y()
        side.verticalScrollBar().setValue(max(0, top - TITLE_PX))
    return widget.grab().toImage().convertToFormat(QImage.Format.Format_RGB888)


def keep(shown: QWidget | QImage, file: Path, panel: QWidget | None = None) -> None:
    """Write a picture as small as it need be."""
    image = shown if isinstance(shown, QImage) else picture(shown, panel)
    image = image.convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    rgb = rows[:, : 3 * image.width()].reshape(image.height(), image.width(), 3)
    for quality in (88, 80, 70, 60):  # of a PNG, which is always exact, one is enough
        Image.fromarray(rgb).save(file, quality=quality, method=6, optimize=True)
        if file.suffix == ".png" or file.stat().st_size < BOX_KB * 1000:
            break
    print(f"{file.name}: {file.stat().st_size // 1000} kB")
