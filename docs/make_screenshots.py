"""Makes the pictures of the manual anew, with the bundled models: python -m docs.make_screenshots docs/pictures.

A picture that shows the same as the one that is there leaves it as it is (`docs/picture_checks.py`).
They show the sample study; patients, dates and the prior in those of list and priors are made up.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from pathlib import Path

import numpy as np
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtWidgets import QComboBox, QWidget
from scipy.ndimage import gaussian_filter, shift

from docs.picture_checks import take_over
from docs.window_pictures import keep, picture, until
from mammoview.batch.evaluation_process import EvaluationRequest, evaluate
from mammoview.core.settings import Settings
from mammoview.formats.opening.open_study import open_study
from mammoview.formats.opening.sample_study import sample_study
from mammoview.library import folder_scan
from mammoview.library.database import LibraryDatabase
from mammoview.qt.application import application
from mammoview.qt.eraser.eraser_tools import brushed
from mammoview.qt.library.study_delegate import StudyRow
from mammoview.qt.main_window.main_window import MainWindow
from mammoview.qt.session.model_choice import BUNDLED, ModelChoice
from mammoview.qt.viewport.viewport import Viewport
from mammoview.records.birads import AssessmentCategory
from mammoview.records.own_drawings import own_outline
from mammoview.study.annotations import Annotation, AnnotationKind
from tests.support.dicom_files import write
from tests.support.own_models import mean_heatmap, write_model

SIZE = (1280, 800)
WIDE_SIZE = (1600, 900)
"""16:9, as software centres show pictures."""


def main(folder: Path) -> None:
    """Make all of them, with settings and library of their own."""
    home = Path(tempfile.mkdtemp(prefix="mammoview-pictures-"))
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    live_in(home / "front")  # layers that were seen once stay open to the second reader
    running = application()
    folder.mkdir(parents=True, exist_ok=True)
    study = sample_study()
    front(study, folder / "window.png")
    live_in(home / "manual")
    window = opened(study, reading="second_reader")
    until(lambda: window.reader.second_reader.own is not None)
    keep(window, folder / "impression.webp")
    keep_wide(window, folder / "impression.png")
    reveal(window)
    verdicts(window)
    keep(window, folder / "verdicts.webp", window.findings)
    keep(window.findings, folder / "findings.webp")
    worksheet(window, folder / "worksheet.webp")
    comparison(window, folder / "comparison.webp")
    hanging_stages(window, folder / "hanging-stages.webp")
    magnifier(window, folder / "magnifier.webp")
    annotations(window, folder / "annotations.webp")
    keyboard(window, folder / "keyboard.webp")
    outline(window, folder / "drawing.webp")
    eraser(window, folder / "eraser.webp")
    two_models(window, home / "model", folder / "two-models.webp")
    workbench(window, study, home / "evaluation", folder / "workbench.webp")
    window.close()
    shelf = made_up(study, home / "shelf")
    with LibraryDatabase() as index:
        folder_scan.scan_folder(index, folder_scan.add_folder(index, shelf))
    for file in (*(shelf / "two").glob("LMLO*"), *(shelf / "three").glob("*")):
        file.unlink()
    window = opened(shelf / "now", library=True, assess=False)
    until(lambda: window.priors.study is not None and all(e.grey for e in window.priors.entries.values()))
    window.hanging.show("prior-cc")
    keep(window, folder / "priors.webp")
    window.hanging.show("four-view")
    window.study_panel.open(True)
    window.study_panel.tabs.setCurrentIndex(0)
    window.study_panel.scan()
    until(lambda: len(rows := window.study_panel.rows.rows) == 4 and all(map(drawn_whole, rows)), 120_000)
    keep(window, folder / "studies.webp")
    window.close()
    running.quit()
    shutil.rmtree(home, ignore_errors=True)


def live_in(home: Path) -> None:
    """Keep settings, records and library in a folder from now on."""
    os.environ |= {f"XDG_{name}_HOME": str(home / name.lower()) for name in ("CONFIG", "DATA", "CACHE")}


def opened(*paths: Path, reading: str = "concurrent", library: bool = False, assess: bool = True) -> MainWindow:
    """Open a window and wait until everything is loaded and assessed."""
    settings = Settings.model_construct(notice_seen=True, reading=reading, cache_mb=0, assess_on_open=assess)
    window = MainWindow(settings, library=library)
    window.resize(*SIZE)
    window.open_paths(paths)
    window.show()
    until(lambda: bool(window.session.studies) and not window.session.busy)
    return window


def front(study: Path, file: Path) -> None:
    """Show the window as the README does, with the models' findings and the outlines of the data set."""
    window = opened(study)
    window.resize(*WIDE_SIZE)
    window.layers.show_only(("heatmap", "outlines"))
    window.viewport_grid.fit_breasts()
    until(lambda: not window.model_layers.pending)
    keep(window, file)
    window.close()


