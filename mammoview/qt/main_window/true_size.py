"""True size: 1 mm of the breast is 1 mm on the glass of a screen that the reader has measured."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPoint, QRect, Signal
from PySide6.QtGui import QScreen
from PySide6.QtWidgets import QWidget

from mammoview.core.settings import ScreenSettings, Settings
from mammoview.qt.widgets.notifier import Notifier

if TYPE_CHECKING:
    from mammoview.qt.dialogs.screen_calibration import ScreenCalibrationDialog
    from mammoview.qt.viewport.viewport_grid import ViewportGrid


class ScreenScales:
    """The screens that the reader has measured.

    The size that a screen reports is never used: it is often wrong, or that of another mode.
    """

    def __init__(self, settings: Settings) -> None:
        """Look measures up in `settings`."""
        self._settings = settings

    def pixel_mm(self, screen: QScreen) -> float | None:
        """Width of a device pixel of a screen, mm, as it was measured; None where it was not."""
        wanted = screen_description(screen, 1.0).model_dump(exclude={"pixel_mm"})
        for kept in self._settings.screens:
            if kept.model_dump(exclude={"pixel_mm"}) == wanted:
                return kept.pixel_mm
        return None

    def on(self, screen: QScreen) -> float | None:
        """Logical pixels per mm of the glass of a screen; None until it has been measured."""
        pixel_mm = self.pixel_mm(screen)
        return None if pixel_mm is None else 1 / (pixel_mm * screen.devicePixelRatio())

    def below(self, viewport: QWidget) -> float | None:
        """Logical pixels per mm of the glass below a viewport; None where it lies across screens that differ."""
        if not self._settings.screens:
            return None
        box = QRect(viewport.mapToGlobal(QPoint(0, 0)), viewport.size())
        below = [s for s in viewport.screen().virtualSiblings() if s.geometry().intersects(box)] or [viewport.screen()]
        scales = {self.on(screen) for screen in below}
        return scales.pop() if len(scales) == 1 else None


class TrueSizeController(QObject):
    """Shows all viewports at true size, and has screens measured."""

    measured = Signal()
    """The settings hold a new measure of a screen."""
    left = Signal()
    """The keyboard goes back to the scans."""

    def __init__(
        self,
        viewport_grid: ViewportGrid,
        scales: ScreenScales,
        settings: Settings,
        notifier: Notifier,
        window: QWidget,
    ) -> None:
        """Serve the viewports of `window`.

        Parameters
        ----------
        viewport_grid
            Whose viewports are shown at true size.
        scales
            The screens that have been measured.
        settings
            Where a measure is kept, and `scales` looks it up.
        notifier
            Shows why there is no true size.
        window
            Window whose screen counts.
        """
        super().__init__(window)
        self._viewport_grid, self._scales, self._settings = viewport_grid, scales, settings
        self._notifier, self._window = notifier, window
        self.dialog: ScreenCalibrationDialog | None = None

    def show(self) -> None:
        """Show all viewports at true size; measure the screen first if that has not been done."""
        shown = [v.scan for v in self._viewport_grid.viewports if v.scan is not None]
        unknown = [scan.name for scan in shown if not scan.spacing.known]
        if not shown:
            self._notifier.info(self.tr("True size needs a study. Open one first"))
        elif len(unknown) == len(shown):
            self._notifier.info(
                self.tr("No true size: the spacing of the pixels is unknown. A ruler over a known length gives it")
            )
        elif (scale := self._scales.on(self._window.screen())) is None:
            self.measure()
        else:
            self._viewport_grid.show_scale(scale)
            if unknown:
                text = self.tr("No true size of {scans}: the spacing of the pixels is unknown")
                self._notifier.info(text.format(scans=", ".join(unknown)))

    def measure(self) -> None:
        """Have the reader measure the screen that the window is on."""
        if self.dialog is None:
            from mammoview.qt.dialogs.screen_calibration import ScreenCalibrationDialog

            self.dialog = ScreenCalibrationDialog(self._scales.pixel_mm, self._window)
            self.dialog.measured.connect(self._take_measure)
            self.dialog.finished.connect(self._forget_dialog)
            self.dialog.open()

    def _take_measure(self, screen: QScreen, pixel_mm: float) -> None:
        """Keep a measure in the place of an earlier one, and show true size if that is the window's screen."""
        new = screen_description(screen, pixel_mm)
        same = new.model_dump(exclude={"pixel_mm"})
        others = (s for s in self._settings.screens if s.model_dump(exclude={"pixel_mm"}) != same)
        self._settings.screens = (*others, new)
        self.measured.emit()
        if screen is self._window.screen() and any(v.scan is not None for v in self._viewport_grid.viewports):
            self.show()

    def _forget_dialog(self) -> None:
        """Drop the closed dialog."""
        self.dialog = None
        self.left.emit()

    def follow_window(self) -> None:
        """Refresh whenever the window moves or comes to another screen; it must have been shown."""
        handle = self._window.windowHandle()
        for signal in (handle.screenChanged, handle.xChanged, handle.yChanged):
            signal.connect(self.refresh)

    def refresh(self, *_what: object) -> None:
        """Have the viewports painted anew, with the scale that they have on the screen below."""
        if self._settings.screens:
            for viewport in self._viewport_grid.visible:
                viewport.viewport().update()


def screen_description(screen: QScreen, pixel_mm: float) -> ScreenSettings:
    """Return what identifies a screen, with the measured width of its device pixels, mm."""
    ratio, size = screen.devicePixelRatio(), screen.size()
    return ScreenSettings(
        name=screen.name(),
        manufacturer=screen.manufacturer(),
        model=screen.model(),
        serial=screen.serialNumber(),
        width=round(size.width() * ratio),
        height=round(size.height() * ratio),
        ratio=ratio,
        pixel_mm=pixel_mm,
    )
