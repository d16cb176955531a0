"""Browses an evaluation of many small views on whatever screen there is: python -m tests.qt.workbench.browse_views DIR.

Views with a bright disc each are written to DIR, with an evaluation whose rows lie on the discs. The workbench opens
it, is scrolled through from its first error to the last, and the last one is opened. What was seen is printed as JSON.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PySide6.QtCore import QEventLoop, Qt, QTimer
from PySide6.QtGui import QPixmap

from mammoview.core.result_sources import anonymous_source, private_key, remember
from mammoview.core.settings import Settings
from mammoview.evaluation.evaluation import Evaluation
from mammoview.evaluation.evaluation_folder import Provenance, write_provenance
from mammoview.formats.opening.open_study import open_study
from mammoview.qt.application import application
from mammoview.qt.main_window.main_window import MainWindow
from mammoview.study.scan import Side
from tests.qt.conftest import VIEWS, StandInAssessor
from tests.qt.workbench.conftest import lesion, mark, view
from tests.support.dicom_files import write
from tests.support.phantoms import breast_pixels
from tests.support.timeouts import PROGRAM_S

ROWS, COLUMNS, SPACING_MM, RADIUS_PX = 150, 100, 1.6, 3
DISC = 60000
"""Stored value of the discs, far above that of the breast."""


def main(folder: Path, women: int) -> None:
    """Write, open and browse; print what was seen."""
    data, results = folder / "data", folder / "evaluation"
    places = written(data, women)
    evaluated(data, results, places)
    running = application()
    settings = Settings.model_construct(notice_seen=True, reading="concurrent", cache_mb=0)
    window = MainWindow(settings, StandInAssessor)
    window.show()
    window.actions_by_name["workbench"].trigger()
    bench = window.workbench.workbench
    assert bench is not None
    bench.open_folder(results)
    until(lambda: bench.opened is not None)
    reported: dict[str, object] = {"platform": running.platformName()}
    for index in range(bench.filter.count()):
        bench.filter.setCurrentIndex(index)
        reported[str(bench.filter.currentData())] = bench.model.rowCount()
    bench.filter.setCurrentIndex(bench.filter.findData("errors"))
    grid, model = bench.views.crops, bench.model
    bright, seen = 0, set[int]()
    while len(seen) < model.rowCount():
        page = [row for row in range(model.rowCount()) if row not in seen and bench.views.is_crop_seen(row)]
        if not page:
            following = len(seen)
            grid.scrollTo(model.index(following, 0), grid.ScrollHint.PositionAtTop)
            until(lambda row=following: bench.views.is_crop_seen(row))
            continue
        grid.viewport().repaint()
        until(lambda: not bench.crops.worker.is_busy)
        for row in page:
            crop = model.data(model.index(row, 0), Qt.ItemDataRole.DecorationRole)
            assert isinstance(crop, QPixmap)
            bright += crop.toImage().pixelColor(crop.width() // 2, crop.height() // 2).lightness() > 240
        seen |= set(page)
    last = model.rowCount() - 1
    row = model.row_of(model.index(last, 0))
    bench.views.table.selectRow(last)
    bench.open_selected()
    assert bench.opened is not None
    place = bench.opened.place_of(row)
    grid_of = window.viewport_grid
    until(lambda: grid_of.active is not None and getattr(grid_of.active.scan, "path", None) == place.file)
    active = grid_of.active
    assert active is not None
    until(lambda: window.layers.is_on("outlines"))
    point = active.viewport_point(place.column, place.row)
    reported |= {"browsed": len(seen), "bright": bright}
    reported["opened"] = point is not None and active.viewport().rect().contains(point.toPoint())
    window.close()
    print(json.dumps(reported))


def written(data: Path, women: int) -> dict[str, tuple[float, float]]:
    """Write four views of each woman with a disc in the breast; returns its column and row by the name of the file."""
    data.mkdir(parents=True)
    rng, places = np.random.default_rng(7), {}
    down, across = np.indices((ROWS, COLUMNS)) + 0.5
    for woman in range(women):
        for laterality, projection in VIEWS:
            side = Side.LEFT if laterality == "L" else Side.RIGHT
            pixels = breast_pixels(ROWS, COLUMNS, side, top=4000)
            inward, row = rng.uniform(10, 30), rng.uniform(60, 90)
            column = inward if side is Side.LEFT else COLUMNS - inward
            pixels[(across - column) ** 2 + (down - row) ** 2 < RADIUS_PX**2] = DISC
            name = f"{woman:04d}{laterality}{projection}.dcm"
            write(
                data / name, pixels=pixels, ImageLaterality=laterality, ViewPosition=projection, BitsStored=16,
                HighBit=15, PixelSpacing=[SPACING_MM] * 2, PatientID=f"W{woman}", StudyInstanceUID=f"1.2.9.{woman}",
            )  # fmt: skip
            places[name] = column, row
    return places


def evaluated(data: Path, folder: Path, places: dict[str, tuple[float, float]]) -> None:
    """Write an evaluation: the disc of every other view is a missed lesion, that of the others a false mark."""
    folder.mkdir()
    key, studies = private_key(), open_study(data)
    scans = [(study, scan) for study in studies for scan in study.scans]
    remember(folder, [scan.path for _study, scan in scans], key)
    lesions, marks, views = [], [], []
    for number, (study, scan) in enumerate(scans):
        column, row = places[scan.path.name]
        code, owner = anonymous_source(scan.path, key).file, f"study {study.key}"
        place = {"column": column, "row": row, "study": owner, "view": scan.name}
        views.append(view(code, pixels=scan.pixel_hash, study=owner))
        if number % 2:
            marks.append(mark(number, code, score=number / len(scans), **place))
        else:
            box = {"left": column - 4, "right": column + 4, "top": row - 4, "bottom": row + 4}
            lesions.append(lesion(number, code, **place, **box))
        scan.release()
    Evaluation(lesions, marks, views, [], []).write(folder)
    write_provenance(folder, Provenance())


def until(reported: Callable[[], object]) -> None:
    """Let the program work until something is so."""
    loop, ticks = QEventLoop(), QTimer(interval=5)
    ticks.timeout.connect(lambda: reported() and loop.quit())
    ticks.start()
    QTimer.singleShot(int(1000 * PROGRAM_S), loop.quit)
    if not reported():
        loop.exec()
    assert reported()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
