"""The bar beside a layer: its colours on the fixed scale 0..1, its threshold and the model's operating point."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from mammoview.display.layer_style import LayerStyle
from mammoview.display.legend import legend
from mammoview.qt.i18n.message_catalog import by_locale, localized_line
from mammoview.qt.widgets import theme

BAR_PX = 10
"""Height of the colours."""
INSET_PX = 7
"""Room at both ends, so that the bar lines up with the grooves of the sliders below it."""


class ColorBar(QWidget):
    """Colours from 0 on the left to 1 on the right; what is below the threshold is dark."""

    def __init__(self, style: LayerStyle, parent: QWidget | None = None) -> None:
        """Show the bar of a layer."""
        super().__init__(parent)
        self._legend = legend(style)
        self._style = style
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_style(self, style: LayerStyle, operating_point: float | None) -> None:
        """Show another threshold or operating point."""
        if self.toolTip() and (replace(style, opacity=self._style.opacity), operating_point) == (
            self._style,
            self.operating_point,
        ):
            return
        self._style = style
        self._legend = legend(style, operating_point)
        self.setToolTip(", ".join(localized_line(part) for part in self._legend.text.split(", ")))
        self.update()

    @property
    def operating_point(self) -> float | None:
        """The model's own threshold as ticked, or None."""
        return self._legend.operating_point

    def sizeHint(self) -> QSize:
        """Return room for the bar, the tick above and the figures below."""
        return QSize(160, 8 + BAR_PX + self.fontMetrics().height() + 2)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw bar, figures, threshold and operating point."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        left, width, top = INSET_PX, self.width() - 2 * INSET_PX, 8
        table = np.ascontiguousarray(self._legend.colours)
        image = QImage(table.data, len(table), 1, 3 * len(table), QImage.Format.Format_RGB888)
        painter.drawImage(QRectF(left, top, width, BAR_PX), image)
        below = width * self._style.threshold
        painter.fillRect(QRectF(left, top, below, BAR_PX), QColor(12, 13, 14, 205))
        painter.setPen(QPen(theme.TEXT, 1.5))
        painter.drawLine(QPointF(left + below, top - 1), QPointF(left + below, top + BAR_PX + 1))
        metrics = painter.fontMetrics()
        base = top + BAR_PX + metrics.ascent() + 1
        painter.setPen(theme.FAINT)
        for tick in self._legend.ticks:
            text = by_locale(tick.text)
            text_width = metrics.horizontalAdvance(text)
            x = min(max(0.0, left + width * tick.value - text_width / 2), self.width() - text_width)
            painter.drawText(QPointF(x, base), text)
        point = self._legend.operating_point
        if point is not None:
            x = left + width * point
            painter.setPen(QPen(QColor(0, 0, 0), 0.5))
            painter.setBrush(theme.WARNING)
            painter.drawPolygon(QPolygonF([QPointF(x - 4, 0), QPointF(x + 4, 0), QPointF(x, top - 1)]))
        painter.end()
