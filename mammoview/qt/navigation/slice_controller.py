"""Scrolling and playing: another frame of a stack in the same viewport and place, under the same greys."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QObject, QSignalBlocker, Qt, QTimer, Signal
from PySide6.QtWidgets import QSlider

from mammoview.qt.concurrency.task import Task
from mammoview.qt.i18n.message_catalog import phrase
from mammoview.qt.session.loaded_scan import LoadedScan
from mammoview.qt.session.session import Session
from mammoview.qt.viewport.viewport import Viewport
from mammoview.qt.viewport.viewport_grid import ViewportGrid
from mammoview.qt.widgets.notifier import Notifier
from mammoview.study.scan import Scan

KEPT_BYTES = 512 << 20
"""Most memory for frames that have been seen, all stacks together."""
FRAME_MS = 80
"""Shortest time for which a frame is shown while a stack plays."""
SLIDER_HEIGHT = 18


class SliceController(QObject):
    """Shows the frames of stacks; they are decoded one at a time, in the loader's thread."""

    played = Signal()
    """Playing began or ended."""

    def __init__(
        self, session: Session, viewport_grid: ViewportGrid, notifier: Notifier, parent: QObject | None = None
    ) -> None:
        """Act on the viewports of `viewport_grid`."""
        super().__init__(parent)
        self._session, self._viewport_grid, self._notifier = session, viewport_grid, notifier
        self._sliders: dict[Viewport, FrameSlider] = {}
        self._wanted: dict[Scan, int] = {}
        self._decoding: dict[Scan, Task[LoadedScan, None]] = {}
        self._kept: OrderedDict[tuple[Scan, int], LoadedScan] = OrderedDict()
        self.kept_bytes = 0
        """Memory of the frames that are kept."""
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._tick)
        session.scan_loaded.connect(self.refresh)
        session.study_shown.connect(self._forget)
        viewport_grid.viewport_made.connect(self._take_viewport)
        viewport_grid.view_changed.connect(self.refresh)

    # What the reader does

    def show_next(self) -> None:
        """Show the next frame of the active viewport."""
        self._step(self._viewport_grid.active, 1)

    def show_previous(self) -> None:
        """Show the frame before."""
        self._step(self._viewport_grid.active, -1)

    @property
    def playing(self) -> bool:
        """Whether the active stack plays."""
        return self._timer.isActive()

    def play(self, on: bool) -> None:
        """Play the stack of the active viewport round and round, or stop."""
        viewport = self._viewport_grid.active
        stack = viewport is not None and viewport.scan is not None and viewport.scan.stack is not None
        self._timer.start(FRAME_MS) if on and stack else self._timer.stop()
        self.played.emit()

    def show_frame(self, scan: Scan, frame: int) -> None:
        """Show a frame of a stack, now if it has been seen lately, else as soon as it is decoded."""
        entry = self._session.entry_of(scan)
        if scan.stack is None or entry is None or entry.grey is None or not 0 <= frame < scan.stack.count:
            return
        self._keep(entry.grey.picture, scan.frame)
        self._wanted[scan] = frame
        kept = self._kept.get((scan, frame))
        if kept is not None:
            self._kept.move_to_end((scan, frame))
            self._show(scan, frame, kept)
        elif not self._is_decoding(scan):
            self._decoding[scan] = self._session.loader.load_frame(entry.grey.picture, frame).connect(
                self, result=partial(self._take, scan, frame), failed=partial(self._take_failure, scan)
            )
        self.refresh()

    def _step(self, viewport: Viewport | None, steps: int, around: bool = False) -> None:
        """Go some frames further; at the ends stop, or go around."""
        scan = None if viewport is None else viewport.scan
        if scan is None or scan.stack is None:
            return
        frame = self._wanted.get(scan, scan.frame) + steps
        count = scan.stack.count
        self.show_frame(scan, frame % count if around else min(count - 1, max(0, frame)))

    def _tick(self) -> None:
        """Play on; a frame that is being decoded is waited for."""
        viewport = self._viewport_grid.active
        if viewport is None or viewport.scan is None or viewport.scan.stack is None:
            self.play(False)
        elif not self._is_decoding(viewport.scan):
            self._step(viewport, 1, around=True)

    def _is_decoding(self, scan: Scan) -> bool:
        """Whether a frame of a stack is on its way, and has not been cancelled with all other loading."""
        return scan in self._decoding and self._decoding[scan].is_pending

    # Signals of the loader

    def _take(self, scan: Scan, frame: int, picture: LoadedScan) -> None:
        """Show a frame that has arrived, and request the current one."""
        del self._decoding[scan]
        self._keep(picture, frame)
        self._show(scan, frame, picture)
        wanted = self._wanted.get(scan, frame)
        if wanted != frame:
            self.show_frame(scan, wanted)

    def _take_failure(self, scan: Scan, line: str) -> None:
        """Keep the frame that is shown, and warn."""
        del self._decoding[scan]
        self._wanted.pop(scan, None)
        self._notifier.warn(line)
        self.play(False)
        self.refresh()

    def _show(self, scan: Scan, frame: int, picture: LoadedScan) -> None:
        """Put a frame up."""
        self._session.show_frame(scan, frame, picture)
        viewport = self._viewport_grid.viewport_of(scan)
        if viewport is not None:
            viewport.refresh_frame()
        self.refresh()

    def _keep(self, picture: LoadedScan, frame: int) -> None:
        """Remember a frame, and forget the oldest ones."""
        key = picture.scan, frame
        if key in self._kept:
            return
        self._kept[key] = picture
        self.kept_bytes += picture.pyramid.size
        while self.kept_bytes > KEPT_BYTES and len(self._kept) > 1:
            self.kept_bytes -= self._kept.popitem(last=False)[1].pyramid.size

    def _forget(self) -> None:
        """Drop the stacks of the study before."""
        self._timer.stop()
        self._kept.clear()
        self.kept_bytes = 0
        """Memory of the frames that are kept."""
        for task in self._decoding.values():
            task.cancel()
        self._decoding.clear()
        self._wanted.clear()
        self.played.emit()

    # Sliders

    def _take_viewport(self, viewport: Viewport) -> None:
        """Add a slider to a new viewport, and connect its wheel."""
        self._sliders[viewport] = FrameSlider(viewport, self.show_frame)
        viewport.shift_wheeled.connect(self._step)

    def refresh(self) -> None:
        """Show a slider in every viewport that holds a stack."""
        for viewport, slider in self._sliders.items():
            scan = viewport.scan if viewport.content is not None else None
            slider.refresh(None if scan is None or scan.stack is None else scan, self._wanted)


