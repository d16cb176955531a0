"""Cache of a viewport's pixels: a repaint copies what has not changed, a pan moves it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPixmap, QRegion, QTransform
from PySide6.QtWidgets import QWidget

NEAR_PX = 0.02
"""A shift that is so close to whole pixels counts as one."""
MARGIN_PX = 5
"""What lines may reach beyond the extent of their points."""


class RasterCache:
    """Pixels of a viewport, drawn through one transform.

    A pan by whole pixels draws only what comes into sight; any other transform, size or subject draws all.
    """

    def __init__(self, ground: QColor | Qt.GlobalColor = Qt.GlobalColor.transparent, waits: bool = False) -> None:
        """Begin with nothing.

        Parameters
        ----------
        ground
            What lies below what is drawn.
        waits
            Whether something new is drawn past the sheet, which takes it only when it is asked for again: for what
            changes with every step of a drag, and looks the same either way.
        """
        self._ground = QColor(ground)
        self._waits = waits
        self._pixmap = QPixmap()
        self._at = QTransform()
        self._part = QRect()
        self._known = False
        self._subject: object = None
        self._copied: object = None
        """What was copied last: transform, pixel ratio, size of the viewport, extent and subject."""
        self._target = self._source = QRectF()

    def forget(self) -> None:
        """Draw all anew the next time, since it looks different now."""
        self._known = False

    def paint(
        self,
        painter: QPainter,
        viewport: QWidget,
        draw: Callable[[QPainter], QRectF | None],
        extent: QRectF | None = None,
        subject: object = None,
    ) -> None:
        """Copy the sheet to a viewport, after drawing what it lacks.

        Parameters
        ----------
        painter
            Of the viewport; its transform is what is drawn through, its opacity that of the whole sheet.
        viewport
            The widget that is painted.
        draw
            Draws with a painter that is clipped to what is wanted; what it returns, in the painter's coordinates, holds
            all that it drew, None where that is not known: mostly transparent pixels cost as much to copy as others.
        extent
            What is drawn lies within it, in the painter's coordinates; the whole viewport when None.
        subject
            Value that identifies what is drawn; another one is drawn anew.
        """
        at, ratio = painter.worldTransform(), viewport.devicePixelRatioF()
        wanted = (at, ratio, viewport.size(), extent, subject)
        if self._known and wanted == self._copied:
            painter.resetTransform()
            painter.drawPixmap(self._target, self._pixmap, self._source)
            painter.setWorldTransform(at)
            return
        self._copied = None
        whole = QRect(0, 0, round(viewport.width() * ratio), round(viewport.height() * ratio))
        part = whole
        if extent is not None:
            part = _seen(extent, at, ratio) & whole
        painter.save()
        if not self._fits(at, whole, ratio, subject):
            self._begin(at, whole, ratio, subject)
            if self._waits:
                painter.setClipRect(at.inverted()[0].mapRect(QRectF(viewport.rect())))
                draw(painter)
                painter.restore()
                return
        for rect in self._lacking(at, part):  # type: ignore[attr-defined]  # missing in PySide's stubs
            drawn = self._draw(rect, at, draw)
            if drawn is not None:
                part = _seen(drawn, at, ratio) & part
        self._copied, self._target, self._source = wanted, _logical(part, ratio), QRectF(part)
        painter.resetTransform()
        painter.drawPixmap(self._target, self._pixmap, self._source)
        painter.restore()

    def _fits(self, at: QTransform, whole: QRect, ratio: float, subject: object) -> bool:
        """Whether the pixels can be used, if only after a move by whole ones."""
        if not self._known or self._pixmap.rect() != whole or self._pixmap.devicePixelRatio() != ratio:
            return False
        if subject != self._subject or not _alike(at, self._at):
            return False
        ways = (ratio * (at.dx() - self._at.dx()), ratio * (at.dy() - self._at.dy()))
        return all(abs(way - round(way)) < NEAR_PX for way in ways)

    def _begin(self, at: QTransform, whole: QRect, ratio: float, subject: object) -> None:
        """Take pixels of which none is drawn."""
        if self._pixmap.rect() != whole:
            self._pixmap = QPixmap(whole.size())
            self._pixmap.fill(self._ground)
        self._pixmap.setDevicePixelRatio(ratio)
        self._at, self._subject, self._part, self._known = QTransform(at), subject, QRect(), True

    def _lacking(self, at: QTransform, part: QRect) -> QRegion:
        """Move the pixels to where they belong now; returns, in device pixels, where in `part` there are none."""
        ratio = self._pixmap.devicePixelRatio()
        x, y = round(ratio * (at.dx() - self._at.dx())), round(ratio * (at.dy() - self._at.dy()))
        moved = self._part.translated(x, y) & self._pixmap.rect()
        if (x or y) and not moved.isEmpty():
            self._pixmap.scroll(x, y, self._part | moved)
        # By what the pixels moved: what is less than a pixel must not add up.
        self._at *= QTransform.fromTranslate(x / ratio, y / ratio)
        self._part = part
        return QRegion(part) - QRegion(moved)

    def _draw(self, rect: QRect, at: QTransform, draw: Callable[[QPainter], QRectF | None]) -> QRectF | None:
        """Draw a part, in device pixels; returns what `draw` returns."""
        part = _logical(rect, self._pixmap.devicePixelRatio())
        painter = QPainter(self._pixmap)
        painter.setClipRect(part)
        painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Source)
        painter.fillRect(part, self._ground)
        painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_SourceOver)
        painter.setWorldTransform(at)
        drawn = draw(painter)
        painter.end()
        return drawn


def _seen(extent: QRectF, at: QTransform, ratio: float) -> QRect:
    """Return the device pixels that a rectangle and its margin take."""
    seen = (at * QTransform.fromScale(ratio, ratio)).mapRect(extent).toAlignedRect()
    return seen.adjusted(-MARGIN_PX, -MARGIN_PX, MARGIN_PX, MARGIN_PX)


def _logical(rect: QRect, ratio: float) -> QRectF:
    """Return a rectangle of device pixels in those that painters count."""
    return QRectF(rect.x() / ratio, rect.y() / ratio, rect.width() / ratio, rect.height() / ratio)


def _alike(one: QTransform, other: QTransform) -> bool:
    """Whether two transforms differ by a shift at most."""
    return (one.m11(), one.m12(), one.m21(), one.m22()) == (other.m11(), other.m12(), other.m21(), other.m22())
