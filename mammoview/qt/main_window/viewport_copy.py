"""Takes viewports into other programs as they are on screen, without the patient: by the clipboard, and by dragging."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtWidgets import QMessageBox, QWidget

from mammoview.qt.main_window.pixel_text import PixelTextQuestion, ask_about_text
from mammoview.qt.main_window.viewport_pictures import seen_viewport
from mammoview.qt.widgets.picture_drag import PictureDrag

if TYPE_CHECKING:
    from mammoview.qt.concurrency.task import Task
    from mammoview.qt.main_window.export_actions import ExportWorker
    from mammoview.qt.viewport.viewport import Viewport
    from mammoview.qt.viewport.viewport_grid import ViewportGrid
    from mammoview.qt.widgets.notifier import Notifier

FILE_NAME = "mammoview-viewport.png"
"""Name under which a dragged viewport arrives; it names nobody."""


class ViewportCopyController(QObject):
    """Copies the active viewport, and lets viewports be dragged out with Ctrl+Shift and the left button."""

    copied = Signal(str)
    """A viewport is on the clipboard; the text is empty, as there is no file."""
    dragged = Signal(str)
    """A viewport was dropped into another program; the text is empty."""

    def __init__(
        self, viewport_grid: ViewportGrid, exporter: ExportWorker, notifier: Notifier, parent: QWidget
    ) -> None:
        """Serve the viewports of a grid.

        Parameters
        ----------
        viewport_grid
            Has the viewports.
        exporter
            The thread that looks for text in the pixels.
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
        viewport_grid.viewport_made.connect(lambda viewport: viewport.drag_out_wanted.connect(self.drag))

    def copy(self) -> None:
        """Put the active viewport, as it is on screen but without the patient, on the clipboard."""
        viewport = self._viewport_grid.active
        if viewport is None or viewport.content is None:
            self._notifier.warn(self.tr("There is no picture to copy. Open a study and choose a viewport"))
            return
        seen = seen_viewport(viewport, self._viewport_grid.film_mask)
        if seen is None:
            self._warn_of_room()
        elif seen.is_covered:
            self._put(seen.image)
        else:
            task = self._exporter.choose(seen, viewport.content.grey.picture.analysis)
            task.connect(self, result=self._put, partial=partial(self._ask_about_text, task))

    def picture(self, viewport: Viewport) -> QImage | None:
        """Return what is dragged of a viewport, what lies outside the breast covered; None where it may not leave.

        Nothing can be asked while the button is down, so that no text outside the breast leaves this way.
        """
        seen = seen_viewport(viewport, self._viewport_grid.film_mask)
        if seen is None:
            self._warn_of_room()
            return None
        analysis = None if viewport.content is None else viewport.content.grey.picture.analysis
        doubtful = analysis is None or analysis.breast is not None or _says_burned_in(viewport)
        if seen.covered is None and doubtful:
            self._notifier.warn(
                self.tr("It is not known what lies outside the breast, where a name may be written. Copy the viewport")
            )
            return None
        return seen.image if seen.covered is None else seen.covered

    def drag(self, viewport: Viewport) -> None:
        """Drag a viewport until it is dropped."""
        image = None if viewport.content is None else self.picture(viewport)
        if image is not None and self._drag.start(image) is not Qt.DropAction.IgnoreAction:
            self.dragged.emit("")

    def _put(self, image: QImage) -> None:
        """Put a picture on the clipboard."""
        QGuiApplication.clipboard().setImage(image)
        self._notifier.info(self.tr("The viewport is on the clipboard, without the patient"))
        self.copied.emit("")

    def _ask_about_text(self, task: Task[QImage, PixelTextQuestion], question: PixelTextQuestion) -> None:
        """Ask whether the picture may name the patient in its pixels."""
        self.text_box = ask_about_text(self._parent, question.doubt, question.answer, task.cancel, question.coverable)

    def _warn_of_room(self) -> None:
        self._notifier.warn(self.tr("The viewport has no room to show anything. Make the window larger"))


def _says_burned_in(viewport: Viewport) -> bool:
    """Whether the file says that text is burned into its pixels."""
    from mammoview.export.burned_in import says_burned_in

    return viewport.scan is not None and says_burned_in(viewport.scan)
