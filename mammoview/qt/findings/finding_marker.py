"""The numbers of the findings beside their marks, a ring where no contour shows the mark, corners round the chosen one.

They are drawn over all layers in screen pixels. The layers may be off while findings are gone through, so that the
chosen place needs a sign of its own. It is the reader's pointing, not a layer: the export "as seen" has it and says
what it marks, the annotated scan has not.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPainterPath, QPen

from mammoview.display.layers.registry import LAYERS, MODEL_LAYERS
from mammoview.qt.canvas.recent_results import RecentResults
from mammoview.qt.findings.findings_panel import FindingsPanel
from mammoview.qt.findings.listed_finding import ListedFinding
from mammoview.qt.session.layer_state import LayerState
from mammoview.qt.session.scan_entry import ScanEntry
from mammoview.qt.viewport.viewport import Viewport
from mammoview.qt.viewport.viewport_grid import ViewportGrid
from mammoview.qt.widgets import theme

if TYPE_CHECKING:
    from mammoview.assess.results.assessment import Finding, Layer

HALF_PX = 26.0
"""Half the side of the square between the corners, on screen, at least: they hold the contour round the place."""
ARM_PX = 9.0
EDGE_PX = 3.0
"""From the edge of the viewport, at least."""
HALO = QColor(0, 0, 0, 170)
TAG = QColor(18, 20, 23, 235)
TAG_TEXT = QColor(255, 255, 255)
LEAST_RADIUS_PX, MOST_RADIUS_PX = 10.0, 70.0
"""Of the ring round a mark."""
RING_PX = 2.0
"""What a ring reaches beyond its radius, at most."""
LINE_PX = 3.0
"""Half the width of a contour with its halo, at most."""
OFF, ON_TAG, ON_OWN, ON_OTHER, ON_FIGURE = 1000, 600, 400, 200, 1
"""How much speaks against a place of a tag: outside the viewport, on a text or tag, on its own or another mark, on a
figure or cell of a layer."""
MOST_FIGURES = 100
"""More in sight leave no room that is worth the search."""


@dataclass(frozen=True)
class _Sign:
    """How a finding is marked in a viewport.

    Parameters
    ----------
    one
        The finding.
    place
        Where it lies, px.
    extent
        What holds its contour as drawn, or its ring, and the corners, px.
    chosen
        Whether it has the corners.
    contoured
        Whether a contour runs round it; a ring does where none does and there are no corners.
    """

    one: ListedFinding
    place: QPointF
    extent: QRectF
    chosen: bool
    contoured: bool


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
        self._marked: tuple[ScanEntry, Finding] | None = None
        self._contours: dict[ScanEntry, _Contours] = {}
        self._tag_boxes: dict[Viewport, RecentResults[list[QRectF | None]]] = {}
        """Where the numbers of a viewport stood lately, px."""
        viewport_grid.viewport_made.connect(lambda viewport: viewport.overlays.append(self.paint))
        findings.chosen.connect(self._take)
        findings.relisted.connect(self._take_list)
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
        signs = self._signs(viewport)
        if not signs:
            return
        area = _area(viewport)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        font = QFont(painter.font())
        font.setBold(True)
        painter.setFont(font)
        for sign in signs:
            if sign.chosen:
                _paint_corners(painter, sign.extent, area)
            elif not sign.contoured and sign.extent.adjusted(-RING_PX, -RING_PX, RING_PX, RING_PX).intersects(area):
                _paint_ring(painter, sign.place, sign.extent.width() / 2)
        for one, tag in self._tags(signs, viewport, QFontMetricsF(font)):
            _paint_tag(painter, tag, one.tag)
        painter.restore()

    def tags_in(self, viewport: Viewport, metrics: QFontMetricsF) -> list[tuple[ListedFinding, QRectF]]:
        """Return where the numbers stand in a viewport, px, of the marks that are in sight."""
        return self._tags(self._signs(viewport), viewport, metrics)

    def _tags(
        self, signs: list[_Sign], viewport: Viewport, metrics: QFontMetricsF
    ) -> list[tuple[ListedFinding, QRectF]]:
        """Return the marks in sight with the boxes of their numbers, px."""
        sizes = [(metrics.horizontalAdvance(sign.one.tag) + 10, metrics.height() + 2) for sign in signs]
        marks = [(sign.place, sign.extent) for sign in signs]
        subject = _area(viewport), marks, sizes, viewport.foreground.texts, self._figures(viewport)
        recent = self._tag_boxes.setdefault(viewport, RecentResults())
        boxes = recent.of(subject, lambda: _tag_boxes(*subject))
        return [(sign.one, box) for sign, box in zip(signs, boxes, strict=True) if box is not None]

    @staticmethod
    def _figures(viewport: Viewport) -> tuple[QRectF, ...]:
        """Return where figures and cells of the layers lie in a viewport, px; none where there are too many."""
        content, area = viewport.content, _area(viewport)
        if content is None:
            return ()
        boxes = [box for name in LAYERS for box in content.figures(name)]
        if len(boxes) > MOST_FIGURES:
            return ()
        placed = [_placed(viewport, box) for box in boxes]
        return tuple(box for box in placed if box is not None and box.intersects(area))

    def extent_in(self, one: ListedFinding, viewport: Viewport) -> QRectF | None:
        """Return what holds the sign of a mark in a viewport, px: contour as drawn or ring, and the corners."""
        sign = self._sign(one, viewport, one is self._chosen_in(viewport))
        return None if sign is None else sign.extent

    def _signs(self, viewport: Viewport) -> list[_Sign]:
        """Return the signs of the findings whose numbers stand in a viewport."""
        chosen = self._chosen_in(viewport)
        signs = [self._sign(one, viewport, one is chosen) for one in self.numbered_in(viewport)]
        return [sign for sign in signs if sign is not None]

    def _sign(self, one: ListedFinding, viewport: Viewport, chosen: bool) -> _Sign | None:
        """Return the sign of a finding in a viewport; None without a picture."""
        place = self._point(one, viewport, chosen)
        if place is None:
            return None
        contour = self._contour_in(one, viewport)
        if contour is None:
            return _Sign(one, place, _square(place, HALF_PX if chosen else self._radius(one, viewport)), chosen, False)
        return _Sign(one, place, contour | _square(place, HALF_PX) if chosen else contour, chosen, True)

    def _point(self, one: ListedFinding, viewport: Viewport, chosen: bool) -> QPointF | None:
        """Return where a finding lies in a viewport, px."""
        return self.place_in(viewport) if chosen else viewport.viewport_point(one.finding.column, one.finding.row)

    @staticmethod
    def _radius(one: ListedFinding, viewport: Viewport) -> float:
        """Return the radius of the ring round a mark, px."""
        wanted = LEAST_RADIUS_PX if one.size_mm is None else one.size_mm / 2 * viewport.scale_px
        return min(max(wanted, LEAST_RADIUS_PX), MOST_RADIUS_PX)

    def _contour_in(self, one: ListedFinding, viewport: Viewport) -> QRectF | None:
        """Return what holds the contour of the heatmap round a finding, px; None where none runs round it."""
        box = self._contour_round(one)
        return None if box is None else _placed(viewport, box)

    def _contour_round(self, one: ListedFinding) -> QRectF | None:
        """Return what holds the contour of the heatmap round a finding, scan px; None where none runs round it."""
        assessed = one.entry.assessed
        if assessed is None or not self._layers.shown("heatmap"):
            return None
        heatmap, threshold = assessed.assessment.heatmap, self._layers.style("heatmap").threshold
        known = self._contours.get(one.entry)
        if known is None or known.heatmap is not heatmap or known.threshold != threshold:
            known = self._contours[one.entry] = _Contours(heatmap, threshold)
        return known.round(one.finding.column, one.finding.row)

    def _chosen_in(self, viewport: Viewport) -> ListedFinding | None:
        """Return the finding that has corners in a viewport."""
        chosen = self._findings.chosen_finding
        if self._layers.bare or chosen is None or self._marked is None:
            return None
        entry, finding = self._marked
        if chosen.entry is not entry or not chosen.finding.is_place_of(finding):
            return None
        return chosen if viewport.scan is chosen.entry.scan and chosen.entry.altered is None else None

    def _take(self, entry: ScanEntry, finding: Finding) -> None:
        """Mark another finding."""
        self._marked = entry, finding
        self._repaint()

    def _take_list(self) -> None:
        """Show the numbers of other findings; nothing is kept of scans that are gone."""
        self._contours.clear()
        self._tag_boxes.clear()
        self._repaint()

    def _take_layer(self, _name: str) -> None:
        """Show the numbers with the first model layer; take the corners away with the last layer."""
        if not self._layers.switched_on:
            self._marked = None
        self._repaint()

    def _repaint(self, _about: object = None) -> None:
        """Draw the viewports anew."""
        for viewport in self._viewport_grid.visible:
            viewport.viewport().update()


def _paint_corners(painter: QPainter, extent: QRectF, area: QRectF) -> None:
    """Draw the four corners of what holds a mark, as far as that lies in the viewport: all four are seen."""
    box = extent & area
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


def _area(viewport: Viewport) -> QRectF:
    """Return where signs may stand in a viewport, px."""
    return QRectF(viewport.viewport().rect()).adjusted(EDGE_PX, EDGE_PX, -EDGE_PX, -EDGE_PX)


def _placed(viewport: Viewport, box: QRectF) -> QRectF | None:
    """Return what holds lines round a box of the scan, px of the viewport; None without a picture."""
    first = viewport.viewport_point(box.left(), box.top())
    last = viewport.viewport_point(box.right(), box.bottom())
    if first is None or last is None:
        return None
    return QRectF(first, last).normalized().adjusted(-LINE_PX, -LINE_PX, LINE_PX, LINE_PX)


def _square(middle: QPointF, half: float) -> QRectF:
    """Return the square round a point whose side is twice `half`."""
    return QRectF(middle.x() - half, middle.y() - half, 2 * half, 2 * half)


class _Contours:
    """What holds each of the outermost contours of a heatmap, scan px."""

    def __init__(self, heatmap: Layer, threshold: float) -> None:
        # Imported here: scikit-image would delay the window.
        from mammoview.display.layer_rendering import contour_levels, contours

        self.heatmap, self.threshold = heatmap, threshold
        lines = contours(heatmap, contour_levels(threshold)[0])
        self._boxes = [QRectF(QPointF(*line.min(0)), QPointF(*line.max(0))) for line in lines]
        self._round: dict[tuple[float, float], QRectF | None] = {}

    def round(self, column: float, row: float) -> QRectF | None:
        """Return what holds the smallest contour round a place of a mark, None where none runs round it."""
        place = column, row
        if place not in self._round:
            high = (self.heatmap.at(column, row) or 0.0) >= self.threshold
            around = [box for box in self._boxes if high and box.contains(column, row)]
            self._round[place] = min(around, key=lambda one: one.width() * one.height(), default=None)
        return self._round[place]


def _tag_boxes(
    area: QRectF,
    signs: list[tuple[QPointF, QRectF]],
    sizes: list[tuple[float, float]],
    texts: tuple[QRectF, ...],
    figures: tuple[QRectF, ...],
) -> list[QRectF | None]:
    """Return the boxes of the tags of marks in a viewport, None for those that are not in sight or have no room.

    Where marks lie as close as that, a tag on another, or on a text, would leave neither to be read. The earlier mark
    keeps its tag; the others have theirs in the list, and in an enlarged picture.

    Parameters
    ----------
    area
        The viewport.
    signs
        Middle of each mark, and what holds its sign.
    sizes
        Width and height of the tags.
    texts, figures
        Where texts of the viewport, and figures and cells of its layers, lie.
    """
    boxes: list[QRectF | None] = []
    for number, ((place, extent), size) in enumerate(zip(signs, sizes, strict=True)):
        seen = extent & area
        # Of a mark beyond the edge the contour alone is in sight, if that.
        if seen.isEmpty() or not _square(place, LEAST_RADIUS_PX).intersects(area):
            boxes.append(None)
            continue
        others = [other for index, (_place, other) in enumerate(signs) if index != number]
        taken = [*texts, *(box for box in boxes if box is not None)]
        box = _tag_box(*size, place, seen, area, taken, others, figures)
        if any(box.intersects(one) for one in texts):
            boxes.append(_beside_texts(box, area, texts, taken))
        else:
            boxes.append(None if any(box.intersects(one) for one in taken) else box)
    return boxes


def _beside_texts(wanted: QRectF, area: QRectF, texts: tuple[QRectF, ...], taken: list[QRectF]) -> QRectF | None:
    """Return the place of a tag above or below texts that is nearest to where it would lie on one, None without room.

    Parameters
    ----------
    wanted
        Where it would lie.
    area
        The viewport.
    texts, taken
        Texts of the viewport, and those with the other tags.
    """
    heights = {one.bottom() + 1 for one in texts} | {one.top() - 1 - wanted.height() for one in texts}
    places = [QRectF(wanted.x(), y, wanted.width(), wanted.height()) for y in heights]
    places = [box for box in places if area.contains(box) and not any(box.intersects(one) for one in taken)]
    return min(places, key=lambda box: abs(box.y() - wanted.y()), default=None)


def _tag_box(
    width: float,
    height: float,
    place: QPointF,
    extent: QRectF,
    area: QRectF,
    taken: list[QRectF],
    others: list[QRectF],
    figures: tuple[QRectF, ...],
) -> QRectF:
    """Return the box of a tag beside its mark: in the viewport, off other tags and, where it can be, off what is drawn.

    Parameters
    ----------
    width, height
        Of the tag.
    place
        Middle of the mark; the nearest free place is taken.
    extent
        What holds the sign of the mark, as far as it is in sight. Where it leaves no room the tag stands within it.
    area
        The viewport.
    taken, others, figures
        Texts and other tags, what holds the signs of other marks, and figures and cells of the layers.
    """
    middle = place - QPointF(width / 2, height / 2)

    def beside(one: QRectF) -> list[QRectF]:
        left, right = one.left() - 2 - width, one.right() + 2
        above, below = one.top() - 2 - height, one.bottom() + 2
        x = min(max(middle.x(), area.left()), area.right() - width)
        y = min(max(middle.y(), area.top()), area.bottom() - height)
        sides = [(x, above), (x, below), (right, y), (left, y)]
        places = [*sides, (right, above), (left, above), (right, below), (left, below)]
        places.sort(key=lambda at: round((QPointF(*at) - middle).manhattanLength()))
        return [QRectF(*at, width, height) for at in places]

    def cost(box: QRectF) -> int:
        hits = ON_TAG * any(box.intersects(one) for one in taken) + ON_OWN * box.intersects(extent)
        hits += ON_FIGURE * sum(box.intersects(one) for one in figures)
        return OFF * (not area.contains(box)) + hits + ON_OTHER * sum(box.intersects(one) for one in others)

    around = reduce(QRectF.united, (one for one in figures if one.intersects(extent)), extent)
    boxes = [*beside(extent), *beside(_square(place, HALF_PX)), *beside(around)]
    free = next((box for box in boxes if not cost(box)), None)
    return min(boxes, key=cost) if free is None else free


def _paint_tag(painter: QPainter, box: QRectF, text: str) -> None:
    """Draw a number, white on dark."""
    painter.setPen(QPen(theme.MODELS, 1))
    painter.setBrush(TAG)
    painter.drawRoundedRect(box, 3, 3)
    painter.setPen(TAG_TEXT)
    painter.drawText(box, int(Qt.AlignmentFlag.AlignCenter), text)
