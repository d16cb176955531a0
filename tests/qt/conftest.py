"""A window over made-up studies, fresh settings for every test, and a watch for threads and windows left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from threading import Event, Timer
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from mammoview.assess.inference.undivided import UndividedAssessor
from mammoview.assess.results.assessment import Assessment
from mammoview.assess.results.sensitivity import Sensitivity
from mammoview.core import malloc
from mammoview.core.errors import CancelledError
from mammoview.core.settings import Settings
from mammoview.qt.canvas.layer_item import LayerItem
from mammoview.qt.i18n import language
from mammoview.qt.main_window.export_actions import rgb
from mammoview.qt.main_window.main_window import MainWindow
from mammoview.qt.viewport.viewport import Viewport
from mammoview.qt.widgets import theme
from mammoview.records.birads import AssessmentCategory
from mammoview.study.grey_pipeline import VoiWindow as Window_
from mammoview.study.scan import Laterality, Projection, Scan, Side
from tests.qt.left_behind import ended_after
from tests.support.dicom_files import write
from tests.support.held_keys import release_keys
from tests.support.phantoms import assessed, breast_pixels, gradients_of
from tests.support.second_reading import give
from tests.support.timeouts import PATIENCE_MS, PATIENCE_S

if TYPE_CHECKING:
    from mammoview.display.scan_analysis import ScanAnalysis

VIEWS = (("R", "CC"), ("L", "CC"), ("R", "MLO"), ("L", "MLO"))
MARK = 60000
"""Stored value of the bright mark in the upper outer corner of each made-up scan."""
SPACING = (0.4, 0.4)
SCREEN = {"dpi": 96, "logicalDpi": 96, "logicalBaseDpi": 96}
LEFT = {**SCREEN, "name": "left", "x": 0, "y": 0, "width": 1400, "height": 900, "dpr": 1}
RIGHT = {**SCREEN, "name": "right", "x": 1400, "y": 0, "width": 1600, "height": 1200, "dpr": 1}
DENSE = {**RIGHT, "name": "dense", "width": 3200, "height": 2400, "logicalDpi": 192}
"""Screens in the form that Qt's offscreen platform reads."""


def has_layer(viewport: Viewport, name: str) -> bool:
    """Return whether a viewport's scene has the item of a layer, visible or not."""
    return any(isinstance(item, LayerItem) and item.name == name for item in viewport.scene().items())


class StandInAssessor(UndividedAssessor):
    """Takes the place of the models: one blob in the middle of each breast, at once."""

    device = "cpu"

    def assess(self, scan: Scan, progress=None, cancelled=None, arrived=None, analysis=None) -> Assessment:
        if progress is not None:
            progress(0.5, "grid")
        return assessed(scan, blob_place(scan, analysis), analysis=analysis)

    def sensitivity(self, scan: Scan, assessment: Assessment, cancelled=None, analysis=None) -> Sensitivity:
        return gradients_of(assessment)

    def release_memory(self) -> None:
        malloc.give_back()


class PatientAssessor(StandInAssessor):
    """Works until it is cancelled."""

    def __init__(self) -> None:
        self.started = Event()
        self.never = Event()
        self.seen: list[Scan] = []

    def assess(self, scan: Scan, progress=None, cancelled=None, arrived=None, analysis=None) -> Assessment:
        self.seen.append(scan)
        self.started.set()
        while not cancelled():
            progress(0.1, "grid")
            self.never.wait(0.002)  # lets the other threads run
        raise CancelledError


def blob_place(scan: Scan, analysis: ScanAnalysis | None = None) -> tuple[float, float]:
    """Where StandIn finds something: half-way into the breast, 40 rows above the middle."""
    from mammoview.display.scan_analysis import analyse

    column = 0.3 * scan.columns
    return (
        column if (analysis or analyse(scan)).orientation.chest_wall is Side.LEFT else scan.columns - column
    ), scan.rows / 2 - 40


def scan_pixels(side: Side, rows: int = 600, columns: int = 400) -> np.ndarray:
    """Film with its chest wall on `side` and a mark of 24 x 16 px in the upper corner away from it."""
    pixels = breast_pixels(rows, columns, side, top=4000)
    if side is Side.LEFT:
        pixels[30:46, columns - 60 : columns - 36] = MARK
    else:
        pixels[30:46, 36:60] = MARK
    return pixels


