"""A scan in its viewport: where it hangs, how it is enlarged, what lies on it, and the tool that serves the mouse."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QWidget

from mammoview.qt.canvas import placement
from mammoview.qt.canvas.placement import Placement, pixel_mm, size_mm
from mammoview.qt.canvas.plane_view import PlaneView
from mammoview.qt.canvas.scan_scene import ScanItems
from mammoview.qt.session.layer_state import LayerState
from mammoview.qt.session.voi_state import VoiState
from mammoview.qt.viewport.film_masking import FilmMasking
from mammoview.qt.viewport.overlay_text import StateTone

if TYPE_CHECKING:
    from mammoview.assess.results.assessment import Layer
    from mammoview.display.hanging_protocols import ImageBox
    from mammoview.qt.session.model_worker import AssessmentResult
    from mammoview.study.scan import Scan


class ScanView(PlaneView):
    """Shows one scan in the plane of its Placement: x mm from the chest wall, y mm from the nipple line."""

    activated = Signal(object)
    """The reader turned to this viewport (self)."""
    moved = Signal(object)
    """The reader moved or enlarged the picture (self)."""
    grey_drag_started = Signal(object)
    """The reader is about to drag the window (self)."""
    grey_dragged = Signal(object, float, float, bool)
    """The window is dragged: self, way across and down in fractions of the viewport, whether it alone is meant."""
    drag_out_wanted = Signal(object)
    """The reader drags the viewport into another program (self)."""
    hovered = Signal(object, float, float)
    """Pointer over a scan point: self, column, row."""
    unhovered = Signal()
    """Pointer gone."""
    enlarged = Signal(object)
    """Double click (self)."""
    menu_wanted = Signal(object, QPoint)
    """Right click (self, global position)."""
    ctrl_wheeled = Signal(float)
    """Steps of the wheel while Ctrl is down."""
    shift_wheeled = Signal(object, int)
    """Steps of the wheel while Shift is down: self, further back is positive."""
    resized = Signal()
    """The viewport has another size."""

    def __init__(
        self, layers: LayerState, true_scale: Callable[[QWidget], float | None], parent: QWidget | None = None
    ) -> None:
        """Make an empty view.

        Parameters
        ----------
        layers
            Which layers are drawn, and how.
        true_scale
            Returns the logical pixels per mm of the glass below a viewport, None where that is not known.
        parent
            Qt parent.
        """
        super().__init__(parent)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.setAcceptDrops(False)  # so that files dropped here reach the window
        self._layers = layers
        self.image_box: ImageBox | None = None
        self.scan: Scan | None = None
        self.content: ScanItems | None = None
        self.wall_left = True
        self.note = ""
        self.state, self.state_tone = "", StateTone.QUIET
        self.patient = self.date = self.ordinal = ""
        self.prior, self._patient_shown = False, True
        self.corner_level = "full"
        self._smooth = False
        self._masking = FilmMasking.OFF
        self.active = False
        self.letters: tuple[str, ...] = ("", "", "", "")
        self.tool: PointerTool | None = None
        self.drags_window = False
        self.true_scale = true_scale
        self.states_true_size = True

    @property
    def patient_shown(self) -> bool:
        """Whether patient, dates and texts that may name her are shown."""
        return self._patient_shown

    @patient_shown.setter
    def patient_shown(self, shown: bool) -> None:
        self._patient_shown = shown
        if self.content is not None:
            self.content.show_patient(shown)

    # What hangs here

    def hang(self, image_box: ImageBox, scan: Scan | None, wall_left: bool, note: str) -> None:
        """Take a place of a hanging protocol; the picture follows when it has been loaded."""
        self.clear()
        self.image_box, self.scan, self.wall_left, self.note = image_box, scan, wall_left, note
        self.letters = ("", "", "", "")
        self.set_state("", StateTone.QUIET)
        self.viewport().update()

    def take_down(self) -> None:
        """Show nothing, and release the scan that was shown."""
        self.clear()
        self.image_box = self.scan = None
        self.note = self.patient = self.date = self.ordinal = ""
        self.set_state("", StateTone.QUIET)

    def show_picture(self, grey: VoiState) -> None:
        """Show the picture of the scan that hangs here."""
        self.clear()
        if self.scan is not None and self.scan.laterality is None:
            from mammoview.study.scan import Side

            # The side is unknown: it hangs as it is stored.
            self.wall_left = grey.picture.chest_wall is Side.LEFT
        self.content = ScanItems(self.scene(), self._placed(grey), grey, self._layers)
        self.content.show_patient(self._patient_shown)
        self.content.set_smooth(self._smooth)
        self._cover_film()
        self.note = ""
        self.viewport().update()

    def _placed(self, grey: VoiState) -> Placement:
        """Return where the picture lies: as it hangs, or turned as a presentation state specifies."""
        from mammoview.display import screen_orientation
        from mammoview.study.scan import Side

        picture, asked = grey.picture, grey.window.presentation
        wanted = Side.LEFT if self.wall_left else Side.RIGHT
        turned = None if asked is None else asked.turning(picture.scan.rows, picture.scan.columns)
        to_screen = turned or screen_orientation.to_screen(picture.analysis, wanted)
        self.letters = screen_orientation.patient_letters(picture.analysis, to_screen)
        return Placement.of(picture, to_screen, self.wall_left, hung=turned is None)

    def show_assessment(self, assessed: AssessmentResult | None) -> None:
        """Lay the models' layers over the picture."""
        if self.content is not None:
            self.content.show_assessment(assessed)
            self.viewport().update()

    def show_layer(self, name: str, layer: Layer) -> None:
        """Lay one of the models' layers over the picture, in the place of what was."""
        if self.content is not None:
            self.content.show_layer(name, layer)
            self.viewport().update()

    def show_note(self, note: str) -> None:
        """Show why there is no picture."""
        self.clear()
        self.note = note
        self.viewport().update()

    def set_state(self, state: str, tone: StateTone) -> None:
        """Show the state of the scan's assessment."""
        if (state, tone) != (self.state, self.state_tone):
            self.state, self.state_tone = state, tone
            self.setAccessibleDescription(state)
            self.viewport().update()

    def refresh_layer(self, name: str) -> None:
        """Show a layer as it is switched and styled now."""
        if self.content is not None:
            self.content.refresh_layer(name)
            self.viewport().update()

    def refresh_frame(self) -> None:
        """Show the frame of the stack that is the picture now."""
        if self.content is not None:
            self.content.refresh_frame()
            self.viewport().update()

    def refresh_grey(self) -> None:
        """Show the greys as they are set now, and what else a presentation state specifies."""
        if self.content is not None:
            if self.content.refresh_grey():
                self.content.place(self._placed(self.content.grey))
            self.viewport().update()

    def set_smooth(self, smooth: bool) -> None:
        """Interpolate enlarged pixels, or draw them as they are."""
        self._smooth = smooth
        if self.content is not None:
            self.content.set_smooth(smooth)
            self.viewport().update()

    def set_film_mask(self, mask: FilmMasking) -> None:
        """Cover what lies outside the breast, or show it."""
        self._masking = mask
        self._cover_film()
        self.viewport().update()

    @property
    def film_covered(self) -> bool:
        """Whether film outside the breast is covered."""
        if self.content is None or not self.content.maskable:
            return False
        return self._masking is FilmMasking.ALL or (
            self._masking is FilmMasking.FILM and self.content.grey.picture.digitised
        )

    def _cover_film(self) -> None:
        if self.content is not None:
            self.content.set_film_mask(self.film_covered)

    def clear(self) -> None:
        """Take the picture down."""
        if self.content is not None:
            self.content.remove()
            self.content = None

    # Where it is

    @property
    def zoom(self) -> float | None:
        """Screen pixels per scan pixel (across), or None without a scan."""
        return None if self.scan is None else self.scale_px * self.devicePixelRatioF() * self.pixel_mm

    @property
    def true_size(self) -> bool:
        """Whether 1 mm of the breast is 1 mm on the glass, if the spacing is right."""
        if self.content is None or not self.content.placement.spacing.known or not self.states_true_size:
            return False
        scale = self.true_scale(self)
        return scale is not None and math.isclose(self.scale_px, scale, rel_tol=1e-6)

    @property
    def pixel_mm(self) -> float:
        """Width of a scan pixel on screen, mm of the plane."""
        assert self.scan is not None
        return pixel_mm(self.scan.spacing if self.content is None else self.content.placement.spacing)[0]

    def set_view(self, scale: float, centre: QPointF) -> None:
        """Show the place `centre` (plane, mm), or as near to it as makes sense, with `scale` logical pixels per mm."""
        super().set_view(scale, self._sensible(scale, centre))

    def _sensible(self, scale: float, centre: QPointF) -> QPointF:
        """Keep the chest wall at or beyond the viewport's edge, and some of the scan in the viewport."""
        if self.scan is None:
            return QPointF(centre)
        rect = placement.expected(self.scan, self.wall_left) if self.content is None else self.content.placement.rect
        return placement.kept_in_sight(centre, rect, self.viewport().rect().width() / scale, self.wall_left)

    def fitting_scale(self, rect: QRectF | None = None, area: QRect | None = None) -> float:
        """Pixels per mm at which the scan (or a rectangle of the plane) just fits the viewport (or an area)."""
        if self.scan is None:
            return math.inf
        if rect is None and self.content is not None:
            rect = self.content.placement.hung
        width, height = size_mm(self.scan) if rect is None else (rect.width(), rect.height())
        area = area or self.viewport().rect()
        return max(0.01, min(area.width() / width, area.height() / height))

    def fit(self, scale: float, rect: QRectF | None = None) -> None:
        """Show the scan (or a rectangle of the plane) with its chest wall at the viewport's edge."""
        if rect is None and self.content is not None:
            rect = self.content.placement.rect
        half = self.viewport().rect().width() / 2 / scale
        y = 0.0 if rect is None else rect.center().y()
        self.set_view(scale, QPointF(half if self.wall_left else -half, y))

    def zoom_about(self, place: QPointF, factor: float) -> None:
        """Enlarge about a point of the viewport, px, which keeps its place."""
        if self.scan is None:
            return
        smallest, largest = 0.25 * self.fitting_scale(), 32 / (self.pixel_mm * self.devicePixelRatioF())
        scale = min(largest, max(smallest, self.scale_px * factor))
        area = self.viewport().rect()
        offset = place - QPointF(area.width() / 2, area.height() / 2)
        fixed = self.centre + offset / self.scale_px
        self.set_view(scale, fixed - offset / scale)
        self.moved.emit(self)

    def pan_by(self, across: float, down: float) -> None:
        """Move the picture by screen pixels."""
        wanted = self.centre - QPointF(across, down) / self.scale_px
        way = (self._sensible(self.scale_px, wanted) - self.centre) * self.scale_px
        # By whole pixels where the scan's end cuts the way short, too: then pixels need moving only.
        x = way.x() if math.isclose(way.x(), -across, abs_tol=1e-6) else math.trunc(way.x())
        y = way.y() if math.isclose(way.y(), -down, abs_tol=1e-6) else math.trunc(way.y())
        self.set_view(self.scale_px, self.centre + QPointF(x, y) / self.scale_px)
        self.moved.emit(self)

    @property
    def middle(self) -> QPointF:
        """The middle of the viewport, or where that shows air, of what is seen of the breast; px."""
        area = QRectF(self.viewport().rect())
        breast = None if self.content is None else self.content.placement.breast
        if breast is None or breast.contains(self.plane_point(area.center())):
            return area.center()
        seen = QRectF(self.place_of(breast.topLeft()), self.place_of(breast.bottomRight())) & area
        return area.center() if seen.isEmpty() else seen.center()

    def scan_point(self, place: QPointF) -> QPointF | None:
        """Scan point (column, row) at a place of the viewport, px; it may lie outside the scan."""
        return None if self.content is None else self.content.to_scan(self.plane_point(place))

    def viewport_point(self, column: float, row: float) -> QPointF | None:
        """Place in the viewport, px, of a scan point."""
        return None if self.content is None else self.place_of(self.content.to_plane(column, row))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the centre; the viewport grid fits anew if that is how it looks."""
        super().resizeEvent(event)
        self.set_view(self.scale_px, self.centre)
        self.resized.emit()

    def covered(self) -> QRectF | None:
        """Return what the picture covers, mm."""
        return None if self.content is None else self.content.placement.rect


class PointerTool(Protocol):
    """Takes events of the left button: the scan point, and the size of a screen pixel in scan pixels."""

    def press(self, viewport: ScanView, point: QPointF, pixel_size: float) -> None:
        """Take a press."""

    def move(self, viewport: ScanView, point: QPointF, pixel_size: float, down: bool) -> None:
        """Take a move, with the button down or not."""

    def release(self, viewport: ScanView, point: QPointF, pixel_size: float) -> None:
        """Take a release."""

    def double(self, viewport: ScanView, point: QPointF, pixel_size: float) -> None:
        """Take a double click."""
