"""The numbers of the findings beside their marks, a ring where no contour shows the mark, corners round the chosen one.

They are drawn over all layers in screen pixels. The layers may be off while findings are gone through, so that the
chosen place needs a sign of its own. It is the reader's pointing, not a layer: the export "as seen" has it and says
what it marks, the annotated scan has not.
"""

from __future__ import annotations

from PySide6.QtCore import QObject, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPainterPath, QPen

from mammoview.display.layers.registry import MODEL_LAYERS
from mammoview.qt.findings.findings_panel import FindingsPanel
from mammoview.qt.findings.listed_finding import ListedFinding
from mammoview.qt.session.layer_state import LayerState
from mammoview.qt.viewport.viewport import Viewport
from mammoview.qt.viewport.viewport_grid import ViewportGrid
from mammoview.qt.widgets import theme

HALF_PX = 26.0
"""Half the side of the square between the corners, on screen: a sign of a place, not of a size."""
ARM_PX = 9.0
EDGE_PX = 3.0
"""From the edge of the viewport, at least."""
HALO = QColor(0, 0, 0, 170)
TAG = QColor(18, 20, 23, 235)
TAG_TEXT = QColor(255, 255, 255)
LEAST_RADIUS_PX, MOST_RADIUS_PX = 10.0, 70.0
"""Of the circle around a mark that its tag keeps out of."""
DIAGONAL = 0.71
CORNERS = ((1, -1), (-1, -1), (1, 1), (-1, 1))
"""Where a tag may stand from its mark: right or left, above or below; the first that is free."""


class FindingMarker(QObject):
    """Numbers all marks while a model layer is on, and marks the finding that was chosen last.

    The corners stay until all layers are switched off or the list is covered.
    """

    def __init__(
        self, findings: FindingsPanel, viewport_grid: ViewportGrid, layers: LayerState, parent: QObject | None = None
    ) -> None:
        """Mark on `viewport_grid` what is listed and chosen in `findings`."""
        super().__init__(parent)
        self._findings, self._viewport_grid, self._layers = findings, viewport_grid, layers
        self._finding: object = None
        viewport_grid.viewport_made.connect(lambda viewport: viewport.overlays.append(self.paint))
        findings.chosen.connect(self._take)
        findings.relisted.connect(self._repaint)
        findings.list.currentRowChanged.connect(self._repaint)
        layers.changed.connect(self._take_layer)
        layers.bared.connect(self._repaint)
        layers.opened.connect(self._repaint)

    def place_in(self, viewport: Viewport) -> QPointF | None:
        """Return where the corners lie in a viewport, px; None where there are none."""
        chosen = self._chosen_in(viewport)
        return None if chosen is None else viewport.viewport_point(chosen.finding.column, chosen.finding.row)

    def marked_in(self, viewport: Viewport) -> tuple[int, float] | None:
        """Return number and score of the finding with the corners in a viewport; None where there are none."""
        chosen = self._chosen_in(viewport)
        return None if chosen is None else (chosen.number, chosen.finding.score)

    def numbered_in(self, viewport: Viewport) -> list[ListedFinding]:
        """Return the findings whose numbers stand in a viewport: none while an altered picture is shown there."""
        if self._layers.bare or self._findings.covered:
            return []
        chosen = self._chosen_in(viewport)
        models = any(name in MODEL_LAYERS for name in self._layers.switched_on)
        here = [one for one in self._findings.listed if one.entry.scan is viewport.scan and one.entry.altered is None]
        return [one for one in here if models or one is chosen]

    def paint(self, painter: QPainter, viewport: Viewport) -> None:
        """Draw tags and corners, in screen pixels."""
        numbered = self.numbered_in(viewport)
        if not numbered:
            return
        area = QRectF(viewport.viewport().rect()).adjusted(EDGE_PX, EDGE_PX, -EDGE_PX, -EDGE_PX)
        chosen = self._chosen_in(viewport)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        font = QFont(painter.font())
        font.setBold(True)
        painter.setFont(font)
        circles = [
            (place, self._radius(one, viewport, one is chosen), one)
            for one in numbered
            if (place := self._point(one, viewport, one is chosen)) is not None
        ]
        metrics = QFontMetricsF(font)
        taken: list[QRectF] = []
        for place, radius, one in circles:
            if one is chosen:
                _paint_corners(painter, place, area)
            elif not self._has_contour(one):
                _paint_ring(painter, place, radius)
            if area.adjusted(-radius, -radius, radius, radius).contains(place):
                others = [circle for circle in circles if circle[2] is not one]
                tag = _tag_box(metrics, one.tag, place, radius, area, taken, others)
                taken.append(tag)
                _paint_tag(painter, tag, one.tag)
        painter.restore()

    def _point(self, one: ListedFinding, viewport: Viewport, chosen: bool) -> QPointF | None:
        """Return where a finding lies in a viewport, px."""
        return self.place_in(viewport) if chosen else viewport.viewport_point(one.finding.column, one.finding.row)

    @staticmethod
    def _radius(one: ListedFinding, viewport: Viewport, chosen: bool) -> float:
        """Return how far from its mark a tag stays away, px; outside the corners of the chosen one."""
        wanted = LEAST_RADIUS_PX if one.size_mm is None else one.size_mm / 2 * viewport.scale_px
        least = HALF_PX / DIAGONAL if chosen else LEAST_RADIUS_PX
        return min(max(wanted, least), MOST_RADIUS_PX)

    def _has_contour(self, one: ListedFinding) -> bool:
        """Whether a contour of the heatmap runs round a finding, so that its place is seen without a ring."""
        if one.entry.assessed is None or not self._layers.shown("heatmap"):
            return False
        value = one.entry.assessed.assessment.heatmap.at(one.finding.column, one.finding.row)
        return value is not None and value >= self._layers.style("heatmap").threshold

    def _chosen_in(self, viewport: Viewport) -> ListedFinding | None:
        """Return the finding that has corners in a viewport."""
        chosen = self._findings.chosen_finding
        if self._layers.bare or chosen is None or chosen.finding is not self._finding:
            return None
        return chosen if viewport.scan is chosen.entry.scan and chosen.entry.altered is None else None

    def _take(self, _entry: object, finding: object) -> None:
        """Mark another finding."""
        self._finding = finding
        self._repaint()

    def _take_layer(self, _name: str) -> None:
        """Show the numbers with the first model layer; take the corners away with the last layer."""
        if not self._layers.switched_on:
            self._finding = None
        self._repaint()

    def _repaint(self, _about: object = None) -> None:
        """Draw the viewports anew."""
        for viewport in self._viewport_grid.visible:
            viewport.viewport().update()


