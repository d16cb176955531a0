"""A window over made-up studies, fresh settings for every test, and a watch for threads and windows left behind."""

from __future__ import annotations

import os

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication

from mammoview.assess.assessment import Assessment
from mammoview.assess.sensitivity import Sensitivity
from mammoview.errors import CancelledError
from mammoview.qt import theme
from mammoview.qt.exporting import rgb
from mammoview.qt.viewport import Viewport
from mammoview.qt.window import Window
from mammoview.qt.worker import Worker
from mammoview.settings import Settings
from mammoview.study.breast import Side
from mammoview.study.grey import Window as Window_
from mammoview.study.scan import Laterality, Projection, Scan
from tests.phantoms import assessed, breast_pixels, gradients_of
from tests.study.making import write

VIEWS = (("R", "CC"), ("L", "CC"), ("R", "MLO"), ("L", "MLO"))
MARK = 60000
"""Stored value of the bright mark in the upper outer corner of each made-up scan."""
SPACING = (0.4, 0.4)
PATIENCE_MS = 120_000
"""Longest wait for a window to load and assess: a busy machine is no failure."""


class StandIn:
    """Takes the place of the models: one blob in the middle of each breast, at once."""

    device = "cpu"

    def assess(self, scan: Scan, progress=None, cancelled=None, arrived=None) -> Assessment:
        if progress is not None:
            progress(0.5, "grid")
        return assessed(scan, blob_place(scan))

    def sensitivity(self, scan: Scan, assessment: Assessment, cancelled=None) -> Sensitivity:
        return gradients_of(assessment)

    def rest(self) -> None:
        pass


class Patient(StandIn):
    """Works until it is cancelled."""

    def __init__(self) -> None:
        self.started = Event()
        self.never = Event()
        self.seen: list[Scan] = []

    def assess(self, scan: Scan, progress=None, cancelled=None, arrived=None) -> Assessment:
        self.seen.append(scan)
        self.started.set()
        while not cancelled():
            progress(0.1, "grid")
            self.never.wait(0.002)  # lets the other threads run
        raise CancelledError


def blob_place(scan: Scan) -> tuple[float, float]:
    """Where StandIn finds something: half-way into the breast, 40 rows above the middle."""
    from mammoview.display.orientation import chest_wall

    column = 0.3 * scan.columns
    return (column if chest_wall(scan) is Side.LEFT else scan.columns - column), scan.rows / 2 - 40


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
    """Fail when a thread or a window outlives its test."""
    theme.apply(qapp)
    made: list[Worker] = []
    original = Worker.__init__

    def noted(self: Worker, *args, **kwargs) -> None:
        original(self, *args, **kwargs)
        made.append(self)

    monkeypatch.setattr(Worker, "__init__", noted)
    yield
    running = [worker for worker in made if _is_running(worker)]
    windows = [widget for widget in QApplication.topLevelWidgets() if widget.isVisible()]
    for worker in running:
        worker.stop()
    for widget in windows:
        widget.close()
    assert not running, "a thread outlived its test"
    assert not windows, f"windows outlived their test: {windows}"


def _is_running(worker: Worker) -> bool:
    try:
        return worker.isRunning()
    except RuntimeError:  # the C++ side has gone
        return False


@pytest.fixture
def open_window(qtbot) -> Iterator[Callable[..., Window]]:
    """Make windows that are closed after the test."""
    made: list[Window] = []

    def make(
        *wanted: Path,
        assessor: Callable[[], object] = StandIn,
        settings: Settings | None = None,
        size: tuple[int, int] = (1100, 800),
        wait: bool = True,
    ) -> Window:
        window = Window(settings or Settings.model_construct(notice_seen=True, reading="concurrent"), assessor)
        made.append(window)
        window.resize(*size)
        window.open_paths(wanted)
        with qtbot.waitSignal(window.first_painted, timeout=PATIENCE_MS):
            window.show()
        if wait and wanted:
            qtbot.waitUntil(lambda: bool(window.reading.studies) and not window.reading.busy, timeout=PATIENCE_MS)
        return window

    yield make
    for window in made:
        window.close()
        window.deleteLater()
    QApplication.processEvents()


@pytest.fixture
def window(open_window: Callable[..., Window], study: Path) -> Window:
    """Window with the made-up study, loaded and assessed."""
    return open_window(study)


def pane(window: Window, name: str) -> Viewport:
    """Return the pane in which the scan of that name hangs."""
    return next(v for v in window.light_box.viewports if v.scan is not None and v.scan.name == name)


def picture(viewport: Viewport) -> np.ndarray:
    """Return uint8 (rows, columns, 3) of a pane, without its words."""
    shown = viewport.drawForeground
    viewport.drawForeground = lambda painter, rect: None
    try:
        return rgb(viewport.viewport().grab().toImage())
    finally:
        viewport.drawForeground = shown


def marks(viewport: Viewport) -> tuple[float, float]:
    """Centre (column, row) of the bright mark in a pane, windowed so that tissue stays dark."""
    viewport.content.grey.window = Window_(MARK / 2, MARK)
    viewport.refresh_grey()
    rows, columns = np.nonzero(picture(viewport)[..., 0] >= 128)
    return float(columns.mean() + 0.5), float(rows.mean() + 0.5)


def scan_of(window: Window, laterality: Laterality, projection: Projection) -> Scan:
    """Return the scan of that view."""
    return next(s for s in window.reading.entries if (s.laterality, s.projection) == (laterality, projection))


def drag(qtbot, viewport: Viewport, button: Qt.MouseButton, start: QPoint, *way: QPoint) -> None:
    """Press, move through some points and let go."""
    from PySide6.QtCore import QEvent, QPointF
    from PySide6.QtGui import QMouseEvent

    def send(kind: QEvent.Type, place: QPoint, down: Qt.MouseButton, which: Qt.MouseButton) -> None:
        target = viewport.viewport()
        event = QMouseEvent(
            kind, QPointF(place), QPointF(target.mapToGlobal(place)), which, down, Qt.KeyboardModifier.NoModifier
        )
        QApplication.sendEvent(target, event)

    none = Qt.MouseButton.NoButton
    send(QEvent.Type.MouseButtonPress, start, button, button)
    for place in way:
        send(QEvent.Type.MouseMove, place, button, none)
    send(QEvent.Type.MouseButtonRelease, way[-1] if way else start, none, button)


def grabbed(window: Window) -> QImage:
    """Return the window's picture."""
    return window.grab().toImage()