@pytest.fixture
def make_study(tmp_path: Path) -> Callable[..., Path]:
    """Write a study of four DICOM files; returns its folder."""

    def make(
        name: str = "study",
        mirrored: tuple[str, ...] = (),
        spacings: dict[str, tuple[float, float]] | None = None,
        **attributes: str,
    ) -> Path:
        folder = tmp_path / name
        folder.mkdir()
        for laterality, projection in VIEWS:
            side = Side.LEFT if laterality == "L" else Side.RIGHT
            if f"{laterality} {projection}" in mirrored:
                side = Side.RIGHT if side is Side.LEFT else Side.LEFT
            spacing = (spacings or {}).get(f"{laterality} {projection}", SPACING)
            write(
                folder / f"{laterality}{projection}.dcm",
                pixels=scan_pixels(side),
                ImageLaterality=laterality,
                ViewPosition=projection,
                PixelSpacing=list(spacing),
                BitsStored=16,
                HighBit=15,
                **{
                    "PatientID": name,
                    "PatientName": f"Doe^{name}",
                    "StudyInstanceUID": f"1.2.3.{sum(map(ord, name))}",
                    **attributes,
                },
            )
        return folder

    return make


@pytest.fixture
def study(make_study: Callable[..., Path]) -> Path:
    """Folder of one made-up study."""
    return make_study()


