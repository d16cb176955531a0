"""Puts annotations on scans: rulers, angles, regions, arrows, texts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPointF

from mammoview.qt.drawing.drawing_tool import STEP_PX, Drawings, distance, on_scan, within
from mammoview.study.annotation_kinds.freehand import narrow
from mammoview.study.annotations import TYPES, Annotation, AnnotationKind, Place

if TYPE_CHECKING:
    from mammoview.qt.drawing.edit_tool import EditTool
    from mammoview.qt.viewport.scan_view import ScanView
    from mammoview.study.scan import Scan

DRAG_PX = 4.0
"""A press that moves less is a click, screen pixels."""


class AnnotationTool:
    """Sets the points of one kind of annotation, by drags or by clicks; a freehand region is one drag.

    No point is set beside the scan. A drag that leaves it ends at its edge, and makes nothing where what is left has no
    size.

    A press on a handle of an annotation that is there moves it instead, so that a ruler is corrected with the ruler
    active.
    """

    def __init__(self, drawing: Drawings, kind: AnnotationKind, editing: EditTool) -> None:
        """Draw for `drawing`; `editing` moves what is there."""
        self._drawing, self._kind, self._editing = drawing, kind, editing
        self._type = TYPES[kind]
        self._points: list[Place] = []
        self._scan: Scan | None = None
        self._pointer: Place | None = None
        self._pressed: Place = (0.0, 0.0)
        self._grabbed = False
        self._preview: tuple[tuple[Place, ...], Annotation] | None = None

    def press(self, viewport: ScanView, point: QPointF, pixel_size: float) -> None:
        """Set a point, or begin to drag a handle."""
        scan = viewport.scan
        if scan is None:
            return
        self._pressed = place = (point.x(), point.y())
        if not self._points and self._editing.grab(scan, place, pixel_size):
            self._grabbed = True
            return
        if not on_scan(scan, place):
            return
        if self._type.needs_text:
            self._drawing.ask_for_text(viewport, Annotation(self._kind, np.array([place]), "?"))
            return
        if self._scan is not scan:
            self._points, self._scan = [], scan
        self._points.append(place)
        self._finish(viewport, pixel_size)
        self._drawing.refresh()

    def move(self, viewport: ScanView, point: QPointF, pixel_size: float, down: bool) -> None:
        """Move the preview to the pointer, or add a point of a freehand line."""
        if self._grabbed:
            self._editing.move(viewport, point, pixel_size, down)
        elif self._points and self._scan is not None and viewport.scan is self._scan:
            self._pointer = place = within(self._scan, (point.x(), point.y()))
            if self._type.point_count is None and down and distance(place, self._points[-1]) >= STEP_PX * pixel_size:
                self._points.append(place)
            self._drawing.refresh()

    def release(self, viewport: ScanView, point: QPointF, pixel_size: float) -> None:
        """End a drag with a point; a click waits for the next one."""
        if self._grabbed:
            self._grabbed = False
            self._editing.release(viewport, point, pixel_size)
        elif self._points and self._scan is not None and viewport.scan is self._scan:
            place = within(self._scan, (point.x(), point.y()))
            if self._type.point_count is None:
                self._close()
            elif on_scan(self._scan, self._pressed) and distance(place, self._pressed) >= DRAG_PX * pixel_size:
                self._points.append(place)
                self._finish(viewport, pixel_size)
            self._drawing.refresh()

    def double(self, viewport: ScanView, point: QPointF, pixel_size: float) -> None:
        """Ask for the words of an arrow or a text that is there; else a click like any other."""
        if self._points:
            self.press(viewport, point, pixel_size)
        else:
            self._editing.double(viewport, point, pixel_size)

    def drop(self) -> None:
        """Forget the points set so far."""
        if self._grabbed:
            self._editing.drop()
        self._points, self._scan, self._pointer, self._grabbed = [], None, None, False
        self._preview = None

    def step_back(self) -> bool:
        """Take the last point back."""
        if not self._points or self._type.point_count is None:
            return False
        self._points.pop()
        return True

    def line(self, scan: Scan) -> Sequence[Place]:
        """Return the points so far, where they are no annotation yet."""
        return () if self._scan is not scan or self.preview(scan) is not None else self._so_far()

    def preview(self, scan: Scan) -> Annotation | None:
        """Return the annotation as the pointer has it."""
        points = self._so_far()
        if self._scan is not scan or len(points) != self._type.point_count:
            return None
        if self._preview is None or self._preview[0] != points:
            self._preview = (points, Annotation(self._kind, np.array(points)))
        return self._preview[1]

    def _so_far(self) -> tuple[Place, ...]:
        """Points set, and the pointer."""
        pointer = [self._pointer] if self._points and self._pointer is not None else []
        return (*self._points, *pointer)

    def _finish(self, viewport: ScanView, pixel_size: float) -> None:
        """Make an annotation when all points are set; one without size, to the eye or in the scan, is dropped."""
        if self._scan is None or len(self._points) != self._type.point_count:
            return
        scan, points = self._scan, np.array(self._points)
        self.drop()
        made = Annotation(self._kind, points)
        if np.ptp(points, axis=0).max() >= pixel_size and not made.sizeless:
            self._drawing.add(scan, made)

    def _close(self) -> None:
        """Make a region of a freehand line; a click alone, or a line along an edge, is dropped."""
        scan, points = self._scan, self._points
        self.drop()
        if scan is not None and len(points) >= 3 and not narrow(points):
            self._drawing.add(scan, Annotation(self._kind, np.array(points)))
