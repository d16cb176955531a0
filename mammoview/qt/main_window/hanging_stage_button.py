"""A button of the top bar with a pictogram of a hanging protocol: its breasts as they hang, drawn at any scale."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QStyle, QStyleOptionToolButton, QStylePainter, QToolButton

from mammoview.qt.widgets import theme
from mammoview.study.scan import FROM_THE_SIDE

if TYPE_CHECKING:
    from mammoview.display.hanging_protocols import HangingProtocol, ImageBox

HEIGHT_SHARE = 1.5
"""Height of a pictogram, heights of a line of text."""
CELL_ASPECT = 0.62
"""Width of a breast in one row, in heights of the pictogram."""
_LOW_ASPECT = 1.15
"""Width of a breast in one of several rows, in heights of its row."""
_GAP_PX = 2.0
"""Between rows, and between columns whose chest walls do not meet, px."""


class HangingStageButton(QToolButton):
    """Shows one hanging protocol; its name is the tool tip and the accessible name."""

    def __init__(self) -> None:
        """Show nothing yet."""
        super().__init__()
        self.setAccessibleName(self.tr("Hanging stage"))
        self._protocol: HangingProtocol | None = None
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)

    def show_protocol(self, protocol: HangingProtocol, title: str, keys: str) -> None:
        """Show a hanging protocol.

        Parameters
        ----------
        protocol
            The hanging protocol.
        title
            Its title in the reader's language.
        keys
            Which keys lead to it.
        """
        self._protocol = protocol
        self.setToolTip(f"{title}\n{keys}")
        self.setAccessibleName(title)
        self.setAccessibleDescription(keys)
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """Return the size of the pictogram with a margin."""
        size = self._picture_size()
        return QSize(round(size[0]) + 12, round(size[1]) + 8)

    def minimumSizeHint(self) -> QSize:
        """Return the same: a pictogram is never cut."""
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the button without words, then the hanging protocol."""
        painter = QStylePainter(self)
        option = QStyleOptionToolButton()
        self.initStyleOption(option)
        option.text = ""
        painter.drawComplexControl(QStyle.ComplexControl.CC_ToolButton, option)
        if self._protocol is None:
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        width, height = self._picture_size()
        corner = QPointF((self.width() - width) / 2, (self.height() - height) / 2)
        rows, columns = self._protocol.rows, self._protocol.columns
        down = (height - _GAP_PX * (rows - 1)) / rows
        across = (width - _GAP_PX * (columns - 1)) / columns
        for box in self._protocol.image_boxes:
            left = corner.x() + box.column * (across + _GAP_PX)
            top = corner.y() + box.row * (down + _GAP_PX)
            self._draw_breast(painter, QRectF(left, top, across, down), box)

    def _picture_size(self) -> tuple[float, float]:
        """Return width and height of the pictogram, px."""
        height = HEIGHT_SHARE * self.fontMetrics().height()
        if self._protocol is None:
            return height, height
        rows, columns = self._protocol.rows, self._protocol.columns
        cell = CELL_ASPECT * height if rows == 1 else _LOW_ASPECT * height / rows
        return columns * cell + _GAP_PX * (columns - 1), height

    def _draw_breast(self, painter: QPainter, area: QRectF, box: ImageBox) -> None:
        """Draw the outline of a breast, the chest wall at its side, an oblique one with the muscle."""
        oblique = box.projection in FROM_THE_SIDE  # drawn with the pectoral muscle
        pen = QPen(theme.PRIOR if box.prior else theme.TEXT, 1.2)
        if box.prior:
            pen.setDashPattern([2.0, 1.4])
        painter.save()
        if str(box.chest_wall) == "left":
            painter.translate(area.topLeft())
        else:
            painter.translate(area.topRight())
            painter.scale(-1, 1)
        width, height = area.width(), area.height()
        tip = height * (0.66 if oblique else 0.5)
        breast = QPainterPath(QPointF(0, 0))
        breast.cubicTo(QPointF(0.75 * width, 0.04 * height), QPointF(width, tip - 0.28 * height), QPointF(width, tip))
        breast.cubicTo(QPointF(width, tip + 0.24 * height), QPointF(0.6 * width, height), QPointF(0, height))
        breast.closeSubpath()
        painter.setPen(pen)
        painter.drawPath(breast)
        if oblique:
            muscle = QPainterPath(QPointF(0, 0))
            muscle.lineTo(0.55 * width, 0)
            muscle.lineTo(0, 0.55 * height)
            muscle.closeSubpath()
            painter.fillPath(muscle, pen.color())
        painter.restore()
