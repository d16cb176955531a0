"""Texts and outlines over an altered picture: that it is altered, where, and how the scores changed there."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QLocale, QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QFont, QFontMetricsF, QPainter, QPainterPath, QPen

from mammoview.qt.eraser.eraser_tools import MoveTool
from mammoview.qt.session.layer_state import LayerState
from mammoview.qt.widgets import theme

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from mammoview.assess.results.score_changes import ScoreChanges
    from mammoview.qt.eraser.eraser_controller import EraserController
    from mammoview.qt.viewport.viewport import Viewport
    from mammoview.qt.viewport.viewport_grid import ViewportGrid
    from mammoview.study.pixel_changes import PixelRegion
    from mammoview.study.scan import Scan

_BACK = QColor(12, 13, 15, 225)
_HALO = QColor(0, 0, 0, 190)
_BRUSH = QColor(0x4F, 0x94, 0xC8, 70)
BANNER_TOP = 30.0
"""Upper edge of the words across an altered picture, px."""
_PAD = 8.0
_AWAY = 14.0
"""Distance of the table of scores from the place, px."""


class AlteredOverlay:
    """Paints over the viewports."""

    def __init__(self, eraser: EraserController, layers: LayerState, viewport_grid: ViewportGrid) -> None:
        """Paint what `eraser` has done and is doing, over the viewports that `viewport_grid` makes from now on."""
        self._eraser, self._layers = eraser, layers
        viewport_grid.viewport_made.connect(lambda viewport: viewport.overlays.append(self.paint))

    def paint(self, painter: QPainter, viewport: Viewport) -> None:
        """Draw in screen pixels."""
        scan = viewport.scan
        if scan is None or viewport.content is None:
            return
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        part = self._eraser.state.parts.get(scan)
        if part is not None:
            for change in part.changes:
                _paint_outline(painter, viewport, change.region)
        if viewport.states_true_size:  # on screen, not in a file
            self._paint_tool(painter, viewport, scan)
        if part is not None and scan in self._eraser.state.last and not self._layers.bare:
            for change, scores in zip(part.changes[-len(part.scores) :], part.scores, strict=True):
                _paint_scores(painter, viewport, change.region, scores)
        if self._eraser.is_altered(scan):
            _paint_banner(painter, viewport, self._eraser.busy)
        painter.restore()

    def _paint_tool(self, painter: QPainter, viewport: Viewport, scan: Scan) -> None:
        """Draw brush, stroke, and the region that waits for its place."""
        for tool in self._eraser.tools.values():
            if viewport.tool is not tool:
                continue
            if isinstance(tool, MoveTool) and tool.held is not None and tool.held[0] is scan:
                _paint_outline(painter, viewport, tool.held[1])
            width = 2 * self._eraser.radius_mm * viewport.scale_px
            if tool.stroke and tool.scan is scan:
                path = QPainterPath()
                for index, (column, row) in enumerate(tool.stroke):
                    place = viewport.viewport_point(column, row)
                    if place is not None:
                        path.lineTo(place) if index else path.moveTo(place)
                path.lineTo(path.currentPosition() + QPointF(0.01, 0))
                pen = QPen(QBrush(_BRUSH), width)
                pen.setCapStyle(Qt.PenCapStyle.RoundCap)
                pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
                painter.strokePath(path, pen)
            if tool.pointer is not None and tool.pointer[0] is scan:
                place = viewport.viewport_point(*tool.pointer[1])
                if place is not None:
                    painter.setBrush(Qt.BrushStyle.NoBrush)
                    for colour, line in ((_HALO, 3.0), (theme.ACCENT, 1.3)):
                        painter.setPen(QPen(colour, line))
                        painter.drawEllipse(place, width / 2, width / 2)


def rows_of(scores: ScoreChanges) -> list[tuple[str, str, float]]:
    """Return the label of a place: a word, the change as text, and how much the score rose."""
    named = [(f"{um} µm", change) for um, change in sorted(scores.grids.items())]
    if scores.baseline is None:
        named.append((_tr("Heatmap"), scores.fused))
    else:
        named += [(_tr("Baseline heatmap"), scores.baseline), (_tr("Fused heatmap"), scores.fused)]
    if scores.rescored is not None:
        named.append((_tr("Re-scored"), scores.rescored))
    if scores.clusters is not None:
        named.append((_tr("Bright spots"), scores.clusters))
    named += [(_tr("Fold {number}").format(number=n), change) for n, change in enumerate(scores.folds, 1)]
    return [(name, f"{_figure(one.before)} → {_figure(one.after)}", one.after - one.before) for name, one in named]


def _figure(value: float) -> str:
    return QLocale().toString(value, "f", 2)


def _tr(text: str) -> str:
    return QCoreApplication.translate("eraser", text)


def banner(viewport: Viewport, waits: bool = False) -> tuple[str, QFont, QRectF]:
    """Return the banner of an altered picture: words, font, and place in the viewport, px.

    They stand below the upper edge, where a patient letter may be, and below the lines of the corner that they would
    cover in a narrow viewport. Dots follow while results are waited for.
    """
    font = QFont(viewport.font())
    font.setBold(True)
    metrics = QFontMetricsF(font)
    text = QCoreApplication.translate("eraser", "ALTERED: not the true picture")
    area = QRectF(viewport.viewport().rect())
    text += " …" if waits else ""
    text = metrics.elidedText(text, Qt.TextElideMode.ElideRight, area.width() - 4 * _PAD)
    box = QRectF(0, 0, metrics.horizontalAdvance(text) + 2 * _PAD, metrics.height() + 6)
    box.moveCenter(QPointF(area.center().x(), area.top() + BANNER_TOP + box.height() / 2))
    for line in sorted(viewport.foreground.upper_texts, key=QRectF.top):
        if box.intersects(line):
            box.moveTop(line.bottom() + 2)
    return text, font, box


def _paint_banner(painter: QPainter, viewport: Viewport, waits: bool) -> None:
    """Write that the picture is altered."""
    text, font, box = banner(viewport, waits)
    painter.setFont(font)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme.WARNING)
    painter.drawRoundedRect(box, 3, 3)
    painter.setPen(QColor(0x1A, 0x14, 0x05))
    painter.drawText(box, int(Qt.AlignmentFlag.AlignCenter), text)


def _paint_outline(painter: QPainter, viewport: Viewport, region: PixelRegion) -> None:
    """Draw a dashed line round a region."""
    painter.setBrush(Qt.BrushStyle.NoBrush)
    path = QPainterPath()
    for line in _outlines(region):
        points = [viewport.viewport_point(column, row) for column, row in line]
        known = [point for point in points if point is not None]
        if known:
            path.moveTo(known[0])
            for point in known[1:]:
                path.lineTo(point)
            path.closeSubpath()
    for colour, width in ((_HALO, 3.0), (theme.WARNING, 1.3)):
        pen = QPen(colour, width)
        if colour is not _HALO:
            pen.setDashPattern([3, 3])
        painter.setPen(pen)
        painter.drawPath(path)


@lru_cache(maxsize=64)
def _outlines(region: PixelRegion) -> tuple[NDArray[np.float64], ...]:
    """Return the closed lines round a region, (N, 2) of (column, row) each."""
    import numpy as np
    from skimage.measure import find_contours

    from mammoview.study.polylines import simplified

    found = find_contours(np.pad(region.mask.astype(np.float32), 1), 0.5)
    lines = (simplified(line, 0.7)[:, ::-1] for line in found)
    corner = np.array([region.left - 0.5, region.top - 0.5])
    return tuple(line + corner for line in lines)


def _beside(viewport: Viewport, region: PixelRegion, box: QRectF, area: QRectF) -> QPointF:
    """Return where a box has room beside a region: right, left, below or above it; else over its middle."""
    left, top, right, bottom = region.box
    ends = [viewport.viewport_point(*corner) for corner in ((left, top), (right, bottom))]
    place = QRectF(*(end for end in ends if end is not None)).normalized() if None not in ends else area
    middle = place.center() - QPointF(box.width() / 2, box.height() / 2)
    for corner in (
        QPointF(place.right() + _AWAY, middle.y()),
        QPointF(place.left() - _AWAY - box.width(), middle.y()),
        QPointF(middle.x(), place.bottom() + _AWAY),
        QPointF(middle.x(), place.top() - _AWAY - box.height()),
    ):
        kept = QPointF(
            min(max(corner.x(), area.left()), area.right() - box.width()),
            min(max(corner.y(), area.top()), area.bottom() - box.height()),
        )
        if not QRectF(kept, box.size()).intersects(place):
            return kept
    return middle


def _paint_scores(painter: QPainter, viewport: Viewport, region: PixelRegion, scores: ScoreChanges) -> None:
    """Write beside a region how its scores changed."""
    rows = rows_of(scores)
    head = _tr("true → altered")
    font = theme.facts_font(painter.font())
    painter.setFont(font)
    metrics = QFontMetricsF(font)
    names = max(metrics.horizontalAdvance(name) for name, _text, _rise in rows)
    texts = max(metrics.horizontalAdvance(text) for text in (head, *(text for _name, text, _rise in rows)))
    line = metrics.lineSpacing() + 1
    box = QRectF(0, 0, names + texts + 4 * _PAD, (len(rows) + 1) * line + 1.4 * _PAD)
    area = QRectF(viewport.viewport().rect()).adjusted(4, 4, -4, -4)
    area.setTop(banner(viewport)[2].bottom() + 4)
    box.moveTopLeft(_beside(viewport, region, box, area))
    painter.setPen(QPen(theme.LINE, 1))
    painter.setBrush(_BACK)
    painter.drawRoundedRect(box, 4, 4)
    left, end, y = box.left() + _PAD, box.right() - _PAD, box.top() + 0.7 * _PAD + metrics.ascent()
    painter.setPen(theme.FAINT)
    painter.drawText(QPointF(end - metrics.horizontalAdvance(head), y), head)
    for name, text, rise in rows:
        y += line
        painter.setPen(theme.FAINT)
        painter.drawText(QPointF(left, y), name)
        painter.setPen(theme.MODELS if rise > 0.05 else theme.ACCENT if rise < -0.05 else theme.TEXT)
        painter.drawText(QPointF(end - metrics.horizontalAdvance(text), y), text)