def drawn_whole(row: StudyRow) -> bool:
    """Whether a listed study has all the thumbnails that it can have."""
    return all(scan.thumbnail or not scan.there for scan in row.study.scans)


def keep_wide(window: MainWindow, file: Path, panel: QWidget | None = None) -> None:
    """Write a picture of the window as software centres show it."""
    window.resize(*WIDE_SIZE)
    keep(window, file, panel)
    window.resize(*SIZE)


def sheet(pictures: list[tuple[str, QImage]], columns: int, width: int) -> QImage:
    """Put pictures side by side, each with its words below."""
    scaled = [
        (words, image.scaledToWidth(width, Qt.TransformationMode.SmoothTransformation)) for words, image in pictures
    ]
    height, rows = scaled[0][1].height() + 26, -(-len(scaled) // columns)
    made = QImage(columns * (width + 8), rows * height, QImage.Format.Format_RGB888)
    made.fill(QColor(24, 25, 27))
    painter = QPainter(made)
    painter.setPen(QColor(196, 200, 204))
    for number, (words, image) in enumerate(scaled):
        x, y = number % columns * (width + 8), number // columns * height
        painter.drawImage(x, y, image)
        painter.drawText(x + 4, y + image.height() + 18, words)
    painter.end()
    return made


def viewport_named(window: MainWindow, name: str) -> Viewport:
    """Return the viewport of a view."""
    return next(v for v in window.viewport_grid.viewports if v.scan is not None and v.scan.name == name)


def reveal(window: MainWindow) -> None:
    """Give an impression and open the layers."""
    for side, category in (("R", AssessmentCategory.NEGATIVE), ("L", AssessmentCategory.SUSPICIOUS)):
        field = window.reader.panel.fields[side]
        field.category.setCurrentIndex(field.category.findData(category.value))
        field.category.activated.emit(field.category.currentIndex())
    window.actions_by_name["reveal"].trigger()
    until(lambda: window.layers.open)


def verdicts(window: MainWindow) -> None:
    """Accept a finding and reject another."""
    for act in ("accept", "reject"):
        window.findings.show_next()
        window.actions_by_name[act].trigger()
    window.viewport_grid.fit_breasts()


def worksheet(window: MainWindow, file: Path) -> None:
    """Describe a made-up finding in the worksheet."""
    window.actions_by_name["worksheet"].trigger()
    window.worksheets.add()
    sheet, form = window.worksheets.dialog, window.worksheets.dialog.form

    def put(choice: QComboBox, value: object) -> None:
        choice.setCurrentIndex(choice.findData(value))
        choice.activated.emit(choice.currentIndex())

    put(sheet.composition, "c")
    for choice, value in (
        (form.breast, "L"),
        (form.quadrant, "upper outer"),
        (form.clock, 2),
        (form.depth_choice, "middle"),
        (form.kind, "mass"),
    ):
        put(choice, value)
    for name, value in {"shape": "irregular", "margin": "spiculated", "density": "high density"}.items():
        put(form.axes[name], value)
    put(form.category, AssessmentCategory.MODERATE_SUSPICION)
    sheet.resize(560, 700)
    keep(sheet, file)
    sheet.close()


def comparison(window: MainWindow, file: Path) -> None:
    """Show the table and the difference."""
    window.hanging.show("four-view")
    window.layers.show_only(("outlines", "grid"))
    window.comparison_panel.open(True)
    window.actions_by_name["difference"].trigger()
    # A row for each of four layers on each of four scans; the sensitivity's follow once its weighting is worked out.
    until(lambda: window.comparison_panel.table.rowCount() == 16 and not window.model_layers.pending)
    keep(window, file, window.findings)
    keep_wide(window, file.with_suffix(".png"), window.findings)
    window.actions_by_name["difference"].trigger()
    window.comparison_panel.open(False)
    window.layers.show_only(())


def hanging_stages(window: MainWindow, file: Path) -> None:
    """Show every hanging protocol of the study."""
    shown = []
    for name in window.hanging.names:
        window.hanging.show(name)
        shown.append((window.hanging.title, picture(window.viewport_grid)))
    keep(sheet(shown, 3, 420), file)
    window.hanging.show("four-view")


def magnifier(window: MainWindow, file: Path) -> None:
    """Show the magnifier, and where the pointer is in the other views."""
    viewport = viewport_named(window, "L MLO")
    outline = viewport.scan.outlines[0].centroid
    window.magnifier.switch(True)
    viewport.hovered.emit(viewport, *outline)
    keep(window, file, window.findings)
    window.magnifier.switch(False)
    viewport.unhovered.emit()


def annotations(window: MainWindow, file: Path) -> None:
    """Show one of each."""
    window.hanging.show("l-mlo")
    viewport = viewport_named(window, "L MLO")
    scan, across, down = viewport.scan, viewport.scan.columns, viewport.scan.rows
    around = np.linspace(0, 2 * np.pi, 40, endpoint=False)
    blob = np.stack([0.22 + 0.06 * np.cos(around), 0.78 + (0.05 + 0.01 * np.sin(3 * around)) * np.sin(around)], 1)
    made = (
        Annotation(AnnotationKind.RULER, np.array([[0.2, 0.26], [0.42, 0.3]]) * (across, down)),
        Annotation(AnnotationKind.ELLIPSE, np.array([[0.05, 0.38], [0.25, 0.5]]) * (across, down)),
        Annotation(AnnotationKind.ANGLE, np.array([[0.5, 0.45], [0.3, 0.53], [0.5, 0.65]]) * (across, down)),
        Annotation(AnnotationKind.FREEHAND, blob * (across, down)),
        Annotation(AnnotationKind.ARROW, np.array([[0.72, 0.76], [0.6, 0.7]]) * (across, down), "skin"),
        Annotation(AnnotationKind.TEXT, np.array([[0.55, 0.92]]) * (across, down), "compare with the CC view"),
    )
    for one in made:
        window.drawing.add(scan, one)
    window.drawing.use("edit", True)
    window.drawing.choose(scan, 1)
    until(lambda: not window.drawing.figures.busy)
    keep(window, file, window.findings)
    window.drawing.use("edit", False)
    window.drawing.put(scan, ())
    window.drawing.unsaved.clear()


def keyboard(window: MainWindow, file: Path) -> None:
    """Show a ruler that is being drawn with the pointer of the keyboard."""
    window.hanging.show("l-mlo")
    viewport, pointer = viewport_named(window, "L MLO"), window.keyboard_pointer
    window.viewport_grid.activate(viewport)
    window.drawing.use("ruler", True)
    for way in ["up"] * 9:
        pointer.step(way)
    pointer.press()
    for way in ["right"] * 5 + ["down"] * 7:
        pointer.step(way)
    keep(window, file, window.findings)
    window.cancel_controller.clear()
    window.drawing.use("ruler", False)
    window.drawing.put(viewport.scan, ())
    window.drawing.unsaved.clear()


def outline(window: MainWindow, file: Path) -> None:
    """Show an outline that is being edited."""
    viewport = viewport_named(window, "L MLO")
    column, row = viewport.scan.outlines[0].centroid
    around = np.linspace(0, 2 * np.pi, 14, endpoint=False)
    points = np.stack([column + 300 * np.cos(around), row + (250 + 40 * np.sin(2 * around)) * np.sin(around)], 1)
    window.drawing.add(viewport.scan, own_outline(points))
    window.drawing.use("edit", True)
    window.viewport_grid.centre_on(viewport, column, row, 8.0)
    viewport.zoom_about(QPointF(viewport.rect().center()), 0.6)
    keep(window, file, window.findings)
    window.drawing.use("edit", False)
    window.drawing.put(viewport.scan, ())
    window.drawing.unsaved.clear()


def eraser(window: MainWindow, file: Path) -> None:
    """Show the models' results once a lesion is erased."""
    window.hanging.show("mlo")
    scan = viewport_named(window, "L MLO").scan
    region = brushed(scan, [scan.outlines[0].centroid], window.eraser.radius(scan))
    window.viewport_grid.activate(viewport_named(window, "L MLO"))
    window.layers.show_only(("heatmap",))
    window.eraser.erase(scan, region)
    until(lambda: window.eraser.is_altered(scan) and not window.eraser.busy)
    keep(window, file, window.findings)
    window.eraser.restore()
    until(lambda: not window.eraser.is_altered(scan) and not window.eraser.busy)
    window.layers.show_only(())
    window.hanging.show("four-view")


def two_models(window: MainWindow, folder: Path, file: Path) -> None:
    """Show the marks that the bundled models and a tiny one have in common, and those of one alone."""
    given = {"um_per_px": 200, "patch_px": 64, "stride_px": 32}
    write_model(folder, mean_heatmap(), name="tiny", task="heatmap", input=given)
    window.session.choices.use(BUNDLED, ModelChoice.of(folder))
    until(lambda: not window.session.busy)
    window.layers.show_only(("heatmap",))
    keep(window, file, window.findings)
    window.session.choices.use(BUNDLED)
    window.layers.show_only(())


def workbench(window: MainWindow, study: Path, folder: Path, file: Path) -> None:
    """Show the lesions and marks of the study as rows and as crops."""
    evaluate(EvaluationRequest(study, folder), lambda _progress: None)
    window.actions_by_name["workbench"].trigger()
    bench = window.workbench.workbench
    bench.resize(1280, 820)
    bench.open_folder(folder)
    until(lambda: bench.opened is not None)
    bench.filter.setCurrentIndex(bench.filter.findData("all"))
    picture(bench)
    until(lambda: not bench.crops.worker.is_busy)
    keep(bench, file)
    bench.close()


def made_up(study: Path, shelf: Path) -> Path:
    """Write three women's examinations out of the sample study, at half its resolution."""
    for name, woman, day, views, soft in (
        ("now", 1, "20240312", 4, 0.0),
        ("then", 1, "20211104", 4, 1.2),
        ("two", 2, "20230620", 4, 0.8),
        ("three", 3, "20220118", 2, 0.8),
    ):
        folder = shelf / name
        folder.mkdir(parents=True)
        for scan in open_study(study)[0].scans[:views]:
            pixels = scan.pixels[: scan.rows // 2 * 2, : scan.columns // 2 * 2].astype(np.float32)
            pixels = pixels.reshape(scan.rows // 2, 2, scan.columns // 2, 2).mean((1, 3))
            if soft:
                pixels = shift(gaussian_filter(pixels, soft), (12 * woman, 0), order=1)
            write(
                folder / f"{scan.laterality}{scan.projection}.dcm",
                pixels=np.clip(pixels, 0, 65535).astype(np.uint16),
                ImageLaterality=str(scan.laterality),
                ViewPosition=str(scan.projection),
                PixelSpacing=[0.1, 0.1],
                BitsStored=16,
                HighBit=15,
                PatientID=f"MADE-UP-{woman}",
                PatientName=f"Sample^{('One', 'Two', 'Three')[woman - 1]}",
                StudyDate=day,
                StudyDescription="Screening",
                StudyInstanceUID=f"1.2.{day}.{woman}",
            )
            scan.release()
    return shelf


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as made:
        main(Path(made))
        take_over(Path(made), Path(sys.argv[1]))
