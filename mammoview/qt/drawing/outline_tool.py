"""Draws outlines: freehand by a drag, polygons by clicks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QPointF

from mammoview.qt.drawing.drawing_tool import NEAR_PX, STEP_PX, Drawings, distance, on_scan, within
from mammoview.records.own_drawings import own_outline
from mammoview.study.annotations import Place

if TYPE_CHECKING:
    from mammoview.qt.viewport.scan_view import ScanView
    from mammoview.study.scan import Scan


class OutlineTool:
    """A drag draws freehand and closes where it ends; clicks set the corners of a polygon.

    Nothing begins beside the scan, and a drag that leaves it goes on along its edge. A click on the first corner or a
    double click closes it. Every point is in the journal at once.
    """

    def __init__(self, drawing: Drawings) -> None:
        """Draw for `drawing`."""
        self._drawing = drawing
        self._points: list[Place] = []
        self._scan: Scan | None = None
        self._pointer: Place | None = None
        self._freehand = self._begun = False

    def press(self, viewport: ScanView, point: QPointF, pixel_size: float) -> None:
        """Begin a line, or set a corner."""
        scan, place = viewport.scan, (point.x(), point.y())
        self._begun = scan is not None and on_scan(scan, place)
        if scan is None or not self._begun:
            return
        if self._points and self._scan is scan:
            if len(self._points) > 2 and distance(place, self._points[0]) <= NEAR_PX * pixel_size:
                self._close()
            else:
                self._extend(place)
        else:
            self._points, self._scan, self._freehand = [], scan, False
            self._extend(place)
        self._drawing.refresh()

    def move(self, viewport: ScanView, point: QPointF, pixel_size: float, down: bool) -> None:
        """Move the preview to the pointer, or add a point of a freehand line."""
        if not self._points or self._scan is None or viewport.scan is not self._scan:
            return
        self._pointer = place = within(self._scan, (point.x(), point.y()))
        if down and self._begun and distance(place, self._points[-1]) >= STEP_PX * pixel_size:
            # The first drag makes it a freehand line; after a corner has been set, a drag adds to the polygon.
            self._freehand = self._freehand or len(self._points) == 1
            if self._freehand:
                self._extend(place)
        self._drawing.refresh()

    def release(self, viewport: ScanView, point: QPointF, pixel_size: float) -> None:
        """End a freehand line."""
        if self._freehand and self._begun:
            self._close()

    def double(self, viewport: ScanView, point: QPointF, pixel_size: float) -> None:
        """Close a polygon."""
        if self._points:
            self._close()

    def drop(self) -> None:
        """Forget the line under way, in the journal as well."""
        if self._points and self._scan is not None:
            self._drawing.journal_worker.write(self._scan, self._drawing.own(self._scan))
        self._points, self._scan, self._pointer, self._freehand = [], None, None, False

    def step_back(self) -> bool:
        """Take the last corner of a polygon back."""
        if not self._points or self._freehand:
            return False
        self._points.pop()
        return True

    def line(self, scan: Scan) -> Sequence[Place]:
        """Return the line under way."""
        if self._scan is not scan:
            return ()
        pointer = [self._pointer] if self._points and self._pointer is not None and not self._freehand else []
        return (*self._points, *pointer)

    def preview(self, scan: Scan) -> None:
        """Return nothing: no annotation comes of an outline."""
        return

    def _extend(self, place: Place) -> None:
        """Add a point to the line under way, and to the journal."""
        assert self._scan is not None
        self._points.append(place)
        self._drawing.journal_worker.write_stroke(self._scan, (place,))

    def _close(self) -> None:
        """Make an outline of the line under way; what encloses nothing is dropped."""
        scan, points = self._scan, self._points
        self.drop()
        if scan is None:
            return
        try:
            outline = own_outline(points, shape=(scan.rows, scan.columns))
        except ValueError:
            text = QCoreApplication.translate(
                "drawing", "An outline needs at least three points that do not lie on one line"
            )
            self._drawing.notifier.warn(text)
            return
        self._drawing.add(scan, outline)
