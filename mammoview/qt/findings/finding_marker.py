"""The chosen finding, marked in its viewport: a corner at each side of its place and its number in the list.

The layers may be off while findings are gone through, so that the place needs a sign of its own. It is the reader's
pointing, not a layer: the export "as seen" has it and says what it marks, the annotated scan has not.
"""

from __future__ import annotations

from PySide6.QtCore import QObject, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen

from mammoview.qt.canvas.outlined_text import shadowed
from mammoview.qt.findings.findings_panel import FindingsPanel
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


class FindingMarker(QObject):
    """Marks the finding that was chosen last, until all layers are switched off or the list is covered."""

    def __init__(
        self, findings: FindingsPanel, viewport_grid: ViewportGrid, layers: LayerState, parent: QObject | None = None
    ) -> None:
        """Mark on `viewport_grid` what is chosen in `findings`."""
        super().__init__(parent)
        self._findings, self._viewport_grid, self._layers = findings, viewport_grid, layers
        self._finding: object = None
        viewport_grid.viewport_made.connect(lambda viewport: viewport.overlays.append(self.paint))
        findings.chosen.connect(self._take)
        findings.list.currentRowChanged.connect(self._repaint)
        layers.changed.connect(self._drop_with_the_layers)
        layers.bared.connect(self._repaint)
        layers.opened.connect(self._repaint)

    def place_in(self, viewport: Viewport) -> QPointF | None:
        """Return where the mark lies in a viewport, px; None where there is none."""
        chosen = self._findings.chosen_finding
        if self._layers.bare or chosen is None or chosen.finding is not self._finding:
            return None
        if viewport.scan is not chosen.entry.scan:
            return None
        return viewport.viewport_point(chosen.finding.column, chosen.finding.row)

    def marked_in(self, viewport: Viewport) -> tuple[int, float] | None:
        """Return number and score of the finding that is marked in a viewport; None where there is no mark."""
        chosen = self._findings.chosen_finding
        if chosen is None or self.place_in(viewport) is None:
            return None
        return self._findings.list.currentRow() + 1, chosen.finding.score

    def paint(self, painter: QPainter, viewport: Viewport) -> None:
        """Draw the corners and the number, in screen pixels."""
        place = self.place_in(viewport)
        if place is None:
            return
        area = QRectF(viewport.viewport().rect()).adjusted(EDGE_PX, EDGE_PX, -EDGE_PX, -EDGE_PX)
        # At the chest wall the square ends with the viewport: all four corners are seen.
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
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for colour, width in ((HALO, 4.0), (theme.TEXT, 1.6)):
            painter.setPen(QPen(colour, width))
            painter.drawPath(path)
        number = str(self._findings.list.currentRow() + 1)
        width = painter.fontMetrics().horizontalAdvance(number)
        beside = box.right() + 5 if box.right() + 5 + width <= area.right() else box.left() - 5 - width
        shadowed(painter, QPointF(beside, box.top() + 9), number, theme.TEXT)
        painter.restore()

    def _take(self, _entry: object, finding: object) -> None:
        """Mark another finding."""
        self._finding = finding
        self._repaint()

    def _drop_with_the_layers(self, _name: str) -> None:
        """Take the mark away with the last layer."""
        if not self._layers.switched_on:
            self._finding = None
            self._repaint()

    def _repaint(self, _about: object = None) -> None:
        """Draw the viewports anew."""
        for viewport in self._viewport_grid.visible:
            viewport.viewport().update()