def _paint_corners(painter: QPainter, place: QPointF, area: QRectF) -> None:
    """Draw four corners round a place; at the chest wall the square ends with the viewport, so that all are seen."""
    box = QRectF(place.x() - HALF_PX, place.y() - HALF_PX, 2 * HALF_PX, 2 * HALF_PX) & area
    if box.isEmpty():
        return
    path = QPainterPath()
    for x, y, corner in (
        (-1, -1, box.topLeft()),
        (1, -1, box.topRight()),
        (1, 1, box.bottomRight()),
        (-1, 1, box.bottomLeft()),
    ):
        path.moveTo(corner - QPointF(x * ARM_PX, 0))
        path.lineTo(corner)
        path.lineTo(corner - QPointF(0, y * ARM_PX))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for colour, width in ((HALO, 4.0), (theme.TEXT, 1.6)):
        painter.setPen(QPen(colour, width))
        painter.drawPath(path)


def _paint_ring(painter: QPainter, place: QPointF, radius: float) -> None:
    """Draw a thin ring round a place that no contour shows."""
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for colour, width in ((HALO, 3.0), (theme.MODELS, 1.0)):
        painter.setPen(QPen(colour, width))
        painter.drawEllipse(place, radius, radius)


def _tag_box(
    metrics: QFontMetricsF,
    text: str,
    place: QPointF,
    radius: float,
    area: QRectF,
    taken: list[QRectF],
    others: list[tuple[QPointF, float, ListedFinding]],
) -> QRectF:
    """Return the box of a tag beside its mark: in the viewport, off other tags and, where possible, off other marks."""
    width, height = metrics.horizontalAdvance(text) + 10, metrics.height() + 2
    away = DIAGONAL * radius + 2
    boxes = [
        QRectF(
            place.x() + away if right > 0 else place.x() - away - width,
            place.y() + away if down > 0 else place.y() - away - height,
            width,
            height,
        )
        for right, down in CORNERS
    ]

    def cost(box: QRectF) -> int:
        marks = sum(box.intersects(QRectF(p.x() - r, p.y() - r, 2 * r, 2 * r)) for p, r, _one in others)
        return 100 * (not area.contains(box)) + 10 * any(box.intersects(one) for one in taken) + marks

    free = next((box for box in boxes if not cost(box)), None)
    return min(boxes, key=cost) if free is None else free


def _paint_tag(painter: QPainter, box: QRectF, text: str) -> None:
    """Draw a number, white on dark."""
    painter.setPen(QPen(theme.MODELS, 1))
    painter.setBrush(TAG)
    painter.drawRoundedRect(box, 3, 3)
    painter.setPen(TAG_TEXT)
    painter.drawText(box, int(Qt.AlignmentFlag.AlignCenter), text)