@pytest.fixture(autouse=True)
def nothing_left_behind(qapp: QApplication, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Fail when a thread or a window outlives its test, and leave no widget to the next one, however the test ends."""
    theme.apply(qapp)
    release_keys()
    with ended_after(monkeypatch):
        yield


WHOLE_FILMS = {"fitted": "films", "film_mask": False, "corner_text": "full"}
"""Settings that show all of the films and all words: most tests look at marks in their corners."""


@pytest.fixture
def open_window(qtbot) -> Iterator[Callable[..., MainWindow]]:
    """Make windows that are closed after the test."""
    made: list[MainWindow] = []

    def make(
        *wanted: Path,
        assessor: Callable[[], object] = StandInAssessor,
        settings: Settings | None = None,
        size: tuple[int, int] = (1100, 800),
        wait: bool = True,
    ) -> MainWindow:
        usual = Settings.model_construct(notice_seen=True, reading="concurrent", **WHOLE_FILMS)
        window = MainWindow(settings or usual, assessor)
        made.append(window)
        window.resize(*size)
        window.open_paths(wanted)
        with qtbot.waitSignal(window.first_painted, timeout=PATIENCE_MS):
            window.show()
        if wait and wanted:
            qtbot.waitUntil(lambda: bool(window.session.studies) and not window.session.busy, timeout=PATIENCE_MS)
        return window

    yield make
    for window in made:
        window.close()
        window.deleteLater()
    QApplication.processEvents()


@pytest.fixture
def window(open_window: Callable[..., MainWindow], study: Path) -> MainWindow:
    """Window with the made-up study, loaded and assessed."""
    return open_window(study)


@pytest.fixture
def begin(open_window, qtbot):
    """Open a window on studies in a reading mode, and wait until an impression can be given."""

    def make(*studies, reading: str = "second_reader", **others):
        others = {**WHOLE_FILMS, **others}
        window = open_window(*studies, settings=Settings.model_construct(notice_seen=True, reading=reading, **others))
        qtbot.waitUntil(lambda: window.reader.second_reader.own is not None, timeout=PATIENCE_MS)
        return window

    return make


@pytest.fixture
def reading(begin, study):
    """Window of a second reader who has said nothing yet."""
    return begin(study)


@pytest.fixture
def with_worksheet(reading):
    """Second reading with a category for each breast, and the worksheet open."""
    give(reading, "R", AssessmentCategory.NEGATIVE)
    give(reading, "L", AssessmentCategory.SUSPICIOUS)
    reading.viewport_grid.activate(viewport_of(reading, "L CC"))
    QTest.keyClick(reading, Qt.Key.Key_U, Qt.KeyboardModifier.ShiftModifier)
    return reading


@pytest.fixture
def kill(tmp_path: Path, study: Path):
    """Run code in a process of its own on the study, and kill it once it has printed `lines`.

    Returns the file of that name, or pattern, which it left in its user's folders.
    """

    def run(code: str, lines: Sequence[str], left: str) -> Path:
        home = tmp_path / "home"
        surroundings = os.environ | {"XDG_DATA_HOME": str(home), "XDG_CONFIG_HOME": str(home), "HOME": str(home)}
        with subprocess.Popen(
            [sys.executable, "-c", code, str(study)],
            stdout=subprocess.PIPE, text=True, env=surroundings, cwd=Path(__file__).parents[2],
        ) as process:  # fmt: skip
            assert process.stdout is not None
            too_long = Timer(PATIENCE_S, process.kill)
            too_long.start()
            said = [process.stdout.readline().strip() for _ in lines]
            too_long.cancel()
            process.send_signal(signal.SIGKILL)
        assert said == list(lines)
        (found,) = home.rglob(left)
        return found

    return run


@pytest.fixture
def spanish(qapp) -> Iterator[None]:
    """The window speaks Spanish."""
    language.install(qapp, "es")
    yield
    language.remove(qapp)


def exams(make_study, *years: str, **more: object) -> list[Path]:
    """Folders of examinations of one woman, in these years."""
    facts = {"PatientID": "P1", "PatientName": "Doe^Jane", **more}
    return [make_study(y, StudyDate=f"{y}0315", StudyInstanceUID=f"1.2.{y}", **facts) for y in years]


@pytest.fixture
def compared(open_window, make_study, qtbot):
    """A window with an examination and the one before, both given; the later one is shown."""
    now, then = exams(make_study, "2024", "2021")
    window = open_window(now, then)
    window.session.show_study(next(i for i, s in enumerate(window.session.studies) if s.date == "2024-03-15"))
    await_prior(qtbot, window, "2021-03-15")
    qtbot.waitUntil(lambda: all(e.assessed is not None for e in window.priors.entries.values()), timeout=PATIENCE_MS)
    return window


def await_prior(qtbot, window, date: str) -> None:
    """Wait until the prior of that day is there with its pictures."""
    qtbot.waitUntil(
        lambda: (
            window.priors.study is not None
            and window.priors.study.date == date
            and all(entry.grey is not None for entry in window.priors.entries.values())
            and not window.session.busy
        ),
        timeout=PATIENCE_MS,
    )


def viewport_of(window: MainWindow, name: str) -> Viewport:
    """Return the viewport in which the scan of that name hangs."""
    return next(v for v in window.viewport_grid.viewports if v.scan is not None and v.scan.name == name)


def picture(viewport: Viewport) -> np.ndarray:
    """Return uint8 (rows, columns, 3) of a viewport, without its words."""
    shown = viewport.drawForeground
    viewport.drawForeground = lambda painter, rect: None
    try:
        return rgb(viewport.viewport().grab().toImage())
    finally:
        viewport.drawForeground = shown


def marks(viewport: Viewport) -> tuple[float, float]:
    """Centre (column, row) of the bright mark in a viewport, windowed so that tissue stays dark."""
    viewport.content.grey.window = Window_(MARK / 2, MARK)
    viewport.refresh_grey()
    rows, columns = np.nonzero(picture(viewport)[..., 0] >= 128)
    return float(columns.mean() + 0.5), float(rows.mean() + 0.5)


def scan_of(window: MainWindow, laterality: Laterality, projection: Projection) -> Scan:
    """Return the scan of that view."""
    return next(s for s in window.session.entries if (s.laterality, s.projection) == (laterality, projection))


def drag(
    qtbot,
    viewport: Viewport,
    button: Qt.MouseButton,
    start: QPoint,
    *way: QPoint,
    modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier,
) -> None:
    """Press, move through some points and release."""
    from PySide6.QtCore import QEvent, QPointF
    from PySide6.QtGui import QMouseEvent

    def send(kind: QEvent.Type, place: QPoint, down: Qt.MouseButton, which: Qt.MouseButton) -> None:
        target = viewport.viewport()
        event = QMouseEvent(kind, QPointF(place), QPointF(target.mapToGlobal(place)), which, down, modifiers)
        QApplication.sendEvent(target, event)

    none = Qt.MouseButton.NoButton
    send(QEvent.Type.MouseButtonPress, start, button, button)
    for place in way:
        send(QEvent.Type.MouseMove, place, button, none)
    send(QEvent.Type.MouseButtonRelease, way[-1] if way else start, none, button)


def grabbed(window: MainWindow) -> QImage:
    """Return the window's picture."""
    return window.grab().toImage()
