"""Writes the icon in every size that desktops ask for: python packaging/desktop_icons.py FOLDER.

FOLDER/icons/hicolor has PNG files and the drawing for Linux; mammoview.ico is for Windows, mammoview.icns for macOS.
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

os.environ["QT_QPA_PLATFORM"] = "offscreen"

from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QImage, QPainter
from PySide6.QtSvg import QSvgRenderer

from mammoview.core.paths import resources

SIZES = (16, 22, 24, 32, 48, 64, 128, 256, 512)
"""Sides in px of the icon theme `hicolor`."""


def write_icons(folder: Path) -> list[Path]:
    """Write all of them; returns the PNG files by size."""
    running = QGuiApplication.instance() or QGuiApplication(["icons"])
    drawing = resources() / "icons" / "mammoview.svg"
    renderer = QSvgRenderer(str(drawing))
    theme = folder / "icons" / "hicolor"
    made = []
    for size in SIZES:
        image = QImage(size, size, QImage.Format.Format_ARGB32)
        image.fill(Qt.GlobalColor.transparent)
        painter = QPainter(image)
        renderer.render(painter)
        painter.end()
        file = theme / f"{size}x{size}" / "apps" / "mammoview.png"
        file.parent.mkdir(parents=True, exist_ok=True)
        image.save(str(file))
        made.append(file)
    scalable = theme / "scalable" / "apps"
    scalable.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(drawing, scalable / "mammoview.svg")
    del running
    return made


def write_bundles(folder: Path, pictures: list[Path]) -> None:
    """Write one file of all sizes for Windows, and one for macOS."""
    opened = [Image.open(file) for file in pictures]
    small = [image for image in opened if image.width <= 256]
    small[-1].save(folder / "mammoview.ico", sizes=[image.size for image in small], append_images=small[:-1])
    opened[-1].save(folder / "mammoview.icns", append_images=opened[:-1])


if __name__ == "__main__":
    target = Path(sys.argv[1])
    files = write_icons(target)
    if sys.platform in ("win32", "darwin"):
        write_bundles(target, files)