class FrameSlider(QSlider):
    """Which frame of the viewport's stack is shown."""

    def __init__(self, viewport: Viewport, show: Callable[[Scan, int], None]) -> None:
        """Lie at the foot of `viewport`."""
        super().__init__(Qt.Orientation.Horizontal, viewport)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setAccessibleName(self.tr("Slice"))
        self.setPageStep(1)
        self._viewport, self._show = viewport, show
        self._scan: Scan | None = None
        self.valueChanged.connect(self._move)
        self.hide()

    def refresh(self, scan: Scan | None, wanted: dict[Scan, int]) -> None:
        """Stand at the frame that is wanted, or be hidden where there is no stack."""
        self._scan = scan
        self.setVisible(scan is not None)
        if scan is None or scan.stack is None:
            return
        room = self._viewport.rect()
        width = max(80, room.width() // 3)
        self.setGeometry((room.width() - width) // 2, room.height() - 3 * SLIDER_HEIGHT, width, SLIDER_HEIGHT)
        self.setToolTip(f"{phrase(scan.stack.word)} {scan.frame + 1} / {scan.stack.count}")
        with QSignalBlocker(self):
            self.setRange(0, scan.stack.count - 1)
            self.setValue(wanted.get(scan, scan.frame))

    def _move(self, value: int) -> None:
        """Pass the reader's choice on."""
        if self._scan is not None:
            self._show(self._scan, value)
