"""Moves what is drawn: a handle of it, or the whole."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPointF

from mammoview.qt.drawing.drawing_tool import NEAR_PX, Drawings
from mammoview.study.annotations import Annotation, AnnotationKind, Place
from mammoview.study.scan import Outline, Scan

if TYPE_CHECKING:
    from mammoview.qt.viewport.scan_view import ScanView


class EditTool:
    """A press takes hold of a handle, or chooses what lies there; a drag moves it."""

    def __init__(self, drawing: Drawings) -> None:
        """Edit what `drawing` holds."""
        self._drawing = drawing
        self._held: tuple[Scan, int, Outline | Annotation, int | None, Place] | None = None
        self._moved: Outline | Annotation | None = None

    def grab(self, scan: Scan, place: Place, pixel_size: float) -> bool:
        """Take hold of a handle of the chosen one, or of any annotation; False where there is none."""
        own, chosen = self._drawing.own(scan), self._drawing.chosen
        order = [chosen[1]] if chosen is not None and chosen[0] is scan else []
        order += [i for i in reversed(range(len(own))) if isinstance(own[i], Annotation) and i not in order]
        for index in order:
            ways = np.hypot(*(_handles(own[index]) - place).T)
            if ways.min() <= NEAR_PX * pixel_size:
                self._hold(scan, index, int(ways.argmin()), place)
                return True
        return False

    def press(self, viewport: ScanView, point: QPointF, pixel_size: float) -> None:
        """Take hold of a handle, or choose what lies there and take hold of it."""
        scan, place = viewport.scan, (point.x(), point.y())
        if scan is None or self.grab(scan, place, pixel_size):
            return
        own = self._drawing.own(scan)
        for index in reversed(range(len(own))):
            if _outline(own[index]).distance(place) <= NEAR_PX * pixel_size:
                self._hold(scan, index, None, place)
                return
        self._drawing.choose(scan, None)

    def move(self, viewport: ScanView, point: QPointF, pixel_size: float, down: bool) -> None:
        """Move the dragged drawing; it is added to journal and history on release."""
        if not self._still_there():
            self.drop()
        if not down or self._held is None:
            return
        scan, index, one, handle, start = self._held
        place, shape = (point.x(), point.y()), (scan.rows, scan.columns)
        stand_in = _outline(one)
        way = np.subtract(place, start)
        moved = stand_in.moved(way, shape) if handle is None else stand_in.with_handle(handle, place, shape)
        self._moved = moved if isinstance(one, Annotation) else replace(one, points=moved.points)
        self._drawing.hold(scan, index, self._moved)

    def release(self, viewport: ScanView, point: QPointF, pixel_size: float) -> None:
        """Release, and keep it where it is; what has been pulled to nothing goes back."""
        if not self._still_there():
            self.drop()
        held, moved = self._held, self._moved
        if moved is not None and _outline(moved).sizeless:
            self.drop()
            return
        self._held = self._moved = None
        if held is not None and moved is not None:
            self._drawing.replace(held[0], held[1], moved)

    def double(self, viewport: ScanView, point: QPointF, pixel_size: float) -> None:
        """Ask for the words of an arrow or a text."""
        self.press(viewport, point, pixel_size)
        self._held = None
        chosen = self._drawing.chosen
        if chosen is not None and chosen[0] is viewport.scan:
            one = self._drawing.own(chosen[0])[chosen[1]]
            if isinstance(one, Annotation) and one.type.takes_text:
                self._drawing.ask_for_text(viewport, one, chosen[1])

    def drop(self) -> None:
        """Put what is held back where it was."""
        held, self._held, self._moved = self._held, None, None
        if held is not None:
            self._drawing.hold(held[0], held[1], None)

    def step_back(self) -> bool:
        """Return False: a move under way has no points of its own."""
        return False

    def line(self, scan: Scan) -> Sequence[Place]:
        """Return nothing: no line is under way."""
        return ()

    def preview(self, scan: Scan) -> None:
        """Return nothing: what is moved is shown itself."""
        return

    def _hold(self, scan: Scan, index: int, handle: int | None, place: Place) -> None:
        """Choose one and take hold of it."""
        self._held, self._moved = (scan, index, self._drawing.own(scan)[index], handle, place), None
        self._drawing.choose(scan, index)

    def _still_there(self) -> bool:
        """Whether what is held was not deleted or undone meanwhile, with another one in its place."""
        if self._held is None:
            return False
        scan, index, one, _handle, _start = self._held
        return any(own is one for own in self._drawing.own(scan)[index : index + 1])


def _handles(one: Outline | Annotation) -> np.ndarray:
    """Return where the mouse takes hold of it."""
    return one.handles if isinstance(one, Annotation) else one.points


def _outline(one: Outline | Annotation) -> Annotation:
    """Return an outline as the freehand annotation that moves like it."""
    return one if isinstance(one, Annotation) else Annotation(AnnotationKind.FREEHAND, one.points)
