"""Takes viewports into other programs as they are on screen, without the patient: by the clipboard, and by dragging."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtWidgets import QMessageBox, QWidget

from mammoview.qt.main_window.pixel_text import PixelTextQuestion, ask_about_text, close_question
from mammoview.qt.main_window.viewport_pictures import seen_viewport
from mammoview.qt.widgets.picture_drag import PictureDrag

if TYPE_CHECKING:
    from mammoview.qt.concurrency.task import Task
    from mammoview.qt.main_window.export_actions import ExportWorker
    from mammoview.qt.session.session import Session
    from mammoview.qt.viewport.viewport import Viewport
    from mammoview.qt.viewport.viewport_grid import ViewportGrid
    from mammoview.qt.widgets.notifier import Notifier
    from mammoview.study.scan import Scan

FILE_NAME = "mammoview-viewport.png"
"""Name under which a dragged viewport arrives; it names nobody."""


class ViewportCopyController(QObject):
    """Copies the active viewport, and lets viewports be dragged out with Ctrl+Shift and the left button."""

    copied = Signal(object)
    """A viewport with this scan is on the clipboard."""
    dragged = Signal(object)
    """A viewport with this scan was dropped into another program."""

    def __init__(
        self, session: Session, viewport_grid: ViewportGrid, exporter: ExportWorker, notifier: Notifier, parent: QWidget
    ) -> None:
        """Serve the viewports of a grid.

        Parameters
        ----------
        session
            Nothing of a study is copied once another one is shown.
        viewport_grid
            Has the viewports.
        exporter
            The thread that finds text in the pixels.
        notifier
            Shows what was done, and what went wrong.
        parent
            Window that questions lie over.
        """
        super().__init__(parent)
        self._viewport_grid, self._exporter = viewport_grid, exporter
        self._notifier, self._parent = notifier, parent
        self._drag = PictureDrag(parent, FILE_NAME)
        self.text_box: QMessageBox | None = None
        """The question about text in the pixels that was asked last."""
        self._copying: Task[QImage, PixelTextQuestion] | None = None
        session.study_shown.connect(self._cancel)
        viewport_grid.viewport_made.connect(lambda viewport: viewport.drag_out_wanted.connect(self.drag))

    def copy(self) -> None:
        """Put the active viewport, as it is on screen but without the patient, on the clipboard."""
        self._cancel()
        viewport = self._viewport_grid.active
        if viewport is None or viewport.content is None:
            self._notifier.warn(self.tr("There is no picture to copy. Open a study and choose a viewport"))
            return
        seen = seen_viewport(viewport, self._viewport_grid.film_mask)
        if seen is None:
            self._warn_of_room()
        elif seen.is_covered:
            self._put(viewport.content.scan, seen.image)
        else:
            self._copying = task = self._exporter.choose(seen, viewport.content.grey)
            put = partial(self._put, viewport.content.scan)
            task.connect(self, result=put, partial=partial(self._ask_about_text, task))

    def picture(self, viewport: Viewport) -> QImage | None:
        """Return what is dragged of a viewport, what lies outside the breast covered; None where it may not leave.

        Nothing can be asked while the button is down, so that no text outside the breast leaves this way.
        """
        seen = seen_viewport(viewport, self._viewport_grid.film_mask)
        if seen is None:
            self._warn_of_room()
            return None
        if seen.covered is None:
            self._notifier.warn(
                self.tr("It is not known what lies outside the breast, where a name may be written. Copy the viewport")
            )
        return seen.covered

    def drag(self, viewport: Viewport) -> None:
        """Drag a viewport until it is dropped."""
        scan = None if viewport.content is None else viewport.content.scan
        image = None if scan is None else self.picture(viewport)
        if image is not None and self._drag.start(image) is not Qt.DropAction.IgnoreAction:
            self.dragged.emit(scan)

    def _cancel(self, _study: object = None) -> None:
        """Copy no more what has not been copied yet, and take its question from the screen."""
        if self._copying is not None and self._copying.is_pending:
            self._copying.cancel()
            close_question(self.text_box)
        self._copying = None

    def _put(self, scan: Scan, image: QImage) -> None:
        """Put a picture of a scan on the clipboard."""
        QGuiApplication.clipboard().setImage(image)
        self._notifier.info(self.tr("The viewport is on the clipboard, without the patient"))
        self.copied.emit(scan)

    def _ask_about_text(self, task: Task[QImage, PixelTextQuestion], question: PixelTextQuestion) -> None:
        """Ask whether the picture may name the patient in its pixels."""
        self.text_box = ask_about_text(self._parent, question.warning, question.answer, task.cancel, question.coverable)

    def _warn_of_room(self) -> None:
        self._notifier.warn(self.tr("The viewport has no room to show anything. Make the window larger"))
