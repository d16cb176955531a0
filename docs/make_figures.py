"""Makes the figures of the manual anew by the dialog of figures: python -m docs.make_figures docs/pictures.

A window without a screen shows the sample study with the bundled models. In its dialog one of the program's choices is
taken for each figure, and the picture is what the dialog shows of it, in its own resolution.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from docs.make_screenshots import live_in, opened
from docs.picture_checks import take_over
from docs.window_pictures import until
from mammoview.formats.opening.sample_study import sample_study
from mammoview.qt.application import application
from mammoview.qt.dialogs.figure_dialog import FigureDialog
from mammoview.qt.main_window.export_actions import rgb
from mammoview.qt.main_window.main_window import MainWindow

QUALITY = 82
"""Of the compression; letters stay sharp."""


@dataclass(frozen=True)
class Wanted:
    """A figure of the manual: of one view, as one of the dialog's own choices, in a resolution in print."""

    view: str
    preset: str
    dpi: int


FIGURES: Mapping[str, Wanted] = {
    "layers.webp": Wanted("L MLO", "Panels for a paper", 200),
    "figure-paper.webp": Wanted("L MLO", "Layout of the paper", 200),
    "figure-finding.webp": Wanted("L MLO", "Findings in rows", 200),
    "figure-study.webp": Wanted("L MLO", "Study on a sheet", 170),
    "figure-report.webp": Wanted("L MLO", "Report of the study", 110),
}
"""Figures by the name of their file; of a report its first page."""


def main(folder: Path) -> None:
    """Make all of them, with settings and assessments of their own."""
    home = Path(tempfile.mkdtemp(prefix="mammoview-figures-"))
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    live_in(home)
    running = application()
    folder.mkdir(parents=True, exist_ok=True)
    window = opened(sample_study())
    for name, wanted in FIGURES.items():
        figure(window, wanted).save(folder / name, "WEBP", quality=QUALITY, method=6)
    window.close()
    running.quit()
    shutil.rmtree(home, ignore_errors=True)


def figure(window: MainWindow, wanted: Wanted) -> Image.Image:
    """Return a figure as the dialog shows it."""
    scan = next(scan for scan in window.session.study.scans if scan.name == wanted.view)
    window.viewport_grid.activate(window.viewport_grid.viewport_of(scan))
    window.figures.show()
    dialog = next(one for one in window.findChildren(FigureDialog) if one.isVisible())
    dialog.preset.setCurrentIndex(dialog.preset.findData(wanted.preset))
    dialog.preset.activated.emit(dialog.preset.currentIndex())
    dialog.dpi.setValue(wanted.dpi)
    until(lambda: not dialog.preview.image.isNull())
    made = Image.fromarray(rgb(dialog.preview.image))
    dialog.close()
    return made


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as made:
        main(Path(made))
        take_over(Path(made), Path(sys.argv[1]))
