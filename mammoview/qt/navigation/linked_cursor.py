"""Marks the pointer of one viewport in the others: at the mirrored place, or as an arc at its distance from the nipple.

A lesion keeps its distance from the nipple roughly from one projection of a breast to the other, so that in the other
projection it lies near an arc about the nipple. In the other breast the same projection shows the mirrored place.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import hypot

from PySide6.QtCore import QCoreApplication, QObject, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen

from mammoview.display.length_text import length_text
from mammoview.qt.canvas.outlined_text import on_strip
from mammoview.qt.i18n.message_catalog import localized_line
from mammoview.qt.viewport.viewport import Viewport
from mammoview.qt.viewport.viewport_grid import ViewportGrid
from mammoview.study.scan import Scan

COLOUR = QColor(150, 205, 160)
HALO = QColor(0, 0, 0, 150)
CROSS_PX = 9.0


@dataclass(frozen=True)
class PointerMark:
    """What one viewport shows of the pointer in another.

    Parameters
    ----------
    place
        The mirrored place, mm of the viewport's plane; None in the other projection.
    nipple
        The nipple, mm of the viewport's plane; None where the mark is no arc.
    radius
        Distance from the nipple, mm; or from the chest wall where there is neither place nor nipple.
    text, short
        What stands beside it, and where that is wider than the viewport.
    """

    place: QPointF | None
    nipple: QPointF | None
    radius: float
    text: str
    short: str = ""


class LinkedCursor(QObject):
    """Marks the pointer's place in the viewports it is not in."""

    def __init__(self, viewport_grid: ViewportGrid, parent: QObject | None = None) -> None:
        """Mark on `viewport_grid`."""
        super().__init__(parent)
        self._viewport_grid = viewport_grid
        self.on = True
        self.marks: dict[Viewport, PointerMark] = {}
        viewport_grid.viewport_made.connect(self._take_viewport)
        viewport_grid.active_changed.connect(self.clear)

    def switch(self, on: bool) -> None:
        """Mark, or do not."""
        self.on = on
        self.clear()

    def clear(self, _about: object = None) -> None:
        """Take all marks away."""
        for viewport in self.marks:
            viewport.viewport().update()
        self.marks = {}

    def _take_viewport(self, viewport: Viewport) -> None:
        """Follow the pointer over a new viewport, and draw into it."""
        viewport.hovered.connect(self._move)
        viewport.unhovered.connect(self.clear)
        viewport.overlays.append(self.paint)

    def _move(self, viewport: Viewport, column: float, row: float) -> None:
        """Mark a place of one viewport in the others."""
        if not self.on or viewport.content is None:
            return
        before = self.marks
        place = viewport.content.to_plane(column, row)
        self.marks = {}
        if viewport.content.placement.rect.contains(place):
            for other in self._viewport_grid.visible:
                mark = None if other is viewport else mark_in(other, viewport, place)
                if mark is not None:
                    self.marks[other] = mark
        for other in before.keys() | self.marks.keys():
            other.viewport().update()

    def paint(self, painter: QPainter, viewport: Viewport) -> None:
        """Draw the mark of a viewport, in screen pixels."""
        mark = self.marks.get(viewport)
        if mark is None or viewport.content is None:
            return
        path, label = mark_path(mark, viewport)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for colour, width in ((HALO, 3.0), (COLOUR, 1.2)):
            painter.setPen(QPen(colour, width, Qt.PenStyle.SolidLine if mark.place else Qt.PenStyle.DashLine))
            painter.drawPath(path)
        if mark.text and viewport.viewport().rect().contains(label.toPoint()):
            # Not shortened, since it ends with the source of the spacing.
            room, metrics = viewport.viewport().width() - 6, painter.fontMetrics()
            text = mark.text if metrics.horizontalAdvance(mark.text) <= room - 6 else mark.short
            left = max(6.0, min(label.x(), room - metrics.horizontalAdvance(text)))
            on_strip(painter, QPointF(left, label.y()), text, COLOUR)
        painter.restore()


def mark_in(other: Viewport, viewport: Viewport, place: QPointF) -> PointerMark | None:
    """Return the mark of a place of one viewport's plane in another viewport; None where nothing can be said.

    Distances are taken over only between scans whose spacing is known, or the same guess.
    """
    if other.content is None or viewport.content is None:
        return None
    scan, its = viewport.content.scan, other.content.scan
    if scan.spacing.known != its.spacing.known or None in (scan.projection, its.projection):
        return None
    if scan.projection is its.projection:
        if scan.laterality is its.laterality and scan.laterality is None:
            return None
        x = place.x() if other.wall_left == viewport.wall_left else -place.x()
        return PointerMark(QPointF(x, place.y()), None, 0.0, "")
    if scan.laterality is not its.laterality or scan.laterality is None:
        return None
    start, nipple = _nipple(viewport), _nipple(other)
    text = QCoreApplication.translate("linked cursor", "from the nipple: {}")
    if start is None or nipple is None:
        text = QCoreApplication.translate("linked cursor", "from the chest wall: {}")
        return PointerMark(None, None, abs(place.x()), *_length_texts(text, abs(place.x()), scan))
    radius = hypot(place.x() - start.x(), place.y() - start.y())
    return PointerMark(None, nipple, radius, *_length_texts(text, radius, scan))


def _length_texts(text: str, millimetres: float, scan: Scan) -> tuple[str, str]:
    """Return a length with its source, in words and alone; nothing where the layout only guesses millimetres."""
    length = localized_line(length_text(millimetres, scan.spacing)) if scan.spacing.known else ""
    return text.format(length) if length else "", length


def _nipple(viewport: Viewport) -> QPointF | None:
    """Return the nipple, mm of the viewport's plane."""
    assert viewport.content is not None
    nipple = viewport.content.grey.picture.nipple
    return None if nipple is None else viewport.content.to_plane(*nipple)


def mark_path(mark: PointerMark, viewport: Viewport) -> tuple[QPainterPath, QPointF]:
    """Return the lines of a mark and where its words begin, screen pixels."""
    path = QPainterPath()
    if mark.place is not None:
        at = viewport.place_of(mark.place)
        for step in (QPointF(CROSS_PX, 0), QPointF(0, CROSS_PX)):
            path.moveTo(at - step)
            path.lineTo(at - step / 3)
            path.moveTo(at + step / 3)
            path.lineTo(at + step)
        return path, at
    assert viewport.content is not None
    rect = viewport.content.placement.hung
    if mark.nipple is None:
        x = mark.radius if viewport.wall_left else -mark.radius
        top, foot = viewport.place_of(QPointF(x, rect.top())), viewport.place_of(QPointF(x, rect.bottom()))
        path.moveTo(top)
        path.lineTo(foot)
        return path, QPointF(top.x() + 6, max(top.y(), 0) + 40)
    centre, radius = viewport.place_of(mark.nipple), mark.radius * viewport.scale_px
    box = QRectF(centre.x() - radius, centre.y() - radius, 2 * radius, 2 * radius)
    # The half on the side of the chest wall: the breast lies behind its nipple.
    path.arcMoveTo(box, 90.0)
    path.arcTo(box, 90.0, 180.0 if viewport.wall_left else -180.0)
    side = -1 if viewport.wall_left else 1
    return path, QPointF(centre.x() + side * radius + 6, centre.y() - 4)
