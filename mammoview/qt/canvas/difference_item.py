"""Difference of outlines and a layer: agreement, and both kinds of disagreement, each in a colour and a hatching."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from pyqtgraph import GraphicsObject
from PySide6.QtCore import QCoreApplication, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QBrush, QColor, QPainter, QPainterPath, QPaintEvent, QPen, QPolygonF, QTransform
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from mammoview.qt.i18n.noop import translate_noop
from mammoview.qt.widgets import theme

if TYPE_CHECKING:
    from mammoview.assess.results.assessment import Layer
    from mammoview.study.scan import Outline


@dataclass(frozen=True)
class DifferenceArea:
    """One of the three areas.

    Parameters
    ----------
    text
        Text in the legend.
    colour
        Of the palette of Okabe and Ito (2008), which every kind of colour vision distinguishes.
    hatching
        Sign that means the same without colour.
    """

    text: str
    colour: QColor
    hatching: Qt.BrushStyle

    @property
    def brush(self) -> QBrush:
        """How it is filled."""
        return QBrush(self.colour, self.hatching)


_N = translate_noop
BOTH = DifferenceArea(_N("difference", "outline and layer"), QColor(0, 160, 110), Qt.BrushStyle.DiagCrossPattern)
OUTLINE_ONLY = DifferenceArea(_N("difference", "outline only"), QColor(240, 170, 30), Qt.BrushStyle.BDiagPattern)
LAYER_ONLY = DifferenceArea(_N("difference", "layer only"), QColor(100, 190, 245), Qt.BrushStyle.HorPattern)
PARTS = (BOTH, OUTLINE_ONLY, LAYER_ONLY)
"""In the order of the legend."""


class DifferenceItem(GraphicsObject):
    """Hatches the three areas of one scan, in scan pixels; the hatching keeps its size on screen."""

    def __init__(self, outlines: Sequence[Outline], region: Layer, parent: QGraphicsItem | None = None) -> None:
        """Set `outlines` against the cells of `region` that are 1."""
        super().__init__(parent)
        self._outlines = QPainterPath()
        for outline in outlines:
            one = QPainterPath()
            one.addPolygon(QPolygonF([QPointF(float(x), float(y)) for x, y in outline.points]))
            one.closeSubpath()
            one.setFillRule(Qt.FillRule.WindingFill)
            self._outlines = one if self._outlines.isEmpty() else self._outlines.united(one)
        self._cells = _cells(region)

    def boundingRect(self) -> QRectF:
        """Return outlines and cells."""
        return self._outlines.boundingRect().united(self._cells.boundingRect())

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        """Hatch in screen pixels."""
        to_view = painter.worldTransform()
        outlines, cells = to_view.map(self._outlines), to_view.map(self._cells)
        everything = QRectF(painter.viewport()).adjusted(-9, -9, 9, 9)
        painter.save()
        painter.setWorldTransform(QTransform())
        painter.setPen(Qt.PenStyle.NoPen)
        for part, clip, area in (
            (BOTH, outlines, cells),
            (OUTLINE_ONLY, outlines, _outside(cells, everything)),
            (LAYER_ONLY, _outside(outlines, everything), cells),
        ):
            painter.setClipPath(clip)
            painter.fillPath(area, QColor(part.colour.red(), part.colour.green(), part.colour.blue(), 45))
            painter.fillPath(area, part.brush)
        painter.restore()


class DifferenceLegend(QWidget):
    """The three areas with their names."""

    def __init__(self, parent: QWidget | None = None) -> None:
        """Show all of them in one line."""
        super().__init__(parent)
        self._texts = [QCoreApplication.translate("difference", part.text) for part in PARTS]

    def sizeHint(self) -> QSize:
        """Return room for swatches and names."""
        metrics = self.fontMetrics()
        return QSize(sum(44 + metrics.horizontalAdvance(text) for text in self._texts), metrics.height() + 6)

    def minimumSizeHint(self) -> QSize:
        """Return the same."""
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw a swatch and its name, three times."""
        painter = QPainter(self)
        metrics, x = self.fontMetrics(), 0
        height = metrics.height()
        top = (self.height() - height) / 2
        for part, text in zip(PARTS, self._texts, strict=True):
            swatch = QRectF(x + 1, top + 1, 22, height - 2)
            painter.fillRect(swatch, part.brush)
            painter.setPen(QPen(part.colour, 1))
            painter.drawRect(swatch)
            painter.setPen(theme.TEXT)
            painter.drawText(QPointF(x + 28, top + metrics.ascent()), text)
            x += 44 + metrics.horizontalAdvance(text)
        painter.end()


def _cells(region: Layer) -> QPainterPath:
    """Return the cells that are 1 as rectangles, one per run of a row; none overlap."""
    path = QPainterPath()
    for row, values in enumerate(np.asarray(region.values) > 0):
        steps = np.flatnonzero(np.diff(np.concatenate([[0], values.astype(np.int8), [0]])))
        for left, right in steps.reshape(-1, 2):
            (x0, y0), (x1, y1) = region.to_scan([[left, row], [right, row + 1]])
            path.addRect(QRectF(QPointF(float(x0), float(y0)), QPointF(float(x1), float(y1))).normalized())
    path.setFillRule(Qt.FillRule.WindingFill)
    return path


def _outside(path: QPainterPath, everything: QRectF) -> QPainterPath:
    """Return all but what a path without overlaps encloses."""
    turned = QPainterPath(path)
    turned.addRect(everything.united(path.boundingRect()))
    turned.setFillRule(Qt.FillRule.OddEvenFill)
    return turned
